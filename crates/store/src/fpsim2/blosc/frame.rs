//! Blosc 2's contiguous frame: a header, chunks, and a packed list of where the chunks begin.

use super::chunk;

const TRUNCATED: &str = "a blosc2 frame is truncated";
/// Bytes of a header that are read here.
const HEADER: usize = 0x3f;
/// Most chunks of a frame: HDF5 stores one frame to each chunk of its own, and one chunk in each frame.
const MAX_CHUNKS: usize = 4096;

/// Unpacks a frame, which must fill `out` exactly.
pub(in crate::fpsim2) fn unpack(frame: &[u8], out: &mut [u8]) -> Result<(), String> {
    if frame.get(2..10) != Some(b"b2frame\0") {
        return Err("is no blosc2 frame".into());
    }
    let fields = [(0x0a, 0xd2), (0x0f, 0xcf), (0x1d, 0xd3), (0x26, 0xd3), (0x2f, 0xd2)];
    if frame.len() < HEADER || fields.iter().any(|(at, tag)| frame[*at] != *tag) {
        return Err(TRUNCATED.into());
    }
    if frame[0x1a] & 15 != 0 {
        return Err("a blosc2 frame lies in several files, which is not supported".into());
    }
    // a field for the size of blocks was added between those of elements and of chunks
    let chunk_size_at = if frame[0x34] == 0xd2 && frame[0x39] == 0xd2 { 0x3a } else { 0x35 };
    let header = big(frame, 0x0b, 4)?;
    let (unpacked, packed) = (big(frame, 0x1e, 8)?, big(frame, 0x27, 8)?);
    let chunk_size = big(frame, chunk_size_at, 4)?;
    if unpacked != out.len() {
        return Err(format!("a blosc2 frame holds {unpacked} bytes instead of {}", out.len()));
    }
    if unpacked == 0 {
        return Ok(());
    }
    let chunk_size = if chunk_size == 0 { unpacked } else { chunk_size };
    let count = unpacked.div_ceil(chunk_size);
    if count > MAX_CHUNKS {
        return Err(format!("a blosc2 frame has {count} chunks; at most {MAX_CHUNKS} are read"));
    }
    let chunks = frame.get(header..).ok_or(TRUNCATED)?;
    let mut starts = vec![0; 8 * count];
    chunk::unpack(chunks.get(packed..).ok_or(TRUNCATED)?, &mut starts)?;
    for (part, start) in out.chunks_mut(chunk_size).zip(starts.as_chunks::<8>().0) {
        match start[7] {
            // special values: zeros
            0x81 => part.fill(0),
            0 => {
                let start = usize::try_from(u64::from_le_bytes(*start)).map_err(|_| TRUNCATED)?;
                chunk::unpack(chunks.get(start..).ok_or(TRUNCATED)?, part)?;
            }
            other => return Err(format!("a blosc2 frame has a chunk of kind {other:#x}, which is unknown")),
        }
    }
    Ok(())
}

/// A size of four or eight bytes, highest first.
fn big(frame: &[u8], at: usize, bytes: usize) -> Result<usize, String> {
    let field = frame.get(at..at + bytes).ok_or(TRUNCATED)?;
    let number = field.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    usize::try_from(number).map_err(|_| TRUNCATED.into())
}
