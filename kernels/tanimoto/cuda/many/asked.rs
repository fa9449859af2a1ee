//! Queries in the order of their popcounts.

use std::ops::Range;

use super::padded;
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

    /// Set bits of all queries.
    pub(super) fn bits(&self) -> usize {
        self.queries.rows().popcounts.iter().map(|&popcount| usize::from(popcount)).sum()
    }

    /// Puts the set bits of a query into `list`.
    pub(super) fn set_bits(&self, query: u32, list: &mut Vec<u32>) {
        list.clear();
        for (word, &bits) in (0_u32..).zip(self.queries.rows().row(query as usize)) {
            let mut rest = bits;
            while rest != 0 {
                list.push(word * 64 + rest.trailing_zeros());
                rest &= rest - 1;
            }
        }
    }

    /// Words of some places as the device has them: in whole chunks.
    pub(super) fn words_of(&self, places: Range<usize>) -> Vec<u64> {
        let rows = self.queries.rows();
        let mut words = vec![0; places.len() * padded(rows.words)];
        for (words, &query) in words.chunks_exact_mut(padded(rows.words)).zip(&self.order[places]) {
            words[..rows.words].copy_from_slice(rows.row(query as usize));
        }
        words
    }
}
