//! What a graph of neighbours says of itself.

/// Which compounds count as neighbours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhichNeighbors {
    /// All with at least this similarity, a decimal number; in the order of rows.
    AtLeast(String),
    /// The most similar ones, so many; the most similar first, of equals the lowest row.
    Nearest(u64),
}

/// What a graph is of.
#[derive(Clone, Debug, PartialEq)]
pub struct NeighborsInfo {
    /// Compounds: rows, and columns.
    pub rows: u64,
    /// Which compounds are neighbours.
    pub which: WhichNeighbors,
    /// Name of the measure of similarity.
    pub measure: String,
    /// Name of the fingerprint.
    pub fingerprint: String,
    /// Digest of everything that decides the content: configuration and library.
    pub run_digest: String,
}
