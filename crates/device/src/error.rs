//! What can go wrong between a request for a device and a kernel's result.

use crate::cuda::CudaError;

/// Why a device could not be opened or did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The text names no device.
    #[error("unknown device '{0}': expected auto, cpu, cuda, cuda:N, cuda:N,M,... or cuda:all")]
    Unknown(String),
    /// The text is no size of memory.
    #[error("'{0}' is no size of memory: expected a number with a unit such as 8GiB, 500MB or 1T")]
    MemorySize(String),
    /// The device was demanded and cannot be used.
    #[error("device {device} is unavailable: {reason}")]
    Unavailable {
        /// What was asked for.
        device: String,
        /// Why it cannot be had.
        reason: String,
    },
    /// The thread pool could not be started (for example, a low limit on processes).
    #[error("cannot start {threads} threads: {reason}; lower --threads")]
    Threads {
        /// Threads asked for.
        threads: usize,
        /// What the operating system said.
        reason: String,
    },
    /// The driver refused or lost something.
    #[error(transparent)]
    Cuda(#[from] CudaError),
    /// A kernel cannot be compiled or its compiler cannot be had.
    #[error("kernel {kernel} for {device}: {source}")]
    Compile {
        /// Name of the source.
        kernel: &'static str,
        /// The device that it was for.
        device: String,
        /// What the compiler or its loader said.
        source: crate::nvrtc::Error,
    },
    /// A launch that does not fit the kernel's declaration or the device's limits.
    #[error("kernel {kernel} cannot be launched: {reason}")]
    Launch {
        /// Name of the entry point.
        kernel: &'static str,
        /// What does not fit.
        reason: String,
    },
    /// Not even the smallest piece of the work fits.
    #[error("{what} needs {needed} of memory on {device}, and {available} may be used; {advice}")]
    Memory {
        /// What was to be held.
        what: &'static str,
        /// The device.
        device: String,
        /// The least that would do.
        needed: crate::MemorySize,
        /// What there is.
        available: crate::MemorySize,
        /// How to go on.
        advice: &'static str,
    },
}

impl Error {
    /// Whether the device is lost to this process: every later call on it fails as well. What was computed before
    /// is right; saved, the job can be started again.
    pub fn is_sticky(&self) -> bool {
        matches!(self, Self::Cuda(error) if error.is_sticky())
    }

    /// Whether memory on the device ran out. A smaller piece of the work may fit.
    pub fn is_out_of_memory(&self) -> bool {
        matches!(self, Self::Memory { .. }) || matches!(self, Self::Cuda(error) if error.is_out_of_memory())
    }
}
