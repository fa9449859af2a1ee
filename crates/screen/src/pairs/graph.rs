//! The parts as one file.

use std::fs::File;
use std::io::{self, BufReader};

use soyaku_store::{Error as StoreError, NeighborsInfo, NeighborsWriter, PartFolder};

use super::{PairsConfig, coding};
use crate::Error;
use crate::progress::Stop;

/// Rows after which a stop is looked for.
const ROWS: u64 = 4096;

/// Writes the graph; returns the number of neighbours. Runs in the device's thread pool.
pub(super) fn merge(
    config: &PairsConfig,
    info: &NeighborsInfo,
    parts: &PartFolder,
    provenance: &serde_json::Value,
    stop: &Stop,
) -> Result<u64, Error> {
    let mut writer = NeighborsWriter::create(&config.output, info)?;
    let (mut hits, mut rows, mut similarities) = (Vec::new(), Vec::new(), Vec::new());
    for part in 0..parts.len() {
        let path = parts.path(part);
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
                let reason = format!("is damaged ({source}); start again with `--restart`");
                StoreError::Malformed { path: path.clone(), line: None, reason }
            }
            _ => StoreError::Io { path: path.clone(), action: "read", source },
        };
        let mut input = BufReader::with_capacity(1 << 17, File::open(&path).map_err(&failed)?);
        for row in 0..parts.rows(part) {
            if row % ROWS == 0 {
                stop.check()?;
            }
            let popcount = coding::read(&mut input, &mut hits).map_err(&failed)?;
            rows.clear();
            rows.extend(hits.iter().map(|hit| hit.row));
            similarities.clear();
            similarities.extend(hits.iter().map(|hit| config.measure.similarity(popcount, hit)));
            writer.push(&rows, &similarities)?;
        }
    }
    let count = writer.neighbors();
    writer.finish(provenance)?;
    Ok(count)
}
