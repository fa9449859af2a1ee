//! The best compounds of a run, kept while it goes on.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::columns::{Quantity, Values};
use crate::filter::Condition;

/// What compounds are ranked by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Largest value first; ties by row.
    Descending(Quantity),
    /// Smallest value first; ties by row.
    Ascending(Quantity),
    /// As in the input.
    Row,
}

/// A compound among the best.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// Row of the input, from 0.
    pub row: u64,
    /// SMILES as in the input.
    pub smiles: Vec<u8>,
    /// Name as in the input.
    pub name: Vec<u8>,
    /// Mean of each prediction column.
    pub mean: Vec<f32>,
    /// Standard deviation of each prediction column.
    pub std: Vec<f32>,
    /// Each descriptor.
    pub descriptors: Vec<f32>,
    /// Similarity to the nearest reference, and its index.
    pub similarity: Option<(f32, u32)>,
    key: f32,
}

/// Keeps the best compounds that meet all conditions; memory is bounded by their number.
pub struct Ranking {
    order: Order,
    conditions: Vec<Condition>,
    limit: usize,
    heap: BinaryHeap<Ranked>,
    passed: u64,
}

/// A hit ordered so that the heap's greatest element is the worst hit.
struct Ranked(Hit);

impl Ranked {
    fn worseness(&self, other: &Self) -> Ordering {
        self.0.key.total_cmp(&other.0.key).then(self.0.row.cmp(&other.0.row))
    }
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.worseness(other) == Ordering::Equal
    }
}
impl Eq for Ranked {}
impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        self.worseness(other)
    }
}

impl Ranking {
    /// Keeps the `limit` best.
    pub fn new(order: Order, conditions: Vec<Condition>, limit: usize) -> Self {
        Self { order, conditions, limit, heap: BinaryHeap::new(), passed: 0 }
    }

    /// Offers a compound. Compounds without the number they would be ranked by are not hits.
    pub fn offer(
        &mut self,
        row: u64,
        smiles: &[u8],
        name: &[u8],
        values: &Values<'_>,
        similarity: Option<(f32, u32)>,
    ) {
        if !self.conditions.iter().all(|condition| condition.holds(values)) {
            return;
        }
        // A smaller key is a better compound. Adding 0 turns -0 into 0, so that they tie.
        let key = match self.order {
            Order::Descending(quantity) => -values.get(quantity) + 0.0,
            Order::Ascending(quantity) => values.get(quantity) + 0.0,
            Order::Row => 0.0,
        };
        if key.is_nan() {
            return;
        }
        self.passed += 1;
        if self.heap.len() >= self.limit {
            match self.heap.peek() {
                Some(Ranked(worst))
                    if key.total_cmp(&worst.key).then(row.cmp(&worst.row)) == Ordering::Less =>
                {
                    self.heap.pop();
                }
                _ => return,
            }
        }
        self.heap.push(Ranked(Hit {
            row,
            smiles: smiles.to_vec(),
            name: name.to_vec(),
            mean: values.mean.to_vec(),
            std: values.std.to_vec(),
            descriptors: values.descriptors.to_vec(),
            similarity,
            key,
        }));
    }

    /// Compounds that met all conditions so far.
    pub fn passed(&self) -> u64 {
        self.passed
    }

    /// The best, best first.
    pub fn into_hits(self) -> Vec<Hit> {
        self.heap.into_sorted_vec().into_iter().map(|Ranked(hit)| hit).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::Columns;

    fn ranked(order: Order, limit: usize, scores: &[f32]) -> Vec<u64> {
        let mut ranking = Ranking::new(order, Vec::new(), limit);
        for (row, &score) in scores.iter().enumerate() {
            let values = Values { mean: &[score], std: &[0.0], descriptors: &[], similarity: 0.0 };
            ranking.offer(row as u64, b"C", b"", &values, None);
        }
        ranking.into_hits().iter().map(|hit| hit.row).collect()
    }

    #[test]
    fn best_first_and_ties_by_row() {
        let scores = [0.5, 0.9, f32::NAN, 0.9, -0.0, 0.0, 0.7];
        assert_eq!(ranked(Order::Descending(Quantity::Mean(0)), 4, &scores), [1, 3, 6, 0]);
        assert_eq!(ranked(Order::Ascending(Quantity::Mean(0)), 3, &scores), [4, 5, 0]);
        assert_eq!(ranked(Order::Row, 2, &scores), [0, 1]);
        assert_eq!(ranked(Order::Row, 0, &scores), [] as [u64; 0]);
        assert_eq!(ranked(Order::Descending(Quantity::Mean(0)), 100, &scores).len(), 6);
    }

    #[test]
    fn the_order_of_offers_does_not_matter() {
        let scores: Vec<f32> = (0..500).map(|i| ((i * 37) % 83) as f32).collect();
        let expected = ranked(Order::Descending(Quantity::Mean(0)), 50, &scores);
        let mut ranking = Ranking::new(Order::Descending(Quantity::Mean(0)), Vec::new(), 50);
        for row in (0..500_u64).rev() {
            let values =
                Values { mean: &[scores[row as usize]], std: &[0.0], descriptors: &[], similarity: 0.0 };
            ranking.offer(row, b"C", b"", &values, None);
        }
        let rows: Vec<u64> = ranking.into_hits().iter().map(|hit| hit.row).collect();
        assert_eq!(rows, expected);
    }

    #[test]
    fn conditions_decide_first() {
        let columns = Columns { predictions: vec!["x".into()], ..Default::default() };
        let condition = Condition::parse("x < 0.8", &columns).unwrap();
        let mut ranking = Ranking::new(Order::Descending(Quantity::Mean(0)), vec![condition], 10);
        for (row, score) in [0.9, 0.7, 0.8, 0.1].into_iter().enumerate() {
            let values = Values { mean: &[score], std: &[0.0], descriptors: &[], similarity: 0.0 };
            ranking.offer(row as u64, b"C", b"", &values, None);
        }
        assert_eq!(ranking.passed(), 2);
        assert_eq!(ranking.into_hits().iter().map(|hit| hit.row).collect::<Vec<_>>(), [1, 3]);
    }
}
