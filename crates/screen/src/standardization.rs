//! `library build --standardize`: compounds drawn in one way before anything is made of them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::prelude::*;
use soyaku_chem::standardize::{StandardizeOptions, Standardizer};
use soyaku_chem::{Parser, SmilesWriter};
use soyaku_device::Device;
use soyaku_store::Records;

/// Property with the SMILES of a compound that was changed, as it was in the input.
pub const ORIGINAL: &str = "original_smiles";
/// Property with what was done to it, in order.
pub const CHANGES: &str = "standardization";

/// Standardizes compounds on all threads of a device.
pub struct Standardization {
    options: StandardizeOptions,
    workers: Vec<Worker>,
    whole: Records,
    changes: BTreeMap<String, u64>,
    changed: u64,
}

struct Worker {
    options: StandardizeOptions,
    parser: Parser,
    standardizer: Standardizer,
    writer: SmilesWriter,
    outcomes: Vec<Outcome>,
}

/// What became of a compound.
enum Outcome {
    /// It stays as it was written; also where it is no molecule, which is found out later.
    Same,
    Changed {
        smiles: String,
        changes: Vec<String>,
    },
    Failed {
        kind: &'static str,
        reason: String,
    },
}

impl Standardization {
    /// With these steps.
    pub fn new(options: StandardizeOptions) -> Self {
        Self { options, workers: Vec::new(), whole: Records::new(), changes: BTreeMap::new(), changed: 0 }
    }

    /// Compounds that were changed so far.
    pub fn changed(&self) -> u64 {
        self.changed
    }

    /// How many compounds had each change so far.
    pub fn changes(&self) -> &BTreeMap<String, u64> {
        &self.changes
    }

    /// The compounds, standardized: those that changed have another SMILES, and two more properties ([`ORIGINAL`],
    /// [`CHANGES`]). The result is the same for any number of threads.
    pub fn run(&mut self, device: &Device, records: &Records) -> &Records {
        let count = device.threads().min(records.len().div_ceil(64)).max(1);
        let options = &self.options;
        self.workers.truncate(count);
        self.workers.resize_with(count, || Worker::new(options.clone()));
        let share = records.len().div_ceil(count);
        let workers = &mut self.workers;
        device.install(|| {
            workers.par_iter_mut().enumerate().for_each(|(index, worker)| {
                worker.run(records, index * share..((index + 1) * share).min(records.len()));
            });
        });
        self.whole.clear();
        let outcomes = self.workers.iter_mut().flat_map(|worker| worker.outcomes.drain(..));
        for (row, outcome) in outcomes.enumerate() {
            let (text, name, line) = (records.smiles(row), records.name(row), records.line(row));
            match (&outcome, records.defect(row), records.defect_kind(row)) {
                (_, Some(reason), Some(kind)) => {
                    self.whole.push_failure(text, name, line, kind, reason.to_owned());
                }
                (Outcome::Failed { kind, reason }, ..) => {
                    self.whole.push_failure(text, name, line, kind, reason.clone());
                }
                (Outcome::Changed { smiles, .. }, ..) => self.whole.push(smiles.as_bytes(), name, line),
                (Outcome::Same, ..) => self.whole.push(text, name, line),
            }
            for (name, value) in records.properties(row) {
                self.whole.push_property(name, value);
            }
            if let Outcome::Changed { mut changes, .. } = outcome {
                self.whole.push_property(ORIGINAL.as_bytes(), text);
                self.whole.push_property(CHANGES.as_bytes(), changes.join("; ").as_bytes());
                self.changed += 1;
                for change in &mut changes {
                    // how many charges is not asked here
                    change.truncate(
                        change.trim_end_matches(|last: char| last.is_ascii_digit()).trim_end().len(),
                    );
                }
                changes.sort_unstable();
                changes.dedup();
                for change in changes {
                    *self.changes.entry(change).or_default() += 1;
                }
            }
        }
        &self.whole
    }
}

impl Worker {
    fn new(options: StandardizeOptions) -> Self {
        let standardizer = Standardizer::new(options.clone());
        let (parser, writer) = (Parser::new(), SmilesWriter::default());
        Self { options, parser, standardizer, writer, outcomes: Vec::new() }
    }

    fn run(&mut self, records: &Records, rows: Range<usize>) {
        self.outcomes.clear();
        for row in rows {
            if records.defect(row).is_some() {
                self.outcomes.push(Outcome::Same);
                continue;
            }
            // A bug must cost one row, not the run.
            let outcome = catch_unwind(AssertUnwindSafe(|| self.standardize(records.smiles(row))));
            let outcome = outcome.unwrap_or_else(|_| {
                *self =
                    Self { outcomes: std::mem::take(&mut self.outcomes), ..Self::new(self.options.clone()) };
                let reason = "internal error while standardizing the molecule; please report it".to_owned();
                Outcome::Failed { kind: "internal", reason }
            });
            self.outcomes.push(outcome);
        }
    }

    fn standardize(&mut self, smiles: &[u8]) -> Outcome {
        let Ok(molecule) = self.parser.parse(smiles) else { return Outcome::Same };
        match self.standardizer.standardize(molecule) {
            Ok(standardized) if standardized.changes.is_empty() => Outcome::Same,
            Ok(standardized) => Outcome::Changed {
                smiles: self.writer.write(standardized.molecule).to_owned(),
                changes: standardized.changes.iter().map(|change| change.to_string()).collect(),
            },
            Err(error) => Outcome::Failed { kind: "standardize", reason: error.to_string() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use soyaku_device::DeviceRequest;

    #[test]
    fn changes_are_kept_with_their_compound() {
        let mut records = Records::new();
        for index in 0..300_u64 {
            match index % 4 {
                0 => records.push(b"CC(=O)[O-].[Na+]", b"salt", index),
                1 => records.push_defect(b"", b"", index, "too long".into()),
                2 => records.push(b"C1CC", b"no molecule", index),
                _ => records.push(b"OC", b"methanol", index),
            }
            records.push_property(b"batch", b"7");
        }
        let mut first: Option<Records> = None;
        for threads in [1, 2, 5] {
            let device = Device::open(DeviceRequest::Cpu, Some(threads)).unwrap();
            let mut standardization = Standardization::new(StandardizeOptions::default());
            let whole = standardization.run(&device, &records).clone();
            assert_eq!(whole.len(), 300);
            assert_eq!((whole.smiles(4), whole.name(4), whole.line(4)), (&b"CC(=O)O"[..], &b"salt"[..], 4));
            let properties: Vec<_> = whole.properties(4).collect();
            assert_eq!(properties[0], (&b"batch"[..], &b"7"[..]));
            assert_eq!(properties[1], (ORIGINAL.as_bytes(), &b"CC(=O)[O-].[Na+]"[..]));
            assert_eq!(properties[2], (CHANGES.as_bytes(), &b"kept-largest-fragment; neutralized 1"[..]));
            assert_eq!((whole.defect(1), whole.smiles(2)), (Some("too long"), &b"C1CC"[..]));
            assert_eq!((whole.smiles(3), whole.properties(3).len()), (&b"OC"[..], 1));
            assert_eq!(standardization.changed(), 75);
            assert_eq!(standardization.changes()["neutralized"], 75);
            match &first {
                None => first = Some(whole),
                Some(first) => assert!(*first == whole, "{threads} threads"),
            }
        }
    }
}
