//! `/config`: what kind of fingerprints these are. A PyTables array of pickled objects: HDF5 sequences of bytes, which
//! lie in its global heap (HDF5 File Format Specification 3.0, section III.E).

use std::os::unix::fs::FileExt;

use serde_json::Value;

use super::pickle;
use super::table::{self, Chunks};
use crate::Error;
use crate::hdf::InputFile;

/// Most bytes of a pickled object that is read.
const MAX_PICKLE: usize = 64 << 10;
/// Bytes that stand for a sequence: length, address of a heap, number in it.
const SEQUENCE: usize = 16;
/// Most bytes of a heap.
const MAX_HEAP: u64 = 16 << 20;
/// Objects that mean something here: type, parameters, version of RDKit, version of FPSim2.
const OBJECTS: u64 = 4;

/// What FPSim2 says of its fingerprints.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Config {
    pub kind: String,
    pub parameters: serde_json::Map<String, Value>,
    pub rdkit: String,
    pub fpsim2: String,
}

impl Config {
    /// Reads `/config`.
    ///
    /// # Errors
    /// [`Error::Malformed`], [`Error::Io`].
    pub fn read(file: &InputFile) -> Result<Self, Error> {
        let malformed = |reason: String| file.malformed(format!("dataset `/config` {reason}"));
        let dataset = file.root().dataset("config").map_err(|error| file.damaged(&error))?;
        let rows = dataset.get_shape().map_err(|error| file.damaged(&error))?;
        let [rows] = rows[..] else { return Err(malformed(format!("has shape {rows:?}; a list is needed"))) };
        let kind = dataset.dtype().and_then(|kind| kind.to_descriptor());
        use hdf5::types::{IntSize, TypeDescriptor as Type};
        let is_bytes = |kind: &Type| match kind {
            Type::VarLenArray(item) => **item == Type::Unsigned(IntSize::U1),
            _ => false,
        };
        if !kind.is_ok_and(|kind| is_bytes(&kind)) || rows < 2 {
            return Err(malformed("is no list of pickled objects, the first two type and parameters".into()));
        }
        let count = (rows as u64).min(OBJECTS);
        let chunks = Chunks::open(&dataset, "config", file, rows as u64, SEQUENCE)?;
        if (chunks.rows() as u64) < count {
            return Err(malformed("has chunks that are too small".into()));
        }
        let sequences =
            chunks.read(file.raw(), 0).map_err(|error| table::failed(file.path(), "config", error))?;
        let mut objects = sequences.as_chunks::<SEQUENCE>().0.iter().take(count as usize).map(|sequence| {
            let pickle = heap_object(file, sequence)?;
            pickle::read(&pickle).map_err(&malformed)
        });
        let mut next = || objects.next().transpose();
        let (kind, parameters) = (next()?, next()?);
        let (Some(Value::String(kind)), Some(Value::Object(parameters))) = (kind, parameters) else {
            return Err(malformed("does not begin with a type and a dictionary of parameters".into()));
        };
        let text = |value: Option<Value>| match value {
            Some(Value::String(text)) => text,
            _ => "unknown".into(),
        };
        Ok(Self { kind, parameters, rdkit: text(next()?), fpsim2: text(next()?) })
    }
}

/// The bytes of a sequence.
fn heap_object(file: &InputFile, sequence: &[u8; SEQUENCE]) -> Result<Vec<u8>, Error> {
    let damaged = || file.malformed("dataset `/config` is damaged: an object is not where it should be");
    let number = |bytes: &[u8]| bytes.iter().rev().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let length = number(&sequence[..4]) as usize;
    let (address, index) = (number(&sequence[4..12]), number(&sequence[12..]));
    if length > MAX_PICKLE {
        return Err(damaged());
    }
    let read = |address: u64, size: usize| {
        let end = address.checked_add(size as u64).filter(|end| *end <= file.size());
        end.ok_or_else(damaged)?;
        let mut bytes = vec![0; size];
        let result = file.raw().read_exact_at(&mut bytes, address);
        result.map_err(|error| Error::io(file.path(), "read", error)).map(|()| bytes)
    };
    let head = read(address, 16)?;
    let size = number(&head[8..]);
    if !head.starts_with(b"GCOL\x01") || size > MAX_HEAP.min(file.size()) {
        return Err(damaged());
    }
    let heap = read(address, size as usize)?;
    let mut rest = heap.get(16..).ok_or_else(damaged)?;
    loop {
        let (head, tail) = rest.split_at_checked(16).ok_or_else(damaged)?;
        let (found, size) = (number(&head[..2]), number(&head[8..]));
        if found == index && index != 0 && size as usize >= length {
            return tail.get(..length).map(<[u8]>::to_vec).ok_or_else(damaged);
        }
        // the object of number 0 is the free room at the end
        let taken = size.checked_next_multiple_of(8).and_then(|size| usize::try_from(size).ok());
        rest = taken.filter(|_| found != 0).and_then(|taken| tail.get(taken..)).ok_or_else(damaged)?;
    }
}
