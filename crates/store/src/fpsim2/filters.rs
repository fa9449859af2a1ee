//! Undoing the HDF5 filters that PyTables may use.

use super::blosc::{unpack_chunk, unpack_frame, unshuffle};
use crate::hdf::chunks::{DEFLATE, SHUFFLE};
use crate::hdf::codec::inflate;

const BLOSC: i32 = 32_001;
const BLOSC2: i32 = 32_026;
const FLETCHER32: i32 = 3;

/// What is to be undone, in the order in which it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pipeline {
    shuffled: bool,
    packing: Packing,
    /// A checksum of four bytes follows.
    summed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Packing {
    None,
    Deflate,
    Blosc,
    Blosc2,
}

impl Pipeline {
    /// Takes the numbers of the filters of a dataset.
    ///
    /// # Errors
    /// In words, where one of them cannot be undone.
    pub fn new(filters: &[i32]) -> Result<Self, String> {
        let mut pipeline = Self { shuffled: false, packing: Packing::None, summed: false };
        for &filter in filters {
            let is_first = pipeline.packing == Packing::None && !pipeline.summed;
            match filter {
                SHUFFLE if is_first && !pipeline.shuffled => pipeline.shuffled = true,
                DEFLATE if is_first => pipeline.packing = Packing::Deflate,
                BLOSC if is_first => pipeline.packing = Packing::Blosc,
                BLOSC2 if is_first => pipeline.packing = Packing::Blosc2,
                FLETCHER32 if !pipeline.summed => pipeline.summed = true,
                other => {
                    let name = match other {
                        305 => "lzo (filter 305)".to_owned(),
                        307 => "bzip2 (filter 307)".to_owned(),
                        SHUFFLE | DEFLATE | BLOSC | BLOSC2 | FLETCHER32 => {
                            format!("filter {other} in an unusual place")
                        }
                        other => format!("filter {other}"),
                    };
                    return Err(format!(
                        "is packed with {name}, which is not supported; accepted are blosc, blosc2, zlib and no \
                         compression: `ptrepack --complib=zlib --complevel=5 IN.h5 OUT.h5`"
                    ));
                }
            }
        }
        Ok(pipeline)
    }

    /// Unpacks a chunk of `size` bytes, whose elements have `element` bytes.
    ///
    /// # Errors
    /// In words, where the chunk is damaged.
    pub fn undo(&self, mut stored: &[u8], size: usize, element: usize) -> Result<Vec<u8>, String> {
        if self.summed {
            let end = stored.len().checked_sub(4).ok_or("is too short for its checksum")?;
            stored = &stored[..end];
        }
        let mut bytes = vec![0; size];
        match self.packing {
            Packing::None if stored.len() == size => bytes.copy_from_slice(stored),
            Packing::None => return Err(format!("has {} bytes instead of {size}", stored.len())),
            Packing::Deflate => inflate(stored, &mut bytes)?,
            Packing::Blosc => unpack_chunk(stored, &mut bytes)?,
            Packing::Blosc2 => unpack_frame(stored, &mut bytes)?,
        }
        if self.shuffled {
            let mut whole = vec![0; size];
            unshuffle(&bytes, element, &mut whole);
            bytes = whole;
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_undone_is_named() {
        for (filters, word) in
            [(&[305][..], "lzo"), (&[2, 307], "bzip2"), (&[32_015], "32015"), (&[1, 2], "unusual")]
        {
            let reason = Pipeline::new(filters).unwrap_err();
            assert!(reason.contains(word) && reason.contains("ptrepack"), "{reason}");
        }
        assert!(
            [&[][..], &[1], &[2, 1], &[2, 1, 3], &[32_001], &[32_026]]
                .iter()
                .all(|filters| Pipeline::new(filters).is_ok())
        );
    }

    #[test]
    fn shuffled_and_summed() {
        let plain = Pipeline::new(&[2, 3]).unwrap();
        assert_eq!(plain.undo(&[1, 3, 2, 4, 9, 9, 9, 9], 4, 2).unwrap(), [1, 2, 3, 4]);
        assert!(plain.undo(&[1, 3, 2, 4], 4, 2).is_err() && plain.undo(&[1], 4, 2).is_err());
    }
}
