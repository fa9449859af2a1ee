//! HDF5 as this crate uses it: typed columns of fixed-size chunks, text attributes, one file at a time.
//!
//! libhdf5 has one lock for everything. Chunks are therefore compressed and decompressed outside of it, in
//! parallel; the library only stores compressed bytes and tells where they lie.

mod attributes;
pub(crate) mod chunks;
pub(crate) mod codec;
mod column_reader;
mod column_writer;
mod element;
mod file;

pub(crate) use attributes::{read_text, write_float, write_integer, write_text};
pub(crate) use column_reader::{ColumnReader, TextReader};
pub(crate) use column_writer::{ColumnId, ColumnSet, TextIds};
pub use file::is_hdf5;
pub(crate) use file::{InputFile, OutputFile, create_group};

/// The HDF5 library that this crate was built with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hdf5Library {
    /// Major, minor, patch.
    pub version: (u8, u8, u8),
    /// Whether it has the deflate filter, which compressed chunks need.
    pub deflate: bool,
}

/// Asks the HDF5 library for its version and filters.
pub fn hdf5_library() -> Hdf5Library {
    Hdf5Library { version: hdf5::library_version(), deflate: hdf5::filters::deflate_available() }
}
