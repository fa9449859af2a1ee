//! Tanimoto similarity of bit fingerprints: bits in common by bits in all.
//!
//! [`Search`] finds rows for queries in a library that streams by; [`References`] has one for every row.

mod counts;
mod cpu;
pub mod cuda;
mod hit;
mod measure;
#[cfg(test)]
mod parity;
mod references;
mod rows;
mod search;
mod selection;
mod spread;
mod threshold;
mod tile;

pub use counts::Counts;
pub use hit::Hit;
pub use measure::{Measure, UnknownMeasure, Weight};
pub use references::References;
pub use rows::{OwnedRows, Rows, popcount};
pub use search::Search;
pub use selection::Selection;
pub use spread::{Closest, Farthest, Spread};
pub use threshold::{Threshold, ThresholdError};
pub use tile::Tile;

use soyaku_device::{Device, Error};

/// The most similar reference of each row.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Nearest {
    /// Tanimoto similarity, 0 to 1.
    pub similarity: f32,
    /// Index of the reference; the lowest among equals.
    pub index: u32,
}

/// Widest fingerprints, in words: any count of bits fits 16 bits.
const MOST_WORDS: usize = 1023;

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
