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
    places: Vec<u32>,
    counts: Vec<u32>,
}

impl Worker {
    fn new(queries: usize, selection: Selection) -> Self {
        Self { found: vec![Found::new(selection); queries], places: Vec::new(), counts: Vec::new() }
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
        let mut bound = job.bounds[query].get();
        let popcounts = &job.rows.popcounts[block.clone()];
        self.places.resize(job.block, 0);
        self.counts.resize(job.block, 0);
        let places = reachable(popcounts, bound.popcounts(popcount), &mut self.places);
        let bits = &job.rows.bits[block.start * words..block.end * words];
        let fingerprint = &job.queries.bits[query * words..(query + 1) * words];
        job.unit.bits_in_common(fingerprint, bits, places, &mut self.counts);

        let found = &mut self.found[query];
        for (&place, &both) in places.iter().zip(&self.counts) {
            let sum = u32::from(popcount) + u32::from(popcounts[place as usize]);
            if !may_reach(bound, both, sum) {
                continue;
            }
            let row = job.first_row + (block.start + place as usize) as u64;
            if found.offer(Hit { row, both, either: sum.saturating_sub(both) })
                && let Some(risen) = found.bound()
            {
                bound = job.bounds[query].raise(risen);
            }
        }
    }
}

/// The places whose popcount is in the range, at the start of `places`.
#[inline]
fn reachable<'a>(popcounts: &[u16], (first, last): (u16, u16), places: &'a mut [u32]) -> &'a [u32] {
    let mut count = 0;
    if first <= last {
        let places = &mut places[..popcounts.len()];
        for (place, popcount) in popcounts.iter().enumerate() {
            // Written in any case and kept by counting it, so that nothing is to be predicted.
            places[count] = place as u32;
            count += usize::from(popcount.wrapping_sub(first) <= last - first);
        }
    }
    &places[..count]
}

/// Whether `both / (sum - both)` is at least the bound, `sum` being that of the popcounts. True for two empty
/// fingerprints, which the exact comparison sees next.
#[inline(always)]
fn may_reach(bound: Threshold, both: u32, sum: u32) -> bool {
    let (numerator, denominator) = (u64::from(bound.numerator()), u64::from(bound.denominator()));
    u64::from(both) * (numerator + denominator) >= numerator * u64::from(sum)
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

    /// Raises the bound to at least that, and tells what it is now.
    fn raise(&self, bound: Threshold) -> Threshold {
        let higher = |packed| (bound > unpack(packed)).then(|| pack(bound));
        match self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, higher) {
            Ok(_) => bound,
            Err(packed) => unpack(packed),
        }
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
    fn places_are_those_in_the_range() {
        let popcounts: Vec<u16> = (0..100).map(|i| i * 7 % 50).chain([u16::MAX, 0]).collect();
        let mut places = vec![0; 200];
        for (first, last) in
            [(0, 0), (0, u16::MAX), (10, 20), (20, 10), (50, 60), (49, 49), (u16::MAX, u16::MAX)]
        {
            let expected: Vec<u32> =
                (0..102).filter(|&i| (first..=last).contains(&popcounts[i as usize])).collect();
            assert_eq!(reachable(&popcounts, (first, last), &mut places), expected);
        }
    }

    #[test]
    fn a_bound_never_falls() {
        let shared = SharedBound::new(Threshold::ZERO);
        let third = Threshold::new(1, 3).unwrap();
        assert_eq!(shared.raise(third), third);
        assert_eq!(shared.raise(Threshold::new(1, 4).unwrap()), third);
        assert_eq!(shared.get(), third);
        assert_eq!(shared.raise(Threshold::ONE), Threshold::ONE);
    }

    #[test]
    fn the_quick_test_is_the_exact_one() {
        for bound in ["0", "0.3", "0.7", "0.999999999", "1"].map(|text| text.parse::<Threshold>().unwrap()) {
            for (both, a, b) in
                [(0, 1, 1), (7, 7, 10), (7, 8, 9), (3, 3, 10), (2048, 2048, 2048), (13, 20, 13)]
            {
                assert_eq!(may_reach(bound, both, a + b), bound.is_met(both, a + b - both), "{bound}");
            }
            assert!(may_reach(bound, 0, 0));
        }
    }
}
