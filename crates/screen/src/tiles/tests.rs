use std::path::{Path, PathBuf};

use soyaku_device::DeviceRequest;
use soyaku_kernels::tanimoto::{Counts, Measure, Threshold};
use soyaku_store::{FingerprintKind, LibraryWriter, Records};

use super::*;

const WORDS: usize = 2;

/// Fingerprints of 128 bits, which tell their row.
fn words_of(row: u64) -> [u64; WORDS] {
    [row, row.wrapping_mul(0x9E37_79B9_7F4A_7C15) & 0xFFFF]
}

fn library(folder: &Path, count: u64) -> PathBuf {
    let path = folder.join("library.h5");
    let mut writer = LibraryWriter::create(&path, &[FingerprintKind::new("own", 128)]).unwrap();
    let (mut records, rows): (_, Vec<u32>) = (Records::new(), (0..count as u32).collect());
    (0..count).for_each(|row| records.push(b"C", b"", row + 1));
    let bits: Vec<u64> = (0..count).flat_map(words_of).collect();
    writer.append(&records, &rows, &[&bits]).unwrap();
    writer.finish(&serde_json::Value::Null).unwrap();
    path
}

fn device() -> Device {
    Device::open(DeviceRequest::Cpu, Some(2)).unwrap()
}

const COUNT: u64 = 20_000;

#[test]
fn every_pass_shows_all_rows_in_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let library = LibraryReader::open(&library(folder.path(), COUNT)).unwrap();
    let device = device();
    let query = words_of(12_345);
    let rows = Rows { bits: &query, popcounts: &[soyaku_kernels::tanimoto::popcount(&query)], words: WORDS };
    let whole = Tiles::whole(&library, 0, &device);
    for bytes in [0, whole - 1, whole, 1 << 30] {
        let mut tiles = Tiles::new(&library, 0, &device, bytes);
        assert_eq!(tiles.is_resident(), bytes >= whole);
        for pass in 0..3 {
            let mut next = 0;
            let mut counts = Counts::new(&device, rows, Measure::Tanimoto, "1".parse::<Threshold>().unwrap());
            let shown = tiles.for_each::<Error>(0..0, &Stop::new(), |tile| {
                assert_eq!(tile.first_row(), next);
                next += tile.len() as u64;
                Ok(counts.scan_tile(tile)?)
            });
            shown.unwrap();
            assert_eq!((next, counts.finish()), (COUNT, vec![1]), "{bytes} bytes, pass {pass}");
        }
    }
}

#[test]
fn tiles_take_no_more_than_is_planned() {
    let folder = tempfile::tempdir().unwrap();
    let library = LibraryReader::open(&library(folder.path(), COUNT)).unwrap();
    let mut tiles = Tiles::new(&library, 0, &device(), 1 << 30);
    let mut bytes = 0;
    tiles
        .for_each::<Error>(0..0, &Stop::new(), |tile| {
            bytes += tile.bytes() as u64;
            Ok(())
        })
        .unwrap();
    assert!(bytes < tiles.bytes(), "{bytes} of {}", tiles.bytes());
}

#[test]
fn a_pass_can_be_made_again_after_one_that_ended_early() {
    let folder = tempfile::tempdir().unwrap();
    let library = LibraryReader::open(&library(folder.path(), COUNT)).unwrap();
    for bytes in [0, 1 << 30] {
        let mut tiles = Tiles::new(&library, 0, &device(), bytes);
        let stop = Stop::new();
        stop.request(15);
        let error = tiles.for_each::<Error>(0..0, &stop, |_| Ok(())).unwrap_err();
        assert!(matches!(error, Error::Interrupted { signal: 15 }), "{error}");
        let error = tiles
            .for_each::<Error>(0..0, &Stop::new(), |_| Err(Error::Internal("enough".into())))
            .unwrap_err();
        assert_eq!(error.to_string(), "internal error: enough");
        let mut count = 0;
        tiles
            .for_each::<Error>(0..0, &Stop::new(), |tile| {
                count += tile.len() as u64;
                Ok(())
            })
            .unwrap();
        assert_eq!(count, COUNT);
    }
}

#[test]
fn rows_are_read_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let library = LibraryReader::open(&library(folder.path(), COUNT)).unwrap();
    let (mut bits, mut popcounts) = (vec![1; 99], vec![7]);
    for bytes in [0, 1 << 30] {
        let mut tiles = Tiles::new(&library, 0, &device(), bytes);
        for range in [0..0, 0..1, 4000..4100, 4096..8192, 1..COUNT, COUNT..COUNT] {
            tiles.read(range.clone(), &mut bits, &mut popcounts).unwrap();
            assert_eq!(bits, range.clone().flat_map(words_of).collect::<Vec<_>>());
            let counted: Vec<u16> = bits.chunks(WORDS).map(soyaku_kernels::tanimoto::popcount).collect();
            assert_eq!(popcounts, counted);
        }
        assert!(tiles.read(0..COUNT + 1, &mut bits, &mut popcounts).is_err());
    }
}

#[test]
fn nothing_to_show() {
    let folder = tempfile::tempdir().unwrap();
    let library = LibraryReader::open(&library(folder.path(), 0)).unwrap();
    let mut tiles = Tiles::new(&library, 0, &device(), 1 << 20);
    for _ in 0..2 {
        tiles
            .for_each::<Error>(0..0, &Stop::new(), |_| Err(Error::Internal("a tile of nothing".into())))
            .unwrap();
    }
}
