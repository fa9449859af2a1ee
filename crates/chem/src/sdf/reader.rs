//! Records of an SD file, one after the other.

use std::borrow::Cow;
use std::io::{self, BufRead};
use std::ops::Range;

use thiserror::Error;

/// What ends a record.
const END: &[u8] = b"$$$$";
/// Lines before the counts line, which may contain anything.
const HEADER_LINES: usize = 3;

/// Why a record could not be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SdfError {
    /// The input failed.
    #[error("line {line}: {source}")]
    Io {
        /// Line of the input, from 1.
        line: u64,
        /// What failed.
        source: io::Error,
    },
    /// The record is longer than the reader takes. It was skipped, the next call reads the one
    /// behind it.
    #[error("record {record}, which starts at line {line}, exceeds the limit of {limit} bytes")]
    TooLong {
        /// Number of the record, from 1.
        record: u64,
        /// Line of the input where it starts, from 1.
        line: u64,
        /// Most bytes that are accepted.
        limit: usize,
    },
    /// A data item is malformed. The record was skipped, the next call reads the one behind it.
    #[error("record {record}, line {line}: {problem}")]
    Malformed {
        /// Number of the record, from 1.
        record: u64,
        /// Line of the input at fault, from 1.
        line: u64,
        /// What is wrong with it.
        problem: &'static str,
    },
}

/// One record: a mol block and data items.
#[derive(Clone, Debug, Default)]
pub struct Record {
    text: Vec<u8>,
    number: u64,
    line: u64,
    block_end: usize,
    /// Name and value.
    items: Vec<(Range<usize>, Range<usize>)>,
}

impl Record {
    /// Number of the record in the input, from 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Line of the input where the record starts, from 1. Line `n` of the mol block is line
    /// `line() + n - 1` of the input.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The first line of the mol block, blanks around it cut; bytes that are no UTF-8 are replaced.
    pub fn title(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.title_bytes())
    }

    /// The first line of the mol block as it is, blanks around it cut.
    pub fn title_bytes(&self) -> &[u8] {
        let end = self.text.iter().position(|&byte| byte == b'\n').unwrap_or(self.text.len());
        self.text[..end].trim_ascii()
    }

    /// Names and values of the data items as they are; see [`Self::properties`].
    pub fn items(&self) -> impl ExactSizeIterator<Item = (&[u8], &[u8])> + DoubleEndedIterator {
        self.items.iter().map(|(name, value)| (&self.text[name.clone()], &self.text[value.clone()]))
    }

    /// The mol block, for [`crate::Parser::parse_mol_block`].
    pub fn mol_block(&self) -> &[u8] {
        &self.text[..self.block_end]
    }

    /// Names and values of the data items in the order of the file, repeated names included. Lines
    /// of a value are separated by `\n`; bytes that are no UTF-8 are replaced.
    pub fn properties(&self) -> impl ExactSizeIterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        let text = |range: &Range<usize>| String::from_utf8_lossy(&self.text[range.clone()]);
        self.items.iter().map(move |(name, value)| (text(name), text(value)))
    }

    /// The value of the last data item of this name.
    pub fn property(&self, name: &str) -> Option<Cow<'_, str>> {
        let (_, value) =
            self.items.iter().rfind(|(range, _)| &self.text[range.clone()] == name.as_bytes())?;
        Some(String::from_utf8_lossy(&self.text[value.clone()]))
    }

    /// Finds the end of the mol block and the data items behind it. An error is a line of the
    /// record (from 0) and what is wrong with it.
    fn index(&mut self) -> Result<(), (u64, &'static str)> {
        self.items.clear();
        self.block_end = self.text.len();
        let mut at = 0;
        let mut number = 0;
        // the mol block
        while at < self.text.len() {
            let line = line_at(&self.text, at);
            if number >= HEADER_LINES && self.text[at..].starts_with(b">") {
                self.block_end = at;
                break;
            }
            at = line.end;
            number += 1;
            if number > HEADER_LINES && self.text[line.start..].starts_with(b"M  END") {
                self.block_end = at;
                break;
            }
        }
        while at < self.text.len() {
            let line = line_at(&self.text, at);
            let header = content(&self.text[line.clone()]);
            at = line.end;
            number += 1;
            if header.trim_ascii().is_empty() {
                continue;
            }
            if header[0] != b'>' {
                return Err((number as u64 - 1, "expected a data header that begins with '>'"));
            }
            let open = header.iter().position(|&byte| byte == b'<');
            let close = header.iter().rposition(|&byte| byte == b'>');
            let name = match (open, close) {
                (Some(open), Some(close)) if open < close => line.start + open + 1..line.start + close,
                _ => return Err((number as u64 - 1, "expected a name in '<' and '>' in the data header")),
            };
            let (value, lines) = self.value(at);
            at = value.1;
            number += lines;
            self.items.push((name, value.0));
        }
        Ok(())
    }

    /// The value that starts at `at`, where the text behind it starts, and its number of lines. A
    /// line of blanks belongs to it, an empty one ends it. Line ends within are brought to `\n`.
    fn value(&mut self, at: usize) -> ((Range<usize>, usize), usize) {
        let (mut from, mut to, mut lines) = (at, at, 0);
        while from < self.text.len() {
            let line = line_at(&self.text, from);
            let length = content(&self.text[line.clone()]).len();
            lines += 1;
            from = line.end;
            if length == 0 {
                break;
            }
            if to > at {
                self.text[to] = b'\n';
                to += 1;
            }
            self.text.copy_within(line.start..line.start + length, to);
            to += length;
        }
        ((at..to, from), lines)
    }
}

/// The line that starts at `at`, with its end.
fn line_at(text: &[u8], at: usize) -> Range<usize> {
    let end = text[at..].iter().position(|&byte| byte == b'\n');
    at..end.map_or(text.len(), |end| at + end + 1)
}

/// A line without its end.
fn content(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Reads an SD file record by record into one buffer.
///
/// ```
/// use soyaku_chem::{Parser, sdf::SdfReader};
///
/// let file = b"water\n\n\n  1  0  0  0  0  0            999 V2000
///     0.0000    0.0000    0.0000 O   0  0
/// M  END
/// > <pKa>
/// 14.0
///
/// $$$$
/// ";
/// let mut reader = SdfReader::new(&file[..]);
/// let mut parser = Parser::new();
/// while let Some(record) = reader.read()? {
///     let molecule = parser.parse_mol_block(record.mol_block())?;
///     assert_eq!(molecule.atoms()[0].total_hydrogens(), 2);
///     assert_eq!((record.title(), record.property("pKa")), ("water".into(), Some("14.0".into())));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SdfReader<R> {
    input: R,
    record: Record,
    /// Lines and records read so far.
    lines: u64,
    records: u64,
    limit: usize,
    is_at_end: bool,
}

impl<R: BufRead> SdfReader<R> {
    /// Most bytes of a record where nothing else is set.
    pub const DEFAULT_LIMIT: usize = 64 << 20;

    /// A reader that takes records of up to [`Self::DEFAULT_LIMIT`] bytes.
    pub fn new(input: R) -> Self {
        Self::with_limit(input, Self::DEFAULT_LIMIT)
    }

    /// A reader that takes records of up to `limit` bytes. Its buffer for their text does not exceed
    /// twice that, however long a line or record is.
    pub fn with_limit(input: R, limit: usize) -> Self {
        Self { input, record: Record::default(), lines: 0, records: 0, limit, is_at_end: false }
    }

    /// The input.
    pub fn input(&self) -> &R {
        &self.input
    }

    /// Line of the input where the record that was asked for last starts, also where it could not be read.
    pub fn last_line(&self) -> u64 {
        self.record.line
    }

    /// The next record, `None` behind the last one. A last record need not end in `$$$$`.
    ///
    /// # Errors
    /// [`SdfError::Io`], after which there is nothing more to read; for a record that is too long
    /// or has malformed data items the other kinds, after which the next call goes on behind it.
    /// The mol block is not looked at: see [`crate::Parser::parse_mol_block`].
    pub fn read(&mut self) -> Result<Option<&Record>, SdfError> {
        if self.is_at_end {
            return Ok(None);
        }
        let start = self.lines + 1;
        let found = self.fill().map_err(|source| {
            self.is_at_end = true;
            SdfError::Io { line: self.lines + 1, source }
        })?;
        let is_blank = self.record.text.trim_ascii().is_empty();
        if found == Found::End && is_blank {
            return Ok(None);
        }
        self.records += 1;
        (self.record.number, self.record.line) = (self.records, start);
        if found == Found::TooLong {
            return Err(SdfError::TooLong { record: self.records, line: start, limit: self.limit });
        }
        match self.record.index() {
            Ok(()) => Ok(Some(&self.record)),
            Err((line, problem)) => {
                Err(SdfError::Malformed { record: self.records, line: start + line, problem })
            }
        }
    }

    /// Reads up to the next `$$$$` or the end of the input.
    fn fill(&mut self) -> io::Result<Found> {
        self.record.text.clear();
        let mut is_too_long = false;
        loop {
            let from = self.record.text.len();
            let Line { is_end, is_input_end, fits } = self.line(is_too_long)?;
            is_too_long |= !fits;
            if is_too_long {
                self.record.text.clear();
            }
            if is_end && !is_too_long {
                self.record.text.truncate(from);
            }
            self.is_at_end = is_input_end;
            if is_end || is_input_end {
                return Ok(match (is_too_long, is_end) {
                    (true, _) => Found::TooLong,
                    (false, true) => Found::Record,
                    (false, false) => Found::End,
                });
            }
        }
    }

    /// Appends one line to the record's text, unless it is only to be skipped.
    fn line(&mut self, skip: bool) -> io::Result<Line> {
        let mut start = [0; END.len()];
        let mut length = 0;
        let mut fits = true;
        loop {
            let buffer = match self.input.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            let end = buffer.iter().position(|&byte| byte == b'\n');
            let part = &buffer[..end.map_or(buffer.len(), |end| end + 1)];
            for (slot, &byte) in start.iter_mut().skip(length).zip(part) {
                *slot = byte;
            }
            fits &= self.record.text.len() + part.len() <= self.limit;
            if fits && !skip {
                self.record.text.extend_from_slice(part);
            }
            let (taken, is_input_end) = (part.len(), buffer.is_empty());
            length = length.saturating_add(taken);
            self.input.consume(taken);
            if end.is_some() || is_input_end {
                self.lines += u64::from(length > 0);
                return Ok(Line { is_end: start == *END, is_input_end, fits });
            }
        }
    }
}

/// What was read of a line.
struct Line {
    is_end: bool,
    is_input_end: bool,
    fits: bool,
}

/// How a record ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Record,
    End,
    TooLong,
}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
