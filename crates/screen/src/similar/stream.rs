//! The fingerprints of a library, from first to last.

use std::ops::Range;

use crossbeam_channel::bounded;
use soyaku_device::Device;
use soyaku_kernels::tanimoto::Rows;
use soyaku_store::LibraryReader;

use crate::Error;
use crate::progress::{Progress, Stop};

/// Tiles that wait between the reader and the one who takes them.
const AHEAD: usize = 1;

/// Consecutive fingerprints of the library.
#[derive(Default)]
struct Tile {
    first_row: u64,
    bits: Vec<u64>,
    popcounts: Vec<u16>,
}

/// Hands over the fingerprints of kind number `kind` in tiles of `size` rows, with the first row of each, in their
/// order. The library is read on a thread of its own, one tile ahead.
///
/// # Errors
/// The library is damaged, a stop was requested; and what `take` returns.
pub(crate) fn each_tile(
    library: &LibraryReader,
    kind: usize,
    size: usize,
    device: &Device,
    progress: &dyn Progress,
    stop: &Stop,
    take: impl FnMut(u64, Rows<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    each_tile_of(library, kind, 0..library.len(), size, device, progress, stop, take)
}

/// The same for some of the rows, none of which is beyond the last.
///
/// # Errors
/// As [`each_tile`].
#[allow(clippy::too_many_arguments)]
pub(crate) fn each_tile_of(
    library: &LibraryReader,
    kind: usize,
    rows: Range<u64>,
    size: usize,
    device: &Device,
    progress: &dyn Progress,
    stop: &Stop,
    mut take: impl FnMut(u64, Rows<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let words = library.info().kinds[kind].words();
    let (send, receive) = bounded::<Result<Tile, Error>>(AHEAD);
    let (give_back, free) = bounded::<Tile>(AHEAD + 2);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let mut row = rows.start;
            while row < rows.end {
                let end = rows.end.min(row.saturating_add(size.max(1) as u64));
                let mut tile = free.try_recv().unwrap_or_default();
                tile.first_row = row;
                let Tile { bits, popcounts, .. } = &mut tile;
                let read = device.install(|| library.read_fingerprints(kind, row..end, bits, popcounts));
                let read = read.map_err(Error::from);
                let failed = read.is_err();
                // Nobody takes it any more when that met an error of its own.
                if send.send(read.map(|()| tile)).is_err() || failed {
                    return;
                }
                row = end;
            }
        });
        // Taken by value, so that the reader ends when this does.
        for tile in receive {
            let tile = tile?;
            take(tile.first_row, Rows { bits: &tile.bits, popcounts: &tile.popcounts, words })?;
            progress.advance(tile.popcounts.len() as u64);
            stop.check()?;
            let _ = give_back.try_send(tile);
        }
        Ok(())
    })
}
