//! How much is held at a time.

use super::spheres::FULL;

/// Rows of a piece that is read together, and of queries that are counted together, at most.
const MOST: u64 = 65_536;
/// The same for a GPU: what the host does for so many queries and rows hardly depends on their number.
const MOST_ON_GPU: u64 = 1 << 19;
/// The fewest rows of anything.
const LEAST: u64 = 512;
/// Parts of the memory that the smallest pieces have.
const PARTS: u64 = 24;
/// For what does not depend on sizes: chunks that are unpacked, text that is written, what the allocator keeps.
const FIXED: u64 = 10 << 20;
/// Rows that are settled together, at most.
const TOGETHER: u64 = 4096;

/// What a memory budget allows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    /// Rows that are read together; about three such pieces are held.
    pub piece: usize,
    /// Rows of a library that are laid out for the whole run, where it has no more.
    pub resident: u64,
    /// Rows that are compared with a whole library in one pass over it.
    pub group: u64,
    /// Rows whose fingerprints are held while it is decided which of them are centroids.
    pub window: usize,
    /// Rows that are compared with all centroids together.
    pub together: usize,
    /// Bytes of centroids that are held.
    pub centroids: usize,
}

/// Bytes that are taken whatever is shared out: centroids are laid out in tiles of a fixed number, beside those that
/// are collected for the next one, and these are laid out for each search.
fn fixed(words: usize) -> u64 {
    FIXED + 3 * FULL as u64 * bytes(words)
}

/// Bytes of a row.
fn bytes(words: usize) -> u64 {
    words as u64 * 8 + 2
}

impl Sizes {
    /// For so many bytes and rows of `words` words.
    pub fn new(memory: u64, words: usize, has_gpu: bool) -> Self {
        let most = if has_gpu { MOST_ON_GPU } else { MOST };
        let row = bytes(words);
        let memory = memory.saturating_sub(fixed(words));
        let of = |share: u64| (memory / share / row).max(LEAST);
        Self {
            piece: of(PARTS).min(most) as usize,
            resident: of(3),
            // Beside its bits, a query is held as the list of them.
            group: of(PARTS).min(most),
            together: of(PARTS).min(TOGETHER) as usize,
            window: of(5).min(u64::from(u32::MAX)) as usize,
            centroids: usize::try_from(memory / 5).unwrap_or(usize::MAX),
        }
    }

    /// The least memory that rows of `words` words can be clustered with, in bytes.
    pub fn least(words: usize) -> u64 {
        fixed(words) + PARTS * LEAST * bytes(words)
    }
}
