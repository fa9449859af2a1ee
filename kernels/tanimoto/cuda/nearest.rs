//! A reference for every row.

use soyaku_device::cuda::{Buffer, Kernel, PinnedBuffer, Stream};
use soyaku_device::{Error, Gpu};

use super::SOURCE;
use super::tile::{Need, TILES, Tile, make_room, staged_rows};
use crate::tanimoto::{MOST_WORDS, Nearest, Rows};

/// Up to so many references the tiles for few of them waste less.
const FEW: usize = 48;

/// One GPU.
struct Worker {
    kernel: Kernel,
    /// Blocks that the device runs at a time.
    blocks: u64,
    /// Rows of one block.
    block_rows: usize,
    references: Buffer<u64>,
    reference_popcounts: Buffer<u16>,
    /// References that are on the device at a time: all, where memory allows.
    chunk: usize,
    slots: Vec<Slot>,
}

struct Slot {
    tile: Tile,
    best: Buffer<u64>,
    results: PinnedBuffer<u64>,
    /// Where the results of the tile belong.
    first: usize,
}

/// Comparison with the same references, batch after batch, on GPUs. Tiles go to them in turn.
pub(in super::super) struct Comparison {
    gpus: Vec<Gpu>,
    workers: Vec<Worker>,
    /// Rows of a tile; 0 before the first one.
    tile_rows: usize,
    /// Rows of a tile at most, known after more did not fit.
    most_rows: usize,
}

impl Comparison {
    pub(in super::super) fn new(gpus: &[Gpu]) -> Self {
        Self { gpus: gpus.to_vec(), workers: Vec::new(), tile_rows: 0, most_rows: usize::MAX }
    }

    /// The nearest of `references`, which are the same in every call; runs in the device's thread pool.
    pub(in super::super) fn nearest(
        &mut self,
        rows: Rows<'_>,
        references: Rows<'_>,
        output: &mut [Nearest],
    ) -> Result<(), Error> {
        assert!(
            rows.words <= MOST_WORDS,
            "fingerprints of {} words, and {MOST_WORDS} are possible",
            rows.words
        );
        if rows.is_empty() {
            return Ok(());
        }
        self.make_room(rows, references)?;
        let done = self.pass(rows, references, output);
        if done.is_err() {
            // What is still on its way belongs to rows that the caller knows to be lost.
            self.workers.iter_mut().flat_map(|worker| &mut worker.slots).for_each(|slot| slot.tile.rows = 0);
        }
        done
    }

    fn pass(&mut self, rows: Rows<'_>, references: Rows<'_>, output: &mut [Nearest]) -> Result<(), Error> {
        let gpus = self.workers.len();
        for (turn, from) in (0..rows.len()).step_by(self.tile_rows).enumerate() {
            let worker = &mut self.workers[turn % gpus];
            let slot = turn / gpus % TILES;
            worker.slots[slot].collect(references, output)?;
            worker.slots[slot].first = from;
            worker.slots[slot].tile.load(rows, from..rows.len().min(from + self.tile_rows))?;
            worker.compare(slot, references)?;
        }
        let mut slots = self.workers.iter_mut().flat_map(|worker| &mut worker.slots);
        slots.try_for_each(|slot| slot.collect(references, output))
    }

    /// Tiles as large as these rows can use and the GPUs can hold, where they are not there yet.
    fn make_room(&mut self, rows: Rows<'_>, references: Rows<'_>) -> Result<(), Error> {
        let words = rows.words;
        let reference_bytes = words * 8 + size_of::<u16>();
        let budget = self.gpus.iter().map(Gpu::memory_budget).min().unwrap_or(0);
        // A quarter for references, so that what passes by them finds room too.
        let chunk = usize::try_from(budget / 4).unwrap_or(usize::MAX) / reference_bytes;
        let chunk = chunk.clamp(1, references.len().min(u32::MAX as usize));
        let need = Need {
            words,
            more: size_of::<u64>(),
            fixed: chunk * reference_bytes,
            most: staged_rows(words, rows.len()),
        };
        let possible = need.rows(&self.gpus, rows.len())?.min(self.most_rows);
        if possible <= self.tile_rows {
            return Ok(());
        }
        self.tile_rows = 0;
        self.workers.clear();
        (self.workers, self.tile_rows) = make_room(possible, |tile_rows| {
            self.gpus.iter().map(|gpu| Worker::new(gpu, references, chunk, tile_rows)).collect()
        })?;
        if self.tile_rows < possible {
            self.most_rows = self.tile_rows;
        }
        Ok(())
    }
}

impl Worker {
    fn new(gpu: &Gpu, references: Rows<'_>, chunk: usize, tile_rows: usize) -> Result<Self, Error> {
        let few = references.len() <= FEW;
        let (name, block_rows) = if few { ("tanimoto_nearest_few", 256) } else { ("tanimoto_nearest", 64) };
        let kernel = gpu.kernel(&SOURCE, name)?;
        let slots = (0..TILES).map(|_| Slot::new(gpu, references.words, tile_rows));
        let slots = slots.collect::<Result<Vec<_>, _>>()?;
        let stream = slots[0].tile.stream();
        Ok(Self {
            blocks: gpu.resident_blocks(&kernel, 0)?,
            kernel,
            block_rows,
            references: stream.copy_of(&references.bits[..chunk * references.words])?,
            reference_popcounts: stream.copy_of(&references.popcounts[..chunk])?,
            chunk,
            slots,
        })
    }

    /// Puts the comparison of a tile with all references into its stream.
    fn compare(&mut self, slot: usize, references: Rows<'_>) -> Result<(), Error> {
        let slot = &mut self.slots[slot];
        let (rows, words) = (slot.tile.rows, references.words);
        let stream: Stream = slot.tile.stream().clone();
        stream.clear(&mut slot.best)?;
        for first in (0..references.len()).step_by(self.chunk) {
            let count = self.chunk.min(references.len() - first);
            if self.chunk < references.len() {
                stream.write(
                    &references.bits[first * words..(first + count) * words],
                    &mut self.references,
                    0,
                )?;
                stream.write(
                    &references.popcounts[first..first + count],
                    &mut self.reference_popcounts,
                    0,
                )?;
            }
            let launch = self
                .kernel
                .launch(&stream)
                .blocks((rows.div_ceil(self.block_rows) as u64).min(self.blocks))
                .input(&slot.tile.bits)
                .input(&slot.tile.popcounts)
                .input(&self.references)
                .input(&self.reference_popcounts)
                .output(&mut slot.best)
                .value(rows as u64)
                .value(count as u32)
                .value(first as u32)
                .value(words as u32);
            // SAFETY: the tile, and `best`, hold at least `rows` rows; the references' buffers hold `count` of them;
            // all are of `words` words.
            unsafe { launch.run() }?;
        }
        stream.download(&slot.best, rows, &mut slot.results)?;
        Ok(())
    }
}

impl Slot {
    fn new(gpu: &Gpu, words: usize, rows: usize) -> Result<Self, Error> {
        let tile = Tile::new(gpu, words, rows)?;
        Ok(Self { best: tile.stream().zeros(rows)?, results: gpu.pinned(rows)?, tile, first: 0 })
    }

    /// Takes the results of the tile, if there is one.
    fn collect(&mut self, references: Rows<'_>, output: &mut [Nearest]) -> Result<(), Error> {
        let rows = std::mem::take(&mut self.tile.rows);
        if rows == 0 {
            return Ok(());
        }
        // Popcounts that are wrong give an `either` of more than its 16 bits, which spoils the index.
        let last = (references.len() - 1) as u32;
        let results = &self.results.as_slice()?[..rows];
        for (output, &packed) in output[self.first..].iter_mut().zip(results) {
            let (index, either, both) = (packed >> 32, packed as u32 >> 16, packed as u32 & 0xffff);
            let similarity = (f64::from(both) / f64::from(either.max(1))) as f32;
            *output = Nearest { similarity, index: last.min(index as u32) };
        }
        Ok(())
    }
}
