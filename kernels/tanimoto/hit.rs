//! One row that was found for one query.

use std::cmp::Ordering;

/// A row of the library with what its similarity to the query is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Hit {
    /// Row of the library.
    pub row: u64,
    /// Bits set in both fingerprints.
    pub both: u32,
    /// Bits set in at least one of them.
    pub either: u32,
}

impl Hit {
    /// Tanimoto similarity `both / either`, 0 where neither fingerprint has a bit. The nearest double to the fraction:
    /// what a division of the two integers gives in any language.
    pub fn similarity(&self) -> f64 {
        if self.either == 0 { 0.0 } else { f64::from(self.both) / f64::from(self.either) }
    }

    /// Compares similarities as fractions, without rounding.
    #[inline(always)]
    pub fn cmp_similarity(&self, other: &Self) -> Ordering {
        let left = u64::from(self.both) * u64::from(other.either.max(1));
        left.cmp(&(u64::from(other.both) * u64::from(self.either.max(1))))
    }

    /// The order of results: `Less` comes first, which is the more similar, of equals the lower row.
    #[inline(always)]
    pub fn cmp_rank(&self, other: &Self) -> Ordering {
        other.cmp_similarity(self).then(self.row.cmp(&other.row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_fractions_are_equal_and_go_by_row() {
        let (a, b) = (Hit { row: 9, both: 1, either: 3 }, Hit { row: 4, both: 7, either: 21 });
        assert_eq!(a.cmp_similarity(&b), Ordering::Equal);
        assert_eq!(a.cmp_rank(&b), Ordering::Greater);
        assert_eq!(a.similarity(), b.similarity());
    }

    #[test]
    fn fractions_that_differ_by_least_are_told_apart() {
        let a = Hit { row: 0, both: 16_383, either: 32_767 };
        let b = Hit { row: 1, both: 16_384, either: 32_768 };
        assert_eq!(a.cmp_similarity(&b), Ordering::Less);
        assert_eq!(a.cmp_rank(&b), Ordering::Greater);
    }

    #[test]
    fn two_empty_fingerprints_are_not_similar() {
        let empty = Hit { row: 0, both: 0, either: 0 };
        assert_eq!(empty.similarity(), 0.0);
        assert_eq!(empty.cmp_similarity(&Hit { row: 1, both: 0, either: 5 }), Ordering::Equal);
    }
}
