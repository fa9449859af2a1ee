//! What the command line cannot show: how much memory is left decides how, not what is picked.

use std::path::{Path, PathBuf};

use soyaku_device::{Device, DeviceRequest};
use soyaku_kernels::tanimoto::{Closest, Measure, Rows, Tile, popcount};
use soyaku_store::{FingerprintKind, InputOptions, LibraryReader, LibraryWriter, Records};

use super::ceiling::Ceiling;
use super::plan::{Plan, Shape};
use super::pool::{Pool, Source};
use super::{PickConfig, pick};
use crate::Error;
use crate::progress::{Progress, Silent, Stop};

const ROWS: u64 = 9000;
const WORDS: usize = 2;

/// Few bits, so that many rows are as similar as others.
fn bits(row: u64) -> [u64; WORDS] {
    let mixed = (row + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let other = (mixed ^ mixed >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    [mixed & mixed >> 17 & other << 3, other & other >> 23 & 0xFFFF]
}

fn library(folder: &Path, rows: u64) -> PathBuf {
    let path = folder.join("library.h5");
    let mut writer = LibraryWriter::create(&path, &[FingerprintKind::new("own", WORDS * 64)]).unwrap();
    let mut records = Records::new();
    for row in 0..rows {
        records.push(b"C", format!("name {row}").as_bytes(), row + 1);
    }
    let numbers: Vec<u32> = (0..rows as u32).collect();
    let bits: Vec<u64> = (0..rows).flat_map(bits).collect();
    writer.append(&records, &numbers, &[&bits]).unwrap();
    writer.finish(&serde_json::Value::Null).unwrap();
    path
}

fn device() -> Device {
    Device::open(DeviceRequest::Cpu, Some(2)).unwrap()
}

/// Rows that are picked after row 17 with so much room, their similarities, and how often the library was read.
fn picks(
    library: &LibraryReader,
    measure: Measure,
    room: Option<u64>,
    count: usize,
) -> (Vec<(u64, f64)>, u32) {
    let plan = Plan { tile_rows: 4096, room };
    let stop = Stop::new();
    let source = Source { library, kind: 0, device: device(), measure, plan, progress: &Silent, stop: &stop };
    let mut pool = Pool::new(source, None);
    pool.begin_with(17).unwrap();
    let mut picks = Vec::new();
    while picks.len() < count {
        let Some(farthest) = pool.farthest().unwrap() else { break };
        pool.pick().unwrap();
        picks.push((farthest.row, farthest.closest.similarity(measure)));
    }
    (picks, pool.passes)
}

#[test]
fn rows_that_are_not_held_are_picked_in_their_turn() {
    let folder = tempfile::tempdir().unwrap();
    let library = LibraryReader::open(&library(folder.path(), ROWS)).unwrap();
    for measure in ["tanimoto", "cosine", "tversky:0.2,0.9"].map(|text| text.parse().unwrap()) {
        let (all, passes) = picks(&library, measure, None, 600);
        assert_eq!((all.len(), passes), (600, 1));
        for room in [ROWS, 4000, 300, 40] {
            let (some, passes) = picks(&library, measure, Some(room), 600);
            assert_eq!(some, all, "room for {room}");
            assert!(passes > 1, "{passes}");
        }
    }
    // To the last one, with equal rows.
    let (all, _) = picks(&library, Measure::Tanimoto, None, usize::MAX);
    let (some, _) = picks(&library, Measure::Tanimoto, Some(2500), usize::MAX);
    assert_eq!(all.len() as u64, ROWS - 1);
    assert!(all == some);
}

#[test]
fn a_ceiling_leaves_no_more_than_there_is_room_for() {
    let rows: Vec<u64> = (0..ROWS).flat_map(bits).collect();
    let popcounts: Vec<u16> = rows.chunks(WORDS).map(popcount).collect();
    let rows = Rows { bits: &rows, popcounts: &popcounts, words: WORDS };
    let tile = Tile::new(&device(), 0, rows).unwrap();
    for (measure, picks) in [(Measure::Tanimoto, 0), (Measure::Tanimoto, 1), (Measure::Cosine, 30)] {
        let mut closest: Vec<Closest> = popcounts.iter().map(|&bits| Closest::nothing(bits)).collect();
        tile.raise(&device(), measure, rows.part(0..picks), &mut closest).unwrap();
        closest[..picks].fill(Closest::PICKED);
        let left = ROWS - picks as u64;
        for room in [0, 1, 10, 1000, 5000, left - 1] {
            let ceiling = Ceiling::new(&closest, measure, room).unwrap();
            let kept = |(row, closest): (u64, &Closest)| {
                !closest.is_picked() && ceiling.covers(closest, row, measure)
            };
            let count = (0..).zip(&closest).filter(|pair| kept(*pair)).count() as u64;
            assert!((1..=room.max(1)).contains(&count), "{measure}, room for {room}: {count}");
        }
        assert_eq!(Ceiling::new(&closest, measure, left), None);
    }
}

#[test]
fn more_memory_holds_more_rows() {
    use crate::memory::Budget;
    use soyaku_device::MemorySize;

    let shape = Shape { rows: 1_000_000, words: 32, threads: 2, picks: 1000 };
    assert_eq!(shape.plan(None).unwrap(), Plan { tile_rows: 65_536, room: None });
    let plan = |mib: u64| shape.plan(Some(&Budget::new(MemorySize::from_bytes(mib << 20))));
    let Err(Error::Memory { least, .. }) = plan(1) else { panic!("in one MiB") };
    assert!(shape.plan(Some(&Budget::new(MemorySize::from_bytes(least.bytes() + (8 << 20))))).is_ok());
    let rooms: Vec<u64> =
        [200, 300, 400, 2000].map(|mib| plan(mib).unwrap().room.unwrap_or(u64::MAX)).into_iter().collect();
    assert!(rooms.is_sorted() && rooms[0] < rooms[2] && rooms[3] == u64::MAX, "{rooms:?}");
}

/// Requests a stop when picks are made.
struct Impatient<'a>(&'a Stop);

impl Progress for Impatient<'_> {
    fn begin(&self, _: Option<u64>) {}
    fn advance(&self, rows: u64) {
        if rows == 1 {
            self.0.request(15);
        }
    }
    fn finishing(&self, what: &str) {
        panic!("{what}");
    }
    fn warn(&self, _: &str) {}
}

#[test]
fn a_stop_ends_the_picking() {
    let folder = tempfile::tempdir().unwrap();
    let config = PickConfig {
        library: library(folder.path(), 3000),
        start: None,
        options: InputOptions::default(),
        fingerprint: None,
        measure: Measure::Tanimoto,
        count: 1000,
        seed: 0,
        threshold: None,
        memory: None,
        separator: b',',
    };
    let stop = Stop::new();
    let error = pick(&config, &device(), &Impatient(&stop), &stop, |_| Ok::<_, Error>(())).unwrap_err();
    assert!(matches!(error, Error::Interrupted { signal: 15 }), "{error}");
}
