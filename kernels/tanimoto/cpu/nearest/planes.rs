//! Many references, in planes of bits: each row passes over their blocks, those of similar popcounts first.

use rayon::prelude::*;

use super::super::super::measure::Score;
use super::super::super::{Hit, Measure, Nearest, Rows};
use super::super::planes::{Queries, Reached};
use super::super::sliced::Sliced;
use super::super::unit::Unit;

/// Rows that one task takes.
const TOGETHER: usize = 256;

pub(super) fn nearest(unit: Unit, rows: Rows<'_>, references: &Sliced, output: &mut [Nearest]) {
    output.par_chunks_mut(TOGETHER).enumerate().for_each_init(
        Reached::default,
        |reached, (index, output)| {
            let from = index * TOGETHER;
            let mut planes = Queries::new(rows.words);
            (from..from + output.len()).for_each(|row| planes.push(rows.row(row)));
            for (query, output) in output.iter_mut().enumerate() {
                let popcount = u32::from(rows.popcounts[from + query]);
                let mut best = Hit { row: 0, both: 0, either: 1 };
                let above = references.blocks_below(popcount);
                for block in (above..references.blocks()).chain((0..above).rev()) {
                    let block = references.block(block);
                    // One that is as similar counts too where it comes first; of similarity 0 the first one is known.
                    let bound =
                        Score { numerator: u64::from(best.both), denominator: u64::from(best.either) };
                    let need = Measure::Tanimoto.least_common(bound, popcount, block.least_popcount()).max(1);
                    if !unit.reaching_in_block(block, planes.get(query), need, reached) {
                        continue;
                    }
                    reached.for_each(|place, both| {
                        let either =
                            (popcount + u32::from(block.popcounts[place])).saturating_sub(both).max(1);
                        let hit = Hit { row: u64::from(block.order[place]), both, either };
                        if hit.cmp_rank(&best).is_lt() {
                            best = hit;
                        }
                    });
                }
                *output = Nearest { similarity: best.similarity() as f32, index: best.row as u32 };
            }
        },
    );
}
