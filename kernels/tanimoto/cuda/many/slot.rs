//! A piece of the library on one GPU, and the queries that are compared with it.

use std::collections::VecDeque;
use std::ops::Range;

use rayon::prelude::*;
use soyaku_device::cuda::{Buffer, Kernel, PinnedBuffer, Stream};
use soyaku_device::{Error, Gpu};

use super::super::tile::staged_rows;
use super::held::{Held, Queries};
use super::job::{Job, Kind, Sink};
use super::scan::{Library, Target};
use super::{Asked, CLASSES, Layout, Piece, Plan, RESIDENT, STAGES, TILE, padded, planes};
use crate::tanimoto::selection::Found;
use crate::tanimoto::{Hit, Measure, Rows};

/// Launches in a row before the first is looked at.
pub(super) const JOBS: usize = 2;

/// Hits of a launch that are offered in parallel: one takes 40 to 47 ns on a CPU, so that a core would offer some
/// thousands, which come at low thresholds, for as long as the GPU compares (by calculation).
const MANY_HITS: usize = 1 << 10;

/// Rows that one task copies.
const COPIED_AT_ONCE: usize = 1 << 12;

/// What all slots of a GPU share.
pub(super) struct Shared {
    pub(super) kernel: Kernel,
    /// What lays out rows, where they are laid out.
    pub(super) turn: Option<Kernel>,
    /// Blocks that the device runs at a time.
    pub(super) blocks: u64,
    pub(super) held: Held,
}

/// What is the same for all GPUs.
#[derive(Clone, Copy)]
pub(super) struct Task<'a> {
    pub(super) asked: &'a Asked,
    pub(super) measure: Measure,
    /// Queries of one launch.
    pub(super) together: usize,
    pub(super) library: Library<'a>,
}

/// Room for a piece.
pub(super) struct Slot {
    stream: Stream,
    /// Filled and copied in turn.
    staging: [PinnedBuffer<u64>; 2],
    rows: OnDevice,
    starts: Buffer<u32>,
    spans: Buffer<u32>,
    jobs: Vec<Job>,
    piece: Piece,
    /// Whether the piece is on the device: not before some query can find something in it.
    is_loaded: bool,
    /// Place of the next query to compare with the piece.
    next: usize,
    pending: VecDeque<Pending>,
}

/// Rows of a piece.
enum OnDevice {
    Rows(Buffer<u64>),
    /// In blocks of so many row tiles; some at a time come as rows.
    Planes {
        staged: Buffer<u64>,
        planes: Buffer<u32>,
        tiles: usize,
    },
}

struct Pending {
    /// Places of the queries.
    queries: Range<usize>,
    job: usize,
    /// Whether it was launched: not where more hits are certain than fit.
    is_launched: bool,
}

impl Slot {
    pub(super) fn new(
        gpu: &Gpu,
        kind: Kind,
        words: usize,
        queries: usize,
        rows: usize,
        layout: Layout,
    ) -> Result<Self, Error> {
        let stream = gpu.stream()?;
        let staged = staged(words, rows);
        let pinned = || gpu.pinned(staged * padded(words));
        let job = |_| Job::new(gpu, &stream, kind, queries, rows);
        Ok(Self {
            staging: [pinned()?, pinned()?],
            rows: match layout {
                Layout::Rows => OnDevice::Rows(stream.zeros(rows.next_multiple_of(TILE) * padded(words))?),
                Layout::Planes { tiles } => OnDevice::Planes {
                    staged: stream.zeros(staged * padded(words))?,
                    planes: stream.zeros(planes::plane_words(rows.div_ceil(TILE), tiles, words))?,
                    tiles,
                },
            },
            starts: stream.zeros(CLASSES.min(rows) + 1)?,
            spans: stream.zeros(rows.div_ceil(TILE))?,
            jobs: (0..JOBS).map(job).collect::<Result<_, _>>()?,
            stream,
            piece: Piece::default(),
            is_loaded: false,
            next: 0,
            pending: VecDeque::new(),
        })
    }

    /// Bytes on the device that do not depend on the number of rows.
    pub(super) fn fixed_bytes(kind: Kind, words: usize, queries: usize, layout: Layout) -> usize {
        let block = match layout {
            Layout::Rows => 0,
            Layout::Planes { tiles } => tiles * TILE * words * 8,
        };
        JOBS * super::job::bytes(kind, queries) + block + TILE * padded(words) * 8 + (CLASSES + 1) * 4
    }

    /// Words of a row on the device, those on their way to their planes included: half of the rows at most.
    pub(super) fn row_words(words: usize, layout: Layout) -> usize {
        match layout {
            Layout::Rows => padded(words),
            Layout::Planes { .. } => words + padded(words).div_ceil(2),
        }
    }

    /// Forgets what is still on its way.
    pub(super) fn forget(&mut self) {
        self.pending.clear();
    }

    /// Begins with a piece, after the one before was completed.
    pub(super) fn begin(
        &mut self,
        shared: &mut Shared,
        task: Task<'_>,
        piece: Piece,
        target: &mut Target<'_>,
    ) -> Result<(), Error> {
        self.piece = piece;
        self.is_loaded = false;
        self.next = 0;
        (0..self.jobs.len()).try_for_each(|job| self.start(shared, task, job, target))
    }

    /// Puts the next queries that can find something into the stream.
    fn start(
        &mut self,
        shared: &mut Shared,
        task: Task<'_>,
        job: usize,
        target: &mut Target<'_>,
    ) -> Result<(), Error> {
        while self.next < task.asked.len() {
            let queries = self.next..task.asked.len().min(self.next + task.together);
            self.next = queries.end;
            let wishes = target.wishes(task.asked, queries.clone());
            let is_launched = match &self.jobs[job].sink {
                Sink::Hits(outbox) => {
                    let sure = wishes.iter().filter(|wish| wish.bound.numerator == 0).count();
                    sure * self.piece.places.len() <= outbox.capacity()
                }
                Sink::Counts(..) => true,
            };
            if is_launched {
                let plan = Plan::new(task.measure, &wishes, &self.piece);
                let row_tiles: Vec<u32> = (0..self.piece.spans.len() as u32).collect();
                let work = plan.work(&self.piece, &row_tiles);
                if work.is_empty() {
                    continue;
                }
                self.launch(shared, task, job, queries.clone(), &plan, &work)?;
            }
            self.pending.push_back(Pending { queries, job, is_launched });
            return Ok(());
        }
        Ok(())
    }

    /// Takes what was found by all queries.
    pub(super) fn complete(
        &mut self,
        shared: &mut Shared,
        task: Task<'_>,
        target: &mut Target<'_>,
    ) -> Result<(), Error> {
        while let Some(Pending { queries, job, is_launched }) = self.pending.pop_front() {
            if !is_launched || self.collect(task, job, queries.clone(), target)?.is_none() {
                // What does not fit is found again in parts that do.
                self.sweep(shared, task, job, queries, target)?;
            }
            self.start(shared, task, job, target)?;
        }
        Ok(())
    }

    /// Compares queries with the piece, row tile by row tile, such that the hits of each launch fit; those come first
    /// that are most like the queries.
    fn sweep(
        &mut self,
        shared: &mut Shared,
        task: Task<'_>,
        job: usize,
        queries: Range<usize>,
        target: &mut Target<'_>,
    ) -> Result<(), Error> {
        let Sink::Hits(outbox) = &self.jobs[job].sink else { return Ok(()) };
        let capacity = outbox.capacity();
        let safe = (capacity / (queries.len() * TILE)).max(1);
        let middle = task.asked.popcount(task.asked.order(queries.clone())[queries.len() / 2]);
        let mut row_tiles: Vec<u32> = (0..self.piece.spans.len() as u32).collect();
        row_tiles.sort_by_key(|&row_tile| u32::from(self.piece.middle(row_tile)).abs_diff(middle));
        let (mut from, mut step) = (0, safe);
        while from < row_tiles.len() {
            let plan = Plan::new(task.measure, &target.wishes(task.asked, queries.clone()), &self.piece);
            let part = from..row_tiles.len().min(from.saturating_add(step));
            let work = plan.work(&self.piece, &row_tiles[part.clone()]);
            let mut hits = 0;
            if !work.is_empty() {
                self.launch(shared, task, job, queries.clone(), &plan, &work)?;
                let Some(found) = self.collect(task, job, queries.clone(), target)? else {
                    if part.len() <= safe {
                        let reason = format!("the device is faulty: more than {capacity} hits");
                        return Err(Error::Launch { kernel: shared.kernel.entry().name, reason });
                    }
                    step = safe;
                    continue;
                };
                hits = found;
            }
            // Eight times as many rows will find at most half of what fits, if they are like these.
            if hits * 16 <= capacity {
                step = step.saturating_mul(8);
            }
            from = part.end;
        }
        Ok(())
    }

    /// Puts the comparison of some pairs of tiles into the stream.
    fn launch(
        &mut self,
        shared: &mut Shared,
        task: Task<'_>,
        job: usize,
        queries: Range<usize>,
        plan: &Plan,
        work: &[u32],
    ) -> Result<(), Error> {
        self.load(shared, task.library)?;
        let stream = self.stream.clone();
        let by_block;
        let work = match self.rows {
            OnDevice::Rows(..) => work,
            OnDevice::Planes { tiles, .. } => {
                by_block = planes::by_block(work, self.piece.spans.len(), tiles);
                &by_block
            }
        };
        let job = &mut self.jobs[job];
        job.load(&stream, plan, work)?;
        let words = task.asked.words();
        let chunks = padded(words) / super::CHUNK;
        let Shared { kernel, blocks, held, .. } = shared;
        let launch = kernel.launch(&stream).blocks((work.len() as u64).min(*blocks));
        let launch = match (held.get(&stream, task.asked, queries)?, &self.rows) {
            (Queries::Rows(queries, offset), OnDevice::Rows(rows)) => {
                launch.shared(shared_bytes(chunks)).input_from(queries, offset).input(rows)
            }
            (Queries::Lists(entries, groups, offset), OnDevice::Planes { planes, tiles, .. }) => {
                let launch = launch.shared(planes::shared_bytes(*tiles, words));
                launch.input(entries).input_from(groups, offset).input(planes)
            }
            _ => unreachable!("queries and rows are laid out for the same kernel"),
        };
        let launch = launch.input(&job.least).input(&self.starts).input(&self.spans).input(&job.work);
        let capacity = match &job.sink {
            Sink::Hits(outbox) => Some(outbox.capacity() as u32),
            Sink::Counts(..) => None,
        };
        let launch = match &mut job.sink {
            Sink::Hits(outbox) => {
                let (hits, found) = outbox.targets();
                launch.output(hits).output(found)
            }
            Sink::Counts(tally) => launch.output(&mut tally.counts),
        };
        let launch = launch.value(work.len() as u32);
        let launch = match self.rows {
            OnDevice::Rows(..) => {
                let (pitch, resident) = (plan.pitch as u32, u32::from(is_resident(chunks)));
                launch.value(chunks as u32).value(pitch).value(resident)
            }
            OnDevice::Planes { tiles, .. } => {
                let launch = launch.value((words * 64) as u32).value(plan.pitch as u32);
                launch.value(tiles as u32).value(self.piece.places.len() as u32)
            }
        };
        let launch = match capacity {
            Some(capacity) => launch.value(capacity),
            None => launch,
        };
        // SAFETY: the pairs in `work` are of query tiles below `pitch` / TILE, which `bits` and the counts hold, and of
        // row tiles of the piece, whose buffer is a whole number of tiles long and whose classes have a row of `pitch`
        // numbers each in `least`; `starts` has one entry more than there are classes. Shared memory is what the
        // kernel takes for so many chunks, or row tiles. Lists hold bits of a block or the plane of zeros, and go on
        // behind the last one as far as the kernel reads; planes are whole blocks, which hold all row tiles of `work`.
        // At most `capacity` hits are written.
        unsafe { launch.run() }?;
        job.fetch(&stream)
    }

    /// Brings the piece to the device, if it is not there. Runs in the device's thread pool.
    fn load(&mut self, shared: &Shared, library: Library<'_>) -> Result<(), Error> {
        if self.is_loaded {
            return Ok(());
        }
        let words = padded(library.rows.words);
        let places = &library.order[self.piece.places.clone()];
        let staged = self.staging[0].len() / words;
        for (turn, places) in places.chunks(staged).enumerate() {
            let staging = &mut self.staging[turn % 2];
            gather(library.rows, places, &mut staging.as_mut_slice()?[..places.len() * words]);
            let copied = places.len() * words;
            match &mut self.rows {
                OnDevice::Rows(rows) => self.stream.upload(staging, copied, rows, turn * staged * words)?,
                OnDevice::Planes { staged: rows, planes, tiles } => {
                    self.stream.upload(staging, copied, rows, 0)?;
                    let Some(turn_rows) = &shared.turn else { continue };
                    let count = places.len().div_ceil(TILE);
                    let launch = turn_rows
                        .launch(&self.stream)
                        .blocks(planes::turning_blocks(count, library.rows.words))
                        .input(rows)
                        .output(planes)
                        .value((turn * staged / TILE) as u32)
                        .value(count as u32)
                        .value(library.rows.words as u32)
                        .value(*tiles as u32);
                    // SAFETY: `rows` holds whole tiles, of which `count` are read (behind the last row is something
                    // of an earlier piece, and nothing asks for it), and `planes` holds all tiles of a piece.
                    unsafe { launch.run() }?;
                }
            }
        }
        let spans = |&(first, last): &(u16, u16)| u32::from(last) << 16 | u32::from(first);
        let spans: Vec<u32> = self.piece.spans.iter().map(spans).collect();
        self.stream.write(&self.piece.starts, &mut self.starts, 0)?;
        self.stream.write(&spans, &mut self.spans, 0)?;
        self.is_loaded = true;
        Ok(())
    }

    /// Takes what the last launch of a job has found, and tells how much; `None` if not all fitted, and none was taken.
    fn collect(
        &mut self,
        task: Task<'_>,
        job: usize,
        queries: Range<usize>,
        target: &mut Target<'_>,
    ) -> Result<Option<usize>, Error> {
        let asked = task.asked.order(queries);
        match (&mut self.jobs[job].sink, target) {
            (Sink::Hits(outbox), Target::Hits(found)) => {
                let Some(hits) = outbox.open(&self.stream)? else { return Ok(None) };
                offer(hits, task, &task.library.order[self.piece.places.clone()], asked, found);
                Ok(Some(hits.len()))
            }
            (Sink::Counts(tally), Target::Counts { counts, .. }) => {
                for (&query, &count) in asked.iter().zip(tally.host.as_slice()?) {
                    counts[query as usize] += u64::from(count);
                }
                Ok(Some(0))
            }
            _ => unreachable!("jobs are made for their target"),
        }
    }
}

/// Offers the hits of a launch, in parallel where they are many: each task goes through all of them, and takes those of
/// its queries. `places` and `asked` are the rows and queries of the launch.
fn offer(hits: &[u64], task: Task<'_>, places: &[u32], asked: &[u32], found: &mut [Found]) {
    let Library { rows, first_row, .. } = task.library;
    let offer = |hit: u64, found: &mut Found| {
        let (place, query, both) = (hit >> 32, asked[hit as usize >> 16 & 0xffff], hit as u32 & 0xffff);
        let row = places[place as usize];
        let of_row = u32::from(rows.popcounts[row as usize]);
        let either = (task.asked.popcount(query) + of_row).saturating_sub(both);
        found.offer(Hit { row: first_row + u64::from(row), both, either });
    };
    if hits.len() < MANY_HITS {
        for &hit in hits {
            offer(hit, &mut found[asked[hit as usize >> 16 & 0xffff] as usize]);
        }
        return;
    }
    let mut of_launch: Vec<Found> = asked.iter().map(|&query| found[query as usize].take()).collect();
    let share = asked.len().div_ceil(rayon::current_num_threads());
    of_launch.par_chunks_mut(share).enumerate().for_each(|(part, found)| {
        for &hit in hits {
            let query = (hit as usize >> 16 & 0xffff).wrapping_sub(part * share);
            if let Some(found) = found.get_mut(query) {
                offer(hit, found);
            }
        }
    });
    for (&query, of_launch) in asked.iter().zip(of_launch) {
        found[query as usize] = of_launch;
    }
}

/// Rows that are on their way together: whole tiles, and half of a piece where it is not large.
fn staged(words: usize, rows: usize) -> usize {
    staged_rows(padded(words), rows).div_ceil(2).next_multiple_of(TILE)
}

/// Copies rows in whole chunks; in parallel: one core does not copy as fast as the bus takes it.
fn gather(rows: Rows<'_>, places: &[u32], to: &mut [u64]) {
    let words = padded(rows.words);
    let parts = to.par_chunks_mut(COPIED_AT_ONCE * words).zip(places.par_chunks(COPIED_AT_ONCE));
    parts.for_each(|(to, places)| {
        for (to, &row) in to.chunks_exact_mut(words).zip(places) {
            let (bits, rest) = to.split_at_mut(rows.words);
            bits.copy_from_slice(rows.row(row as usize));
            rest.fill(0);
        }
    });
}

/// Whether a query tile of so many chunks stays in shared memory.
fn is_resident(chunks: usize) -> bool {
    (STAGES..=RESIDENT).contains(&chunks)
}

/// Shared memory of a block: parts of TILE fingerprints of 32 bytes.
pub(super) fn shared_bytes(chunks: usize) -> u32 {
    let parts = STAGES + if is_resident(chunks) { chunks } else { STAGES };
    (parts * TILE * super::CHUNK * 8) as u32
}
