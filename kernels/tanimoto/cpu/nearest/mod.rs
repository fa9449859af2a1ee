//! The nearest reference of each row.

mod planes;
mod rows;

use super::super::{Nearest, Rows};
use super::sliced::Sliced;
use super::unit::Unit;

/// From so many references on it pays to lay them out for comparison.
const MANY: usize = 64;

/// References, as they are best compared with.
pub(in super::super) struct Comparison {
    unit: Unit,
    /// Many of them.
    sliced: Option<Sliced>,
}

impl Comparison {
    /// Runs in the device's thread pool.
    pub(in super::super) fn new(references: Rows<'_>) -> Self {
        let unit = Unit::best();
        let sliced = (references.len() >= MANY).then(|| {
            let mut sliced = Sliced::default();
            sliced.fill(unit, references);
            sliced
        });
        Self { unit, sliced }
    }

    /// The nearest of the references, which are those of [`Self::new`]; runs in the device's thread pool.
    pub(in super::super) fn nearest(&self, rows: Rows<'_>, references: Rows<'_>, output: &mut [Nearest]) {
        match &self.sliced {
            Some(sliced) => planes::nearest(self.unit, rows, sliced, output),
            None => rows::nearest(rows, references, output),
        }
    }
}
