//! One query against rows that are on a GPU.

use std::ops::Range;

use soyaku_device::cuda::{Buffer, Kernel, PinnedBuffer, Stream};
use soyaku_device::{Error, Gpu};

use super::SOURCE;
use crate::tanimoto::selection::Found;
use crate::tanimoto::{Hit, MOST_WORDS, Rows, Selection, Threshold};

/// Hits that one launch can report, at most.
pub(super) const MOST_HITS: usize = 1 << 18;

/// Hits of one query that are copied whether they are there or not.
pub(super) const FIRST_HITS: usize = 512;

/// Rows of one launch, at most: the kernel counts them in 32 bits.
const MOST_ROWS: usize = 1 << 31;

/// Rows of the first launch, at least, while there is no bound.
const FIRST_ROWS: usize = 8192;

/// Rows that a block of the kernel looks at in one go.
const ROWS_OF_BLOCK: usize = 8 * 128;

/// How many rows to begin with, where `bound` is what has been reached: all of them where that leaves few hits; just
/// enough for a good bound where every row is a hit so far, since the host has to look at each.
pub(super) fn first_piece(selection: Selection, bound: Threshold, capacity: usize) -> usize {
    match selection {
        _ if bound.numerator() > 0 => MOST_ROWS,
        Selection::Top(count) => count.saturating_mul(2).max(FIRST_ROWS).min(capacity),
        Selection::AtLeast(_) => capacity,
    }
}

/// The kernel for one width of fingerprints, with queries on the device.
pub(super) struct Scanner {
    kernel: Kernel,
    /// Blocks that the device runs at a time.
    pub(super) blocks: u64,
    words: usize,
    queries: Buffer<u64>,
    popcounts: Vec<u16>,
}

/// Where a launch puts its hits.
pub(super) struct Outbox {
    hits: Buffer<u64>,
    found: Buffer<u32>,
    count: PinnedBuffer<u32>,
    /// The first hits, copied with their count: mostly these are all, and nothing is left to ask for.
    first: PinnedBuffer<u64>,
    rest: Vec<u64>,
}

/// Rows on the device, with the number of the first one in the library.
#[derive(Clone, Copy)]
pub(super) struct Library<'a> {
    pub(super) bits: &'a Buffer<u64>,
    pub(super) popcounts: &'a Buffer<u16>,
    pub(super) rows: usize,
    pub(super) first_row: u64,
}

impl Outbox {
    /// Room for so many hits, of which the `first` are copied with their number. More are copied when they are asked for,
    /// behind all that is in the stream by then.
    pub(super) fn new(gpu: &Gpu, stream: &Stream, hits: usize, first: usize) -> Result<Self, Error> {
        let hits = hits.clamp(1, MOST_HITS);
        Ok(Self {
            hits: stream.zeros(hits)?,
            found: stream.zeros(1)?,
            count: gpu.pinned(1)?,
            first: gpu.pinned(hits.min(first))?,
            rest: Vec::new(),
        })
    }

    /// Hits that fit.
    pub(super) fn capacity(&self) -> usize {
        self.hits.len()
    }

    /// Where a launch writes: hits, and their number.
    pub(super) fn targets(&mut self) -> (&mut Buffer<u64>, &mut Buffer<u32>) {
        (&mut self.hits, &mut self.found)
    }

    /// Puts the clearing for the next launch into the stream.
    pub(super) fn clear(&mut self, stream: &Stream) -> Result<(), Error> {
        Ok(stream.clear(&mut self.found)?)
    }

    /// Puts the copy of what a launch has found, or the beginning of it, into the stream.
    pub(super) fn download(&mut self, stream: &Stream) -> Result<(), Error> {
        stream.download(&self.found, 1, &mut self.count)?;
        stream.download(&self.hits, self.first.len(), &mut self.first)?;
        Ok(())
    }

    /// What the last launch has found, in no particular order; `None` where not all fitted.
    pub(super) fn open(&mut self, stream: &Stream) -> Result<Option<&[u64]>, Error> {
        let count = self.count.as_slice()?.first().map_or(0, |&count| count as usize);
        if count > self.hits.len() {
            return Ok(None);
        }
        if count <= self.first.len() {
            return Ok(Some(&self.first.as_slice()?[..count]));
        }
        self.rest.resize(count, 0);
        stream.read(&self.hits, &mut self.rest)?;
        Ok(Some(&self.rest))
    }
}

/// The entry point for fingerprints of so many words.
pub(super) fn entry(words: usize) -> &'static str {
    if words.is_multiple_of(2) { "tanimoto_scan" } else { "tanimoto_scan_odd" }
}

impl Scanner {
    /// # Panics
    /// When a fingerprint is wider than 65,472 bits.
    pub(super) fn new(gpu: &Gpu, stream: &Stream, queries: Rows<'_>) -> Result<Self, Error> {
        let words = queries.words;
        assert!(words <= MOST_WORDS, "fingerprints of {words} words, and {MOST_WORDS} are possible");
        let kernel = gpu.kernel(&SOURCE, entry(words))?;
        Ok(Self {
            blocks: gpu.resident_blocks(&kernel, words as u32 * 8)?,
            kernel,
            words,
            queries: stream.copy_of(queries.bits)?,
            popcounts: queries.popcounts.to_vec(),
        })
    }

    /// Replaces the queries by as many others.
    pub(super) fn ask(&mut self, stream: &Stream, queries: Rows<'_>) -> Result<(), Error> {
        assert_eq!(queries.bits.len(), self.queries.len(), "queries");
        stream.write(queries.bits, &mut self.queries, 0)?;
        self.popcounts.copy_from_slice(queries.popcounts);
        Ok(())
    }

    /// Puts the search of some rows for those that reach `bound` into the stream.
    pub(super) fn launch(
        &self,
        stream: &Stream,
        library: Library<'_>,
        range: Range<usize>,
        query: usize,
        bound: Threshold,
        outbox: &mut Outbox,
    ) -> Result<(), Error> {
        let rows = range.len();
        assert!(range.end <= library.rows && rows <= MOST_ROWS, "{range:?} of {} rows", library.rows);
        let popcount = self.popcounts[query];
        let (least, most) = bound.popcounts(popcount);
        outbox.clear(stream)?;
        // No popcount is possible where `least` is above `most`: no launch then.
        if least <= most && rows > 0 {
            let units = if self.words.is_multiple_of(2) { self.words / 2 } else { self.words };
            let capacity = outbox.hits.len() as u32;
            let launch = self
                .kernel
                .launch(stream)
                .blocks((rows.div_ceil(ROWS_OF_BLOCK) as u64).min(self.blocks))
                .shared(self.words as u32 * 8)
                .input_from(library.bits, range.start * self.words)
                .input_from(library.popcounts, range.start)
                .input_from(&self.queries, query * self.words)
                .output(&mut outbox.hits)
                .output(&mut outbox.found)
                .value(rows as u32)
                .value(units as u32)
                .value(u32::from(popcount))
                .value(bound.numerator())
                .value(bound.denominator())
                .value(u32::from(least))
                .value(u32::from(most))
                .value(capacity);
            // SAFETY: `range` lies within the library's rows (checked above) and the query within the queries, whose
            // popcount was found; shared memory holds one row; the kernel writes `capacity` hits at most, and one
            // count. Rows of an even number of words begin at multiples of 16 bytes, as allocations do.
            unsafe { launch.run() }?;
        }
        outbox.download(stream)
    }

    /// Offers what the last launch has found. Tells how many hits there were; `None` if not all fitted, and none was
    /// offered.
    pub(super) fn collect(
        &self,
        stream: &Stream,
        first_row: u64,
        query: usize,
        outbox: &mut Outbox,
        found: &mut Found,
    ) -> Result<Option<usize>, Error> {
        let popcount = u32::from(self.popcounts[query]);
        let Some(hits) = outbox.open(stream)? else { return Ok(None) };
        for &hit in hits {
            let (row, of_row, both) = (hit >> 32, hit as u32 >> 16, hit as u32 & 0xffff);
            let either = (popcount + of_row).saturating_sub(both);
            found.offer(Hit { row: first_row + row, both, either });
        }
        Ok(Some(hits.len()))
    }

    /// Compares a query with all rows, piece by piece, such that the hits of each fit. The first is of `piece` rows, see
    /// [`first_piece`]; later ones are larger where there are few hits.
    pub(super) fn sweep(
        &self,
        stream: &Stream,
        library: Library<'_>,
        query: usize,
        mut piece: usize,
        outbox: &mut Outbox,
        found: &mut Found,
    ) -> Result<(), Error> {
        let safe = outbox.capacity();
        let mut from = 0;
        while from < library.rows {
            let Some(bound) = found.tanimoto() else { return Ok(()) };
            let range = from..library.rows.min(from.saturating_add(piece));
            self.launch(stream, library, range.clone(), query, bound, outbox)?;
            let first_row = library.first_row + from as u64;
            let Some(hits) = self.collect(stream, first_row, query, outbox, found)? else {
                if range.len() <= safe {
                    let reason = format!("the device is faulty: more hits than the {} rows", range.len());
                    return Err(Error::Launch { kernel: self.kernel.entry().name, reason });
                }
                piece = safe;
                continue;
            };
            // Eight times as many rows will find at most half of what fits, if they are like these.
            if hits * 16 <= safe {
                piece = piece.saturating_mul(8).min(MOST_ROWS);
            }
            from = range.end;
        }
        Ok(())
    }
}
