//! Building a library.

use std::path::Path;

use super::kind::{AttributeValue, FingerprintKind};
use super::properties::PropertyColumns;
use super::spool::Spool;
use super::{BLOCK, MAJOR, SCHEMA};
use crate::Error;
use crate::hdf::{self, ColumnId, ColumnSet, OutputFile, TextIds};
use crate::records::Records;

/// Writes a library under a temporary name; [`finish`](Self::finish) gives it the final one. Dropped before that,
/// it leaves nothing. Memory does not depend on the number of compounds, and the bytes of the file depend only on
/// the compounds, not on the batches or threads.
pub struct LibraryWriter {
    columns: ColumnSet,
    smiles: TextIds,
    names: TextIds,
    lines: ColumnId,
    fingerprints: Vec<Fingerprints>,
    properties: PropertyColumns,
    rejected: RejectedIds,
    rows: u64,
    spool: Spool,
    /// A failure leaves the file useless; nothing more is accepted then.
    broken: bool,
    // After the columns: their handles must close before the file does.
    file: OutputFile,
}

struct Fingerprints {
    words: usize,
    bits: ColumnId,
    popcount: ColumnId,
}

struct RejectedIds {
    lines: ColumnId,
    text: TextIds,
    reason: TextIds,
}

impl LibraryWriter {
    /// Default level of deflate: fingerprints hardly get smaller above it.
    pub const LEVEL: i32 = 3;

    /// Starts the library that will be `path`, with these fingerprints for each compound.
    ///
    /// # Errors
    /// [`Error::Io`] when the file cannot be created, [`Error::Misuse`] for an unusable kind.
    pub fn create(path: &Path, kinds: &[FingerprintKind]) -> Result<Self, Error> {
        for (index, kind) in kinds.iter().enumerate() {
            kind.check()?;
            if kinds[..index].iter().any(|other| other.name == kind.name) {
                return Err(Error::Misuse(format!("fingerprint `{}` twice", kind.name)));
            }
        }
        let file = OutputFile::create(path)?;
        let writer = Self::lay_out(&file, kinds).map_err(|error| file.error(&error))?;
        let (columns, smiles, names, lines, fingerprints, rejected) = writer;
        Ok(LibraryWriter {
            columns,
            smiles,
            names,
            lines,
            fingerprints,
            properties: PropertyColumns::default(),
            rejected,
            rows: 0,
            spool: Spool::new(path),
            broken: false,
            file,
        })
    }

    #[allow(clippy::type_complexity)] // used once, taken apart at once
    fn lay_out(
        file: &OutputFile,
        kinds: &[FingerprintKind],
    ) -> hdf5::Result<(ColumnSet, TextIds, TextIds, ColumnId, Vec<Fingerprints>, RejectedIds)> {
        let root = file.root().map_err(|error| hdf5::Error::from(&*error.to_string()))?;
        let mut columns = ColumnSet::new(Self::LEVEL);
        let smiles = columns.add_text(root, "smiles")?;
        let names = columns.add_text(root, "name")?;
        let source = hdf::create_group(root, "source")?;
        let lines = columns.add::<u64>(&source, "line", None, 2 * BLOCK)?;
        let parent = hdf::create_group(root, "fingerprints")?;
        let mut fingerprints = Vec::new();
        for kind in kinds {
            let group = hdf::create_group(&parent, &kind.name)?;
            hdf::write_integer(&group, "bits", kind.bits as i64)?;
            for (name, value) in &kind.attributes {
                match value {
                    AttributeValue::Integer(value) => hdf::write_integer(&group, name, *value)?,
                    AttributeValue::Float(value) => hdf::write_float(&group, name, *value)?,
                    AttributeValue::Text(value) => hdf::write_text(&group, name, value)?,
                }
            }
            let bits = columns.add::<u64>(&group, "bits", Some(kind.words()), BLOCK)?;
            let popcount = columns.add::<u16>(&group, "popcount", None, 4 * BLOCK)?;
            fingerprints.push(Fingerprints { words: kind.words(), bits, popcount });
        }
        let group = hdf::create_group(root, "rejected")?;
        let rejected = RejectedIds {
            lines: columns.add::<u64>(&group, "line", None, 2 * BLOCK)?,
            text: columns.add_text(&group, "text")?,
            reason: columns.add_text(&group, "reason")?,
        };
        Ok((columns, smiles, names, lines, fingerprints, rejected))
    }

    /// Appends the compounds `rows` of `records` with their properties; a property that comes up for the first time
    /// is empty for the compounds before. `fingerprints[k]` holds the fingerprints of kind `k` of these
    /// rows one after the other: `rows.len() * kind.words()` words. Counts of set bits are taken here.
    ///
    /// # Errors
    /// [`Error::Misuse`] when the sizes do not fit; [`Error::Conflict`] for more than 1,024 different properties and
    /// [`Error::Io`] (disk full), after which only dropping helps.
    pub fn append(&mut self, records: &Records, rows: &[u32], fingerprints: &[&[u64]]) -> Result<(), Error> {
        self.check(records, rows, fingerprints)?;
        self.broken = true;
        let mut counts = Vec::with_capacity(BLOCK);
        let mut done = 0;
        while done < rows.len() {
            // Stop where a chunk of fingerprints ends, so that chunks leave at rows that do not depend on batches.
            let room = BLOCK - (self.rows % BLOCK as u64) as usize;
            let end = (done + room).min(rows.len());
            for (row, at) in rows[done..end].iter().map(|row| *row as usize).zip(self.rows..) {
                self.columns.push_text(self.smiles, records.smiles(row));
                self.columns.push_text(self.names, records.name(row));
                self.columns.push(self.lines, &[records.line(row)]);
                self.properties.push(at, records.properties(row), &mut self.columns, &self.file)?;
            }
            for (kind, words) in self.fingerprints.iter().zip(fingerprints) {
                let words = &words[done * kind.words..end * kind.words];
                counts.clear();
                counts.extend(
                    words
                        .chunks_exact(kind.words)
                        .map(|bits| bits.iter().map(|word| word.count_ones() as u16).sum::<u16>()),
                );
                self.columns.push(kind.bits, words);
                self.columns.push(kind.popcount, &counts);
            }
            self.rows += (end - done) as u64;
            done = end;
            if self.rows.is_multiple_of(BLOCK as u64) {
                self.properties.fill(self.rows, &mut self.columns, &self.file)?;
                self.columns.seal(&self.file)?;
            }
        }
        self.broken = false;
        Ok(())
    }

    fn check(&self, records: &Records, rows: &[u32], fingerprints: &[&[u64]]) -> Result<(), Error> {
        if self.broken {
            return Err(Error::Misuse(format!("{} was given up after an error", self.file.path().display())));
        }
        if let Some(row) = rows.iter().find(|row| **row as usize >= records.len()) {
            return Err(Error::Misuse(format!("row {row} of a batch of {}", records.len())));
        }
        if fingerprints.len() != self.fingerprints.len() {
            let (given, needed) = (fingerprints.len(), self.fingerprints.len());
            return Err(Error::Misuse(format!("{given} kinds of fingerprints instead of {needed}")));
        }
        for (kind, words) in self.fingerprints.iter().zip(fingerprints) {
            if words.len() != rows.len() * kind.words {
                let (given, needed) = (words.len(), rows.len() * kind.words);
                return Err(Error::Misuse(format!("{given} fingerprint words instead of {needed}")));
            }
        }
        Ok(())
    }

    /// Notes an input row that is not in the library, with the reason. Rejections may come in any number and at
    /// any time; their order among themselves is kept.
    ///
    /// # Errors
    /// [`Error::Io`] (disk full).
    pub fn reject(&mut self, line: u64, text: &[u8], reason: &str) -> Result<(), Error> {
        self.spool.push(line, text, reason.as_bytes())
    }

    /// Compounds appended so far.
    pub fn len(&self) -> u64 {
        self.rows
    }

    /// Whether nothing was appended yet.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Input rows rejected so far.
    pub fn rejected(&self) -> u64 {
        self.spool.count
    }

    /// Writes the rest and the provenance, closes, syncs, and gives the file its name. The provenance must hold
    /// no time of day and no process id, or the same input no longer gives the same bytes.
    ///
    /// # Errors
    /// [`Error::Io`]; the temporary file is removed then.
    pub fn finish(self, provenance: &serde_json::Value) -> Result<(), Error> {
        if self.broken {
            return Err(Error::Misuse(format!("{} was given up after an error", self.file.path().display())));
        }
        let LibraryWriter { mut columns, mut properties, file, spool, rejected, rows, .. } = self;
        properties.fill(rows, &mut columns, &file)?;
        drop(properties);
        let mut count = 0_usize;
        spool.drain(|line, text, reason| {
            columns.push(rejected.lines, &[line]);
            columns.push_text(rejected.text, text);
            columns.push_text(rejected.reason, reason);
            count += 1;
            if count.is_multiple_of(BLOCK) { columns.seal(&file) } else { Ok(()) }
        })?;
        columns.finish(&file)?;
        let root = file.root()?;
        let write = || {
            hdf::write_text(root, "soyaku_schema", &format!("{SCHEMA}/{MAJOR}"))?;
            hdf::write_text(root, "soyaku_version", crate::VERSION)?;
            hdf::write_text(root, "provenance", &provenance.to_string())
        };
        write().map_err(|error| file.error(&error))?;
        file.publish()
    }
}
