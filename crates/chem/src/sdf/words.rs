//! Words of a V3000 line: what stands in brackets or quotes stays together.

/// Iterator over the words of a line.
#[derive(Clone, Debug)]
pub(super) struct Words<'a> {
    rest: &'a [u8],
}

impl<'a> Words<'a> {
    pub fn new(line: &'a [u8]) -> Self {
        Self { rest: line }
    }
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
        let start = self.rest.iter().position(|byte| !is_blank(byte))?;
        let text = &self.rest[start..];
        let (mut in_quotes, mut in_brackets) = (false, false);
        let end = text.iter().position(|byte| {
            match byte {
                b'"' if !in_brackets => in_quotes = !in_quotes,
                b'(' if !in_quotes => in_brackets = true,
                b')' if !in_quotes => in_brackets = false,
                _ => {}
            }
            is_blank(byte) && !in_quotes && !in_brackets
        });
        let (word, rest) = text.split_at(end.unwrap_or(text.len()));
        self.rest = rest;
        Some(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_and_quotes_hold_together() {
        let line = b" 1 C  ATOMS=(2 5 6)\tNAME=\"a b\" X";
        let words: Vec<_> = Words::new(line).map(|word| std::str::from_utf8(word).unwrap()).collect();
        assert_eq!(words, ["1", "C", "ATOMS=(2 5 6)", "NAME=\"a b\"", "X"]);
        assert_eq!(Words::new(b"  ").next(), None);
        assert_eq!(Words::new(b"a (b c").count(), 2);
    }
}
