//! How dissimilar a row must be to be kept in memory.

use std::cmp::Ordering;

use soyaku_kernels::tanimoto::{Closest, Measure};

/// The last row, in the order of picks, that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ceiling {
    closest: Closest,
    row: u64,
}

/// Similarities are counted in so many steps.
const STEPS: usize = 1 << 16;

impl Ceiling {
    /// Of rows that were compared with nothing: the first ones.
    pub fn first(room: u64) -> Self {
        Self { closest: Closest::nothing(0), row: room.saturating_sub(1) }
    }

    /// Such that no more than about `room` rows, at least one, are below; `None` where there are no more than that.
    pub fn new(closest: &[Closest], measure: Measure, room: u64) -> Option<Self> {
        let rows = || (0_u64..).zip(closest).filter(|(_, closest)| !closest.is_picked());
        let step = |closest: &Closest| (closest.similarity(measure) * (STEPS - 1) as f64) as usize;
        let mut counts = vec![0_u64; STEPS];
        rows().for_each(|(_, closest)| counts[step(closest).min(STEPS - 1)] += 1);
        if counts.iter().sum::<u64>() <= room {
            return None;
        }
        let mut below = 0;
        let steps = counts.iter().take_while(|&&count| {
            below += count;
            below <= room
        });
        let steps = steps.count();
        let order = |one: &(u64, &Closest), two: &(u64, &Closest)| {
            one.1.cmp_similarity(two.1, measure).then(one.0.cmp(&two.0))
        };
        let last = rows().filter(|(_, closest)| step(closest) < steps).max_by(order);
        let (row, closest) = last.or_else(|| {
            // Too many that are nearly the same: the first ones of those that are the least similar.
            let (_, least) = rows().min_by(order)?;
            let same = |closest: &&Closest| closest.cmp_similarity(least, measure) == Ordering::Equal;
            rows().filter(|(_, closest)| same(closest)).take(room.max(1) as usize).last()
        })?;
        Some(Self { closest: *closest, row })
    }

    /// Whether a row is kept.
    pub fn covers(&self, closest: &Closest, row: u64, measure: Measure) -> bool {
        closest.cmp_similarity(&self.closest, measure).then(row.cmp(&self.row)) != Ordering::Greater
    }
}
