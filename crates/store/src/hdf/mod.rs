//! HDF5 as this crate uses it: typed columns of fixed-size chunks, text attributes, one file at a time.
//!
//! libhdf5 has one lock for everything. Chunks are therefore compressed and decompressed outside of it, in
//! parallel; the library only stores compressed bytes and tells where they lie.

mod attributes;
mod codec;
mod column_reader;
mod column_writer;
mod element;
mod file;

pub(crate) use attributes::{read_text, write_float, write_integer, write_text};
pub(crate) use column_reader::{ColumnReader, TextReader};
pub(crate) use column_writer::{ColumnId, ColumnSet, TextIds};
pub use file::is_hdf5;
pub(crate) use file::{InputFile, OutputFile, create_group};
