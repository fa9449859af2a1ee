//! The reader that callers see.

use std::ops::Range;
use std::path::Path;

use hdf5::types::{CompoundType, IntSize, TypeDescriptor};
use rayon::prelude::*;
use serde_json::Value;

use super::config::Config;
use super::table::{Chunks, Failure, failed};
use crate::Error;
use crate::hdf::{InputFile, is_hdf5};

/// Bytes (unpacked) that are read together, or one chunk where that is more.
const TOGETHER: usize = 32 << 20;
/// Most words of a fingerprint.
const MAX_WORDS: usize = 512;
/// RDKit's number of MACCS keys: FPSim2 takes it for 166 and stores 167 bits.
const MACCS_BITS: usize = 167;

/// What a file of FPSim2 holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Fpsim2Info {
    /// Number of fingerprints.
    pub rows: u64,
    /// Bits of a fingerprint.
    pub bits: usize,
    /// Type, such as `Morgan` or `MACCSKeys`.
    pub kind: String,
    /// Parameters given to RDKit, such as `radius` and `fpSize`.
    pub parameters: serde_json::Map<String, Value>,
    /// Version of RDKit that made them.
    pub rdkit: String,
    /// Version of FPSim2 that wrote the file.
    pub fpsim2: String,
}

/// A file of FPSim2 opened for reading; any number of threads may read at once.
pub struct Fpsim2Reader {
    info: Fpsim2Info,
    chunks: Chunks,
    /// Bytes of a row, and where in it the number, the words and the popcount are.
    row: usize,
    columns: Vec<usize>,
    file: InputFile,
}

/// Whether a path is an HDF5 file with the datasets of FPSim2 in it. [`Fpsim2Reader::open`] says whether it really is
/// one.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Io`].
pub fn is_fpsim2(path: &Path) -> Result<bool, Error> {
    if path.to_str().is_none() || !is_hdf5(path)? {
        return Ok(false);
    }
    // what cannot be opened is nothing for sure; who opens it next says why
    Ok(InputFile::open_foreign(path, "FPSim2").is_ok_and(|file| file.is_fpsim2()))
}

impl Fpsim2Reader {
    /// Opens a file and reads how its fingerprints were made.
    ///
    /// # Errors
    /// [`Error::NotFound`], or [`Error::Malformed`] for a file that is not one of FPSim2, is truncated, or packed in a
    /// way that is not supported.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let file = InputFile::open_foreign(path, "FPSim2")?;
        if !file.is_fpsim2() {
            let reason = "is an HDF5 file without the datasets `/fps` and `/config` of FPSim2";
            return Err(file.malformed(reason));
        }
        let Config { kind, parameters, rdkit, fpsim2 } = Config::read(&file)?;
        let dataset = file.root().dataset("fps").map_err(|error| file.damaged(&error))?;
        let shape = dataset.get_shape().map_err(|error| file.damaged(&error))?;
        let columns = columns(&dataset).filter(|_| shape.len() == 1);
        let Some((row, columns)) = columns else {
            let reason = "is not the table of FPSim2: expected columns fp_id (int64), f1, f2, ... (uint64) and \
                          popcnt (int64)";
            return Err(file.malformed(format!("dataset `/fps` {reason}")));
        };
        let (rows, words) = (shape[0] as u64, columns.len() - 2);
        // PyTables goes by this attribute
        let told = dataset.attr("NROWS").and_then(|attribute| attribute.read_scalar::<i64>());
        if let Ok(told) = told
            && u64::try_from(told) != Ok(rows)
        {
            let reason =
                format!("is damaged: dataset `/fps` has {rows} rows, and its attribute NROWS is {told}");
            return Err(file.malformed(reason));
        }
        let bits = bits(&kind, &parameters).unwrap_or(64 * words);
        if bits.div_ceil(64) != words {
            let reason = format!("has {words} words to a fingerprint, and `/config` says {bits} bits");
            return Err(file.malformed(format!("dataset `/fps` {reason}")));
        }
        let chunks = Chunks::open(&dataset, "fps", &file, rows, row)?;
        let info = Fpsim2Info { rows, bits, kind, parameters, rdkit, fpsim2 };
        Ok(Self { info, chunks, row, columns, file })
    }

    /// What it holds.
    pub fn info(&self) -> &Fpsim2Info {
        &self.info
    }

    /// The path it was opened by.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Number of fingerprints.
    pub fn len(&self) -> u64 {
        self.info.rows
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.info.rows == 0
    }

    /// 64-bit words of a fingerprint.
    pub fn words(&self) -> usize {
        self.columns.len() - 2
    }

    /// Rows that are best [read](Self::read) together, from a multiple of this number on: then no chunk is unpacked
    /// twice, and memory stays below about 100 MiB.
    pub fn rows_together(&self) -> usize {
        let chunk = self.chunks.rows();
        chunk * (TOGETHER / (chunk * self.row)).max(1)
    }

    /// Replaces the content of `ids` and `words` by rows `range`: FPSim2's number of each, and its fingerprint, of
    /// which bit `b` is bit `b % 64` of word `b / 64`. Chunks are unpacked in parallel.
    ///
    /// # Errors
    /// [`Error::Misuse`] beyond the end, [`Error::Malformed`] for damaged chunks and for a popcount that is not that
    /// of its row, [`Error::Io`].
    pub fn read(&self, range: Range<u64>, ids: &mut Vec<i64>, words: &mut Vec<u64>) -> Result<(), Error> {
        ids.clear();
        words.clear();
        if range.start > range.end || range.end > self.info.rows {
            return Err(Error::Misuse(format!("rows {range:?} of {} fingerprints", self.info.rows)));
        }
        if range.is_empty() {
            return Ok(());
        }
        let size = self.chunks.rows() as u64;
        let parts: Result<Vec<_>, Error> = (range.start / size..range.end.div_ceil(size))
            .into_par_iter()
            .map(|chunk| {
                let start = chunk * size;
                let part = range.start.max(start)..range.end.min(start + size);
                let part = (part.start - start) as usize..(part.end - start) as usize;
                self.read_chunk(chunk as usize, part)
            })
            .collect();
        for (mut part_ids, mut part_words) in parts? {
            ids.append(&mut part_ids);
            words.append(&mut part_words);
        }
        Ok(())
    }

    /// Rows `part` of a chunk.
    fn read_chunk(&self, chunk: usize, part: Range<usize>) -> Result<(Vec<i64>, Vec<u64>), Error> {
        let failed = |failure| failed(self.file.path(), "fps", failure);
        let bytes = self.chunks.read(self.file.raw(), chunk).map_err(failed)?;
        let (mut ids, mut words) =
            (Vec::with_capacity(part.len()), Vec::with_capacity(part.len() * self.words()));
        let number =
            |row: &[u8], at: usize| row[at..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        let rows = bytes.chunks_exact(self.row).enumerate().skip(part.start).take(part.len());
        for (index, row) in rows {
            let at = words.len();
            words.extend(
                self.columns[1..=self.words()].iter().map(|column| number(row, *column).reverse_bits()),
            );
            let last = self.info.bits % 64;
            let is_beyond = match words.last_mut() {
                // a last word of fewer bits is a number of fewer digits
                Some(word) if last > 0 => {
                    let low = *word & ((1 << (64 - last)) - 1);
                    *word >>= 64 - last;
                    low != 0
                }
                _ => false,
            };
            let set: u32 = words[at..].iter().map(|word| word.count_ones()).sum();
            let stored = number(row, self.columns[self.words() + 1]);
            if is_beyond || u64::from(set) != stored {
                let row = chunk * self.chunks.rows() + index;
                let reason = match is_beyond {
                    true => format!("row {row} has bits beyond the {} of a fingerprint", self.info.bits),
                    false => format!("row {row} has {set} bits, and its popcnt is {stored}"),
                };
                return Err(failed(Failure::Damaged(reason)));
            }
            ids.push(number(row, self.columns[0]) as i64);
        }
        Ok((ids, words))
    }
}

/// Size of a row, and where in it `fp_id`, `f1`, `f2`, ... and `popcnt` are.
fn columns(dataset: &hdf5::Dataset) -> Option<(usize, Vec<usize>)> {
    let kind = dataset.dtype().ok()?;
    let descriptor = kind.to_descriptor().ok()?;
    let TypeDescriptor::Compound(CompoundType { fields, size }) = &descriptor else { return None };
    let words = fields.len().checked_sub(2).filter(|words| (1..=MAX_WORDS).contains(words))?;
    let names = (1..=words).map(|word| format!("f{word}"));
    let names = std::iter::once("fp_id".to_owned()).chain(names).chain(["popcnt".to_owned()]);
    let is_fitting = fields.iter().zip(names).all(|(field, name)| {
        let is_word = name.starts_with('f') && name != "fp_id";
        let expected = if is_word {
            TypeDescriptor::Unsigned(IntSize::U8)
        } else {
            TypeDescriptor::Integer(IntSize::U8)
        };
        field.name == name
            && field.ty == expected
            && field.offset.checked_add(8).is_some_and(|end| end <= *size)
    });
    // a type made of the description has this machine's order of bytes, which is that of all such files
    let is_little = hdf5::Datatype::from_descriptor(&descriptor).is_ok_and(|same| same == kind);
    (is_fitting && is_little && cfg!(target_endian = "little"))
        .then(|| (*size, fields.iter().map(|field| field.offset).collect()))
}

/// Bits of a fingerprint, where type or parameters say it.
fn bits(kind: &str, parameters: &serde_json::Map<String, Value>) -> Option<usize> {
    if kind == "MACCSKeys" {
        return Some(MACCS_BITS);
    }
    let size = parameters.get("fpSize").or_else(|| parameters.get("nBits"))?.as_u64()?;
    usize::try_from(size).ok().filter(|size| *size > 0)
}
