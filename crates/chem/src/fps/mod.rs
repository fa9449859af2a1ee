//! Fingerprints as text: the FPS format of chemfp, version 1.
//!
//! A file is an optional header of lines that begin with `#`, then one fingerprint a line: its bytes as
//! hexadecimal digits, a tab, and the name of the compound. Bit `b` is bit `b % 8` of byte `b / 8`,
//! the lowest first. The format is described at <https://chemfp.com/fps_format>.
//!
//! [`FpsReader`] reads a file line by line, [`FpsWriter`] writes one. Fingerprints are 64-bit words
//! as everywhere in this crate: bit `b` is bit `b % 64` of word `b / 64`.

mod header;
mod reader;
mod writer;

pub use header::FpsHeader;
pub use reader::{FpsError, FpsReader, FpsRecord};
pub use writer::FpsWriter;
