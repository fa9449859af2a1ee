//! Reading a graph of neighbours.

use std::ops::Range;
use std::path::Path;

use super::{MAJOR, NeighborsInfo, SCHEMA, WhichNeighbors};
use crate::Error;
use crate::hdf::{ColumnReader, InputFile};

/// A graph of neighbours opened for reading; any number of threads may read at once.
pub struct NeighborsReader {
    indptr: ColumnReader<u64>,
    indices: Indices,
    data: ColumnReader<f64>,
    info: NeighborsInfo,
    file: InputFile,
}

/// Rows of neighbours, in as many bits as they need.
enum Indices {
    Narrow(ColumnReader<u32>),
    Wide(ColumnReader<u64>),
}

impl NeighborsReader {
    /// Opens a graph and checks that its columns agree.
    ///
    /// # Errors
    /// [`Error::NotFound`], or [`Error::Malformed`] for a file that is no graph, truncated, or of a newer schema.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let file = InputFile::open(path, SCHEMA, MAJOR)?;
        let indptr = ColumnReader::open(&file, "indptr", None)?;
        let data: ColumnReader<f64> = ColumnReader::open(&file, "data", None)?;
        let rows =
            indptr.rows().checked_sub(1).ok_or_else(|| file.malformed("is damaged: `/indptr` is empty"))?;
        let (indices, count) = if rows > 1 << 32 {
            let indices = ColumnReader::open(&file, "indices", None)?;
            let count = indices.rows();
            (Indices::Wide(indices), count)
        } else {
            let indices = ColumnReader::open(&file, "indices", None)?;
            let count = indices.rows();
            (Indices::Narrow(indices), count)
        };
        if count != data.rows() {
            let reason = format!("is damaged: `/indices` has {count} numbers, `/data` has {}", data.rows());
            return Err(file.malformed(reason));
        }
        let integer = |name: &str| file.root().attr(name).ok()?.read_scalar::<i64>().ok();
        let text = |name: &str| {
            file.attribute(name)
                .ok_or_else(|| file.malformed(format!("is damaged: attribute `{name}` is missing")))
        };
        let which = match (file.attribute("threshold"), integer("k").map(u64::try_from)) {
            (Some(threshold), None) => WhichNeighbors::AtLeast(threshold),
            (None, Some(Ok(k))) => WhichNeighbors::Nearest(k),
            _ => return Err(file.malformed("is damaged: it needs one of the attributes `threshold` and `k`")),
        };
        let (measure, fingerprint, run_digest) = (text("measure")?, text("fingerprint")?, text("run")?);
        let info = NeighborsInfo { rows, which, measure, fingerprint, run_digest };
        Ok(Self { indptr, indices, data, info, file })
    }

    /// What it is of.
    pub fn info(&self) -> &NeighborsInfo {
        &self.info
    }

    /// Number of neighbours of all compounds together.
    pub fn neighbors(&self) -> u64 {
        self.data.rows()
    }

    /// Replaces `ends` by where the neighbours of compounds `range` end (and, first, where those of the first one
    /// begin: 0), and `neighbors` and `similarities` by their rows and similarities.
    ///
    /// # Errors
    /// [`Error::Misuse`] beyond the end, [`Error::Malformed`] for damaged chunks and numbers out of range,
    /// [`Error::Io`].
    pub fn read(
        &self,
        range: Range<u64>,
        ends: &mut Vec<u64>,
        neighbors: &mut Vec<u64>,
        similarities: &mut Vec<f64>,
    ) -> Result<(), Error> {
        let rows = self.info.rows;
        if range.start > range.end || range.end > rows {
            return Err(Error::Misuse(format!("rows {range:?} of {rows}")));
        }
        self.indptr.read(range.start..range.end + 1, ends)?;
        let (first, last) = (ends[0], ends[ends.len() - 1]);
        if !ends.is_sorted() || last > self.data.rows() {
            return Err(self.file.malformed("is damaged: `/indptr` does not ascend within `/data`"));
        }
        match &self.indices {
            Indices::Wide(indices) => indices.read(first..last, neighbors)?,
            Indices::Narrow(indices) => {
                let mut narrow = Vec::new();
                indices.read(first..last, &mut narrow)?;
                neighbors.clear();
                neighbors.extend(narrow.into_iter().map(u64::from));
            }
        }
        if let Some(row) = neighbors.iter().find(|&&row| row >= rows) {
            return Err(self.file.malformed(format!("is damaged: a neighbour in row {row} of {rows}")));
        }
        self.data.read(first..last, similarities)?;
        ends.iter_mut().for_each(|end| *end -= first);
        Ok(())
    }
}
