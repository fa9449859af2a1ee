//! What a clustering has found so far, on disk.
//!
//! ```text
//! header   "SOYAKUC\n"  version u32  length u32  run (JSON, `length` bytes)  check [8]
//! record   kind u32  length u32  payload (`length` bytes)  check [8]
//! ```
//! All numbers are little-endian. A check is the beginning of the SHA-256 of all before it in the header or record, in a
//! record also of its number. What comes after the last good record is cut off.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::Error;

const MAGIC: &[u8; 8] = b"SOYAKUC\n";
const VERSION: u32 = 1;
/// A payload, or the description of a run, is never longer.
const MOST: usize = 16 << 20;
const CHECK: usize = 8;
/// Of a file that is somebody else's, which nothing here may overwrite.
const FOREIGN: &str = "is not what a clustering left; remove it, or name another output";

/// A file that grows record by record, held by this process alone.
#[derive(Debug)]
pub(super) struct Work {
    file: File,
    path: PathBuf,
    end: u64,
    count: u64,
    /// The number of the first record that cannot be written.
    #[cfg(test)]
    fails_from: Option<u64>,
}

impl Work {
    /// Opens the file or starts it. `replay` gets the records that are there, until it refuses one: that and all after
    /// it are cut off.
    ///
    /// # Errors
    /// The file cannot be read or written, is at work in another process, or belongs to another run.
    pub fn open(
        path: &Path,
        run: &str,
        restart: bool,
        mut replay: impl FnMut(u32, &[u8]) -> bool,
    ) -> Result<Self, Error> {
        let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        // A folder that is not there is no missing input.
        let file = opened.map_err(|error| failed(path, "create", error))?;
        // File systems without locks are left alone.
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            return Err(conflict(path, "is at work in another process".into()));
        }
        let mut work = Self {
            file,
            path: path.to_owned(),
            end: 0,
            count: 0,
            #[cfg(test)]
            fails_from: None,
        };
        let size = work.file.metadata().map_err(|error| failed(path, "read", error))?.len();
        let mut reader = BufReader::with_capacity(1 << 16, &work.file);
        if restart || size == 0 {
            let magic = bytes(&mut reader, MAGIC.len());
            if magic.is_some_and(|magic| magic != MAGIC) {
                return Err(conflict(path, FOREIGN.into()));
            }
            drop(reader);
            work.begin(run)?;
            return Ok(work);
        }
        let before = header(&mut reader).map_err(|reason| conflict(path, reason.into()))?;
        if before != run {
            let reason = format!("holds work of another run ({before}); give --restart to begin anew");
            return Err(conflict(path, reason));
        }
        work.end = (MAGIC.len() + 8 + before.len() + CHECK) as u64;
        while let Some((kind, payload)) = record(&mut reader, work.count)
            && replay(kind, &payload)
        {
            work.end += (8 + payload.len() + CHECK) as u64;
            work.count += 1;
        }
        drop(reader);
        work.file.set_len(work.end).map_err(|error| failed(path, "truncate", error))?;
        Ok(work)
    }

    fn begin(&mut self, run: &str) -> Result<(), Error> {
        let mut header = MAGIC.to_vec();
        header.extend(VERSION.to_le_bytes());
        header.extend((run.len() as u32).to_le_bytes());
        header.extend(run.as_bytes());
        header.extend(check(&[&header]));
        self.file.set_len(0).map_err(|error| failed(&self.path, "truncate", error))?;
        self.write(&header)
    }

    /// Adds a record and makes it durable. The payload has at most 16 MiB.
    ///
    /// # Errors
    /// The file cannot be written; then it is as it was.
    pub fn append(&mut self, kind: u32, payload: &[u8]) -> Result<(), Error> {
        #[cfg(test)]
        if self.fails_from.is_some_and(|number| number <= self.count) {
            return Err(failed(&self.path, "write", std::io::ErrorKind::StorageFull.into()));
        }
        let mut record = Vec::with_capacity(8 + payload.len() + CHECK);
        record.extend(kind.to_le_bytes());
        record.extend((payload.len() as u32).to_le_bytes());
        record.extend(payload);
        record.extend(check(&[&self.count.to_le_bytes(), &record]));
        self.write(&record)?;
        self.count += 1;
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let seek = self.file.seek(SeekFrom::Start(self.end)).map(drop);
        let written = seek.and_then(|()| self.file.write_all(bytes)).and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            // Half a record would be cut off when it is opened again; the room may be needed now.
            let _ = self.file.set_len(self.end);
            return Err(failed(&self.path, "write", error));
        }
        self.end += bytes.len() as u64;
        Ok(())
    }

    /// Lets records from this number on fail, as on a full disk.
    #[cfg(test)]
    pub fn fail_from(&mut self, number: Option<u64>) {
        self.fails_from = number;
    }

    /// Removes the file: what it holds is in the output.
    ///
    /// # Errors
    /// The file cannot be removed.
    pub fn remove(self) -> Result<(), Error> {
        std::fs::remove_file(&self.path).map_err(|error| failed(&self.path, "remove", error))
    }
}

fn check(parts: &[&[u8]]) -> [u8; CHECK] {
    let mut hasher = Sha256::new();
    parts.iter().for_each(|part| hasher.update(part));
    let digest = hasher.finalize();
    std::array::from_fn(|byte| digest[byte])
}

fn failed(path: &Path, action: &'static str, source: std::io::Error) -> Error {
    // To open is what one does with inputs, which may be missing.
    soyaku_store::Error::Io { path: path.to_owned(), action, source }.into()
}

fn conflict(path: &Path, reason: String) -> Error {
    soyaku_store::Error::Conflict { path: path.to_owned(), reason }.into()
}

fn word(reader: &mut impl Read) -> Option<u32> {
    let mut bytes = [0; 4];
    reader.read_exact(&mut bytes).ok()?;
    Some(u32::from_le_bytes(bytes))
}

fn bytes(reader: &mut impl Read, length: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes).ok()?;
    Some(bytes)
}

fn header(reader: &mut impl Read) -> Result<String, &'static str> {
    const DAMAGED: &str = "is damaged; give --restart to begin anew";
    let magic = bytes(reader, MAGIC.len()).ok_or(DAMAGED)?;
    if magic != MAGIC {
        return Err(FOREIGN);
    }
    let version = word(reader).ok_or(DAMAGED)?;
    if version != VERSION {
        return Err("was left by another version of this program; give --restart to begin anew");
    }
    let length = word(reader).filter(|&length| length as usize <= MOST).ok_or(DAMAGED)?;
    let run = bytes(reader, length as usize).ok_or(DAMAGED)?;
    let expected = check(&[&magic, &version.to_le_bytes(), &length.to_le_bytes(), &run]);
    if bytes(reader, CHECK).ok_or(DAMAGED)? != expected {
        return Err(DAMAGED);
    }
    String::from_utf8(run).map_err(|_| DAMAGED)
}

fn record(reader: &mut impl Read, number: u64) -> Option<(u32, Vec<u8>)> {
    let (kind, length) = (word(reader)?, word(reader)?);
    if length as usize > MOST {
        return None;
    }
    let payload = bytes(reader, length as usize)?;
    let expected = check(&[&number.to_le_bytes(), &kind.to_le_bytes(), &length.to_le_bytes(), &payload]);
    (bytes(reader, CHECK)? == expected).then_some((kind, payload))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(path: &Path) -> Vec<(u32, Vec<u8>)> {
        let mut found = Vec::new();
        let keep = |kind, payload: &[u8]| {
            found.push((kind, payload.to_vec()));
            true
        };
        Work::open(path, "{}", false, keep).unwrap();
        found
    }

    fn written(path: &Path) -> Vec<u8> {
        let mut work = Work::open(path, "{}", true, |_, _| true).unwrap();
        for kind in 1..4 {
            work.append(kind, &vec![kind as u8; 10 * kind as usize]).unwrap();
        }
        std::fs::read(path).unwrap()
    }

    #[test]
    fn every_truncation_and_every_flipped_bit_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("work");
        let whole = written(&path);
        let start = MAGIC.len() + 8 + 2 + CHECK;
        let ends = [start, start + 26, start + 26 + 36, start + 26 + 36 + 46];
        assert_eq!(whole.len(), ends[3]);
        let good = |at: usize| ends.iter().filter(|&&end| end <= at).count().saturating_sub(1);
        for at in 0..whole.len() {
            std::fs::write(&path, &whole[..at]).unwrap();
            match at {
                // An empty file is begun anew.
                0 => assert_eq!(records(&path), []),
                _ if at < start => assert!(Work::open(&path, "{}", false, |_, _| true).is_err()),
                _ => {
                    assert_eq!(records(&path).len(), good(at), "{at}");
                    assert_eq!(std::fs::metadata(&path).unwrap().len() as usize, ends[good(at)]);
                }
            }
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << (at % 8);
            std::fs::write(&path, &flipped).unwrap();
            match at < start {
                true => assert!(Work::open(&path, "{}", false, |_, _| true).is_err(), "{at}"),
                false => assert_eq!(records(&path).len(), good(at), "{at}"),
            }
        }
    }

    #[test]
    fn work_of_others_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("work");
        written(&path);
        let open = |run, restart| Work::open(&path, run, restart, |_, _| true);
        let error = open("{\"other\":1}", false).unwrap_err().to_string();
        assert!(error.contains("another run ({})") && error.contains("--restart"), "{error}");
        let held = open("{\"other\":1}", true).unwrap();
        let error = open("{\"other\":1}", true).unwrap_err().to_string();
        assert!(error.contains("another process"), "{error}");
        held.remove().unwrap();
        assert!(!path.exists());

        std::fs::write(&path, "something that someone needs").unwrap();
        for restart in [false, true] {
            let error = open("{}", restart).unwrap_err().to_string();
            assert!(error.contains("is not what a clustering left"), "{error}");
        }
        assert_eq!(std::fs::read(&path).unwrap(), b"something that someone needs");
    }
}
