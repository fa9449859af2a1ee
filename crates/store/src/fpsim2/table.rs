//! Chunks of a dataset of one dimension, read past libhdf5.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use hdf5::Dataset;
use hdf5::dataset::Layout;

use super::filters::Pipeline;
use crate::Error;
use crate::hdf::InputFile;
use crate::hdf::chunks::{self, ChunkPlaces};

/// Largest chunk (unpacked) that is read; those of PyTables have up to a few MiB.
const MAX_CHUNK: usize = 64 << 20;

/// Bytes that packing may add to a chunk, beside making what cannot be packed somewhat longer.
const OVERHEAD: usize = 1 << 20;

/// Why a chunk could not be read.
pub(super) enum Failure {
    /// The disk.
    Io(io::Error),
    /// The content.
    Damaged(String),
}

/// Names file and dataset in a failure.
pub(super) fn failed(path: &Path, name: &str, failure: Failure) -> Error {
    match failure {
        Failure::Io(error) => Error::io(path, "read", error),
        Failure::Damaged(reason) => {
            Error::malformed(path, format!("is damaged: dataset `/{name}`: {reason}"))
        }
    }
}

/// Where the rows of a dataset lie, and how they are packed.
pub(super) struct Chunks {
    places: Vec<(u64, usize)>,
    /// Bit `i` is set where a chunk skipped filter `i`.
    masks: Vec<u32>,
    rows: usize,
    element: usize,
    filters: Vec<i32>,
}

impl Chunks {
    /// Looks for the chunks of a dataset of `rows` elements of `element` bytes.
    ///
    /// # Errors
    /// [`Error::Malformed`] for a layout, filter, or place that cannot be read.
    pub fn open(
        dataset: &Dataset,
        name: &str,
        file: &InputFile,
        rows: u64,
        element: usize,
    ) -> Result<Self, Error> {
        let malformed = |reason: String| file.malformed(format!("dataset `/{name}` {reason}"));
        if dataset.layout() != Layout::Chunked || file.root().userblock() != 0 {
            return Err(malformed(
                "is not stored in chunks from the start of the file, as PyTables does".into(),
            ));
        }
        let shape = dataset.chunk().unwrap_or_default();
        let [chunk] = shape[..] else { return Err(malformed(format!("has chunks of shape {shape:?}"))) };
        if chunk == 0 || chunk.checked_mul(element).is_none_or(|size| size > MAX_CHUNK) {
            return Err(malformed(format!("has chunks of {chunk} rows; {MAX_CHUNK} bytes is the most")));
        }
        let filters = chunks::filters(dataset, file)?;
        Pipeline::new(&filters).map_err(malformed)?;
        let ChunkPlaces { places, masks } = chunks::locate(dataset, name, file, rows, chunk)?;
        Ok(Self { places, masks, rows: chunk, element, filters })
    }

    /// Rows to a chunk.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// All rows of chunk `index`, of the last one also those behind its end.
    pub fn read(&self, file: &File, index: usize) -> Result<Vec<u8>, Failure> {
        let (Some(&(address, size)), Some(mask)) = (self.places.get(index), self.masks.get(index)) else {
            return Err(Failure::Damaged(format!("has no chunk {index}")));
        };
        let unpacked = self.rows * self.element;
        if size > 2 * unpacked + OVERHEAD {
            return Err(Failure::Damaged(format!("chunk {index} takes {size} bytes for {unpacked}")));
        }
        let mut stored = vec![0; size];
        file.read_exact_at(&mut stored, address).map_err(Failure::Io)?;
        let passed = self
            .filters
            .iter()
            .enumerate()
            .filter(|(place, _)| mask.checked_shr(*place as u32).is_none_or(|mask| mask & 1 == 0));
        let passed: Vec<i32> = passed.map(|(_, filter)| *filter).collect();
        let unpacked =
            Pipeline::new(&passed).and_then(|pipeline| pipeline.undo(&stored, unpacked, self.element));
        unpacked.map_err(|reason| Failure::Damaged(format!("chunk {index}: {reason}")))
    }
}
