//! Bits in common with 512 rows at a time, from planes of bits.
//!
//! A plane holds the same bit of 512 rows. Only the planes of the bits that are set in the query count: they are added
//! up, for all rows at once, in a counter that stands upright, bit by bit, in as many registers. Carry-save adders
//! (Harley and Seal; Mula, Kurz and Lemire 2018) make about two and a half operations of a plane, so the cost of 512
//! pairs is about that of 2.5 logical instructions for each set bit of the query, however wide the fingerprints are.

use super::super::MOST_WORDS;
use super::lanes::Lanes;

/// Rows of a plane.
pub(in super::super) const BLOCK: usize = 512;

/// One bit of 512 rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(align(64))]
pub(in super::super) struct Plane(pub(super) [u64; BLOCK / 64]);

/// The planes of a query: those of its set bits, and that of zeros until there are eights of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Query<'a> {
    /// Where in a block each begins, in bytes: the compiler takes these as they are, one by one.
    planes: &'a [u32],
    /// Set bits.
    set: u32,
    /// The plane of zeros, after all others.
    zeros: u32,
}

/// The set bits of many queries.
#[derive(Debug)]
pub(super) struct Queries {
    planes: Vec<u32>,
    /// Of each query: where its planes begin, and how many bits are set.
    starts: Vec<(usize, u32)>,
    /// The plane of zeros of blocks of their width.
    zeros: u32,
}

impl Queries {
    /// None yet, of so many words.
    ///
    /// # Panics
    /// For more than [`MOST_WORDS`].
    pub(super) fn new(words: usize) -> Self {
        assert!(words <= MOST_WORDS, "fingerprints of {words} words, and {MOST_WORDS} are possible");
        Self { planes: Vec::new(), starts: Vec::new(), zeros: offset(words * 64) }
    }

    /// Adds a fingerprint.
    ///
    /// # Panics
    /// When its width is another one.
    pub(super) fn push(&mut self, fingerprint: &[u64]) {
        assert_eq!(offset(fingerprint.len() * 64), self.zeros, "fingerprint width");
        let start = self.planes.len();
        for (word, &bits) in fingerprint.iter().enumerate() {
            let mut rest = bits;
            while rest != 0 {
                self.planes.push(offset(word * 64 + rest.trailing_zeros() as usize));
                rest &= rest - 1;
            }
        }
        let set = self.planes.len() - start;
        self.planes.resize(start + set.next_multiple_of(8), self.zeros);
        self.starts.push((start, set as u32));
    }

    pub(super) fn get(&self, query: usize) -> Query<'_> {
        let (start, set) = self.starts[query];
        let planes = &self.planes[start..start + (set as usize).next_multiple_of(8)];
        Query { planes, set, zeros: self.zeros }
    }
}

/// Where a plane begins in a block: 1,023 words have no more than 2^22 bytes of planes.
fn offset(plane: usize) -> u32 {
    (plane * size_of::<Plane>()) as u32
}

/// Asks for a plane from memory.
#[inline(always)]
pub(super) fn prefetch(plane: *const Plane) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a hint, which may be of any address, and SSE is part of the architecture.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T1>(plane.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = plane;
}

impl Query<'_> {
    /// Number of its set bits.
    #[inline]
    pub(super) fn set(self) -> u32 {
        self.set
    }

    /// Asks for the planes that will be added.
    #[inline]
    pub(super) fn prefetch(self, block: &[Plane]) {
        self.planes.iter().for_each(|&at| prefetch(block.as_ptr().wrapping_byte_add(at as usize)));
    }

    /// Whether all planes are there: a block of its width has that of zeros as the last one.
    #[inline]
    pub(super) fn fits(self, block: &[Plane]) -> bool {
        self.zeros as usize + size_of::<Plane>() == size_of_val(block)
    }
}

/// Levels of the counter: counts below 2^16.
const LEVELS: usize = 16;
/// Levels that are always there.
const BASE: usize = 4;

/// The rows of a block that have enough bits in common with a query, and how many more.
#[derive(Debug, Default)]
pub(super) struct Reached {
    mask: Plane,
    /// Bit l of what a row has more than is needed.
    levels: [Plane; LEVELS],
    used: usize,
    need: u32,
}

impl Reached {
    /// Number of rows.
    pub(super) fn count(&self) -> u32 {
        self.mask.0.iter().map(|word| word.count_ones()).sum()
    }

    /// Forgets what is behind the first `rows`: a block's padding, which is found where nothing is needed.
    pub(super) fn keep_first(&mut self, rows: usize) {
        for (index, word) in self.mask.0.iter_mut().enumerate() {
            match rows.saturating_sub(index * 64) {
                0 => *word = 0,
                left @ 1..64 => *word &= (1 << left) - 1,
                _ => {}
            }
        }
    }

    /// Calls `take` with the place of each row and its bits in common.
    #[inline]
    pub(super) fn for_each(&self, mut take: impl FnMut(usize, u32)) {
        for (index, &word) in self.mask.0.iter().enumerate() {
            let mut rest = word;
            while rest != 0 {
                let bit = rest.trailing_zeros();
                rest &= rest - 1;
                let levels = self.levels[..self.used].iter().enumerate();
                let more: u32 = levels.map(|(l, plane)| ((plane.0[index] >> bit) as u32 & 1) << l).sum();
                take(index * 64 + bit as usize, self.need + more);
            }
        }
    }
}

/// Finds the rows that have at least `need` bits in common with the query; tells whether there is any.
///
/// # Safety
/// The processor has the instructions of `L`. The planes of the query are planes of the block.
#[inline(always)]
pub(super) unsafe fn reaching<L: Lanes>(
    block: &[Plane],
    query: Query<'_>,
    need: u32,
    reached: &mut Reached,
) -> bool {
    if need > query.set {
        return false;
    }
    // SAFETY: as promised by the caller.
    unsafe {
        match query.set {
            0..16 => added::<L, 0>(block, query, need, reached),
            16..32 => added::<L, 1>(block, query, need, reached),
            32..64 => added::<L, 2>(block, query, need, reached),
            64..128 => added::<L, 3>(block, query, need, reached),
            128..256 => added::<L, 4>(block, query, need, reached),
            256..1024 => added::<L, 6>(block, query, need, reached),
            1024..4096 => added::<L, 8>(block, query, need, reached),
            _ => added::<L, 12>(block, query, need, reached),
        }
    }
}

/// With a counter of `BASE + UPPER` levels, which begins such that it overflows where there are enough.
///
/// # Safety
/// As of [`reaching`].
#[inline(always)]
unsafe fn added<L: Lanes, const UPPER: usize>(
    block: &[Plane],
    query: Query<'_>,
    need: u32,
    reached: &mut Reached,
) -> bool {
    let start = (1_u32 << (BASE + UPPER)).wrapping_sub(need);
    let mut any = false;
    for part in (0..BLOCK / 64).step_by(L::WORDS) {
        let origin = block.as_ptr().cast::<u64>().wrapping_add(part);
        // No closures: one that holds vectors is inlined only where it has the features by itself.
        macro_rules! eight {
            ($planes:expr) => {{
                let planes: &[u32; 8] = $planes;
                // SAFETY: the planes of the query are planes of the block, and `part` is a part of a plane.
                unsafe {
                    [
                        L::load(origin.byte_add(planes[0] as usize)),
                        L::load(origin.byte_add(planes[1] as usize)),
                        L::load(origin.byte_add(planes[2] as usize)),
                        L::load(origin.byte_add(planes[3] as usize)),
                        L::load(origin.byte_add(planes[4] as usize)),
                        L::load(origin.byte_add(planes[5] as usize)),
                        L::load(origin.byte_add(planes[6] as usize)),
                        L::load(origin.byte_add(planes[7] as usize)),
                    ]
                }
            }};
        }
        macro_rules! initial {
            ($level:expr) => {
                // SAFETY: the processor has the instructions, as promised by the caller.
                unsafe { L::splat(start >> ($level) & 1 == 1) }
            };
        }
        let mut low = Low { ones: initial!(0), twos: initial!(1), fours: initial!(2) };
        let mut eights = initial!(3);
        let mut upper = [eights; UPPER];
        for (level, bits) in upper.iter_mut().enumerate() {
            *bits = initial!(BASE + level);
        }
        // Everything is enough for a need of 0.
        // SAFETY: as above.
        let mut enough = unsafe { L::splat(need == 0) };

        let mut groups = query.planes.as_chunks::<8>().0.chunks_exact(2);
        for planes in &mut groups {
            let first = low.add(eight!(&planes[0]));
            let second = low.add(eight!(&planes[1]));
            let (sum, carry) = eights.add(first, second);
            eights = sum;
            enough = enough.or(ripple(&mut upper, carry));
        }
        if let [planes] = groups.remainder() {
            let carry = low.add(eight!(planes));
            let more = eights.and(carry);
            eights = eights.xor(carry);
            enough = enough.or(ripple(&mut upper, more));
        }

        let found = enough.any();
        // SAFETY: `part` is a part of a plane.
        unsafe { enough.store(reached.mask.0.as_mut_ptr().add(part)) };
        if found {
            macro_rules! store {
                ($bits:expr, $level:expr) => {
                    // SAFETY: `part` is a part of a plane.
                    unsafe { $bits.store(reached.levels[$level].0.as_mut_ptr().add(part)) }
                };
            }
            store!(low.ones, 0);
            store!(low.twos, 1);
            store!(low.fours, 2);
            store!(eights, 3);
            for (level, bits) in upper.into_iter().enumerate() {
                store!(bits, BASE + level);
            }
        }
        any |= found;
    }
    (reached.used, reached.need) = (BASE + UPPER, need);
    any
}

/// The three lowest levels of the counter.
struct Low<L> {
    ones: L,
    twos: L,
    fours: L,
}

impl<L: Lanes> Low<L> {
    /// Adds eight planes; returns what is carried to the eights.
    #[inline(always)]
    fn add(&mut self, x: [L; 8]) -> L {
        let (ones, a) = self.ones.add(x[0], x[1]);
        let (ones, b) = ones.add(x[2], x[3]);
        let (twos, c) = self.twos.add(a, b);
        let (ones, a) = ones.add(x[4], x[5]);
        let (ones, b) = ones.add(x[6], x[7]);
        let (twos, d) = twos.add(a, b);
        let (fours, e) = self.fours.add(c, d);
        *self = Self { ones, twos, fours };
        e
    }
}

/// Adds a bit to the upper levels; returns what overflows.
#[inline(always)]
fn ripple<L: Lanes, const UPPER: usize>(upper: &mut [L; UPPER], mut carry: L) -> L {
    for bits in upper {
        let more = bits.and(carry);
        *bits = bits.xor(carry);
        carry = more;
    }
    carry
}

#[cfg(test)]
mod tests;
