//! The nearest reference of each row: references in order, an upper bound from popcounts first.

use rayon::prelude::*;

use super::super::{Nearest, Rows};
use crate::rows::vectorized;

/// Rows that one task takes.
const TILE: usize = 64;

pub(in super::super) fn nearest(rows: Rows<'_>, references: Rows<'_>, output: &mut [Nearest]) {
    let words = rows.words;
    output.par_chunks_mut(TILE).enumerate().for_each(|(tile, chunk)| {
        vectorized(
            #[inline(always)]
            || {
                for (offset, nearest) in chunk.iter_mut().enumerate() {
                    let row = tile * TILE + offset;
                    *nearest = nearest_of(
                        &rows.bits[row * words..(row + 1) * words],
                        u32::from(rows.popcounts[row]),
                        references,
                    );
                }
            },
        );
    });
}

/// Keeps the best as a fraction of integers, so that no rounding decides a tie.
#[inline(always)]
fn nearest_of(bits: &[u64], popcount: u32, references: Rows<'_>) -> Nearest {
    let (mut best, mut best_both, mut best_either) = (0_usize, 0_u64, 1_u64);
    for (index, reference) in references.bits.chunks_exact(references.words).enumerate() {
        let reference_popcount = u32::from(references.popcounts[index]);
        // No more bits can be shared than the smaller one has (BitBound, Swamidass and Baldi 2007).
        let most = u64::from(popcount.min(reference_popcount));
        let least = u64::from(popcount.max(reference_popcount));
        if most * best_either <= best_both * least {
            continue;
        }
        let both: u32 = bits.iter().zip(reference).map(|(a, b)| (a & b).count_ones()).sum();
        let (both, either) = (u64::from(both), u64::from(popcount + reference_popcount - both));
        if both * best_either > best_both * either {
            (best, best_both, best_either) = (index, both, either);
        }
    }
    Nearest { similarity: (best_both as f64 / best_either as f64) as f32, index: best as u32 }
}
