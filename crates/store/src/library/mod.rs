//! `library.h5`, schema `library/1`: compounds with their fingerprints.

mod kind;
mod properties;
mod reader;
mod spool;
mod writer;

pub use kind::{AttributeValue, FingerprintKind};
pub use reader::{LibraryInfo, LibraryReader, Rejected};
pub use writer::LibraryWriter;

use std::path::Path;

use crate::{Error, is_hdf5};

pub(crate) const SCHEMA: &str = "library";
pub(crate) const MAJOR: u32 = 1;
/// Rows to a chunk: 1 MiB of 2048-bit fingerprints.
pub(crate) const BLOCK: usize = 4096;

/// Whether a path is an HDF5 file, and so to be opened as a library rather than as text. Only the first bytes
/// are looked at; [`LibraryReader::open`] says whether it really is one.
///
/// # Errors
/// [`Error::NotFound`] or [`Error::Io`].
pub fn is_library(path: &Path) -> Result<bool, Error> {
    is_hdf5(path)
}
