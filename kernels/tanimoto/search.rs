//! Queries against a library that streams by.

use soyaku_device::{Device, Error};

use super::{Hit, Rows, Selection};
use super::{cpu, cuda};

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
    queries: Queries,
    engine: Engine,
}

/// Fingerprints that are searched for; owned, since the library passes for a long time.
pub(super) struct Queries {
    bits: Vec<u64>,
    popcounts: Vec<u16>,
    words: usize,
}

/// Where the tiles are compared.
enum Engine {
    Cpu(cpu::Scan),
    Cuda(cuda::Scan),
}

impl Search {
    /// A search that has seen no row yet.
    ///
    /// # Errors
    /// None on the CPU; on a GPU what its memory and driver say.
    ///
    /// # Panics
    /// When the queries' width is 0 or their lengths do not fit; on a GPU also beyond 1023 words.
    pub fn new(device: &Device, queries: Rows<'_>, selection: Selection) -> Result<Self, Error> {
        queries.check("query");
        let queries = Queries {
            bits: queries.bits.to_vec(),
            popcounts: queries.popcounts.to_vec(),
            words: queries.words,
        };
        let engine = if device.gpus().is_empty() {
            Engine::Cpu(cpu::Scan::new(device, queries.rows(), selection))
        } else {
            Engine::Cuda(cuda::Scan::new(device, queries.rows(), selection)?)
        };
        Ok(Self { device: device.clone(), queries, engine })
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
        assert_eq!(rows.words, self.queries.words, "fingerprint width");
        assert!(first_row.checked_add(rows.len() as u64).is_some(), "row numbers");
        match &mut self.engine {
            Engine::Cpu(scan) => {
                let queries = self.queries.rows();
                self.device.install(|| scan.scan(queries, first_row, rows));
                Ok(())
            }
            Engine::Cuda(scan) => self.device.install(|| scan.scan(first_row, rows)),
        }
    }

    /// The hits of each query, in the order of the queries: the most similar first, of equals the lowest row.
    pub fn finish(self) -> Vec<Vec<Hit>> {
        match self.engine {
            Engine::Cpu(scan) => self.device.install(|| scan.finish()),
            Engine::Cuda(scan) => scan.finish(),
        }
    }
}

impl Queries {
    pub(super) fn rows(&self) -> Rows<'_> {
        Rows { bits: &self.bits, popcounts: &self.popcounts, words: self.words }
    }
}
