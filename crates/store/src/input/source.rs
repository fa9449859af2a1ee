//! Raw bytes of an input: opened, hashed while they pass, decompressed.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};

use crate::Error;

const BUFFER: usize = 256 << 10;
const HEAD: u64 = 64 << 10;

/// What identifies an input: the digest of its bytes as they lie on disk, compressed or not.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct InputDigest {
    /// SHA-256 in lower-case hexadecimal.
    pub sha256: String,
    /// Number of bytes.
    pub bytes: u64,
}

/// SHA-256 and size of a file.
///
/// # Errors
/// [`Error::NotFound`] or [`Error::Io`].
pub fn digest_file(path: &Path) -> Result<InputDigest, Error> {
    let mut file = File::open(path).map_err(|error| Error::io(path, "open", error))?;
    let (mut hash, mut bytes, mut buffer) = (Sha256::new(), 0, vec![0; BUFFER]);
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(InputDigest { sha256: hexadecimal(&hash.finalize()), bytes }),
            Ok(count) => {
                hash.update(&buffer[..count]);
                bytes += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Error::io(path, "read", error)),
        }
    }
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[derive(Default)]
struct Tally {
    hash: Sha256,
    bytes: u64,
    /// The system failed to deliver bytes, as opposed to: the bytes do not decompress.
    failed: bool,
}

/// Passes bytes through and keeps the tally.
struct Tallied {
    inner: Box<dyn Read + Send>,
    tally: Arc<Mutex<Tally>>,
}

impl Read for Tallied {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = self.inner.read(buffer);
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        match &result {
            Ok(count) => {
                tally.hash.update(&buffer[..*count]);
                tally.bytes += *count as u64;
            }
            Err(error) => tally.failed |= error.kind() != io::ErrorKind::Interrupted,
        }
        result
    }
}

/// Decompressed bytes of an input, as a [`BufRead`]. The first bytes are read ahead, for recognising what they are.
///
/// [`CompoundReader`](crate::CompoundReader) reads SMILES and tables from it; other formats have readers elsewhere.
pub struct Source {
    head: Vec<u8>,
    position: usize,
    /// What reading ahead ran into; reported once the head is consumed.
    broken: Option<io::Error>,
    text: Box<dyn BufRead + Send>,
    tally: Arc<Mutex<Tally>>,
    packing: &'static str,
}

impl Source {
    /// Opens `path` (`-`: standard input) and recognises its compression by the first bytes. A UTF-8 byte order
    /// mark is skipped.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Malformed`] for a folder or binary data; [`Error::Io`].
    pub fn open(path: &Path) -> Result<Self, Error> {
        let raw: Box<dyn Read + Send> = if path == Path::new("-") {
            Box::new(io::stdin())
        } else {
            let file = File::open(path).map_err(|error| Error::io(path, "open", error))?;
            if file.metadata().map_err(|error| Error::io(path, "open", error))?.is_dir() {
                return Err(Error::malformed(path, "is a folder; a file is needed"));
            }
            Box::new(file)
        };
        let tally = Arc::new(Mutex::new(Tally::default()));
        let mut raw = BufReader::with_capacity(BUFFER, Tallied { inner: raw, tally: tally.clone() });
        let magic = read_magic(&mut raw).map_err(|error| Error::io(path, "read", error))?;
        // The magic bytes go back in front: a pipe may deliver them one by one.
        let raw = io::Cursor::new(magic.clone()).chain(raw);
        let (mut text, packing): (Box<dyn BufRead + Send>, _) = match magic.as_slice() {
            [0x1f, 0x8b, ..] => {
                let decoder = flate2::bufread::MultiGzDecoder::new(raw);
                (Box::new(BufReader::with_capacity(BUFFER, decoder)), "gzip")
            }
            [0x28, 0xb5, 0x2f, 0xfd, ..] => {
                let decoder = zstd::stream::read::Decoder::with_buffer(raw);
                let decoder = decoder.map_err(|error| Error::io(path, "decompress", error))?;
                (Box::new(BufReader::with_capacity(BUFFER, decoder)), "zstd")
            }
            other => match foreign(other) {
                Some(reason) => return Err(Error::malformed(path, reason)),
                None => (Box::new(raw), "plain"),
            },
        };
        let mut head = Vec::new();
        let broken = text.by_ref().take(HEAD).read_to_end(&mut head).err();
        let mut source = Source { head, position: 0, broken, text, tally, packing };
        if source.head.starts_with(b"\xef\xbb\xbf") {
            source.consume(3);
        }
        if source.head().contains(&0) {
            return Err(Error::malformed(path, "is binary data, not text"));
        }
        Ok(source)
    }

    /// The first bytes that are not consumed yet, up to 64 KiB.
    pub fn head(&self) -> &[u8] {
        &self.head[self.position..]
    }

    /// Turns a read error into one that says whether the disk or the content is at fault. `line` is the last one
    /// that was read in full.
    pub fn error(&self, path: &Path, line: u64, error: io::Error) -> Error {
        if self.tally.lock().unwrap_or_else(PoisonError::into_inner).failed || self.packing == "plain" {
            return Error::io(path, "read", error);
        }
        let what = match error.kind() {
            io::ErrorKind::UnexpectedEof => "truncated",
            _ => "corrupt",
        };
        let reason =
            format!("{what} {} data ({error}); the last line read in full is line {line}", self.packing);
        Error::malformed(path, reason)
    }

    /// Digest of all raw bytes read; complete once the end was reached.
    pub fn digest(&self) -> InputDigest {
        let tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        InputDigest { sha256: hexadecimal(&tally.hash.clone().finalize()), bytes: tally.bytes }
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let count = available.len().min(buffer.len());
        buffer[..count].copy_from_slice(&available[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Source {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.position < self.head.len() {
            return Ok(&self.head[self.position..]);
        }
        match self.broken.take() {
            Some(error) => Err(error),
            None => self.text.fill_buf(),
        }
    }

    fn consume(&mut self, count: usize) {
        if self.position < self.head.len() {
            self.position += count;
        } else {
            self.text.consume(count);
        }
    }
}

fn read_magic(raw: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut magic = Vec::with_capacity(8);
    raw.take(8).read_to_end(&mut magic)?;
    Ok(magic)
}

/// Formats that are recognised only to say what is wrong.
fn foreign(magic: &[u8]) -> Option<&'static str> {
    let table: [(&[u8], &str); 6] = [
        (
            b"\x89HDF\r\n\x1a\n",
            "is an HDF5 file, not text; pass a library built by `soyaku library build` as such",
        ),
        (b"BZh", "is compressed with bzip2; accepted are plain text, gzip and zstd"),
        (b"\xfd7zXZ", "is compressed with xz; accepted are plain text, gzip and zstd"),
        (b"PK\x03\x04", "is a zip archive; accepted are plain text, gzip and zstd"),
        (b"\xff\xfe", "is UTF-16 text; convert it to UTF-8"),
        (b"\xfe\xff", "is UTF-16 text; convert it to UTF-8"),
    ];
    table.iter().find(|(start, _)| magic.starts_with(start)).map(|(_, reason)| *reason)
}
