//! Tanimoto similarity of bit fingerprints: bits in common by bits in all.
//!
//! [`Search`] finds rows for queries in a library that streams by; [`References`] has one for every row.

mod cpu;
pub mod cuda;
mod hit;
#[cfg(test)]
mod parity;
mod references;
mod search;
mod selection;
mod threshold;

pub use hit::Hit;
pub use references::References;
pub use search::Search;
pub use selection::Selection;
pub use threshold::{Threshold, ThresholdError};

use soyaku_device::{Device, Error};

/// The most similar reference of each row.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Nearest {
    /// Tanimoto similarity, 0 to 1.
    pub similarity: f32,
    /// Index of the reference; the lowest among equals.
    pub index: u32,
}

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

impl Rows<'_> {
    /// Number of fingerprints.
    pub fn len(&self) -> usize {
        self.popcounts.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.popcounts.is_empty()
    }

    /// Panics where lengths do not fit.
    fn check(&self, what: &str) {
        assert!(self.words > 0, "{what} width");
        assert_eq!(Some(self.bits.len()), self.len().checked_mul(self.words), "{what} bits");
    }
}

/// For each fingerprint of `rows`, the most similar of `references`: one batch of [`References::nearest`].
///
/// # Errors
/// None on the CPU; on a GPU what its memory and driver say.
///
/// # Panics
/// When widths differ, lengths do not fit, or there is no reference.
pub fn nearest(
    device: &Device,
    rows: Rows<'_>,
    references: Rows<'_>,
    output: &mut Vec<Nearest>,
) -> Result<(), Error> {
    References::new(device, references).nearest(rows, output)
}

/// Number of set bits.
pub fn popcount(bits: &[u64]) -> u16 {
    bits.iter().map(|word| word.count_ones()).sum::<u32>() as u16
}
