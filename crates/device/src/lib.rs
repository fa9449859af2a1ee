//! Where work runs.
//!
//! Every operation in `kernels/` takes a [`Device`] and dispatches on it: on [`Device::gpus`] where there are some,
//! else on the CPU. A device always has a pool of CPU threads of its own, so that two runs in one process never
//! share a pool.
//!
//! ```
//! use soyaku_device::{Device, DeviceRequest};
//!
//! let request: DeviceRequest = "cpu".parse()?;
//! let device = Device::open(request, Some(2))?;
//! assert_eq!(device.threads(), 2);
//! assert!(device.gpus().is_empty());
//! assert_eq!(device.to_string(), "cpu");
//! # Ok::<(), soyaku_device::Error>(())
//! ```
//!
//! The CUDA driver and the compiler NVRTC are loaded when they are there and asked for; nothing of CUDA is linked.

mod ahead;
mod bandwidth;
pub mod cache;
mod compiler;
pub mod cuda;
mod device;
mod error;
mod expected;
mod large_pages;
mod memory;
pub mod nvrtc;
mod opening;
pub mod probe;
mod request;
mod source;
mod stage;
mod threads;
mod unit;

pub use ahead::{CompiledAhead, compile_ahead};
pub use bandwidth::{measure_read_bandwidth, read_bandwidth_of};
pub use cuda::Gpu;
pub use device::{Device, DeviceOptions};
pub use error::Error;
pub use expected::ExpectedKernels;
pub use large_pages::prefer_large_pages;
pub use memory::MemorySize;
pub use probe::{GpuInfo, Probe};
pub use request::{DeviceRequest, Gpus};
pub use source::{ComputeCapability, Element, Entry, Header, Parameter, Scalar, Source};
pub use stage::Stage;
pub use threads::default_threads;
pub use unit::Unit;
