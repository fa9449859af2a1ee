//! How much is held at a time.

/// Rows of a piece that is read together, and of queries that are counted together, at most.
const MOST: u64 = 65_536;
/// The fewest rows of anything.
const LEAST: u64 = 512;
/// Parts of the memory that the smallest pieces have.
const PARTS: u64 = 16;

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
    /// Bytes of centroids that are held.
    pub centroids: usize,
}

/// Bytes of a row.
fn bytes(words: usize) -> u64 {
    words as u64 * 8 + 2
}

impl Sizes {
    /// For so many bytes and rows of `words` words.
    pub fn new(memory: u64, words: usize) -> Self {
        let row = bytes(words);
        let of = |share: u64| (memory / share / row).max(LEAST);
        Self {
            piece: of(PARTS).min(MOST) as usize,
            resident: of(2),
            // Beside its bits, a query is held as the list of them.
            group: of(PARTS).min(MOST),
            window: of(4).min(u64::from(u32::MAX)) as usize,
            centroids: usize::try_from(memory / 4).unwrap_or(usize::MAX),
        }
    }

    /// The least memory that rows of `words` words can be clustered with, in bytes.
    pub fn least(words: usize) -> u64 {
        PARTS * LEAST * bytes(words)
    }
}
