//! Blosc, as far as files of FPSim2 have it: the HDF5 filters 32001 (Blosc 1) and 32026 (Blosc 2).
//!
//! The formats are described in c-blosc2's `README_CHUNK_FORMAT.rst` and `README_CFRAME_FORMAT.rst`. Everything here
//! writes into room that the caller made, and fails with a reason in words.

mod blosclz;
mod chunk;
mod frame;
mod shuffle;

pub(super) use chunk::unpack as unpack_chunk;
pub(super) use frame::unpack as unpack_frame;
pub(super) use shuffle::unshuffle;

/// Four bytes as a number, lowest first.
fn int(bytes: &[u8], at: usize) -> Option<i32> {
    bytes.get(at..)?.first_chunk().map(|bytes| i32::from_le_bytes(*bytes))
}

/// The same as a size.
fn size(bytes: &[u8], at: usize) -> Option<usize> {
    int(bytes, at).and_then(|number| usize::try_from(number).ok())
}
