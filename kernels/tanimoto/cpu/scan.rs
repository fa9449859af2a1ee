//! Tiles of a library against some queries.
//!
//! Threads take pieces of a tile and keep what they find for themselves until the end; they share the bound that a row
//! must reach, query by query. Which rows are skipped thus depends on timing, but only ever rows that cannot be among
//! the results.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use rayon::prelude::*;
use soyaku_device::Device;

use super::super::selection::Found;
use super::super::{Hit, Rows, Selection, Threshold};
use super::reach::{Reach, Reached};
use super::unit::Unit;

/// Bytes of rows that all queries see before the next ones come: they stay in the first-level cache.
const BLOCK_BYTES: usize = 32 << 10;
/// Bytes of rows that a thread takes at a time.
const PIECE_BYTES: usize = 1 << 20;

/// What the queries have found so far.
pub(in super::super) struct Scan {
    unit: Unit,
    workers: Vec<Worker>,
    /// What a row must reach to be among the results, for each query; `None`: no row is wanted.
    bounds: Option<Vec<SharedBound>>,
}

impl Scan {
    pub(in super::super) fn new(device: &Device, queries: Rows<'_>, selection: Selection) -> Self {
        let bound = Found::new(selection).bound();
        let bounds = bound.map(|bound| (0..queries.len()).map(|_| SharedBound::new(bound)).collect());
        let workers = (0..device.threads()).map(|_| Worker::new(queries.len(), selection)).collect();
        Self { unit: Unit::best(), workers, bounds }
    }

    /// Compares every row with every query; runs in the device's thread pool.
    pub(in super::super) fn scan(&mut self, queries: Rows<'_>, first_row: u64, rows: Rows<'_>) {
        let Some(bounds) = &self.bounds else { return };
        let row_bytes = rows.words * 8;
        let block = (BLOCK_BYTES / row_bytes).max(8);
        // Several pieces for each thread where the tile is small.
        let piece = (PIECE_BYTES / row_bytes).min(rows.len() / (4 * self.workers.len())).max(block);
        let job = Job { unit: self.unit, queries, bounds, first_row, rows, block };
        let next = AtomicUsize::new(0);
        self.workers.par_iter_mut().with_max_len(1).for_each(|worker| {
            loop {
                let from = next.fetch_add(piece, Ordering::Relaxed);
                if from >= rows.len() {
                    break;
                }
                worker.scan(&job, from..rows.len().min(from + piece));
            }
        });
    }

    pub(in super::super) fn finish(self) -> Vec<Vec<Hit>> {
        let parts = self.workers.into_iter().map(|worker| worker.found);
        let found = parts.reduce(|mut all, part| {
            all.par_iter_mut().zip(part).for_each(|(all, part)| all.merge(part));
            all
        });
        found.unwrap_or_default().into_par_iter().map(Found::into_ranked).collect()
    }
}

/// One tile to compare.
struct Job<'a> {
    unit: Unit,
    queries: Rows<'a>,
    bounds: &'a [SharedBound],
    first_row: u64,
    rows: Rows<'a>,
    /// Rows of a block.
    block: usize,
}

/// What one thread has found, and its scratch space.
struct Worker {
    found: Vec<Found>,
    reached: Reached,
}

impl Worker {
    fn new(queries: usize, selection: Selection) -> Self {
        Self { found: vec![Found::new(selection); queries], reached: Reached::default() }
    }

    fn scan(&mut self, job: &Job<'_>, piece: Range<usize>) {
        for from in piece.clone().step_by(job.block) {
            let block = from..piece.end.min(from + job.block);
            for query in 0..job.queries.len() {
                self.scan_block(job, query, block.clone());
            }
        }
    }

    fn scan_block(&mut self, job: &Job<'_>, query: usize, block: Range<usize>) {
        let words = job.rows.words;
        let popcount = job.queries.popcounts[query];
        let reach = Reach { popcount, bound: job.bounds[query].get() };
        let popcounts = &job.rows.popcounts[block.clone()];
        let bits = &job.rows.bits[block.start * words..block.end * words];
        let fingerprint = &job.queries.bits[query * words..(query + 1) * words];
        job.unit.reaching(fingerprint, reach, bits, popcounts, query == 0, &mut self.reached);

        let found = &mut self.found[query];
        for (place, both) in self.reached.iter() {
            let sum = u32::from(popcount) + u32::from(popcounts[place as usize]);
            let row = job.first_row + (block.start + place as usize) as u64;
            if found.offer(Hit { row, both, either: sum.saturating_sub(both) })
                && let Some(risen) = found.bound()
            {
                job.bounds[query].raise(risen);
            }
        }
    }
}

/// A bound that only rises, shared by threads.
struct SharedBound(AtomicU64);

impl SharedBound {
    fn new(bound: Threshold) -> Self {
        Self(AtomicU64::new(pack(bound)))
    }

    // Relaxed: the value is complete in itself, and an old one is a valid bound too.
    #[inline]
    fn get(&self) -> Threshold {
        unpack(self.0.load(Ordering::Relaxed))
    }

    /// Raises the bound to at least that.
    fn raise(&self, bound: Threshold) {
        let higher = |packed| (bound > unpack(packed)).then(|| pack(bound));
        // An error says that it is at least that already.
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, higher);
    }
}

fn pack(bound: Threshold) -> u64 {
    u64::from(bound.numerator()) << 32 | u64::from(bound.denominator())
}

#[inline]
fn unpack(packed: u64) -> Threshold {
    Threshold::unreduced((packed >> 32) as u32, packed as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_never_falls() {
        let shared = SharedBound::new(Threshold::ZERO);
        let third = Threshold::new(1, 3).unwrap();
        for (offered, kept) in
            [(third, third), (Threshold::new(1, 4).unwrap(), third), (Threshold::ONE, Threshold::ONE)]
        {
            shared.raise(offered);
            assert_eq!(shared.get(), kept);
        }
    }
}
