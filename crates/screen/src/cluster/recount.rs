//! Butina's clusters where only those neighbours count that no cluster before has taken: RDKit's `Butina.ClusterData`
//! with `reordering=True`.
//!
//! Which compound is next depends on all that the clusters before it took, so that counts do not do: neighbours are
//! listed, in six bytes for each.

use std::collections::BinaryHeap;
use std::ops::Range;

use rayon::prelude::*;
use soyaku_kernels::tanimoto::{Hit, Search, Selection};

use super::engine::{Engine, Free};
use super::field::Field;
use super::source::read;
use super::spheres::Near;
use super::state::State;
use crate::Error;

/// Bytes of a neighbour in a list, and in the list of those whose neighbour it is.
const NEIGHBOR: u64 = 4 + 2;
const REVERSED: u64 = 4;
/// Bytes of a row: popcount, where its lists begin, what is left of its count, place in the order, whether it is taken.
const ROW: u64 = 2 + 2 * 8 + 4 + 8 + 1;
/// Bytes that a neighbour takes as it is found: a vector may have grown to twice what it holds.
const FOUND: usize = 2 * size_of::<Hit>();
/// Clusters after which a stop is looked for.
const OFTEN: usize = 1024;

/// Bytes that the lists of rows with so many neighbours, themselves among them, take beside what a search does.
pub(super) fn bytes(counts: &[u32], is_symmetric: bool) -> u64 {
    let neighbors: u64 = counts.iter().map(|&count| u64::from(count) - 1).sum();
    let reversed = if is_symmetric { 0 } else { REVERSED };
    counts.len() as u64 * ROW + neighbors * (NEIGHBOR + reversed)
}

/// Decides all clusters. Rows are counted.
///
/// # Errors
/// The library is damaged, a stop was requested, what a GPU says, the work file cannot be written.
pub(super) fn cluster(engine: &Engine<'_>, state: &mut State) -> Result<(), Error> {
    let near = Neighbors::list(engine, state)?;
    let reversed = if engine.nearness.is_symmetric() { None } else { Some(near.reversed()) };
    let whose = |row: u32| match &reversed {
        Some(reversed) => reversed.of(row),
        None => &near.rows[near.range(row)],
    };
    let mut left = state.counts().to_vec();
    let mut taken = vec![false; left.len()];
    // Of equals the last row comes first, as in RDKit.
    let mut order: BinaryHeap<(u32, u32)> = left.iter().copied().zip(0..).collect();
    let (mut clusters, mut members) = (0, Vec::new());
    while let Some((count, centroid)) = order.pop() {
        if taken[centroid as usize] {
            continue;
        }
        if count != left[centroid as usize] {
            // Counts only shrink: no row can be due before it is looked at.
            order.push((left[centroid as usize], centroid));
            continue;
        }
        if clusters % OFTEN == 0 {
            engine.stop.check()?;
        }
        // Of each, lest the members of many large ones wait in memory.
        state.checkpoint()?;
        members.clear();
        members.extend(near.range(centroid).filter(|&place| !taken[near.rows[place] as usize]));
        // Where a run before this one came to an end in between, it decided the same.
        let mut settle = |row: u32, joined: Option<Near>| {
            taken[row as usize] = true;
            if state.cluster(row).is_none() {
                state.settle(row, joined);
            }
        };
        settle(centroid, None);
        for &place in &members {
            settle(
                near.rows[place],
                Some(Near { cluster: clusters as u64, similarity: near.similarity(engine, centroid, place) }),
            );
        }
        let rows = members.iter().map(|&place| near.rows[place]);
        for row in rows.chain([centroid]) {
            for &other in whose(row) {
                left[other as usize] -= 1;
            }
        }
        clusters += 1;
    }
    Ok(())
}

/// The near rows of every row, without itself, ascending.
struct Neighbors {
    popcounts: Vec<u16>,
    /// Where the lists of each row begin, and the end of the last one.
    starts: Vec<u64>,
    rows: Vec<u32>,
    /// Bits that they have in common.
    both: Vec<u16>,
}

impl Neighbors {
    fn list(engine: &Engine<'_>, state: &State) -> Result<Self, Error> {
        let counts = state.counts();
        let mut starts = Vec::with_capacity(counts.len() + 1);
        let mut total = 0;
        for &count in counts {
            starts.push(total);
            total += u64::from(count) - 1;
        }
        starts.push(total);
        let (rows, both) = (Vec::with_capacity(total as usize), Vec::with_capacity(total as usize));
        let mut near = Self { popcounts: Vec::with_capacity(counts.len()), starts, rows, both };
        let field = Field::new(engine.source, engine.device, None, &engine.sizes)?;
        let most = (engine.sizes.centroids / FOUND) as u64;
        let mut first = 0;
        while first < counts.len() {
            let limit = counts.len().min(first + engine.sizes.group as usize);
            let fits = |end: &usize| near.starts[*end] - near.starts[first] <= most;
            let end = (first + 2..=limit).take_while(fits).last().unwrap_or(first + 1);
            near.find(engine, &field, first..end)?;
            let undecided = (first..end).filter(|&row| state.cluster(row as u32).is_none());
            engine.progress.advance(undecided.count() as u64);
            first = end;
        }
        Ok(near)
    }

    /// Adds the lists of the next rows.
    fn find(&mut self, engine: &Engine<'_>, field: &Field<'_>, range: Range<usize>) -> Result<(), Error> {
        let read = read(engine.source, range.start as u64..range.end as u64)?;
        let all = engine.rows(&read);
        let asked =
            Free::among(all, |place| self.starts[range.start + place] < self.starts[range.start + place + 1]);
        let selection = Selection::AtLeast(engine.nearness.threshold);
        let mut search =
            Search::with_measure(engine.device, asked.rows(all.words), engine.nearness.measure, selection)?;
        field.each(&mut |tile| {
            engine.stop.check()?;
            Ok(search.scan_tile(tile)?)
        })?;
        self.popcounts.extend_from_slice(all.popcounts);
        let mut found = search.finish_unordered();
        engine.device.install(|| {
            found.par_iter_mut().for_each(|hits| hits.sort_unstable_by_key(|hit| hit.row));
        });
        for (place, hits) in asked.places.into_iter().zip(found) {
            let row = range.start + place;
            let others = || hits.iter().filter(|hit| hit.row != row as u64);
            self.rows.extend(others().map(|hit| hit.row as u32));
            self.both.extend(others().map(|hit| hit.both as u16));
            if self.rows.len() as u64 != self.starts[row + 1] {
                let what = format!("row {row} has {} neighbours and was counted otherwise", hits.len());
                return Err(Error::Internal(what));
            }
        }
        Ok(())
    }

    fn range(&self, row: u32) -> Range<usize> {
        self.starts[row as usize] as usize..self.starts[row as usize + 1] as usize
    }

    /// Of a row and one of its list.
    fn similarity(&self, engine: &Engine<'_>, row: u32, place: usize) -> f64 {
        let (popcount, other) = (self.popcounts[row as usize], self.popcounts[self.rows[place] as usize]);
        let both = u32::from(self.both[place]);
        let either = u32::from(popcount) + u32::from(other) - both;
        let hit = Hit { row: u64::from(self.rows[place]), both, either };
        engine.nearness.measure.similarity(popcount, &hit)
    }

    /// The rows that each row is near to, where that is not the same.
    fn reversed(&self) -> Reversed {
        let mut starts = vec![0; self.starts.len()];
        for &row in &self.rows {
            starts[row as usize + 1] += 1;
        }
        for row in 1..starts.len() {
            starts[row] += starts[row - 1];
        }
        let mut rows = vec![0; self.rows.len()];
        let mut next: Vec<u64> = starts.clone();
        for row in 0..self.popcounts.len() as u32 {
            for &other in &self.rows[self.range(row)] {
                rows[next[other as usize] as usize] = row;
                next[other as usize] += 1;
            }
        }
        Reversed { starts, rows }
    }
}

struct Reversed {
    starts: Vec<u64>,
    rows: Vec<u32>,
}

impl Reversed {
    fn of(&self, row: u32) -> &[u32] {
        &self.rows[self.starts[row as usize] as usize..self.starts[row as usize + 1] as usize]
    }
}
