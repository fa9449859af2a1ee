//! NVRTC, the compiler library of CUDA, loaded at run time: CUDA C++ text in, a CUBIN out.
//!
//! Found where toolkits, conda and wheels put it ([`Places`]), any version from 11.2 (the first that lists what it
//! compiles for and hands out CUBINs) on. Nothing of it is linked: a program that never compiles a kernel never
//! touches it, and one that cannot find it gets an [`Error`] that says what was tried and how to get it.
//!
//! ```no_run
//! use soyaku_device::Source;
//! use soyaku_device::nvrtc::{Error, Library};
//!
//! /// For a Hopper GPU whose driver speaks CUDA 12.4.
//! fn build(source: &Source) -> Result<Vec<u8>, Error> {
//!     let nvrtc = Library::open_for(Some((12, 4)))?;
//!     Ok(nvrtc.compile(source, "sm_90", &[])?.cubin)
//! }
//! ```

mod builtins;
mod compile;
mod elf;
mod error;
mod functions;
mod known;
mod library;
mod locate;
mod open;

pub use compile::Compiled;
pub use error::{Error, Outcome, Tried};
pub(crate) use known::Known;
pub use library::Library;
pub use locate::Places;
