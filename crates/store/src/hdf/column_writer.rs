//! Columns that grow row by row and are stored in compressed chunks of fixed size.
//!
//! Which bytes end up where in the file depends on the rows alone: chunks leave in an order that is fixed by the
//! row at which they became full, whatever the sizes of the batches and the number of threads.

use hdf5::{Dataset, Group};
use rayon::prelude::*;

use super::codec;
use super::element::Element;
use super::file::OutputFile;
use crate::Error;

/// Chunks wait until they amount to this many bytes, where nothing else is said, to be compressed in parallel.
const BATCH: usize = 16 << 20;
/// Offsets of text to a chunk.
const OFFSETS: usize = 8192;

/// A column of a [`ColumnSet`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct ColumnId(usize);

/// The two columns of a text column: offsets (with one row more than there are strings) and bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TextIds {
    offsets: ColumnId,
    bytes: ColumnId,
}

struct Column {
    dataset: Dataset,
    element: usize,
    width: usize,
    chunk_bytes: usize,
    chunk_rows: usize,
    buffer: Vec<u8>,
    /// Full chunks taken out of the buffer so far.
    chunks: usize,
    /// Bytes ever appended.
    bytes: u64,
}

struct Job {
    column: usize,
    chunk: usize,
    rows: usize,
    raw: Vec<u8>,
}

/// The columns of one file under construction.
pub(crate) struct ColumnSet {
    columns: Vec<Column>,
    jobs: Vec<Job>,
    waiting: usize,
    batch: usize,
    level: i32,
}

impl ColumnSet {
    /// `level` is that of deflate, 1 to 9.
    pub(crate) fn new(level: i32) -> Self {
        ColumnSet { columns: Vec::new(), jobs: Vec::new(), waiting: 0, batch: BATCH, level }
    }

    /// Lets chunks wait until they amount to so many bytes, which changes memory, never the file.
    pub(crate) fn waiting_for(self, bytes: usize) -> Self {
        Self { batch: bytes, ..self }
    }

    /// Adds a column of numbers in chunks of `chunk_rows`; with `width`, rows of that many numbers.
    pub(crate) fn add<T: Element>(
        &mut self,
        group: &Group,
        name: &str,
        width: Option<usize>,
        chunk_rows: usize,
    ) -> hdf5::Result<ColumnId> {
        let mut builder = group
            .new_dataset::<T>()
            .obj_track_times(false)
            .fill_time(hdf5::dataset::FillTime::Never)
            .alloc_time(Some(hdf5::dataset::AllocTime::Incr));
        if T::SIZE > 1 {
            builder = builder.shuffle();
        }
        let builder = builder.deflate(u8::try_from(self.level).unwrap_or(1));
        let dataset = match width {
            Some(width) => builder.chunk((chunk_rows, width)).shape((0.., width)).create(name)?,
            None => builder.chunk(chunk_rows).shape(0..).create(name)?,
        };
        let width = width.unwrap_or(1);
        self.columns.push(Column {
            dataset,
            element: T::SIZE,
            width,
            chunk_bytes: chunk_rows * width * T::SIZE,
            chunk_rows,
            buffer: Vec::new(),
            chunks: 0,
            bytes: 0,
        });
        Ok(ColumnId(self.columns.len() - 1))
    }

    /// Adds a group `name` with the datasets `offsets` and `bytes`.
    pub(crate) fn add_text(&mut self, parent: &Group, name: &str) -> hdf5::Result<TextIds> {
        let group = super::create_group(parent, name)?;
        let offsets = self.add::<u64>(&group, "offsets", None, OFFSETS)?;
        let bytes = self.add::<u8>(&group, "bytes", None, 1 << 18)?;
        self.push(offsets, &[0_u64]);
        Ok(TextIds { offsets, bytes })
    }

    /// The dataset, for its attributes.
    pub(crate) fn dataset(&self, column: ColumnId) -> &Dataset {
        &self.columns[column.0].dataset
    }

    /// Appends numbers.
    pub(crate) fn push<T: Element>(&mut self, column: ColumnId, values: &[T]) {
        let column = &mut self.columns[column.0];
        debug_assert_eq!(column.element, T::SIZE);
        T::encode(values, &mut column.buffer);
        column.bytes += size_of_val(values) as u64;
    }

    /// Appends one string.
    pub(crate) fn push_text(&mut self, column: TextIds, text: &[u8]) {
        self.push(column.bytes, text);
        let end = self.columns[column.bytes.0].bytes;
        self.push(column.offsets, &[end]);
    }

    /// Appends `count` empty strings, at a row that depends on nothing but the rows before it. However many they
    /// are, no more than a chunk of them waits in memory.
    pub(crate) fn push_empty(
        &mut self,
        column: TextIds,
        mut count: u64,
        file: &OutputFile,
    ) -> Result<(), Error> {
        let end = self.columns[column.bytes.0].bytes;
        while count > 0 {
            let part = count.min(OFFSETS as u64);
            self.push(column.offsets, &[end; OFFSETS][..part as usize]);
            count -= part;
            if count > 0 {
                self.seal(file)?;
            }
        }
        Ok(())
    }

    /// Hands full chunks over to compression. To be called at rows that depend on nothing but the row number.
    pub(crate) fn seal(&mut self, file: &OutputFile) -> Result<(), Error> {
        for (index, column) in self.columns.iter_mut().enumerate() {
            let full = column.buffer.len() / column.chunk_bytes;
            let mut job = |raw: Vec<u8>| {
                self.waiting += raw.len();
                let (chunk, rows) = (column.chunks, (column.chunks + 1) * column.chunk_rows);
                self.jobs.push(Job { column: index, chunk, rows, raw });
                column.chunks += 1;
            };
            if column.buffer.len() == column.chunk_bytes {
                // Nothing is copied where a chunk is sealed as soon as it is full.
                let next = Vec::with_capacity(column.chunk_bytes);
                job(std::mem::replace(&mut column.buffer, next));
            } else if full > 0 {
                column.buffer.chunks_exact(column.chunk_bytes).for_each(|raw| job(raw.to_vec()));
                column.buffer.drain(..full * column.chunk_bytes);
            }
        }
        if self.waiting >= self.batch { self.flush(file) } else { Ok(()) }
    }

    /// Writes what is left, padding the last chunk of each column, and closes the datasets.
    pub(crate) fn finish(mut self, file: &OutputFile) -> Result<(), Error> {
        self.seal(file)?;
        for (index, column) in self.columns.iter_mut().enumerate() {
            if column.buffer.is_empty() {
                continue;
            }
            let row = column.element * column.width;
            let rows = column.chunks * column.chunk_rows + column.buffer.len() / row;
            let mut raw = std::mem::take(&mut column.buffer);
            raw.resize(column.chunk_bytes, 0);
            self.jobs.push(Job { column: index, chunk: column.chunks, rows, raw });
        }
        self.flush(file)
    }

    fn flush(&mut self, file: &OutputFile) -> Result<(), Error> {
        self.waiting = 0;
        let (columns, level) = (&self.columns, self.level);
        let pack = |job: Job| {
            let element = columns[job.column].element;
            let packed = codec::pack(&job.raw, element, level);
            packed.map(|packed| (job.column, job.chunk, job.rows, packed))
        };
        let packed: Result<Vec<_>, String> = self.jobs.par_drain(..).map(pack).collect();
        for (column, chunk, rows, bytes) in packed.map_err(Error::Misuse)? {
            self.columns[column].store(chunk, rows, &bytes).map_err(|error| file.error(&error))?;
        }
        Ok(())
    }
}

impl Column {
    /// Stores a compressed chunk; the dataset then ends at row `rows`.
    fn store(&self, chunk: usize, rows: usize, packed: &[u8]) -> hdf5::Result<()> {
        let two = self.dataset.ndim() == 2;
        if two {
            self.dataset.resize((rows, self.width))?
        } else {
            self.dataset.resize(rows)?
        }
        let offset = [(chunk * self.chunk_rows) as u64, 0];
        hdf5::sync::sync(|| {
            // SAFETY: the dataset is open and chunked, `offset` has at least as many numbers as it has dimensions
            // and is a multiple of the chunk size within the extent, `packed` is read for its own length.
            let code = unsafe {
                hdf5_sys::h5d::H5Dwrite_chunk(
                    self.dataset.id(),
                    hdf5_sys::h5p::H5P_DEFAULT,
                    0,
                    offset.as_ptr(),
                    packed.len(),
                    packed.as_ptr().cast(),
                )
            };
            hdf5::h5check(code).map(drop)
        })
    }
}
