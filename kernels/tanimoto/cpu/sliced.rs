//! Rows sorted by popcount and turned into planes of bits.

use rayon::prelude::*;
use soyaku_device::prefer_large_pages;

use super::super::Rows;
use super::super::rows::by_popcount;
use super::planes::{BLOCK, Plane, Query};
use super::unit::Unit;

/// Rows in blocks of 512, those with few bits first, of equals in their order.
#[derive(Debug, Default)]
pub(in super::super) struct Sliced {
    words: usize,
    /// Row of each place.
    order: Vec<u32>,
    /// Popcount of each place, ascending.
    popcounts: Vec<u16>,
    /// Least and most popcount of each block: all of them in a few lines, since every search looks at every block.
    ranges: Vec<(u16, u16)>,
    /// `words x 64 + 1` planes for each block; the last one is of zeros.
    planes: Vec<Plane>,
}

impl Sliced {
    /// Lays out rows in place of those before, in the current thread pool.
    ///
    /// # Panics
    /// When there are 2^32 rows or more, or they are wider than 65,472 bits.
    pub(in super::super) fn fill(&mut self, unit: Unit, rows: Rows<'_>) {
        assert!(u32::try_from(rows.len()).is_ok(), "{} rows in a tile", rows.len());
        assert!(rows.words <= super::super::MOST_WORDS, "fingerprints of {} words", rows.words);
        self.words = rows.words;
        self.sort(rows.popcounts);
        let planes = self.planes_of_block();
        let blocks = rows.len().div_ceil(BLOCK);
        if self.planes.capacity() < blocks * planes {
            // Not copied, and not held beside the new ones.
            self.planes = Vec::new();
            self.planes.reserve_exact(blocks * planes);
            prefer_large_pages(&self.planes);
        }
        self.planes.resize(blocks * planes, Plane::default());
        let order = self.order.par_chunks(BLOCK);
        let scratch = || Box::new([Gathered::default(); GATHERED]);
        self.planes.par_chunks_mut(planes).zip(order).for_each_init(scratch, |gathered, (planes, order)| {
            for from in (0..rows.words).step_by(GATHERED) {
                let words = GATHERED.min(rows.words - from);
                for (place, &row) in order.iter().enumerate() {
                    let line = &rows.bits[row as usize * rows.words + from..][..words];
                    for (gathered, &word) in gathered.iter_mut().zip(line) {
                        gathered.bits[place % 64][place / 64] = word;
                    }
                }
                for (word, Gathered { bits, .. }) in (from..).zip(&mut gathered[..words]) {
                    // Where rows of a block are missing.
                    for place in order.len()..BLOCK {
                        bits[place % 64][place / 64] = 0;
                    }
                    unit.transpose(bits);
                    for (plane, bits) in planes[word * 64..][..64].iter_mut().zip(bits) {
                        *plane = Plane(*bits);
                    }
                }
            }
            planes[rows.words * 64] = Plane::default();
        });
    }

    fn sort(&mut self, popcounts: &[u16]) {
        self.order = by_popcount(popcounts);
        self.popcounts.clear();
        self.popcounts.extend(self.order.iter().map(|&row| popcounts[row as usize]));
        let ends = |block: &[u16]| (block[0], block[block.len() - 1]);
        self.ranges.clear();
        self.ranges.extend(self.popcounts.chunks(BLOCK).map(ends));
    }

    fn planes_of_block(&self) -> usize {
        self.words * 64 + 1
    }

    /// Words of a fingerprint.
    pub(in super::super) fn words(&self) -> usize {
        self.words
    }

    /// Number of rows.
    pub(in super::super) fn len(&self) -> usize {
        self.order.len()
    }

    /// Memory that it takes.
    pub(in super::super) fn bytes(&self) -> usize {
        self.planes.capacity() * size_of::<Plane>()
            + self.order.capacity() * 4
            + self.popcounts.capacity() * 2
            + self.ranges.capacity() * 4
    }

    pub(super) fn blocks(&self) -> usize {
        self.len().div_ceil(BLOCK)
    }

    /// Where blocks begin to have rows of so many bits: those before have none. At most [`Self::blocks`].
    pub(super) fn blocks_below(&self, popcount: u32) -> usize {
        self.popcounts.partition_point(|&other| u32::from(other) < popcount) / BLOCK
    }

    pub(super) fn block(&self, block: usize) -> Block<'_> {
        let planes = self.planes_of_block();
        let rows = block * BLOCK..self.len().min((block + 1) * BLOCK);
        Block {
            planes: &self.planes[block * planes..][..planes],
            order: &self.order[rows.clone()],
            popcounts: &self.popcounts[rows],
            range: self.ranges[block],
        }
    }
}

/// Words of a row that are read together: a line of the cache.
const GATHERED: usize = 8;

/// One word of each of 512 rows.
#[derive(Clone, Copy)]
struct Gathered {
    bits: [[u64; BLOCK / 64]; 64],
    /// Keeps the same place of all words from falling into the same set of the cache.
    _apart: [u64; 8],
}

impl Default for Gathered {
    fn default() -> Self {
        Self { bits: [[0; BLOCK / 64]; 64], _apart: [0; 8] }
    }
}

/// Up to 512 rows; never none.
#[derive(Clone, Copy)]
pub(super) struct Block<'a> {
    pub(super) planes: &'a [Plane],
    /// Row of each place.
    pub(super) order: &'a [u32],
    /// Ascending.
    pub(super) popcounts: &'a [u16],
    /// The first and the last of them.
    range: (u16, u16),
}

impl Block<'_> {
    pub(super) fn least_popcount(&self) -> u32 {
        u32::from(self.range.0)
    }

    pub(super) fn most_popcount(&self) -> u32 {
        u32::from(self.range.1)
    }

    /// Whether popcounts allow that a row shares so many bits with a query: no more than either has (BitBound, Swamidass
    /// and Baldi 2007).
    #[inline]
    pub(super) fn allows(&self, query: Query<'_>, need: u32) -> bool {
        need <= query.set().min(self.most_popcount())
    }
}

/// Turns eight blocks of 64 x 64 bits: bit i of row k becomes bit k of row i (Warren, "Hacker's Delight", 7-3).
#[inline(always)]
pub(super) fn transpose(rows: &mut [[u64; BLOCK / 64]; 64]) {
    let mut mask = u64::MAX >> 32;
    let mut distance = 32;
    while distance > 0 {
        let mut low = 0;
        while low < 64 {
            let (mut above, mut below) = (rows[low], rows[low + distance]);
            for (a, b) in above.iter_mut().zip(&mut below) {
                let swapped = (*a >> distance ^ *b) & mask;
                *a ^= swapped << distance;
                *b ^= swapped;
            }
            (rows[low], rows[low + distance]) = (above, below);
            low = (low + distance + 1) & !distance;
        }
        distance /= 2;
        mask ^= mask << distance;
    }
}
