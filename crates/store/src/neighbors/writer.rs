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
    /// Neighbours on their way, in 32 bits.
    narrow: Vec<u32>,
    /// Where rows end that are not in a chunk yet.
    ends: Vec<u64>,
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
        Ok(Self {
            info: info.clone(),
            columns,
            indptr,
            indices,
            data,
            rows: 0,
            neighbors: 0,
            is_wide,
            narrow: Vec::new(),
            ends: Vec::new(),
            file,
        })
    }

    /// Lets chunks wait until they amount to so many bytes (at least 4 MiB), to be compressed by many threads. That
    /// changes memory and never the file.
    pub fn waiting_for(mut self, bytes: usize) -> Self {
        self.columns = self.columns.waiting_for(bytes.max(WAITING));
        self
    }

    /// Appends the neighbours of the next compounds: for each how many, and of all together their rows and similarities,
    /// in their order.
    ///
    /// # Errors
    /// [`Error::Misuse`] for numbers that do not fit or too many compounds, [`Error::Io`] (disk full), after which only
    /// dropping helps.
    pub fn push(&mut self, counts: &[u64], neighbors: &[u64], similarities: &[f64]) -> Result<(), Error> {
        let rows = self.info.rows;
        let all: u64 = counts.iter().sum();
        if neighbors.len() as u64 != all
            || neighbors.len() != similarities.len()
            || counts.len() as u64 > rows - self.rows
            || neighbors.iter().any(|&row| row >= rows)
        {
            let reason = format!(
                "{all} neighbours of {} rows from {} of {rows} on: {} and {}",
                counts.len(),
                self.rows,
                neighbors.len(),
                similarities.len()
            );
            return Err(Error::Misuse(reason));
        }
        // Neighbours that are in a chunk, and those up to the end of the row.
        let (mut stored, mut seen) = (0, 0);
        let mut ends = std::mem::take(&mut self.ends);
        for &count in counts {
            seen += count as usize;
            loop {
                let room = (CHUNK - self.neighbors % CHUNK) as usize;
                if seen - stored < room {
                    break;
                }
                self.store(&neighbors[stored..stored + room], &similarities[stored..stored + room]);
                stored += room;
                self.columns.push(self.indptr, &ends);
                ends.clear();
                self.columns.seal(&self.file)?;
            }
            ends.push(self.neighbors + (seen - stored) as u64);
            self.rows += 1;
            if self.rows.is_multiple_of(ROWS) {
                self.store(&neighbors[stored..seen], &similarities[stored..seen]);
                stored = seen;
                self.columns.push(self.indptr, &ends);
                ends.clear();
                self.columns.seal(&self.file)?;
            }
        }
        self.store(&neighbors[stored..], &similarities[stored..]);
        self.columns.push(self.indptr, &ends);
        ends.clear();
        self.ends = ends;
        Ok(())
    }

    /// Puts neighbours behind those that are there; no more than fit into the chunk.
    fn store(&mut self, neighbors: &[u64], similarities: &[f64]) {
        if self.is_wide {
            self.columns.push(self.indices, neighbors);
        } else {
            self.narrow.clear();
            // Below 2^32, as was seen to.
            self.narrow.extend(neighbors.iter().map(|&row| row as u32));
            self.columns.push(self.indices, &self.narrow);
        }
        self.columns.push(self.data, similarities);
        self.neighbors += neighbors.len() as u64;
    }

    /// Number of neighbours so far.
    pub fn neighbors(&self) -> u64 {
        self.neighbors
    }

    /// Has the system bring to the disk what is in the file so far, so that less is left to wait for at the end. Returns
    /// at once; a failure shows in [`finish`](Self::finish), which syncs all.
    pub fn start_sync(&self) -> Option<std::thread::JoinHandle<()>> {
        self.file.start_sync()
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
