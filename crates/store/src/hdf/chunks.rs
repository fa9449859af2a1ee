//! Where the chunks of a dataset lie, and which filters they passed.

use hdf5::Dataset;

use super::file::InputFile;
use crate::Error;

/// HDF5's number of `deflate`.
pub(crate) const DEFLATE: i32 = 1;
/// HDF5's number of `shuffle`.
pub(crate) const SHUFFLE: i32 = 2;

/// Where each chunk along the first dimension is, and which filters it skipped.
pub(crate) struct ChunkPlaces {
    /// Address and size in the file, chunk by chunk.
    pub places: Vec<(u64, usize)>,
    /// Bit `i` is set where a chunk skipped filter `i`: an optional one may fail.
    pub masks: Vec<u32>,
}

/// Finds the chunks of a dataset that has `rows` rows, `chunk_rows` to a chunk.
///
/// # Errors
/// [`Error::Malformed`] when chunks are missing or lie outside of the file.
pub(crate) fn locate(
    dataset: &Dataset,
    name: &str,
    file: &InputFile,
    rows: u64,
    chunk_rows: usize,
) -> Result<ChunkPlaces, Error> {
    let malformed = |reason: String| file.malformed(format!("dataset `/{name}` {reason}"));
    let expected = rows.div_ceil(chunk_rows as u64);
    let stored = dataset.num_chunks().unwrap_or(0) as u64;
    // a chunk takes at least a byte, whatever the index claims
    let stored = stored.min(file.size());
    if stored < expected {
        return Err(malformed(format!("has {stored} chunks instead of {expected}")));
    }
    let mut places = vec![(0, 0); expected as usize];
    let (mut masks, mut outside) = (vec![0; expected as usize], false);
    let visit = |chunk: hdf5::dataset::ChunkInfoRef<'_>| {
        outside |= chunk.addr.checked_add(chunk.size).is_none_or(|end| end > file.size());
        let first = chunk.offset.first().copied().unwrap_or(u64::MAX);
        let index = (first / chunk_rows as u64) as usize;
        if let (Some(place), Some(mask)) = (places.get_mut(index), masks.get_mut(index)) {
            (*place, *mask) = ((chunk.addr, chunk.size as usize), chunk.filter_mask);
        }
        0
    };
    dataset.chunks_visit(visit).map_err(|error| file.damaged(&error))?;
    if outside {
        return Err(malformed("has chunks beyond the end of the file".into()));
    }
    if places.iter().any(|(_, size)| *size == 0) {
        return Err(malformed("lacks chunks".into()));
    }
    Ok(ChunkPlaces { places, masks })
}

/// HDF5's numbers of the filters of a dataset, in the order in which they are applied to what is written.
///
/// # Errors
/// [`Error::Malformed`] when libhdf5 cannot tell.
pub(crate) fn filters(dataset: &Dataset, file: &InputFile) -> Result<Vec<i32>, Error> {
    let plist = dataset.dcpl().map_err(|error| file.damaged(&error))?;
    let found = hdf5::sync::sync(|| {
        // SAFETY: the id is that of a property list which `plist` keeps open.
        let count = unsafe { hdf5_sys::h5p::H5Pget_nfilters(plist.id()) };
        let number = |index| {
            let mut flags = 0;
            // SAFETY: the id is valid, `flags` can be written, and what else is told goes nowhere: null pointers
            // and lengths of zero are allowed for it.
            unsafe {
                hdf5_sys::h5p::H5Pget_filter2(
                    plist.id(),
                    index,
                    &raw mut flags,
                    std::ptr::null_mut(),
                    std::ptr::null_mut(),
                    0,
                    std::ptr::null_mut(),
                    std::ptr::null_mut(),
                )
            }
        };
        u32::try_from(count).map(|count| (0..count).map(number).collect::<Vec<_>>())
    });
    match found {
        Ok(numbers) if numbers.iter().all(|number| *number >= 0) => Ok(numbers),
        _ => Err(file.malformed("is damaged: the filters of a dataset cannot be read")),
    }
}
