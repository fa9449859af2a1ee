//! Which rows a search keeps, and the container that keeps them for one query.

use std::cmp::Ordering;

use super::measure::{Measure, Score};
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
    measure: Measure,
    /// Bits of the query.
    popcount: u32,
    selection: Selection,
    /// [`Selection::Top`]: the wanted ones and some that were wanted before better ones came.
    hits: Vec<Hit>,
    /// [`Selection::Top`]: a hit that others must come before, since as many as are wanted are no worse.
    worst: Option<Hit>,
}

impl Found {
    pub(super) fn new(measure: Measure, popcount: u16, selection: Selection) -> Self {
        Self { measure, popcount: u32::from(popcount), selection, hits: Vec::new(), worst: None }
    }

    /// Takes the hit if it is among the wanted ones of those seen so far. Tells whether [`Self::bound`] has risen.
    pub(super) fn offer(&mut self, hit: Hit) -> bool {
        let wanted = match self.selection {
            Selection::AtLeast(threshold) => {
                let bound = self.measure.threshold(threshold);
                if self.measure.reaches(bound, self.popcount, &hit) {
                    self.hits.push(hit);
                }
                return false;
            }
            Selection::Top(0) => return false,
            Selection::Top(wanted) => wanted,
        };
        if let Some(worst) = self.worst
            && self.measure.cmp_rank(self.popcount, &hit, &worst) != Ordering::Less
        {
            return false;
        }
        self.hits.push(hit);
        // A few more are kept than are wanted, so that not every one costs a selection.
        let spare = if self.worst.is_none() || wanted <= FEW { 0 } else { wanted / 2 };
        let full =
            self.hits.len() >= wanted.saturating_add(spare).max(wanted + usize::from(self.worst.is_some()));
        if full {
            self.select(wanted);
        }
        full
    }

    /// Drops what is not wanted.
    fn select(&mut self, wanted: usize) {
        let (measure, popcount) = (self.measure, self.popcount);
        let (_, worst, _) =
            self.hits.select_nth_unstable_by(wanted - 1, |one, two| measure.cmp_rank(popcount, one, two));
        self.worst = Some(*worst);
        self.hits.truncate(wanted);
    }

    /// A row that is less similar than this will not be taken; `None`: nothing will be taken.
    pub(super) fn bound(&self) -> Option<Score> {
        match (self.selection, self.worst) {
            (Selection::AtLeast(threshold), _) => Some(self.measure.threshold(threshold)),
            (Selection::Top(0), _) => None,
            (Selection::Top(_), None) => Some(Score::ZERO),
            (Selection::Top(_), Some(worst)) => Some(self.measure.score(self.popcount, &worst)),
        }
    }

    /// The same as a Tanimoto similarity; for other measures, one that every row reaches.
    pub(super) fn tanimoto(&self) -> Option<Threshold> {
        self.bound().map(|bound| match self.measure {
            // Both have 32 bits then.
            Measure::Tanimoto => Threshold::unreduced(bound.numerator as u32, bound.denominator as u32),
            _ => Threshold::ZERO,
        })
    }

    /// The hit that others must come before, once there are as many as are wanted.
    pub(super) fn worst(&self) -> Option<Hit> {
        self.worst
    }

    /// Hits that are kept.
    pub(super) fn len(&self) -> usize {
        self.hits.len()
    }

    /// What was found, to be merged; nothing is left, but what is known to be no better than that is still not wanted.
    pub(super) fn take(&mut self) -> Self {
        Self { hits: std::mem::take(&mut self.hits), ..*self }
    }

    /// Takes over what another part has found.
    pub(super) fn merge(&mut self, other: Self) {
        for hit in other.hits {
            self.offer(hit);
        }
    }

    /// All that is wanted, in any order.
    pub(super) fn into_hits(self) -> Vec<Hit> {
        match self.selection {
            Selection::AtLeast(_) => self.hits,
            Selection::Top(_) => self.into_ranked(),
        }
    }

    /// All that is wanted, best first.
    pub(super) fn into_ranked(mut self) -> Vec<Hit> {
        self.hits.sort_unstable_by(|one, two| self.measure.cmp_rank(self.popcount, one, two));
        if let Selection::Top(wanted) = self.selection {
            self.hits.truncate(wanted);
        }
        self.hits
    }
}

/// So few wanted hits are selected anew for each better one.
const FEW: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    fn hits() -> Vec<Hit> {
        (0..200_u64)
            .map(|row| Hit { row, both: (row * 7 % 11) as u32, either: 10 + (row % 3) as u32 })
            .collect()
    }

    fn ranked(selection: Selection, hits: &[Hit]) -> Vec<Hit> {
        let mut found = Found::new(Measure::Tanimoto, 10, selection);
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
            let mut merged = Found::new(Measure::Tanimoto, 10, selection);
            for part in hits.chunks(37) {
                let mut found = Found::new(Measure::Tanimoto, 10, selection);
                part.iter().for_each(|&hit| {
                    found.offer(hit);
                });
                merged.merge(found);
            }
            assert_eq!(merged.into_ranked(), expected);
            // The same part goes on after it was taken from.
            let (mut found, mut merged) =
                (Found::new(Measure::Tanimoto, 10, selection), Found::new(Measure::Tanimoto, 10, selection));
            for part in backwards.chunks(37) {
                part.iter().for_each(|&hit| {
                    found.offer(hit);
                });
                merged.merge(found.take());
                assert_eq!(found.len(), 0);
            }
            assert_eq!(merged.into_ranked(), expected);
        }
    }

    #[test]
    fn the_bound_is_the_last_one_kept() {
        let mut found = Found::new(Measure::Tanimoto, 3, Selection::Top(2));
        let bound = |found: &Found| found.bound().map(|bound| (bound.numerator, bound.denominator));
        assert_eq!(bound(&found), Some((0, 1)));
        assert!(!found.offer(Hit { row: 5, both: 1, either: 2 }));
        assert_eq!(bound(&found), Some((0, 1)));
        assert!(found.offer(Hit { row: 6, both: 1, either: 4 }));
        assert_eq!(bound(&found), Some((1, 4)));
        assert!(!found.offer(Hit { row: 7, both: 1, either: 4 }), "a later row of the same similarity");
        assert!(found.offer(Hit { row: 3, both: 2, either: 8 }), "an earlier one");
        assert_eq!(found.into_ranked()[1].row, 3);
        assert!(Found::new(Measure::Tanimoto, 3, Selection::Top(0)).bound().is_none());
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
