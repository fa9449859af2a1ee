//! A library, or some rows of it, laid out for comparison: for the whole run, or anew in each pass.

use soyaku_device::Device;
use soyaku_kernels::tanimoto::{Rows, Tile};

use super::sizes::Sizes;
use super::source::Source;
use crate::{Error, Fingerprints};

/// What others are compared with.
pub(super) struct Field<'a> {
    source: &'a dyn Source,
    device: &'a Device,
    /// The rows, ascending; all where it is `None`. They are numbered from 0.
    subset: Option<&'a [u32]>,
    piece: usize,
    resident: Option<Vec<Tile>>,
}

impl<'a> Field<'a> {
    /// Lays out the rows now where they fit.
    ///
    /// # Errors
    /// As [`Source::each`], and what a GPU says.
    pub fn new(
        source: &'a dyn Source,
        device: &'a Device,
        subset: Option<&'a [u32]>,
        sizes: &Sizes,
    ) -> Result<Self, Error> {
        let mut field = Self { source, device, subset, piece: sizes.piece, resident: None };
        if subset.map_or(source.len(), |rows| rows.len() as u64) <= sizes.resident {
            let mut resident = Vec::new();
            field.stream(&mut |first, rows| {
                resident.push(Tile::new(device, first, rows)?);
                Ok(())
            })?;
            field.resident = Some(resident);
        }
        Ok(field)
    }

    /// What is laid out already.
    pub fn laid_out(source: &'a dyn Source, device: &'a Device, tiles: Vec<Tile>) -> Self {
        Self { source, device, subset: None, piece: 0, resident: Some(tiles) }
    }

    /// Shows all rows once.
    ///
    /// # Errors
    /// As [`Source::each`], and what a GPU says.
    pub fn each(&self, take: &mut dyn FnMut(&Tile) -> Result<(), Error>) -> Result<(), Error> {
        if let Some(tiles) = &self.resident {
            return tiles.iter().try_for_each(take);
        }
        let mut reused: Option<Tile> = None;
        self.stream(&mut |first, rows| {
            match &mut reused {
                Some(tile) => tile.refill(self.device, first, rows)?,
                None => reused = Some(Tile::new(self.device, first, rows)?),
            }
            reused.as_ref().map_or(Ok(()), &mut *take)
        })
    }

    fn stream(&self, take: &mut dyn FnMut(u64, Rows<'_>) -> Result<(), Error>) -> Result<(), Error> {
        let Some(subset) = self.subset else {
            return self.source.each(0..self.source.len(), take);
        };
        let (words, mut rest, mut number) = (self.source.words(), subset, 0);
        let mut held = Fingerprints::default();
        let span = match (subset.first(), subset.last()) {
            (Some(&first), Some(&last)) => u64::from(first)..u64::from(last) + 1,
            _ => return Ok(()),
        };
        self.source.each(span, &mut |first_row, rows| {
            let end = first_row + rows.len() as u64;
            let (here, after) = rest.split_at(rest.partition_point(|&row| u64::from(row) < end));
            for &row in here {
                let row = (u64::from(row) - first_row) as usize;
                held.bits.extend_from_slice(rows.row(row));
                held.popcounts.push(rows.popcounts[row]);
            }
            rest = after;
            if held.popcounts.len() >= self.piece || rest.is_empty() {
                let rows = Rows { bits: &held.bits, popcounts: &held.popcounts, words };
                take(number, rows)?;
                number += rows.len() as u64;
                held.bits.clear();
                held.popcounts.clear();
            }
            Ok(())
        })
    }
}
