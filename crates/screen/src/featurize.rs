//! From text to what the kernels need: molecules checked, environments collected, fingerprints made.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::prelude::*;
use soyaku_chem::descriptors::DescriptorError;
use soyaku_chem::smarts::{MatchError, MatchScratch};
use soyaku_chem::{KeyMaker, KeyOptions, Molecule, MoleculeKey, Parser};
use soyaku_device::Device;
use soyaku_kernels::tanimoto::popcount;
use soyaku_property::{Batch, Predictor};
use soyaku_store::Records;

use crate::fingerprint::Generator;
use crate::properties::{Calculator, PropertyError};
use crate::{FingerprintSpec, Properties, SubstructureFilter};

/// What is made of every compound.
#[derive(Clone, Default)]
pub struct Wanted<'a> {
    /// Compounds that it objects to are left out before anything is computed.
    pub filter: Option<&'a SubstructureFilter>,
    /// Descriptors and alert counts.
    pub properties: Option<&'a Properties>,
    /// Fingerprints.
    pub fingerprints: Vec<FingerprintSpec>,
    /// Environments for these models.
    pub predictor: Option<&'a Predictor>,
    /// Keys, where these things count.
    pub keys: Option<KeyOptions>,
}

/// Why a compound has no results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Index within the chunk.
    pub index: usize,
    /// Kind of failure: `syntax`, `valence`, ...; `input` for a row that could not be read, `excluded` for one
    /// that the substructure filter leaves out, `search` for one in which a pattern takes too long to find.
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
    /// Descriptors in the order of `rows`, those of a compound together.
    pub descriptors: Vec<f32>,
    /// Keys in the order of `rows`.
    pub keys: Vec<MoleculeKey>,
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

    /// Takes rows out, with their fingerprints: those that `keep` has not marked. Only for compounds
    /// without descriptors and environments.
    pub(crate) fn retain(&mut self, keep: &[bool]) {
        debug_assert!(self.batch.is_none() && self.descriptors.is_empty());
        let rows = self.rows.len();
        for table in &mut self.fingerprints {
            let words = table.bits.len() / rows.max(1);
            let mut marks = keep.iter().flat_map(|&is_kept| std::iter::repeat_n(is_kept, words));
            table.bits.retain(|_| marks.next().unwrap_or(true));
            let mut marks = keep.iter();
            table.popcounts.retain(|_| marks.next().copied().unwrap_or(true));
        }
        let mut marks = keep.iter();
        self.rows.retain(|_| marks.next().copied().unwrap_or(true));
        let mut marks = keep.iter();
        self.keys.retain(|_| marks.next().copied().unwrap_or(true));
    }

    fn clear(&mut self) {
        self.rows.clear();
        self.keys.clear();
        self.failures.clear();
        self.descriptors.clear();
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
        self.descriptors.append(&mut part.descriptors);
        self.keys.append(&mut part.keys);
        for (whole, part) in self.fingerprints.iter_mut().zip(&mut part.fingerprints) {
            whole.bits.append(&mut part.bits);
            whole.popcounts.append(&mut part.popcounts);
        }
        if let (Some(whole), Some(part)) = (&mut self.batch, &part.batch) {
            whole.append(part);
        }
    }
}

fn empty(wanted: &Wanted<'_>) -> Featurized {
    Featurized {
        batch: wanted.predictor.map(Predictor::batch),
        fingerprints: vec![Fingerprints::default(); wanted.fingerprints.len()],
        ..Featurized::default()
    }
}

/// Parses compounds on all threads of a device.
pub struct Featurizer<'a> {
    wanted: Wanted<'a>,
    workers: Vec<Worker<'a>>,
    whole: Featurized,
}

struct Worker<'a> {
    wanted: Wanted<'a>,
    tools: Tools<'a>,
    part: Featurized,
}

/// What a worker keeps from compound to compound.
struct Tools<'a> {
    parser: Parser,
    search: MatchScratch,
    calculator: Option<Calculator<'a>>,
    generators: Vec<Generator>,
    keys: Option<KeyMaker>,
}

impl<'a> Tools<'a> {
    fn new(wanted: &Wanted<'a>) -> Self {
        Self {
            parser: Parser::new(),
            search: MatchScratch::new(),
            calculator: wanted.properties.map(Calculator::new),
            generators: wanted.fingerprints.iter().map(FingerprintSpec::generator).collect(),
            keys: wanted.keys.map(KeyMaker::new),
        }
    }
}

/// Why a compound is not among the usable ones.
enum Refusal {
    Molecule(soyaku_chem::Error),
    Search(MatchError),
    Excluded(String),
}

impl Refusal {
    fn failure(self, index: usize) -> Failure {
        let (kind, reason) = match self {
            Self::Molecule(error) => (error.kind().as_str(), error.to_string()),
            Self::Search(error) => ("search", error.to_string()),
            Self::Excluded(reason) => ("excluded", reason),
        };
        Failure { index, kind, reason }
    }
}

impl From<soyaku_chem::Error> for Refusal {
    fn from(error: soyaku_chem::Error) -> Self {
        Self::Molecule(error)
    }
}

impl From<MatchError> for Refusal {
    fn from(error: MatchError) -> Self {
        Self::Search(error)
    }
}

impl From<PropertyError> for Refusal {
    fn from(error: PropertyError) -> Self {
        match error {
            PropertyError::Descriptor(DescriptorError::Search(error)) | PropertyError::Search(error) => {
                Self::Search(error)
            }
        }
    }
}

impl<'a> Featurizer<'a> {
    /// For these things.
    pub fn new(wanted: Wanted<'a>) -> Self {
        let whole = empty(&wanted);
        Self { wanted, workers: Vec::new(), whole }
    }

    /// Featurizes a chunk. The result is the same for any number of threads.
    pub fn run(&mut self, device: &Device, records: &Records) -> &mut Featurized {
        let count = device.threads().min(records.len().div_ceil(64)).max(1);
        let wanted = &self.wanted;
        self.workers.truncate(count);
        self.workers.resize_with(count, || Worker {
            wanted: wanted.clone(),
            tools: Tools::new(wanted),
            part: empty(wanted),
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

impl Worker<'_> {
    fn run(&mut self, records: &Records, range: Range<usize>) {
        self.part.clear();
        for index in range {
            if let Some(reason) = records.defect(index) {
                let kind = records.defect_kind(index).unwrap_or("input");
                self.part.failures.push(Failure { index, kind, reason: reason.to_owned() });
                continue;
            }
            let smiles = records.smiles(index);
            // A bug in perception must cost one row, not the run.
            match catch_unwind(AssertUnwindSafe(|| self.add(smiles))) {
                Ok(Ok(())) => self.part.rows.push(index as u32),
                Ok(Err(refusal)) => {
                    self.take_back();
                    self.part.failures.push(refusal.failure(index));
                }
                Err(_) => {
                    self.take_back();
                    self.tools = Tools::new(&self.wanted);
                    let reason = "internal error while reading the molecule; please report it".to_owned();
                    self.part.failures.push(Failure { index, kind: "internal", reason });
                }
            }
        }
    }

    /// Adds a compound to the tables. Where this fails they may hold a part of it.
    fn add(&mut self, smiles: &[u8]) -> Result<(), Refusal> {
        let Tools { parser, search, calculator, generators, keys } = &mut self.tools;
        let molecule = parser.parse(smiles)?;
        if let Some(filter) = self.wanted.filter
            && let Some(reason) = filter.objection(molecule, search)?
        {
            return Err(Refusal::Excluded(reason));
        }
        if let Some(calculator) = calculator {
            calculator.append(molecule, &mut self.part.descriptors)?;
        }
        let tables = self.wanted.fingerprints.iter().zip(&mut self.part.fingerprints);
        for (generator, (spec, table)) in generators.iter_mut().zip(tables) {
            table.add(molecule, generator, spec.words())?;
        }
        if let Some(batch) = &mut self.part.batch {
            batch.add(molecule);
        }
        if let Some(keys) = keys {
            self.part.keys.push(keys.key(molecule));
        }
        Ok(())
    }

    /// Takes everything out of the tables that belongs to no finished row.
    fn take_back(&mut self) {
        let rows = self.part.rows.len();
        self.part.keys.truncate(rows);
        self.part.descriptors.truncate(rows * self.wanted.properties.map_or(0, Properties::len));
        for (spec, table) in self.wanted.fingerprints.iter().zip(&mut self.part.fingerprints) {
            table.bits.truncate(rows * spec.words());
            table.popcounts.truncate(rows);
        }
        if let Some(batch) = &mut self.part.batch {
            batch.truncate(rows);
        }
    }
}

impl Fingerprints {
    fn add(
        &mut self,
        molecule: &Molecule,
        generator: &mut Generator,
        words: usize,
    ) -> Result<(), soyaku_chem::Error> {
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
            let mut featurizer = Featurizer::new(Wanted { fingerprints: specs.clone(), ..Wanted::default() });
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
