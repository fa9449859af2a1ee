//! The 32-bit hash under RDKit's Morgan identifiers.

const GOLDEN_RATIO: u32 = 0x9e37_79b9;

/// Mixes one more value into a hash.
#[inline(always)]
pub(super) const fn combine(seed: u32, value: u32) -> u32 {
    seed ^ value.wrapping_add(GOLDEN_RATIO).wrapping_add(seed << 6).wrapping_add(seed >> 2)
}

/// Hash of a pair: both values mixed into zero.
#[inline(always)]
pub(super) const fn pair(first: u32, second: u32) -> u32 {
    combine(combine(0, first), second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combining_into_zero_adds_the_golden_ratio() {
        assert_eq!(combine(0, 1), GOLDEN_RATIO + 1);
        assert_ne!(pair(1, 2), pair(2, 1));
    }

    #[test]
    fn methane_carbon() {
        // RDKit: GetSparseCountFingerprint(MolFromSmiles('C')) has the single identifier 2246733040.
        let hash = [6, 4, 4, 0, 0].into_iter().fold(0, combine);
        assert_eq!(hash, 2_246_733_040);
    }
}
