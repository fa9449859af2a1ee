//! The neighbours of rows as they are written: in the bytes of a part, and as columns of the graph.

use rayon::prelude::*;
use soyaku_kernels::tanimoto::{Hit, Measure};

use super::Neighbors;
use super::chunk::FoundRows;
use super::coding;

/// Rows that one task takes, at most.
const ROWS: usize = 1024;
/// Hits that it takes, unless one row has more.
const HITS: usize = 1 << 14;

/// Consecutive rows with their neighbours, in their order.
#[derive(Default)]
pub(super) struct Written {
    /// Bytes of a part.
    pub coded: Vec<u8>,
    /// Neighbours of each row.
    pub counts: Vec<u64>,
    /// Rows of all neighbours.
    pub neighbors: Vec<u64>,
    pub similarities: Vec<f64>,
}

/// Hits of rows that one task writes.
pub(super) struct Task<'a> {
    first: u64,
    popcounts: &'a [u16],
    found: &'a mut [Vec<Hit>],
    before: &'a mut [Vec<Hit>],
}

/// Which hits are neighbours, and in which order.
#[derive(Clone, Copy)]
pub(super) struct Rule {
    pub measure: Measure,
    pub neighbors: Neighbors,
    /// Whether columns are made.
    pub has_columns: bool,
}

/// What was found, in tasks of about the same size.
pub(super) fn tasks(found: &mut FoundRows) -> Vec<Task<'_>> {
    let FoundRows { first, popcounts, hits, before } = found;
    let (mut first, mut popcounts, mut hits, mut before) =
        (*first, &popcounts[..], &mut hits[..], &mut before[..]);
    let mut tasks = Vec::new();
    while !hits.is_empty() {
        let mut held = 0;
        let fits = |&row: &usize| {
            held += hits[row].len() + before.get(row).map_or(0, Vec::len);
            held <= HITS
        };
        let count = (0..hits.len().min(ROWS)).take_while(fits).count().max(1);
        let (of_task, rest) = std::mem::take(&mut hits).split_at_mut(count);
        let (before_task, before_rest) = match before.is_empty() {
            true => Default::default(),
            false => std::mem::take(&mut before).split_at_mut(count),
        };
        let (popcounts_task, popcounts_rest) = popcounts.split_at(count);
        tasks.push(Task { first, popcounts: popcounts_task, found: of_task, before: before_task });
        (first, popcounts, hits, before) = (first + count as u64, popcounts_rest, rest, before_rest);
    }
    tasks
}

impl Rule {
    /// Runs in the device's thread pool.
    pub fn write(self, tasks: &mut [Task<'_>]) -> Vec<Written> {
        tasks.par_iter_mut().map(|task| self.write_task(task)).collect()
    }

    fn write_task(self, task: &mut Task<'_>) -> Written {
        let mut written = Written::default();
        let mut neighbors = Vec::new();
        for (place, (&popcount, found)) in task.popcounts.iter().zip(&mut *task.found).enumerate() {
            let row = task.first + place as u64;
            // What is written is not kept.
            let mut found = std::mem::take(found);
            let before = task.before.get_mut(place).map(std::mem::take).unwrap_or_default();
            self.choose(row, &mut found, &before, &mut neighbors);
            coding::push(popcount, &neighbors, &mut written.coded);
            if self.has_columns {
                written.push(self.measure, popcount, &neighbors);
            }
        }
        // They may wait for long.
        written.coded.shrink_to_fit();
        written
    }

    /// Replaces `neighbors` by those of a row: what was found for it, and, from the other side, before it.
    fn choose(self, row: u64, found: &mut [Hit], before: &[Hit], neighbors: &mut Vec<Hit>) {
        neighbors.clear();
        match self.neighbors {
            Neighbors::AtLeast(_) => {
                found.sort_unstable_by_key(|hit| hit.row);
                // Those before stand together.
                let place = before.first().map_or(0, |one| found.partition_point(|hit| hit.row < one.row));
                let (low, high) = found.split_at(place);
                for hits in [low, before, high] {
                    neighbors.extend(hits.iter().filter(|hit| hit.row != row));
                }
            }
            Neighbors::Nearest(k) => {
                // What has nothing in common is nobody's neighbour.
                let wanted = found.iter().filter(|hit| hit.row != row && hit.both > 0);
                neighbors.extend(wanted.take(usize::try_from(k.get()).unwrap_or(usize::MAX)));
            }
        }
    }
}

impl Written {
    /// One more row of the columns.
    pub fn push(&mut self, measure: Measure, popcount: u16, hits: &[Hit]) {
        self.counts.push(hits.len() as u64);
        self.neighbors.extend(hits.iter().map(|hit| hit.row));
        self.similarities.extend(hits.iter().map(|hit| measure.similarity(popcount, hit)));
    }

    /// Nothing, in the same memory.
    pub fn clear(&mut self) {
        self.coded.clear();
        self.counts.clear();
        self.neighbors.clear();
        self.similarities.clear();
    }
}
