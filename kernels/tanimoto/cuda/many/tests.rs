//! What only GPUs do with many queries: pieces, parts of the queries, outboxes that are too small. Nothing where
//! `SOYAKU_TEST_DEVICE` names no GPU; `emulated` runs these again on emulated ones.

use soyaku_device::{Device, Error};

use super::{CLASSES, Engine};
use crate::tanimoto::{Counts, Hit, Measure, OwnedRows, Rows, Search, Selection, Threshold, Tile, popcount};
use crate::testing::{Random, cpu, limited_device};

/// Fingerprints of several densities, some without any bit, some twice.
fn fingerprints(count: usize, words: usize, seed: u64) -> OwnedRows {
    let mut random = Random::new(seed);
    let mut bits = Vec::with_capacity(count * words);
    for row in 0..count {
        match row % 16 {
            7 => bits.extend(std::iter::repeat_n(0, words)),
            9 => bits.extend_from_within((row - 5) * words..(row - 4) * words),
            kind => bits.extend((0..words).map(|_| match kind % 4 {
                0 => random.next() & random.next(),
                1 => random.next(),
                _ => random.next() & random.next() & random.next(),
            })),
        }
    }
    let popcounts: Vec<u16> = bits.chunks(words).map(popcount).collect();
    Rows { bits: &bits, popcounts: &popcounts, words }.into()
}

/// A device with a GPU.
fn with_gpu(memory: Option<u64>) -> Option<Device> {
    let device = limited_device(memory);
    (!device.gpus().is_empty()).then_some(device)
}

fn search(
    device: &Device,
    queries: Rows<'_>,
    measure: Measure,
    selection: Selection,
    rows: Rows<'_>,
    engine: Engine,
) -> Vec<Vec<Hit>> {
    let mut search = Search::with_engine(device, queries, measure, selection, engine).unwrap();
    search.scan(1000, rows).unwrap();
    search.finish()
}

fn count(
    device: &Device,
    queries: Rows<'_>,
    measure: Measure,
    threshold: Threshold,
    rows: Rows<'_>,
    engine: Engine,
) -> Vec<u64> {
    let mut counts = Counts::with_engine(device, queries, measure, threshold, engine);
    counts.scan_tile(&Tile::new(device, 0, rows).unwrap()).unwrap();
    counts.finish()
}

/// The ways in which a GPU does it; the first is popcounts where it has no matrix instructions.
const ENGINES: [Engine; 2] = [Engine::Matrix, Engine::Planes];

fn assert_same(device: &Device, queries: Rows<'_>, rows: Rows<'_>, cases: &[(&str, &str)]) {
    assert_engines(device, queries, rows, cases, &ENGINES);
}

fn assert_engines(
    device: &Device,
    queries: Rows<'_>,
    rows: Rows<'_>,
    cases: &[(&str, &str)],
    engines: &[Engine],
) {
    for (measure, selection) in cases {
        let measure: Measure = measure.parse().unwrap();
        let selection = match selection.strip_prefix("top ") {
            Some(count) => Selection::Top(count.parse().unwrap()),
            None => {
                let threshold = selection.parse().unwrap();
                let expected = count(&cpu(), queries, measure, threshold, rows, Engine::Fastest);
                for &engine in engines {
                    let got = count(device, queries, measure, threshold, rows, engine);
                    assert_eq!(got, expected, "{} words, {measure}, {threshold}, {engine:?}", rows.words);
                }
                Selection::AtLeast(threshold)
            }
        };
        let expected = search(&cpu(), queries, measure, selection, rows, Engine::Fastest);
        for &engine in engines {
            let got = search(device, queries, measure, selection, rows, engine);
            assert!(got == expected, "{} words, {measure}, {selection:?}, {engine:?}", rows.words);
        }
    }
}

#[test]
fn gpu_queries_of_several_tiles() {
    let Some(device) = with_gpu(None) else { return };
    // Of 1, 2, 4, 8, 9 and 17 chunks: queries that pass through shared memory, stay there, do not fit.
    for words in [1, 7, 13, 32, 33, 65] {
        let rows = fingerprints(300, words, words as u64);
        let queries = fingerprints(150, words, 100 + words as u64);
        assert_same(
            &device,
            queries.rows(),
            rows.rows(),
            &[("tanimoto", "top 3"), ("tanimoto", "0.4"), ("cosine", "0.6"), ("tversky:0.9,0.1", "top 20")],
        );
    }
}

#[test]
fn gpu_memory_for_little_at_a_time() {
    let (rows, queries) = (fingerprints(1100, 4, 1), fingerprints(300, 4, 2));
    // From one query tile and pieces of few rows up.
    for memory in [900_000, 1_500_000] {
        let Some(device) = with_gpu(Some(memory)) else { return };
        assert_same(
            &device,
            queries.rows(),
            rows.rows(),
            &[("tanimoto", "0"), ("tanimoto", "top 5"), ("dice", "0.7"), ("cosine", "top 400")],
        );
    }
}

#[test]
fn gpu_queries_that_are_not_all_held() {
    // 8 kB each, 2.4 MB of them, where a quarter of the memory is for queries.
    let Some(device) = with_gpu(Some(7_000_000)) else { return };
    let (rows, queries) = (fingerprints(140, 1023, 3), fingerprints(300, 1023, 4));
    let cases = [("tanimoto", "top 2"), ("tanimoto", "0.3")];
    assert_engines(&device, queries.rows(), rows.rows(), &cases, &[Engine::Fastest]);
}

#[test]
fn gpu_more_popcounts_than_a_launch_takes() {
    let Some(device) = with_gpu(None) else { return };
    let (count, words) = (2 * CLASSES + 50, 16);
    let mut bits = vec![0; count * words];
    for (row, bits) in bits.chunks_exact_mut(words).enumerate() {
        // Row i has i bits, not all of them the first ones.
        (0..row).for_each(|bit| bits[(bit + row) % 1024 / 64] |= 1 << ((bit + row) % 64));
    }
    let popcounts: Vec<u16> = (0..count as u16).collect();
    let rows = Rows { bits: &bits, popcounts: &popcounts, words };
    assert_same(&device, rows.part(200..340), rows, &[("tanimoto", "0.8"), ("tversky:0,1", "top 30")]);
}

#[test]
fn gpu_tiles_of_growing_size() {
    let Some(device) = with_gpu(None) else { return };
    let (rows, queries) = (fingerprints(1000, 4, 21), fingerprints(9, 4, 22));
    let engines = [(&cpu(), Engine::Fastest), (&device, Engine::Matrix), (&device, Engine::Planes)];
    let mut searches = engines.map(|(device, engine)| {
        Search::with_engine(device, queries.rows(), Measure::Cosine, Selection::Top(40), engine).unwrap()
    });
    let mut counts = engines.map(|(device, engine)| {
        Counts::with_engine(device, queries.rows(), Measure::Tanimoto, "0.3".parse().unwrap(), engine)
    });
    let mut from = 0;
    for count in [0, 1, 30, 500, 7, 462] {
        for (((device, _), search), counts) in engines.iter().zip(&mut searches).zip(&mut counts) {
            let tile = Tile::new(device, from as u64, rows.rows().part(from..from + count)).unwrap();
            search.scan_tile(&tile).unwrap();
            counts.scan_tile(&tile).unwrap();
        }
        from += count;
    }
    assert_eq!(from, 1000);
    let [expected, got @ ..] = searches.map(Search::finish);
    got.iter().for_each(|got| assert_eq!(*got, expected));
    let [expected, got @ ..] = counts.map(Counts::finish);
    got.iter().for_each(|got| assert_eq!(*got, expected));
}

#[test]
fn gpu_planes_of_any_number_of_tiles() {
    let Some(device) = with_gpu(None) else { return };
    // What fits shared memory: from one row tile for the widest to eight, and none at all.
    for (words, count) in [(2, 1100), (24, 550), (38, 700), (75, 390), (110, 260), (220, 130), (230, 9)] {
        let (rows, queries) = (fingerprints(count, words, 61), fingerprints(33, words, 62));
        let cases = [("tanimoto", if words % 4 == 0 { "0.4" } else { "top 5" })];
        assert_engines(&device, queries.rows(), rows.rows(), &cases, &[Engine::Planes]);
    }
}

#[test]
fn gpu_planes_of_several_widths_in_turn() {
    let Some(device) = with_gpu(None) else { return };
    let sets = [32, 24, 16].map(|words| (fingerprints(20, words, 71), fingerprints(200, words, 72)));
    let engines = [(&cpu(), Engine::Fastest), (&device, Engine::Planes)];
    let mut searches = sets.each_ref().map(|(queries, _)| {
        engines.map(|(device, engine)| {
            Search::with_engine(device, queries.rows(), Measure::Cosine, Selection::Top(3), engine).unwrap()
        })
    });
    // They need shared memory of different sizes, the last one least, and the first one needs its own again.
    for part in [0..100, 100..200] {
        for (searches, (_, rows)) in searches.iter_mut().zip(&sets) {
            for search in searches {
                search.scan(part.start as u64, rows.rows().part(part.clone())).unwrap();
            }
        }
    }
    for [expected, got] in searches {
        assert_eq!(got.finish(), expected.finish());
    }
}

#[test]
fn gpu_planes_of_sparse_and_full_fingerprints() {
    let Some(device) = with_gpu(None) else { return };
    let words = 24;
    let mut random = Random::new(63);
    // From none to all bits, so that counters of every size are taken.
    let mut bits = vec![0; 400 * words];
    for (row, bits) in bits.chunks_exact_mut(words).enumerate() {
        let wanted = [0, 1, 4, 20, 45, 63, 64, 100, 130, 260, 700, 1536][row % 12] + row / 100;
        while (popcount(bits) as usize) < wanted.min(1536) {
            let bit = random.next() as usize % (words * 64);
            bits[bit / 64] |= 1 << (bit % 64);
        }
    }
    let popcounts: Vec<u16> = bits.chunks(words).map(popcount).collect();
    let rows = Rows { bits: &bits, popcounts: &popcounts, words };
    let cases = [("tanimoto", "0.05"), ("tversky:1,0", "0.3"), ("cosine", "top 400")];
    assert_engines(&device, rows.part(0..70), rows, &cases, &[Engine::Planes]);
}

#[test]
fn gpu_without_room_for_many() {
    let Some(device) = with_gpu(Some(60_000)) else { return };
    let (rows, queries) = (fingerprints(600, 32, 51), fingerprints(20, 32, 52));
    let mut search = Search::new(&device, queries.rows(), Selection::Top(3)).unwrap();
    let error = search.scan(0, rows.rows()).unwrap_err();
    assert!(matches!(error, Error::Memory { .. }) && error.is_out_of_memory(), "{error:?}");
    assert!(error.to_string().contains("raise --device-memory"), "{error}");
}
