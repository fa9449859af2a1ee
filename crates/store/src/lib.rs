//! Datasets on disk: text input, HDF5 compound libraries, results, and files that survive crashes.
//!
//! * [`input`] streams compounds from `.smi`, `.csv` and `.tsv` files, compressed or not.
//! * [`library`] writes and reads `library.h5` (schema `library/1`).
//! * [`results`] writes results as immutable parts with a journal, and merges them to `results.h5`
//!   (schema `results/1`).
//! * [`neighbors`] writes and reads graphs of similar compounds (schema `neighbors/1`), [`parts`] keeps what is
//!   done of such an output until it is complete.
//! * [`durable`] writes any other file so that it is either complete or absent.
//!
//! The layouts are described in `docs/formats.md`.

pub mod durable;
pub mod error;
pub mod fpsim2;
mod hdf;
pub mod input;
pub mod library;
pub mod neighbors;
pub mod parts;
pub mod records;
pub mod results;
pub mod text;

pub use durable::AtomicFile;
pub use error::{Category, Error};
pub use fpsim2::{Fpsim2Info, Fpsim2Reader, is_fpsim2};
pub use hdf::{Hdf5Library, hdf5_library, is_hdf5};
pub use input::{CompoundReader, Format, InputDigest, InputOptions, Keep, digest_file};
pub use library::{AttributeValue, FingerprintKind, LibraryInfo, LibraryReader, LibraryWriter, is_library};
pub use neighbors::{NeighborsInfo, NeighborsReader, NeighborsWriter, WhichNeighbors};
pub use parts::PartFolder;
pub use records::Records;
pub use results::{
    PartInfo, Recovery, ResultRows, ResultsLayout, ResultsReader, ResultsWriter, Row, RunDirectory,
    Similarity, Status, TaskColumn,
};
pub use text::TextColumn;

/// Version of this program, written to each file as `@soyaku_version`.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
