//! The queries with their fingerprints.

use std::path::Path;

use serde::Serialize;
use soyaku_chem::fps::{FpsError, FpsReader};
use soyaku_device::Device;
use soyaku_kernels::tanimoto::{Rows, popcount};
use soyaku_store::{FingerprintKind, Fpsim2Reader, LibraryReader, Records, TextColumn, input};

use super::kind::Offer;
use crate::featurize::{Featurizer, Fingerprints, Wanted};
use crate::imported::{FingerprintFile, spec, unreadable};
use crate::progress::Stop;
use crate::source::{Chunk, Source};
use crate::{Error, FingerprintSpec};

/// A query that cannot be searched for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnusableQuery {
    /// Its row in the file, from 0.
    pub row: u64,
    /// Its line in the file, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub reason: String,
}

/// Queries in the order of their file.
pub(crate) struct Queries {
    /// Those that are left out.
    pub unusable: Vec<UnusableQuery>,
    /// Row of the file of each usable query.
    file_rows: Vec<u64>,
    /// Name of each, or the SMILES of one without a name.
    labels: TextColumn,
    fingerprints: Fingerprints,
    words: usize,
}

/// Compounds, or fingerprints, that are read together.
const BATCH: usize = 4096;

impl Queries {
    /// Reads all of them.
    ///
    /// # Errors
    /// The file is damaged, no query in it is usable, or a stop was requested.
    pub(super) fn read(
        offer: Offer,
        kind: &FingerprintKind,
        path: &Path,
        device: &Device,
        stop: &Stop,
    ) -> Result<Self, Error> {
        let mut queries = Self {
            unusable: Vec::new(),
            file_rows: Vec::new(),
            labels: TextColumn::new(),
            fingerprints: Fingerprints::default(),
            words: kind.words(),
        };
        match offer {
            Offer::Structures(source) => {
                let spec = spec(kind).ok_or_else(|| {
                    Error::Configuration(format!("{} cannot be made of structures", kind.name))
                })?;
                queries.add_structures(source.on(device), spec, device, stop)?;
            }
            Offer::Fingerprints(FingerprintFile::Fps { mut reader, .. }) => {
                queries.add_fps(path, &mut reader, stop)?;
            }
            Offer::Fingerprints(FingerprintFile::Fpsim2 { reader, .. }) => {
                queries.add_fpsim2(&reader, device, stop)?;
            }
            Offer::Library(library) => queries.add_library(&library, kind, device, stop)?,
        }
        if queries.file_rows.is_empty() {
            let reason = match queries.unusable.first() {
                Some(query) => format!("no usable query: row {}: {}", query.row, query.reason),
                None => "holds no query: expected at least one structure or fingerprint".to_owned(),
            };
            return Err(Error::Unusable { path: path.display().to_string(), reason });
        }
        Ok(queries)
    }

    /// Number of usable queries.
    pub fn len(&self) -> usize {
        self.file_rows.len()
    }

    /// The fingerprints.
    pub fn rows(&self) -> Rows<'_> {
        let Fingerprints { bits, popcounts } = &self.fingerprints;
        Rows { bits, popcounts, words: self.words }
    }

    /// Row of the file of a usable query.
    pub fn file_row(&self, query: usize) -> u64 {
        self.file_rows[query]
    }

    /// Name of a usable query.
    pub fn label(&self, query: usize) -> &[u8] {
        self.labels.get(query)
    }

    fn add_structures(
        &mut self,
        mut source: Source,
        spec: FingerprintSpec,
        device: &Device,
        stop: &Stop,
    ) -> Result<(), Error> {
        let mut featurizer = Featurizer::new(Wanted { fingerprints: vec![spec], ..Wanted::default() });
        let mut chunk = Chunk::default();
        while source.read(&mut chunk, BATCH)? > 0 {
            stop.check()?;
            let records = &chunk.records;
            let found = featurizer.run(device, records);
            for &row in &found.rows {
                self.push_label(chunk.first_row, records, row as usize);
            }
            for table in &mut found.fingerprints {
                self.fingerprints.bits.append(&mut table.bits);
                self.fingerprints.popcounts.append(&mut table.popcounts);
            }
            self.unusable.extend(found.failures.drain(..).map(|failure| UnusableQuery {
                row: chunk.first_row + failure.index as u64,
                line: records.line(failure.index),
                reason: failure.reason,
            }));
        }
        Ok(())
    }

    fn add_fps(
        &mut self,
        path: &Path,
        reader: &mut FpsReader<input::Source>,
        stop: &Stop,
    ) -> Result<(), Error> {
        for row in 0.. {
            stop.check()?;
            match reader.read() {
                Ok(None) => break,
                Ok(Some(record)) => {
                    self.fingerprints.bits.extend_from_slice(record.words);
                    self.fingerprints.popcounts.push(popcount(record.words));
                    self.labels.push(record.name);
                    self.file_rows.push(row);
                }
                Err(FpsError::Malformed { line, problem }) => {
                    self.unusable.push(UnusableQuery { row, line, reason: problem });
                }
                Err(FpsError::Io { line, source }) => {
                    return Err(reader.input().error(path, line.saturating_sub(1), source).into());
                }
                Err(error) => return Err(unreadable(path, &error)),
            }
        }
        Ok(())
    }

    fn add_fpsim2(&mut self, reader: &Fpsim2Reader, device: &Device, stop: &Stop) -> Result<(), Error> {
        let (mut ids, mut words) = (Vec::new(), Vec::new());
        let step = reader.rows_together() as u64;
        let mut start = 0;
        while start < reader.len() {
            stop.check()?;
            let end = reader.len().min(start + step);
            device.install(|| reader.read(start..end, &mut ids, &mut words))?;
            for (id, row) in ids.iter().zip(start..) {
                self.labels.push(id.to_string().as_bytes());
                self.file_rows.push(row);
            }
            self.fingerprints.popcounts.extend(words.chunks_exact(self.words).map(popcount));
            self.fingerprints.bits.append(&mut words);
            start = end;
        }
        Ok(())
    }

    fn add_library(
        &mut self,
        library: &LibraryReader,
        kind: &FingerprintKind,
        device: &Device,
        stop: &Stop,
    ) -> Result<(), Error> {
        let column = library
            .kind(&kind.name)
            .ok_or_else(|| Error::Internal(format!("the queries have lost {}", kind.name)))?;
        let (mut records, mut bits, mut popcounts) = (Records::new(), Vec::new(), Vec::new());
        let mut start = 0;
        while start < library.len() {
            stop.check()?;
            let end = library.len().min(start + BATCH as u64);
            device.install(|| -> Result<(), soyaku_store::Error> {
                library.read_records(start..end, &mut records)?;
                library.read_fingerprints(column, start..end, &mut bits, &mut popcounts)
            })?;
            for row in 0..records.len() {
                self.push_label(start, &records, row);
            }
            self.fingerprints.bits.append(&mut bits);
            self.fingerprints.popcounts.append(&mut popcounts);
            start = end;
        }
        Ok(())
    }

    fn push_label(&mut self, first_row: u64, records: &Records, row: usize) {
        let name = records.name(row);
        self.labels.push(if name.is_empty() { records.smiles(row) } else { name });
        self.file_rows.push(first_row + row as u64);
    }
}
