//! The fingerprints that are clustered: passes over all of them, and some of them by number.

use std::cell::Cell;
use std::ops::Range;

use soyaku_device::Device;
use soyaku_kernels::tanimoto::Rows;
use soyaku_store::LibraryReader;

use crate::progress::{Silent, Stop};
use crate::similar::each_tile_of;
use crate::{Error, Fingerprints};

/// Fingerprints that are read in their order, as often as needed.
pub(super) trait Source {
    /// Number of rows.
    fn len(&self) -> u64;

    /// Words of a fingerprint.
    fn words(&self) -> usize;

    /// Hands over rows, piece by piece, with the number of the first one of each piece.
    ///
    /// # Errors
    /// The library is damaged, a stop was requested; and what `take` returns.
    fn each(
        &self,
        rows: Range<u64>,
        take: &mut dyn FnMut(u64, Rows<'_>) -> Result<(), Error>,
    ) -> Result<(), Error>;

    /// Hands over pieces of so many rows from now on.
    fn set_piece(&self, rows: usize);
}

/// One kind of fingerprint of a library.
pub(super) struct InLibrary<'a> {
    pub library: &'a LibraryReader,
    /// Its position.
    pub kind: usize,
    /// Where chunks are unpacked.
    pub device: &'a Device,
    pub stop: &'a Stop,
    /// Rows of a piece.
    pub piece: Cell<usize>,
}

impl Source for InLibrary<'_> {
    fn len(&self) -> u64 {
        self.library.len()
    }

    fn words(&self) -> usize {
        self.library.info().kinds[self.kind].words()
    }

    fn each(
        &self,
        rows: Range<u64>,
        take: &mut dyn FnMut(u64, Rows<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let Self { library, kind, device, stop, .. } = *self;
        each_tile_of(library, kind, rows, self.piece.get(), device, &Silent, stop, take)
    }

    fn set_piece(&self, rows: usize) {
        self.piece.set(rows);
    }
}

/// The fingerprints of a stretch of rows.
///
/// # Errors
/// As [`Source::each`].
pub(super) fn read(source: &dyn Source, rows: Range<u64>) -> Result<Fingerprints, Error> {
    let mut read = Fingerprints::default();
    read.popcounts.reserve((rows.end - rows.start) as usize);
    read.bits.reserve((rows.end - rows.start) as usize * source.words());
    source.each(rows, &mut |_, rows| {
        read.bits.extend_from_slice(rows.bits);
        read.popcounts.extend_from_slice(rows.popcounts);
        Ok(())
    })?;
    Ok(read)
}

/// The fingerprints of these rows, in the order in which they are named, in one pass.
///
/// # Errors
/// As [`Source::each`].
pub(super) fn gather(source: &dyn Source, rows: &[u32]) -> Result<Fingerprints, Error> {
    let words = source.words();
    let mut places: Vec<(u32, u32)> = (0..).zip(rows).map(|(place, &row)| (row, place)).collect();
    places.sort_unstable();
    let (Some(first), Some(last)) = (places.first(), places.last()) else {
        return Ok(Fingerprints::default());
    };
    let span = u64::from(first.0)..u64::from(last.0) + 1;
    let mut gathered = Fingerprints { bits: vec![0; rows.len() * words], popcounts: vec![0; rows.len()] };
    let mut rest = &places[..];
    source.each(span, &mut |first_row, rows| {
        let end = first_row + rows.len() as u64;
        let (here, after) = rest.split_at(rest.partition_point(|&(row, _)| u64::from(row) < end));
        for &(row, place) in here {
            let (from, to) = ((u64::from(row) - first_row) as usize, place as usize);
            gathered.bits[to * words..][..words].copy_from_slice(rows.row(from));
            gathered.popcounts[to] = rows.popcounts[from];
        }
        rest = after;
        Ok(())
    })?;
    Ok(gathered)
}
