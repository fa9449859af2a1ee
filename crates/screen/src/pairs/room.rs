//! What of the memory is for tiles, queries and hits.

use soyaku_device::Device;
use soyaku_kernels::tanimoto::Selection;
use soyaku_store::LibraryReader;

use crate::Error;
use crate::memory::Budget;
use crate::tiles::Tiles;

/// Bytes of a hit with what a growing list of them leaves unused, and what moving the list takes for a moment.
const HIT: u64 = 40;
/// Bytes of a query beside its fingerprint: its lists, its popcount, its place.
const QUERY: u64 = 320;
/// Bytes for a set bit of a query: its number, twice, in lists that grow.
const BIT: u64 = 12;
/// Bits that a fingerprint is taken to have before it is read.
const USUAL_BITS: u64 = 64;
/// From so many queries for each thread on there is one list of hits for a query, else one for each thread.
const MANY: u64 = 16;
/// Pairs that are compared together where the library is in memory: some seconds.
const PAIRS: u64 = 1 << 35;
/// The same on a GPU.
const PAIRS_ON_GPU: u64 = 1 << 39;
/// Where rows may be compared with those behind them alone, they come in so many groups at least.
const FEWEST: u64 = 16;
/// The same on a GPU, which few rows keep busy for too short a time.
const FEWEST_ON_GPU: u64 = 8;
/// Rows that are compressed together: none are read twice where as many are compared.
const TOGETHER: u64 = 4096;
/// Bytes for writing the graph beside the search.
const WRITING: u64 = 16 << 20;
/// The same for each thread.
const WRITING_OF_THREAD: u64 = 5 << 20;
/// The same for each thread where the library is read again for each part: some minutes, beside which reading is little.
const PAIRS_OF_THREAD: u64 = 1 << 40;

/// Bytes for each purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Room {
    pub tiles: u64,
    /// For the queries of a chunk.
    pub queries: u64,
    /// For what they find; of [`Selection::Top`] it is counted with the queries.
    pub hits: u64,
    /// For what rows find that are behind them; none where there is little memory.
    pub mirror: u64,
    /// Bytes that may wait for the next part where the graph is written beside the search.
    pub waiting: Option<usize>,
    /// Of a query that is usual.
    query: u64,
    /// Bits that it has.
    bits: u64,
    words: u64,
    threads: u64,
    /// Queries of a chunk, at most.
    most: u64,
}

impl Room {
    /// # Errors
    /// [`Error::Memory`] where it is not enough for a query.
    pub fn new(
        library: &LibraryReader,
        kind: usize,
        device: &Device,
        selection: Selection,
        budget: Budget,
    ) -> Result<Self, Error> {
        let (least, whole) = (Tiles::least(library, kind, device), Tiles::whole(library, kind, device));
        let words = library.info().kinds[kind].words() as u64;
        let threads = device.threads() as u64;
        let top = match selection {
            // Half as many again are kept between selections.
            Selection::Top(most) => Some((most as u64).min(library.len()).saturating_mul(HIT * 3 / 2)),
            Selection::AtLeast(_) => None,
        };
        let bits = USUAL_BITS.min(words * 64);
        let query = 2 * (words * 8 + 2) + QUERY + BIT * bits + top.unwrap_or(0);
        // A query has a list for each thread where there are few.
        let one = 2 * query.saturating_add(top.unwrap_or(HIT).saturating_mul(threads));
        budget.check(least.saturating_add(one))?;
        let left = budget.left();
        let tiles = if whole <= left - left / 4 { left - left / 4 } else { least.max(left / 4) };
        let tiles = tiles.min(left - one);
        let is_whole = whole <= tiles;
        // What the tiles of a small library do not take is for the rest.
        let tiles = Tiles::new(library, kind, device, tiles).bytes();
        let rest = left - tiles;
        let writing = WRITING + WRITING_OF_THREAD * threads;
        // Of the nearest ones each row has its own, whichever rows it was compared with before.
        let fewest = match (top.is_some(), device.gpus().is_empty()) {
            (true, _) => 1,
            (false, true) => FEWEST,
            (false, false) => FEWEST_ON_GPU,
        };
        let most = most(library.len(), threads, is_whole, !device.gpus().is_empty());
        let most = match is_whole {
            true => most.min(library.len().div_ceil(fewest)).max(1).next_multiple_of(TOGETHER),
            false => most,
        };
        let room = |queries, hits| Self {
            tiles,
            queries,
            hits,
            mirror: 0,
            waiting: None,
            query,
            bits,
            words,
            threads,
            most,
        };
        if !is_whole || rest < 4 * writing {
            return Ok(if top.is_some() { room(rest, 0) } else { room(rest - rest / 3, rest / 3) });
        }
        // What was found is written while the next is found.
        let part = (rest - writing) / 8;
        let waiting = Some(usize::try_from(part).unwrap_or(usize::MAX));
        Ok(match top {
            Some(_) => Self { waiting, ..room(3 * part, 0) },
            None => Self { waiting, mirror: part, ..room(2 * part, 2 * part) },
        })
    }

    /// Queries of a chunk before anything is known of them.
    pub fn usual(&self) -> u64 {
        let many = self.queries / self.query;
        // Few have lists for each thread.
        let count = if many < MANY * self.threads { many / self.threads } else { many };
        count.clamp(1, self.most)
    }

    /// How many of some queries there is room for, by their popcounts; at least one.
    pub fn fitting(&self, popcounts: &[u16]) -> usize {
        let usual = BIT * self.bits;
        let mut left = self.queries;
        let fits = |&&popcount: &&u16| {
            let needed = self.query - usual + BIT * (u64::from(popcount) + 8);
            let is_room = needed <= left;
            left = left.saturating_sub(needed);
            is_room
        };
        popcounts.iter().take_while(fits).count().max(1).min(popcounts.len())
    }

    /// Hits that so many queries may hold.
    pub fn most_hits(&self, queries: usize) -> u64 {
        let lists = if (queries as u64) < MANY * self.threads { 2 } else { 1 };
        self.hits / HIT / lists
    }

    /// Bytes that must be there for so many hits of one query.
    pub fn for_hits(&self, hits: u64) -> u64 {
        let hits = hits.saturating_mul(2 * HIT);
        self.tiles.saturating_add(self.query).saturating_add(hits.saturating_mul(3))
    }

    /// Takes queries for what those were that have been seen.
    pub fn learn(&mut self, popcounts: &[u16]) {
        let sum: u64 = popcounts.iter().map(|&popcount| u64::from(popcount)).sum();
        let bits = (sum / popcounts.len().max(1) as u64 + 8).min(self.words * 64);
        self.query = self.query - BIT * self.bits + BIT * bits;
        self.bits = bits;
    }
}

/// Queries of a chunk, at most: when a run is stopped, what was found for a chunk at work is lost.
fn most(rows: u64, threads: u64, is_whole: bool, has_gpu: bool) -> u64 {
    match (is_whole, has_gpu) {
        (true, false) => (PAIRS / rows.max(1)).clamp(4096, 1 << 16),
        (true, true) => (PAIRS_ON_GPU / rows.max(1)).clamp(1 << 16, 1 << 22),
        (false, false) => (PAIRS_OF_THREAD.saturating_mul(threads) / rows.max(1)).clamp(1 << 16, 1 << 22),
        (false, true) => 1 << 22,
    }
}

#[cfg(test)]
impl Room {
    /// As if there were no more memory for queries and their hits.
    pub fn shrink(&mut self, queries: u64, hits: u64, mirror: u64) {
        (self.queries, self.hits) = (queries, if self.hits > 0 { hits } else { 0 });
        self.mirror = mirror;
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_chunk_takes_hours() {
        let most = |rows, threads| super::most(rows, threads, false, false);
        // At 10^9 pairs a second and thread, an hour at most for 30 million compounds.
        assert!(
            [(5_000_000, 1), (30_000_000, 2), (30_000_000, 64)]
                .iter()
                .all(|&(rows, threads)| rows * most(rows, threads) / threads < 3600 * 1_000_000_000)
        );
        assert_eq!(most(u64::MAX, 1), 1 << 16);
        assert_eq!(most(1, 1000), 1 << 22);
        assert_eq!(super::most(0, 1, true, false), 1 << 16);
        assert_eq!(super::most(1 << 40, 1, true, false), 4096);
        assert_eq!(super::most(1 << 20, 1, true, true), 1 << 19);
    }
}
