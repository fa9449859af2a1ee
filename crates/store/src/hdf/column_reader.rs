//! Reading columns: chunks straight from the file, decompressed in parallel, where the layout is ours; through
//! libhdf5 where another program has rewritten the file.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use hdf5::Dataset;
use hdf5::dataset::Layout;
use rayon::prelude::*;

use super::chunks::{self, ChunkPlaces, DEFLATE, SHUFFLE};
use super::codec;
use super::element::Element;
use super::file::{InputFile, damaged};
use crate::Error;
use crate::text::TextColumn;

/// Largest chunk (uncompressed) that is decoded here; ours are up to a few MiB.
const MAX_CHUNK: usize = 64 << 20;

/// A column of numbers, `width` to a row.
pub(crate) struct ColumnReader<T> {
    dataset: Dataset,
    path: Arc<PathBuf>,
    name: String,
    rows: u64,
    width: usize,
    chunks: Option<Chunks>,
    /// The chunk decoded last: neighbouring reads often share one.
    last: Mutex<Option<(usize, Arc<Vec<T>>)>>,
}

struct Chunks {
    raw: Arc<File>,
    rows: usize,
    shuffled: bool,
    deflated: bool,
    /// Address and size of each.
    places: Vec<(u64, usize)>,
}

impl<T: Element> ColumnReader<T> {
    /// Opens the dataset `name`, one-dimensional or of rows of `width` numbers.
    pub(crate) fn open(file: &InputFile, name: &str, width: Option<usize>) -> Result<Self, Error> {
        let dataset = file
            .root()
            .dataset(name)
            .map_err(|error| file.malformed(format!("has no dataset `/{name}` ({error})")))?;
        let shape = dataset.get_shape().map_err(|error| file.damaged(&error))?;
        let fits = match width {
            None => shape.len() == 1,
            Some(width) => shape.len() == 2 && shape[1] == width,
        };
        if !fits {
            let wanted = width.map_or("one dimension".into(), |width| format!("rows of {width}"));
            return Err(file.malformed(format!("dataset `/{name}` has shape {shape:?}; {wanted} is needed")));
        }
        let kind = dataset.dtype().map_err(|error| file.damaged(&error))?;
        if kind.size() != T::SIZE || kind.conv_to::<T>().is_none() {
            return Err(file.malformed(format!("dataset `/{name}` has the wrong number type")));
        }
        let plain = dataset.dcpl().map_err(|error| file.damaged(&error))?;
        if dataset.layout() == Layout::Virtual || !plain.external().is_empty() {
            return Err(
                file.malformed(format!("dataset `/{name}` lies in another file, which is not followed"))
            );
        }
        let mut column = ColumnReader {
            rows: shape[0] as u64,
            width: width.unwrap_or(1),
            path: file.path().clone(),
            name: name.to_owned(),
            chunks: None,
            last: Mutex::new(None),
            dataset,
        };
        let ours = kind.is::<T>() && cfg!(target_endian = "little") && file.root().userblock() == 0;
        if ours {
            column.chunks = column.locate(file)?;
        }
        if column.chunks.is_none() && column.rows > 0 && column.dataset.storage_size() == 0 {
            return Err(file.malformed(format!("dataset `/{name}` was never written")));
        }
        Ok(column)
    }

    /// Number of rows.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// Where the chunks lie; `None` when they are not stored the way this crate stores them.
    fn locate(&self, file: &InputFile) -> Result<Option<Chunks>, Error> {
        let Some(shape) = self.dataset.chunk() else { return Ok(None) };
        let (shuffled, deflated) = match chunks::filters(&self.dataset, file)?.as_slice() {
            [] => (false, false),
            [DEFLATE] => (false, true),
            [SHUFFLE] => (true, false),
            [SHUFFLE, DEFLATE] => (true, true),
            _ => return Ok(None),
        };
        let rows = shape[0];
        let size = rows.checked_mul(self.width).and_then(|count| count.checked_mul(T::SIZE));
        if rows == 0
            || shape.get(1).is_some_and(|width| *width != self.width)
            || size.is_none_or(|s| s > MAX_CHUNK)
        {
            return Ok(None);
        }
        let ChunkPlaces { places, masks } = chunks::locate(&self.dataset, &self.name, file, self.rows, rows)?;
        let masked = masks.iter().any(|mask| *mask != 0);
        Ok((!masked).then(|| Chunks { raw: file.raw().clone(), rows, shuffled, deflated, places }))
    }

    /// Replaces the content of `values` by rows `range`, `width` numbers each.
    pub(crate) fn read(&self, range: Range<u64>, values: &mut Vec<T>) -> Result<(), Error> {
        if range.start > range.end || range.end > self.rows {
            return Err(Error::Misuse(format!(
                "rows {range:?} of `/{}`, which has {}",
                self.name, self.rows
            )));
        }
        values.clear();
        if range.is_empty() {
            return Ok(());
        }
        let (start, end) = (range.start as usize, range.end as usize);
        let Some(chunks) = &self.chunks else { return self.read_slowly(start..end, values) };
        values.resize((end - start) * self.width, T::default());
        // Cut the output where chunks begin, so that each is decoded straight into its place.
        let (mut tasks, mut rest, mut at) = (Vec::new(), values.as_mut_slice(), start);
        while at < end {
            let chunk = at / chunks.rows;
            let stop = ((chunk + 1) * chunks.rows).min(end);
            let (part, tail) = rest.split_at_mut((stop - at) * self.width);
            tasks.push((chunk, at - chunk * chunks.rows, part));
            (rest, at) = (tail, stop);
        }
        if let [(chunk, skip, part)] = tasks.as_mut_slice() {
            return self.read_part(chunks, *chunk, *skip, part);
        }
        tasks.into_par_iter().try_for_each(|(chunk, skip, part)| self.read_part(chunks, chunk, skip, part))
    }

    /// Rows `skip..` of a chunk. A part of a chunk is copied from the cache, a whole one decoded in place.
    fn read_part(&self, chunks: &Chunks, chunk: usize, skip: usize, part: &mut [T]) -> Result<(), Error> {
        if part.len() == chunks.rows * self.width {
            return self.decode(chunks, chunk, part);
        }
        let lock = || self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let cached = lock().as_ref().filter(|(known, _)| *known == chunk).map(|(_, values)| values.clone());
        let values = match cached {
            Some(values) => values,
            None => {
                let mut values = vec![T::default(); chunks.rows * self.width];
                self.decode(chunks, chunk, &mut values)?;
                let values = Arc::new(values);
                *lock() = Some((chunk, values.clone()));
                values
            }
        };
        let start = skip * self.width;
        part.copy_from_slice(&values[start..start + part.len()]);
        Ok(())
    }

    fn decode(&self, chunks: &Chunks, chunk: usize, values: &mut [T]) -> Result<(), Error> {
        let (address, size) = chunks.places[chunk];
        let mut stored = vec![0; size];
        chunks
            .raw
            .read_exact_at(&mut stored, address)
            .map_err(|error| Error::io(&self.path, "read", error))?;
        let bytes = if chunks.deflated {
            let mut bytes = vec![0; values.len() * T::SIZE];
            codec::inflate(&stored, &mut bytes)
                .map_err(|reason| self.malformed(format!("is damaged: chunk {chunk}: {reason}")))?;
            bytes
        } else {
            stored
        };
        if bytes.len() != values.len() * T::SIZE {
            return Err(self.malformed(format!("is damaged: chunk {chunk} holds {} bytes", bytes.len())));
        }
        if chunks.shuffled && T::SIZE > 1 {
            let stride = values.len();
            values.iter_mut().enumerate().for_each(|(at, value)| *value = T::gather(&bytes, stride, at));
        } else {
            values
                .iter_mut()
                .zip(bytes.chunks_exact(T::SIZE))
                .for_each(|(value, bytes)| *value = T::decode(bytes));
        }
        Ok(())
    }

    fn read_slowly(&self, range: Range<usize>, values: &mut Vec<T>) -> Result<(), Error> {
        let result = if self.dataset.ndim() == 2 {
            self.dataset.read_slice_2d::<T, _>((range, ..)).map(|array| values.extend(array.iter()))
        } else {
            self.dataset.read_slice_1d::<T, _>(range).map(|array| values.extend(array.iter()))
        };
        result.map_err(|error| damaged(&self.path, &error))
    }

    fn malformed(&self, reason: impl std::fmt::Display) -> Error {
        Error::malformed(&self.path, format!("dataset `/{}` {reason}", self.name))
    }
}

/// A text column: `offsets` and `bytes` in one group.
pub(crate) struct TextReader {
    offsets: ColumnReader<u64>,
    bytes: ColumnReader<u8>,
}

impl TextReader {
    /// Opens the group `name`.
    pub(crate) fn open(file: &InputFile, name: &str) -> Result<Self, Error> {
        let offsets = ColumnReader::open(file, &format!("{name}/offsets"), None)?;
        let bytes = ColumnReader::open(file, &format!("{name}/bytes"), None)?;
        if offsets.rows() == 0 {
            return Err(offsets.malformed("is empty; it needs one number more than there are rows"));
        }
        Ok(TextReader { offsets, bytes })
    }

    /// Number of strings.
    pub(crate) fn rows(&self) -> u64 {
        self.offsets.rows() - 1
    }

    /// Replaces the content of `text` by strings `range`.
    pub(crate) fn read(&self, range: Range<u64>, text: &mut TextColumn) -> Result<(), Error> {
        text.clear();
        if range.is_empty() {
            return Ok(());
        }
        let (mut offsets, mut bytes) = (Vec::new(), Vec::new());
        self.offsets.read(range.start..range.end.saturating_add(1), &mut offsets)?;
        let (first, last) = (offsets[0], offsets[offsets.len() - 1]);
        if !offsets.is_sorted() || last > self.bytes.rows() {
            return Err(self.offsets.malformed("does not ascend within the text"));
        }
        self.bytes.read(first..last, &mut bytes)?;
        for pair in offsets.windows(2) {
            text.push(&bytes[(pair[0] - first) as usize..(pair[1] - first) as usize]);
        }
        Ok(())
    }
}
