//! A part of a library that is compared with many queries.

use soyaku_device::{Device, Error};

use super::rows::by_popcount;
use super::{OwnedRows, Rows, cpu};

/// Consecutive rows of a library, laid out once for any number of comparisons on the device that it was made for. It
/// takes about as much memory as the fingerprints.
///
/// On the CPU rows are sorted by popcount and turned into planes of bits, 512 rows at a time: a single row takes as much
/// memory as these. They keep their numbers.
#[derive(Debug)]
pub struct Tile {
    first_row: u64,
    pub(super) layout: Layout,
}

/// What a device compares fastest.
#[derive(Debug)]
pub(super) enum Layout {
    Sliced(cpu::Sliced),
    Rows(Listed),
}

/// Rows as they are, with their order by popcount.
#[derive(Debug)]
pub(super) struct Listed {
    rows: OwnedRows,
    /// Row of each place.
    pub(super) order: Vec<u32>,
}

impl Listed {
    pub(super) fn rows(&self) -> Rows<'_> {
        self.rows.rows()
    }
}

impl Tile {
    /// Lays out rows, the first of which is row `first_row`.
    ///
    /// # Errors
    /// None on the CPU; on a GPU what its memory and driver say.
    ///
    /// # Panics
    /// When lengths do not fit, for 2^32 rows or more, and beyond 1023 words.
    pub fn new(device: &Device, first_row: u64, rows: Rows<'_>) -> Result<Self, Error> {
        rows.check("row");
        assert!(first_row.checked_add(rows.len() as u64).is_some(), "row numbers");
        let layout = if device.gpus().is_empty() {
            let mut sliced = cpu::Sliced::default();
            device.install(|| sliced.fill(cpu::Unit::best(), rows));
            Layout::Sliced(sliced)
        } else {
            assert!(u32::try_from(rows.len()).is_ok(), "{} rows in a tile", rows.len());
            Layout::Rows(Listed { rows: rows.into(), order: by_popcount(rows.popcounts) })
        };
        Ok(Self { first_row, layout })
    }

    /// Lays out other rows in its place, which saves allocations.
    ///
    /// # Errors
    /// As [`Tile::new`].
    ///
    /// # Panics
    /// As [`Tile::new`].
    pub fn refill(&mut self, device: &Device, first_row: u64, rows: Rows<'_>) -> Result<(), Error> {
        match &mut self.layout {
            Layout::Sliced(sliced) if device.gpus().is_empty() => {
                rows.check("row");
                assert!(first_row.checked_add(rows.len() as u64).is_some(), "row numbers");
                self.first_row = first_row;
                device.install(|| sliced.fill(cpu::Unit::best(), rows));
            }
            _ => *self = Self::new(device, first_row, rows)?,
        }
        Ok(())
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        match &self.layout {
            Layout::Sliced(sliced) => sliced.len(),
            Layout::Rows(listed) => listed.rows().len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of the first row in the library.
    pub fn first_row(&self) -> u64 {
        self.first_row
    }

    /// Words of a fingerprint.
    pub fn words(&self) -> usize {
        match &self.layout {
            Layout::Sliced(sliced) => sliced.words(),
            Layout::Rows(listed) => listed.rows().words,
        }
    }

    /// Bytes of memory that it takes.
    pub fn bytes(&self) -> usize {
        match &self.layout {
            Layout::Sliced(sliced) => sliced.bytes(),
            Layout::Rows(listed) => {
                let Rows { bits, popcounts, .. } = listed.rows();
                size_of_val(bits) + size_of_val(popcounts) + size_of_val(&listed.order[..])
            }
        }
    }
}
