//! Against the definitions, on small random data with many ties.

use std::cell::Cell;
use std::ops::Range;

use soyaku_device::{Device, DeviceRequest};
use soyaku_kernels::tanimoto::{Hit, Measure, Rows};

use super::engine::Engine;
use super::sizes::Sizes;
use super::source::Source;
use super::spheres::{Near, Nearness};
use super::state::State;
use super::{ClusterMethod, run};
use crate::progress::{Silent, Stop};
use crate::{Error, Fingerprints};

/// Fingerprints in memory, handed over in pieces of some rows; counts passes.
struct InMemory {
    fingerprints: Fingerprints,
    words: usize,
    piece: Cell<usize>,
    passes: Cell<usize>,
}

impl InMemory {
    fn rows(&self) -> Rows<'_> {
        let Fingerprints { bits, popcounts } = &self.fingerprints;
        Rows { bits, popcounts, words: self.words }
    }
}

impl Source for InMemory {
    fn len(&self) -> u64 {
        self.fingerprints.popcounts.len() as u64
    }

    fn words(&self) -> usize {
        self.words
    }

    fn each(
        &self,
        rows: Range<u64>,
        take: &mut dyn FnMut(u64, Rows<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.passes.set(self.passes.get() + 1);
        let mut first = rows.start;
        while first < rows.end {
            let end = rows.end.min(first + self.piece.get() as u64);
            take(first, self.rows().part(first as usize..end as usize))?;
            first = end;
        }
        Ok(())
    }

    fn set_piece(&self, rows: usize) {
        self.piece.set(rows);
    }
}

/// Rows around some seeds, with duplicates, some of them without any bit.
fn random(rows: usize, words: usize, mut seed: u64) -> InMemory {
    let mut next = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        seed >> 33
    };
    let mut bits: Vec<u64> = Vec::new();
    for row in 0..rows {
        let mut one = vec![0_u64; words];
        match next() % 20 {
            0 => {}
            1..=3 if row > 0 => {
                let other = next() as usize % row;
                one.copy_from_slice(&bits[other * words..][..words]);
            }
            _ => {
                let family = next() % 9;
                for bit in 0..8 + family {
                    // Bits of the family, some of them exchanged.
                    let bit = if next() % 4 == 0 { next() } else { family * 37 + bit * bit };
                    one[bit as usize / 64 % words] |= 1 << (bit % 64);
                }
            }
        }
        bits.extend(one);
    }
    let popcounts = bits.chunks(words).map(soyaku_kernels::tanimoto::popcount).collect();
    InMemory {
        fingerprints: Fingerprints { bits, popcounts },
        words,
        piece: Cell::new(100),
        passes: Cell::new(0),
    }
}

/// Similarity with `one` as the query, and whether that is near.
fn similarity(data: &InMemory, nearness: Nearness, one: usize, two: usize) -> (f64, bool) {
    let (a, b) = (data.rows().row(one), data.rows().row(two));
    let both = a.iter().zip(b).map(|(a, b)| (a & b).count_ones()).sum();
    let either = a.iter().zip(b).map(|(a, b)| (a | b).count_ones()).sum();
    let hit = Hit { row: 0, both, either };
    let similarity = nearness.measure.similarity(data.fingerprints.popcounts[one], &hit);
    let threshold = nearness.threshold;
    // The thresholds of these tests are no ratios that rounding could blur, but for those that are met exactly.
    let threshold = f64::from(threshold.numerator()) / f64::from(threshold.denominator());
    (similarity, similarity >= threshold - 1e-12)
}

/// Cluster of each row, by lists of neighbours as in RDKit's `Butina.ClusterData`.
fn butina(data: &InMemory, nearness: Nearness, recount: bool) -> (Vec<usize>, Vec<usize>) {
    let rows = data.rows().len();
    let is_near = |one: usize, two: usize| one == two || similarity(data, nearness, one, two).1;
    let near: Vec<Vec<usize>> =
        (0..rows).map(|one| (0..rows).filter(|&two| is_near(one, two)).collect()).collect();
    let (mut cluster, mut centroids) = (vec![usize::MAX; rows], Vec::new());
    loop {
        let counts = |row: usize| {
            let counted = near[row].iter().filter(|&&other| !recount || cluster[other] == usize::MAX);
            (counted.count(), row)
        };
        let free = (0..rows).filter(|&row| cluster[row] == usize::MAX);
        let Some(next) = free.max_by_key(|&row| counts(row)) else { return (cluster, centroids) };
        for &other in &near[next] {
            if cluster[other] == usize::MAX {
                cluster[other] = centroids.len();
            }
        }
        centroids.push(next);
    }
}

fn leader(data: &InMemory, nearness: Nearness) -> (Vec<usize>, Vec<usize>) {
    let mut leaders: Vec<usize> = Vec::new();
    for row in 0..data.rows().len() {
        if !leaders.iter().any(|&leader| similarity(data, nearness, leader, row).1) {
            leaders.push(row);
        }
    }
    let cluster = (0..data.rows().len()).map(|row| {
        if let Some(own) = leaders.iter().position(|&leader| leader == row) {
            return own;
        }
        let mut best = (0, -1.0);
        for (number, &leader) in leaders.iter().enumerate() {
            let similarity = similarity(data, nearness, leader, row).0;
            if similarity > best.1 {
                best = (number, similarity);
            }
        }
        best.0
    });
    (cluster.collect(), leaders)
}

const METHODS: [ClusterMethod; 3] =
    [ClusterMethod::Butina, ClusterMethod::ButinaRecounted, ClusterMethod::Leader];

/// The sizes that a test goes through: all at once, and next to nothing.
const SIZES: [Sizes; 3] = [
    Sizes {
        piece: 1000,
        resident: 10_000,
        group: 10_000,
        together: 4096,
        window: 10_000,
        centroids: 1 << 30,
    },
    Sizes { piece: 64, resident: 0, group: 37, together: 64, window: 50, centroids: 0 },
    Sizes { piece: 100, resident: 300, group: 100, together: 128, window: 170, centroids: 500 },
];

fn clustered(
    data: &InMemory,
    nearness: Nearness,
    method: ClusterMethod,
    sizes: Sizes,
    threads: usize,
) -> State {
    let device = Device::open(DeviceRequest::Cpu, Some(threads)).unwrap();
    let stop = Stop::new();
    let engine = Engine { source: data, device: &device, nearness, sizes, progress: &Silent, stop: &stop };
    let mut state = State::new(data.rows().len());
    run(&engine, method, &mut state, &|_| Ok(sizes)).unwrap();
    state
}

fn check(data: &InMemory, measure: &str, threshold: &str) {
    let nearness = Nearness { measure: measure.parse().unwrap(), threshold: threshold.parse().unwrap() };
    for method in METHODS {
        let (clusters, centroids) = match method {
            ClusterMethod::Butina => butina(data, nearness, false),
            ClusterMethod::ButinaRecounted => butina(data, nearness, true),
            ClusterMethod::Leader => leader(data, nearness),
        };
        for (sizes, threads) in SIZES.into_iter().zip([1, 2, 3]) {
            let what = format!("{method:?} {measure} {threshold} {sizes:?}");
            let state = clustered(data, nearness, method, sizes, threads);
            let got: Vec<usize> = state.centroids().iter().map(|&row| row as usize).collect();
            assert_eq!(got, centroids, "{what}");
            for (row, &expected) in clusters.iter().enumerate() {
                let cluster = state.cluster(row as u32).unwrap() as usize;
                assert_eq!(cluster, expected, "row {row}, {what}");
                let expected = match centroids[cluster] {
                    centroid if centroid == row => 1.0,
                    centroid => similarity(data, nearness, centroid, row).0,
                };
                assert_eq!(state.similarity(row as u32), expected, "row {row}, {what}");
            }
        }
    }
}

#[test]
fn clusters_are_those_of_the_definitions() {
    for (rows, words, seed) in [(700, 2, 1), (400, 1, 2), (250, 5, 3)] {
        let data = random(rows, words, seed);
        for threshold in ["0", "0.01", "0.3", "0.5", "0.7", "1"] {
            check(&data, "tanimoto", threshold);
        }
    }
}

#[test]
fn other_measures_too_and_the_centroid_is_the_query() {
    let data = random(400, 2, 4);
    for measure in ["dice", "cosine", "tversky:0.7,0.7", "tversky:0.9,0.1", "tversky:0,1"] {
        for threshold in ["0", "0.41", "0.8"] {
            check(&data, measure, threshold);
        }
    }
}

#[test]
fn few_rows_or_none() {
    for rows in [0, 1, 2, 3] {
        check(&random(rows, 1, rows as u64), "tanimoto", "0.5");
    }
    let empty = InMemory {
        fingerprints: Fingerprints { bits: vec![0; 5], popcounts: vec![0; 5] },
        words: 1,
        piece: Cell::new(2),
        passes: Cell::new(0),
    };
    check(&empty, "tanimoto", "0.5");
    check(&empty, "tanimoto", "0");
}

#[test]
fn more_centroids_than_a_tile_holds() {
    // 20,000 rows that are all different, and some of them twice.
    let bits: Vec<u64> = (0..20_000_u64).map(|row| 1 << 40 | (row - row % 50 / 49)).collect();
    let popcounts = bits.iter().map(|bits| bits.count_ones() as u16).collect();
    let data = InMemory {
        fingerprints: Fingerprints { bits, popcounts },
        words: 1,
        piece: Cell::new(4096),
        passes: Cell::new(0),
    };
    let nearness = Nearness { measure: Measure::Tanimoto, threshold: "1".parse().unwrap() };
    for (sizes, method) in METHODS.map(|method| (SIZES[0], method)) {
        let state = clustered(&data, nearness, method, sizes, 2);
        assert_eq!(state.centroids().len(), 19_600);
        // Of the twins, the first leads, and the last has the larger number.
        let centroid = if method == ClusterMethod::Leader { 48 } else { 49 };
        assert!(state.is_centroid(centroid));
        assert_eq!(state.cluster(48), state.cluster(49));
    }
}

#[test]
fn passes_are_few() {
    let data = random(600, 2, 9);
    let nearness = Nearness { measure: Measure::Tanimoto, threshold: "0.6".parse().unwrap() };
    clustered(&data, nearness, ClusterMethod::Butina, SIZES[0], 1);
    // The library laid out, the queries, and the rows in Butina's order; none for centroids, of which there are none.
    assert_eq!(data.passes.get(), 3);
    data.passes.set(0);
    clustered(&data, nearness, ClusterMethod::Leader, SIZES[0], 1);
    assert_eq!(data.passes.get(), 2);
}

#[test]
fn where_neighbours_are_listed_pieces_are_as_small_as_the_lists_leave_room_for() {
    let data = random(600, 2, 9);
    data.piece.set(SIZES[0].piece);
    let nearness = Nearness { measure: Measure::Tanimoto, threshold: "0.3".parse().unwrap() };
    let device = Device::open(DeviceRequest::Cpu, Some(2)).unwrap();
    let stop = Stop::new();
    let (source, sizes, progress) = (&data, SIZES[0], &Silent);
    let engine = Engine { source, device: &device, nearness, sizes, progress, stop: &stop };
    let mut state = State::new(600);
    let asked = Cell::new(0);
    let room = |bytes| {
        asked.set(bytes);
        Ok(SIZES[1])
    };
    run(&engine, ClusterMethod::ButinaRecounted, &mut state, &room).unwrap();
    assert_eq!(data.piece.get(), SIZES[1].piece);
    let neighbors: u64 = state.counts().iter().map(|&count| u64::from(count) - 1).sum();
    assert!(neighbors > 1000 && asked.get() >= 6 * neighbors);
}

/// Asks for a stop once this much is done.
struct StopsAt<'a> {
    left: std::sync::atomic::AtomicI64,
    stop: &'a Stop,
}

impl crate::progress::Progress for StopsAt<'_> {
    fn begin(&self, _: Option<u64>) {}
    fn advance(&self, rows: u64) {
        let before = self.left.fetch_sub(rows as i64, std::sync::atomic::Ordering::SeqCst);
        if before <= rows as i64 {
            self.stop.request(15);
        }
    }
    fn finishing(&self, _: &str) {}
    fn warn(&self, _: &str) {}
}

#[test]
fn a_run_that_is_stopped_again_and_again_comes_to_the_same_end() {
    let data = random(700, 2, 11);
    let nearness = Nearness { measure: Measure::Tanimoto, threshold: "0.6".parse().unwrap() };
    let device = Device::open(DeviceRequest::Cpu, Some(2)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("work");
    for method in [ClusterMethod::Butina, ClusterMethod::Leader] {
        let expected = clustered(&data, nearness, method, SIZES[0], 1);
        for every in [40, 90, 333] {
            let mut stops = 0;
            let state = loop {
                let stop = Stop::new();
                let progress = StopsAt { left: every.into(), stop: &stop };
                // Another amount of memory each time.
                let sizes = SIZES[1 + stops % 2];
                let engine = Engine {
                    source: &data,
                    device: &device,
                    nearness,
                    sizes,
                    progress: &progress,
                    stop: &stop,
                };
                let mut state = State::resume(700, &path, "{}", false).unwrap();
                match run(&engine, method, &mut state, &|_| Ok(sizes)) {
                    Ok(()) => break state,
                    Err(Error::Interrupted { .. }) => state.save().unwrap(),
                    Err(error) => panic!("{error}"),
                }
                stops += 1;
                assert!(stops < 1000, "no progress");
            };
            assert!(stops > 1, "{method:?} {every}: {stops} stops");
            assert_eq!(state.centroids(), expected.centroids());
            for row in 0..700 {
                assert_eq!(state.cluster(row), expected.cluster(row), "{method:?} {every}: row {row}");
                assert_eq!(state.similarity(row), expected.similarity(row), "{method:?} {every}: row {row}");
            }
            std::fs::remove_file(&path).unwrap();
        }
    }
}

#[test]
fn lists_are_made_anew_and_what_was_decided_stays() {
    let data = random(700, 2, 11);
    let nearness = Nearness { measure: Measure::Tanimoto, threshold: "0.6".parse().unwrap() };
    let device = Device::open(DeviceRequest::Cpu, Some(2)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("work");
    let method = ClusterMethod::ButinaRecounted;
    let expected = clustered(&data, nearness, method, SIZES[0], 1);
    let go_on = |left: i64| {
        let stop = Stop::new();
        let progress = StopsAt { left: left.into(), stop: &stop };
        let sizes = SIZES[1];
        let engine =
            Engine { source: &data, device: &device, nearness, sizes, progress: &progress, stop: &stop };
        let mut state = State::resume(700, &path, "{}", false).unwrap();
        let ended = run(&engine, method, &mut state, &|_| Ok(sizes));
        state.save().unwrap();
        (ended, state)
    };
    // Stopped while neighbours are counted, and while they are listed.
    for (left, counted) in [(300, 200), (600, 700)] {
        let (ended, state) = go_on(left);
        assert!(matches!(ended, Err(Error::Interrupted { .. })), "{ended:?}");
        assert!(state.counts().len() >= counted && state.decided() == 0);
    }
    // Killed while what was decided was written: some clusters, and some rows of the next.
    let counted = std::fs::read(&path).unwrap();
    let mut decisions = Vec::new();
    for (cluster, &centroid) in expected.centroids().iter().enumerate() {
        decisions.push((centroid, None));
        for row in (0..700).filter(|&row| row != centroid && expected.cluster(row) == Some(cluster as u32)) {
            let near = Near { cluster: cluster as u64, similarity: expected.similarity(row) };
            decisions.push((row, Some(near)));
        }
    }
    assert_eq!(decisions.len(), 700);
    for written in [0, 1, 2, 17, 300, 699, 700] {
        std::fs::write(&path, &counted).unwrap();
        let mut state = State::resume(700, &path, "{}", false).unwrap();
        for &(row, near) in &decisions[..written] {
            state.settle(row, near);
        }
        state.save().unwrap();
        drop(state);
        let (ended, state) = go_on(i64::MAX);
        ended.unwrap();
        assert_eq!(state.centroids(), expected.centroids());
        for row in 0..700 {
            assert_eq!(state.cluster(row), expected.cluster(row), "row {row}");
            assert_eq!(state.similarity(row), expected.similarity(row), "row {row}");
        }
    }
}
