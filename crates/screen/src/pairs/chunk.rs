//! The hits of some rows of the library among all.

use rayon::prelude::*;
use soyaku_device::Device;
use soyaku_kernels::tanimoto::{Counts, Hit, Measure, Rows, Search, Selection, Threshold, Tile};

use super::mirror::Mirror;
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
    /// Where two rows are hits of each other or not at all.
    mirror: Option<Mirror>,
    passes: u64,
    /// Rows that progress knows of.
    shown: u64,
}

/// Consecutive rows with what they found.
#[derive(Default)]
pub(super) struct FoundRows {
    pub first: u64,
    pub popcounts: Vec<u16>,
    /// Of each row; of [`Selection::Top`] the most similar first.
    pub hits: Vec<Vec<Hit>>,
    /// What each row would have found among rows before `first`, which found it, in ascending order; no lists where
    /// nothing is known of that.
    pub before: Vec<Vec<Hit>>,
}

impl FoundRows {
    pub fn len(&self) -> usize {
        self.popcounts.len()
    }

    /// With what is known from rows before, which learn nothing more; rows behind learn of these.
    fn complete(&mut self, mirror: &mut Mirror) {
        let rows = self.first..self.first + self.len() as u64;
        let known = mirror.known(self.first);
        if !known.is_empty() {
            // Of tiles that were shown for other rows.
            self.hits.par_iter_mut().for_each(|hits| hits.retain(|hit| !known.contains(&hit.row)));
            self.before = mirror.take(rows.clone());
        }
        mirror.add(rows, &self.hits);
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
            mirror: None,
            passes: 0,
            shown: 0,
        }
    }

    /// Compares rows with none that were compared with them, from `first` on, where that can be had.
    pub fn mirrored(mut self, first: u64) -> Self {
        let is_useful = matches!(self.selection, Selection::AtLeast(_)) && self.measure.is_symmetric();
        let bytes = self.room.mirror;
        self.mirror = (is_useful && bytes > 0).then(|| Mirror::new(first, bytes));
        self
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
                    let (mut found, device) =
                        (FoundRows { first, popcounts, hits, before: Vec::new() }, &self.device);
                    if let Some(mirror) = &mut self.mirror {
                        device.install(|| found.complete(mirror));
                    }
                    return Ok(found);
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
        let mut held = search.held();
        let known = self.mirror.as_ref().map_or(0..0, |mirror| mirror.known(first));
        self.tiles.for_each::<Ended>(known, stop, |tile| {
            guard.check(held as u64, tile)?;
            search.scan_tile(tile)?;
            // A sum over all queries.
            let before = std::mem::replace(&mut held, search.held());
            guard.learn(before, held, tile)?;
            // In this pass the queries come to their end as the tiles do.
            let seen = tile.first_row() + tile.len() as u64;
            let done = first + (queries.len() as f64 * seen as f64 / rows as f64) as u64;
            if done > *shown {
                progress.advance(done - *shown);
                *shown = done;
            }
            Ok(())
        })?;
        Ok(search.finish_unordered())
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
        // Some rows may be far more alike than all before, such as those of one compound many times. Of neighbouring
        // queries each has about as many hits, so some of them tell, and the rest cannot find more than half of the room.
        let step = room / 2 / tile.len().max(1) as u64;
        if pairs <= room as f64
            || expected <= room as f64 && step > 1 && step * self.count(step, threshold, tile)? <= room / 2
            || self.count(1, threshold, tile)? <= room
        {
            return Ok(());
        }
        Err(Ended::TooMany)
    }

    /// Hits in a tile of one query in `step`.
    fn count(&self, step: u64, threshold: Threshold, tile: &Tile) -> Result<u64, Ended> {
        let step = usize::try_from(step).unwrap_or(usize::MAX);
        let Rows { bits, popcounts, words } = self.queries;
        let (some_bits, some_popcounts): (Vec<u64>, Vec<u16>);
        let mut queries = self.queries;
        if step > 1 {
            some_bits = bits.chunks_exact(words).step_by(step).flatten().copied().collect();
            some_popcounts = popcounts.iter().step_by(step).copied().collect();
            queries = Rows { bits: &some_bits, popcounts: &some_popcounts, words };
        }
        let mut counts = Counts::new(self.device, queries, self.measure, threshold);
        counts.scan_tile(tile)?;
        Ok(counts.finish().iter().sum())
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

#[cfg(test)]
mod tests {
    use soyaku_device::DeviceRequest;

    use super::*;

    #[test]
    fn rows_that_are_all_alike_are_noticed_before_they_are_found() {
        let device = Device::open(DeviceRequest::Cpu, Some(2)).unwrap();
        let check = |alike: usize, step: usize| {
            // Each row has two bits; those of rows that are not alike are nowhere else.
            let (rows, words) = (2000, 64);
            let mut bits = vec![0_u64; rows * words];
            for row in 0..rows {
                let place = if (500..500 + alike).contains(&row) { 4000 } else { row };
                bits[row * words + place / 64] |= 1 << (place % 64);
                bits[row * words + 63] |= 1 << 63;
            }
            let popcounts = vec![2; rows];
            let queries = Rows { bits: &bits, popcounts: &popcounts, words };
            let tile = Tile::new(&device, 0, queries).unwrap();
            let selection = Selection::AtLeast("1".parse().unwrap());
            let most = (step * 2 * rows) as u64;
            // As if there had been next to no hits before.
            let (mut densest, measure) = (Some(1e-9), Measure::Tanimoto);
            Guard { device: &device, measure, selection, queries, most, densest: &mut densest }
                .check(0, &tile)
        };
        // Room is for 4,000, 40,000 and 400,000 hits.
        for step in [1, 10, 100] {
            let most = (step * 4000) as f64;
            let fits = most.sqrt() as usize - 30;
            assert!(check(0, step).is_ok() && check(fits, step).is_ok(), "{step}");
            assert!(matches!(check(fits + 60, step), Err(Ended::TooMany)), "{step}");
            assert!(matches!(check(1500, step), Err(Ended::TooMany)), "{step}");
        }
    }
}
