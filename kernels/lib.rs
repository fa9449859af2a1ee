//! Computational kernels.
//!
//! One folder per family. Each operation is a plain function over slices that takes a
//! [`soyaku_device::Device`]; `cpu.rs` in its folder is the production code for the CPU.
#![deny(unsafe_op_in_unsafe_fn)]

#[cfg(test)]
mod emulated;
pub mod matrix;
pub mod mpnn;
pub mod probe;
pub mod rows;
pub mod sources;
pub mod tanimoto;
#[cfg(test)]
mod testing;
