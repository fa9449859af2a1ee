//! What only GPUs do with many queries: pieces, parts of the queries, outboxes that are too small. Nothing where
//! `SOYAKU_TEST_DEVICE` names no GPU; `emulated` runs these again on emulated ones.

use soyaku_device::{Device, Error};

use super::CLASSES;
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
) -> Vec<Vec<Hit>> {
    let mut search = Search::with_measure(device, queries, measure, selection).unwrap();
    search.scan(1000, rows).unwrap();
    search.finish()
}

fn count(
    device: &Device,
    queries: Rows<'_>,
    measure: Measure,
    threshold: Threshold,
    rows: Rows<'_>,
) -> Vec<u64> {
    let mut counts = Counts::new(device, queries, measure, threshold);
    counts.scan_tile(&Tile::new(device, 0, rows).unwrap()).unwrap();
    counts.finish()
}

fn assert_same(device: &Device, queries: Rows<'_>, rows: Rows<'_>, cases: &[(&str, &str)]) {
    for (measure, selection) in cases {
        let measure: Measure = measure.parse().unwrap();
        let selection = match selection.strip_prefix("top ") {
            Some(count) => Selection::Top(count.parse().unwrap()),
            None => {
                let threshold = selection.parse().unwrap();
                let [got, expected] =
                    [device, &cpu()].map(|device| count(device, queries, measure, threshold, rows));
                assert_eq!(got, expected, "{} words, {measure}, {threshold}", rows.words);
                Selection::AtLeast(threshold)
            }
        };
        let [got, expected] =
            [device, &cpu()].map(|device| search(device, queries, measure, selection, rows));
        assert!(got == expected, "{} words, {measure}, {selection:?}", rows.words);
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
    assert_same(&device, queries.rows(), rows.rows(), &[("tanimoto", "top 2"), ("tanimoto", "0.3")]);
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
    let devices = [device, cpu()];
    let mut searches = devices.each_ref().map(|device| {
        Search::with_measure(device, queries.rows(), Measure::Cosine, Selection::Top(40)).unwrap()
    });
    let mut counts = devices
        .each_ref()
        .map(|device| Counts::new(device, queries.rows(), Measure::Tanimoto, "0.3".parse().unwrap()));
    let mut from = 0;
    for count in [0, 1, 30, 500, 7, 462] {
        for ((device, search), counts) in devices.iter().zip(&mut searches).zip(&mut counts) {
            let tile = Tile::new(device, from as u64, rows.rows().part(from..from + count)).unwrap();
            search.scan_tile(&tile).unwrap();
            counts.scan_tile(&tile).unwrap();
        }
        from += count;
    }
    assert_eq!(from, 1000);
    let [got, expected] = searches.map(Search::finish);
    assert_eq!(got, expected);
    let [got, expected] = counts.map(Counts::finish);
    assert_eq!(got, expected);
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
