//! Rows of a library on their way to a GPU, and there.

use std::ops::Range;

use rayon::prelude::*;
use soyaku_device::cuda::{Buffer, PinnedBuffer, Stream};
use soyaku_device::{Error, Gpu, MemorySize};

use crate::tanimoto::Rows;

/// Tiles in turn on one GPU: one is filled and copied while the other is compared.
pub(super) const TILES: usize = 2;

/// Fingerprints of one tile at most. Large enough that launches do not count beside the copy, small enough that the
/// first one starts soon.
const TILE_BYTES: usize = 32 << 20;

/// Rows of a tile at least: with fewer, the launches would take longer than the work.
pub(super) const FEWEST_ROWS: usize = 256;

/// Elements that one task copies.
const COPIED_AT_ONCE: usize = 1 << 17;

/// Pinned memory that rows pass on their way to a GPU, with a stream of its own.
pub(super) struct Staging {
    pub(super) stream: Stream,
    bits: PinnedBuffer<u64>,
    popcounts: PinnedBuffer<u16>,
}

impl Staging {
    pub(super) fn new(gpu: &Gpu, words: usize, rows: usize) -> Result<Self, Error> {
        let (bits, popcounts) = (gpu.pinned(rows * words)?, gpu.pinned(rows)?);
        Ok(Self { stream: gpu.stream()?, bits, popcounts })
    }

    /// Puts the copy of some rows, to row `at` and on, into the stream. Runs in the device's thread pool.
    pub(super) fn copy(
        &mut self,
        rows: Rows<'_>,
        range: Range<usize>,
        bits: &mut Buffer<u64>,
        popcounts: &mut Buffer<u16>,
        at: usize,
    ) -> Result<(), Error> {
        let words = range.start * rows.words..range.end * rows.words;
        copy(&rows.bits[words.clone()], self.bits.as_mut_slice()?);
        copy(&rows.popcounts[range.clone()], self.popcounts.as_mut_slice()?);
        self.stream.upload(&self.bits, words.len(), bits, at * rows.words)?;
        self.stream.upload(&self.popcounts, range.len(), popcounts, at)?;
        Ok(())
    }
}

/// Room for rows on a GPU, and the way there.
pub(super) struct Tile {
    pub(super) staging: Staging,
    pub(super) bits: Buffer<u64>,
    pub(super) popcounts: Buffer<u16>,
    /// Rows that are in it.
    pub(super) rows: usize,
}

impl Tile {
    pub(super) fn new(gpu: &Gpu, words: usize, rows: usize) -> Result<Self, Error> {
        let staging = Staging::new(gpu, words, rows)?;
        let (bits, popcounts) = (staging.stream.zeros(rows * words)?, staging.stream.zeros(rows)?);
        Ok(Self { staging, bits, popcounts, rows: 0 })
    }

    pub(super) fn stream(&self) -> &Stream {
        &self.staging.stream
    }

    /// Puts the copy of some rows into the stream. Runs in the device's thread pool.
    pub(super) fn load(&mut self, rows: Rows<'_>, range: Range<usize>) -> Result<(), Error> {
        self.rows = range.len();
        self.staging.copy(rows, range, &mut self.bits, &mut self.popcounts, 0)
    }
}

/// In parallel: one core does not copy as fast as the bus takes it.
fn copy<T: Copy + Send + Sync>(from: &[T], to: &mut [T]) {
    let pieces = to[..from.len()].par_chunks_mut(COPIED_AT_ONCE).zip(from.par_chunks(COPIED_AT_ONCE));
    pieces.for_each(|(to, from)| to.copy_from_slice(from));
}

/// What tiles take of a GPU's memory.
pub(super) struct Need {
    /// Words of a row.
    pub(super) words: usize,
    /// Bytes that each row of a tile takes besides its fingerprint and its popcount.
    pub(super) more: usize,
    /// Bytes that are taken whatever the tiles' size.
    pub(super) fixed: usize,
    /// Rows of a tile at most.
    pub(super) most: usize,
}

impl Need {
    /// Bytes on a GPU with tiles of so many rows.
    pub(super) fn bytes(&self, rows: usize) -> u64 {
        (self.fixed + rows * self.row()) as u64
    }

    fn row(&self) -> usize {
        (self.words * 8 + size_of::<u16>() + self.more) * TILES
    }

    /// Rows of a tile such that all tiles fit on each of the GPUs, of at most `wanted`.
    pub(super) fn rows(&self, gpus: &[Gpu], wanted: usize) -> Result<usize, Error> {
        let row = self.row();
        let fewest = wanted.min(FEWEST_ROWS);
        let mut rows = self.most.max(FEWEST_ROWS).min(wanted);
        for gpu in gpus {
            let budget = gpu.memory_budget();
            let fitting = budget.saturating_sub(self.fixed as u64) / row as u64;
            if fitting < fewest as u64 {
                return Err(Error::Memory {
                    what: "comparing fingerprints",
                    device: gpu.to_string(),
                    needed: MemorySize::from_bytes(self.bytes(fewest)),
                    available: MemorySize::from_bytes(budget),
                    advice: "raise --device-memory, or use --device cpu",
                });
            }
            rows = rows.min(usize::try_from(fitting).unwrap_or(usize::MAX));
        }
        Ok(rows)
    }
}

/// Rows of a tile where memory does not matter, of at most `wanted`.
pub(super) fn staged_rows(words: usize, wanted: usize) -> usize {
    rows_in(TILE_BYTES, words).min(wanted)
}

/// Rows that fit so many bytes.
pub(super) fn rows_in(bytes: usize, words: usize) -> usize {
    (bytes / (words * 8 + size_of::<u16>())).max(FEWEST_ROWS)
}

/// Makes something for so many rows; for half as many, and again, where the GPU's memory does not suffice after all,
/// because others took some of it.
pub(super) fn make_room<T>(
    mut rows: usize,
    mut make: impl FnMut(usize) -> Result<T, Error>,
) -> Result<(T, usize), Error> {
    loop {
        match make(rows) {
            Err(error) if error.is_out_of_memory() && rows > FEWEST_ROWS => {
                rows = (rows / 2).max(FEWEST_ROWS);
            }
            made => return Ok((made?, rows)),
        }
    }
}
