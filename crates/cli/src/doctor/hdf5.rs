//! The HDF5 library inside this program.

use serde::Serialize;
use soyaku_store::hdf5_library;

use super::finding::Finding;

/// The library.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Hdf5 {
    /// Its version.
    pub version: String,
    /// Whether it reads and writes compressed chunks.
    pub zlib: bool,
}

impl Hdf5 {
    /// The one that this program was built with.
    pub fn built_in() -> Self {
        let library = hdf5_library();
        let (major, minor, patch) = library.version;
        Self { version: format!("{major}.{minor}.{patch}"), zlib: library.deflate }
    }

    /// What to tell.
    pub fn finding(&self) -> Finding {
        if self.zlib {
            return Finding::ok("hdf5", format!("{} with zlib, built in", self.version));
        }
        let message = format!("{} without zlib", self.version);
        Finding::missing(
            "hdf5",
            message,
            "build with the feature zlib of hdf5-metno: libraries are compressed",
        )
    }
}
