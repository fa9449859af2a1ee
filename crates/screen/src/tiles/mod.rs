//! The fingerprints of a library, laid out for comparison, within a given amount of memory.

mod plan;
mod stream;
#[cfg(test)]
mod tests;

use std::ops::Range;

use soyaku_device::Device;
use soyaku_kernels::tanimoto::{Rows, Tile};
use soyaku_store::LibraryReader;

use plan::Plan;

use crate::Error;
use crate::progress::Stop;

/// The fingerprints of one kind as tiles, in their order, any number of times. Where all of them fit in the memory that
/// is given they are read and laid out once, in the first pass; else every pass reads the library again, one tile ahead.
pub(crate) struct Tiles<'a> {
    library: &'a LibraryReader,
    kind: usize,
    device: Device,
    plan: Plan,
    /// All tiles, or, where they do not fit or no pass has come to its end yet, none.
    kept: Vec<Tile>,
    /// What passes that read the library again use: allocators do not give back all that is freed.
    spare: Spare,
}

/// Memory that waits for the next pass.
#[derive(Default)]
struct Spare {
    tile: Option<Tile>,
    rows: stream::Filled,
}

impl<'a> Tiles<'a> {
    /// The fingerprints of kind number `kind`, in no more than `bytes` of memory: tiles, what is read ahead, and what
    /// decompression needs. Fewer than [`Self::least`] are taken for that.
    pub fn new(library: &'a LibraryReader, kind: usize, device: &Device, bytes: u64) -> Self {
        let plan = Plan::new(library, kind, device, bytes);
        Self { library, kind, device: device.clone(), plan, kept: Vec::new(), spare: Spare::default() }
    }

    /// The least memory that passes can be made with, in bytes.
    pub fn least(library: &LibraryReader, kind: usize, device: &Device) -> u64 {
        Plan::least(library, kind, device).bytes
    }

    /// The least memory in which everything is kept from pass to pass, in bytes.
    pub fn whole(library: &LibraryReader, kind: usize, device: &Device) -> u64 {
        Plan::whole(library, kind, device).bytes
    }

    /// Number of rows.
    pub fn rows(&self) -> u64 {
        self.library.len()
    }

    /// Words of a fingerprint.
    pub fn words(&self) -> usize {
        self.plan.words
    }

    /// Whether only the first pass reads the library.
    pub fn is_resident(&self) -> bool {
        self.plan.is_resident
    }

    /// Memory that is taken at most, in bytes.
    pub fn bytes(&self) -> u64 {
        self.plan.bytes
    }

    /// Shows every tile, in the order of rows; those whose rows are all in `skipped` need not be shown. A stop is looked
    /// for after each.
    ///
    /// # Errors
    /// The library is damaged, a stop was requested, the device fails; and what `take` returns. A pass may be made
    /// again after that.
    pub fn for_each<E: From<Error>>(
        &mut self,
        skipped: Range<u64>,
        stop: &Stop,
        mut take: impl FnMut(&Tile) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.is_resident() && !self.kept.is_empty() {
            let is_skipped = |tile: &Tile| {
                skipped.start <= tile.first_row() && tile.first_row() + tile.len() as u64 <= skipped.end
            };
            return self.kept.iter().filter(|tile| !is_skipped(tile)).try_for_each(|tile| {
                take(tile)?;
                Ok(stop.check()?)
            });
        }
        let Self { library, kind, device, plan, .. } = self;
        let Spare { tile: mut current, rows } = std::mem::take(&mut self.spare);
        let mut kept = Vec::new();
        let reading = stream::Reading { library, kind: *kind, device, tile_rows: plan.tile_rows };
        let lay_out = |first_row, rows: Rows<'_>, tile: Option<Tile>| match tile {
            Some(mut tile) => tile.refill(device, first_row, rows).map(|()| tile),
            None => Tile::new(device, first_row, rows),
        };
        let rows = reading.each::<E>(rows, |filled, give_back| {
            let tile =
                lay_out(filled.first_row, filled.rows(plan.words), current.take()).map_err(Error::from)?;
            // The next rows are read while these are compared.
            give_back(filled);
            take(&tile)?;
            if plan.is_resident {
                kept.push(tile);
            } else {
                current = Some(tile);
            }
            Ok(stop.check()?)
        })?;
        self.kept = kept;
        if !plan.is_resident {
            self.spare = Spare { tile: current, rows };
        }
        Ok(())
    }

    /// Replaces `bits` and `popcounts` by consecutive rows as they are. They come beside the memory that was given.
    ///
    /// # Errors
    /// The library is damaged, or the range goes beyond its end.
    pub fn read(
        &mut self,
        range: Range<u64>,
        bits: &mut Vec<u64>,
        popcounts: &mut Vec<u16>,
    ) -> Result<(), Error> {
        if self.is_resident() {
            // Memory is there: nothing is copied.
            let Self { library, kind, device, .. } = self;
            return Ok(device.install(|| library.read_fingerprints(*kind, range, bits, popcounts))?);
        }
        let count = range.end.saturating_sub(range.start) as usize;
        reserve(bits, popcounts, count, self.plan.words);
        let part = &mut self.spare.rows;
        let mut row = range.start;
        while row < range.end {
            // Up to where a tile ends, so that no part of the library is decompressed twice.
            let end = (row - row % self.plan.tile_rows).saturating_add(self.plan.tile_rows).min(range.end);
            part.read(self.library, self.kind, &self.device, row..end)?;
            bits.extend_from_slice(&part.bits);
            popcounts.extend_from_slice(&part.popcounts);
            row = end;
        }
        Ok(())
    }
}

/// Exactly as much as is needed, where there is not enough.
fn reserve(bits: &mut Vec<u64>, popcounts: &mut Vec<u16>, count: usize, words: usize) {
    bits.clear();
    popcounts.clear();
    bits.reserve_exact(count * words);
    popcounts.reserve_exact(count);
}
