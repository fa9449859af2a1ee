//! Which compounds came before.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::{self, Display, Formatter};
use std::hash::{BuildHasherDefault, Hasher};
use std::str::FromStr;

use soyaku_chem::{KeyOptions, MoleculeKey};
use soyaku_store::Records;
use thiserror::Error;

use crate::featurize::{Failure, Featurized};

/// What two compounds have in common that count as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sameness {
    /// All of the structure, stereo and isotopes included.
    Exact,
    /// All but stereo.
    NoStereo,
    /// All but stereo and isotopes.
    Flat,
}

impl Sameness {
    /// The names that can be given.
    pub const NAMES: [&str; 3] = ["exact", "no-stereo", "flat"];

    /// What goes into the keys.
    pub fn key_options(self) -> KeyOptions {
        KeyOptions { stereo: self == Self::Exact, isotopes: self != Self::Flat }
    }
}

impl Display for Sameness {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(Self::NAMES[*self as usize])
    }
}

/// A name that is none of [`Sameness::NAMES`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not known: expected exact, no-stereo or flat")]
pub struct UnknownSameness(String);

impl FromStr for Sameness {
    type Err = UnknownSameness;

    fn from_str(name: &str) -> Result<Self, UnknownSameness> {
        let all = [Self::Exact, Self::NoStereo, Self::Flat];
        all.into_iter().find(|one| one.to_string() == name).ok_or_else(|| UnknownSameness(name.to_owned()))
    }
}

/// The kind of failure of a compound that came before.
pub(crate) const DUPLICATE: &str = "duplicate";

/// Where every compound came first.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    rows: HashMap<MoleculeKey, Row, BuildHasherDefault<Prefix>>,
    count: u64,
    lines: Vec<Run>,
    inputs: Vec<String>,
}

/// A row in five bytes, for there are many: 21 bytes for each key.
#[derive(Clone, Copy, Debug)]
struct Row([u8; 5]);

impl Row {
    fn new(row: u64) -> Self {
        let [a, b, c, d, e, ..] = row.to_le_bytes();
        Self([a, b, c, d, e])
    }

    fn get(self) -> u64 {
        let [a, b, c, d, e] = self.0;
        u64::from_le_bytes([a, b, c, d, e, 0, 0, 0])
    }
}

/// Keys are hashes already.
#[derive(Default)]
struct Prefix(u64);

impl Hasher for Prefix {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk() {
            self.0 = u64::from_le_bytes(*first);
        }
    }

    fn write_usize(&mut self, _length: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Rows that follow one another, and their lines as well.
#[derive(Clone, Copy, Debug)]
struct Run {
    row: u64,
    line: u64,
    input: usize,
}

impl Seen {
    /// The rows that follow are of another input.
    pub fn next_input(&mut self, path: &str) {
        self.inputs.push(path.to_owned());
    }

    /// Takes the compounds that came before out of a chunk and puts them among its failures, all in
    /// the order of the rows. Returns how many there were.
    pub fn take_out(&mut self, found: &mut Featurized, records: &Records) -> u64 {
        let mut keep = Vec::with_capacity(found.rows.len());
        for (&index, &key) in found.rows.iter().zip(&found.keys) {
            let line = records.line(index as usize);
            let known = match self.rows.entry(key) {
                Entry::Occupied(first) => Some(first.get().get()),
                Entry::Vacant(place) => {
                    place.insert(Row::new(self.count));
                    None
                }
            };
            keep.push(known.is_none());
            match known {
                Some(row) => {
                    let reason = self.reason(row);
                    found.failures.push(Failure { index: index as usize, kind: DUPLICATE, reason });
                }
                None => self.note(line),
            }
        }
        let duplicates = keep.iter().filter(|&&is_kept| !is_kept).count();
        if duplicates > 0 {
            found.failures.sort_by_key(|failure| failure.index);
            found.retain(&keep);
        }
        duplicates as u64
    }

    /// Notes the line of the next row.
    fn note(&mut self, line: u64) {
        let input = self.inputs.len().saturating_sub(1);
        let run = Run { row: self.count, line, input };
        let goes_on = self.lines.last().is_some_and(|last| {
            last.input == input && line.checked_sub(last.line) == Some(self.count - last.row)
        });
        if !goes_on {
            self.lines.push(run);
        }
        self.count += 1;
    }

    fn reason(&self, row: u64) -> String {
        let place = self.lines.partition_point(|run| run.row <= row).saturating_sub(1);
        let Some(run) = self.lines.get(place) else { return format!("duplicate of row {row}") };
        let line = run.line + (row - run.row);
        match self.inputs.get(run.input) {
            Some(input) if run.input + 1 < self.inputs.len() => {
                format!("duplicate of row {row} (line {line} of {input})")
            }
            _ => format!("duplicate of row {row} (line {line})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::featurize::{Featurizer, Wanted};
    use soyaku_device::{Device, DeviceRequest};

    fn run(
        inputs: &[&[&str]],
        sameness: Sameness,
        threads: usize,
    ) -> Vec<Vec<(usize, &'static str, String)>> {
        let device = Device::open(DeviceRequest::Cpu, Some(threads)).unwrap();
        let wanted = Wanted {
            keys: Some(sameness.key_options()),
            fingerprints: vec!["morgan2_64".parse().unwrap()],
            ..Wanted::default()
        };
        let mut featurizer = Featurizer::new(wanted);
        let mut seen = Seen::default();
        let mut failures = Vec::new();
        for (number, input) in inputs.iter().enumerate() {
            seen.next_input(&format!("{number}.smi"));
            let mut records = Records::new();
            for (line, smiles) in (1..).zip(*input) {
                records.push(smiles.as_bytes(), b"", line);
            }
            let found = featurizer.run(&device, &records);
            let whole = (found.rows.clone(), found.fingerprints[0].clone());
            let duplicates = seen.take_out(found, &records);
            let count = found.failures.iter().filter(|failure| failure.kind == DUPLICATE).count();
            assert_eq!(count as u64, duplicates);
            assert_eq!(found.rows.len() as u64 + duplicates, whole.0.len() as u64);
            // what is left has the fingerprints that it had
            for (place, row) in found.rows.iter().enumerate() {
                let before = whole.0.iter().position(|other| other == row).unwrap();
                assert_eq!(found.fingerprints[0].bits[place], whole.1.bits[before]);
                assert_eq!(found.fingerprints[0].popcounts[place], whole.1.popcounts[before]);
            }
            let failure = |failure: &Failure| (failure.index, failure.kind, failure.reason.clone());
            failures.push(found.failures.iter().map(failure).collect());
        }
        failures
    }

    #[test]
    fn the_first_one_stays_and_the_others_say_where_it_is() {
        let first: &[&str] = &["CCO", "c1ccccc1", "OCC", "C1CC", "C1=CC=CC=C1", "CCN", "C(C)O"];
        let second: &[&str] = &["NCC", "CCCl", "ClCC"];
        for threads in [1, 3] {
            let found = run(&[first, second], Sameness::Exact, threads);
            let duplicate = |index, text: &str| (index, DUPLICATE, text.to_owned());
            assert_eq!(found[0][0], duplicate(2, "duplicate of row 0 (line 1)"));
            assert_eq!((found[0][1].0, found[0][1].1), (3, "ring"));
            assert_eq!(found[0][2], duplicate(4, "duplicate of row 1 (line 2)"));
            assert_eq!(found[0][3], duplicate(6, "duplicate of row 0 (line 1)"));
            assert_eq!(found[0].len(), 4);
            let expected = [
                duplicate(0, "duplicate of row 2 (line 6 of 0.smi)"),
                duplicate(2, "duplicate of row 3 (line 2)"),
            ];
            assert_eq!(found[1], expected);
        }
    }

    #[test]
    fn what_counts_as_the_same() {
        let input: &[&str] =
            &["C[C@H](O)N", "C[C@@H](O)N", "C[C@H](N)O", "[2H]C[C@H](O)N", "[2H]CC(O)N", "CC(O)N"];
        let kept = |name: &str| {
            let found = run(&[input], name.parse().unwrap(), 1);
            let gone: Vec<usize> = found[0].iter().map(|failure| failure.0).collect();
            (0..input.len()).filter(|index| !gone.contains(index)).collect::<Vec<_>>()
        };
        assert_eq!(kept("exact"), [0, 1, 3, 4, 5], "the third is the second");
        assert_eq!(kept("no-stereo"), [0, 3]);
        assert_eq!(kept("flat"), [0]);
        let error = "stereo".parse::<Sameness>().unwrap_err();
        assert_eq!(error.to_string(), "`stereo` is not known: expected exact, no-stereo or flat");
    }

    #[test]
    fn rows_fit_in_five_bytes() {
        for row in [0, 255, 256, 4_294_967_296, (1 << 40) - 1] {
            assert_eq!(Row::new(row).get(), row);
        }
        assert_eq!(size_of::<(MoleculeKey, Row)>(), 21);
    }
}
