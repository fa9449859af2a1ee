//! Known actives to compare a library with.

use std::path::Path;

use soyaku_device::Device;
use soyaku_kernels::tanimoto::Rows;
use soyaku_store::{InputDigest, InputOptions, digest_file};

use crate::featurize::{Failure, Featurizer, Fingerprints, Wanted};
use crate::source::{Chunk, Source};
use crate::{Error, FingerprintSpec};

/// Fingerprints of the reference compounds of `--like`.
pub struct References {
    /// Digest of the file.
    pub digest: InputDigest,
    /// Labels of all rows of the file: the name, or the SMILES of a compound without one.
    pub labels: Vec<String>,
    /// Rows that cannot be used, by row of the file.
    pub failures: Vec<Failure>,
    /// Row of the file of each usable compound.
    rows: Vec<u32>,
    fingerprints: Fingerprints,
    words: usize,
}

impl References {
    /// Reads all compounds of a file.
    ///
    /// # Errors
    /// The file cannot be read, or no compound in it is usable.
    pub fn read(
        path: &Path,
        options: &InputOptions,
        spec: FingerprintSpec,
        device: &Device,
    ) -> Result<Self, Error> {
        const MAX: usize = 4096;
        let digest = digest_file(path)?;
        let mut source = Source::open(path, options, None)?.on(device);
        let mut featurizer = Featurizer::new(Wanted { fingerprints: vec![spec], ..Wanted::default() });
        let mut references = Self {
            digest,
            labels: Vec::new(),
            failures: Vec::new(),
            rows: Vec::new(),
            fingerprints: Fingerprints::default(),
            words: spec.words(),
        };
        let mut chunk = Chunk::default();
        while source.read(&mut chunk, MAX)? > 0 {
            let first = references.labels.len();
            for index in 0..chunk.records.len() {
                let name = chunk.records.name(index);
                let label = if name.is_empty() { chunk.records.smiles(index) } else { name };
                references.labels.push(String::from_utf8_lossy(label).into_owned());
            }
            let found = featurizer.run(device, &chunk.records);
            references.rows.extend(found.rows.iter().map(|row| first as u32 + row));
            for table in &mut found.fingerprints {
                references.fingerprints.bits.append(&mut table.bits);
                references.fingerprints.popcounts.append(&mut table.popcounts);
            }
            references.failures.extend(
                found.failures.drain(..).map(|failure| Failure { index: first + failure.index, ..failure }),
            );
        }
        if references.rows.is_empty() {
            let path = path.display().to_string();
            let reason = match references.failures.first() {
                Some(failure) => format!("no usable reference compound: row 1: {}", failure.reason),
                None => "no reference compounds: expected at least one SMILES".to_owned(),
            };
            return Err(Error::Unusable { path, reason });
        }
        Ok(references)
    }

    /// The usable compounds' fingerprints.
    pub fn fingerprints(&self) -> Rows<'_> {
        let Fingerprints { bits, popcounts } = &self.fingerprints;
        Rows { bits, popcounts, words: self.words }
    }

    /// Row of the file of a usable compound.
    pub fn row(&self, index: u32) -> u32 {
        self.rows[index as usize]
    }
}
