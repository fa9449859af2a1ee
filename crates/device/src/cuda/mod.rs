//! The CUDA side: devices, streams, buffers and launches over the driver's interface.
//!
//! Everything here is asynchronous the way CUDA is: work on one [`Stream`] runs in order, buffers know which streams
//! use them, and whoever writes or frees one waits for all of them (who reads it, for the one that wrote it). Reading a
//! [`PinnedBuffer`] waits for the copies into it. A buffer belongs to its device: a stream of another one refuses it.

mod buffer;
mod error;
mod gpu;
mod kernel;
mod launch;
mod stream;
mod uses;

pub use buffer::{Buffer, PinnedBuffer};
pub use error::CudaError;
pub(crate) use error::{Context, START};
pub use gpu::Gpu;
pub use kernel::Kernel;
pub use launch::Launch;
pub use stream::{Event, Stream};
