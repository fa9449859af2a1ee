//! Queries against a library that streams through GPUs.

use std::collections::VecDeque;

use soyaku_device::{Device, Error, Gpu};

use super::scanner::{FIRST_HITS, Library, MOST_HITS, Outbox, Scanner, first_piece};
use super::tile::{Need, TILES, Tile, make_room, staged_rows};
use crate::tanimoto::selection::Found;
use crate::tanimoto::{Hit, Measure, Rows, Selection};

/// Launches in a row, each with an outbox of its own, before the first is looked at.
const OUTBOXES: usize = 4;

/// A search on the GPUs of a device. Tiles go to the GPUs in turn; what is found does not depend on where.
pub(in super::super) struct Scan {
    selection: Selection,
    found: Vec<Found>,
    gpus: Vec<Worker>,
    /// Rows of a tile; 0 before the first one.
    tile_rows: usize,
    /// Rows of a tile at most, known after more did not fit.
    most_rows: usize,
}

/// One GPU.
struct Worker {
    gpu: Gpu,
    scanner: Scanner,
    slots: Vec<Slot>,
}

/// A tile, and the queries that are compared with it.
struct Slot {
    tile: Tile,
    first_row: u64,
    outboxes: Vec<Outbox>,
    next_query: usize,
    pending: VecDeque<Pending>,
}

struct Pending {
    query: usize,
    outbox: usize,
    /// Whether it was launched: not where more hits are certain than fit.
    launched: bool,
}

impl Scan {
    pub(in super::super) fn new(
        device: &Device,
        queries: Rows<'_>,
        selection: Selection,
    ) -> Result<Self, Error> {
        let found = |&bits: &u16| Found::new(Measure::Tanimoto, bits, selection);
        let worker = |gpu: &Gpu| {
            let scanner = Scanner::new(gpu, &gpu.stream()?, queries)?;
            Ok(Worker { gpu: gpu.clone(), scanner, slots: Vec::new() })
        };
        Ok(Self {
            selection,
            found: queries.popcounts.iter().map(found).collect(),
            gpus: device.gpus().iter().map(worker).collect::<Result<_, Error>>()?,
            tile_rows: 0,
            most_rows: usize::MAX,
        })
    }

    /// Compares every row with every query; runs in the device's thread pool.
    pub(in super::super) fn scan(&mut self, first_row: u64, rows: Rows<'_>) -> Result<(), Error> {
        // No queries, or nothing wanted of any.
        if rows.is_empty() || self.found.iter().all(|found| found.bound().is_none()) {
            return Ok(());
        }
        self.make_room(rows)?;
        let done = self.pass(first_row, rows);
        if done.is_err() {
            // What is still on its way belongs to rows that the caller knows to be lost.
            let slots = self.gpus.iter_mut().flat_map(|worker| &mut worker.slots);
            slots.for_each(|slot| slot.pending.clear());
        }
        done
    }

    fn pass(&mut self, first_row: u64, rows: Rows<'_>) -> Result<(), Error> {
        let gpus = self.gpus.len();
        for (turn, from) in (0..rows.len()).step_by(self.tile_rows).enumerate() {
            let worker = &mut self.gpus[turn % gpus];
            let slot = &mut worker.slots[turn / gpus % TILES];
            slot.complete(&worker.scanner, self.selection, &mut self.found)?;
            slot.tile.load(rows, from..rows.len().min(from + self.tile_rows))?;
            slot.first_row = first_row + from as u64;
            slot.next_query = 0;
            for outbox in 0..slot.outboxes.len() {
                slot.start(&worker.scanner, outbox, &self.found)?;
            }
        }
        for worker in &mut self.gpus {
            for slot in &mut worker.slots {
                slot.complete(&worker.scanner, self.selection, &mut self.found)?;
            }
        }
        Ok(())
    }

    /// Tiles as large as these rows can use and the GPUs can hold, where they are not there yet.
    fn make_room(&mut self, rows: Rows<'_>) -> Result<(), Error> {
        let queries = self.found.len();
        let outboxes = queries.min(OUTBOXES);
        let gpus: Vec<Gpu> = self.gpus.iter().map(|worker| worker.gpu.clone()).collect();
        let need = Need {
            words: rows.words,
            more: outboxes * 8,
            fixed: queries * rows.words * 8,
            most: staged_rows(rows.words, rows.len()),
        };
        let possible = need.rows(&gpus, rows.len())?.min(self.most_rows);
        if possible <= self.tile_rows {
            return Ok(());
        }
        self.tile_rows = 0;
        self.gpus.iter_mut().for_each(|worker| worker.slots.clear());
        let (slots, tile_rows) = make_room(possible, |tile_rows| {
            let slots_of =
                |gpu| (0..TILES).map(|_| Slot::new(gpu, rows.words, tile_rows, outboxes)).collect();
            gpus.iter().map(slots_of).collect::<Result<Vec<Vec<Slot>>, Error>>()
        })?;
        for (worker, slots) in self.gpus.iter_mut().zip(slots) {
            worker.slots = slots;
        }
        self.tile_rows = tile_rows;
        if tile_rows < possible {
            self.most_rows = tile_rows;
        }
        Ok(())
    }

    /// Hits that are kept.
    pub(in super::super) fn held(&self) -> usize {
        self.found.iter().map(Found::len).sum()
    }

    pub(in super::super) fn finish(self) -> Vec<Vec<Hit>> {
        self.found.into_iter().map(Found::into_ranked).collect()
    }
}

impl Slot {
    fn new(gpu: &Gpu, words: usize, rows: usize, outboxes: usize) -> Result<Self, Error> {
        let tile = Tile::new(gpu, words, rows)?;
        let outbox = |_| Outbox::new(gpu, tile.stream(), rows.min(MOST_HITS), FIRST_HITS);
        let outboxes = (0..outboxes).map(outbox).collect::<Result<_, _>>()?;
        Ok(Self { tile, first_row: 0, outboxes, next_query: 0, pending: VecDeque::new() })
    }

    /// Puts the next query, if there is one more, into the stream.
    fn start(&mut self, scanner: &Scanner, outbox: usize, found: &[Found]) -> Result<(), Error> {
        let query = self.next_query;
        let Some(bound) = found.get(query).and_then(Found::tanimoto) else { return Ok(()) };
        self.next_query += 1;
        let rows = self.tile.rows;
        let launched = bound.numerator() > 0 || rows <= self.outboxes[outbox].capacity();
        if launched {
            let outbox = &mut self.outboxes[outbox];
            scanner.launch(
                self.tile.stream(),
                self.tile.library(self.first_row),
                0..rows,
                query,
                bound,
                outbox,
            )?;
        }
        self.pending.push_back(Pending { query, outbox, launched });
        Ok(())
    }

    /// Takes what was found for all queries.
    fn complete(
        &mut self,
        scanner: &Scanner,
        selection: Selection,
        found: &mut [Found],
    ) -> Result<(), Error> {
        while let Some(Pending { query, outbox: index, launched }) = self.pending.pop_front() {
            let stream = self.tile.stream();
            let (outbox, kept) = (&mut self.outboxes[index], &mut found[query]);
            // What does not fit is found again in pieces that do.
            let piece = match (launched, kept.tanimoto()) {
                (true, _) if scanner.collect(stream, self.first_row, query, outbox, kept)?.is_some() => None,
                (false, Some(bound)) => Some(first_piece(selection, bound, outbox.capacity())),
                _ => Some(outbox.capacity()),
            };
            if let Some(piece) = piece {
                scanner.sweep(stream, self.tile.library(self.first_row), query, piece, outbox, kept)?;
            }
            self.start(scanner, index, found)?;
        }
        Ok(())
    }
}

impl Tile {
    fn library(&self, first_row: u64) -> Library<'_> {
        Library { bits: &self.bits, popcounts: &self.popcounts, rows: self.rows, first_row }
    }
}
