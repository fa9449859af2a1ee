//! Compounds from text: `.smi`, `.csv`, `.tsv`, plain or compressed, from a file or standard input. SD files are
//! recognised here, and read by `soyaku-screen`, which knows molecules.
//!
//! Memory is bounded whatever the input: a line longer than [`MAX_LINE`] becomes a row with a defect. Names and
//! SMILES are kept as bytes, so text that is not UTF-8 passes through unchanged.

mod lines;
mod options;
mod reader;
mod source;
mod table;

pub use options::{Format, InputOptions, Keep};
pub use reader::{CompoundReader, MAX_LINE, recognise};
pub(crate) use source::hexadecimal;
pub use source::{InputDigest, Source, digest_file};
