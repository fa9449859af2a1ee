//! Hits seen from the other side: what a row finds behind it is known before these rows come.

use std::ops::Range;

use rayon::prelude::*;
use soyaku_kernels::tanimoto::Hit;

/// Rows of a bucket, at most 2^16.
const ROWS: u64 = 1 << 12;
/// Bytes of a hit with what a growing list of them leaves unused, and what moving some of the lists takes.
const HIT: u64 = 40;
/// Queries whose hits a thread sorts at a time.
const TOGETHER: usize = 512;

/// Hits of rows that are still to come, among rows that were compared with everything behind them.
pub(super) struct Mirror {
    /// Rows from here up to those of the last [`Mirror::add`] are in it.
    from: u64,
    /// For each [`ROWS`] rows: their hits, in ascending order of the row that was found.
    buckets: Vec<Vec<Reflected>>,
    held: u64,
    most: u64,
}

/// A hit of one of the rows of a bucket.
#[derive(Clone, Copy, Default)]
struct Reflected {
    /// What it found.
    row: u64,
    /// Which of the bucket's rows found it.
    of: u16,
    /// No fingerprint has 2^16 bits.
    both: u16,
    either: u16,
}

impl Mirror {
    /// Nothing is known of rows before `from`. At most `bytes` are taken.
    pub fn new(from: u64, bytes: u64) -> Self {
        Self { from, buckets: Vec::new(), held: 0, most: bytes / HIT }
    }

    /// Rows that those from `first` on need not be compared with.
    pub fn known(&self, first: u64) -> Range<u64> {
        self.from.min(first)..first
    }

    /// Takes over what consecutive rows have found behind them, where there is room; else all is forgotten, and what
    /// comes later is compared with these rows again. Runs in the device's thread pool.
    pub fn add(&mut self, rows: Range<u64>, hits: &[Vec<Hit>]) {
        let behind = |hits: &Vec<Hit>| hits.iter().filter(|hit| hit.row >= rows.end).count() as u64;
        let count: u64 = hits.par_iter().map(behind).sum();
        if self.held + count > self.most {
            *self = Self { from: rows.end, buckets: Vec::new(), held: 0, ..*self };
            return;
        }
        self.held += count;
        let first = rows.end / ROWS;
        let sorted: Vec<Sorted> = hits
            .par_chunks(TOGETHER)
            .enumerate()
            .map(|(turn, hits)| Sorted::new(rows.start + (turn * TOGETHER) as u64, hits, rows.end))
            .collect();
        let buckets = sorted.iter().map(|sorted| sorted.ends.len()).max().unwrap_or(0);
        if self.buckets.len() < first as usize + buckets {
            self.buckets.resize_with(first as usize + buckets, Vec::new);
        }
        self.buckets[first as usize..].par_iter_mut().enumerate().for_each(|(bucket, all)| {
            for sorted in &sorted {
                all.extend_from_slice(sorted.of(bucket));
            }
        });
    }

    /// Removes the hits of consecutive rows, all of them in [`Self::known`], and hands them over in ascending order. Rows
    /// are taken in their order. Runs in the device's thread pool.
    pub fn take(&mut self, rows: Range<u64>) -> Vec<Vec<Hit>> {
        let mut taken = vec![Vec::new(); (rows.end - rows.start) as usize];
        let mut places = &mut taken[..];
        let mut tasks = Vec::new();
        let mut row = rows.start;
        while row < rows.end {
            let bucket = row / ROWS;
            let end = rows.end.min((bucket + 1) * ROWS);
            let (here, rest) = places.split_at_mut((end - row) as usize);
            places = rest;
            let whole = end == (bucket + 1) * ROWS;
            let hits = self.buckets.get_mut(bucket as usize);
            let hits = hits.map(|hits| if whole { std::mem::take(hits) } else { hits.clone() });
            tasks.push(((row - bucket * ROWS) as usize, here, hits.unwrap_or_default()));
            row = end;
        }
        let count = |(from, places, hits): (usize, &mut [Vec<Hit>], Vec<Reflected>)| {
            let mut counts = vec![0_usize; places.len()];
            let place = |hit: &Reflected| usize::from(hit.of).checked_sub(from);
            let wanted = |hit: &Reflected| place(hit).filter(|&place| place < counts.len());
            let wanted: Vec<Option<usize>> = hits.iter().map(wanted).collect();
            wanted.iter().flatten().for_each(|&place| counts[place] += 1);
            places.iter_mut().zip(&counts).for_each(|(place, &count)| place.reserve_exact(count));
            for (hit, place) in hits.iter().zip(wanted) {
                let Some(place) = place else { continue };
                let (both, either) = (u32::from(hit.both), u32::from(hit.either));
                places[place].push(Hit { row: hit.row, both, either });
            }
            counts.iter().sum::<usize>() as u64
        };
        self.held -= tasks.into_par_iter().map(count).sum::<u64>();
        taken
    }
}

/// The hits of some rows, bucket by bucket.
struct Sorted {
    hits: Vec<Reflected>,
    /// Where each bucket ends.
    ends: Vec<usize>,
}

impl Sorted {
    /// Hits in rows from `behind` on; buckets are counted from that of this row.
    fn new(first: u64, hits: &[Vec<Hit>], behind: u64) -> Self {
        let all = || {
            (first..)
                .zip(hits)
                .flat_map(|(row, hits)| hits.iter().map(move |hit| (row, hit)))
                .filter(|(_, hit)| hit.row >= behind)
        };
        let bucket = |hit: &Hit| (hit.row / ROWS - behind / ROWS) as usize;
        let mut ends: Vec<usize> = Vec::new();
        for (_, hit) in all() {
            let bucket = bucket(hit);
            if ends.len() <= bucket {
                ends.resize(bucket + 1, 0);
            }
            ends[bucket] += 1;
        }
        let mut end = 0;
        // First where each begins; putting a hit into its place moves that on, to the end when all are there.
        ends.iter_mut().for_each(|count| end += std::mem::replace(count, end));
        let mut sorted = vec![Reflected::default(); end];
        for (row, hit) in all() {
            let place = &mut ends[bucket(hit)];
            let of = (hit.row % ROWS) as u16;
            sorted[*place] = Reflected { row, of, both: hit.both as u16, either: hit.either as u16 };
            *place += 1;
        }
        Self { hits: sorted, ends }
    }

    fn of(&self, bucket: usize) -> &[Reflected] {
        let Some(&end) = self.ends.get(bucket) else { return &[] };
        let start = bucket.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.hits[start..end]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNT: u64 = 3 * ROWS + 100;

    /// Whether two rows are similar, and their bits.
    fn hit(one: u64, two: u64) -> Option<Hit> {
        let (low, high) = (one.min(two), one.max(two));
        let is_hit = one != two && (low * 31 + high * 17) % 9973 == 0;
        is_hit.then_some(Hit { row: two, both: (low % 65_000) as u32, either: (high % 65_000) as u32 + 1 })
    }

    /// Hits of some rows among all others, the last one first.
    fn found(all: &[Vec<Hit>], but: &Range<u64>) -> Vec<Vec<Hit>> {
        let of = |hits: &Vec<Hit>| hits.iter().rev().filter(|hit| !but.contains(&hit.row)).copied().collect();
        all.iter().map(of).collect()
    }

    #[test]
    fn what_was_found_before_is_found_again() {
        let of = |row| (0..COUNT).filter_map(move |other| hit(row, other)).collect();
        let all: Vec<Vec<Hit>> = (0..COUNT).map(of).collect();
        for (step, most) in [(ROWS + 77, 1 << 30), (COUNT, 1 << 30), (ROWS / 2, 1 << 30), (3000, 40 * 2000)] {
            let mut mirror = Mirror::new(0, most);
            let (mut row, mut forgotten, mut known) = (0, 0, 0);
            while row < COUNT {
                let rows = row..COUNT.min(row + step);
                let but = mirror.known(row);
                forgotten += usize::from(but.start > 0);
                let expected = &all[rows.start as usize..rows.end as usize];
                let found = found(expected, &but);
                let before = mirror.take(rows.clone());
                mirror.add(rows.clone(), &found);
                for ((expected, found), before) in expected.iter().zip(&found).zip(before) {
                    assert!(before.iter().all(|hit| but.contains(&hit.row)));
                    assert!(before.is_sorted_by_key(|hit| hit.row));
                    known += before.len();
                    let mut all = [before, found.clone()].concat();
                    all.sort_by_key(|hit| hit.row);
                    assert_eq!(all, *expected, "{step} rows at a time from {row} on");
                }
                row = rows.end;
            }
            assert_eq!(mirror.held, 0);
            assert_eq!(forgotten > 0, most < 1 << 20);
            assert_eq!(known > 0, step < COUNT);
        }
    }
}
