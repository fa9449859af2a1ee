//! Queries and a library on all GPUs of a device.

use std::ops::Range;

use soyaku_device::{Device, Error, Gpu};

use super::super::scanner::MOST_HITS;
use super::super::tile::{FEWEST_ROWS, Need, TILES, make_room, rows_in, staged_rows};
use super::asked::Asked;
use super::engine::{self, Engine, has_matrix};
use super::held::{self, Held};
use super::job::{Kind, pairs};
use super::plan::Wish;
use super::slot::{JOBS, Shared, Slot, Task, shared_bytes};
use super::{CHUNK, Layout, PLANES_SOURCE, Piece, SOURCE, TILE, TOGETHER, padded, planes};
use crate::tanimoto::measure::Score;
use crate::tanimoto::selection::Found;
use crate::tanimoto::{Measure, Rows};

/// Fingerprints of a piece at most: large, since what is done for each launch on the host depends on the number of
/// queries and of popcounts, and not on that of the rows.
const PIECE_BYTES: usize = 256 << 20;

/// Pairs of a query and a row in one launch at most: all of them may be hits, and those are counted in 32 bits.
const MOST_PAIRS: usize = u32::MAX as usize;

/// Memory below which an outbox is no larger than it must be.
const PLENTY: u64 = 64 << 20;

/// What becomes of the pairs that reach their bounds.
pub(in crate::tanimoto) enum Target<'a> {
    /// They are offered, each to its query.
    Hits(&'a mut [Found]),
    /// They are counted, those that reach the same bound for all queries.
    Counts {
        /// The bound.
        bound: Score,
        /// One for each query.
        counts: &'a mut [u64],
    },
}

/// Rows of a library, with their order by popcount.
#[derive(Clone, Copy)]
pub(super) struct Library<'a> {
    pub(super) rows: Rows<'a>,
    pub(super) order: &'a [u32],
    pub(super) first_row: u64,
}

/// Queries, compared with tile after tile of a library. Pieces of a tile go to the GPUs in turn.
pub(in crate::tanimoto) struct Comparison {
    gpus: Vec<Gpu>,
    asked: Asked,
    measure: Measure,
    engine: Engine,
    layout: Layout,
    workers: Vec<Worker>,
    /// Queries of one launch.
    together: usize,
    /// Queries that are on each GPU.
    room: usize,
    kind: Kind,
    /// Rows of a piece; 0 before the first one.
    piece_rows: usize,
    /// Rows of a piece at most, known after more did not fit.
    most_rows: usize,
}

/// One GPU.
struct Worker {
    shared: Shared,
    slots: Vec<Slot>,
}

impl Target<'_> {
    /// What the hits of queries must reach now. A query that takes nothing does not come here.
    pub(super) fn wishes(&self, asked: &Asked, places: Range<usize>) -> Vec<Wish> {
        let wish = |&query: &u32| {
            let bound = match self {
                Self::Hits(found) => found[query as usize].bound().unwrap_or(Score::ZERO),
                Self::Counts { bound, .. } => *bound,
            };
            Wish { popcount: asked.popcount(query), bound }
        };
        asked.order(places).iter().map(wish).collect()
    }

    fn wants_something(&self) -> bool {
        match self {
            Self::Hits(found) => found.iter().any(|found| found.bound().is_some()),
            Self::Counts { counts, .. } => !counts.is_empty(),
        }
    }
}

impl Comparison {
    /// Nothing is done on the GPUs yet.
    ///
    /// # Panics
    /// When there are 2^32 queries or more.
    pub(in crate::tanimoto) fn new(
        device: &Device,
        queries: Rows<'_>,
        measure: Measure,
        engine: Engine,
    ) -> Self {
        assert!(u32::try_from(queries.len()).is_ok(), "{} queries", queries.len());
        Self {
            gpus: device.gpus().to_vec(),
            asked: Asked::new(queries),
            measure,
            engine,
            layout: Layout::Rows,
            workers: Vec::new(),
            together: TOGETHER,
            room: 0,
            kind: Kind::Counts,
            piece_rows: 0,
            most_rows: usize::MAX,
        }
    }

    /// Compares every row with every query; runs in the device's thread pool. `order` is that of `rows::by_popcount`,
    /// and `target` is of the same kind in every call.
    pub(in crate::tanimoto) fn scan(
        &mut self,
        first_row: u64,
        rows: Rows<'_>,
        order: &[u32],
        target: &mut Target<'_>,
    ) -> Result<(), Error> {
        if rows.is_empty() || self.asked.len() == 0 || !target.wants_something() {
            return Ok(());
        }
        self.make_room(rows, target)?;
        let done = self.pass(Library { rows, order, first_row }, target);
        if done.is_err() {
            // What is still on its way belongs to rows that the caller knows to be lost.
            self.workers.iter_mut().flat_map(|worker| &mut worker.slots).for_each(Slot::forget);
        }
        done
    }

    fn pass(&mut self, library: Library<'_>, target: &mut Target<'_>) -> Result<(), Error> {
        let Self { asked, measure, together, workers, .. } = self;
        let task = Task { asked, measure: *measure, together: *together, library };
        let mut pieces = Piece::cut(library.rows.popcounts, library.order, self.piece_rows);
        // Rows that are like the queries raise bounds most.
        let middle = asked.popcount(asked.order(0..asked.len())[asked.len() / 2]);
        pieces.sort_by_key(|piece| u32::from(piece.middle(piece.spans.len() as u32 / 2)).abs_diff(middle));
        let gpus = workers.len();
        for (turn, piece) in pieces.into_iter().enumerate() {
            let Worker { shared, slots } = &mut workers[turn % gpus];
            let slot = &mut slots[turn / gpus % TILES];
            slot.complete(shared, task, target)?;
            slot.begin(shared, task, piece, target)?;
        }
        for Worker { shared, slots } in workers {
            slots.iter_mut().try_for_each(|slot| slot.complete(shared, task, target))?;
        }
        Ok(())
    }

    /// Pieces as large as these rows can use and the GPUs can hold, where they are not there yet.
    fn make_room(&mut self, rows: Rows<'_>, target: &Target<'_>) -> Result<(), Error> {
        if self.workers.is_empty() {
            self.open(rows, target)?;
        }
        let words = self.asked.words();
        let need = self.need(rows);
        let possible = need.rows(&self.gpus, rows.len())?.min(self.most_rows);
        if possible <= self.piece_rows {
            return Ok(());
        }
        self.piece_rows = 0;
        self.workers.iter_mut().for_each(|worker| worker.slots.clear());
        let (slots, piece_rows) = make_room(possible, |rows| {
            let slot = |gpu| Slot::new(gpu, self.kind, words, self.together, rows, self.layout);
            let slots = |gpu| (0..TILES).map(|_| slot(gpu)).collect();
            self.gpus.iter().map(slots).collect::<Result<Vec<Vec<Slot>>, Error>>()
        })?;
        for (worker, slots) in self.workers.iter_mut().zip(slots) {
            worker.slots = slots;
        }
        self.piece_rows = piece_rows;
        if piece_rows < possible {
            self.most_rows = piece_rows;
        }
        Ok(())
    }

    fn need(&self, rows: Rows<'_>) -> Need {
        let words = self.asked.words();
        // Enough pieces for all GPUs to have one, and another on its way, if these are not too small.
        let share = rows.len().div_ceil(self.gpus.len().max(1) * TILES);
        let most = share.max(staged_rows(padded(words), rows.len())).min(rows_in(PIECE_BYTES, padded(words)));
        let most = most.min(MOST_PAIRS / self.together);
        Need {
            most,
            words: Slot::row_words(words, self.layout),
            // Work is four bytes for each pair of tiles.
            more: (pairs(self.together, TILE) * 4 * JOBS).div_ceil(TILE) + 1,
            fixed: held::bytes(&self.asked, self.room, self.layout)
                + TILES * Slot::fixed_bytes(self.kind, words, self.together, self.layout),
        }
    }

    /// Kernels and queries on each GPU; decides how they are laid out and how many queries are compared together.
    fn open(&mut self, rows: Rows<'_>, target: &Target<'_>) -> Result<(), Error> {
        self.layout = self.layout();
        self.divide(rows, target);
        let fewest = rows.len().min(FEWEST_ROWS);
        if self.layout != Layout::Rows && self.need(rows).rows(&self.gpus, fewest).is_err() {
            // Lists of queries with many bits are longer than they are.
            self.layout = Layout::Rows;
            self.divide(rows, target);
        }
        let rooms = (self.room, self.together);
        let worker = |gpu: &Gpu| Worker::new(gpu, &self.asked, (self.kind, self.engine, self.layout), rooms);
        self.workers = self.gpus.iter().map(worker).collect::<Result<_, Error>>()?;
        Ok(())
    }

    /// The same for all GPUs, as it suits the least of them.
    fn layout(&self) -> Layout {
        let words = self.asked.words();
        let of_gpu = |gpu: &Gpu| planes::tiles(gpu.shared_per_block(), words);
        let tiles = self.gpus.iter().map(of_gpu).min().unwrap_or(0);
        let by_planes = |gpu: &Gpu| {
            let search = engine::Search {
                capability: gpu.info().compute_capability,
                tiles,
                words,
                queries: self.asked.len(),
                set_bits: self.asked.bits(),
            };
            search.by_planes(self.engine)
        };
        if self.gpus.iter().all(by_planes) { Layout::Planes { tiles } } else { Layout::Rows }
    }

    /// How many queries are compared together, and how many are on each GPU.
    fn divide(&mut self, rows: Rows<'_>, target: &Target<'_>) {
        let budget = self.gpus.iter().map(Gpu::memory_budget).min().unwrap_or(0);
        let all = self.asked.len().next_multiple_of(TILE);
        self.together = TOGETHER.min(all);
        loop {
            let queries = self.together.min(self.asked.len());
            self.kind = match target {
                Target::Hits(_) if budget >= PLENTY => Kind::Hits(MOST_HITS),
                Target::Hits(_) => Kind::Hits(queries * TILE),
                Target::Counts { .. } => Kind::Counts,
            };
            // All queries, if that leaves most of the memory to what passes by; else those of a launch.
            let rooms = [all, self.together].map(|room| {
                self.room = room;
                (room, self.need(rows).bytes(rows.len().min(FEWEST_ROWS)))
            });
            if let Some((room, _)) = rooms.into_iter().find(|(_, bytes)| *bytes <= budget / 2) {
                self.room = room;
                return;
            }
            if self.together == TILE {
                return;
            }
            self.together = (self.together / 2).next_multiple_of(TILE);
        }
    }
}

impl Worker {
    /// `rooms`: for how many queries room is wanted, and is needed.
    fn new(
        gpu: &Gpu,
        asked: &Asked,
        (kind, engine, layout): (Kind, Engine, Layout),
        rooms: (usize, usize),
    ) -> Result<Self, Error> {
        let by_matrix = engine != Engine::Popcounts && has_matrix(gpu.info().compute_capability);
        let (kernel, turn, shared) = match layout {
            Layout::Rows => {
                let name = match (kind, by_matrix) {
                    (Kind::Hits(_), true) => "tanimoto_many",
                    (Kind::Counts, true) => "tanimoto_many_count",
                    (Kind::Hits(_), false) => "tanimoto_many_popcount",
                    (Kind::Counts, false) => "tanimoto_many_popcount_count",
                };
                (gpu.kernel(&SOURCE, name)?, None, shared_bytes(padded(asked.words()) / CHUNK))
            }
            Layout::Planes { tiles } => {
                let name = match kind {
                    Kind::Hits(_) => "tanimoto_planes",
                    Kind::Counts => "tanimoto_planes_count",
                };
                let turn = gpu.kernel(&PLANES_SOURCE, "tanimoto_planes_turn")?;
                let shared = planes::shared_bytes(tiles, asked.words());
                (gpu.kernel(&PLANES_SOURCE, name)?, Some(turn), shared)
            }
        };
        let blocks = gpu.resident_blocks(&kernel, shared)?;
        let stream = gpu.stream()?;
        let held = match Held::new(&stream, asked, rooms.0, layout) {
            Err(error) if error.is_out_of_memory() && rooms.1 < rooms.0 => {
                Held::new(&stream, asked, rooms.1, layout)?
            }
            held => held?,
        };
        Ok(Self { shared: Shared { kernel, turn, blocks, held }, slots: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::cpu;

    #[test]
    fn hits_of_a_launch_can_be_counted() {
        // Fingerprints of 166 bits, so many that a piece is as large as it gets.
        let (words, count) = (3, 1 << 24);
        let (bits, popcounts) = (vec![0; count * words], vec![0; count]);
        let rows = Rows { bits: &bits, popcounts: &popcounts, words };
        let comparison = Comparison::new(&cpu(), rows.part(0..9), Measure::Tanimoto, Engine::Fastest);
        let most = comparison.need(rows).most;
        assert!(u32::try_from(most * comparison.together).is_ok(), "{most} rows");
        assert!(most > MOST_PAIRS / comparison.together / 2, "{most} rows");
    }
}
