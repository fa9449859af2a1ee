//! Made-up fingerprints, the same on every machine, with the popcounts of drug-like compounds.

use soyaku_kernels::tanimoto::{Rows, popcount};

/// Name and version of the recipe below, for the report: change one, change the other.
pub const RECIPE: &str = "synthetic:v1";

/// Bits in the middle, of 2,048: as in Morgan fingerprints of radius 2 of ChEMBL.
pub const USUAL_BITS: u64 = 47;

/// Fingerprints in rows.
pub struct Fingerprints {
    bits: Vec<u64>,
    popcounts: Vec<u16>,
    words: usize,
}

impl Fingerprints {
    /// `count` fingerprints of `words` 64-bit words. Of 2,048 bits 20 to 75 are set, [`USUAL_BITS`] in the middle; of
    /// other sizes in proportion.
    pub fn make(count: usize, words: usize, seed: u64) -> Self {
        Self::with_bits(count, words, seed, USUAL_BITS)
    }

    /// The same with another number of set bits in the middle.
    pub fn with_bits(count: usize, words: usize, seed: u64, middle: u64) -> Self {
        let mut random = Random(seed ^ 0x9E37_79B9_7F4A_7C15);
        let mut bits = vec![0; count * words];
        for row in bits.chunks_exact_mut(words) {
            // The sum of two dice of 28 sides, and a few for a minimum.
            let set = 20 + random.below(28) + random.below(28);
            for _ in 0..(set * words as u64 * middle).div_ceil(32 * USUAL_BITS) {
                row.set(random.below(words as u64 * 64) as usize);
            }
        }
        Self::of(bits, words)
    }

    /// Fingerprints that are like some of these, evenly spread over them: each lost up to a third of its bits and got
    /// half as many others, so that searches for them find something.
    pub fn relatives(&self, count: usize, seed: u64) -> Self {
        let mut random = Random(seed ^ 0x51_7C_C1_B7_27_22_0A_95);
        let (words, rows) = (self.words, self.popcounts.len());
        let mut bits = Vec::with_capacity(count * words);
        for index in 0..count {
            let from = index * rows / count;
            let mut row = self.bits[from * words..(from + 1) * words].to_vec();
            let changes = random.below(u64::from(self.popcounts[from]) / 3 + 1);
            for change in 0..changes {
                let place = random.below(u64::from(popcount(&row)).max(1));
                row.clear_nth(place);
                if change % 2 == 0 {
                    row.set(random.below(words as u64 * 64) as usize);
                }
            }
            bits.extend_from_slice(&row);
        }
        Self::of(bits, words)
    }

    fn of(bits: Vec<u64>, words: usize) -> Self {
        let popcounts = bits.chunks_exact(words).map(popcount).collect();
        Self { bits, popcounts, words }
    }

    /// All of them.
    pub fn rows(&self) -> Rows<'_> {
        Rows { bits: &self.bits, popcounts: &self.popcounts, words: self.words }
    }

    /// The first of them.
    pub fn first(&self, count: usize) -> Rows<'_> {
        Rows {
            bits: &self.bits[..count * self.words],
            popcounts: &self.popcounts[..count],
            words: self.words,
        }
    }

    /// One of them.
    pub fn row(&self, index: usize) -> Rows<'_> {
        Rows {
            bits: &self.bits[index * self.words..(index + 1) * self.words],
            popcounts: &self.popcounts[index..=index],
            words: self.words,
        }
    }
}

/// A fingerprint's bits.
trait Bits {
    fn set(&mut self, bit: usize);
    /// Clears the set bit that has `n` before it, where there is one.
    fn clear_nth(&mut self, n: u64);
}

impl Bits for [u64] {
    fn set(&mut self, bit: usize) {
        self[bit / 64] |= 1 << (bit % 64);
    }

    fn clear_nth(&mut self, mut n: u64) {
        for word in self {
            let here = u64::from(word.count_ones());
            if n < here {
                let rest = (0..n).fold(*word, |rest, _| rest & (rest - 1));
                *word &= !(rest & rest.wrapping_neg());
                return;
            }
            n -= here;
        }
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// 0 to `limit` - 1, by the high half of a product (Lemire 2019, without its correction for bias).
    fn below(&mut self, limit: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(limit)) >> 64) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recipe_makes_what_it_says() {
        let made = Fingerprints::make(10_000, 32, 1);
        let mut popcounts = made.popcounts.clone();
        popcounts.sort_unstable();
        assert!((44..=48).contains(&popcounts[5_000]), "median {}", popcounts[5_000]);
        assert!(popcounts[0] >= 15 && popcounts[9_999] <= 75);
        assert_eq!(made.bits, Fingerprints::make(10_000, 32, 1).bits);
        assert_ne!(made.bits, Fingerprints::make(10_000, 32, 2).bits);
        let dense = Fingerprints::with_bits(1_000, 32, 1, 180);
        let sum: u64 = dense.popcounts.iter().map(|&count| u64::from(count)).sum();
        assert!((160_000..180_000).contains(&sum), "{sum}");
    }

    /// tests/gpu/peers/similarity makes the same for the peers, and its test knows the same number.
    #[test]
    fn the_recipe_is_the_one_that_peers_follow() {
        let made = Fingerprints::make(1_000, 32, 7);
        let digest = made.bits.iter().fold(0_u64, |digest, &word| digest.wrapping_mul(31).wrapping_add(word));
        assert_eq!((RECIPE, digest), ("synthetic:v1", 14_449_368_804_039_434_892));
    }

    #[test]
    fn relatives_are_alike() {
        let made = Fingerprints::make(1_000, 32, 1);
        let relatives = made.relatives(10, 2);
        let mut changed = 0;
        for index in 0..10 {
            let (row, from) = (relatives.row(index), made.row(index * 100));
            let both: u32 = row.bits.iter().zip(from.bits).map(|(a, b)| (a & b).count_ones()).sum();
            let either: u32 = row.bits.iter().zip(from.bits).map(|(a, b)| (a | b).count_ones()).sum();
            assert!(both * 2 >= either, "{both} of {either}");
            changed += u32::from(both < either);
        }
        assert!(changed >= 7, "{changed}");
    }

    #[test]
    fn bits_are_cleared_by_their_place() {
        let mut bits = [0b1011_u64, 1 << 63 | 1];
        bits.clear_nth(4);
        assert_eq!(bits, [0b1011, 1]);
        bits.clear_nth(1);
        assert_eq!(bits, [0b1001, 1]);
        bits.clear_nth(9);
        assert_eq!(bits, [0b1001, 1]);
    }
}
