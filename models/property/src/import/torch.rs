//! Files written by `torch.save`: a zip archive with a pickle and the raw storages it refers to.
//!
//! Reference: PyTorch `torch/serialization.py` (format since 1.6) and `torch/_utils.py`.

use super::archive::Archive;
use super::pickle::{self, Id, Value, Values};
use crate::error::Error;

/// Most bytes of pickle or of one storage.
const MAX_ENTRY: u64 = 256 << 20;
/// First bytes of files from before torch 1.6: protocol 2, and a long integer that serves as magic number.
const LEGACY: [u8; 6] = [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc];

/// An open torch file.
pub(super) struct TorchFile<'a> {
    archive: Archive<'a>,
    /// Folder of all entries within the archive, without the slash.
    folder: String,
    /// The pickled values.
    pub(super) values: Values,
}

/// Type of the numbers in a storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    F64,
    F32,
    F16,
    Bf16,
}

/// A tensor that has not been read yet.
#[derive(Clone, Debug)]
pub(super) struct TensorRef {
    kind: Kind,
    key: String,
    stored: usize,
    offset: usize,
    pub(super) shape: Vec<usize>,
    strides: Vec<usize>,
}

impl<'a> TorchFile<'a> {
    /// Opens the bytes of a torch file; `file` names it in messages.
    pub(super) fn open(file: &'a str, bytes: &'a [u8]) -> Result<Self, Error> {
        if bytes.starts_with(&LEGACY) {
            return Err(Error::unsupported(
                file,
                "the torch format from before version 1.6",
                "zip-based torch files: load it in torch and save it again with `torch.save`",
            ));
        }
        if !bytes.starts_with(b"PK") {
            return Err(Error::malformed(file, "not a torch file: it does not start as a zip archive"));
        }
        let mut archive = Archive::open(file, bytes)?;
        let names = archive.names();
        if names.iter().any(|name| name.ends_with("/constants.pkl")) {
            return Err(Error::unsupported(
                file,
                "a TorchScript program",
                "a Chemprop 2 `.pt` or `.ckpt` file",
            ));
        }
        let Some(folder) = names.iter().find_map(|name| name.strip_suffix("/data.pkl")).map(str::to_owned)
        else {
            return Err(Error::malformed(file, "not a torch file: the archive has no `data.pkl`"));
        };
        let order = format!("{folder}/byteorder");
        if archive.has(&order) {
            let order = archive.read(&order, 64)?;
            if order.trim_ascii() != b"little" {
                let what = format!("byte order `{}`", String::from_utf8_lossy(&order));
                return Err(Error::unsupported(file, what, "little-endian files"));
            }
        }
        let entry = format!("{folder}/data.pkl");
        let pickle = archive.read(&entry, MAX_ENTRY)?;
        let values = pickle::parse(&pickle)
            .map_err(|source| Error::Pickle { file: format!("{file}: {entry}"), source })?;
        Ok(Self { archive, folder, values })
    }

    /// Name of the file for messages.
    pub(super) fn file(&self) -> &'a str {
        self.archive.file
    }

    /// What a pickled tensor refers to, or `None` if the value is not a tensor of floating-point numbers.
    pub(super) fn tensor(&self, id: Id) -> Option<TensorRef> {
        let values = &self.values;
        let mut id = id;
        // A parameter wraps a tensor.
        if let Some((("torch._utils", "_rebuild_parameter"), [inner, ..])) = values.object(id) {
            id = *inner;
        }
        let (("torch._utils", "_rebuild_tensor_v2"), [storage, offset, shape, strides, ..]) =
            values.object(id)?
        else {
            return None;
        };
        let Value::Persistent(reference) = values.get(*storage) else { return None };
        let [tag, class, key, _location, stored, ..] = values.items(*reference)? else { return None };
        if values.text(*tag) != Some("storage") {
            return None;
        }
        let kind = match values.global(*class)? {
            ("torch", "FloatStorage") => Kind::F32,
            ("torch", "DoubleStorage") => Kind::F64,
            ("torch", "HalfStorage") => Kind::F16,
            ("torch", "BFloat16Storage") => Kind::Bf16,
            _ => return None,
        };
        let size = |id: Id| values.integer(id).and_then(|value| usize::try_from(value).ok());
        let sizes = |id: Id| values.items(id)?.iter().map(|id| size(*id)).collect::<Option<Vec<_>>>();
        let tensor = TensorRef {
            kind,
            key: values.text(*key)?.to_owned(),
            stored: size(*stored)?,
            offset: size(*offset)?,
            shape: sizes(*shape)?,
            strides: sizes(*strides)?,
        };
        (tensor.shape.len() == tensor.strides.len()).then_some(tensor)
    }

    /// The numbers of a tensor in row-major order.
    ///
    /// # Errors
    /// If the storage is missing, has another size than declared, or the tensor does not lie within it.
    pub(super) fn read(&mut self, name: &str, tensor: &TensorRef) -> Result<Vec<f32>, Error> {
        let file = self.archive.file;
        let wrong = |reason: &str| Error::tensor(file, name, reason);
        let count = tensor.count().ok_or_else(|| wrong("its size overflows"))?;
        let last = tensor.last().ok_or_else(|| wrong("its extent overflows"))?;
        // Equal counts of numbers and places bound the memory by the size of the file.
        if count > tensor.stored || (count > 0 && last >= tensor.stored) {
            return Err(wrong("it reaches beyond its storage"));
        }
        let entry = format!("{}/data/{}", self.folder, tensor.key);
        let bytes = self.archive.read(&entry, MAX_ENTRY)?;
        if Some(bytes.len()) != tensor.stored.checked_mul(tensor.kind.width()) {
            let reason = format!("its storage has {} bytes, {} numbers expected", bytes.len(), tensor.stored);
            return Err(wrong(&reason));
        }
        Ok(tensor.places(count).map(|place| tensor.kind.number(&bytes, place)).collect())
    }
}

impl Kind {
    fn width(self) -> usize {
        match self {
            Self::F64 => 8,
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
        }
    }

    /// Number at an index that lies within the bytes.
    fn number(self, bytes: &[u8], index: usize) -> f32 {
        let bytes = &bytes[index * self.width()..][..self.width()];
        match *bytes {
            [a, b, c, d, e, f, g, h] => f64::from_le_bytes([a, b, c, d, e, f, g, h]) as f32,
            [a, b, c, d] => f32::from_le_bytes([a, b, c, d]),
            [a, b] if self == Self::Bf16 => f32::from_le_bytes([0, 0, a, b]),
            [a, b] => half(u16::from_le_bytes([a, b])),
            _ => f32::NAN,
        }
    }
}

impl TensorRef {
    fn count(&self) -> Option<usize> {
        self.shape.iter().try_fold(1usize, |product, size| product.checked_mul(*size))
    }

    /// Greatest index within the storage, if there is any number.
    fn last(&self) -> Option<usize> {
        self.shape.iter().zip(&self.strides).try_fold(self.offset, |sum, (size, stride)| {
            size.saturating_sub(1).checked_mul(*stride).and_then(|extent| sum.checked_add(extent))
        })
    }

    /// Index within the storage of each number, in row-major order.
    fn places(&self, count: usize) -> impl Iterator<Item = usize> {
        (0..count).map(|flat| {
            let mut rest = flat;
            let mut place = self.offset;
            for (size, stride) in self.shape.iter().zip(&self.strides).rev() {
                place += rest % size * stride;
                rest /= size;
            }
            place
        })
    }
}

/// Value of an IEEE 754 half-precision number.
fn half(bits: u16) -> f32 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let exponent = i32::from(bits >> 10 & 0x1f);
    let fraction = f32::from(bits & 0x3ff);
    match exponent {
        0 => sign * fraction * 2f32.powi(-24),
        31 if fraction == 0.0 => sign * f32::INFINITY,
        31 => f32::NAN,
        _ => sign * (fraction + 1024.0) * 2f32.powi(exponent - 25),
    }
}

#[cfg(test)]
mod tests {
    use super::half;

    #[test]
    fn half_precision_numbers() {
        for (bits, value) in [
            (0x0000, 0.0),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0001, 5.960_464_5e-8),
            (0x0400, 6.103_515_6e-5),
            (0x3555, 0.333_251_95),
            (0xfc00, f32::NEG_INFINITY),
        ] {
            assert_eq!(half(bits), value, "{bits:04x}");
        }
        assert!(half(0x7e00).is_nan());
    }
}
