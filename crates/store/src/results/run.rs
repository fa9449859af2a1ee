//! A folder in which a run builds its results, part by part, so that it can stop at any moment and go on later.
//!
//! ```text
//! <folder>/journal              which parts are finished; see `journal.rs`
//! <folder>/parts/part-000000.h5 results of some consecutive rows
//! <folder>/results.h5           all of them; appears at the end, when journal and parts go
//! ```

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::journal::{Journal, Record};
use super::layout::ResultsLayout;
use super::reader::ResultsReader;
use super::rows::ResultRows;
use super::writer::ResultsWriter;
use super::{PART_SCHEMA, SCHEMA};
use crate::durable::{is_temporary, sync_folder, write_file, written};
use crate::input::hexadecimal;
use crate::{Error, digest_file};

/// A finished part of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartInfo {
    /// Number of the part, from 0.
    pub index: usize,
    /// First row in it.
    pub first_row: u64,
    /// Number of rows in it.
    pub rows: u64,
    /// SHA-256 of the file.
    pub sha256: String,
}

/// What was found on opening a run that had been interrupted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Parts that are complete and were verified by digest.
    pub parts_kept: usize,
    /// Parts in the journal whose file is missing or differs, and those after them; they are computed again.
    pub parts_discarded: usize,
    /// Bytes at the end of the journal that belong to no complete record.
    pub torn_bytes: u64,
}

/// The folder of a run. One process at a time may hold it.
#[derive(Debug)]
pub struct RunDirectory {
    folder: PathBuf,
    layout: ResultsLayout,
    run_digest: String,
    /// `None` once the results are finished.
    journal: Option<Journal>,
    parts: Vec<Record>,
    recovery: Recovery,
    _lock: Lock,
}

impl RunDirectory {
    /// Opens the folder of a run, creating it when missing. `run_digest` identifies configuration and inputs: a
    /// run goes on only where it is the same. With `restart`, whatever results are there are removed first.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the folder holds another run or another process works in it;
    /// [`Error::Malformed`] for a damaged journal; [`Error::Io`].
    pub fn open_or_create(
        folder: &Path,
        layout: &ResultsLayout,
        run_digest: &str,
        restart: bool,
    ) -> Result<Self, Error> {
        layout.check()?;
        fs::create_dir_all(folder.join("parts")).map_err(|error| written(folder, "create", error))?;
        let mut run = RunDirectory {
            folder: folder.to_path_buf(),
            layout: layout.clone(),
            run_digest: run_digest.to_owned(),
            journal: None,
            parts: Vec::new(),
            recovery: Recovery::default(),
            _lock: lock(folder)?,
        };
        if restart {
            remove(&run.results_path())?;
            remove(&run.journal_path())?;
        } else if run.finished_before()? {
            run.clean()?;
            return Ok(run);
        }
        if run.journal_path().exists() {
            run.resume()?;
        } else {
            run.remove_parts(0)?;
            run.journal = Some(Journal::create(&run.journal_path(), &run.description())?);
        }
        Ok(run)
    }

    /// Whether `results.h5` of this very run is there already.
    fn finished_before(&self) -> Result<bool, Error> {
        let path = self.results_path();
        if !path.exists() {
            return Ok(false);
        }
        if ResultsReader::open(&path)?.run_digest() == self.run_digest {
            return Ok(true);
        }
        let reason = "holds results of another configuration or input; choose another folder, or `--restart`";
        Err(Error::conflict(&path, reason))
    }

    fn resume(&mut self) -> Result<(), Error> {
        let (mut journal, run, records, torn) = Journal::open(&self.journal_path())?;
        if run != self.description() {
            let reason =
                "belongs to a run of another configuration or input; choose another folder, or `--restart`";
            return Err(Error::conflict(&self.journal_path(), reason));
        }
        let mut good = 0;
        while let Some(record) = records.get(good) {
            if !self.verify(good, record)? {
                break;
            }
            good += 1;
        }
        journal.keep(good as u64)?;
        self.recovery =
            Recovery { parts_kept: good, parts_discarded: records.len() - good, torn_bytes: torn };
        self.parts = records;
        self.parts.truncate(good);
        self.remove_parts(good)?;
        self.journal = Some(journal);
        Ok(())
    }

    fn verify(&self, index: usize, record: &Record) -> Result<bool, Error> {
        match digest_file(&self.part_path(index)) {
            Ok(digest) => Ok(digest.bytes == record.bytes && digest.sha256 == hexadecimal(&record.sha256)),
            Err(Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// What the journal must say for a run to go on.
    fn description(&self) -> String {
        serde_json::json!({ "run": self.run_digest, "layout": self.layout }).to_string()
    }

    /// Whether `results.h5` is there and complete.
    pub fn is_finished(&self) -> bool {
        self.journal.is_none()
    }

    /// Rows in finished parts: the run goes on with input row number `completed_rows()`.
    pub fn completed_rows(&self) -> u64 {
        self.parts.last().map_or(0, |part| part.first_row + part.rows)
    }

    /// The finished parts in order, for reading their rows back with [`read_part`](Self::read_part).
    pub fn completed_parts(&self) -> impl ExactSizeIterator<Item = PartInfo> {
        self.parts.iter().enumerate().map(|(index, part)| PartInfo {
            index,
            first_row: part.first_row,
            rows: part.rows,
            sha256: hexadecimal(&part.sha256),
        })
    }

    /// What was found on opening.
    pub fn recovery(&self) -> &Recovery {
        &self.recovery
    }

    /// Replaces the content of `rows` by those of part `index`.
    ///
    /// # Errors
    /// [`Error::Misuse`] for a part that is not finished, [`Error::Malformed`] for a damaged one, [`Error::Io`].
    pub fn read_part(&self, index: usize, rows: &mut ResultRows) -> Result<(), Error> {
        let Some(part) = self.parts.get(index) else {
            return Err(Error::Misuse(format!("part {index} of {}", self.parts.len())));
        };
        let path = self.part_path(index);
        let reader = ResultsReader::open_as(&path, PART_SCHEMA)?;
        if reader.len() != part.rows || reader.layout() != &self.layout {
            return Err(Error::malformed(&path, "is not the part that the journal describes"));
        }
        reader.read_rows(0..part.rows, rows)
    }

    /// Makes the next rows durable: they follow those of the parts before. Returns when they are safe on disk.
    /// The number of rows may differ from part to part; the merged file does not show it.
    ///
    /// # Errors
    /// [`Error::Io`] (disk full), leaving the run as it was before; [`Error::Misuse`] for rows of another layout
    /// or a finished run.
    pub fn write_part(&mut self, rows: &ResultRows) -> Result<(), Error> {
        if rows.is_empty() {
            return Ok(());
        }
        let (index, first_row) = (self.parts.len(), self.completed_rows());
        let path = self.part_path(index);
        let Some(journal) = &mut self.journal else {
            return Err(Error::Misuse(format!("{} is already finished", self.folder.display())));
        };
        let mut writer = ResultsWriter::in_memory(&path, &self.layout, rows.len())?;
        writer.append(rows)?;
        let image = writer.into_image(PART_SCHEMA, &self.run_digest)?;
        let record = Record {
            first_row,
            rows: rows.len() as u64,
            bytes: image.len() as u64,
            sha256: Sha256::digest(&image).into(),
        };
        write_file(&path, &image)?;
        journal.append(&record)?;
        self.parts.push(record);
        Ok(())
    }

    /// Merges the parts into `results.h5`, then removes them and the journal. Returns the path. Does nothing more
    /// when the run is finished already.
    ///
    /// # Errors
    /// [`Error::Io`] (disk full), leaving parts and journal in place; [`Error::Malformed`] for a damaged part.
    pub fn finish(&mut self, provenance: &serde_json::Value) -> Result<PathBuf, Error> {
        let path = self.results_path();
        if self.is_finished() {
            return Ok(path);
        }
        let mut writer = ResultsWriter::create(&path, &self.layout)?;
        let mut rows = ResultRows::new(&self.layout);
        for index in 0..self.parts.len() {
            self.read_part(index, &mut rows)?;
            writer.append(&rows)?;
        }
        writer.finish(&self.run_digest, provenance)?;
        self.journal = None;
        self.clean()?;
        Ok(path)
    }

    /// Removes what is of no use beside finished results.
    fn clean(&mut self) -> Result<(), Error> {
        remove(&self.journal_path())?;
        self.remove_parts(0)?;
        self.parts.clear();
        fs::remove_dir(self.folder.join("parts"))
            .or_else(ignore_others)
            .map_err(|error| written(&self.folder.join("parts"), "remove", error))?;
        sync_folder(&self.journal_path())
    }

    /// Removes parts from number `first` on, and temporaries of processes that died.
    fn remove_parts(&self, first: usize) -> Result<(), Error> {
        for folder in [self.folder.join("parts"), self.folder.clone()] {
            let entries = fs::read_dir(&folder).map_err(|error| written(&folder, "list", error))?;
            for entry in entries {
                let path = entry.map_err(|error| written(&folder, "list", error))?.path();
                let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                let number = name.strip_prefix("part-").and_then(|name| name.strip_suffix(".h5"));
                let stale = number.and_then(|number| number.parse().ok()).is_some_and(|n: usize| n >= first);
                let ours = ["part-", "journal.", SCHEMA].iter().any(|start| name.starts_with(start));
                if stale || (ours && is_temporary(name)) {
                    remove(&path)?;
                }
            }
        }
        Ok(())
    }

    /// Path of the merged file.
    pub fn results_path(&self) -> PathBuf {
        self.folder.join("results.h5")
    }

    fn journal_path(&self) -> PathBuf {
        self.folder.join("journal")
    }

    fn part_path(&self, index: usize) -> PathBuf {
        self.folder.join(format!("parts/part-{index:06}.h5"))
    }
}

/// Keeps other processes out for as long as it lives.
#[derive(Debug)]
pub(crate) struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing is not enough: a process that is just being started holds a copy of the handle for a moment.
        let _ = self.0.unlock();
    }
}

/// Locks a folder. File systems without locks let everyone in.
pub(crate) fn lock(folder: &Path) -> Result<Lock, Error> {
    let handle = File::open(folder).map_err(|error| written(folder, "open", error))?;
    match handle.try_lock() {
        Err(TryLockError::WouldBlock) => {
            Err(Error::conflict(folder, "another process is working in this folder"))
        }
        Ok(()) | Err(TryLockError::Error(_)) => Ok(Lock(handle)),
    }
}

pub(crate) fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(written(path, "remove", error)),
        _ => Ok(()),
    }
}

/// A folder that someone put more into is left alone.
pub(crate) fn ignore_others(error: io::Error) -> io::Result<()> {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::DirectoryNotEmpty => Ok(()),
        _ => Err(error),
    }
}
