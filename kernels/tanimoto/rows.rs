//! Fingerprints as they are compared: borrowed, and owned where they must last.

use std::ops::Range;

/// Fingerprints in rows of `words` 64-bit words, with their popcounts. Bit b is bit b % 64 of word b / 64; at most
/// 65,535 bits.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// `n x words` words.
    pub bits: &'a [u64],
    /// `n` popcounts: bits set in each row. Results are undefined (but nothing worse) where they are wrong.
    pub popcounts: &'a [u16],
    /// Words of one row.
    pub words: usize,
}

impl<'a> Rows<'a> {
    /// Number of fingerprints.
    pub fn len(&self) -> usize {
        self.popcounts.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.popcounts.is_empty()
    }

    /// Some of the rows.
    ///
    /// # Panics
    /// When the range goes beyond the last one.
    pub fn part(&self, range: Range<usize>) -> Rows<'a> {
        Rows {
            bits: &self.bits[range.start * self.words..range.end * self.words],
            popcounts: &self.popcounts[range],
            words: self.words,
        }
    }

    /// The words of one row.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn row(&self, row: usize) -> &'a [u64] {
        &self.bits[row * self.words..][..self.words]
    }

    /// Panics where lengths do not fit.
    pub(super) fn check(&self, what: &str) {
        assert!(self.words > 0, "{what} width");
        assert_eq!(Some(self.bits.len()), self.len().checked_mul(self.words), "{what} bits");
    }
}

/// Fingerprints that are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedRows {
    bits: Vec<u64>,
    popcounts: Vec<u16>,
    words: usize,
}

impl OwnedRows {
    /// All of them.
    pub fn rows(&self) -> Rows<'_> {
        Rows { bits: &self.bits, popcounts: &self.popcounts, words: self.words }
    }
}

impl From<Rows<'_>> for OwnedRows {
    fn from(rows: Rows<'_>) -> Self {
        Self { bits: rows.bits.to_vec(), popcounts: rows.popcounts.to_vec(), words: rows.words }
    }
}

/// Number of set bits.
pub fn popcount(bits: &[u64]) -> u16 {
    bits.iter().map(|word| word.count_ones()).sum::<u32>() as u16
}

/// Row of each place when sorted by popcount, of equals in their order; by counting.
pub(super) fn by_popcount(popcounts: &[u16]) -> Vec<u32> {
    let most = popcounts.iter().max().map_or(0, |&most| usize::from(most));
    let mut starts = vec![0_u32; most + 2];
    for &popcount in popcounts {
        starts[usize::from(popcount) + 1] += 1;
    }
    for at in 1..starts.len() {
        starts[at] += starts[at - 1];
    }
    let mut order = vec![0; popcounts.len()];
    for (row, &popcount) in popcounts.iter().enumerate() {
        let place = &mut starts[usize::from(popcount)];
        order[*place as usize] = row as u32;
        *place += 1;
    }
    order
}
