//! Fingerprints in the HDF5 files of [FPSim2](https://github.com/chembl/FPSim2), which PyTables writes.
//!
//! `/fps` is a table with the columns `fp_id` (a whole number), `f1` to `fN` (words of the fingerprint) and `popcnt`;
//! `/config` says how the fingerprints were made. The words are 64 characters of RDKit's bit string read as a number:
//! bit `b` is bit `63 - b % 64` of word `b / 64`, and in a last word of `r` bits, bit `r - 1 - b % 64`. The files are
//! packed with Blosc, which no build of libhdf5 has by itself, and unpacked here.

mod blosc;
mod config;
mod filters;
mod pickle;
mod reader;
mod table;

pub use reader::{Fpsim2Info, Fpsim2Reader, is_fpsim2};
