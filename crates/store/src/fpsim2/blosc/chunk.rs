//! A Blosc chunk: a header, then blocks that are packed one by one.

use super::shuffle::{unshuffle, unshuffle_bits};
use super::{blosclz, int, size};
use crate::hdf::codec::inflate;

const TRUNCATED: &str = "a blosc chunk is truncated";
/// Last version of the format that is known, that of Blosc 2.
const NEWEST: u8 = 5;
/// First version of Blosc 2's format.
const SECOND: u8 = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Codec {
    BloscLz,
    Lz4,
    Zlib,
    Zstd,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Filter {
    Bytes { element: usize },
    Bits { element: usize },
}

/// What the header says.
struct Header {
    version: u8,
    codec: Codec,
    filters: Vec<Filter>,
    element: usize,
    block: usize,
    /// Bytes of the header.
    length: usize,
    is_copied: bool,
    is_split: bool,
    /// What all of it is, if that is told in place of blocks.
    special: u8,
}

/// Unpacks a chunk, which must fill `out` exactly.
pub(in crate::fpsim2) fn unpack(chunk: &[u8], out: &mut [u8]) -> Result<(), String> {
    let (header, chunk) = Header::read(chunk, out.len())?;
    let body = chunk.get(header.length..).ok_or(TRUNCATED)?;
    match header.special {
        0 => {}
        1 => {
            out.fill(0);
            return Ok(());
        }
        3 => {
            let value = body.get(..header.element).ok_or(TRUNCATED)?;
            out.chunks_mut(header.element).for_each(|part| part.copy_from_slice(&value[..part.len()]));
            return Ok(());
        }
        other => return Err(format!("a blosc chunk has special values of kind {other}, which is unknown")),
    }
    if header.is_copied {
        out.copy_from_slice(body.get(..out.len()).ok_or(TRUNCATED)?);
        return Ok(());
    }
    let mut unpacked = Vec::new();
    for (number, block) in out.chunks_mut(header.block).enumerate() {
        let start = size(body, 4 * number).ok_or(TRUNCATED)?;
        let streams = chunk.get(start..).ok_or("a blosc block begins beyond the end of its chunk")?;
        // the last block may be shorter, and is never split then
        let count = if header.is_split && block.len() == header.block { header.element } else { 1 };
        header.unpack_block(streams, count, block)?;
        for filter in header.filters.iter().rev() {
            unpacked.clear();
            unpacked.extend_from_slice(block);
            match *filter {
                Filter::Bytes { element } => unshuffle(&unpacked, element, block),
                Filter::Bits { element } => {
                    unshuffle_bits(&unpacked, element, header.version < SECOND, block);
                }
            }
        }
    }
    Ok(())
}

impl Header {
    /// Reads the header, and cuts what follows the chunk.
    fn read(chunk: &[u8], expected: usize) -> Result<(Self, &[u8]), String> {
        let Some(&[version, version_of_codec, flags, element]) = chunk.first_chunk() else {
            return Err(TRUNCATED.into());
        };
        if !(1..=NEWEST).contains(&version) || version_of_codec != 1 {
            return Err(format!("a blosc chunk has version {version}.{version_of_codec}, which is unknown"));
        }
        let sizes = (size(chunk, 4), size(chunk, 8), size(chunk, 12));
        let (Some(bytes), Some(block), Some(packed)) = sizes else { return Err(TRUNCATED.into()) };
        let chunk = chunk.get(..packed).ok_or(TRUNCATED)?;
        if bytes != expected {
            return Err(format!("a blosc chunk holds {bytes} bytes instead of {expected}"));
        }
        if element == 0 || block == 0 {
            return Err("a blosc chunk has elements or blocks of no bytes".into());
        }
        let mut header = Self {
            version,
            codec: Codec::BloscLz,
            filters: Vec::new(),
            element: usize::from(element),
            block: block.min(bytes.max(1)),
            length: 16,
            is_copied: flags & 2 != 0,
            is_split: flags & 16 == 0,
            special: 0,
        };
        let is_extended = version >= SECOND && flags & 5 == 5;
        if is_extended {
            header.read_extension(chunk)?;
        } else {
            match flags & 5 {
                1 => header.filters.push(Filter::Bytes { element: header.element }),
                4 => header.filters.push(Filter::Bits { element: header.element }),
                _ => {}
            }
        }
        if header.special == 0 && !header.is_copied {
            header.codec = codec(flags >> 5)?;
        }
        Ok((header, chunk))
    }

    /// The second half of a header of Blosc 2.
    fn read_extension(&mut self, chunk: &[u8]) -> Result<(), String> {
        let extension: &[u8; 16] = chunk.get(16..).and_then(|rest| rest.first_chunk()).ok_or(TRUNCATED)?;
        for (code, meta) in extension[..6].iter().zip(&extension[8..14]) {
            let element = if *meta == 0 { self.element } else { usize::from(*meta) };
            match code {
                0 => {}
                1 => self.filters.push(Filter::Bytes { element }),
                2 => self.filters.push(Filter::Bits { element: self.element }),
                other => return Err(format!("a blosc chunk has filter {other}; known are shuffles")),
            }
        }
        let flags = extension[15];
        if flags & 0b1001 != 0 {
            return Err("a blosc chunk has a dictionary or lies elsewhere, which is not supported".into());
        }
        self.special = flags >> 4 & 7;
        self.length = 32;
        Ok(())
    }

    /// Unpacks the `count` streams of a block, all of the same size.
    fn unpack_block(&self, mut streams: &[u8], count: usize, block: &mut [u8]) -> Result<(), String> {
        if !block.len().is_multiple_of(count) {
            return Err(format!("a blosc block of {} bytes has {count} streams", block.len()));
        }
        for part in block.chunks_exact_mut(block.len() / count) {
            let packed = int(streams, 0).ok_or(TRUNCATED)?;
            streams = &streams[4..];
            match usize::try_from(packed) {
                Ok(0) if self.version >= SECOND => part.fill(0),
                Ok(packed) => {
                    let (stream, rest) = streams.split_at_checked(packed).ok_or(TRUNCATED)?;
                    streams = rest;
                    if packed == part.len() {
                        part.copy_from_slice(stream)
                    } else {
                        self.decode(stream, part)?
                    }
                }
                Err(_) => {
                    let token = streams.first().ok_or(TRUNCATED)?;
                    streams = &streams[1..];
                    match u8::try_from(packed.unsigned_abs()) {
                        Ok(value) if self.version >= SECOND && token & 1 == 1 => part.fill(value),
                        _ => return Err("a blosc stream has a negative length".into()),
                    }
                }
            }
        }
        Ok(())
    }

    fn decode(&self, stream: &[u8], out: &mut [u8]) -> Result<(), String> {
        let expected = out.len();
        let found = match self.codec {
            Codec::BloscLz => return blosclz::decode(stream, out),
            Codec::Zlib => return inflate(stream, out),
            Codec::Lz4 => {
                lz4_flex::block::decompress_into(stream, out).map_err(|error| format!("lz4: {error}"))?
            }
            Codec::Zstd => {
                zstd::bulk::decompress_to_buffer(stream, out).map_err(|error| format!("zstd: {error}"))?
            }
        };
        if found != expected {
            return Err(format!("a blosc stream holds {found} bytes instead of {expected}"));
        }
        Ok(())
    }
}

fn codec(number: u8) -> Result<Codec, String> {
    let name = match number {
        0 => return Ok(Codec::BloscLz),
        1 => return Ok(Codec::Lz4),
        3 => return Ok(Codec::Zlib),
        4 => return Ok(Codec::Zstd),
        2 => "snappy".to_owned(),
        other => format!("of number {other}"),
    };
    Err(format!("blosc codec {name} is not supported; known are blosclz, lz4, zlib and zstd"))
}
