//! From text to what the kernels need: molecules checked, environments collected, fingerprints made.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::prelude::*;
use soyaku_chem::{Error, Molecule, Parser};
use soyaku_device::Device;
use soyaku_kernels::tanimoto::popcount;
use soyaku_property::{Batch, Predictor};
use soyaku_store::Records;

use crate::FingerprintSpec;
use crate::fingerprint::Generator;

/// Why a compound has no results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Index within the chunk.
    pub index: usize,
    /// Kind of failure: `syntax`, `valence`, ... or `input` for a row that could not be read.
    pub kind: &'static str,
    /// What is wrong.
    pub reason: String,
}

/// The usable compounds of a chunk, in order.
#[derive(Default)]
pub struct Featurized {
    /// Indices within the chunk of the usable compounds.
    pub rows: Vec<u32>,
    /// The others.
    pub failures: Vec<Failure>,
    /// Environments for the models, in the order of `rows`.
    pub batch: Option<Batch>,
    /// Fingerprints in the order of `rows`, one table for each kind.
    pub fingerprints: Vec<Fingerprints>,
}

/// Fingerprints of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprints {
    /// Rows of a whole number of words.
    pub bits: Vec<u64>,
    /// Set bits of each row.
    pub popcounts: Vec<u16>,
}

impl Featurized {
    /// Compounds of a library, which are all usable, with the fingerprints that it holds.
    pub fn stored(bits: Vec<u64>, popcounts: Vec<u16>) -> Self {
        let rows = (0..popcounts.len() as u32).collect();
        Self { rows, fingerprints: vec![Fingerprints { bits, popcounts }], ..Self::default() }
    }

    fn clear(&mut self) {
        self.rows.clear();
        self.failures.clear();
        if let Some(batch) = &mut self.batch {
            batch.clear();
        }
        for table in &mut self.fingerprints {
            table.bits.clear();
            table.popcounts.clear();
        }
    }

    fn append(&mut self, part: &mut Self) {
        self.rows.append(&mut part.rows);
        self.failures.append(&mut part.failures);
        for (whole, part) in self.fingerprints.iter_mut().zip(&mut part.fingerprints) {
            whole.bits.append(&mut part.bits);
            whole.popcounts.append(&mut part.popcounts);
        }
        if let (Some(whole), Some(part)) = (&mut self.batch, &part.batch) {
            whole.append(part);
        }
    }
}

fn empty(predictor: Option<&Predictor>, fingerprints: &[FingerprintSpec]) -> Featurized {
    Featurized {
        batch: predictor.map(Predictor::batch),
        fingerprints: vec![Fingerprints::default(); fingerprints.len()],
        ..Featurized::default()
    }
}

/// Parses compounds on all threads of a device.
pub struct Featurizer<'a> {
    predictor: Option<&'a Predictor>,
    fingerprints: Vec<FingerprintSpec>,
    workers: Vec<Worker>,
    whole: Featurized,
}

struct Worker {
    parser: Parser,
    specs: Vec<FingerprintSpec>,
    generators: Vec<Generator>,
    part: Featurized,
}

impl<'a> Featurizer<'a> {
    /// For these models, if any, and these fingerprints.
    pub fn new(predictor: Option<&'a Predictor>, fingerprints: Vec<FingerprintSpec>) -> Self {
        let whole = empty(predictor, &fingerprints);
        Self { predictor, fingerprints, workers: Vec::new(), whole }
    }

    /// Featurizes a chunk. The result is the same for any number of threads.
    pub fn run(&mut self, device: &Device, records: &Records) -> &mut Featurized {
        let count = device.threads().min(records.len().div_ceil(64)).max(1);
        let (predictor, fingerprints) = (self.predictor, &self.fingerprints);
        self.workers.truncate(count);
        self.workers.resize_with(count, || Worker {
            parser: Parser::new(),
            specs: fingerprints.clone(),
            generators: fingerprints.iter().map(FingerprintSpec::generator).collect(),
            part: empty(predictor, fingerprints),
        });
        let share = records.len().div_ceil(count);
        let workers = &mut self.workers;
        device.install(|| {
            workers.par_iter_mut().enumerate().for_each(|(index, worker)| {
                worker.run(records, index * share..((index + 1) * share).min(records.len()));
            });
        });
        for (index, worker) in self.workers.iter_mut().enumerate() {
            if index == 0 {
                std::mem::swap(&mut self.whole, &mut worker.part);
            } else {
                self.whole.append(&mut worker.part);
            }
        }
        &mut self.whole
    }
}

impl Worker {
    fn run(&mut self, records: &Records, range: Range<usize>) {
        self.part.clear();
        for index in range {
            if let Some(reason) = records.defect(index) {
                self.part.failures.push(Failure { index, kind: "input", reason: reason.to_owned() });
                continue;
            }
            let smiles = records.smiles(index);
            // A bug in perception must cost one row, not the run.
            match catch_unwind(AssertUnwindSafe(|| self.add(smiles))) {
                Ok(Ok(())) => self.part.rows.push(index as u32),
                Ok(Err(error)) => {
                    self.take_back();
                    let kind = error.kind().as_str();
                    self.part.failures.push(Failure { index, kind, reason: error.to_string() });
                }
                Err(_) => {
                    self.take_back();
                    self.parser = Parser::new();
                    self.generators = self.specs.iter().map(FingerprintSpec::generator).collect();
                    let reason = "internal error while reading the molecule; please report it".to_owned();
                    self.part.failures.push(Failure { index, kind: "internal", reason });
                }
            }
        }
    }

    /// Adds a compound to the tables. Where this fails they may hold a part of it.
    fn add(&mut self, smiles: &[u8]) -> Result<(), Error> {
        let molecule = self.parser.parse(smiles)?;
        for (generator, (spec, table)) in
            self.generators.iter_mut().zip(self.specs.iter().zip(&mut self.part.fingerprints))
        {
            table.add(molecule, generator, spec.words())?;
        }
        if let Some(batch) = &mut self.part.batch {
            batch.add(molecule);
        }
        Ok(())
    }

    /// Takes everything out of the tables that belongs to no finished row.
    fn take_back(&mut self) {
        let rows = self.part.rows.len();
        for (spec, table) in self.specs.iter().zip(&mut self.part.fingerprints) {
            table.bits.truncate(rows * spec.words());
            table.popcounts.truncate(rows);
        }
        if let Some(batch) = &mut self.part.batch {
            batch.truncate(rows);
        }
    }
}

impl Fingerprints {
    fn add(&mut self, molecule: &Molecule, generator: &mut Generator, words: usize) -> Result<(), Error> {
        let start = self.bits.len();
        self.bits.resize(start + words, 0);
        let bits = &mut self.bits[start..];
        generator.write(molecule, bits)?;
        self.popcounts.push(popcount(bits));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use soyaku_device::DeviceRequest;

    #[test]
    fn rows_keep_their_place_for_any_number_of_threads() {
        let mut records = Records::new();
        for i in 0..500_u64 {
            match i % 7 {
                3 => records.push(b"C1CC", b"open ring", i),
                5 => records.push_defect(b"", b"", i, "too long".into()),
                _ => records.push("C".repeat(1 + i as usize % 30).as_bytes(), b"chain", i),
            }
        }
        let specs = vec![FingerprintSpec::default(), "torsion_1024".parse().unwrap()];
        let mut first: Option<(Vec<u32>, Vec<Failure>, Vec<Fingerprints>)> = None;
        for threads in [1, 2, 5] {
            let device = Device::open(DeviceRequest::Cpu, Some(threads)).unwrap();
            let mut featurizer = Featurizer::new(None, specs.clone());
            let got = featurizer.run(&device, &records);
            let got = (got.rows.clone(), got.failures.clone(), got.fingerprints.clone());
            assert_eq!(got.0.len() + got.1.len(), 500);
            assert_eq!([got.2[0].bits.len(), got.2[1].bits.len()], [got.0.len() * 32, got.0.len() * 16]);
            assert_eq!([got.2[0].popcounts.len(), got.2[1].popcounts.len()], [got.0.len(); 2]);
            assert_eq!((got.1[0].index, got.1[0].kind), (3, "ring"));
            assert_eq!((got.1[1].index, got.1[1].kind), (5, "input"));
            match &first {
                None => first = Some(got),
                Some(first) => assert_eq!(first, &got),
            }
        }
    }
}
