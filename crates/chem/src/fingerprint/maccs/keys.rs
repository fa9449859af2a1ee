//! The keys while they are set.

/// Bits of the fingerprint: 166 keys, and bit 0, which is never set.
pub const MACCS_BITS: u32 = 167;
/// Words of the fingerprint.
pub(super) const WORDS: usize = 3;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Keys(pub [u64; WORDS]);

impl Keys {
    #[inline(always)]
    pub fn set(&mut self, key: usize, is_set: bool) {
        self.0[key / 64] |= u64::from(is_set) << (key % 64);
    }

    #[inline(always)]
    pub fn has(&self, key: usize) -> bool {
        self.0[key / 64] >> (key % 64) & 1 == 1
    }
}
