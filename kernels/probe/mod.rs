//! What a GPU can do at best, measured: the yardstick for every other kernel.
//!
//! Datasheets say what a chip can do; clocks, memory settings and neighbours decide what this one does. A rate that is
//! reported as a share of what [`measure`] gives means the same on any device.

mod cpu;
pub mod cuda;
#[cfg(test)]
mod parity;

pub use cuda::{Effort, measure, measure_with};

/// Rates of one GPU, each the median of several runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Peaks {
    /// Bytes that are read plus bytes that are written, a second, while memory is copied.
    pub copy: f64,
    /// Bytes that are read a second, while words are summed.
    pub read: f64,
    /// Popcounts of 32 bits a second.
    pub popcounts: f64,
    /// Pairs of bits a second that matrix instructions of single bits (`mma.m16n8k256`, AND and popcount) compare;
    /// `None` below compute capability 8.0.
    pub bit_pairs: Option<f64>,
    /// Multiply-adds of single precision a second (two operations each).
    pub multiply_adds: f64,
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
        /// Name of the entry point.
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
