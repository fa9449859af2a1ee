//! Parts as rows of the graph.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

use soyaku_kernels::tanimoto::Measure;
use soyaku_store::{Error as StoreError, NeighborsWriter, PartFolder};

use super::coding;
use super::rows::Written;
use crate::Error;
use crate::progress::Stop;

/// Rows that are written together, at most.
const ROWS: usize = 4096;
/// Neighbours that are written together, unless one row has more.
const NEIGHBORS: usize = 1 << 16;

/// Writes the rows of all parts. Runs in the device's thread pool.
pub(super) fn copy(
    parts: &PartFolder,
    measure: Measure,
    writer: &mut NeighborsWriter,
    stop: &Stop,
) -> Result<(), Error> {
    (0..parts.len())
        .try_for_each(|part| copy_part(&parts.path(part), parts.rows(part), measure, writer, stop))
}

fn copy_part(
    path: &Path,
    rows: u64,
    measure: Measure,
    writer: &mut NeighborsWriter,
    stop: &Stop,
) -> Result<(), Error> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
            let reason = format!("is damaged ({source}); start again with `--restart`");
            StoreError::Malformed { path: path.to_owned(), line: None, reason }
        }
        _ => StoreError::Io { path: path.to_owned(), action: "read", source },
    };
    let mut input = BufReader::with_capacity(1 << 17, File::open(path).map_err(&failed)?);
    let (mut hits, mut together) = (Vec::new(), Written::default());
    for row in 0..rows {
        let popcount = coding::read(&mut input, &mut hits).map_err(&failed)?;
        together.push(measure, popcount, &hits);
        if together.counts.len() == ROWS || together.neighbors.len() >= NEIGHBORS || row + 1 == rows {
            stop.check()?;
            writer.push(&together.counts, &together.neighbors, &together.similarities)?;
            together.clear();
        }
    }
    Ok(())
}
