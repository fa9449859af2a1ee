//! Rejected rows on their way to the end of a library.
//!
//! They are written after all compounds, so that the bytes of the file do not depend on how rejections and
//! compounds were interleaved. Many of them wait in an unnamed file instead of in memory.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::Error;
use crate::durable::{Temporary, written};

/// Bytes kept in memory before a file is used.
const MEMORY: usize = 4 << 20;

pub(super) struct Spool {
    buffer: Vec<u8>,
    file: Option<File>,
    path: PathBuf,
    pub(super) count: u64,
}

impl Spool {
    /// A spool for the library that will be `path`.
    pub(super) fn new(path: &Path) -> Self {
        Spool { buffer: Vec::new(), file: None, path: path.to_path_buf(), count: 0 }
    }

    pub(super) fn push(&mut self, line: u64, text: &[u8], reason: &[u8]) -> Result<(), Error> {
        self.buffer.extend(line.to_le_bytes());
        for part in [text, reason] {
            self.buffer.extend((part.len() as u64).to_le_bytes());
            self.buffer.extend(part);
        }
        self.count += 1;
        if self.buffer.len() < MEMORY {
            return Ok(());
        }
        if self.file.is_none() {
            self.file = Some(unnamed(&self.path).map_err(|error| written(&self.path, "create", error))?);
        }
        if let Some(file) = &mut self.file {
            file.write_all(&self.buffer).map_err(|error| written(&self.path, "write", error))?;
            self.buffer.clear();
        }
        Ok(())
    }

    /// Hands over all rows in order.
    pub(super) fn drain(
        self,
        mut take: impl FnMut(u64, &[u8], &[u8]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let failed = |error| written(&self.path, "read back", error);
        let mut early: Box<dyn Read> = Box::new(io::empty());
        if let Some(mut file) = self.file {
            file.seek(SeekFrom::Start(0)).map_err(failed)?;
            early = Box::new(BufReader::with_capacity(1 << 16, file));
        }
        let mut stream = early.chain(self.buffer.as_slice());
        let (mut text, mut reason) = (Vec::new(), Vec::new());
        for _ in 0..self.count {
            let line = number(&mut stream).map_err(failed)?;
            for part in [&mut text, &mut reason] {
                let length = number(&mut stream).map_err(failed)?;
                part.clear();
                stream.by_ref().take(length).read_to_end(part).map_err(failed)?;
            }
            take(line, &text, &reason)?;
        }
        Ok(())
    }
}

/// A file beside `path` that vanishes with its handle.
fn unnamed(path: &Path) -> io::Result<File> {
    let mut name = path.as_os_str().to_owned();
    name.push(".rejected");
    let temporary = Temporary::beside(Path::new(&name));
    // Dropping the temporary takes the name away; the open file stays.
    OpenOptions::new().read(true).write(true).create_new(true).open(temporary.path())
}

fn number(stream: &mut impl Read) -> io::Result<u64> {
    let mut bytes = [0; 8];
    stream.read_exact(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_in_order_from_memory_and_file() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::new(&folder.path().join("library.h5"));
        let text = vec![b'C'; 1000];
        for line in 0..10_000_u64 {
            spool.push(line, &text[..line as usize % 1000], line.to_string().as_bytes()).unwrap();
        }
        assert!(spool.file.is_some() && spool.buffer.len() < MEMORY);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "the file has no name");
        let mut next = 0;
        spool
            .drain(|line, text, reason| {
                assert_eq!(
                    (line, text.len(), reason),
                    (next, next as usize % 1000, next.to_string().as_bytes())
                );
                next += 1;
                Ok(())
            })
            .unwrap();
        assert_eq!(next, 10_000);
    }
}
