//! Writing a graph of neighbours.

use std::path::Path;

use super::{MAJOR, NeighborsInfo, SCHEMA, WhichNeighbors};
use crate::Error;
use crate::hdf::{self, ColumnId, ColumnSet, OutputFile};

/// Neighbours to a chunk. Full chunks leave for the file whenever so many have come.
const CHUNK: u64 = 65_536;
/// Rows to a chunk of `indptr`.
const ROWS: u64 = 8192;
/// Chunks that wait to be compressed together, in bytes.
const WAITING: usize = 4 << 20;
/// More is hardly smaller.
const LEVEL: i32 = 3;

/// Writes a graph under a temporary name; [`finish`](Self::finish) gives it the final one. Memory does not depend on
/// the number of compounds or neighbours, and the bytes of the file depend only on these, not on threads.
pub struct NeighborsWriter {
    info: NeighborsInfo,
    columns: ColumnSet,
    indptr: ColumnId,
    indices: ColumnId,
    data: ColumnId,
    rows: u64,
    neighbors: u64,
    /// Whether columns are numbered in 64 bits.
    is_wide: bool,
    // After the columns: their handles must close before the file does.
    file: OutputFile,
}

impl NeighborsWriter {
    /// Starts the graph that will be `path`.
    ///
    /// # Errors
    /// [`Error::Io`] when the file cannot be created.
    pub fn create(path: &Path, info: &NeighborsInfo) -> Result<Self, Error> {
        let file = OutputFile::create(path)?;
        let is_wide = info.rows > 1 << 32;
        let root = file.root()?;
        let build = || -> hdf5::Result<_> {
            let mut columns = ColumnSet::new(LEVEL).waiting_for(WAITING);
            let indptr = columns.add::<u64>(root, "indptr", None, ROWS as usize)?;
            let indices = match is_wide {
                true => columns.add::<u64>(root, "indices", None, CHUNK as usize)?,
                false => columns.add::<u32>(root, "indices", None, CHUNK as usize)?,
            };
            let data = columns.add::<f64>(root, "data", None, CHUNK as usize)?;
            columns.push(indptr, &[0_u64]);
            Ok((columns, indptr, indices, data))
        };
        let (columns, indptr, indices, data) = build().map_err(|error| file.error(&error))?;
        Ok(Self { info: info.clone(), columns, indptr, indices, data, rows: 0, neighbors: 0, is_wide, file })
    }

    /// Appends the neighbours of the next compound: their rows and similarities, in their order.
    ///
    /// # Errors
    /// [`Error::Misuse`] for numbers that do not fit or one row too many, [`Error::Io`] (disk full), after which only
    /// dropping helps.
    pub fn push(&mut self, neighbors: &[u64], similarities: &[f64]) -> Result<(), Error> {
        let rows = self.info.rows;
        if neighbors.len() != similarities.len()
            || self.rows >= rows
            || neighbors.iter().any(|&row| row >= rows)
        {
            let reason = format!(
                "neighbours of row {} of {rows}: {} and {}",
                self.rows,
                neighbors.len(),
                similarities.len()
            );
            return Err(Error::Misuse(reason));
        }
        let (mut neighbors, mut similarities) = (neighbors, similarities);
        while !neighbors.is_empty() {
            let room = (CHUNK - self.neighbors % CHUNK) as usize;
            let (now, later) = neighbors.split_at(room.min(neighbors.len()));
            let (values, later_values) = similarities.split_at(now.len());
            match self.is_wide {
                true => self.columns.push(self.indices, now),
                // Below 2^32, as was seen to.
                false => now.iter().for_each(|&row| self.columns.push(self.indices, &[row as u32])),
            }
            self.columns.push(self.data, values);
            self.neighbors += now.len() as u64;
            (neighbors, similarities) = (later, later_values);
            if self.neighbors.is_multiple_of(CHUNK) {
                self.columns.seal(&self.file)?;
            }
        }
        self.columns.push(self.indptr, &[self.neighbors]);
        self.rows += 1;
        if self.rows.is_multiple_of(ROWS) { self.columns.seal(&self.file) } else { Ok(()) }
    }

    /// Number of neighbours so far.
    pub fn neighbors(&self) -> u64 {
        self.neighbors
    }

    /// Writes the rest and the provenance (JSON), closes, syncs, and gives the file its name.
    ///
    /// # Errors
    /// [`Error::Misuse`] where rows are missing; [`Error::Io`] (disk full); nothing is left behind then.
    pub fn finish(self, provenance: &serde_json::Value) -> Result<(), Error> {
        let Self { info, columns, rows, file, .. } = self;
        if rows != info.rows {
            return Err(Error::Misuse(format!("neighbours of {rows} rows of {}", info.rows)));
        }
        columns.finish(&file)?;
        let root = file.root()?;
        let write = || -> hdf5::Result<()> {
            hdf::write_text(root, "soyaku_schema", &format!("{SCHEMA}/{MAJOR}"))?;
            hdf::write_text(root, "soyaku_version", crate::VERSION)?;
            hdf::write_integer(root, "rows", i64::try_from(info.rows).unwrap_or(i64::MAX))?;
            match &info.which {
                WhichNeighbors::AtLeast(threshold) => hdf::write_text(root, "threshold", threshold)?,
                WhichNeighbors::Nearest(k) => {
                    hdf::write_integer(root, "k", i64::try_from(*k).unwrap_or(i64::MAX))?
                }
            }
            hdf::write_text(root, "measure", &info.measure)?;
            hdf::write_text(root, "fingerprint", &info.fingerprint)?;
            hdf::write_text(root, "run", &info.run_digest)?;
            hdf::write_text(root, "provenance", &provenance.to_string())
        };
        write().map_err(|error| file.error(&error))?;
        file.publish()
    }
}
