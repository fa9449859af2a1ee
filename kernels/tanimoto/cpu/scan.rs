//! Tiles of a library against some queries.
//!
//! Few queries: threads take parts of a tile and keep what they find for themselves until the end, or until they hold
//! much more than is wanted; they share the bound that a row must reach, query by query. Many queries: threads take some
//! of them through the whole tile. Which rows are skipped depends on timing, but only ever rows that cannot be among the
//! results.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;
use soyaku_device::Device;

use super::super::measure::Score;
use super::super::selection::Found;
use super::super::{Hit, Measure, Rows, Selection, Threshold};
use super::bounds::Bounds;
use super::planes::{self, Plane, Queries};
use super::reach::{Reach, Reached};
use super::sliced::{Block, Sliced};
use super::unit::Unit;

/// Bytes of rows that all queries see before the next ones come: they stay in the first-level cache.
const BLOCK_BYTES: usize = 32 << 10;
/// Bytes of rows that a thread takes at a time.
const PIECE_BYTES: usize = 1 << 20;
/// From so many queries on it pays to lay out rows for comparison.
const PAYS: usize = 40;
/// Blocks that a thread takes at a time, for few queries, at most.
const IN_A_ROW: usize = 16;
/// From so many queries for each thread on threads take queries instead of rows.
const MANY: usize = 16;
/// Queries that pass over a block while it stays in the cache, at most: their planes take as much as a block.
const TOGETHER: usize = 4096;

/// Hits that threads hold for themselves in any case, all together.
const HELD: usize = 1 << 16;

/// What the queries have found so far.
pub(in super::super) struct Scan {
    unit: Unit,
    measure: Measure,
    selection: Selection,
    /// Queries in the order in which they are compared: those with few bits first.
    order: Vec<usize>,
    popcounts: Vec<u16>,
    planes: Queries,
    /// For many queries one list for all, else one for each thread; in the order of comparison.
    found: Vec<Vec<Found>>,
    is_many: bool,
    /// `None`: no row is wanted.
    bounds: Option<Bounds>,
    workers: Vec<Scratch>,
    sliced: Sliced,
}

/// What a thread needs.
#[derive(Default)]
struct Scratch {
    rows: Reached,
    block: planes::Reached,
}

impl Scan {
    pub(in super::super) fn new(
        device: &Device,
        queries: Rows<'_>,
        measure: Measure,
        selection: Selection,
    ) -> Self {
        let mut order: Vec<usize> = (0..queries.len()).collect();
        order.sort_by_key(|&query| queries.popcounts[query]);
        let mut planes = Queries::new(queries.words);
        order.iter().for_each(|&query| planes.push(queries.row(query)));
        let popcounts: Vec<u16> = order.iter().map(|&query| queries.popcounts[query]).collect();
        let found: Vec<Found> =
            popcounts.iter().map(|&popcount| Found::new(measure, popcount, selection)).collect();
        let is_many = queries.len() >= MANY * device.threads();
        let lists = if is_many { 1 } else { device.threads() };
        Self {
            unit: Unit::best(),
            measure,
            selection,
            bounds: Bounds::new(measure, selection, &popcounts),
            order,
            popcounts,
            planes,
            found: vec![found; lists],
            is_many,
            workers: (0..device.threads()).map(|_| Scratch::default()).collect(),
            sliced: Sliced::default(),
        }
    }

    /// Compares every row with every query; runs in the device's thread pool.
    pub(in super::super) fn scan(&mut self, queries: Rows<'_>, first_row: u64, rows: Rows<'_>) {
        if self.bounds.is_none() || queries.is_empty() || rows.is_empty() {
            return;
        }
        if queries.len() < PAYS && self.measure == Measure::Tanimoto {
            return self.scan_rows(queries, first_row, rows);
        }
        let mut sliced = std::mem::take(&mut self.sliced);
        // Rows are counted in 32 bits there.
        for from in (0..rows.len()).step_by(1 << 31) {
            sliced.fill(self.unit, rows.part(from..rows.len().min(from + (1 << 31))));
            self.scan_sliced(first_row + from as u64, &sliced);
        }
        self.sliced = sliced;
    }

    /// Compares every row with every query; runs in the device's thread pool.
    pub(in super::super) fn scan_sliced(&mut self, first_row: u64, tile: &Sliced) {
        let Some(bounds) = &self.bounds else { return };
        if self.order.is_empty() {
            return;
        }
        let job = SlicedJob {
            unit: self.unit,
            measure: self.measure,
            popcounts: &self.popcounts,
            planes: &self.planes,
            first_row,
            tile,
        };
        if self.is_many {
            let share = share(self.order.len(), self.workers.len());
            let found = &mut self.found[0];
            found.par_chunks_mut(share).enumerate().for_each_init(
                planes::Reached::default,
                |scratch, (index, found)| {
                    let from = index * share;
                    let blocks: Vec<usize> = job.blocks(from..from + found.len()).collect();
                    for (turn, &block) in blocks.iter().enumerate() {
                        let block = job.tile.block(block);
                        let mut ahead = Ahead::new(job.tile, blocks.get(turn + 1), found.len());
                        for (offset, found) in found.iter_mut().enumerate() {
                            let Some(bound) = found.bound() else { return };
                            ahead.prefetch();
                            job.compare(block, from + offset, bound, scratch, |hit| {
                                found.offer(hit);
                            });
                        }
                    }
                },
            );
            return;
        }
        let blocks: Vec<usize> = job.blocks(0..self.order.len()).collect();
        // Several turns for each thread where the tile is small.
        let in_a_row = (blocks.len() / (4 * self.workers.len())).clamp(1, IN_A_ROW);
        let next = AtomicUsize::new(0);
        let workers = self.workers.par_iter_mut().zip(&mut self.found).with_max_len(1);
        workers.for_each(|(scratch, found)| {
            loop {
                let from = next.fetch_add(in_a_row, Ordering::Relaxed);
                let Some(blocks) = blocks.get(from..blocks.len().min(from + in_a_row)) else { return };
                for (turn, &block) in blocks.iter().enumerate() {
                    let block = job.tile.block(block);
                    let ahead = blocks.get(turn + 1).map(|&next| job.tile.block(next));
                    for (query, found) in found.iter_mut().enumerate() {
                        let bound = bounds.get(query);
                        if let Some(ahead) = ahead
                            && ahead.allows(job.planes.get(query), job.need(ahead, query, bound))
                        {
                            job.planes.get(query).prefetch(ahead.planes);
                        }
                        job.compare(block, query, bound, &mut scratch.block, |hit| {
                            if found.offer(hit) {
                                bounds.raise(query, found);
                            }
                        });
                    }
                }
            }
        });
        self.gather();
    }

    /// Rows as they are: a few queries are faster done than these laid out.
    fn scan_rows(&mut self, queries: Rows<'_>, first_row: u64, rows: Rows<'_>) {
        let Some(bounds) = &self.bounds else { return };
        let row_bytes = rows.words * 8;
        let block = (BLOCK_BYTES / row_bytes).max(8);
        // Several pieces for each thread where the tile is small.
        let piece = (PIECE_BYTES / row_bytes).min(rows.len() / (4 * self.workers.len())).max(block);
        let job = RowsJob { unit: self.unit, queries, order: &self.order, bounds, first_row, rows, block };
        let next = AtomicUsize::new(0);
        let workers = self.workers.par_iter_mut().zip(&mut self.found).with_max_len(1);
        workers.for_each(|(scratch, found)| {
            loop {
                let from = next.fetch_add(piece, Ordering::Relaxed);
                if from >= rows.len() {
                    break;
                }
                job.scan(from..rows.len().min(from + piece), found, &mut scratch.rows);
            }
        });
        self.gather();
    }

    /// Puts together what threads hold where it is much more than is wanted. Bounds rise by that too.
    fn gather(&mut self) {
        let (Selection::Top(wanted), Some(bounds)) = (self.selection, &self.bounds) else { return };
        let enough = wanted.saturating_mul(self.order.len()).saturating_mul(2).max(HELD);
        if self.held() <= enough {
            return;
        }
        let Some((all, parts)) = self.found.split_first_mut() else { return };
        for part in parts {
            all.par_iter_mut().zip(part).for_each(|(all, part)| all.merge(part.take()));
        }
        all.iter().enumerate().for_each(|(query, found)| bounds.raise(query, found));
    }

    /// Hits that are kept.
    pub(in super::super) fn held(&self) -> usize {
        self.found.iter().flatten().map(Found::len).sum()
    }

    /// What `hits` takes of each query, in the order of the queries.
    pub(in super::super) fn finish(self, hits: fn(Found) -> Vec<Hit>) -> Vec<Vec<Hit>> {
        let found = self.found.into_iter().reduce(|mut all, part| {
            all.par_iter_mut().zip(part).for_each(|(all, part)| all.merge(part));
            all
        });
        let taken: Vec<Vec<Hit>> = found.unwrap_or_default().into_par_iter().map(hits).collect();
        let mut results = vec![Vec::new(); taken.len()];
        for (query, hits) in self.order.into_iter().zip(taken) {
            results[query] = hits;
        }
        results
    }
}

/// How many of many queries a thread takes at a time.
pub(super) fn share(queries: usize, threads: usize) -> usize {
    // Several turns for each thread where that still leaves many queries to a block.
    let turns = if queries >= 4 * threads * TOGETHER / 8 { 4 } else { 1 };
    queries.div_ceil(turns * threads).clamp(1, TOGETHER)
}

/// The next block on its way to the cache, some lines before each query.
pub(super) struct Ahead<'a> {
    planes: std::slice::Chunks<'a, Plane>,
}

impl<'a> Ahead<'a> {
    pub(super) fn new(tile: &'a Sliced, next: Option<&usize>, queries: usize) -> Self {
        let planes = next.map_or(&[][..], |&next| tile.block(next).planes);
        Self { planes: planes.chunks(planes.len().div_ceil(queries.max(1)).max(1)) }
    }

    #[inline]
    pub(super) fn prefetch(&mut self) {
        if let Some(planes) = self.planes.next() {
            planes.iter().for_each(|plane| planes::prefetch(plane));
        }
    }
}

/// One tile, laid out for comparison.
struct SlicedJob<'a> {
    unit: Unit,
    measure: Measure,
    popcounts: &'a [u16],
    planes: &'a Queries,
    first_row: u64,
    tile: &'a Sliced,
}

impl SlicedJob<'_> {
    /// All blocks, those first whose popcounts are nearest to that of the queries' middle one: bounds rise soon then.
    fn blocks(&self, queries: Range<usize>) -> impl Iterator<Item = usize> + use<> {
        let blocks = self.tile.blocks();
        let middle = u32::from(self.popcounts[(queries.start + queries.end) / 2]);
        let mut above = self.tile.blocks_below(middle);
        let mut below = above;
        (0..blocks).map(move |turn| {
            if below == 0 || turn % 2 == 0 && above < blocks {
                above += 1;
                above - 1
            } else {
                below -= 1;
                below
            }
        })
    }

    /// Bits that a row of the block must share with the query at least.
    #[inline]
    fn need(&self, block: Block<'_>, query: usize, bound: Score) -> u32 {
        self.measure.least_common(bound, u32::from(self.popcounts[query]), block.least_popcount())
    }

    /// Hands over the rows of a block that may reach the bound.
    #[inline]
    fn compare(
        &self,
        block: Block<'_>,
        query: usize,
        bound: Score,
        reached: &mut planes::Reached,
        mut take: impl FnMut(Hit),
    ) {
        let popcount = u32::from(self.popcounts[query]);
        let need = self.need(block, query, bound);
        if !self.unit.reaching_in_block(block, self.planes.get(query), need, reached) {
            return;
        }
        reached.for_each(|place, both| {
            let row = self.first_row + u64::from(block.order[place]);
            let either = (popcount + u32::from(block.popcounts[place])).saturating_sub(both);
            take(Hit { row, both, either });
        });
    }
}

/// One tile of rows as they are.
struct RowsJob<'a> {
    unit: Unit,
    queries: Rows<'a>,
    order: &'a [usize],
    bounds: &'a Bounds,
    first_row: u64,
    rows: Rows<'a>,
    /// Rows of a block.
    block: usize,
}

impl RowsJob<'_> {
    fn scan(&self, piece: Range<usize>, found: &mut [Found], reached: &mut Reached) {
        for from in piece.clone().step_by(self.block) {
            let block = from..piece.end.min(from + self.block);
            for (query, found) in found.iter_mut().enumerate() {
                self.scan_block(query, found, block.clone(), reached);
            }
        }
    }

    fn scan_block(&self, query: usize, found: &mut Found, block: Range<usize>, reached: &mut Reached) {
        let Score { numerator, denominator } = self.bounds.get(query);
        // Of Tanimoto, both have 32 bits.
        let bound = Threshold::unreduced(numerator as u32, denominator as u32);
        let popcount = self.queries.popcounts[self.order[query]];
        let rows = self.rows.part(block.clone());
        let fingerprint = self.queries.row(self.order[query]);
        let reach = Reach { popcount, bound };
        self.unit.reaching(fingerprint, reach, rows.bits, rows.popcounts, query == 0, reached);
        for (place, both) in reached.iter() {
            let sum = u32::from(popcount) + u32::from(rows.popcounts[place as usize]);
            let row = self.first_row + (block.start + place as usize) as u64;
            if found.offer(Hit { row, both, either: sum.saturating_sub(both) }) {
                self.bounds.raise(query, found);
            }
        }
    }
}
