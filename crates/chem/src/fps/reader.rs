//! Reading FPS files.

use std::io::{self, BufRead, Read};

use thiserror::Error;

use super::header::FpsHeader;

/// Longest line, in bytes.
const MAX_LINE: usize = 1 << 20;
/// Most lines of a header.
const MAX_HEADER: u64 = 10_000;

/// Why a line could not be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FpsError {
    /// The input failed.
    #[error("line {line}: {source}")]
    Io {
        /// Line of the input, from 1.
        line: u64,
        /// What failed.
        source: io::Error,
    },
    /// The file is no FPS file, or its header is malformed. Nothing of it can be read.
    #[error("line {line}: {problem}")]
    Header {
        /// Line of the input, from 1.
        line: u64,
        /// What is wrong, and what would be accepted.
        problem: String,
    },
    /// One line is malformed. It was skipped, the next call reads the one behind it.
    #[error("line {line}: {problem}")]
    Malformed {
        /// Line of the input, from 1.
        line: u64,
        /// What is wrong, and what would be accepted.
        problem: String,
    },
}

/// One fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FpsRecord<'a> {
    /// The bits: bit `b` is bit `b % 64` of word `b / 64`.
    pub words: &'a [u64],
    /// Name of the compound.
    pub name: &'a [u8],
    /// Line of the input, from 1.
    pub line: u64,
}

/// Reads an FPS file line by line.
///
/// ```
/// use soyaku_chem::fps::FpsReader;
///
/// let file = b"#FPS1\n#num_bits=16\n#type=Example/1\n0180\tfirst\nff00\tsecond one\n";
/// let mut reader = FpsReader::new(&file[..])?;
/// assert_eq!((reader.bits(), reader.header().kind.as_deref()), (16, Some("Example/1")));
/// let first = reader.read()?.expect("a line");
/// assert_eq!((first.words, first.name), (&[0x8001][..], &b"first"[..]));
/// assert_eq!(reader.read()?.map(|second| second.words[0]), Some(0xff));
/// assert!(reader.read()?.is_none());
/// # Ok::<(), soyaku_chem::fps::FpsError>(())
/// ```
#[derive(Debug)]
pub struct FpsReader<R> {
    input: R,
    header: FpsHeader,
    bits: usize,
    text: Vec<u8>,
    words: Vec<u64>,
    /// The line in `text` was read ahead and not handed out yet.
    is_ahead: bool,
    is_at_end: bool,
    lines: u64,
}

impl<R: BufRead> FpsReader<R> {
    /// Reads the header, and the length of the first fingerprint where the header does not tell it.
    ///
    /// # Errors
    /// [`FpsError::Io`]; [`FpsError::Header`] where the first lines are not those of an FPS file.
    pub fn new(input: R) -> Result<Self, FpsError> {
        let mut reader = Self {
            input,
            header: FpsHeader::default(),
            bits: 0,
            text: Vec::new(),
            words: Vec::new(),
            is_ahead: false,
            is_at_end: false,
            lines: 0,
        };
        reader.read_header()?;
        Ok(reader)
    }

    /// What the header says.
    pub fn header(&self) -> &FpsHeader {
        &self.header
    }

    /// Length of the fingerprints; 0 for a file without any and without a header that tells it.
    pub fn bits(&self) -> usize {
        self.bits
    }

    /// The input.
    pub fn input(&self) -> &R {
        &self.input
    }

    /// The line that was read last, without its end; of one that is too long, the start.
    pub fn line(&self) -> &[u8] {
        &self.text
    }

    /// The next fingerprint, `None` behind the last one.
    ///
    /// # Errors
    /// [`FpsError::Io`], after which there is nothing more to read; [`FpsError::Malformed`], after
    /// which the next call goes on with the next line.
    pub fn read(&mut self) -> Result<Option<FpsRecord<'_>>, FpsError> {
        if !std::mem::take(&mut self.is_ahead) && !self.next_line()? {
            return Ok(None);
        }
        let line = self.lines;
        let malformed = |problem: String| FpsError::Malformed { line, problem };
        if self.text.len() > MAX_LINE {
            return Err(malformed(format!("line longer than {MAX_LINE} bytes")));
        }
        let Some(tab) = self.text.iter().position(|&byte| byte == b'\t') else {
            return Err(malformed("expected a fingerprint, a tab and a name".into()));
        };
        let name = self.text[tab + 1..].split(|&byte| byte == b'\t').next().unwrap_or_default();
        if name.is_empty() {
            return Err(malformed("expected a name behind the tab".into()));
        }
        unpack(&self.text[..tab], self.bits, &mut self.words).map_err(malformed)?;
        Ok(Some(FpsRecord { words: &self.words, name, line }))
    }

    fn read_header(&mut self) -> Result<(), FpsError> {
        let mut has_version = false;
        while self.next_line()? {
            let line = self.lines;
            let malformed = |problem: String| FpsError::Header { line, problem };
            if self.text.first() != Some(&b'#') {
                self.is_ahead = true;
                break;
            }
            if self.text.starts_with(b"#FPS") && !self.text.contains(&b'=') {
                if self.text.trim_ascii_end() != b"#FPS1" {
                    return Err(malformed("another version of the format: expected #FPS1".into()));
                }
                if line != 1 {
                    return Err(malformed("#FPS1 must be the first line".into()));
                }
                has_version = true;
                continue;
            }
            if line > MAX_HEADER || self.text.len() > MAX_LINE {
                return Err(malformed("the header does not end".into()));
            }
            self.header.add(&self.text).map_err(malformed)?;
        }
        self.bits = match self.header.bits {
            Some(bits) => bits,
            None if self.is_ahead => self.first_length(has_version)?,
            None => 0,
        };
        Ok(())
    }

    /// The length of the first fingerprint, which is a multiple of eight.
    fn first_length(&self, has_version: bool) -> Result<usize, FpsError> {
        let digits = self.text.iter().position(|&byte| byte == b'\t').unwrap_or(0);
        if digits > 0 && digits.is_multiple_of(2) && self.text[..digits].iter().all(u8::is_ascii_hexdigit) {
            return Ok(4 * digits);
        }
        let problem = match has_version {
            true => "expected a fingerprint, a tab and a name",
            false => "is no FPS file: expected #FPS1, or a fingerprint, a tab and a name",
        };
        Err(FpsError::Header { line: self.lines, problem: problem.into() })
    }

    /// Reads a line without its end; false behind the last. Of one that is too long only the start
    /// is kept.
    fn next_line(&mut self) -> Result<bool, FpsError> {
        self.text.clear();
        if self.is_at_end {
            return Ok(false);
        }
        let result = self.fill_line();
        self.lines += 1;
        match result {
            Ok(0) => {
                self.is_at_end = true;
                self.lines -= 1;
                Ok(false)
            }
            Ok(_) => {
                for end in [b'\n', b'\r'] {
                    if self.text.last() == Some(&end) && self.text.len() <= MAX_LINE + 1 {
                        self.text.pop();
                    }
                }
                Ok(true)
            }
            Err(source) => {
                self.is_at_end = true;
                Err(FpsError::Io { line: self.lines, source })
            }
        }
    }

    fn fill_line(&mut self) -> io::Result<usize> {
        let limit = MAX_LINE as u64 + 2;
        let count = self.input.by_ref().take(limit).read_until(b'\n', &mut self.text)?;
        if count as u64 == limit && self.text.last() != Some(&b'\n') {
            self.input.skip_until(b'\n')?;
        }
        Ok(count)
    }
}

/// From digits to words, or what is wrong with the digits.
fn unpack(digits: &[u8], bits: usize, words: &mut Vec<u64>) -> Result<(), String> {
    let expected = 2 * bits.div_ceil(8);
    if digits.len() != expected {
        return Err(format!(
            "expected {expected} hexadecimal digits for {bits} bits, found {}",
            digits.len()
        ));
    }
    words.clear();
    words.resize(bits.div_ceil(64), 0);
    for (place, pair) in digits.chunks_exact(2).enumerate() {
        let value = |digit: u8| char::from(digit).to_digit(16);
        let (Some(high), Some(low)) = (value(pair[0]), value(pair[1])) else {
            return Err(format!(
                "expected hexadecimal digits, found something else in column {}",
                2 * place + 1
            ));
        };
        words[place / 8] |= u64::from(16 * high + low) << (8 * (place % 8));
    }
    let used = bits % 64;
    if used > 0 && words.last().is_some_and(|last| last >> used != 0) {
        return Err(format!("bits are set beyond the {bits} of a fingerprint"));
    }
    Ok(())
}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
