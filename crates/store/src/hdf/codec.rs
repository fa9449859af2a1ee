//! HDF5's `shuffle` and `deflate` filters, outside of libhdf5.

use std::cell::RefCell;

use libdeflater::{CompressionLvl, Compressor, Decompressor};

/// `shuffle`: byte 0 of all elements, then byte 1 of all elements, and so on.
fn shuffle(bytes: &[u8], size: usize, shuffled: &mut Vec<u8>) {
    shuffled.clear();
    shuffled.resize(bytes.len(), 0);
    let count = bytes.len() / size;
    match size {
        2 => planes::<2>(bytes, count, shuffled),
        4 => planes::<4>(bytes, count, shuffled),
        8 => planes::<8>(bytes, count, shuffled),
        _ => shuffled.copy_from_slice(bytes),
    }
}

fn planes<const SIZE: usize>(bytes: &[u8], count: usize, shuffled: &mut [u8]) {
    for plane in 0..SIZE {
        let target = &mut shuffled[plane * count..(plane + 1) * count];
        for (byte, element) in target.iter_mut().zip(bytes.as_chunks::<SIZE>().0) {
            *byte = element[plane];
        }
    }
}

thread_local! {
    static SHUFFLED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static COMPRESSORS: RefCell<Vec<(i32, Compressor)>> = const { RefCell::new(Vec::new()) };
    static DECOMPRESSOR: RefCell<Decompressor> = RefCell::new(Decompressor::new());
}

/// `deflate` of numbers of `size` bytes, after `shuffle` where they have several.
pub(super) fn pack(bytes: &[u8], size: usize, level: i32) -> Result<Vec<u8>, String> {
    if size == 1 {
        return deflate(bytes, level);
    }
    SHUFFLED.with_borrow_mut(|shuffled| {
        shuffle(bytes, size, shuffled);
        deflate(shuffled, level)
    })
}

/// `deflate`: a zlib stream. The same bytes and level give the same stream.
fn deflate(bytes: &[u8], level: i32) -> Result<Vec<u8>, String> {
    COMPRESSORS.with_borrow_mut(|compressors| {
        let position = match compressors.iter().position(|(known, _)| *known == level) {
            Some(position) => position,
            None => {
                let level_checked =
                    CompressionLvl::new(level).map_err(|_| format!("no deflate level {level}"))?;
                compressors.push((level, Compressor::new(level_checked)));
                compressors.len() - 1
            }
        };
        let compressor = &mut compressors[position].1;
        let mut packed = vec![0; compressor.zlib_compress_bound(bytes.len())];
        let size = compressor.zlib_compress(bytes, &mut packed).map_err(|error| error.to_string())?;
        packed.truncate(size);
        packed.shrink_to_fit();
        Ok(packed)
    })
}

/// Undoes [`deflate`]. The stream must fill `bytes` exactly, so that nothing larger is ever made.
pub(crate) fn inflate(packed: &[u8], bytes: &mut [u8]) -> Result<(), String> {
    let expected = bytes.len();
    DECOMPRESSOR.with_borrow_mut(|decompressor| match decompressor.zlib_decompress(packed, bytes) {
        Ok(size) if size == expected => Ok(()),
        Ok(size) => Err(format!("chunk holds {size} bytes instead of {expected}")),
        Err(error) => Err(format!("chunk does not decompress ({error})")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hdf::element::Element;

    #[test]
    fn shuffle_separates_byte_planes_and_gather_undoes_it() {
        let values: Vec<u64> = (0..100).map(|i| 0x0102_0304_0506_0708 * (i + 1)).collect();
        let (mut bytes, mut shuffled) = (Vec::new(), Vec::new());
        u64::encode(&values, &mut bytes);
        shuffle(&bytes, 8, &mut shuffled);
        assert_eq!(shuffled[0], 8);
        assert_eq!(shuffled[700], 1);
        let back: Vec<u64> = (0..100).map(|i| u64::gather(&shuffled, 100, i)).collect();
        assert_eq!(back, values);
    }

    #[test]
    fn inflate_accepts_only_the_exact_size() {
        let packed = deflate(&[7; 1000], 3).unwrap();
        assert!(inflate(&packed, &mut [0; 1000]).is_ok());
        assert!(inflate(&packed, &mut [0; 999]).is_err());
        assert!(inflate(&packed, &mut [0; 1001]).is_err());
        assert!(inflate(&packed[..packed.len() - 3], &mut [0; 1000]).is_err());
        assert!(deflate(&[], 99).is_err());
    }
}
