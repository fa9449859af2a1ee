//! Rows of a launch: some that have much the same popcount.

use std::ops::Range;

use super::{CLASSES, TILE};

/// Places of a library that are on a GPU together, and their classes: rows with the same popcount.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) places: Range<usize>,
    /// Popcount of each class, ascending.
    pub(super) popcounts: Vec<u16>,
    /// First row of each class, counted in the piece, and the end of the last one.
    pub(super) starts: Vec<u32>,
    /// First and last class of each row tile.
    pub(super) spans: Vec<(u16, u16)>,
}

impl Piece {
    /// All places in pieces of at most `most` rows and [`CLASSES`] classes.
    pub(super) fn cut(popcounts: &[u16], order: &[u32], most: usize) -> Vec<Self> {
        let popcount = |place: usize| popcounts[order[place] as usize];
        let mut pieces = Vec::new();
        let mut from = 0;
        while from < order.len() {
            let mut piece = Self { places: from..from, ..Self::default() };
            let limit = order.len().min(from + most.max(1));
            while piece.places.end < limit {
                let here = piece.places.end;
                let class = popcount(here);
                if piece.popcounts.len() == CLASSES {
                    break;
                }
                piece.popcounts.push(class);
                piece.starts.push((here - from) as u32);
                let of_class = order[here..limit].partition_point(|&row| popcounts[row as usize] <= class);
                piece.places.end = here + of_class;
            }
            piece.starts.push(piece.places.len() as u32);
            piece.spans = piece.row_tiles();
            from = piece.places.end;
            pieces.push(piece);
        }
        pieces
    }

    fn row_tiles(&self) -> Vec<(u16, u16)> {
        let class_of = |row: usize| self.starts.partition_point(|&start| start as usize <= row) - 1;
        let rows = self.places.len();
        let span = |first: usize| (class_of(first) as u16, class_of(rows.min(first + TILE) - 1) as u16);
        (0..rows).step_by(TILE).map(span).collect()
    }

    /// Popcount in the middle of a row tile.
    pub(super) fn middle(&self, row_tile: u32) -> u16 {
        let (first, last) = self.spans[row_tile as usize];
        self.popcounts[usize::from(first.midpoint(last))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tanimoto::rows::by_popcount;

    #[test]
    fn rows_with_few_bits_come_first() {
        assert_eq!(by_popcount(&[5, 0, 5, 65_535, 1]), [1, 4, 0, 2, 3]);
        assert!(by_popcount(&[]).is_empty());
    }

    #[test]
    fn pieces_hold_every_row_once() {
        let popcounts: Vec<u16> = (0..1500_u32).map(|row| (row * row % 1009 % 700) as u16).collect();
        let order = by_popcount(&popcounts);
        for most in [1, 128, 200, 5000] {
            let pieces = Piece::cut(&popcounts, &order, most);
            let mut from = 0;
            for piece in &pieces {
                assert_eq!(piece.places.start, from);
                from = piece.places.end;
                assert!(piece.places.len() <= most && piece.popcounts.len() <= CLASSES);
                assert_eq!(piece.spans.len(), piece.places.len().div_ceil(TILE));
                for row in 0..piece.places.len() {
                    let popcount = popcounts[order[piece.places.start + row] as usize];
                    let class = piece.popcounts.binary_search(&popcount).unwrap();
                    assert!((piece.starts[class]..piece.starts[class + 1]).contains(&(row as u32)));
                    let (first, last) = piece.spans[row / TILE];
                    assert!((first..=last).contains(&(class as u16)));
                    if row % TILE == 0 {
                        assert_eq!(usize::from(first), class);
                    }
                }
            }
            assert_eq!(from, popcounts.len());
        }
    }
}
