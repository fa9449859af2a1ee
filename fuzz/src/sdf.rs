//! SD files and mol blocks: records, data items, and what is drawn.

use std::io::BufRead;

use soyaku_chem::Parser;
use soyaku_chem::sdf::{SdfError, SdfReader};

use super::pieces::{Pieces, count_lines};
use super::round_trip::RoundTrip;

/// Longest record that is accepted.
const LIMIT: usize = 3000;

/// Checks one file after the other.
#[derive(Debug, Default)]
pub struct Sdf {
    parser: Parser,
    round_trip: RoundTrip,
}

/// A record: its number, its line, its mol block, its title and its data items.
type Content = (u64, u64, Vec<u8>, String, Vec<(String, String)>);

impl Sdf {
    /// Checks one file, which may also be a mol block.
    ///
    /// # Panics
    /// If something does not hold that must.
    pub fn check(&mut self, text: &[u8]) {
        self.check_block(text);
        let lines = count_lines(text);
        let records = records(text, lines);
        for sizes in [&[1][..], &[3, 1, 7, 2], &[64, 5]] {
            let pieces = self::records(Pieces { text, sizes, turn: 0 }, lines);
            assert_eq!(pieces, records, "read by pieces of {sizes:?}");
        }
        for record in records.into_iter().flatten() {
            self.check_block(&record.2);
        }
    }

    fn check_block(&mut self, block: &[u8]) {
        match self.parser.parse_mol_block(block) {
            Ok(molecule) => self.round_trip.check(molecule),
            Err(error) => {
                assert!(!error.to_string().is_empty());
                // what is missing is missed on the line behind the last
                let last = count_lines(block) as usize + 1;
                assert!(error.line().is_none_or(|line| (1..=last).contains(&line)), "{error}");
                assert_eq!(error.position(), None, "{error}");
            }
        }
    }
}

/// All records, or why not.
fn records(input: impl BufRead, lines: u64) -> Vec<Result<Content, String>> {
    let mut reader = SdfReader::with_limit(input, LIMIT);
    let mut records = Vec::new();
    let mut last_line = 0;
    loop {
        let number = records.len() as u64 + 1;
        match reader.read() {
            Ok(None) => return records,
            Ok(Some(record)) => {
                assert_eq!(record.number(), number);
                assert!(record.line() > last_line && record.line() <= lines.max(1));
                last_line = record.line();
                assert!(record.mol_block().len() <= LIMIT);
                let items: Vec<_> = record
                    .properties()
                    .map(|(name, value)| (name.into_owned(), value.into_owned()))
                    .collect();
                for (name, value) in &items {
                    assert!(!name.contains('\n') && name.len() + value.len() <= 3 * LIMIT);
                    let is_text = !name.contains('\u{fffd}');
                    assert!(!is_text || record.property(name).is_some(), "no item {name:?}");
                }
                let (line, block) = (record.line(), record.mol_block().to_vec());
                records.push(Ok((number, line, block, record.title().into_owned(), items)));
            }
            Err(SdfError::Io { source, .. }) => panic!("reading from memory failed: {source}"),
            Err(error) => {
                match error {
                    SdfError::TooLong { record, line, limit } => {
                        assert_eq!((record, limit), (number, LIMIT));
                        assert!(line > last_line && line <= lines);
                    }
                    SdfError::Malformed { record, line, .. } => {
                        assert_eq!(record, number);
                        assert!(line > last_line && line <= lines, "line {line} of {lines}: {error}");
                    }
                    _ => {}
                }
                records.push(Err(error.to_string()));
            }
        }
        assert!(records.len() as u64 <= lines, "the reader comes to an end");
    }
}
