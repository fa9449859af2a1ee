//! One launch: its table, its list of work, and where its results go.

use soyaku_device::cuda::{Buffer, PinnedBuffer, Stream};
use soyaku_device::{Error, Gpu};

use super::super::scanner::Outbox;
use super::{CLASSES, Plan, TILE};

/// Hits of a launch that are copied whether they are there or not, 256 KiB. If there are more, the others come when the
/// launch that is already behind this one is done, so that the device waits for the host: some thousands of hits, which
/// all pairs have in each launch at low thresholds, must not do that.
const FIRST_HITS: usize = 1 << 15;

/// What is wanted of each pair that reaches its bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The pair; room for so many in one launch.
    Hits(usize),
    /// That it is one more of the query's.
    Counts,
}

/// Buffers of one launch.
pub(super) struct Job {
    pub(super) least: Buffer<u16>,
    least_host: PinnedBuffer<u16>,
    pub(super) work: Buffer<u32>,
    work_host: PinnedBuffer<u32>,
    pub(super) sink: Sink,
}

/// Where results go.
pub(super) enum Sink {
    Hits(Box<Outbox>),
    Counts(Box<Tally>),
}

/// One number for each query of a launch.
pub(super) struct Tally {
    pub(super) counts: Buffer<u32>,
    pub(super) host: PinnedBuffer<u32>,
}

/// Bytes on the device of a job for `queries`, a multiple of a tile, besides those for each row.
pub(super) fn bytes(kind: Kind, queries: usize) -> usize {
    let results = match kind {
        Kind::Hits(hits) => hits * 8,
        Kind::Counts => queries * 4,
    };
    queries * CLASSES * size_of::<u16>() + results
}

/// Pairs of tiles of so many queries and rows, which are four bytes each.
pub(super) fn pairs(queries: usize, rows: usize) -> usize {
    queries.div_ceil(TILE) * rows.div_ceil(TILE)
}

impl Job {
    pub(super) fn new(
        gpu: &Gpu,
        stream: &Stream,
        kind: Kind,
        queries: usize,
        rows: usize,
    ) -> Result<Self, Error> {
        let (least, work) = (queries * CLASSES.min(rows), pairs(queries, rows));
        Ok(Self {
            least: stream.zeros(least)?,
            least_host: gpu.pinned(least)?,
            work: stream.zeros(work)?,
            work_host: gpu.pinned(work)?,
            sink: match kind {
                Kind::Hits(hits) => Sink::Hits(Box::new(Outbox::new(gpu, stream, hits, FIRST_HITS)?)),
                Kind::Counts => {
                    let (counts, host) = (stream.zeros(queries)?, gpu.pinned(queries)?);
                    Sink::Counts(Box::new(Tally { counts, host }))
                }
            },
        })
    }

    /// Puts the copies of what a launch reads, and the clearing of what it adds to, into the stream.
    pub(super) fn load(&mut self, stream: &Stream, plan: &Plan, work: &[u32]) -> Result<(), Error> {
        self.least_host.as_mut_slice()?[..plan.least.len()].copy_from_slice(&plan.least);
        self.work_host.as_mut_slice()?[..work.len()].copy_from_slice(work);
        stream.upload(&self.least_host, plan.least.len(), &mut self.least, 0)?;
        stream.upload(&self.work_host, work.len(), &mut self.work, 0)?;
        match &mut self.sink {
            Sink::Hits(outbox) => outbox.clear(stream)?,
            Sink::Counts(tally) => stream.clear(&mut tally.counts)?,
        }
        Ok(())
    }

    /// Puts the copy of the results into the stream.
    pub(super) fn fetch(&mut self, stream: &Stream) -> Result<(), Error> {
        match &mut self.sink {
            Sink::Hits(outbox) => outbox.download(stream)?,
            Sink::Counts(tally) => stream.download(&tally.counts, tally.counts.len(), &mut tally.host)?,
        }
        Ok(())
    }
}
