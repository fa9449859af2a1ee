use std::path::Path;

use soyaku_device::DeviceRequest;
use soyaku_kernels::tanimoto::{Hit, Rows, Search, popcount};
use soyaku_store::{FingerprintKind, LibraryWriter, Records};

use super::*;
use crate::progress::Silent;

const WORDS: usize = 2;
const COUNT: u64 = 3000;

/// Fingerprints of 128 bits in groups of similar ones; every 50th has none.
fn fingerprints(count: u64) -> Vec<u64> {
    let mut state = 7_u64;
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 20 ^ state << 40
    };
    let centers: Vec<[u64; WORDS]> = (0..40).map(|_| [next() & next(), next() & next()]).collect();
    let row = |row: u64| {
        let center = centers[(row * 7 % 40) as usize];
        let noise = [next() & next() & next() & next(), next() & next() & next() & next()];
        if row % 50 == 49 { [0, 0] } else { [center[0] ^ noise[0], center[1] ^ noise[1]] }
    };
    (0..count).flat_map(row).collect()
}

fn library(folder: &Path, count: u64) -> PathBuf {
    let path = folder.join("library.h5");
    let mut writer = LibraryWriter::create(&path, &[FingerprintKind::new("own", 128)]).unwrap();
    let mut records = Records::new();
    (0..count).for_each(|row| records.push(b"C", b"", row + 1));
    let rows: Vec<u32> = (0..count as u32).collect();
    writer.append(&records, &rows, &[&fingerprints(count)]).unwrap();
    writer.finish(&serde_json::Value::Null).unwrap();
    path
}

fn device(threads: usize) -> Device {
    Device::open(DeviceRequest::Cpu, Some(threads)).unwrap()
}

fn config(folder: &Path, count: u64, neighbors: Neighbors) -> PairsConfig {
    PairsConfig {
        library: library(folder, count),
        output: folder.join("graph.h5"),
        fingerprint: None,
        measure: Measure::Tanimoto,
        neighbors,
        memory: MemorySize::from_bytes(4 << 30),
        restart: false,
        may_fall_back: false,
    }
}

fn make(config: &PairsConfig, threads: usize) -> Result<PairsSummary, Error> {
    neighbors(config, &device(threads), &Silent, &Stop::new())
}

fn at_least(threshold: &str) -> Neighbors {
    Neighbors::AtLeast(threshold.parse().unwrap())
}

fn nearest(k: u64) -> Neighbors {
    Neighbors::Nearest(NonZeroU64::new(k).unwrap())
}

/// Rows and similarities of the neighbours of each row.
type Graph = Vec<Vec<(u64, f64)>>;

fn read(path: &Path) -> Graph {
    let graph = NeighborsReader::open(path).unwrap();
    let (mut ends, mut neighbors, mut similarities) = (Vec::new(), Vec::new(), Vec::new());
    graph.read(0..graph.info().rows, &mut ends, &mut neighbors, &mut similarities).unwrap();
    let all: Vec<(u64, f64)> = neighbors.into_iter().zip(similarities).collect();
    ends.windows(2).map(|ends| all[ends[0] as usize..ends[1] as usize].to_vec()).collect()
}

/// By the definition.
fn expected(count: u64, measure: Measure, which: Neighbors) -> Graph {
    let bits = fingerprints(count);
    let rows: Vec<&[u64]> = bits.chunks(WORDS).collect();
    let graph = rows.iter().enumerate().map(|(query, one)| {
        let similarity = |other: &[u64]| {
            let both: u32 = one.iter().zip(other).map(|(a, b)| (a & b).count_ones()).sum();
            let either: u32 = one.iter().zip(other).map(|(a, b)| (a | b).count_ones()).sum();
            measure.similarity(popcount(one), &Hit { row: 0, both, either })
        };
        let all = rows.iter().enumerate().filter(|(row, _)| *row != query);
        let mut all: Vec<(u64, f64)> = all.map(|(row, other)| (row as u64, similarity(other))).collect();
        match which {
            Neighbors::AtLeast(threshold) => {
                let value = f64::from(threshold.numerator()) / f64::from(threshold.denominator());
                all.retain(|(_, similarity)| *similarity >= value);
            }
            Neighbors::Nearest(k) => {
                all.retain(|(_, similarity)| *similarity > 0.0);
                // Equal ones may differ in the last place of a quotient by a root, not in their squares.
                let order = |similarity: f64| match measure {
                    Measure::Cosine => (similarity * similarity * 1e12).round(),
                    _ => similarity,
                };
                all.sort_by(|a, b| order(b.1).total_cmp(&order(a.1)).then(a.0.cmp(&b.0)));
                all.truncate(k.get() as usize);
            }
        }
        all
    });
    graph.collect()
}

#[test]
fn graphs_are_those_of_the_definition() {
    let folder = tempfile::tempdir().unwrap();
    let count = 700;
    for measure in ["tanimoto", "dice", "cosine", "tversky:0.3,0.7"] {
        for which in [at_least("0.5"), at_least("0"), at_least("1"), nearest(1), nearest(5), nearest(10_000)]
        {
            let config =
                PairsConfig { measure: measure.parse().unwrap(), ..config(folder.path(), count, which) };
            let summary = make(&config, 2).unwrap();
            let expected = expected(count, config.measure, which);
            assert_eq!(summary.neighbors, expected.iter().map(|row| row.len() as u64).sum::<u64>());
            for (row, (got, expected)) in read(&config.output).iter().zip(&expected).enumerate() {
                assert_eq!(got, expected, "{measure} {which:?}, row {row}");
            }
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "parts are left");
        }
    }
}

#[test]
fn memory_and_threads_change_no_byte() {
    let folder = tempfile::tempdir().unwrap();
    for which in [at_least("0.4"), nearest(7)] {
        let mut files: Vec<Vec<u8>> = Vec::new();
        for (memory, threads) in [(4 << 30, 2), (4 << 30, 1), (1 << 30, 3)] {
            let config = PairsConfig {
                memory: MemorySize::from_bytes(memory),
                restart: true,
                ..config(folder.path(), COUNT, which)
            };
            make(&config, threads).unwrap();
            files.push(std::fs::read(&config.output).unwrap());
        }
        assert!(files.windows(2).all(|pair| pair[0] == pair[1]), "{which:?}");
    }
}

/// Hits of all rows, the most similar first.
fn all_hits(device: &Device, measure: Measure, selection: Selection) -> Vec<Vec<Hit>> {
    let bits = fingerprints(COUNT);
    let popcounts: Vec<u16> = bits.chunks(WORDS).map(popcount).collect();
    let rows = Rows { bits: &bits, popcounts: &popcounts, words: WORDS };
    let mut search = Search::with_measure(device, rows, measure, selection).unwrap();
    search.scan(0, rows).unwrap();
    search.finish()
}

#[test]
fn small_rooms_find_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let library = LibraryReader::open(&library(folder.path(), COUNT)).unwrap();
    let device = device(2);
    let budget = Budget::new(MemorySize::from_bytes(4 << 30));
    let at_least = Selection::AtLeast("0.4".parse().unwrap());
    // With room for the other side of all hits, of few, and of none.
    for (selection, most, mirror) in [
        (at_least, 100_u64, 1 << 30),
        (at_least, 20_000, 1 << 30),
        (at_least, 20_000, 300_000),
        (at_least, 20_000, 0),
        (Selection::Top(9), 1, 1 << 30),
    ] {
        let mut expected = all_hits(&device, Measure::Tanimoto, selection);
        let mut room = Room::new(&library, 0, &device, selection, budget).unwrap();
        room.shrink(1000 * 600, most * 80, mirror);
        let tiles = Tiles::new(&library, 0, &device, 0);
        let mut chunks = Chunks::new(tiles, &device, Measure::Tanimoto, selection, room, budget).mirrored(0);
        let (mut row, mut parts, mut known) = (0, 0, 0);
        while row < COUNT {
            match chunks.next(row, (&Silent, &Stop::new())) {
                Ok(found) => {
                    assert!(found.before.is_empty() || found.before.len() == found.len());
                    for (place, hits) in found.hits.iter().enumerate() {
                        let expected = &mut expected[row as usize + place];
                        let before = found.before.get(place).map_or(&[][..], |before| &before[..]);
                        known += before.len();
                        let mut all = [before, hits].concat();
                        if selection == at_least {
                            all.sort_by_key(|hit| hit.row);
                            expected.sort_by_key(|hit| hit.row);
                        }
                        assert_eq!(all, *expected, "{selection:?}, row {}", row as usize + place);
                    }
                    row += found.len() as u64;
                    parts += 1;
                }
                // More than 100 hits of a single row: nothing can be done.
                Err(error) => {
                    assert!(most == 100 && expected[row as usize].len() >= 50, "{error}");
                    break;
                }
            }
        }
        assert!(row < COUNT || parts > 2, "{parts} parts");
        let is_known = selection == at_least && mirror > 0;
        assert!(known > 0 || row < COUNT || !is_known, "{selection:?}, {mirror} bytes");
        assert!(known == 0 || is_known, "{selection:?}, {mirror} bytes");
    }
}

/// A run of which only some rows are done.
fn begin(config: &PairsConfig, info: &NeighborsInfo, text: &str, live: Option<usize>) -> u64 {
    let library = LibraryReader::open(&config.library).unwrap();
    let parts = PartFolder::open_or_create(&config.output, text, false).unwrap();
    let selection = Selection::AtLeast("0.5".parse().unwrap());
    let budget = Budget::new(config.memory);
    let mut room = Room::new(&library, 0, &device(2), selection, budget).unwrap();
    room.shrink(300 * 600, 1 << 30, 1 << 20);
    let tiles = Tiles::new(&library, 0, &device(2), 0);
    let mut chunks = Chunks::new(tiles, &device(2), Measure::Tanimoto, selection, room, budget).mirrored(0);
    let mut output = Output::new(config, info, &device(2), parts);
    for _ in 0..3 {
        let found = chunks.next(output.rows(), (&Silent, &Stop::new())).unwrap();
        output.take(found, live, &Stop::new()).unwrap();
    }
    let rows = output.rows();
    // Without the memory that a part is for, each is one; else all wait for one.
    assert_eq!(output.parts.len(), if live.is_none() { 3 } else { 0 });
    output.keep().unwrap();
    assert_eq!((output.rows(), output.parts.completed_rows()), (rows, rows));
    rows
}

#[test]
fn a_run_goes_on_where_it_was_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), COUNT, at_least("0.5"));
    make(&config, 2).unwrap();
    let whole = std::fs::read(&config.output).unwrap();
    assert!(make(&config, 2).unwrap().already_done);

    let library = LibraryReader::open(&config.library).unwrap();
    let resolved = resolve(&config, &library, 0).unwrap();
    let text = serde_json::to_string(&resolved).unwrap();
    let info = info(&config, &library, &resolved, &text);
    for live in [None, Some(1 << 20)] {
        std::fs::remove_file(&config.output).unwrap();
        let stop = Stop::new();
        stop.request(15);
        let error = neighbors(&config, &device(2), &Silent, &stop).unwrap_err();
        assert!(matches!(error, Error::Stopped { signal: 15, row: 0 }), "{error}");
        let kept = begin(&config, &info, &text, live);
        assert!((1..COUNT).contains(&kept), "{kept}");
        let error = neighbors(&config, &device(2), &Silent, &stop).unwrap_err();
        assert!(matches!(error, Error::Stopped { signal: 15, row } if row == kept), "{error}");
        assert!(!config.output.exists());
        let other = PairsConfig { neighbors: at_least("0.6"), ..config.clone() };
        assert!(make(&other, 2).unwrap_err().to_string().contains("--restart"));
        let summary = make(&config, 1).unwrap();
        assert_eq!(summary.resumed, kept);
        assert_eq!(std::fs::read(&config.output).unwrap(), whole);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "something is left");
    }
}

#[test]
fn nothing_and_next_to_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for count in [0, 1, 2] {
        for which in [at_least("0"), at_least("0.7"), nearest(3)] {
            let config = PairsConfig { restart: true, ..config(folder.path(), count, which) };
            let summary = make(&config, 2).unwrap();
            assert_eq!(read(&config.output), expected(count, Measure::Tanimoto, which), "{which:?}");
            assert_eq!(summary.compounds, count);
        }
    }
}

#[test]
fn too_little_memory_is_refused_with_what_is_needed() {
    let folder = tempfile::tempdir().unwrap();
    let config =
        PairsConfig { memory: MemorySize::from_bytes(1 << 20), ..config(folder.path(), 10, nearest(1)) };
    let Err(Error::Memory { limit, least }) = make(&config, 2) else { panic!("in 1 MiB") };
    assert_eq!(limit, config.memory);
    assert!(least > limit);
    let message = Error::Memory { limit, least }.to_string();
    assert!(message.contains("1 MiB") && message.contains("--memory "), "{message}");
}
