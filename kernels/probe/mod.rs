//! What a GPU can do at best, measured: the yardstick for every other kernel.
//!
//! Datasheets say what a chip can do; clocks, memory settings and neighbours decide what this one does. A rate that is
//! reported as a share of what [`measure`] gives means the same on any device.

mod cpu;
pub mod cuda;
#[cfg(test)]
mod parity;

pub use cuda::{Effort, measure, measure_with, warpgroup};

/// What one GPU does at best, each the median of several runs. [`Peaks::named`] has names with units.
#[derive(Clone, Debug, PartialEq)]
pub struct Peaks {
    /// Bytes that are read plus bytes that are written, a second, while memory is copied.
    pub copy: f64,
    /// Bytes that are read a second, while words are summed.
    pub read: f64,
    /// Popcounts of 32 bits a second.
    pub popcounts: f64,
    /// Logical operations of three inputs on 32 bits a second.
    pub logic: f64,
    /// The same beside reads of shared memory, one of 16 bytes for each eight operations.
    pub logic_shared: f64,
    /// Pairs of bits a second that matrix instructions of single bits (`mma.m16n8k256`, AND and popcount) compare;
    /// `None` below compute capability 8.0. Where the compiler makes instructions of bytes of each (from 10.0 on), it is
    /// their rate.
    pub bit_pairs: Option<f64>,
    /// Multiply-adds of signed bytes a second by matrix instructions (`mma.m16n8k32`); `None` below 8.0.
    pub byte_multiply_adds: Option<f64>,
    /// Multiply-adds of single precision a second (two operations each).
    pub multiply_adds: f64,
    /// Bytes a second read from shared memory, 4 bytes of a lane at a time, no two of a warp in one bank.
    pub shared: f64,
    /// The same, 16 bytes of a lane at a time.
    pub shared_wide: f64,
    /// Bytes a second that are copied from the second-level cache to shared memory (`cp.async` of 16 bytes).
    pub cached: f64,
    /// Bytes a second from page-locked memory of the host to the device.
    pub upload: f64,
    /// Bytes a second from the device to page-locked memory of the host.
    pub download: f64,
    /// Bytes a second in both directions together while both are under way.
    pub both_ways: f64,
    /// Seconds from a launch of a kernel that does nothing to its end, as the host sees them.
    pub launch_seconds: f64,
    /// Launches of it a second, one behind the other.
    pub launches: f64,
    /// Atomic additions of 8 bytes a second to one address, one of a warp at a time, whose results are used.
    pub outbox: f64,
    /// Atomic additions of 8 bytes a second to random addresses in 2 MiB.
    pub scatter: f64,
}

/// Name of what [`warpgroup`] measures, beside those of [`Peaks::named`].
pub const WARPGROUP_BIT_PAIRS: &str = "wgmma_b1_bit_pairs_per_s";

impl Peaks {
    /// All by name, with their unit; what the device does not have is not there.
    pub fn named(&self) -> Vec<(&'static str, f64)> {
        let all = [
            ("copy_bytes_per_s", Some(self.copy)),
            ("read_bytes_per_s", Some(self.read)),
            ("popcounts_per_s", Some(self.popcounts)),
            ("logic3_per_s", Some(self.logic)),
            ("logic3_and_shared_per_s", Some(self.logic_shared)),
            ("b1_bit_pairs_per_s", self.bit_pairs),
            ("s8_multiply_adds_per_s", self.byte_multiply_adds),
            ("f32_multiply_adds_per_s", Some(self.multiply_adds)),
            ("shared_read_bytes_per_s", Some(self.shared)),
            ("shared_read_wide_bytes_per_s", Some(self.shared_wide)),
            ("l2_to_shared_bytes_per_s", Some(self.cached)),
            ("upload_bytes_per_s", Some(self.upload)),
            ("download_bytes_per_s", Some(self.download)),
            ("both_ways_bytes_per_s", Some(self.both_ways)),
            ("launch_to_end_s", Some(self.launch_seconds)),
            ("launches_per_s", Some(self.launches)),
            ("atomics_one_address_per_s", Some(self.outbox)),
            ("atomics_spread_per_s", Some(self.scatter)),
        ];
        all.into_iter().filter_map(|(name, peak)| Some((name, peak?))).collect()
    }
}

/// Why a GPU was not measured.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What the device layer says.
    #[error(transparent)]
    Device(#[from] soyaku_device::Error),
    /// The GPU computes wrong results.
    #[error("{device}: {kernel} gave {got} as result {index}, and {expected} is right: the device is faulty")]
    Wrong {
        /// Name of the entry point, or what else was done.
        kernel: &'static str,
        /// The device.
        device: String,
        /// Which of its results.
        index: usize,
        /// What it gave.
        got: String,
        /// What the CPU computes.
        expected: String,
    },
}

impl From<soyaku_device::cuda::CudaError> for Error {
    fn from(error: soyaku_device::cuda::CudaError) -> Self {
        Self::Device(error.into())
    }
}
