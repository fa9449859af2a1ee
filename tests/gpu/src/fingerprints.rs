//! Made-up fingerprints, the same on every machine, with the popcounts of drug-like compounds.

use soyaku_kernels::tanimoto::{Rows, popcount};

/// Name and version of the recipe below, for the report: change one, change the other.
pub const RECIPE: &str = "synthetic:v1";

/// Fingerprints in rows.
pub struct Fingerprints {
    bits: Vec<u64>,
    popcounts: Vec<u16>,
    words: usize,
}

impl Fingerprints {
    /// `count` fingerprints of `words` 64-bit words. Of 2,048 bits 20 to 75 are set, 47 in the middle, as in Morgan
    /// fingerprints of radius 2 of ChEMBL; of other sizes in proportion.
    pub fn make(count: usize, words: usize, seed: u64) -> Self {
        let mut random = Random(seed ^ 0x9E37_79B9_7F4A_7C15);
        let mut bits = vec![0; count * words];
        for row in bits.chunks_exact_mut(words) {
            // The sum of two dice of 28 sides, and a few for a minimum.
            let set = 20 + random.below(28) + random.below(28);
            for _ in 0..(set * words as u64).div_ceil(32) {
                let bit = random.below(words as u64 * 64) as usize;
                row[bit / 64] |= 1 << (bit % 64);
            }
        }
        let popcounts = bits.chunks_exact(words).map(popcount).collect();
        Self { bits, popcounts, words }
    }

    /// All of them.
    pub fn rows(&self) -> Rows<'_> {
        Rows { bits: &self.bits, popcounts: &self.popcounts, words: self.words }
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
    }
}
