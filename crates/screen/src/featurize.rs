//! From text to what the kernels need: molecules checked, environments collected, fingerprints made.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::prelude::*;
use soyaku_chem::fingerprint::Morgan;
use soyaku_chem::{Molecule, Parser};
use soyaku_device::Device;
use soyaku_kernels::tanimoto::popcount;
use soyaku_property::{Batch, Predictor};
use soyaku_store::Records;

use crate::FingerprintSpec;

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
    /// Fingerprints in the order of `rows`.
    pub fingerprints: Vec<u64>,
    /// Their popcounts.
    pub popcounts: Vec<u16>,
}

impl Featurized {
    /// Compounds of a library, which are all usable, with the fingerprints that it holds.
    pub fn stored(fingerprints: Vec<u64>, popcounts: Vec<u16>) -> Self {
        let rows = (0..popcounts.len() as u32).collect();
        Self { rows, fingerprints, popcounts, ..Self::default() }
    }

    fn clear(&mut self) {
        self.rows.clear();
        self.failures.clear();
        if let Some(batch) = &mut self.batch {
            batch.clear();
        }
        self.fingerprints.clear();
        self.popcounts.clear();
    }

    fn append(&mut self, part: &mut Self) {
        self.rows.append(&mut part.rows);
        self.failures.append(&mut part.failures);
        self.fingerprints.append(&mut part.fingerprints);
        self.popcounts.append(&mut part.popcounts);
        if let (Some(whole), Some(part)) = (&mut self.batch, &part.batch) {
            whole.append(part);
        }
    }
}

fn empty(predictor: Option<&Predictor>) -> Featurized {
    Featurized { batch: predictor.map(Predictor::batch), ..Featurized::default() }
}

/// Parses compounds on all threads of a device.
pub struct Featurizer<'a> {
    predictor: Option<&'a Predictor>,
    fingerprint: Option<FingerprintSpec>,
    workers: Vec<Worker>,
    whole: Featurized,
}

struct Worker {
    parser: Parser,
    morgan: Option<Morgan>,
    part: Featurized,
}

impl<'a> Featurizer<'a> {
    /// For these models and this fingerprint, either of which may be absent.
    pub fn new(predictor: Option<&'a Predictor>, fingerprint: Option<FingerprintSpec>) -> Self {
        Self { predictor, fingerprint, workers: Vec::new(), whole: empty(predictor) }
    }

    /// Featurizes a chunk. The result is the same for any number of threads.
    pub fn run(&mut self, device: &Device, records: &Records) -> &mut Featurized {
        let count = device.threads().min(records.len().div_ceil(64)).max(1);
        let (predictor, fingerprint) = (self.predictor, self.fingerprint);
        self.workers.truncate(count);
        self.workers.resize_with(count, || Worker {
            parser: Parser::new(),
            morgan: fingerprint.map(|spec| spec.generator()),
            part: empty(predictor),
        });
        let share = records.len().div_ceil(count);
        let workers = &mut self.workers;
        device.install(|| {
            workers.par_iter_mut().enumerate().for_each(|(index, worker)| {
                worker.run(records, index * share..((index + 1) * share).min(records.len()), fingerprint);
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
    fn run(&mut self, records: &Records, range: Range<usize>, fingerprint: Option<FingerprintSpec>) {
        self.part.clear();
        for index in range {
            if let Some(reason) = records.defect(index) {
                self.part.failures.push(Failure { index, kind: "input", reason: reason.to_owned() });
                continue;
            }
            let smiles = records.smiles(index);
            // A bug in perception must cost one row, not the run.
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                self.parser.parse(smiles).map(|molecule| {
                    fingerprint_of(molecule, self.morgan.as_mut(), fingerprint, &mut self.part);
                    if let Some(batch) = &mut self.part.batch {
                        batch.add(molecule);
                    }
                })
            }));
            match outcome {
                Ok(Ok(())) => self.part.rows.push(index as u32),
                Ok(Err(error)) => {
                    let kind = error.kind().as_str();
                    self.part.failures.push(Failure { index, kind, reason: error.to_string() });
                }
                Err(_) => {
                    self.recover(fingerprint);
                    let reason = "internal error while reading the molecule; please report it".to_owned();
                    self.part.failures.push(Failure { index, kind: "internal", reason });
                }
            }
        }
    }

    /// After a panic: scratch memory may be inconsistent, finished rows are not.
    fn recover(&mut self, fingerprint: Option<FingerprintSpec>) {
        self.parser = Parser::new();
        self.morgan = fingerprint.map(|spec| spec.generator());
        let words = fingerprint.map_or(0, |spec| spec.words());
        self.part.fingerprints.truncate(self.part.rows.len() * words);
        self.part.popcounts.truncate(self.part.rows.len());
    }
}

fn fingerprint_of(
    molecule: &Molecule,
    morgan: Option<&mut Morgan>,
    spec: Option<FingerprintSpec>,
    part: &mut Featurized,
) {
    if let (Some(morgan), Some(spec)) = (morgan, spec) {
        let start = part.fingerprints.len();
        part.fingerprints.resize(start + spec.words(), 0);
        let bits = &mut part.fingerprints[start..];
        morgan.bits(molecule, spec.bits, bits);
        part.popcounts.push(popcount(bits));
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
        let spec = Some(FingerprintSpec::default());
        let mut first: Option<(Vec<u32>, Vec<Failure>, Vec<u64>)> = None;
        for threads in [1, 2, 5] {
            let device = Device::open(DeviceRequest::Cpu, Some(threads)).unwrap();
            let mut featurizer = Featurizer::new(None, spec);
            let got = featurizer.run(&device, &records);
            let got = (got.rows.clone(), got.failures.clone(), got.fingerprints.clone());
            assert_eq!(got.0.len() + got.1.len(), 500);
            assert_eq!(got.2.len(), got.0.len() * 32);
            assert_eq!((got.1[0].index, got.1[0].kind), (3, "ring"));
            assert_eq!((got.1[1].index, got.1[1].kind), (5, "input"));
            match &first {
                None => first = Some(got),
                Some(first) => assert_eq!(first, &got),
            }
        }
    }
}
