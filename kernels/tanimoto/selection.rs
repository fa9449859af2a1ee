//! Which rows a search keeps, and the container that keeps them for one query.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::{Hit, Threshold};

/// Which rows of the library are wanted for each query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    /// The most similar rows, that many (all where the library has fewer, none for 0).
    Top(usize),
    /// All rows that are at least this similar. At [`Threshold::ZERO`] these are all rows of the library.
    AtLeast(Threshold),
}

/// What one query has found so far. It does not depend on the order in which rows are offered, so that parts of a
/// library can be searched anywhere and merged.
#[derive(Clone, Debug)]
pub(super) struct Found {
    selection: Selection,
    /// [`Selection::Top`]: the best so far, the worst of them on top.
    best: BinaryHeap<WorstFirst>,
    /// [`Selection::AtLeast`]: all so far.
    all: Vec<Hit>,
}

impl Found {
    pub(super) fn new(selection: Selection) -> Self {
        Self { selection, best: BinaryHeap::new(), all: Vec::new() }
    }

    /// Takes the hit if it is among the wanted ones of those seen so far. Tells whether [`Self::bound`] may have risen.
    pub(super) fn offer(&mut self, hit: Hit) -> bool {
        match self.selection {
            Selection::AtLeast(threshold) => {
                if threshold.is_met(hit.both, hit.either) {
                    self.all.push(hit);
                }
                false
            }
            Selection::Top(count) if self.best.len() < count => {
                self.best.push(WorstFirst(hit));
                self.best.len() == count
            }
            Selection::Top(_) => match self.best.peek_mut() {
                Some(mut worst) if hit.cmp_rank(&worst.0) == Ordering::Less => {
                    *worst = WorstFirst(hit);
                    true
                }
                _ => false,
            },
        }
    }

    /// A row that is less similar than this will not be taken; `None`: nothing will be taken.
    pub(super) fn bound(&self) -> Option<Threshold> {
        match self.selection {
            Selection::AtLeast(threshold) => Some(threshold),
            Selection::Top(0) => None,
            Selection::Top(count) if self.best.len() < count => Some(Threshold::ZERO),
            Selection::Top(_) => self.best.peek().map(|worst| worst.0.bound()),
        }
    }

    /// Takes over what another part has found.
    pub(super) fn merge(&mut self, other: Self) {
        for hit in other.best.into_iter().map(|hit| hit.0).chain(other.all) {
            self.offer(hit);
        }
    }

    /// All that is kept, best first.
    pub(super) fn into_ranked(self) -> Vec<Hit> {
        let mut hits = self.all;
        hits.extend(self.best.into_iter().map(|hit| hit.0));
        hits.sort_unstable_by(Hit::cmp_rank);
        hits
    }
}

/// Ordered such that the top of the heap is the hit to drop first.
#[derive(Clone, Copy, Debug)]
struct WorstFirst(Hit);

impl Ord for WorstFirst {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp_rank(&other.0)
    }
}

impl PartialOrd for WorstFirst {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for WorstFirst {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for WorstFirst {}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits() -> Vec<Hit> {
        (0..200_u64)
            .map(|row| Hit { row, both: (row * 7 % 11) as u32, either: 10 + (row % 3) as u32 })
            .collect()
    }

    fn ranked(selection: Selection, hits: &[Hit]) -> Vec<Hit> {
        let mut found = Found::new(selection);
        for &hit in hits {
            found.offer(hit);
        }
        found.into_ranked()
    }

    #[test]
    fn order_and_split_do_not_matter() {
        let hits = hits();
        let mut sorted = hits.clone();
        sorted.sort_by(Hit::cmp_rank);
        let mut backwards = hits.clone();
        backwards.reverse();
        for count in [0, 1, 2, 17, 199, 200, 1000, usize::MAX] {
            let selection = Selection::Top(count);
            let expected = &sorted[..count.min(sorted.len())];
            assert_eq!(ranked(selection, &hits), expected);
            assert_eq!(ranked(selection, &backwards), expected);
            let mut merged = Found::new(selection);
            for part in hits.chunks(37) {
                let mut found = Found::new(selection);
                part.iter().for_each(|&hit| {
                    found.offer(hit);
                });
                merged.merge(found);
            }
            assert_eq!(merged.into_ranked(), expected);
        }
    }

    #[test]
    fn the_bound_is_the_last_one_kept() {
        let mut found = Found::new(Selection::Top(2));
        assert_eq!(found.bound(), Some(Threshold::ZERO));
        assert!(!found.offer(Hit { row: 5, both: 1, either: 2 }));
        assert_eq!(found.bound(), Some(Threshold::ZERO));
        assert!(found.offer(Hit { row: 6, both: 1, either: 4 }));
        assert_eq!(found.bound(), Threshold::new(1, 4));
        assert!(!found.offer(Hit { row: 7, both: 1, either: 4 }), "a later row of the same similarity");
        assert!(found.offer(Hit { row: 3, both: 2, either: 8 }), "an earlier one");
        assert_eq!(found.into_ranked()[1].row, 3);
        assert_eq!(Found::new(Selection::Top(0)).bound(), None);
    }

    #[test]
    fn a_threshold_keeps_what_meets_it() {
        let hits = hits();
        let threshold: Threshold = "0.5".parse().unwrap();
        let kept = ranked(Selection::AtLeast(threshold), &hits);
        assert_eq!(kept.len(), hits.iter().filter(|hit| 2 * hit.both >= hit.either).count());
        assert!(kept.is_sorted_by(|a, b| a.cmp_rank(b) == Ordering::Less));
        assert_eq!(ranked(Selection::AtLeast(Threshold::ZERO), &hits).len(), hits.len());
    }
}
