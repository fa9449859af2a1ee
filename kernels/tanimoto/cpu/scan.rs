//! Tiles of a library against some queries.

use rayon::prelude::*;
use soyaku_device::Device;

use super::super::selection::Found;
use super::super::{Hit, Rows, Selection};

/// What the queries have found so far.
pub(in super::super) struct Scan {
    found: Vec<Found>,
}

impl Scan {
    pub(in super::super) fn new(_device: &Device, queries: Rows<'_>, selection: Selection) -> Self {
        Self { found: vec![Found::new(selection); queries.len()] }
    }

    /// Compares every row with every query.
    pub(in super::super) fn scan(&mut self, queries: Rows<'_>, first_row: u64, rows: Rows<'_>) {
        self.found.par_iter_mut().enumerate().for_each(|(query, found)| {
            let bits = &queries.bits[query * queries.words..(query + 1) * queries.words];
            for (row, other) in rows.bits.chunks_exact(rows.words).enumerate() {
                let both = bits.iter().zip(other).map(|(a, b)| (a & b).count_ones()).sum();
                let either = u32::from(queries.popcounts[query]) + u32::from(rows.popcounts[row]) - both;
                found.offer(Hit { row: first_row + row as u64, both, either });
            }
        });
    }

    pub(in super::super) fn finish(self) -> Vec<Vec<Hit>> {
        self.found.into_par_iter().map(Found::into_ranked).collect()
    }
}
