//! Which rows of a block reach a bound.

use super::super::Threshold;

/// What a row must have in common with a query.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reach {
    /// Bits of the query.
    pub popcount: u16,
    /// The similarity to reach.
    pub bound: Threshold,
}

impl Reach {
    /// Whether a row with that popcount and so many bits in common is similar enough: `both / (sum - both)`, where `sum`
    /// is that of the popcounts, against `n / d`, as `both * (n + d) >= n * sum`. Two empty fingerprints have
    /// similarity 0.
    #[inline(always)]
    pub(super) fn met(self, both: u32, popcount: u16) -> bool {
        let (numerator, denominator) =
            (u64::from(self.bound.numerator()), u64::from(self.bound.denominator()));
        let sum = u64::from(self.popcount) + u64::from(popcount);
        u64::from(both) * (numerator + denominator) >= numerator * sum.max(1)
    }
}

/// Rows that reach a bound: their places in the block, ascending, and their bits in common with the query.
#[derive(Debug, Default)]
pub(super) struct Reached {
    places: Vec<u32>,
    counts: Vec<u32>,
    len: usize,
}

/// Entries that [`Reached::append`] lets a caller write at a time.
pub(super) const SPARE: usize = 8;

impl Reached {
    /// Forgets all rows and makes room for those of a block.
    pub(super) fn clear(&mut self, rows: usize) {
        self.len = 0;
        if self.places.len() < rows + SPARE {
            self.places.resize(rows + SPARE, 0);
            self.counts.resize(rows + SPARE, 0);
        }
    }

    /// Places and bits in common.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, u32)> {
        self.places[..self.len].iter().copied().zip(self.counts[..self.len].iter().copied())
    }

    /// Where the next `count` rows go: the first of eight entries.
    #[inline(always)]
    pub(super) fn append(&mut self, count: usize) -> (&mut [u32; SPARE], &mut [u32; SPARE]) {
        let at = self.len;
        self.len += count;
        (&mut self.places[at..].as_chunks_mut().0[0], &mut self.counts[at..].as_chunks_mut().0[0])
    }

    /// Appends those rows from `from` on whose popcount allows the bound and, of these, whose bits in common, counted
    /// by `count`, reach it.
    #[inline]
    pub(super) fn append_listed(
        &mut self,
        reach: Reach,
        popcounts: &[u16],
        from: usize,
        count: impl FnOnce(&[u32], &mut [u32]),
    ) {
        let (first, last) = reach.bound.popcounts(reach.popcount);
        let (places, counts) = (&mut self.places[self.len..], &mut self.counts[self.len..]);
        let mut allowed = 0;
        for (place, popcount) in popcounts.iter().enumerate().skip(from) {
            // Written in any case and kept by counting it, so that nothing is to be predicted.
            places[allowed] = place as u32;
            allowed += usize::from(is_between(*popcount, first, last));
        }
        count(&places[..allowed], &mut counts[..allowed]);
        let mut kept = 0;
        for at in 0..allowed {
            let (place, both) = (places[at], counts[at]);
            (places[kept], counts[kept]) = (place, both);
            kept += usize::from(reach.met(both, popcounts[place as usize]));
        }
        self.len += kept;
    }
}

/// Number of rows whose popcount allows the bound.
pub(super) fn allowed(reach: Reach, popcounts: &[u16]) -> usize {
    let (first, last) = reach.bound.popcounts(reach.popcount);
    popcounts.iter().filter(|&&popcount| is_between(popcount, first, last)).count()
}

#[inline(always)]
fn is_between(popcount: u16, first: u16, last: u16) -> bool {
    popcount >= first && popcount <= last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_is_that_of_the_threshold() {
        for bound in ["0", "0.3", "0.7", "0.999999999", "1"].map(|text| text.parse::<Threshold>().unwrap()) {
            for (both, a, b) in
                [(0, 1, 1), (7, 7, 10), (7, 8, 9), (3, 3, 10), (2048, 2048, 2048), (13, 20, 13)]
            {
                let reach = Reach { popcount: a, bound };
                let either = u32::from(a) + u32::from(b) - both;
                assert_eq!(reach.met(both, b), bound.is_met(both, either), "{bound}");
            }
        }
    }

    #[test]
    fn rows_are_those_that_reach_the_bound() {
        let popcounts: Vec<u16> = (0..100).map(|i| i * 7 % 50).chain([u16::MAX, 0]).collect();
        for (popcount, bound) in [(0, "0"), (20, "0.5"), (20, "1"), (u16::MAX, "0.9"), (60, "0.99")] {
            let reach = Reach { popcount, bound: bound.parse().unwrap() };
            let both = |place: u32| u32::from(popcounts[place as usize].min(popcount)) * (place % 2);
            for from in [0, 1, 50, 102] {
                let mut reached = Reached::default();
                reached.clear(102);
                let mut seen = 0;
                reached.append_listed(reach, &popcounts, from, |places, counts| {
                    seen = places.len();
                    places.iter().zip(counts).for_each(|(&place, count)| *count = both(place));
                });
                assert_eq!(seen, allowed(reach, &popcounts[from..]));
                let expected: Vec<(u32, u32)> = (from as u32..102)
                    .filter(|&place| reach.met(both(place), popcounts[place as usize]))
                    .map(|place| (place, both(place)))
                    .collect();
                assert_eq!(reached.iter().collect::<Vec<_>>(), expected, "{popcount} {bound} {from}");
            }
        }
    }
}
