//! Every unit against the definition: the processor's best one is all that a search uses.

use super::super::super::{Rows, popcount};
use super::super::sliced::Sliced;
use super::super::unit::Unit;
use super::*;
use crate::testing::Random;

/// Numbers of set bits at both sides of each height of the counter.
const SET: [usize; 20] =
    [0, 1, 7, 8, 9, 15, 16, 17, 31, 32, 63, 64, 127, 128, 255, 256, 1023, 1024, 4095, 4096];

/// So many bits, spread over a fingerprint.
fn with_bits(set: usize, words: usize, random: &mut Random) -> Vec<u64> {
    let mut bits: Vec<usize> = (0..words * 64).collect();
    let mut fingerprint = vec![0; words];
    for index in 0..set {
        bits.swap(index, index + random.next() as usize % (words * 64 - index));
        fingerprint[bits[index] / 64] |= 1 << (bits[index] % 64);
    }
    fingerprint
}

/// Nothing, everything, the query, all but the query, and anything in between.
fn rows_for(query: &[u64], count: usize, random: &mut Random) -> Vec<u64> {
    let mut rows = Vec::with_capacity(query.len() * count);
    for row in 0..count {
        let kind = random.next() % 8;
        rows.extend(query.iter().map(|&bits| match (row, kind) {
            (0, _) => 0,
            (1, _) => u64::MAX,
            (2, _) => bits,
            (3, _) => !bits,
            (_, 0) => bits & random.next(),
            (_, 1) => bits ^ (random.next() & random.next() & random.next()),
            (_, 2) => random.next() & random.next() & random.next(),
            _ => random.next(),
        }));
    }
    rows
}

/// The rows of all blocks with their bits in common.
fn found(unit: Unit, sliced: &Sliced, query: Query<'_>, need: u32) -> Vec<(u32, u32)> {
    let mut found = Vec::new();
    // Of the block before, what is not written would remain.
    let mut reached = Reached::default();
    for block in (0..sliced.blocks()).map(|block| sliced.block(block)) {
        let before = found.len();
        let is_any = unit.reaching_in_block(block, query, need, &mut reached);
        if is_any {
            let mut all = 0;
            reached.for_each(|place, both| {
                all += 1;
                found.extend(block.order.get(place).map(|&row| (row, both)));
            });
            assert_eq!(reached.count(), all);
        }
        assert!(is_any || found.len() == before);
    }
    found.sort_unstable();
    found
}

fn assert_equals_definition(query: &[u64], rows: Rows<'_>, needs: &[u32]) {
    let mut queries = Queries::new(rows.words);
    // Not the first one, so that its planes begin somewhere.
    queries.push(rows.row(1));
    queries.push(query);
    let both = |row| query.iter().zip(rows.row(row)).map(|(a, b)| (a & b).count_ones()).sum::<u32>();
    let expected: Vec<(u32, u32)> = (0..rows.len()).map(|row| (row as u32, both(row))).collect();
    for unit in Unit::present() {
        let mut sliced = Sliced::default();
        sliced.fill(unit, rows);
        for &need in needs {
            let expected: Vec<_> = expected.iter().copied().filter(|(_, both)| *both >= need).collect();
            let got = found(unit, &sliced, queries.get(1), need);
            assert!(got == expected, "{unit:?}, {} bits, need {need}: {got:?}", popcount(query));
        }
    }
}

#[test]
fn counters_of_every_height_on_every_unit() {
    let mut random = Random::new(3);
    for set in SET {
        let words = (set / 64 + 1).max(3);
        let query = with_bits(set, words, &mut random);
        let bits = rows_for(&query, BLOCK + 9, &mut random);
        let popcounts: Vec<u16> = bits.chunks(words).map(popcount).collect();
        let set = set as u32;
        // All that a counter can start with, for few bits; for many, those beside powers of two.
        let mut needs: Vec<u32> = (0..=set.min(33)).chain([set / 2, set, set + 1]).collect();
        needs.extend((5..13).flat_map(|power| [(1 << power) - 1, 1 << power, (1 << power) + 1]));
        needs.retain(|&need| need <= set + 1);
        assert_equals_definition(&query, Rows { bits: &bits, popcounts: &popcounts, words }, &needs);
    }
}

#[test]
fn the_widest_fingerprints() {
    let bits = [vec![u64::MAX; MOST_WORDS], vec![0; MOST_WORDS], vec![u64::MAX << 1; MOST_WORDS]].concat();
    let popcounts: Vec<u16> = bits.chunks(MOST_WORDS).map(popcount).collect();
    let rows = Rows { bits: &bits, popcounts: &popcounts, words: MOST_WORDS };
    let all = MOST_WORDS as u32 * 64;
    let needs = [0, 1, all - MOST_WORDS as u32, all - MOST_WORDS as u32 + 1, 1 << 15, all, all + 1];
    assert_equals_definition(rows.row(0), rows, &needs);
}
