//! Picks against the plain definition.

use std::cmp::Reverse;

use soyaku_device::{Device, DeviceRequest};

use super::{Fingerprints, device};
use crate::tanimoto::{Closest, Measure, Rows, Spread, Tile};

/// The similarity of a pick and a row as a fraction that orders as it does.
fn fraction(measure: Measure, pick: &[u64], row: &[u64]) -> (u128, u128) {
    super::tiles::fraction(measure, pick, row)
}

/// For each pick after those given: the row, and its similarity to the nearest one before.
fn expected(measure: Measure, rows: Rows<'_>, given: &[usize], count: usize) -> Vec<(u64, (u128, u128))> {
    let mut nearest = vec![(0, 1); rows.len()];
    let mut left: Vec<usize> = (0..rows.len()).collect();
    let take = |pick: usize, left: &mut Vec<usize>, nearest: &mut Vec<(u128, u128)>| {
        left.retain(|&row| row != pick);
        for &row in left.iter() {
            let (n, d) = fraction(measure, rows.row(pick), rows.row(row));
            if n * nearest[row].1 > nearest[row].0 * d {
                nearest[row] = (n, d);
            }
        }
    };
    given.iter().for_each(|&pick| take(pick, &mut left, &mut nearest));
    let mut picks = Vec::new();
    while picks.len() < count && !left.is_empty() {
        let mut best = left[0];
        for &row in &left {
            if nearest[row].0 * nearest[best].1 < nearest[best].0 * nearest[row].1 {
                best = row;
            }
        }
        picks.push((best as u64, nearest[best]));
        take(best, &mut left, &mut nearest);
    }
    picks
}

fn measures() -> [Measure; 5] {
    ["tanimoto", "dice", "cosine", "tversky:0.3,0.7", "tversky:1,0"].map(|text| text.parse().unwrap())
}

fn tile(library: &Fingerprints, from: usize, to: usize) -> Tile {
    Tile::new(&device(), FIRST + from as u64, library.part(from..to)).unwrap()
}

const FIRST: u64 = 1 << 33;

fn assert_picks(measure: Measure, library: &Fingerprints, ends: &[usize], given: &[usize], count: usize) {
    let mut spread = Spread::new(&device(), measure, library.words);
    // Half of the picks are known before there is a row.
    let (before, after) = given.split_at(given.len() / 2);
    let known = |spread: &mut Spread, picks: &[usize]| {
        picks.iter().for_each(|&pick| spread.compare_with(library.part(pick..pick + 1)));
    };
    known(&mut spread, before);
    ends.windows(2).for_each(|ends| spread.add_tile(tile(library, ends[0], ends[1]), None));
    known(&mut spread, after);
    let mut away: Vec<u64> = given.iter().map(|&row| FIRST + row as u64).chain([3, u64::MAX]).collect();
    away.sort_unstable();
    spread.remove(&away);
    let wanted = expected(measure, library.rows(), given, count);
    let mut fingerprint = Vec::new();
    for (pick, (row, (n, d))) in wanted.iter().enumerate() {
        let farthest = spread.farthest();
        let got = spread.pick(&mut fingerprint).unwrap();
        assert_eq!(Some(got), farthest);
        assert_eq!(got.row, FIRST + row, "{measure}, {} words, pick {pick}", library.words);
        assert_eq!(fingerprint, library.rows().row(*row as usize));
        let similarity = *n as f64 / *d as f64;
        let similarity = if measure == Measure::Cosine { similarity.sqrt() } else { similarity };
        assert!((got.closest.similarity(measure) - similarity).abs() < 1e-15);
    }
    if wanted.len() < count {
        assert_eq!(spread.pick(&mut fingerprint), None);
        assert_eq!(spread.farthest(), None);
    }
}

#[test]
fn picks_are_those_of_the_definition() {
    for (words, rows, ends, count) in [
        (1, 700, &[0, 100, 513, 700][..], 120),
        (2, 1300, &[0, 1300], 60),
        (3, 90, &[0, 1, 2, 90], 100),
        (16, 600, &[0, 600], 80),
    ] {
        let library = Fingerprints::random(rows, words, 31 + words as u64);
        for measure in measures() {
            assert_picks(measure, &library, ends, &[rows / 2], count);
            assert_picks(measure, &library, ends, &[0, 1, 7, 8, 9, rows - 1, 5], count);
        }
    }
}

#[test]
fn threads_do_not_matter_to_picks() {
    // Enough blocks that have missed enough picks for threads to share them.
    let library = Fingerprints::random(20_000, 2, 41);
    let given: Vec<usize> = (0..40).collect();
    let rows: Vec<u64> = (0..40).collect();
    for measure in ["tanimoto", "cosine"].map(|text| text.parse().unwrap()) {
        let wanted = expected(measure, library.rows(), &given, 25);
        for threads in [1, 2, 5] {
            let device = Device::open(DeviceRequest::Cpu, Some(threads)).unwrap();
            let mut spread = Spread::new(&device, measure, 2);
            spread.add_tile(Tile::new(&device, 0, library.rows()).unwrap(), None);
            spread.compare_with(library.part(0..40));
            spread.remove(&rows);
            let mut fingerprint = Vec::new();
            for (row, (n, d)) in &wanted {
                let got = spread.pick(&mut fingerprint).unwrap();
                assert_eq!(got.row, *row, "{measure}, {threads} threads");
                let similarity = *n as f64 / *d as f64;
                let similarity = if measure == Measure::Cosine { similarity.sqrt() } else { similarity };
                assert!((got.closest.similarity(measure) - similarity).abs() < 1e-15);
            }
        }
    }
}

/// Few bits, so that nearly all similarities are equal to others, with empty and equal fingerprints.
fn ties(rows: usize) -> Fingerprints {
    let random = Fingerprints::random(rows, 1, 77);
    let bits: Vec<u64> = random.bits.iter().map(|bits| bits & bits >> 7 & 0b1_0110_1011).collect();
    let popcounts = bits.iter().map(|bits| bits.count_ones() as u16).collect();
    Fingerprints { bits, popcounts, words: 1 }
}

#[test]
fn of_equals_the_lowest_row_is_picked() {
    let library = ties(640);
    for measure in measures() {
        assert_picks(measure, &library, &[0, 600, 640], &[11], 640);
        assert_picks(measure, &library, &[0, 640], &[], 50);
    }
    let same = Fingerprints { bits: vec![0b1100; 520], popcounts: vec![2; 520], words: 1 };
    assert_picks(Measure::Tanimoto, &same, &[0, 520], &[7], 521);
    let empty = Fingerprints { bits: vec![0; 520], popcounts: vec![0; 520], words: 1 };
    assert_picks(Measure::Tanimoto, &empty, &[0, 520], &[7], 521);
}

#[test]
fn rows_that_were_compared_before_go_on() {
    let library = Fingerprints::random(900, 2, 5);
    for measure in measures() {
        let picks = [4_usize, 700, 31, 32];
        let whole = tile(&library, 0, 900);
        let mut closest: Vec<Closest> =
            library.popcounts.iter().map(|&bits| Closest::nothing(bits)).collect();
        for picks in [&picks[..1], &picks[1..]] {
            for &pick in picks {
                whole.raise(&device(), measure, library.part(pick..pick + 1), &mut closest).unwrap();
                closest[pick] = Closest::PICKED;
            }
        }
        // The nearer half of the rows stays away; it is not needed for as long as the other one has rows below.
        let mut order: Vec<usize> = (0..900).filter(|row| !closest[*row].is_picked()).collect();
        order.sort_by(|&one, &two| closest[one].cmp_similarity(&closest[two], measure).then(one.cmp(&two)));
        let bound = closest[order[450]];
        let mut kept = order[..450].to_vec();
        kept.sort_unstable();
        let gather = Fingerprints {
            bits: kept.iter().flat_map(|&row| library.rows().row(row).to_vec()).collect(),
            popcounts: kept.iter().map(|&row| library.popcounts[row]).collect(),
            words: 2,
        };
        let known: Vec<Closest> = kept.iter().map(|&row| closest[row]).collect();
        let mut spread = Spread::new(&device(), measure, 2);
        spread.add_tile(Tile::new(&device(), 0, gather.rows()).unwrap(), Some(&known));
        let (mut got, mut fingerprint) = (Vec::new(), Vec::new());
        while let Some(next) = spread.farthest() {
            let (row, bound_row) = (kept[next.row as usize], order[450]);
            if next.closest.cmp_similarity(&bound, measure).then(row.cmp(&bound_row)).is_ge() {
                break;
            }
            spread.pick(&mut fingerprint);
            got.push(row as u64);
        }
        let wanted = expected(measure, library.rows(), &picks, got.len());
        assert!(got.len() > 5, "{measure}: {}", got.len());
        assert_eq!(got, wanted.iter().map(|pick| pick.0).collect::<Vec<_>>(), "{measure}");
    }
}

#[test]
fn wrong_popcounts_do_no_harm() {
    let mut library = Fingerprints::random(600, 3, 9);
    for (row, popcount) in library.popcounts.iter_mut().enumerate() {
        *popcount = [0, u16::MAX, 40_000, *popcount][row % 4];
    }
    for measure in measures() {
        let mut spread = Spread::new(&device(), measure, 3);
        spread.add_tile(tile(&library, 0, 600), None);
        let mut fingerprint = Vec::new();
        let mut rows: Vec<u64> =
            std::iter::from_fn(|| spread.pick(&mut fingerprint)).map(|p| p.row).collect();
        rows.sort_unstable_by_key(|row| Reverse(*row));
        rows.dedup();
        assert_eq!(rows.len(), 600, "{measure}");
    }
}

#[test]
fn thresholds_are_compared_exactly() {
    let rows = Rows { bits: &[0b0111_1111], popcounts: &[7], words: 1 };
    let mut spread = Spread::new(&device(), Measure::Tanimoto, 1);
    spread.compare_with(Rows { bits: &[0b11_1111_1111], popcounts: &[10], words: 1 });
    spread.add_tile(Tile::new(&device(), 0, rows).unwrap(), None);
    let closest = spread.farthest().unwrap().closest;
    assert_eq!(closest.similarity(Measure::Tanimoto), 0.7);
    assert!(closest.reaches(Measure::Tanimoto, "0.7".parse().unwrap()));
    assert!(!closest.reaches(Measure::Tanimoto, "0.700000001".parse().unwrap()));
}
