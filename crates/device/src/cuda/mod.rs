//! The CUDA side: devices, streams, buffers and launches over the driver's interface.
//!
//! Everything here is asynchronous the way CUDA is: work on one [`Stream`] runs in order, buffers know which stream
//! wrote them last, and another stream that uses them waits. Reading a [`PinnedBuffer`] waits for the copies into it.

mod buffer;
mod error;
mod gpu;
mod kernel;
mod launch;
mod stream;

pub use buffer::{Buffer, PinnedBuffer};
pub(crate) use error::Context;
pub use error::CudaError;
pub use gpu::Gpu;
pub use kernel::Kernel;
pub use launch::Launch;
pub use stream::{Event, Stream};
