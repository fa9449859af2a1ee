//! The append-only list of finished parts.
//!
//! ```text
//! header   "SOYAKUJ\n"  version u32  length u32  run (JSON, `length` bytes)  crc32 of all before
//! record   first row u64  rows u64  bytes of the part u64  sha256 of the part [32]  crc32 of number and record
//! ```
//! All numbers are little-endian. The header is written in one piece before any record. A record counts only if it
//! is complete, its checksum fits, and it continues where the one before ended; everything after it is cut off.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::Error;
use crate::durable::{write_file, written};

const MAGIC: &[u8; 8] = b"SOYAKUJ\n";
const VERSION: u32 = 1;
const RECORD: usize = 8 + 8 + 8 + 32 + 4;
const MAX_RUN: usize = 16 << 20;

/// A finished part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) first_row: u64,
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
    pub(crate) sha256: [u8; 32],
}

/// An open journal, positioned behind its last good record.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    path: PathBuf,
    end: u64,
    count: u64,
}

impl Journal {
    /// Starts a journal for the run described by `run`.
    pub(crate) fn create(path: &Path, run: &str) -> Result<Self, Error> {
        let mut header = MAGIC.to_vec();
        header.extend(VERSION.to_le_bytes());
        header.extend((run.len() as u32).to_le_bytes());
        header.extend(run.as_bytes());
        header.extend(crc32fast::hash(&header).to_le_bytes());
        write_file(path, &header)?;
        let file = OpenOptions::new().read(true).write(true).open(path);
        let file = file.map_err(|error| written(path, "open", error))?;
        Ok(Journal { file, path: path.to_path_buf(), end: header.len() as u64, count: 0 })
    }

    /// Opens a journal; returns it with its run, its good records, and the number of bytes behind them. These are
    /// not cut off before [`keep`](Self::keep).
    pub(crate) fn open(path: &Path) -> Result<(Self, String, Vec<Record>, u64), Error> {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(path)
            .map_err(|error| Error::io(path, "open", error))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|error| Error::io(path, "read", error))?;
        let (run, start) = parse_header(&bytes).map_err(|reason| Error::malformed(path, reason))?;
        let (mut records, mut next) = (Vec::new(), 0);
        for raw in bytes[start..].chunks_exact(RECORD) {
            match parse_record(raw, records.len() as u64) {
                Some(record) if record.first_row == next && record.rows > 0 => {
                    next += record.rows;
                    records.push(record);
                }
                _ => break,
            }
        }
        let end = (start + records.len() * RECORD) as u64;
        let torn = bytes.len() as u64 - end;
        let count = records.len() as u64;
        Ok((Journal { file, path: path.to_path_buf(), end, count }, run, records, torn))
    }

    /// Cuts everything behind the first `count` records.
    pub(crate) fn keep(&mut self, count: u64) -> Result<(), Error> {
        self.end -= (self.count - count) * RECORD as u64;
        self.count = count;
        self.file.set_len(self.end).map_err(|error| written(&self.path, "truncate", error))?;
        self.file.sync_all().map_err(|error| written(&self.path, "sync", error))
    }

    /// Appends a record and makes it durable.
    pub(crate) fn append(&mut self, record: &Record) -> Result<(), Error> {
        let mut bytes = Vec::with_capacity(RECORD);
        bytes.extend(record.first_row.to_le_bytes());
        bytes.extend(record.rows.to_le_bytes());
        bytes.extend(record.bytes.to_le_bytes());
        bytes.extend(record.sha256);
        bytes.extend(checksum(&bytes, self.count).to_le_bytes());
        let seek = self.file.seek(SeekFrom::Start(self.end)).map(drop);
        let result = seek.and_then(|()| self.file.write_all(&bytes)).and_then(|()| self.file.sync_data());
        if let Err(error) = result {
            // Half a record would be cut off on reopening; cutting it now lets the caller try again.
            let _ = self.file.set_len(self.end);
            return Err(written(&self.path, "append to", error));
        }
        self.end += RECORD as u64;
        self.count += 1;
        Ok(())
    }
}

fn checksum(record: &[u8], number: u64) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&number.to_le_bytes());
    hasher.update(record);
    hasher.finalize()
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}

fn long(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes)
}

fn parse_header(bytes: &[u8]) -> Result<(String, usize), String> {
    let damaged = || "is a damaged journal; start again with `--restart`".to_owned();
    if !bytes.starts_with(MAGIC) {
        return Err("is not a journal; start again with `--restart`".into());
    }
    let version = word(bytes, 8).ok_or_else(damaged)?;
    if version > VERSION {
        return Err(format!("is a journal of version {version}; this program reads up to {VERSION}"));
    }
    let length = word(bytes, 12).ok_or_else(damaged)? as usize;
    if length > MAX_RUN || version == 0 {
        return Err(damaged());
    }
    let run = bytes.get(16..16 + length).ok_or_else(damaged)?;
    if word(bytes, 16 + length) != Some(crc32fast::hash(&bytes[..16 + length])) {
        return Err(damaged());
    }
    let run = std::str::from_utf8(run).map_err(|_| damaged())?;
    Ok((run.to_owned(), 20 + length))
}

fn parse_record(raw: &[u8], number: u64) -> Option<Record> {
    if word(raw, 56)? != checksum(&raw[..56], number) {
        return None;
    }
    let record = Record {
        first_row: long(raw, 0)?,
        rows: long(raw, 8)?,
        bytes: long(raw, 16)?,
        sha256: raw[24..56].try_into().ok()?,
    };
    record.first_row.checked_add(record.rows)?;
    Some(record)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(first_row: u64) -> Record {
        Record { first_row, rows: 10, bytes: 99, sha256: [first_row as u8; 32] }
    }

    fn journal(path: &Path, records: u64) -> Vec<u8> {
        let mut journal = Journal::create(path, "{\"run\":\"abc\"}").unwrap();
        (0..records).for_each(|i| journal.append(&record(10 * i)).unwrap());
        std::fs::read(path).unwrap()
    }

    #[test]
    fn every_truncation_keeps_the_complete_records() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let whole = journal(&path, 3);
        let start = whole.len() - 3 * RECORD;
        for size in 0..whole.len() {
            std::fs::write(&path, &whole[..size]).unwrap();
            match Journal::open(&path) {
                Err(error) => {
                    assert!(size < start && error.category() == crate::Category::Malformed, "{error}")
                }
                Ok((mut journal, run, records, torn)) => {
                    assert_eq!(run, "{\"run\":\"abc\"}");
                    assert_eq!(records.len(), (size - start) / RECORD);
                    assert_eq!(torn as usize, (size - start) % RECORD);
                    let count = records.len() as u64;
                    journal.keep(count).unwrap();
                    journal.append(&record(10 * count)).unwrap();
                    assert_eq!(Journal::open(&path).unwrap().2.len() as u64, count + 1);
                }
            }
        }
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let whole = journal(&path, 3);
        let start = whole.len() - 3 * RECORD;
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            std::fs::write(&path, &bytes).unwrap();
            match Journal::open(&path) {
                Err(_) => assert!(at < start),
                Ok((_, _, records, _)) => assert_eq!(records.len(), (at - start) / RECORD, "byte {at}"),
            }
        }
    }

    #[test]
    fn records_must_follow_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let whole = journal(&path, 3);
        let start = whole.len() - 3 * RECORD;
        // The second record twice, and the third in place of the second.
        let (second, third) = (&whole[start + RECORD..start + 2 * RECORD], &whole[start + 2 * RECORD..]);
        for tail in [[second, second], [third, second]] {
            std::fs::write(&path, [&whole[..start + RECORD], &tail.concat()].concat()).unwrap();
            let kept = Journal::open(&path).unwrap().2.len();
            assert_eq!(kept, if tail[0] == second { 2 } else { 1 });
        }
    }
}
