//! FPS files: fingerprints as text.

use std::io::BufRead;

use soyaku_chem::fps::{FpsError, FpsHeader, FpsReader, FpsWriter};

use super::pieces::{Pieces, count_lines};

/// Checks one file after the other.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fps;

/// The words, the name and the line of a fingerprint, or why it was refused.
type Line = Result<(Vec<u64>, Vec<u8>, u64), String>;

impl Fps {
    /// Checks one file.
    ///
    /// # Panics
    /// If something does not hold that must.
    pub fn check(&mut self, text: &[u8]) {
        let lines = count_lines(text);
        let whole = read(text, lines);
        for sizes in [&[1][..], &[3, 1, 7, 2], &[64, 5]] {
            let pieces = read(Pieces { text, sizes, turn: 0 }, lines);
            assert_eq!(pieces, whole, "read by pieces of {sizes:?}");
        }
        if let Ok((header, bits, all)) = whole {
            check_writing(&header, bits, &all);
        }
    }
}

/// What a file holds, or why it is none.
fn read(input: impl BufRead, lines: u64) -> Result<(FpsHeader, usize, Vec<Line>), String> {
    let mut reader = match FpsReader::new(input) {
        Ok(reader) => reader,
        Err(FpsError::Header { line, problem }) => {
            assert!((1..=lines).contains(&line) && !problem.is_empty(), "line {line} of {lines}: {problem}");
            return Err(format!("{line}: {problem}"));
        }
        Err(error) => panic!("{error}"),
    };
    let (header, bits) = (reader.header().clone(), reader.bits());
    assert!(header.bits.is_none_or(|given| given == bits));
    let mut all: Vec<Line> = Vec::new();
    let mut last = 0;
    loop {
        let (line, next) = match reader.read() {
            Ok(None) => break,
            Ok(Some(record)) => {
                assert_eq!(record.words.len(), bits.div_ceil(64));
                let used = bits % 64;
                assert!(used == 0 || record.words.last().is_none_or(|last| last >> used == 0), "bits beyond");
                assert!(!record.name.is_empty() && !record.name.contains(&b'\t'));
                (record.line, Ok((record.words.to_vec(), record.name.to_vec(), record.line)))
            }
            Err(FpsError::Malformed { line, problem }) => (line, Err(problem)),
            Err(error) => panic!("{error}"),
        };
        assert!(line > last && line <= lines, "line {line} of {lines} after {last}");
        last = line;
        all.push(next);
    }
    assert!(matches!(reader.read(), Ok(None)), "something behind the end");
    Ok((header, bits, all))
}

/// What was read is the same when written and read again.
fn check_writing(header: &FpsHeader, bits: usize, all: &[Line]) {
    let header = FpsHeader { bits: Some(bits), ..header.clone() };
    // a carriage return within a line cannot be written
    let Ok(mut writer) = FpsWriter::new(Vec::new(), &header) else {
        assert!(format!("{header:?}").contains("\\r"), "{header:?} is refused");
        return;
    };
    let mut written = Vec::new();
    for (words, name, _) in all.iter().flatten() {
        match writer.write(words, name) {
            Ok(()) => written.push((words, name)),
            Err(error) => assert!(name.iter().any(|byte| matches!(byte, b'\r' | 0)), "{error}"),
        }
    }
    if bits == 0 {
        return;
    }
    let text = writer.into_inner();
    let (again, _, lines) = read(&text[..], count_lines(&text)).expect("what was written");
    assert_eq!(again, header);
    let lines: Vec<_> = lines.iter().flatten().map(|(words, name, _)| (words, name)).collect();
    assert_eq!(lines, written);
}
