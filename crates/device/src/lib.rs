//! Where work runs.
//!
//! Every operation in `kernels/` takes a [`Device`] and dispatches on it. The CPU is one device
//! with a pool of threads of its own, so that two runs in one process never share a pool.
//!
//! ```
//! use soyaku_device::{Device, DeviceRequest};
//!
//! let request: DeviceRequest = "cpu".parse()?;
//! let device = Device::open(request, Some(2))?;
//! assert_eq!(device.threads(), 2);
//! assert_eq!(device.to_string(), "cpu");
//! # Ok::<(), soyaku_device::Error>(())
//! ```

mod request;
mod source;
mod threads;

pub use request::DeviceRequest;
pub use source::{ComputeCapability, Element, Entry, Header, Parameter, Scalar, Source};
pub use threads::default_threads;

use std::fmt;
use std::sync::Arc;

/// Why no device could be opened.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The text names no device.
    #[error("unknown device '{0}': expected auto, cpu, cuda or cuda:N")]
    Unknown(String),
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
}

/// An opened device. Cheap to clone.
#[derive(Clone)]
pub struct Device {
    pool: Arc<rayon::ThreadPool>,
}

impl Device {
    /// Opens what was asked for, with `threads` CPU threads (default: [`default_threads`]).
    ///
    /// `auto` is the CPU while no kernel of this version has a CUDA side.
    ///
    /// # Errors
    /// [`Error::Unavailable`] for `cuda`, [`Error::Threads`] when the pool cannot start.
    pub fn open(request: DeviceRequest, threads: Option<usize>) -> Result<Self, Error> {
        if let DeviceRequest::Cuda(_) = request {
            return Err(Error::Unavailable {
                device: request.to_string(),
                reason: "this version computes on the CPU only; use --device cpu or auto".into(),
            });
        }
        let threads = threads.unwrap_or_else(default_threads).max(1);
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|index| format!("soyaku-{index}"))
            .build()
            .map_err(|error| Error::Threads { threads, reason: error.to_string() })?;
        Ok(Self { pool: Arc::new(pool) })
    }

    /// Number of CPU threads.
    pub fn threads(&self) -> usize {
        self.pool.current_num_threads()
    }

    /// Runs `work` inside this device's thread pool; rayon iterators in it use the pool.
    pub fn install<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        self.pool.install(work)
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cpu")
    }
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Device").field("kind", &"cpu").field("threads", &self.threads()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuda_is_refused_with_a_reason() {
        let error = Device::open(DeviceRequest::Cuda(Some(1)), None).unwrap_err();
        assert!(error.to_string().starts_with("device cuda:1 is unavailable: "), "{error}");
    }

    #[test]
    fn work_runs_in_the_pool() {
        let device = Device::open(DeviceRequest::Auto, Some(3)).unwrap();
        assert_eq!(device.install(rayon::current_num_threads), 3);
    }
}
