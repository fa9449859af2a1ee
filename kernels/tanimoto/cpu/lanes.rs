//! Rows side by side: one bit of each in a register, for the processor's widths.

/// Logic on as many rows as a register has bits.
pub(super) trait Lanes: Copy {
    /// Words of a register.
    const WORDS: usize;

    /// All rows 0, or all 1.
    ///
    /// # Safety
    /// The processor has the instructions.
    unsafe fn splat(bit: bool) -> Self;

    /// Reads [`Self::WORDS`] words.
    ///
    /// # Safety
    /// They are readable, and the processor has the instructions.
    unsafe fn load(words: *const u64) -> Self;

    /// Writes [`Self::WORDS`] words.
    ///
    /// # Safety
    /// They are writable, and the processor has the instructions.
    unsafe fn store(self, words: *mut u64);

    /// `self & other`.
    fn and(self, other: Self) -> Self;
    /// `self | other`.
    fn or(self, other: Self) -> Self;
    /// `self ^ other`.
    fn xor(self, other: Self) -> Self;
    /// Whether the bit of any row is set.
    fn any(self) -> bool;

    /// The sum of three bits of each row: its low and its high bit.
    #[inline(always)]
    fn add(self, y: Self, z: Self) -> (Self, Self) {
        let half = self.xor(y);
        (half.xor(z), self.and(y).or(half.and(z)))
    }
}

impl Lanes for [u64; 2] {
    const WORDS: usize = 2;

    #[inline(always)]
    unsafe fn splat(bit: bool) -> Self {
        [if bit { u64::MAX } else { 0 }; 2]
    }

    #[inline(always)]
    unsafe fn load(words: *const u64) -> Self {
        // SAFETY: as promised by the caller; any alignment is allowed.
        unsafe { words.cast::<Self>().read_unaligned() }
    }

    #[inline(always)]
    unsafe fn store(self, words: *mut u64) {
        // SAFETY: as promised by the caller; any alignment is allowed.
        unsafe { words.cast::<Self>().write_unaligned(self) }
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        [self[0] & other[0], self[1] & other[1]]
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        [self[0] | other[0], self[1] | other[1]]
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        [self[0] ^ other[0], self[1] ^ other[1]]
    }

    #[inline(always)]
    fn any(self) -> bool {
        self[0] | self[1] != 0
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::Lanes;

    // SAFETY of all blocks below: there is a value of these types, so `load` or `splat` made it, whose callers promise
    // that the processor has the instructions.

    impl Lanes for __m256i {
        const WORDS: usize = 4;

        #[inline(always)]
        unsafe fn splat(bit: bool) -> Self {
            // SAFETY: as promised by the caller.
            unsafe { _mm256_set1_epi64x(-i64::from(bit)) }
        }

        #[inline(always)]
        unsafe fn load(words: *const u64) -> Self {
            // SAFETY: as promised by the caller; any alignment is allowed.
            unsafe { _mm256_loadu_si256(words.cast()) }
        }

        #[inline(always)]
        unsafe fn store(self, words: *mut u64) {
            // SAFETY: as promised by the caller; any alignment is allowed.
            unsafe { _mm256_storeu_si256(words.cast(), self) }
        }

        #[inline(always)]
        fn and(self, other: Self) -> Self {
            // SAFETY: see above.
            unsafe { _mm256_and_si256(self, other) }
        }

        #[inline(always)]
        fn or(self, other: Self) -> Self {
            // SAFETY: see above.
            unsafe { _mm256_or_si256(self, other) }
        }

        #[inline(always)]
        fn xor(self, other: Self) -> Self {
            // SAFETY: see above.
            unsafe { _mm256_xor_si256(self, other) }
        }

        #[inline(always)]
        fn any(self) -> bool {
            // SAFETY: see above.
            unsafe { _mm256_testz_si256(self, self) == 0 }
        }
    }

    impl Lanes for __m512i {
        const WORDS: usize = 8;

        #[inline(always)]
        unsafe fn splat(bit: bool) -> Self {
            // SAFETY: as promised by the caller.
            unsafe { _mm512_set1_epi64(-i64::from(bit)) }
        }

        #[inline(always)]
        unsafe fn load(words: *const u64) -> Self {
            // SAFETY: as promised by the caller; any alignment is allowed.
            unsafe { _mm512_loadu_si512(words.cast()) }
        }

        #[inline(always)]
        unsafe fn store(self, words: *mut u64) {
            // SAFETY: as promised by the caller; any alignment is allowed.
            unsafe { _mm512_storeu_si512(words.cast(), self) }
        }

        #[inline(always)]
        fn and(self, other: Self) -> Self {
            // SAFETY: see above.
            unsafe { _mm512_and_si512(self, other) }
        }

        #[inline(always)]
        fn or(self, other: Self) -> Self {
            // SAFETY: see above.
            unsafe { _mm512_or_si512(self, other) }
        }

        #[inline(always)]
        fn xor(self, other: Self) -> Self {
            // SAFETY: see above.
            unsafe { _mm512_xor_si512(self, other) }
        }

        #[inline(always)]
        fn any(self) -> bool {
            // SAFETY: see above.
            unsafe { _mm512_test_epi64_mask(self, self) != 0 }
        }

        #[inline(always)]
        fn add(self, y: Self, z: Self) -> (Self, Self) {
            // SAFETY: see above. The tables are those of exclusive or and of majority.
            unsafe {
                (_mm512_ternarylogic_epi64::<0x96>(self, y, z), _mm512_ternarylogic_epi64::<0xE8>(self, y, z))
            }
        }
    }
}
