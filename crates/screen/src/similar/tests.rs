//! What the command line cannot show: when a stop is heeded.

use std::path::{Path, PathBuf};

use soyaku_device::{Device, DeviceRequest};
use soyaku_kernels::tanimoto::{Measure, Selection, Threshold};
use soyaku_store::{FingerprintKind, InputOptions, LibraryWriter, Records};

use super::{SimilarConfig, SimilarSummary, similar};
use crate::Error;
use crate::progress::{Progress, Silent, Stop};

/// A library of `name 0`, `name 1`, ... with fingerprints of 64 bits.
pub(super) fn library(folder: &Path, name: &str, count: u64) -> PathBuf {
    let path = folder.join(name);
    let mut writer = LibraryWriter::create(&path, &[FingerprintKind::new("own", 64)]).unwrap();
    let mut records = Records::new();
    for row in 0..count {
        let smiles = "C".repeat(row as usize % 9 + 1);
        records.push(smiles.as_bytes(), format!("name {row}").as_bytes(), row + 1);
    }
    let rows: Vec<u32> = (0..count as u32).collect();
    let bits: Vec<u64> = (0..count).map(|row| row.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1).collect();
    writer.append(&records, &rows, &[&bits]).unwrap();
    writer.finish(&serde_json::Value::Null).unwrap();
    path
}

/// All hits of 8 queries in 9,000 compounds, which are written in two pieces.
fn search(
    progress: &dyn Progress,
    stop: &Stop,
    take: impl FnMut(&[u8]) -> Result<(), Error>,
) -> Result<SimilarSummary, Error> {
    let folder = tempfile::tempdir().unwrap();
    let config = SimilarConfig {
        library: library(folder.path(), "library.h5", 9000),
        query: library(folder.path(), "queries.h5", 8),
        options: InputOptions::default(),
        fingerprint: None,
        selection: Selection::AtLeast(Threshold::ZERO),
        measure: Measure::Tanimoto,
        batch_size: 1000,
        separator: b',',
        may_fall_back: false,
    };
    let device = Device::open(DeviceRequest::Cpu, Some(2)).unwrap();
    similar(&config, &device, progress, stop, take)
}

#[test]
fn a_stop_ends_the_writing() {
    let mut pieces = 0;
    let count = |_: &[u8]| {
        pieces += 1;
        Ok(())
    };
    assert_eq!(search(&Silent, &Stop::new(), count).unwrap().hits, 72_000);
    assert_eq!(pieces, 2);

    let (stop, mut pieces) = (Stop::new(), 0);
    let stopping = |_: &[u8]| {
        pieces += 1;
        stop.request(15);
        Ok(())
    };
    let error = search(&Silent, &stop, stopping).unwrap_err();
    assert!(matches!(error, Error::Interrupted { signal: 15 }), "{error}");
    assert_eq!(pieces, 1);
}

/// No library may be read.
struct NeverBegun;

impl Progress for NeverBegun {
    fn begin(&self, _: Option<u64>) {
        panic!("the search has begun");
    }
    fn advance(&self, _: u64) {}
    fn finishing(&self, _: &str) {}
    fn warn(&self, _: &str) {}
}

#[test]
fn a_stop_ends_the_reading_of_queries() {
    let stop = Stop::new();
    stop.request(2);
    let error = search(&NeverBegun, &stop, |_| Ok(())).unwrap_err();
    assert!(matches!(error, Error::Interrupted { signal: 2 }), "{error}");
}
