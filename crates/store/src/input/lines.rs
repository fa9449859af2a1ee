//! One compound a line: SMILES, white space, name.

use std::io::{self, BufRead, Read};

use super::reader::MAX_LINE;
use super::source::Source;
use crate::records::Records;

/// Reads lines of a `.smi` file.
#[derive(Default)]
pub(super) struct Lines {
    buffer: Vec<u8>,
    /// Lines read so far.
    pub(super) line: u64,
}

impl Lines {
    /// Appends the next row; false at the end.
    pub(super) fn read(&mut self, source: &mut Source, records: &mut Records) -> io::Result<bool> {
        loop {
            self.buffer.clear();
            source.take(MAX_LINE as u64 + 1).read_until(b'\n', &mut self.buffer)?;
            if self.buffer.is_empty() {
                return Ok(false);
            }
            let number = self.line + 1;
            if self.buffer.len() > MAX_LINE && self.buffer.last() != Some(&b'\n') {
                source.skip_until(b'\n')?;
                self.line = number;
                let reason = format!("line longer than {MAX_LINE} bytes");
                records.push_defect(b"", b"", number, reason);
                return Ok(true);
            }
            self.line = number;
            let (smiles, name) = split(&self.buffer);
            if number == 1 && smiles.eq_ignore_ascii_case(b"smiles") {
                continue;
            }
            if smiles.is_empty() {
                records.push_defect(b"", b"", number, "empty line".into());
            } else {
                records.push(smiles, name, number);
            }
            return Ok(true);
        }
    }
}

/// SMILES and name of a line, both without white space around them.
fn split(line: &[u8]) -> (&[u8], &[u8]) {
    let line = line.trim_ascii();
    match line.iter().position(u8::is_ascii_whitespace) {
        Some(end) => (&line[..end], line[end..].trim_ascii_start()),
        None => (line, b""),
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn first_token_is_the_smiles_and_the_rest_the_name() {
        assert_eq!(split(b"CCO ethanol\r\n"), (&b"CCO"[..], &b"ethanol"[..]));
        assert_eq!(split(b"CCO\t two words \n"), (&b"CCO"[..], &b"two words"[..]));
        assert_eq!(split(b"CCO"), (&b"CCO"[..], &b""[..]));
        assert_eq!(split(b" \t\r\n"), (&b""[..], &b""[..]));
        assert_eq!(split("C 薬\n".as_bytes()), (&b"C"[..], "薬".as_bytes()));
    }
}
