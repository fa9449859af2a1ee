//! Tiles, the other measures, and counts against the plain definition.

use super::{Fingerprints, device};
use crate::tanimoto::{Counts, Hit, Measure, OwnedRows, Rows, Search, Selection, Threshold, Tile};

/// A similarity by the definition, as a fraction of integers that orders as it does.
pub(super) fn fraction(measure: Measure, query: &[u64], row: &[u64]) -> (u128, u128) {
    let count = |one: &[u64], two: &[u64], bit: fn(u64, u64) -> u64| -> u128 {
        one.iter().zip(two).map(|(a, b)| u128::from(bit(*a, *b).count_ones())).sum()
    };
    let both = count(query, row, |a, b| a & b);
    let (only_query, only_row) = (count(query, row, |a, b| a & !b), count(query, row, |a, b| b & !a));
    let (numerator, denominator) = match measure {
        Measure::Tanimoto => (both, both + only_query + only_row),
        Measure::Dice => (2 * both, 2 * both + only_query + only_row),
        Measure::Cosine => (both * both, (both + only_query) * (both + only_row)),
        Measure::Tversky { alpha, beta } => {
            let (alpha, beta) = ((alpha.value() * 1e6).round() as u128, (beta.value() * 1e6).round() as u128);
            (1_000_000 * both, 1_000_000 * both + alpha * only_query + beta * only_row)
        }
    };
    (numerator, denominator.max(1))
}

fn measures() -> [Measure; 6] {
    ["tanimoto", "dice", "cosine", "tversky:0.3,0.7", "tversky:1,0", "tversky:0,0"]
        .map(|text| text.parse().unwrap())
}

fn selections() -> Vec<Selection> {
    let at_least =
        ["0", "0.25", "0.333333333", "0.6", "1"].map(|text| Selection::AtLeast(text.parse().unwrap()));
    [0, 1, 9, 100, usize::MAX].map(Selection::Top).into_iter().chain(at_least).collect()
}

/// Whether a fraction reaches the threshold.
fn is_met(measure: Measure, (numerator, denominator): (u128, u128), threshold: Threshold) -> bool {
    let power = if measure == Measure::Cosine { 2 } else { 1 };
    let (n, d) = (u128::from(threshold.numerator()), u128::from(threshold.denominator()));
    numerator * d.pow(power) >= n.pow(power) * denominator
}

/// A row with its similarity to a query.
type Ranked = Vec<(u64, (u128, u128))>;

/// All rows in the order of results.
fn ranked(measure: Measure, query: &[u64], rows: Rows<'_>, first: u64) -> Ranked {
    let mut all: Ranked =
        (0..rows.len()).map(|row| (first + row as u64, fraction(measure, query, rows.row(row)))).collect();
    all.sort_by(|(row, a), (other, b)| (b.0 * a.1).cmp(&(a.0 * b.1)).then(row.cmp(other)));
    all
}

/// Those that are wanted.
fn wanted(measure: Measure, selection: Selection, ranked: &Ranked) -> Vec<u64> {
    let count = match selection {
        Selection::Top(count) => count.min(ranked.len()),
        Selection::AtLeast(threshold) => {
            ranked.iter().filter(|(_, fraction)| is_met(measure, *fraction, threshold)).count()
        }
    };
    ranked[..count].iter().map(|(row, _)| *row).collect()
}

fn assert_tiles(queries: Rows<'_>, library: &Fingerprints, ends: &[usize]) {
    const FIRST: u64 = 1 << 33;
    let device = device();
    let tile =
        |ends: &[usize]| Tile::new(&device, FIRST + ends[0] as u64, library.part(ends[0]..ends[1])).unwrap();
    let tiles: Vec<Tile> = ends.windows(2).map(tile).collect();
    for (turn, measure) in measures().into_iter().enumerate() {
        let rank = |query| ranked(measure, queries.row(query), library.rows(), FIRST);
        let ranked: Vec<Ranked> = (0..queries.len()).map(rank).collect();
        for (place, selection) in selections().into_iter().enumerate() {
            // Emulated GPUs take their time: each measure and each selection, but not each with each.
            if !device.gpus().is_empty() && !(turn + place).is_multiple_of(3) {
                continue;
            }
            let mut search = Search::with_measure(&device, queries, measure, selection).unwrap();
            tiles.iter().rev().for_each(|tile| search.scan_tile(tile).unwrap());
            let held = search.held();
            let found = search.finish();
            assert!(held >= found.iter().map(Vec::len).sum());
            for (query, hits) in found.iter().enumerate() {
                let rows: Vec<u64> = hits.iter().map(|hit| hit.row).collect();
                let wanted = wanted(measure, selection, &ranked[query]);
                assert_eq!(rows, wanted, "{} words, {measure}, {selection:?}, query {query}", queries.words);
                hits.iter().for_each(|hit| assert_hit(measure, queries, query, library, hit, FIRST));
            }
            if let Selection::AtLeast(threshold) = selection {
                let mut counts = Counts::new(&device, queries, measure, threshold);
                tiles.iter().for_each(|tile| counts.scan_tile(tile).unwrap());
                let expected: Vec<u64> = found.iter().map(|hits| hits.len() as u64).collect();
                assert_eq!(counts.finish(), expected, "{measure}, {selection:?}");
            }
        }
    }
}

fn assert_hit(
    measure: Measure,
    queries: Rows<'_>,
    query: usize,
    library: &Fingerprints,
    hit: &Hit,
    first: u64,
) {
    let (numerator, denominator) =
        fraction(measure, queries.row(query), library.rows().row((hit.row - first) as usize));
    let defined = numerator as f64 / denominator as f64;
    let defined = if measure == Measure::Cosine { defined.sqrt() } else { defined };
    let similarity = measure.similarity(queries.popcounts[query], hit);
    let tolerance = if measure == Measure::Cosine { 1e-15 } else { 0.0 };
    assert!((similarity - defined).abs() <= tolerance, "{measure}: {similarity} for {defined}");
}

#[test]
fn tiles_of_several_blocks_and_few_queries() {
    for words in [1, 3, 32] {
        let library = Fingerprints::random(1300, words, 200 + words as u64);
        let queries = Fingerprints::random(3, words, 300 + words as u64);
        assert_tiles(queries.rows(), &library, &[0, 1, 600, 1300]);
    }
}

#[test]
fn many_queries() {
    for words in [1, 2, 5, 16] {
        let library = Fingerprints::random(700, words, 400 + words as u64);
        let queries = Fingerprints::random(64, words, 500 + words as u64);
        assert_tiles(queries.rows(), &library, &[0, 511, 700]);
    }
}

#[test]
fn the_library_against_itself() {
    let library = Fingerprints::random(513, 4, 600);
    assert_tiles(library.rows(), &library, &[0, 513]);
}

#[test]
fn counters_of_every_height() {
    // Queries and rows of 1, 2, 4, ... bits, up to all of the widest kind that libraries have.
    const WORDS: usize = 256;
    let bits: Vec<u64> = (0..=14)
        .flat_map(|power| {
            let set = 1_usize << power;
            (0..WORDS).map(move |word| match set.saturating_sub(word * 64) {
                0 => 0,
                left @ 1..64 => (1 << left) - 1,
                _ => u64::MAX,
            })
        })
        .collect();
    let popcounts: Vec<u16> = bits.chunks(WORDS).map(crate::tanimoto::popcount).collect();
    let library = Fingerprints { bits, popcounts, words: WORDS };
    assert_eq!(library.popcounts[14], 16_384);
    assert_tiles(library.rows(), &library, &[0, 15]);
}

#[test]
fn a_tile_is_filled_again() {
    let device = device();
    let (many, few) = (Fingerprints::random(900, 2, 1), Fingerprints::random(30, 3, 2));
    let mut tile = Tile::new(&device, 0, many.rows()).unwrap();
    tile.refill(&device, 70, few.rows()).unwrap();
    assert_eq!((tile.len(), tile.first_row(), tile.words()), (30, 70, 3));
    let mut search = Search::new(&device, few.part(4..5), Selection::Top(30)).unwrap();
    search.scan_tile(&tile).unwrap();
    let rows: Vec<u64> = search.finish()[0].iter().map(|hit| hit.row).collect();
    let ranked = ranked(Measure::Tanimoto, few.rows().row(4), few.rows(), 70);
    assert_eq!(rows, wanted(Measure::Tanimoto, Selection::Top(30), &ranked));
}

#[test]
fn nothing_in_a_tile_and_no_query() {
    let device = device();
    let (none, some) = (Fingerprints::random(0, 2, 1), Fingerprints::random(9, 2, 2));
    let (empty, full) =
        (Tile::new(&device, 5, none.rows()).unwrap(), Tile::new(&device, 5, some.rows()).unwrap());
    assert!(empty.is_empty() && !full.is_empty());
    for (queries, tile) in [(&some, &empty), (&none, &full), (&none, &empty)] {
        for selection in selections() {
            let mut search = Search::new(&device, queries.rows(), selection).unwrap();
            search.scan_tile(tile).unwrap();
            assert!(search.finish().iter().all(Vec::is_empty));
        }
        let mut counts = Counts::new(&device, queries.rows(), Measure::Tanimoto, Threshold::ZERO);
        counts.scan_tile(tile).unwrap();
        assert_eq!(counts.finish(), vec![0; queries.popcounts.len()]);
    }
}

#[test]
fn wrong_popcounts_in_a_tile_do_no_harm() {
    let device = device();
    let mut library = Fingerprints::random(600, 3, 9);
    let queries = OwnedRows::from(library.part(0..40));
    for (row, popcount) in library.popcounts.iter_mut().enumerate() {
        *popcount = [0, u16::MAX, 40_000, *popcount][row % 4];
    }
    let tile = Tile::new(&device, 7, library.rows()).unwrap();
    for (turn, measure) in measures().into_iter().enumerate() {
        for (place, selection) in selections().into_iter().enumerate() {
            if !device.gpus().is_empty() && !(turn + place).is_multiple_of(3) {
                continue;
            }
            let mut search = Search::with_measure(&device, queries.rows(), measure, selection).unwrap();
            search.scan_tile(&tile).unwrap();
            for hits in search.finish() {
                assert!(hits.iter().all(|hit| (7..607).contains(&hit.row)));
            }
        }
    }
}

#[test]
#[should_panic(expected = "fingerprint width")]
fn a_tile_of_another_width_panics() {
    let device = device();
    let tile = Tile::new(&device, 0, Fingerprints::random(3, 2, 1).rows()).unwrap();
    let mut search = Search::new(&device, Fingerprints::random(3, 3, 1).rows(), Selection::Top(1)).unwrap();
    let _ = search.scan_tile(&tile);
}
