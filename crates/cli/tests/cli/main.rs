//! End-to-end tests: the `soyaku` binary on real files, as a user or a scheduler runs it.
//!
//! One binary for all of them, because linking is what costs.

// A test fails by panicking, in its helpers too.
#![allow(clippy::expect_used, clippy::unwrap_used)]

mod bad_input;
mod cluster;
mod crash;
mod determinism;
mod disk_full;
mod doctor;
mod duplicates;
mod emulated;
mod evaluate;
mod exit_codes;
mod formats;
mod harness;
mod library;
mod pairs;
mod pick;
mod properties;
mod screen;
mod sdf;
mod similar;
mod standardization;
