//! What a launch has to find: common bits that are enough, and the pairs of tiles where they are possible.

use rayon::prelude::*;

use super::{Piece, TILE};
use crate::tanimoto::Measure;
use crate::tanimoto::measure::Score;

/// More bits than any fingerprint has.
const NEVER: u16 = u16::MAX;

/// A query of a launch, and what its hits must reach.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    pub(super) popcount: u32,
    pub(super) bound: Score,
}

impl Wish {
    fn is(self, other: Self) -> bool {
        let same =
            |one: Score, two: Score| (one.numerator, one.denominator) == (two.numerator, two.denominator);
        self.popcount == other.popcount && same(self.bound, other.bound)
    }
}

/// For the queries of a launch and a piece of the library.
pub(super) struct Plan {
    /// Of class c and query q: `least[c * pitch + q]`.
    pub(super) least: Vec<u16>,
    /// Queries of all query tiles.
    pub(super) pitch: usize,
    /// Of query tile t and class c: how many of the classes before c some query of the tile can find rows in, at
    /// `t * (classes + 1) + c`.
    reachable: Vec<u16>,
}

impl Plan {
    /// Runs in the device's thread pool.
    pub(super) fn new(measure: Measure, wishes: &[Wish], piece: &Piece) -> Self {
        let pitch = wishes.len().next_multiple_of(TILE);
        let (tiles, classes) = (pitch / TILE, piece.popcounts.len());
        let mut least = vec![NEVER; classes * pitch];
        let reached: Vec<Vec<bool>> = least
            .par_chunks_mut(pitch)
            .zip(&piece.popcounts)
            .map(|(least, &popcount)| {
                let popcount = u32::from(popcount);
                let mut reached = vec![false; tiles];
                let mut last: Option<(Wish, u32)> = None;
                for (query, (least, &wish)) in least.iter_mut().zip(wishes).enumerate() {
                    let common = match last {
                        Some((before, common)) if before.is(wish) => common,
                        _ => measure.least_common(wish.bound, wish.popcount, popcount),
                    };
                    last = Some((wish, common));
                    *least = common.min(u32::from(NEVER)) as u16;
                    reached[query / TILE] |= common <= wish.popcount.min(popcount);
                }
                reached
            })
            .collect();
        let mut reachable = Vec::with_capacity(tiles * (classes + 1));
        for tile in 0..tiles {
            let mut before = 0;
            reachable.push(before);
            for reached in &reached {
                before += u16::from(reached[tile]);
                reachable.push(before);
            }
        }
        Self { least, pitch, reachable }
    }

    /// Pairs of a query tile and one of these row tiles in which hits are possible, as the kernel reads them.
    pub(super) fn work(&self, piece: &Piece, row_tiles: &[u32]) -> Vec<u32> {
        let classes = piece.popcounts.len() + 1;
        let mut work = Vec::new();
        for (tile, reachable) in self.reachable.chunks_exact(classes).enumerate() {
            let possible = |row_tile: &&u32| {
                let (first, last) = piece.spans[**row_tile as usize];
                reachable[usize::from(first)] < reachable[usize::from(last) + 1]
            };
            work.extend(row_tiles.iter().filter(possible).map(|row_tile| (tile as u32) << 20 | row_tile));
        }
        work
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tanimoto::Threshold;
    use crate::tanimoto::rows::by_popcount;

    #[test]
    fn work_is_where_popcounts_allow_a_hit() {
        let popcounts: Vec<u16> = (0..2000).map(|row| (row / 13) as u16).collect();
        let piece = Piece::cut(&popcounts, &by_popcount(&popcounts), 5000).swap_remove(0);
        let row_tiles: Vec<u32> = (0..piece.spans.len() as u32).collect();
        for text in ["0", "0.3", "0.85", "1"] {
            let threshold: Threshold = text.parse().unwrap();
            let bound = Measure::Tanimoto.threshold(threshold);
            let wishes: Vec<Wish> = (0..150_u32).map(|query| Wish { popcount: query, bound }).collect();
            let plan = Plan::new(Measure::Tanimoto, &wishes, &piece);
            assert_eq!(plan.pitch, 256);
            let work = plan.work(&piece, &row_tiles);
            for query_tile in 0..2_u32 {
                for &row_tile in &row_tiles {
                    let rows = row_tile as usize * TILE..popcounts.len().min((row_tile as usize + 1) * TILE);
                    let possible = popcounts[rows].iter().any(|&popcount| {
                        let mut queries = wishes.iter().skip(query_tile as usize * TILE).take(TILE);
                        queries.any(|wish| {
                            let (first, last) = threshold.popcounts(wish.popcount as u16);
                            (first..=last).contains(&popcount)
                        })
                    });
                    assert_eq!(work.contains(&(query_tile << 20 | row_tile)), possible, "{text}");
                }
            }
            assert!(plan.least.iter().skip(150).take(106).all(|&least| least == NEVER));
        }
    }
}
