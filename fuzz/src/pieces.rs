//! Texts as files.

use std::io::{self, BufRead, Read};

/// Lines of a text; the last one need not end.
pub fn count_lines(text: &[u8]) -> u64 {
    let ends = text.iter().filter(|&&byte| byte == b'\n').count();
    ends as u64 + u64::from(text.last().is_some_and(|&byte| byte != b'\n'))
}

/// Gives its text in pieces, as a pipe may.
#[derive(Debug)]
pub struct Pieces<'a> {
    pub text: &'a [u8],
    pub sizes: &'a [usize],
    pub turn: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = self.fill_buf()?.read(out)?;
        self.consume(length);
        Ok(length)
    }
}

impl BufRead for Pieces<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        Ok(&self.text[..self.sizes[self.turn % self.sizes.len()].min(self.text.len())])
    }

    fn consume(&mut self, count: usize) {
        self.text = &self.text[count..];
        self.turn += 1;
    }
}
