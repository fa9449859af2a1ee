//! What rows must reach, query by query, shared by threads.

use std::cmp;
use std::sync::atomic::{AtomicU64, Ordering};

use super::super::measure::Score;
use super::super::selection::Found;
use super::super::{Hit, Measure, Selection};

/// Bounds that only rise.
pub(super) enum Bounds {
    /// The same from first to last, for all queries.
    Fixed(Score),
    /// That of the worst hit of those that are kept.
    Rising { measure: Measure, queries: Vec<Rising> },
}

/// The worst hit of one query.
pub(super) struct Rising {
    popcount: u32,
    /// `both << 32 | either`
    worst: AtomicU64,
}

impl Bounds {
    /// `None`: no row is wanted.
    pub(super) fn new(measure: Measure, selection: Selection, popcounts: &[u16]) -> Option<Self> {
        match selection {
            Selection::AtLeast(threshold) => Some(Self::Fixed(measure.threshold(threshold))),
            Selection::Top(0) => None,
            Selection::Top(_) => {
                let rising = |&popcount| Rising { popcount: u32::from(popcount), worst: AtomicU64::new(0) };
                Some(Self::Rising { measure, queries: popcounts.iter().map(rising).collect() })
            }
        }
    }

    // Relaxed: the value is complete in itself, and an old one is a valid bound too.
    #[inline]
    pub(super) fn get(&self, query: usize) -> Score {
        match self {
            Self::Fixed(bound) => *bound,
            Self::Rising { measure, queries } => {
                let Rising { popcount, worst } = &queries[query];
                measure.score(*popcount, &unpack(worst.load(Ordering::Relaxed)))
            }
        }
    }

    /// Raises the bound to that of what one thread has found.
    pub(super) fn raise(&self, query: usize, found: &Found) {
        let (Self::Rising { measure, queries }, Some(hit)) = (self, found.worst()) else { return };
        let Rising { popcount, worst } = &queries[query];
        let score = measure.score(*popcount, &hit);
        let is_higher =
            |packed| score.cmp(measure.score(*popcount, &unpack(packed))) == cmp::Ordering::Greater;
        let higher = |packed| is_higher(packed).then_some(u64::from(hit.both) << 32 | u64::from(hit.either));
        // An error says that it is at least that already.
        let _ = worst.fetch_update(Ordering::Relaxed, Ordering::Relaxed, higher);
    }
}

#[inline]
fn unpack(packed: u64) -> Hit {
    Hit { row: 0, both: (packed >> 32) as u32, either: packed as u32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_never_falls() {
        for measure in ["tanimoto", "cosine", "tversky:0.5,0.1"].map(|text| text.parse::<Measure>().unwrap())
        {
            let bounds = Bounds::new(measure, Selection::Top(1), &[9, 7]).unwrap();
            assert_eq!(bounds.get(0).numerator, 0);
            let found = |both, either| {
                let mut found = Found::new(measure, 9, Selection::Top(1));
                found.offer(Hit { row: 5, both, either });
                found
            };
            for ((both, either), kept) in
                [((3, 9), (3, 9)), ((2, 9), (3, 9)), ((9, 9), (9, 9)), ((8, 9), (9, 9))]
            {
                bounds.raise(0, &found(both, either));
                let expected = measure.score(9, &Hit { row: 0, both: kept.0, either: kept.1 });
                assert_eq!(bounds.get(0).cmp(expected), cmp::Ordering::Equal, "{measure}");
            }
            assert_eq!(bounds.get(1).numerator, 0);
        }
        assert!(Bounds::new(Measure::Tanimoto, Selection::Top(0), &[1]).is_none());
    }
}
