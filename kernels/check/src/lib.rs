//! `make kernels`: what the compilers make of every CUDA kernel, on a machine without a GPU.
//!
//! Every [`soyaku_device::Source`] is compiled with NVRTC for every architecture that this project supports
//! ([`compile`]). Registers, shared memory, stack and spills are read from the compiler's log and checked against the
//! CUBIN ([`log`], [`cubin`], [`resources`]), compared with the committed `kernels/resources.tsv` ([`record`],
//! [`compare`]), and the disassembled machine code is held against `kernels/promises.toml` ([`disassembly`],
//! [`promises`]). `docs/kernels.md` shows how a kernel gets its lines in both files.

pub mod compare;
pub mod compile;
pub mod cubin;
pub mod disassembly;
mod finding;
pub mod log;
pub mod promises;
pub mod record;
pub mod report;
pub mod resources;
pub mod show;

pub use finding::{Finding, Verdict};
