//! 128-bit content digests: what orders the terms of a sum.
//!
//! A digest depends on nothing but what an environment contains, never on the order in which
//! environments were met. It orders incoming messages and finds a place in a hash table; equality
//! is always decided by the exact key.

/// Digest of an environment's content.
pub(super) type Digest = u128;

const LANE_KEYS: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0xd1b5_4a32_d192_ed03];
const MULTIPLIERS: [u64; 2] = [0xa076_1d64_78bd_642f, 0xe703_7ed1_a0b4_28db];

/// Folded 64 x 64 -> 128 bit product.
#[inline(always)]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ ((product >> 64) as u64)
}

/// Digest of an integer key within a domain (atoms, bonds).
#[inline]
pub(super) fn of_key(domain: u64, key: u64) -> Digest {
    let low = fold(key ^ LANE_KEYS[0], MULTIPLIERS[0] ^ domain);
    let high = fold(key ^ LANE_KEYS[1], MULTIPLIERS[1] ^ domain.rotate_left(32));
    join(fold(low ^ domain, MULTIPLIERS[1]), fold(high ^ low, MULTIPLIERS[0]))
}

/// Absorbs `next` into `state`; the order of absorption matters.
#[inline(always)]
pub(super) fn absorb(state: Digest, next: Digest) -> Digest {
    let (low, high) = (state as u64, (state >> 64) as u64);
    let (next_low, next_high) = (next as u64, (next >> 64) as u64);
    join(
        fold(low.rotate_left(23) ^ next_low, MULTIPLIERS[0]) ^ LANE_KEYS[0],
        fold(high.rotate_left(29) ^ next_high, MULTIPLIERS[1]) ^ LANE_KEYS[1] ^ low,
    )
}

#[inline(always)]
fn join(low: u64, high: u64) -> Digest {
    u128::from(low) | (u128::from(high) << 64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn distinct_contents_have_distinct_digests() {
        let mut seen = HashSet::new();
        for domain in 0..3 {
            for key in 0..20_000_u64 {
                assert!(seen.insert(of_key(domain, key)), "{domain} {key}");
            }
        }
        let leaves: Vec<Digest> = (0..150).map(|key| of_key(0, key)).collect();
        for &a in &leaves {
            for &b in &leaves {
                assert!(seen.insert(absorb(a, b)));
            }
        }
    }

    #[test]
    fn low_and_high_halves_are_both_well_spread() {
        for shift in [0, 64] {
            let buckets: HashSet<u64> =
                (0..4096_u64).map(|key| (of_key(1, key) >> shift) as u64 & 0xffff).collect();
            assert!(buckets.len() > 3800, "{}", buckets.len());
        }
    }
}
