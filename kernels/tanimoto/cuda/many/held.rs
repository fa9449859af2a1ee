//! Queries on a GPU.

use std::ops::Range;

use soyaku_device::Error;
use soyaku_device::cuda::{Buffer, Stream};

use super::asked::Asked;
use super::planes::{GROUP, Lists, list_words};
use super::{Layout, TILE, padded};

/// Queries on one GPU: all of them, or those of one launch at a time where memory is short.
pub(super) struct Held {
    store: Store,
    /// Places of those that are there.
    places: Range<usize>,
}

enum Store {
    Rows(Buffer<u64>),
    Lists { entries: Buffer<u32>, groups: Buffer<u32>, tiles: usize },
}

/// Where the kernels find queries. What is in the buffers beyond them belongs to no query that is asked for.
pub(super) enum Queries<'a> {
    /// Words, and the one where they begin.
    Rows(&'a Buffer<u64>, usize),
    /// Lists of set bits, the groups of all of them, and where those that are asked for begin.
    Lists(&'a Buffer<u32>, &'a Buffer<u32>, usize),
}

/// Bytes on the device of `room` queries, a multiple of a tile; fewer than there are: of those of one launch.
pub(super) fn bytes(asked: &Asked, room: usize, layout: Layout) -> usize {
    match layout {
        Layout::Rows => room * padded(asked.words()) * 8,
        Layout::Planes { .. } => lists(asked, room) * 4 + groups(room) * 4,
    }
}

/// Numbers of the longest lists of `room` queries.
fn lists(asked: &Asked, room: usize) -> usize {
    let all = asked.len();
    let parts = (0..all).step_by(room.max(1));
    parts.map(|from| list_words(asked, from..all.min(from + room))).max().unwrap_or(0)
}

/// Numbers for the groups of `room` queries: those of whole tiles.
fn groups(room: usize) -> usize {
    room.next_multiple_of(TILE) / GROUP * 2
}

impl Held {
    /// Room for `room` queries, a multiple of a tile, and the first of them.
    pub(super) fn new(stream: &Stream, asked: &Asked, room: usize, layout: Layout) -> Result<Self, Error> {
        let store = match layout {
            Layout::Rows => Store::Rows(stream.zeros(room.next_multiple_of(TILE) * padded(asked.words()))?),
            Layout::Planes { tiles } => Store::Lists {
                entries: stream.zeros(lists(asked, room))?,
                groups: stream.zeros(groups(room))?,
                tiles,
            },
        };
        let mut held = Self { store, places: 0..0 };
        held.put(stream, asked, 0..room.min(asked.len()))?;
        Ok(held)
    }

    fn put(&mut self, stream: &Stream, asked: &Asked, places: Range<usize>) -> Result<(), Error> {
        self.places = 0..0;
        match &mut self.store {
            Store::Rows(bits) => stream.write(&asked.words_of(places.clone()), bits, 0)?,
            Store::Lists { entries, groups, tiles } => {
                let lists = Lists::new(asked, places.clone(), *tiles);
                stream.write(&lists.entries, entries, 0)?;
                stream.write(&lists.groups, groups, 0)?;
            }
        }
        self.places = places;
        Ok(())
    }

    /// Queries of these places, which begin a launch's number of queries, or several of them, behind the first place.
    pub(super) fn get(
        &mut self,
        stream: &Stream,
        asked: &Asked,
        places: Range<usize>,
    ) -> Result<Queries<'_>, Error> {
        if places.start < self.places.start || places.end > self.places.end {
            self.put(stream, asked, places.clone())?;
        }
        let ahead = places.start - self.places.start;
        Ok(match &self.store {
            Store::Rows(bits) => Queries::Rows(bits, ahead * padded(asked.words())),
            Store::Lists { entries, groups, .. } => Queries::Lists(entries, groups, ahead / GROUP * 2),
        })
    }
}
