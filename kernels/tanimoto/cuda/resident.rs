//! A library that stays on one GPU, for many searches.

use soyaku_device::cuda::{Buffer, Stream};
use soyaku_device::{Device, Error, Gpu, MemorySize};

use super::scanner::{FIRST_HITS, Library, MOST_HITS, Outbox, Scanner, first_piece};
use super::tile::{Staging, TILES, staged_rows};
use crate::tanimoto::selection::Found;
use crate::tanimoto::{Hit, Measure, Rows, Selection};

/// Fingerprints on one GPU.
///
/// Takes `8 x words + 2` bytes of the GPU's memory for a row, and a few megabytes.
pub struct Resident {
    gpu: Gpu,
    stream: Stream,
    bits: Buffer<u64>,
    popcounts: Buffer<u16>,
    words: usize,
    rows: usize,
    capacity: usize,
    outbox: Outbox,
    scanner: Option<Scanner>,
    seconds: f64,
}

impl Resident {
    /// Room for `capacity` fingerprints of `words` words.
    ///
    /// # Errors
    /// [`Error::Memory`] when they do not fit into [`Gpu::memory_budget`], [`Error::Cuda`] when the driver refuses.
    pub fn new(gpu: &Gpu, words: usize, capacity: usize) -> Result<Self, Error> {
        let hits = capacity.min(MOST_HITS);
        let needed = capacity as u128 * (words as u128 * 8 + 2) + hits as u128 * 8;
        if needed > u128::from(gpu.memory_budget()) {
            return Err(Error::Memory {
                what: "a resident library",
                device: gpu.to_string(),
                needed: MemorySize::from_bytes(u64::try_from(needed).unwrap_or(u64::MAX)),
                available: MemorySize::from_bytes(gpu.memory_budget()),
                advice: "let it stream through the device, or raise --device-memory",
            });
        }
        let stream = gpu.stream()?;
        Ok(Self {
            bits: stream.zeros(capacity * words)?,
            popcounts: stream.zeros(capacity)?,
            outbox: Outbox::new(gpu, &stream, hits, FIRST_HITS)?,
            gpu: gpu.clone(),
            stream,
            words,
            rows: 0,
            capacity,
            scanner: None,
            seconds: 0.0,
        })
    }

    /// Number of fingerprints.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Adds fingerprints at the end.
    ///
    /// # Errors
    /// What the GPU's memory and driver say; nothing is added then.
    ///
    /// # Panics
    /// When widths differ, lengths do not fit, or there is not enough room left.
    pub fn append(&mut self, device: &Device, rows: Rows<'_>) -> Result<(), Error> {
        rows.check("row");
        assert_eq!(rows.words, self.words, "fingerprint width");
        assert!(rows.len() <= self.capacity - self.rows, "room for {} rows", self.capacity - self.rows);
        if rows.is_empty() {
            return Ok(());
        }
        device.install(|| self.copy(rows))?;
        self.rows += rows.len();
        Ok(())
    }

    /// Through two tiles in turn: one is filled while the other is copied.
    fn copy(&mut self, rows: Rows<'_>) -> Result<(), Error> {
        let tile_rows = staged_rows(self.words, rows.len());
        let staging = |_| Staging::new(&self.gpu, self.words, tile_rows);
        let mut tiles = (0..TILES).map(staging).collect::<Result<Vec<_>, Error>>()?;
        for (turn, from) in (0..rows.len()).step_by(tile_rows).enumerate() {
            let range = from..rows.len().min(from + tile_rows);
            let at = self.rows + from;
            tiles[turn % TILES].copy(rows, range, &mut self.bits, &mut self.popcounts, at)?;
        }
        for tile in &tiles {
            tile.stream.synchronize()?;
        }
        Ok(())
    }

    /// The hits for one query among all rows: the most similar first, of equals the lowest row.
    ///
    /// # Errors
    /// What the GPU's memory and driver say.
    ///
    /// # Panics
    /// When there is not exactly one query of the library's width.
    pub fn search(&mut self, query: Rows<'_>, selection: Selection) -> Result<Vec<Hit>, Error> {
        query.check("query");
        assert_eq!((query.words, query.len()), (self.words, 1), "one query of the library's width");
        let mut found = Found::new(Measure::Tanimoto, query.popcounts[0], selection);
        let stream = &self.stream;
        let scanner = match self.scanner.as_mut() {
            Some(scanner) => {
                scanner.ask(stream, query)?;
                scanner
            }
            None => self.scanner.insert(Scanner::new(&self.gpu, stream, query)?),
        };
        let library = Library { bits: &self.bits, popcounts: &self.popcounts, rows: self.rows, first_row: 0 };
        let begin = stream.record()?;
        if let Some(bound) = found.tanimoto() {
            let piece = first_piece(selection, bound, self.outbox.capacity());
            scanner.sweep(stream, library, 0, piece, &mut self.outbox, &mut found)?;
        }
        self.seconds = begin.seconds_until(&stream.record()?)?;
        Ok(found.into_ranked())
    }

    /// Seconds of device time that the last search took, from its first launch to the last hit's copy, with the
    /// pauses in which the host decides what comes next.
    pub fn seconds(&self) -> f64 {
        self.seconds
    }
}
