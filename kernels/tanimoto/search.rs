//! Queries against a library that streams by.

use rayon::prelude::*;
use soyaku_device::{Device, Error, ExpectedKernels};

use super::cuda::Target;
use super::measure::of_dice;
use super::rows::by_popcount;
use super::selection::Found;
use super::tile::Layout;
use super::{Hit, MOST_WORDS, Measure, OwnedRows, Rows, Selection, Tile, cpu, cuda};

/// Finds the most similar rows of a library for some queries, while the library passes in tiles of any size and order.
///
/// The results are exact and do not depend on tiles, threads or device: similarities are compared as fractions of
/// integers, and of equals the lowest row comes first. Two fingerprints without any bit have similarity 0, as in RDKit
/// 2026.9.
///
/// ```
/// use soyaku_device::{Device, DeviceRequest};
/// use soyaku_kernels::tanimoto::{Rows, Search, Selection};
///
/// let device = Device::open(DeviceRequest::Cpu, Some(1))?;
/// let queries = Rows { bits: &[0b0110], popcounts: &[2], words: 1 };
/// let mut search = Search::new(&device, queries, Selection::Top(2))?;
/// search.scan(0, Rows { bits: &[0b1000, 0b0111], popcounts: &[1, 3], words: 1 })?;
/// search.scan(2, Rows { bits: &[0b0110, 0b0011], popcounts: &[2, 2], words: 1 })?;
/// let hits = &search.finish()[0];
/// assert_eq!((hits[0].row, hits[0].similarity()), (2, 1.0));
/// assert_eq!((hits[1].row, hits[1].both, hits[1].either), (1, 2, 3));
/// # Ok::<(), soyaku_device::Error>(())
/// ```
pub struct Search {
    device: Device,
    queries: OwnedRows,
    engine: Engine,
}

/// Where the tiles are compared.
enum Engine {
    Cpu(cpu::Scan),
    /// One query after the other.
    Cuda(cuda::Scan),
    /// All of them at once.
    Many(cuda::Many, Vec<Found>),
}

/// So many queries are compared at once on a GPU: fewer fill too little of a tile of 128.
const MANY: usize = 4;

impl Search {
    /// A search by Tanimoto similarity that has seen no row yet.
    ///
    /// # Errors
    /// None on the CPU; on a GPU what its memory and driver say.
    ///
    /// # Panics
    /// When the queries' width is 0 or above 1023 words, or their lengths do not fit.
    pub fn new(device: &Device, queries: Rows<'_>, selection: Selection) -> Result<Self, Error> {
        Self::with_measure(device, queries, Measure::Tanimoto, selection)
    }

    /// A search by any measure that has seen no row yet.
    ///
    /// # Errors
    /// As [`Search::new`].
    ///
    /// # Panics
    /// As [`Search::new`].
    pub fn with_measure(
        device: &Device,
        queries: Rows<'_>,
        measure: Measure,
        selection: Selection,
    ) -> Result<Self, Error> {
        Self::with_engine(device, queries, measure, selection, cuda::Engine::Fastest)
    }

    /// The kernels that a search with so many queries of `words` words will need on a GPU, as far as they are known before
    /// there is one. What is not named is made when it is needed.
    pub fn expected_kernels(queries: usize, words: usize, measure: Measure) -> ExpectedKernels {
        let one_by_one = matches!(measure, Measure::Tanimoto | Measure::Dice) && queries < MANY;
        Box::new(
            move |capability| {
                if one_by_one { cuda::expected_of_few(words) } else { cuda::expected_of_many(capability) }
            },
        )
    }

    /// As [`Search::with_measure`], where GPUs compare many queries as it is said; on the CPU, and by Tanimoto similarity for fewer than
    /// four queries, that makes no difference. The results are the same: for tests and measurements.
    ///
    /// # Errors
    /// As [`Search::new`].
    ///
    /// # Panics
    /// As [`Search::new`].
    pub fn with_engine(
        device: &Device,
        queries: Rows<'_>,
        measure: Measure,
        selection: Selection,
        many: cuda::Engine,
    ) -> Result<Self, Error> {
        queries.check("query");
        assert!(
            queries.words <= MOST_WORDS,
            "fingerprints of {} words: {MOST_WORDS} are possible",
            queries.words
        );
        // Dice orders as Tanimoto does, which has the shorter way.
        let (measure, selection) = match (measure, selection) {
            (Measure::Dice, Selection::AtLeast(threshold)) => {
                (Measure::Tanimoto, Selection::AtLeast(of_dice(threshold)))
            }
            (Measure::Dice, top) => (Measure::Tanimoto, top),
            other => other,
        };
        let engine = if device.gpus().is_empty() {
            Engine::Cpu(cpu::Scan::new(device, queries, measure, selection))
        } else if measure == Measure::Tanimoto && queries.len() < MANY {
            Engine::Cuda(cuda::Scan::new(device, queries, selection)?)
        } else {
            let found = |&popcount: &u16| Found::new(measure, popcount, selection);
            let found = queries.popcounts.iter().map(found).collect();
            Engine::Many(cuda::Many::new(device, queries, measure, many), found)
        };
        Ok(Self { device: device.clone(), queries: queries.into(), engine })
    }

    /// Compares a tile of the library, whose first row is row `first_row`. Each row is to be shown once.
    ///
    /// # Errors
    /// None on the CPU; on a GPU what its memory and driver say. What was found before stays, and some rows of this
    /// tile may have been found: to show them again would find these twice.
    ///
    /// # Panics
    /// When the width is not that of the queries, lengths do not fit, or rows are counted beyond 2^64.
    pub fn scan(&mut self, first_row: u64, rows: Rows<'_>) -> Result<(), Error> {
        rows.check("row");
        assert_eq!(rows.words, self.queries.rows().words, "fingerprint width");
        assert!(first_row.checked_add(rows.len() as u64).is_some(), "row numbers");
        match &mut self.engine {
            Engine::Cpu(scan) => {
                let queries = self.queries.rows();
                self.device.install(|| scan.scan(queries, first_row, rows));
                Ok(())
            }
            Engine::Cuda(scan) => self.device.install(|| scan.scan(first_row, rows)),
            Engine::Many(many, found) => {
                let order = by_popcount(rows.popcounts);
                let target = &mut Target::Hits(found);
                self.device.install(|| many.scan(first_row, rows, &order, target))
            }
        }
    }

    /// The same with a tile that was laid out before, which pays where others are compared with it too.
    ///
    /// # Errors
    /// As [`Search::scan`].
    ///
    /// # Panics
    /// When the tile is of another width, or was made for another device.
    pub fn scan_tile(&mut self, tile: &Tile) -> Result<(), Error> {
        assert_eq!(tile.words(), self.queries.rows().words, "fingerprint width");
        match (&mut self.engine, &tile.layout) {
            (Engine::Cpu(scan), Layout::Sliced(sliced)) => {
                self.device.install(|| scan.scan_sliced(tile.first_row(), sliced));
                Ok(())
            }
            (Engine::Cuda(scan), Layout::Rows(listed)) => {
                self.device.install(|| scan.scan(tile.first_row(), listed.rows()))
            }
            (Engine::Many(many, found), Layout::Rows(listed)) => {
                let target = &mut Target::Hits(found);
                self.device.install(|| many.scan(tile.first_row(), listed.rows(), &listed.order, target))
            }
            _ => panic!("a tile of another device"),
        }
    }

    /// Hits that are held in memory by now, of all queries.
    pub fn held(&self) -> usize {
        match &self.engine {
            Engine::Cpu(scan) => scan.held(),
            Engine::Cuda(scan) => scan.held(),
            Engine::Many(_, found) => found.iter().map(Found::len).sum(),
        }
    }

    /// The hits of each query, in the order of the queries: the most similar first, of equals the lowest row.
    pub fn finish(self) -> Vec<Vec<Hit>> {
        self.finish_with(Found::into_ranked)
    }

    /// The same where the order of a query's hits does not matter: it may be any.
    pub fn finish_unordered(self) -> Vec<Vec<Hit>> {
        self.finish_with(Found::into_hits)
    }

    fn finish_with(self, hits: fn(Found) -> Vec<Hit>) -> Vec<Vec<Hit>> {
        let Self { device, engine, .. } = self;
        device.install(|| match engine {
            Engine::Cpu(scan) => scan.finish(hits),
            Engine::Cuda(scan) => scan.finish(),
            Engine::Many(_, found) => found.into_par_iter().map(hits).collect(),
        })
    }
}
