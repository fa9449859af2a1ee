//! Searches on a GPU that fails: each test is started by `emulated` on a machine with that fault.

use soyaku_device::Error;

use crate::tanimoto::{Counts, Measure, Rows, Search, Selection, Threshold, Tile};
use crate::testing::{Random, cpu, device};

/// Rows of one word.
fn library() -> (Vec<u64>, Vec<u16>) {
    let mut random = Random::new(5);
    let bits: Vec<u64> = (0..3000).map(|_| random.next() & random.next()).collect();
    let popcounts = bits.iter().map(|word| word.count_ones() as u16).collect();
    (bits, popcounts)
}

#[test]
#[ignore = "needs a device whose memory runs out"]
fn less_memory_than_was_free() {
    let (bits, popcounts) = library();
    let rows = Rows { bits: &bits, popcounts: &popcounts, words: 1 };
    let query = Rows { bits: &bits[..1], popcounts: &popcounts[..1], words: 1 };
    let found = [device(), cpu()].map(|device| {
        let mut search = Search::new(&device, query, Selection::Top(50)).unwrap();
        search.scan(0, rows).unwrap();
        search.finish()
    });
    assert_eq!(found[0], found[1]);
}

#[test]
#[ignore = "needs a device whose memory runs out"]
fn less_memory_than_was_free_for_many_queries() {
    let (bits, popcounts) = library();
    let rows = Rows { bits: &bits, popcounts: &popcounts, words: 1 };
    let found = [device(), cpu()].map(|device| {
        let mut search = Search::new(&device, rows.part(0..40), Selection::Top(50)).unwrap();
        search.scan(0, rows).unwrap();
        let mut counts = Counts::new(&device, rows.part(0..40), Measure::Cosine, "0.7".parse().unwrap());
        counts.scan_tile(&Tile::new(&device, 0, rows).unwrap()).unwrap();
        (search.finish(), counts.finish())
    });
    assert_eq!(found[0], found[1]);
}

#[test]
#[ignore = "needs a device that is lost"]
fn a_device_that_is_lost_with_many_queries() {
    let (bits, popcounts) = library();
    let rows = Rows { bits: &bits, popcounts: &popcounts, words: 1 };
    let threshold: Threshold = "0.5".parse().unwrap();
    let mut counts = Counts::new(&device(), rows.part(0..40), Measure::Tanimoto, threshold);
    let mut first = 0;
    let error = loop {
        let tile = Tile::new(&device(), first as u64, rows.part(first..first + 300)).unwrap();
        match counts.scan_tile(&tile) {
            Ok(()) => first += 300,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, Error::Cuda(_)) && error.is_sticky(), "{error:?}");
    assert!(first > 0, "the first scan is to pass");
    // What was counted before the fault is there, and nothing of the tile that failed.
    let mut expected = Counts::new(&cpu(), rows.part(0..40), Measure::Tanimoto, threshold);
    expected.scan_tile(&Tile::new(&cpu(), 0, rows.part(0..first)).unwrap()).unwrap();
    assert_eq!(counts.finish(), expected.finish());
}

#[test]
#[ignore = "needs a device that is lost"]
fn a_device_that_is_lost() {
    let (bits, popcounts) = library();
    let part = |range: std::ops::Range<usize>| Rows {
        bits: &bits[range.clone()],
        popcounts: &popcounts[range],
        words: 1,
    };
    let mut search = Search::new(&device(), part(0..1), Selection::Top(50)).unwrap();
    let mut first = 0;
    let error = loop {
        match search.scan(first as u64, part(first..first + 300)) {
            Ok(()) => first += 300,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, Error::Cuda(_)) && error.is_sticky(), "{error:?}");
    assert!(first > 0, "the first scan is to pass");
    assert!(error.to_string().contains("the device is lost to this process"), "{error}");
    // What was found before the fault is there, and right.
    let mut expected = Search::new(&cpu(), part(0..1), Selection::Top(50)).unwrap();
    expected.scan(0, part(0..first)).unwrap();
    assert_eq!(search.finish(), expected.finish());
}
