//! Rows that an earlier start of the run has finished.

use soyaku_store::results::{ResultRows, ResultsLayout, ResultsReader, RunDirectory};

use crate::Error;

/// Rows read back at a time from merged results.
const BLOCK: u64 = 65_536;

/// Blocks of finished rows, in order: parts, or ranges of the merged file.
pub(crate) struct Earlier {
    /// First row of each block, and the row after the last.
    bounds: Vec<u64>,
    merged: Option<ResultsReader>,
    rows: ResultRows,
}

/// The sizes of the blocks, for the reader of the input.
pub(crate) struct BlockSizes(Vec<u64>);

impl BlockSizes {
    /// Number of rows in the block that starts at `row`; none where new rows begin.
    pub(crate) fn at(&self, row: u64) -> Option<usize> {
        let index = self.0.binary_search(&row).ok()?;
        Some((self.0.get(index + 1)? - row) as usize)
    }
}

impl Earlier {
    pub(crate) fn new(directory: &RunDirectory, layout: &ResultsLayout) -> Result<Self, Error> {
        let rows = ResultRows::new(layout);
        if directory.is_finished() {
            let reader = ResultsReader::open(&directory.results_path())?;
            let len = reader.len();
            let mut bounds: Vec<u64> = (0..len).step_by(BLOCK as usize).collect();
            bounds.push(len);
            return Ok(Self { bounds, merged: Some(reader), rows });
        }
        let mut bounds: Vec<u64> = directory.completed_parts().map(|part| part.first_row).collect();
        bounds.push(directory.completed_rows());
        Ok(Self { bounds, merged: None, rows })
    }

    pub(crate) fn sizes(&self) -> BlockSizes {
        BlockSizes(self.bounds.clone())
    }

    /// The rows of the block that starts at `first`, or none where new rows begin.
    pub(crate) fn take(
        &mut self,
        directory: &RunDirectory,
        first: u64,
        len: usize,
    ) -> Result<Option<&ResultRows>, Error> {
        let Ok(index) = self.bounds.binary_search(&first) else { return Ok(None) };
        let Some(&end) = self.bounds.get(index + 1) else { return Ok(None) };
        if end - first != len as u64 {
            return Err(self.shorter(first + len as u64));
        }
        match &self.merged {
            Some(reader) => reader.read_rows(first..end, &mut self.rows)?,
            None => directory.read_part(index, &mut self.rows)?,
        }
        Ok(Some(&self.rows))
    }

    /// The input must not have ended before the finished rows did.
    pub(crate) fn check_end(&self, rows: u64) -> Result<(), Error> {
        let done = self.bounds.last().copied().unwrap_or(0);
        if rows < done { Err(self.shorter(rows)) } else { Ok(()) }
    }

    fn shorter(&self, rows: u64) -> Error {
        let done = self.bounds.last().copied().unwrap_or(0);
        Error::Configuration(format!(
            "the library ends after {rows} rows, but this run has finished {done}: it has changed; use --restart"
        ))
    }
}
