//! The scores of compounds, batch by batch.
//!
//! The roles of a search are swapped: the compounds of a batch are searched for, each in the few queries.

use rayon::prelude::*;
use soyaku_device::Device;
use soyaku_kernels::tanimoto::{Hit, Measure, Rows, Search, Selection, Tile};

use super::Fusion;
use crate::Error;
use crate::progress::{Progress, Stop};
use crate::similar::{Opened, each_tile};

/// Most similarities that are kept at once.
const KEPT: usize = 1 << 20;

/// The score of a compound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Fused {
    /// 0 to 1.
    pub score: f64,
    /// The most similar query, by its place among the usable ones; the first one among equals.
    pub nearest: usize,
}

/// Which compounds are scored, and what becomes of the scores.
pub(crate) trait Scored {
    /// Whether the compound in this row of the library is wanted.
    fn wants(&mut self, row: u64, fingerprint: &[u64]) -> bool;
    /// The score of a row that was wanted; rows come in their order.
    fn take(&mut self, row: u64, fused: Fused);
}

/// Scores the wanted compounds of the library. The scores do not depend on device, threads or `batch_size`.
///
/// # Errors
/// The library is damaged, the device fails, or a stop was requested.
pub(crate) fn each_score(
    opened: &Opened,
    (fusion, measure): (Fusion, Measure),
    batch_size: usize,
    device: &Device,
    (progress, stop): (&dyn Progress, &Stop),
    scored: &mut impl Scored,
) -> Result<(), Error> {
    let queries = Tile::new(device, 0, opened.queries.rows())?;
    let (mut wanted, mut bits, mut popcounts) = (Vec::new(), Vec::new(), Vec::new());
    each_tile(&opened.library, opened.kind, batch_size, device, progress, stop, |first_row, rows| {
        let fingerprint = |index: usize| &rows.bits[index * rows.words..][..rows.words];
        wanted.clear();
        wanted.extend(
            (0..rows.len()).filter(|&index| scored.wants(first_row + index as u64, fingerprint(index))),
        );
        let mut part = rows;
        if wanted.len() < rows.len() {
            bits.clear();
            popcounts.clear();
            for &index in &wanted {
                bits.extend_from_slice(fingerprint(index));
                popcounts.push(rows.popcounts[index]);
            }
            part = Rows { bits: &bits, popcounts: &popcounts, words: rows.words };
        }
        for (&index, fused) in wanted.iter().zip(fuse(part, &queries, (fusion, measure), device)?) {
            scored.take(first_row + index as u64, fused);
        }
        Ok(())
    })
}

/// The score of each of these rows.
fn fuse(
    rows: Rows<'_>,
    queries: &Tile,
    (fusion, measure): (Fusion, Measure),
    device: &Device,
) -> Result<Vec<Fused>, Error> {
    let counted = fusion.counted(queries.len());
    let share = (KEPT / counted.max(1)).max(1);
    let (mut fused, mut means) = (Vec::with_capacity(rows.len()), Vec::new());
    for (bits, popcounts) in rows.bits.chunks(share * rows.words).zip(rows.popcounts.chunks(share)) {
        let part = Rows { bits, popcounts, words: rows.words };
        let mut search = Search::with_measure(device, part, swapped(measure), Selection::Top(counted))?;
        search.scan_tile(queries)?;
        let hits = search.finish();
        device.install(|| {
            let rows = popcounts.par_iter().zip(&hits);
            rows.map(|(&popcount, hits)| mean(hits, swapped(measure), popcount)).collect_into_vec(&mut means);
        });
        fused.append(&mut means);
    }
    Ok(fused)
}

/// The same measure with query and row in each other's place.
fn swapped(measure: Measure) -> Measure {
    match measure {
        Measure::Tversky { alpha, beta } => Measure::Tversky { alpha: beta, beta: alpha },
        other => other,
    }
}

/// The mean similarity of what was found for a row with `popcount` bits, the most similar first; added in this order.
fn mean(hits: &[Hit], measure: Measure, popcount: u16) -> Fused {
    let sum: f64 = hits.iter().map(|hit| measure.similarity(popcount, hit)).sum();
    let nearest = hits.first().map_or(0, |hit| hit.row as usize);
    Fused { score: sum / hits.len().max(1) as f64, nearest }
}

#[cfg(test)]
mod tests {
    use soyaku_device::DeviceRequest;

    use super::*;

    #[test]
    fn means_of_the_most_similar_queries() {
        let device = Device::open(DeviceRequest::Cpu, Some(2)).unwrap();
        let queries = Rows { bits: &[0b1, 0b1111, 0b11], popcounts: &[1, 4, 2], words: 1 };
        let queries = Tile::new(&device, 0, queries).unwrap();
        let rows = Rows { bits: &[0b11, 0b1_0000, 0b1111, 0], popcounts: &[2, 1, 4, 0], words: 1 };
        let scores = |fusion: Fusion| {
            let fused = fuse(rows, &queries, (fusion, Measure::Tanimoto), &device).unwrap();
            fused.iter().map(|fused| (fused.score, fused.nearest)).collect::<Vec<_>>()
        };
        // Similarities of the rows to the queries: 1/2 1/2 1, 0 0 0, 1/4 1 1/2, 0 0 0.
        assert_eq!(scores(Fusion::Max), [(1.0, 2), (0.0, 0), (1.0, 1), (0.0, 0)]);
        assert_eq!(scores(Fusion::MeanOfTop(2)), [(0.75, 2), (0.0, 0), (0.75, 1), (0.0, 0)]);
        assert_eq!(scores(Fusion::Mean), [(2.0 / 3.0, 2), (0.0, 0), (1.75 / 3.0, 1), (0.0, 0)]);
        assert_eq!(scores(Fusion::MeanOfTop(9)), scores(Fusion::Mean));
        assert_eq!(scores(Fusion::MeanOfTop(1)), scores(Fusion::Max));
    }

    #[test]
    fn the_query_stays_the_query() {
        let device = Device::open(DeviceRequest::Cpu, Some(1)).unwrap();
        let queries = Rows { bits: &[0b11], popcounts: &[2], words: 1 };
        let queries = Tile::new(&device, 0, queries).unwrap();
        let rows = Rows { bits: &[0b1111, 0b1], popcounts: &[4, 1], words: 1 };
        let scores = |measure: &str| {
            let fused = fuse(rows, &queries, (Fusion::Max, measure.parse().unwrap()), &device).unwrap();
            [fused[0].score, fused[1].score]
        };
        // Only bits of the query that a compound lacks count, then only bits of compounds that the query lacks.
        assert_eq!(scores("tversky:1,0"), [1.0, 0.5]);
        assert_eq!(scores("tversky:0,1"), [0.5, 1.0]);
        assert_eq!(scores("dice"), [4.0 / 6.0, 2.0 / 3.0]);
        assert_eq!(scores("cosine"), [2.0 / 8_f64.sqrt(), 1.0 / 2_f64.sqrt()]);
    }

    #[test]
    fn rows_are_scored_in_parts_where_many_queries_count() {
        let device = Device::open(DeviceRequest::Cpu, Some(2)).unwrap();
        let bits: Vec<u64> = (1..=3000_u64).map(|row| row.wrapping_mul(0x9E37_79B9_7F4A_7C15)).collect();
        let popcounts: Vec<u16> = bits.iter().map(|bits| bits.count_ones() as u16).collect();
        let all = Rows { bits: &bits, popcounts: &popcounts, words: 1 };
        let tile = Tile::new(&device, 0, all).unwrap();
        // 349 rows at once, in 2 parts and a rest.
        let rows = Rows { bits: &bits[..700], popcounts: &popcounts[..700], words: 1 };
        let fused = fuse(rows, &tile, (Fusion::Mean, Measure::Tanimoto), &device).unwrap();
        assert_eq!(fused.len(), 700);
        for (row, fused) in fused.iter().enumerate().step_by(99) {
            let similarity = |other: &u64| {
                let (both, either) = (bits[row] & other, bits[row] | other);
                f64::from(both.count_ones()) / f64::from(either.count_ones())
            };
            let expected = bits.iter().map(similarity).sum::<f64>() / 3000.0;
            assert!((fused.score - expected).abs() < 1e-12, "{fused:?}, expected {expected}");
            assert_eq!(fused.nearest, row);
        }
    }
}
