//! How many rows of tiles are similar to each query.

use std::cmp::Ordering;

use rayon::prelude::*;

use super::super::measure::Score;
use super::super::{Hit, Measure, Rows};
use super::planes::{Queries, Reached};
use super::scan::{Ahead, share};
use super::sliced::{Block, Sliced};
use super::unit::Unit;

/// What has been counted so far.
pub(in super::super) struct Counts {
    unit: Unit,
    measure: Measure,
    bound: Score,
    popcounts: Vec<u16>,
    planes: Queries,
    counts: Vec<u64>,
}

impl Counts {
    pub(in super::super) fn new(queries: Rows<'_>, measure: Measure, bound: Score) -> Self {
        let mut planes = Queries::new(queries.words);
        (0..queries.len()).for_each(|query| planes.push(queries.row(query)));
        Self {
            unit: Unit::best(),
            measure,
            bound,
            popcounts: queries.popcounts.to_vec(),
            planes,
            counts: vec![0; queries.len()],
        }
    }

    /// Runs in the device's thread pool.
    pub(in super::super) fn scan(&mut self, threads: usize, tile: &Sliced) {
        let Self { unit, measure, bound, popcounts, planes, counts } = self;
        let job = Job { unit: *unit, measure: *measure, bound: *bound };
        let share = share(counts.len(), threads);
        counts.par_chunks_mut(share).enumerate().for_each_init(
            Reached::default,
            |reached, (index, counts)| {
                let from = index * share;
                for index in 0..tile.blocks() {
                    let block = tile.block(index);
                    let next = Some(index + 1).filter(|&next| next < tile.blocks());
                    let mut ahead = Ahead::new(tile, next.as_ref(), counts.len());
                    for (query, count) in (from..).zip(counts.iter_mut()) {
                        ahead.prefetch();
                        let popcount = u32::from(popcounts[query]);
                        *count += job.count(block, popcount, planes, query, reached);
                    }
                }
            },
        );
    }

    pub(in super::super) fn finish(self) -> Vec<u64> {
        self.counts
    }
}

struct Job {
    unit: Unit,
    measure: Measure,
    bound: Score,
}

impl Job {
    #[inline]
    fn count(
        &self,
        block: Block<'_>,
        popcount: u32,
        planes: &Queries,
        query: usize,
        reached: &mut Reached,
    ) -> u64 {
        let (least, most) = (block.least_popcount(), block.most_popcount());
        let need = self.measure.least_common(self.bound, popcount, least);
        if need == 0 {
            return block.order.len() as u64;
        }
        if !self.unit.reaching_in_block(block, planes.get(query), need, reached) {
            return 0;
        }
        // What is enough for the first row is enough for all, or is looked at row by row.
        if least == most || self.measure.least_common(self.bound, popcount, most) == need {
            return u64::from(reached.count());
        }
        let mut count = 0;
        reached.for_each(|place, both| {
            let either = (popcount + u32::from(block.popcounts[place])).saturating_sub(both);
            let score = self.measure.score(popcount, &Hit { row: 0, both, either });
            count += u64::from(score.cmp(self.bound) != Ordering::Less);
        });
        count
    }
}
