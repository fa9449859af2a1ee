//! `Search` and `nearest` against the plain definition, on the device that `SOYAKU_TEST_DEVICE` names.

// A list of one tile, which is a range of rows.
#![allow(clippy::single_range_in_vec_init)]

use std::ops::Range;

use soyaku_device::{Device, DeviceRequest};

use super::{Hit, Nearest, Rows, Search, Selection, nearest, popcount};
use crate::testing::{Random, device};

mod spread;
mod tiles;

struct Fingerprints {
    bits: Vec<u64>,
    popcounts: Vec<u16>,
    words: usize,
}

impl Fingerprints {
    /// Of several densities; some empty, some full, and every tenth one that was there before.
    fn random(count: usize, words: usize, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let mut bits: Vec<u64> = Vec::with_capacity(count * words);
        for row in 0..count {
            if row % 10 == 9 {
                let earlier = random.next() as usize % row;
                bits.extend_from_within(earlier * words..(earlier + 1) * words);
                continue;
            }
            let kind = random.next() % 16;
            bits.extend((0..words).map(|_| match kind {
                0 => 0,
                1 => u64::MAX,
                2..6 => random.next(),
                6..9 => random.next() | random.next(),
                _ => random.next() & random.next() & random.next(),
            }));
        }
        let popcounts = bits.chunks(words).map(popcount).collect();
        Self { bits, popcounts, words }
    }

    fn rows(&self) -> Rows<'_> {
        self.part(0..self.popcounts.len())
    }

    fn part(&self, range: Range<usize>) -> Rows<'_> {
        Rows { bits: &self.bits, popcounts: &self.popcounts, words: self.words }.part(range)
    }
}

/// Selections with what they mean, in integers.
fn selections() -> Vec<(Selection, Option<(u64, u64)>)> {
    let top = [0, 1, 10, 1000, usize::MAX].map(|count| (Selection::Top(count), None));
    let thresholds = [
        ("0", 0, 1),
        ("0.3", 3, 10),
        ("0.333333333", 333_333_333, 1_000_000_000),
        ("0.7", 7, 10),
        ("1", 1, 1),
    ];
    let at_least = thresholds.map(|(text, n, d)| (Selection::AtLeast(text.parse().unwrap()), Some((n, d))));
    top.into_iter().chain(at_least).collect()
}

/// All rows in the order of results.
fn ranked(query: &[u64], rows: Rows<'_>, first_row: u64) -> Vec<Hit> {
    let count = |row: &[u64], bit: fn(u64, u64) -> u64| {
        row.iter().zip(query).map(|(a, b)| bit(*a, *b).count_ones()).sum::<u32>()
    };
    let hit = |(row, bits): (u64, &[u64])| Hit {
        row,
        both: count(bits, |a, b| a & b),
        either: count(bits, |a, b| a | b),
    };
    let mut hits: Vec<Hit> = (first_row..).zip(rows.bits.chunks(rows.words)).map(hit).collect();
    hits.sort_by(|a, b| {
        let left = u64::from(b.both) * u64::from(a.either.max(1));
        let right = u64::from(a.both) * u64::from(b.either.max(1));
        left.cmp(&right).then(a.row.cmp(&b.row))
    });
    hits
}

/// What of the ranked rows is wanted.
fn wanted(ranked: &[Hit], (selection, threshold): (Selection, Option<(u64, u64)>)) -> Vec<Hit> {
    match (selection, threshold) {
        (Selection::Top(count), _) => ranked.iter().take(count).copied().collect(),
        (_, Some((numerator, denominator))) => {
            let is_met =
                |hit: &&Hit| u64::from(hit.both) * denominator >= numerator * u64::from(hit.either.max(1));
            ranked.iter().filter(is_met).copied().collect()
        }
        _ => unreachable!("a threshold has its numbers"),
    }
}

fn assert_search(device: &Device, queries: &Fingerprints, library: &Fingerprints, tiles: &[Range<usize>]) {
    const FIRST: u64 = 1 << 40;
    let words = library.words;
    let rankings: Vec<Vec<Hit>> =
        queries.bits.chunks(words).map(|query| ranked(query, library.rows(), FIRST)).collect();
    for selection in selections() {
        let mut search = Search::new(device, queries.rows(), selection.0).unwrap();
        for tile in tiles {
            search.scan(FIRST + tile.start as u64, library.part(tile.clone())).unwrap();
        }
        let got = search.finish();
        assert_eq!(got.len(), rankings.len());
        for (query, (got, ranking)) in got.iter().zip(&rankings).enumerate() {
            let expected = wanted(ranking, selection);
            assert!(
                *got == expected,
                "{words} words, query {query}, {selection:?}: {got:?} for {expected:?}"
            );
        }
    }
}

#[test]
fn a_search_finds_what_the_definition_does_at_every_width() {
    let device = device();
    for words in (1..=9).chain([15, 16, 17, 31, 32, 33, 48, 64, 65, 128, 255, 256]) {
        let count = 20 + 600 / words;
        let library = Fingerprints::random(count, words, words as u64);
        let queries = Fingerprints::random(3, words, 100 + words as u64);
        assert_search(&device, &queries, &library, &[0..count]);
        assert_search(&device, &Fingerprints::random(12, words, words as u64), &library, &[0..count]);
    }
}

#[test]
fn tiles_and_their_order_do_not_matter() {
    let device = device();
    let library = Fingerprints::random(1300, 2, 5);
    let queries = Fingerprints::random(4, 2, 6);
    let ends = [0, 1, 9, 9, 300, 301, 900, 1300];
    let mut tiles: Vec<_> = ends.windows(2).map(|ends| ends[0]..ends[1]).collect();
    assert_search(&device, &queries, &library, &tiles);
    tiles.reverse();
    assert_search(&device, &queries, &library, &tiles);
    // So many that rows are laid out for them on the way.
    assert_search(&device, &Fingerprints::random(48, 2, 7), &library, &tiles);
    tiles.swap(0, 3);
    assert_search(&device, &queries, &library, &tiles);
}

#[test]
fn many_rows_and_the_same_ones() {
    let device = device();
    // Many are at the bound: which of them is taken goes by row alone.
    let mut library = Fingerprints::random(50, 1, 8);
    library.bits = library.bits.repeat(60);
    library.popcounts = library.popcounts.repeat(60);
    assert_search(&device, &Fingerprints::random(5, 1, 8), &library, &[0..3000]);
}

#[test]
fn nothing_to_search() {
    let device = device();
    let none = Fingerprints::random(0, 4, 1);
    let some = Fingerprints::random(20, 4, 2);
    assert_search(&device, &some, &none, &[0..0]);
    assert_search(&device, &some, &none, &[]);
    assert_search(&device, &none, &some, &[0..20]);
}

#[test]
fn threads_do_not_matter() {
    let library = Fingerprints::random(9000, 3, 9);
    let queries = Fingerprints::random(3, 3, 10);
    for threads in [1, 2, 7] {
        let device = Device::open(DeviceRequest::Cpu, Some(threads)).unwrap();
        assert_search(&device, &queries, &library, &[0..9000]);
    }
    // Threads take rows, or, where there are few, queries.
    let library = Fingerprints::random(2500, 2, 11);
    let queries = Fingerprints::random(60, 2, 12);
    for threads in [1, 2, 3, 7] {
        let device = Device::open(DeviceRequest::Cpu, Some(threads)).unwrap();
        // Tiles are laid out in each other's place.
        assert_search(&device, &queries, &library, &[0..300, 300..1700, 1700..1800, 1800..2500]);
    }
}

#[test]
fn threads_do_not_hold_much_more_than_is_wanted() {
    let library = Fingerprints::random(20_000, 1, 13);
    let device = Device::open(DeviceRequest::Cpu, Some(7)).unwrap();
    // Rows as they are, and laid out.
    for (count, wanted) in [(5, 6000), (100, 300)] {
        let queries = Fingerprints::random(count, 1, 14);
        let mut search = Search::new(&device, queries.rows(), Selection::Top(wanted)).unwrap();
        for tile in [5000..20_000, 0..5000] {
            search.scan(tile.start as u64, library.part(tile)).unwrap();
            let held = search.held();
            assert!(held <= (1 << 16), "{held} hits of {count} queries");
        }
        for (query, got) in queries.bits.chunks(1).zip(search.finish()) {
            assert_eq!(got, ranked(query, library.rows(), 0)[..wanted]);
        }
    }
}

#[test]
fn row_numbers_near_the_end() {
    let rows = Rows { bits: &[3, 1, 3], popcounts: &[2, 1, 2], words: 1 };
    for selection in [Selection::Top(2), Selection::AtLeast("0.9".parse().unwrap())] {
        let mut search =
            Search::new(&device(), Rows { bits: &[3], popcounts: &[2], words: 1 }, selection).unwrap();
        search.scan((1 << 63) - 3, rows).unwrap();
        let rows: Vec<u64> = search.finish()[0].iter().map(|hit| hit.row).collect();
        assert_eq!(rows, [(1 << 63) - 3, (1 << 63) - 1]);
    }
}

#[test]
#[should_panic(expected = "fingerprint width")]
fn another_width_panics() {
    let queries = Fingerprints::random(1, 2, 1);
    let mut search = Search::new(&device(), queries.rows(), Selection::Top(1)).unwrap();
    let _ = search.scan(0, Fingerprints::random(1, 3, 1).rows());
}

#[test]
#[should_panic(expected = "row bits")]
fn lengths_that_do_not_fit_panic() {
    let queries = Fingerprints::random(1, 2, 1);
    let mut search = Search::new(&device(), queries.rows(), Selection::Top(1)).unwrap();
    let _ = search.scan(0, Rows { bits: &[1, 2, 3], popcounts: &[1], words: 2 });
}

#[test]
fn nearest_is_the_first_of_the_definition() {
    let device = device();
    for words in [1, 2, 3, 16, 17, 32, 64, 100] {
        let rows = Fingerprints::random(40 + 600 / words, words, 20 + words as u64);
        let references = Fingerprints::random(600, words, 40 + words as u64);
        for count in [1, 2, 33, 70, 600] {
            let references = references.part(0..count);
            let mut output = Vec::new();
            nearest(&device, rows.rows(), references, &mut output).unwrap();
            assert_eq!(output.len(), rows.popcounts.len());
            for (row, got) in rows.bits.chunks(words).zip(&output) {
                let best = ranked(row, references, 0)[0];
                let index = if best.both == 0 { 0 } else { best.row as u32 };
                assert_eq!(*got, Nearest { similarity: best.similarity() as f32, index });
            }
        }
    }
}

#[test]
fn nearest_of_equals_is_the_first() {
    let rows = Rows { bits: &[0b1111, 0b1100], popcounts: &[4, 2], words: 1 };
    let references = Rows { bits: &[0b0011, 0b1100, 0b0011], popcounts: &[2, 2, 2], words: 1 };
    let mut output = Vec::new();
    nearest(&device(), rows, references, &mut output).unwrap();
    assert_eq!(output[0], Nearest { similarity: 0.5, index: 0 });
    assert_eq!(output[1], Nearest { similarity: 1.0, index: 1 });
}

#[test]
fn popcounts_that_are_wrong_do_no_harm() {
    let device = device();
    for words in [1, 6, 33] {
        let (mut library, mut references) =
            (Fingerprints::random(300, words, 50), Fingerprints::random(51, words, 51));
        let mut random = Random::new(52);
        for wrong in [0, 1, 40_000, u16::MAX] {
            for popcount in library.popcounts.iter_mut().chain(&mut references.popcounts) {
                *popcount = if random.next().is_multiple_of(3) { random.next() as u16 } else { wrong };
            }
            for count in [1, 3, 51] {
                let mut output = Vec::new();
                nearest(&device, library.rows(), references.part(0..count), &mut output).unwrap();
                assert_eq!(output.len(), 300);
                for Nearest { similarity, index } in output {
                    assert!(similarity.is_finite(), "{words} words, {count} references: {similarity}");
                    assert!((index as usize) < count, "{words} words: reference {index} of {count}");
                }
            }
            for (selection, _) in selections() {
                let mut search = Search::new(&device, references.part(0..3), selection).unwrap();
                search.scan(7, library.rows()).unwrap();
                for hits in search.finish() {
                    let mut rows: Vec<u64> = hits.iter().map(|hit| hit.row).collect();
                    rows.sort_unstable();
                    rows.dedup();
                    assert_eq!(rows.len(), hits.len(), "{words} words, {selection:?}: rows found twice");
                    assert!(rows.iter().all(|row| (7..307).contains(row)), "{words} words, {selection:?}");
                    assert!(hits.iter().all(|hit| hit.similarity().is_finite()));
                }
            }
        }
    }
}

#[test]
#[should_panic(expected = "row bits")]
fn lengths_whose_product_overflows_panic() {
    let queries = Fingerprints::random(1, 2, 1);
    let mut search = Search::new(&device(), queries.rows(), Selection::Top(1)).unwrap();
    let _ = search.scan(0, Rows { bits: &[], popcounts: &[1, 1], words: 1 << 63 });
}
