//! Lines of a mol block, and numbers in fixed columns.

use crate::error::Reason;

/// Lines without their ends (`\n` or `\r\n`), counted from 1.
#[derive(Clone, Debug)]
pub(super) struct Lines<'a> {
    rest: &'a [u8],
    /// Number of the line that was read last.
    pub number: usize,
}

impl<'a> Lines<'a> {
    pub fn new(text: &'a [u8]) -> Self {
        Self { rest: text, number: 0 }
    }

    /// The next line, `None` at the end.
    pub fn next(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        self.number += 1;
        let end = self.rest.iter().position(|&byte| byte == b'\n');
        let (line, rest) = match end {
            Some(end) => (&self.rest[..end], &self.rest[end + 1..]),
            None => (self.rest, &self.rest[self.rest.len()..]),
        };
        self.rest = rest;
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    }

    /// The next line, or an error that says what it should have been.
    pub fn expect(&mut self, what: &str) -> Result<&'a [u8], Reason> {
        self.next().ok_or_else(|| Reason::Block {
            line: self.number + 1,
            problem: format!("the mol block ends here, expected {what}"),
        })
    }

    /// An error at the line that was read last.
    pub fn bad(&self, problem: impl Into<String>) -> Reason {
        Reason::Block { line: self.number, problem: problem.into() }
    }

    /// A refusal of something this program does not read, at the line that was read last.
    pub fn unsupported(&self, feature: impl Into<String>) -> Reason {
        Reason::Unsupported { line: self.number, feature: feature.into() }
    }

    /// A whole number in a field of fixed columns; blank or missing counts as 0.
    pub fn integer(&self, line: &[u8], from: usize, width: usize, what: &str) -> Result<i32, Reason> {
        let field = columns(line, from, width);
        integer(field)
            .ok_or_else(|| self.bad(format!("{what}: expected a whole number, found '{}'", show(field))))
    }
}

/// Columns of a line; those behind its end are left out.
pub(super) fn columns(line: &[u8], from: usize, width: usize) -> &[u8] {
    &line[from.min(line.len())..(from + width).min(line.len())]
}

/// A whole number among blanks, 0 where there is nothing but blanks.
fn integer(field: &[u8]) -> Option<i32> {
    // the usual cases, without going through text
    let value = |digit: u8| i32::from(digit - b'0');
    match *field {
        [b' ', b' ', ones @ b'0'..=b'9'] => return Some(value(ones)),
        [b' ', tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => return Some(10 * value(tens) + value(ones)),
        _ => {}
    }
    match field.trim_ascii() {
        b"" => Some(0),
        digits => std::str::from_utf8(digits).ok()?.parse().ok(),
    }
}

/// A coordinate among blanks, 0 where there is nothing but blanks.
pub(super) fn coordinate(field: &[u8]) -> Option<f64> {
    let digits = field.trim_ascii();
    if digits.is_empty() {
        return Some(0.0);
    }
    if let Some(value) = four_places(digits) {
        return Some(value);
    }
    let value: f64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    value.is_finite().then_some(value)
}

/// A number with four digits behind the point, as nearly all coordinates have. Both parts of the quotient
/// are exact, so it is the nearest number to the text, which is what parsing gives.
fn four_places(digits: &[u8]) -> Option<f64> {
    let (is_negative, digits) = match digits {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, digits),
    };
    let whole = digits.len().checked_sub(5).filter(|whole| (1..=9).contains(whole))?;
    if digits[whole] != b'.' {
        return None;
    }
    let mut mantissa = 0u64;
    for &digit in digits[..whole].iter().chain(&digits[whole + 1..]) {
        if !digit.is_ascii_digit() {
            return None;
        }
        mantissa = 10 * mantissa + u64::from(digit - b'0');
    }
    let value = mantissa as f64 / 1e4;
    Some(if is_negative { -value } else { value })
}

/// Text for a message: printable, and not long.
pub(super) fn show(field: &[u8]) -> String {
    const SHOWN: usize = 40;
    let cut = &field[..field.len().min(SHOWN)];
    let text = cut.escape_ascii().to_string();
    if field.len() > SHOWN { text + "..." } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_in_either_way() {
        let mut lines = Lines::new(b"a\r\nb\n\nc");
        let read: Vec<_> = std::iter::from_fn(|| lines.next()).collect();
        assert_eq!(read, [&b"a"[..], b"b", b"", b"c"]);
        assert_eq!(lines.number, 4);
        assert!(lines.expect("a counts line").unwrap_err().to_string().contains("line 5"));
    }

    #[test]
    fn numbers_in_columns() {
        let lines = Lines::new(b"");
        let read = |field: &[u8]| lines.integer(field, 0, 3, "atoms").ok();
        assert_eq!(
            [read(b"  7"), read(b" 12"), read(b"-1 "), read(b"   "), read(b"")],
            [7, 12, -1, 0, 0].map(Some)
        );
        assert_eq!([read(b"1 2"), read(b"a"), read(b"\xff")], [None; 3]);
        assert_eq!(coordinate(b"   -1.2500"), Some(-1.25));
        assert_eq!([coordinate(b"nan"), coordinate(b"1.2.3"), coordinate(b"1e999")], [None; 3]);
        assert_eq!([coordinate(b"1.+234"), coordinate(b"--1.2345"), coordinate(b"1:2345")], [None; 3]);
    }

    #[test]
    fn the_short_way_reads_coordinates_as_the_long_one() {
        let mut seed = 1u64;
        for _ in 0..100_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let (number, digits) = (seed >> 20, 10_u64.pow((seed >> 8) as u32 % 10));
            let sign = if seed & 128 == 0 { "" } else { "-" };
            let text = format!("{sign}{}.{:04}", number % digits, (seed >> 44) % 10_000);
            let long: f64 = text.parse().unwrap();
            assert_eq!(four_places(text.as_bytes()).map(f64::to_bits), Some(long.to_bits()), "{text}");
        }
    }

    #[test]
    fn shown_text_is_short_and_printable() {
        assert_eq!(show(b"a\x00\xff"), "a\\x00\\xff");
        assert_eq!(show(&[b'x'; 100]).len(), 43);
    }
}
