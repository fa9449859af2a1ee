//! The processor's ways to count bits in common, and the choice among them at run time.

use super::reach::{Reach, Reached, allowed};
use super::sliced::Block;
#[cfg(target_arch = "x86_64")]
use super::{avx2, avx512};
use super::{planes, portable, sliced};

/// A way to count that this processor has. There is no other way to get one than [`Unit::present`], which looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Unit(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// 512 bits at a time with VPOPCNTQ.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// 256 bits at a time by table look-up of half bytes (Mula, Kurz and Lemire 2018).
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// A word at a time with POPCNT.
    #[cfg(target_arch = "x86_64")]
    Popcnt,
    /// What the compiler makes of `count_ones`.
    Portable,
}

impl Unit {
    /// The fastest one.
    pub(in super::super) fn best() -> Self {
        Self::present().next().unwrap_or(Self(Kind::Portable))
    }

    /// All that this processor has, the fastest first.
    pub(super) fn present() -> impl Iterator<Item = Self> {
        #[cfg(target_arch = "x86_64")]
        let special = [
            (
                Kind::Avx512,
                is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vpopcntdq"),
            ),
            (Kind::Avx2, is_x86_feature_detected!("avx2") && is_x86_feature_detected!("popcnt")),
            (Kind::Popcnt, is_x86_feature_detected!("popcnt")),
        ];
        #[cfg(not(target_arch = "x86_64"))]
        let special: [(Kind, bool); 0] = [];
        special.into_iter().chain([(Kind::Portable, true)]).filter(|unit| unit.1).map(|unit| Self(unit.0))
    }

    /// The number of bits that a fingerprint has in common with each of the rows at `places` in `rows`, which has rows
    /// of as many words as the fingerprint, into the start of `counts`.
    ///
    /// # Panics
    /// When a place is beyond the rows or `counts` is shorter than `places`.
    #[inline]
    pub(super) fn bits_in_common(
        self,
        fingerprint: &[u64],
        rows: &[u64],
        places: &[u32],
        counts: &mut [u32],
    ) {
        let counts = &mut counts[..places.len()];
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `present` has found the features on this processor.
            Kind::Avx512 => unsafe { avx512::bits_in_common(fingerprint, rows, places, counts) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `present` has found the features on this processor.
            Kind::Avx2 => unsafe { avx2::bits_in_common(fingerprint, rows, places, counts) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `present` has found the feature on this processor.
            Kind::Popcnt => unsafe { portable::bits_in_common_popcnt(fingerprint, rows, places, counts) },
            Kind::Portable => portable::bits_in_common(fingerprint, rows, places, counts),
        }
    }
}

impl Unit {
    /// The rows of a block that have at least `need` bits in common with a query, into `reached`; tells whether there is
    /// any.
    ///
    /// # Panics
    /// When the query is of another width.
    #[inline]
    pub(super) fn reaching_in_block(
        self,
        block: Block<'_>,
        query: planes::Query<'_>,
        need: u32,
        reached: &mut planes::Reached,
    ) -> bool {
        assert!(query.fits(block.planes), "fingerprint width");
        if !block.allows(query, need) {
            return false;
        }
        let found = match self.0 {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `present` has found the features on this processor; the planes are there, as just checked.
            Kind::Avx512 => unsafe { avx512::reaching_in_block(block.planes, query, need, reached) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: as above.
            Kind::Avx2 => unsafe { avx2::reaching_in_block(block.planes, query, need, reached) },
            // SAFETY: no special instructions; the planes are there, as just checked.
            _ => unsafe { planes::reaching::<[u64; 2]>(block.planes, query, need, reached) },
        };
        if need == 0 {
            reached.keep_first(block.order.len());
        }
        found
    }

    /// Turns eight blocks of 64 x 64 bits.
    pub(super) fn transpose(self, rows: &mut [[u64; 8]; 64]) {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `present` has found the features on this processor.
            Kind::Avx512 => unsafe { avx512::transpose(rows) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `present` has found the features on this processor.
            Kind::Avx2 => unsafe { avx2::transpose(rows) },
            _ => sliced::transpose(rows),
        }
    }

    /// The rows that may reach a bound, with their bits in common with the fingerprint. `from_memory` where the rows
    /// are not in the cache yet.
    ///
    /// # Panics
    /// When the lengths do not fit.
    pub(super) fn reaching(
        self,
        fingerprint: &[u64],
        reach: Reach,
        rows: &[u64],
        popcounts: &[u16],
        from_memory: bool,
        reached: &mut Reached,
    ) {
        reached.clear(popcounts.len());
        let allowed = allowed(reach, popcounts);
        if allowed == 0 {
            return;
        }
        #[cfg(target_arch = "x86_64")]
        // All rows in a row are so much faster that it pays where about half of them are wanted.
        let from = if self.0 == Kind::Avx512 && allowed * 2 > popcounts.len() {
            let from = popcounts.len() / avx512::ROWS * avx512::ROWS;
            let rows = &rows[..from * fingerprint.len()];
            // SAFETY: `present` has found the features on this processor.
            unsafe { avx512::reaching(fingerprint, reach, rows, &popcounts[..from], from_memory, reached) };
            from
        } else {
            0
        };
        #[cfg(not(target_arch = "x86_64"))]
        let (from, _) = (0, from_memory);
        if from < popcounts.len() {
            reached.append_listed(reach, popcounts, from, |places, counts| {
                self.bits_in_common(fingerprint, rows, places, counts);
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Random;

    /// Rows of every kind: random of several densities, empty, full, equal to and disjoint from the first one.
    fn rows(words: usize, count: usize) -> Vec<u64> {
        let mut numbers = Random::new(words as u64);
        let mut random = || numbers.next();
        let mut rows: Vec<u64> = (0..words).map(|_| random()).collect();
        for row in 1..count {
            for word in 0..words {
                let first = rows[word];
                rows.push(match row % 8 {
                    1 => 0,
                    2 => u64::MAX,
                    3 => first,
                    4 => !first,
                    5 => random() & random() & random(),
                    6 => random() | random() | random(),
                    // A single bit, at every place in turn.
                    7 => u64::from(row / 8 % words == word) << (row % 64),
                    _ => random(),
                });
            }
        }
        rows
    }

    fn assert_equals_definition(unit: Unit, fingerprint: &[u64], rows: &[u64], places: &[u32]) {
        let words = fingerprint.len();
        let mut counts = vec![u32::MAX; places.len() + 1];
        unit.bits_in_common(fingerprint, rows, places, &mut counts);
        assert_eq!(counts.pop(), Some(u32::MAX), "written beyond the end");
        for (&place, count) in places.iter().zip(counts) {
            let row = &rows[place as usize * words..][..words];
            let mut expected = 0;
            for bit in 0..words * 64 {
                expected +=
                    u32::from(fingerprint[bit / 64] >> (bit % 64) & row[bit / 64] >> (bit % 64) & 1 == 1);
            }
            assert_eq!(count, expected, "{unit:?}, {words} words, row {place}");
        }
    }

    #[test]
    fn every_unit_equals_the_definition_at_every_width() {
        let widths = (1..=40).chain([47, 63, 64, 65, 100, 127, 128, 129, 160, 191, 192, 200, 255, 256]);
        for words in widths {
            let rows = rows(words, 26);
            let all: Vec<u32> = (0..26).collect();
            for unit in Unit::present() {
                for fingerprint in rows.chunks(words).take(7) {
                    assert_equals_definition(unit, fingerprint, &rows, &all);
                }
            }
        }
    }

    #[test]
    fn any_number_of_places_in_any_order() {
        for words in [1, 5, 8, 16, 32, 33] {
            let rows = rows(words, 64);
            for unit in Unit::present() {
                for count in 0..=20_u32 {
                    let places: Vec<u32> = (0..count).map(|place| (place * 37 + 11) % 64).collect();
                    assert_equals_definition(unit, &rows[..words], &rows, &places);
                }
            }
        }
    }

    #[test]
    fn every_unit_finds_the_same_rows() {
        for words in [1, 3, 8, 16, 17, 32, 64, 100] {
            for count in [1, 7, 8, 9, 26, 200] {
                let rows = rows(words, count);
                let popcounts: Vec<u16> = rows
                    .chunks(words)
                    .map(|row| row.iter().map(|word| word.count_ones()).sum::<u32>() as u16)
                    .collect();
                for bound in ["0", "0.1", "0.333333333", "0.4", "0.5", "0.999999999", "1"] {
                    let bound = bound.parse().unwrap();
                    for query in 0..count.min(8) {
                        let fingerprint = &rows[query * words..(query + 1) * words];
                        let reach = Reach { popcount: popcounts[query], bound };
                        let both = |row: &[u64]| {
                            row.iter().zip(fingerprint).map(|(a, b)| (a & b).count_ones()).sum()
                        };
                        let expected: Vec<(u32, u32)> = (0_u32..)
                            .zip(rows.chunks(words).map(both).zip(&popcounts))
                            .filter(|&(_, (both, &popcount))| reach.met(both, popcount))
                            .map(|(place, (both, _))| (place, both))
                            .collect();
                        for unit in Unit::present() {
                            for from_memory in [false, true] {
                                let mut reached = Reached::default();
                                unit.reaching(
                                    fingerprint,
                                    reach,
                                    &rows,
                                    &popcounts,
                                    from_memory,
                                    &mut reached,
                                );
                                let got: Vec<_> = reached.iter().collect();
                                assert_eq!(got, expected, "{unit:?}, {words} words, {count} rows, {bound}");
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn the_widest_fingerprints_of_all_ones() {
        for words in [256, 1023] {
            let rows = vec![u64::MAX; words * 9];
            for unit in Unit::present() {
                assert_equals_definition(unit, &rows[..words], &rows, &[8, 0, 1, 2, 3, 4, 5, 6, 7]);
            }
        }
    }

    #[test]
    fn a_place_beyond_the_rows_panics() {
        for unit in Unit::present() {
            for places in [vec![4], vec![0, 1, 2, 3, 0, 1, 2, 4], vec![u32::MAX; 8]] {
                let outcome = std::panic::catch_unwind(|| {
                    let mut counts = [0; 8];
                    unit.bits_in_common(&[1; 32], &[1; 4 * 32], &places, &mut counts);
                });
                assert!(outcome.is_err(), "{unit:?} {places:?}");
            }
        }
    }

    #[test]
    fn the_portable_way_is_always_there() {
        assert_eq!(Unit::present().last(), Some(Unit(Kind::Portable)));
        assert_eq!(Unit::present().next(), Some(Unit::best()));
    }
}
