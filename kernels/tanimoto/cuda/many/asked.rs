//! Queries in the order of their popcounts, on one GPU.

use std::ops::Range;

use soyaku_device::Error;
use soyaku_device::cuda::{Buffer, Stream};

use super::{TILE, padded};
use crate::tanimoto::rows::by_popcount;
use crate::tanimoto::{OwnedRows, Rows};

/// Queries on the host: sorted, so that those of a tile have much in common.
pub(super) struct Asked {
    queries: OwnedRows,
    /// Query of each place.
    order: Vec<u32>,
}

impl Asked {
    pub(super) fn new(queries: Rows<'_>) -> Self {
        Self { order: by_popcount(queries.popcounts), queries: queries.into() }
    }

    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    pub(super) fn words(&self) -> usize {
        self.queries.rows().words
    }

    /// The query of each of some places.
    pub(super) fn order(&self, places: Range<usize>) -> &[u32] {
        &self.order[places]
    }

    pub(super) fn popcount(&self, query: u32) -> u32 {
        u32::from(self.queries.rows().popcounts[query as usize])
    }

    /// Words of some places as the device has them: in whole chunks.
    fn words_of(&self, places: Range<usize>) -> Vec<u64> {
        let rows = self.queries.rows();
        let mut words = vec![0; places.len() * padded(rows.words)];
        for (words, &query) in words.chunks_exact_mut(padded(rows.words)).zip(&self.order[places]) {
            words[..rows.words].copy_from_slice(rows.row(query as usize));
        }
        words
    }
}

/// Queries on one GPU: all of them, or those of one launch at a time where memory is short.
pub(super) struct Held {
    bits: Buffer<u64>,
    /// Places of those that are there.
    places: Range<usize>,
}

impl Held {
    /// Room for `room` queries, a multiple of a tile, and the first of them.
    pub(super) fn new(stream: &Stream, asked: &Asked, room: usize) -> Result<Self, Error> {
        let bits = stream.zeros(room.next_multiple_of(TILE) * padded(asked.words()))?;
        let mut held = Self { bits, places: 0..0 };
        held.put(stream, asked, 0..room.min(asked.len()))?;
        Ok(held)
    }

    fn put(&mut self, stream: &Stream, asked: &Asked, places: Range<usize>) -> Result<(), Error> {
        self.places = 0..0;
        stream.write(&asked.words_of(places.clone()), &mut self.bits, 0)?;
        self.places = places;
        Ok(())
    }

    /// The buffer that holds queries of these places, and the word where they begin. What is in the buffer beyond them
    /// belongs to no query that is asked for.
    pub(super) fn get(
        &mut self,
        stream: &Stream,
        asked: &Asked,
        places: Range<usize>,
    ) -> Result<(&Buffer<u64>, usize), Error> {
        if places.start < self.places.start || places.end > self.places.end {
            self.put(stream, asked, places.clone())?;
        }
        Ok((&self.bits, (places.start - self.places.start) * padded(asked.words())))
    }
}
