//! The pattern as a row of bytes with a reading position.

use super::error::{Found, Problem, SmartsError};

#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'a> {
    bytes: &'a [u8],
    pub at: usize,
}

impl<'a> Text<'a> {
    /// The pattern without the blanks around it and the name after it.
    pub fn new(text: &'a str) -> Result<Self, SmartsError> {
        if text.len() > super::MAX_LENGTH {
            return Err(SmartsError::new(super::MAX_LENGTH, Problem::TooLong(text.len())));
        }
        let start = text.find(|letter: char| !letter.is_ascii_whitespace()).unwrap_or(text.len());
        let end = text[start..]
            .find(|letter: char| letter.is_ascii_whitespace())
            .map_or(text.len(), |length| start + length);
        let rest = text[end..].trim_ascii_start();
        if rest.starts_with('|') {
            return Err(SmartsError::new(text.len() - rest.len(), Problem::Extension));
        }
        Ok(Self { bytes: &text.as_bytes()[..end], at: start })
    }

    pub fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub fn peek_at(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    pub fn starts_with(&self, text: &[u8]) -> bool {
        self.bytes[self.at..].starts_with(text)
    }

    /// Goes over `byte` if it is next.
    pub fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// The bytes from `start` to here.
    pub fn since(&self, start: usize) -> &'a [u8] {
        &self.bytes[start..self.at]
    }

    /// Goes over `byte`, which must be next.
    pub fn expect(&mut self, byte: u8, expected: &'static str) -> Result<(), SmartsError> {
        if self.take(byte) { Ok(()) } else { Err(self.unexpected(expected)) }
    }

    /// The error that what is next is not `expected`.
    pub fn unexpected(&self, expected: &'static str) -> SmartsError {
        let found = self.peek().map_or(Found::End, Found::Byte);
        SmartsError::new(self.at, Problem::Unexpected { found, expected })
    }

    /// A number, if one is next. A zero is a number of its own: `01` is zero, then one.
    pub fn number(&mut self) -> Result<Option<i32>, SmartsError> {
        let start = self.at;
        let Some(first @ b'0'..=b'9') = self.peek() else { return Ok(None) };
        self.at += 1;
        let mut value = i32::from(first - b'0');
        while let (Some(digit @ b'0'..=b'9'), true) = (self.peek(), value != 0) {
            if value >= i32::MAX / 10 {
                return Err(SmartsError::new(start, Problem::Number));
            }
            value = value * 10 + i32::from(digit - b'0');
            self.at += 1;
        }
        Ok(Some(value))
    }

    /// A number that must be next.
    pub fn needed_number(&mut self) -> Result<i32, SmartsError> {
        self.number()?.ok_or_else(|| self.unexpected("a number"))
    }

    /// `{2-4}`, `{2-}` or `{-4}`, if one is next.
    pub fn range(&mut self) -> Result<Option<(i32, i32)>, SmartsError> {
        if !self.take(b'{') {
            return Ok(None);
        }
        let low = self.number()?;
        self.expect(b'-', "'-' of a range")?;
        let high = if low.is_some() { self.number()? } else { Some(self.needed_number()?) };
        self.expect(b'}', "'}' of a range")?;
        Ok(Some((low.unwrap_or(i32::MIN), high.unwrap_or(i32::MAX))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_names_and_extensions() {
        let whole = |text| Text::new(text).map(|text| (text.at, text.bytes.len()));
        assert_eq!(whole(" CC\t name\n"), Ok((1, 3)));
        assert_eq!(whole(""), Ok((0, 0)));
        assert_eq!(whole("C |foo|").unwrap_err().position(), 2);
        assert!(whole(&"C".repeat(super::super::MAX_LENGTH + 1)).is_err());
    }

    #[test]
    fn numbers_and_ranges() {
        let number = |text| Text::new(text).unwrap().number();
        assert_eq!(number("x"), Ok(None));
        assert_eq!(number("012"), Ok(Some(0)));
        assert_eq!(number("2147483639"), Ok(Some(2_147_483_639)));
        assert!(number("2147483640").is_err());
        let range = |text| Text::new(text).unwrap().range();
        assert_eq!(range("{1-2}"), Ok(Some((1, 2))));
        assert_eq!(range("{1-}"), Ok(Some((1, i32::MAX))));
        assert_eq!(range("{-2}"), Ok(Some((i32::MIN, 2))));
        for bad in ["{}", "{-}", "{1}", "{1-2", "{01-2}"] {
            assert!(range(bad).is_err(), "{bad}");
        }
    }
}
