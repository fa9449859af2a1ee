//! The bytes of a pickle, read in order with bounds checked.

use super::PickleError;

pub(super) struct Input<'a> {
    bytes: &'a [u8],
    pub(super) position: usize,
}

impl<'a> Input<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], PickleError> {
        let rest = self.bytes.get(self.position..).unwrap_or_default();
        let Some(taken) = rest.get(..count) else {
            return Err(PickleError::Truncated {
                position: self.position,
                wanted: count as u64,
                left: rest.len(),
            });
        };
        self.position += count;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], PickleError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    pub(super) fn byte(&mut self) -> Result<u8, PickleError> {
        Ok(self.array::<1>()?[0])
    }

    /// Bytes after a little-endian length of `N` bytes (at most 8).
    pub(super) fn counted<const N: usize>(&mut self) -> Result<&'a [u8], PickleError> {
        let start = self.position;
        let mut length = [0; 8];
        length[..N].copy_from_slice(&self.array::<N>()?);
        let length = u64::from_le_bytes(length);
        let count = usize::try_from(length).map_err(|_| PickleError::Truncated {
            position: start,
            wanted: length,
            left: self.bytes.len() - self.position,
        })?;
        self.take(count)
    }

    /// UTF-8 text after a little-endian length of `N` bytes.
    pub(super) fn text<const N: usize>(&mut self) -> Result<String, PickleError> {
        let start = self.position;
        let bytes = self.counted::<N>()?;
        utf8(bytes, start)
    }

    /// UTF-8 text up to the next line feed, which is consumed.
    pub(super) fn line(&mut self) -> Result<String, PickleError> {
        let start = self.position;
        let rest = self.bytes.get(start..).unwrap_or_default();
        let Some(length) = rest.iter().position(|byte| *byte == b'\n') else {
            let wanted = rest.len() as u64 + 1;
            return Err(PickleError::Truncated { position: start, wanted, left: rest.len() });
        };
        self.position += length + 1;
        utf8(&rest[..length], start)
    }
}

fn utf8(bytes: &[u8], position: usize) -> Result<String, PickleError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => Err(PickleError::Invalid { position, reason: "text that is not UTF-8" }),
    }
}
