//! How many rows of a library are similar to each query.

use soyaku_device::{Device, Error};

use super::cuda::Target;
use super::measure::Score;
use super::tile::Layout;
use super::{Measure, Rows, Threshold, Tile, cpu, cuda};

/// Counts, for each query, the rows that are at least so similar to it. A query that is a row itself counts that too.
///
/// ```
/// use soyaku_device::{Device, DeviceRequest};
/// use soyaku_kernels::tanimoto::{Counts, Measure, Rows, Tile};
///
/// let device = Device::open(DeviceRequest::Cpu, Some(1))?;
/// let rows = Rows { bits: &[0b0111, 0b0110, 0b1000], popcounts: &[3, 2, 1], words: 1 };
/// let mut counts = Counts::new(&device, rows, Measure::Tanimoto, "0.6".parse()?);
/// counts.scan_tile(&Tile::new(&device, 0, rows)?)?;
/// assert_eq!(counts.finish(), [2, 2, 1]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Counts {
    device: Device,
    bound: Score,
    engine: Engine,
}

/// Where the tiles are compared.
enum Engine {
    Cpu { counts: cpu::Counts, words: usize },
    Cuda { many: Box<cuda::Many>, counts: Vec<u64>, words: usize },
}

impl Counts {
    /// Nothing counted yet.
    ///
    /// # Panics
    /// When the queries' width is 0 or above 1023 words, or their lengths do not fit.
    pub fn new(device: &Device, queries: Rows<'_>, measure: Measure, threshold: Threshold) -> Self {
        Self::with_engine(device, queries, measure, threshold, cuda::Engine::Fastest)
    }

    /// The same, where GPUs compare queries as it is said; on the CPU that makes no difference. The results are the same:
    /// for tests and measurements.
    ///
    /// # Panics
    /// As [`Counts::new`].
    pub fn with_engine(
        device: &Device,
        queries: Rows<'_>,
        measure: Measure,
        threshold: Threshold,
        many: cuda::Engine,
    ) -> Self {
        queries.check("query");
        let (bound, words) = (measure.threshold(threshold), queries.words);
        let engine = if device.gpus().is_empty() {
            Engine::Cpu { counts: cpu::Counts::new(queries, measure, bound), words }
        } else {
            let many = Box::new(cuda::Many::new(device, queries, measure, many));
            Engine::Cuda { many, counts: vec![0; queries.len()], words }
        };
        Self { device: device.clone(), bound, engine }
    }

    /// Counts rows of a tile. Each is to be shown once.
    ///
    /// # Errors
    /// None on the CPU; on a GPU what its memory and driver say, and then nothing of the tile is counted.
    ///
    /// # Panics
    /// When the tile is of another width, or was made for another device.
    pub fn scan_tile(&mut self, tile: &Tile) -> Result<(), Error> {
        match (&mut self.engine, &tile.layout) {
            (Engine::Cpu { counts, words }, Layout::Sliced(sliced)) => {
                assert_eq!(sliced.words(), *words, "fingerprint width");
                self.device.install(|| counts.scan(self.device.threads(), sliced));
            }
            (Engine::Cuda { many, counts, words }, Layout::Rows(listed)) => {
                let rows = listed.rows();
                assert_eq!(rows.words, *words, "fingerprint width");
                let mut of_tile = vec![0; counts.len()];
                let target = &mut Target::Counts { bound: self.bound, counts: &mut of_tile };
                self.device.install(|| many.scan(tile.first_row(), rows, &listed.order, target))?;
                for (count, of_tile) in counts.iter_mut().zip(of_tile) {
                    *count += of_tile;
                }
            }
            _ => panic!("a tile of another device"),
        }
        Ok(())
    }

    /// The counts, in the order of the queries.
    pub fn finish(self) -> Vec<u64> {
        match self.engine {
            Engine::Cpu { counts, .. } => counts.finish(),
            Engine::Cuda { counts, .. } => counts,
        }
    }
}
