//! The hits of some rows of the library among all.

use soyaku_device::Device;
use soyaku_kernels::tanimoto::{Counts, Hit, Measure, Rows, Search, Selection, Tile};

use super::room::Room;
use crate::Error;
use crate::memory::Budget;
use crate::progress::{Progress, Stop};
use crate::tiles::Tiles;

/// A tile may hold so many times more hits than the densest one before; where that is too many, they are counted first.
const CAUTION: f64 = 8.0;

/// Rows that are compared with the whole library together.
pub(super) struct Chunks<'a> {
    tiles: Tiles<'a>,
    device: Device,
    measure: Measure,
    selection: Selection,
    room: Room,
    budget: Budget,
    /// Rows of the next chunk, at most.
    size: u64,
    /// Hits in a pair of a query and a row, in the tile that had most.
    densest: Option<f64>,
    passes: u64,
    /// Rows that progress knows of.
    shown: u64,
}

/// The queries with what they found.
pub(super) struct FoundRows {
    pub popcounts: Vec<u16>,
    pub hits: Vec<Vec<Hit>>,
}

impl FoundRows {
    pub fn len(&self) -> usize {
        self.popcounts.len()
    }
}

/// Why a pass came to no end.
enum Ended {
    /// There is no room for the hits.
    TooMany,
    Failed(Error),
}

impl From<Error> for Ended {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<soyaku_device::Error> for Ended {
    fn from(error: soyaku_device::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl<'a> Chunks<'a> {
    pub fn new(
        tiles: Tiles<'a>,
        device: &Device,
        measure: Measure,
        selection: Selection,
        room: Room,
        budget: Budget,
    ) -> Self {
        let size = room.usual();
        Self {
            tiles,
            device: device.clone(),
            measure,
            selection,
            room,
            budget,
            size,
            densest: None,
            passes: 0,
            shown: 0,
        }
    }

    /// How often all rows were shown.
    pub fn passes(&self) -> u64 {
        self.passes
    }

    /// The hits of some rows from `first` on, as many as there is room for.
    ///
    /// # Errors
    /// The library is damaged, a stop was requested, the device fails, or there is no room for the hits of a single
    /// row.
    pub fn next(&mut self, first: u64, (progress, stop): (&dyn Progress, &Stop)) -> Result<FoundRows, Error> {
        self.shown = self.shown.max(first);
        let (mut bits, mut popcounts) = (Vec::new(), Vec::new());
        let end = self.tiles.rows().min(first.saturating_add(self.size));
        self.tiles.read(first..end, &mut bits, &mut popcounts)?;
        let mut count = self.room.fitting(&popcounts);
        loop {
            bits.truncate(count * self.tiles.words());
            popcounts.truncate(count);
            let queries = Rows { bits: &bits, popcounts: &popcounts, words: self.tiles.words() };
            match self.pass(first, queries, progress, stop) {
                Ok(hits) => {
                    let held: usize = hits.iter().map(Vec::len).sum();
                    self.resize(&popcounts, held);
                    return Ok(FoundRows { popcounts, hits });
                }
                Err(Ended::Failed(error)) => return Err(error),
                Err(Ended::TooMany) if count > 1 => {
                    count /= 2;
                    self.size = count as u64;
                }
                Err(Ended::TooMany) => {
                    self.budget.check(self.room.for_hits(self.tiles.rows()))?;
                    return Err(Error::Internal(format!("no room for the hits of row {first}")));
                }
            }
        }
    }

    /// Larger chunks again where there was room for more; smaller ones where the queries were larger than is usual.
    fn resize(&mut self, popcounts: &[u16], held: usize) {
        let was_usual = self.size == self.room.usual();
        self.room.learn(popcounts);
        let most = self.room.most_hits(popcounts.len());
        if was_usual {
            self.size = self.room.usual();
        } else if (held as u64) < most / 4 {
            self.size = (2 * self.size).min(self.room.usual());
        }
    }

    fn pass(
        &mut self,
        first: u64,
        queries: Rows<'_>,
        progress: &dyn Progress,
        stop: &Stop,
    ) -> Result<Vec<Vec<Hit>>, Ended> {
        let mut search = Search::with_measure(&self.device, queries, self.measure, self.selection)?;
        let mut guard = Guard {
            device: &self.device,
            measure: self.measure,
            selection: self.selection,
            queries,
            most: self.room.most_hits(queries.len()),
            densest: &mut self.densest,
        };
        let (rows, shown) = (self.tiles.rows(), &mut self.shown);
        self.passes += 1;
        self.tiles.for_each::<Ended>(stop, |tile| {
            guard.check(search.held() as u64, tile)?;
            let before = search.held();
            search.scan_tile(tile)?;
            guard.learn(before, search.held(), tile)?;
            // In this pass the queries come to their end as the tiles do.
            let seen = tile.first_row() + tile.len() as u64;
            let done = first + (queries.len() as f64 * seen as f64 / rows as f64) as u64;
            if done > *shown {
                progress.advance(done - *shown);
                *shown = done;
            }
            Ok(())
        })?;
        Ok(search.finish())
    }
}

/// Sees to it that hits find room.
struct Guard<'a> {
    device: &'a Device,
    measure: Measure,
    selection: Selection,
    queries: Rows<'a>,
    most: u64,
    densest: &'a mut Option<f64>,
}

impl Guard<'_> {
    /// That a tile will not find too many.
    fn check(&mut self, held: u64, tile: &Tile) -> Result<(), Ended> {
        let Selection::AtLeast(threshold) = self.selection else { return Ok(()) };
        let room = self.most.saturating_sub(held);
        let pairs = self.queries.len() as f64 * tile.len() as f64;
        let expected = self.densest.map_or(pairs, |densest| CAUTION * densest * pairs).min(pairs);
        if expected <= room as f64 {
            return Ok(());
        }
        let mut counts = Counts::new(self.device, self.queries, self.measure, threshold);
        counts.scan_tile(tile)?;
        let count: u64 = counts.finish().iter().sum();
        if count <= room { Ok(()) } else { Err(Ended::TooMany) }
    }

    fn learn(&mut self, before: usize, after: usize, tile: &Tile) -> Result<(), Ended> {
        if !matches!(self.selection, Selection::AtLeast(_)) {
            return Ok(());
        }
        let pairs = self.queries.len() as f64 * tile.len() as f64;
        let density = (after - before) as f64 / pairs.max(1.0);
        let densest = self.densest.map_or(density, |densest| densest.max(density));
        // At least one in so many, so that a first tile without any does not make the next ones seem free.
        *self.densest = Some(densest.max(1e-9));
        if after as u64 <= self.most { Ok(()) } else { Err(Ended::TooMany) }
    }
}
