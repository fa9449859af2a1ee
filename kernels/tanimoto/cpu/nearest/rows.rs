//! Few references: tiles of rows stay in the cache while the references pass.

use rayon::prelude::*;

use super::super::super::{Nearest, Rows};
use super::super::unit::Unit;

/// Bytes of rows that one task takes: they stay in the first-level cache for all references.
const TILE_BYTES: usize = 16 << 10;

pub(super) fn nearest(rows: Rows<'_>, references: Rows<'_>, output: &mut [Nearest]) {
    let words = rows.words;
    let tile = (TILE_BYTES / (words * 8)).max(8);
    let unit = Unit::best();
    output.par_chunks_mut(tile).enumerate().for_each_init(Scratch::default, |scratch, (index, output)| {
        let from = index * tile;
        let popcounts = &rows.popcounts[from..from + output.len()];
        let bits = &rows.bits[from * words..(from + output.len()) * words];
        scratch.start(output.len());
        for (index, reference) in references.bits.chunks_exact(words).enumerate() {
            let reference_popcount = references.popcounts[index];
            let places = scratch.reachable(popcounts, reference_popcount);
            unit.bits_in_common(reference, bits, &scratch.places[..places], &mut scratch.counts);
            scratch.update(popcounts, reference_popcount, index as u32, places);
        }
        for (nearest, best) in output.iter_mut().zip(&scratch.best) {
            let similarity = f64::from(best.both) / f64::from(best.either);
            *nearest = Nearest { similarity: similarity as f32, index: best.index };
        }
    });
}

/// The best reference of a row so far, as a fraction of integers, so that no rounding decides a tie.
#[derive(Clone, Copy)]
struct Best {
    both: u32,
    /// At least 1.
    either: u32,
    index: u32,
}

impl Best {
    /// Whether `both / either` is more similar.
    #[inline(always)]
    fn is_below(self, both: u32, either: u32) -> bool {
        u64::from(both) * u64::from(self.either) > u64::from(self.both) * u64::from(either)
    }
}

#[derive(Default)]
struct Scratch {
    best: Vec<Best>,
    places: Vec<u32>,
    counts: Vec<u32>,
}

impl Scratch {
    fn start(&mut self, rows: usize) {
        self.best.clear();
        self.best.resize(rows, Best { both: 0, either: 1, index: 0 });
        self.places.resize(rows, 0);
        self.counts.resize(rows, 0);
    }

    /// Rows whose popcount allows the reference to be their best: no more bits can be shared than the smaller one has
    /// (BitBound, Swamidass and Baldi 2007). Returns their number; they are at the start of `places`.
    #[inline]
    fn reachable(&mut self, popcounts: &[u16], reference: u16) -> usize {
        let mut count = 0;
        for (place, (&popcount, &best)) in popcounts.iter().zip(&self.best).enumerate() {
            let (most, least) = (popcount.min(reference), popcount.max(reference));
            // Written in any case and kept by counting it, so that nothing is to be predicted.
            self.places[count] = place as u32;
            count += usize::from(best.is_below(u32::from(most), u32::from(least)));
        }
        count
    }

    #[inline]
    fn update(&mut self, popcounts: &[u16], reference: u16, index: u32, places: usize) {
        for (&place, &both) in self.places[..places].iter().zip(&self.counts) {
            let place = place as usize;
            let either = (u32::from(popcounts[place]) + u32::from(reference)).saturating_sub(both).max(1);
            if self.best[place].is_below(both, either) {
                self.best[place] = Best { both, either, index };
            }
        }
    }
}
