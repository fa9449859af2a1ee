//! A folder beside an output in which a run keeps what is done, part by part, until the output is complete.
//!
//! ```text
//! <output>.parts/journal        which parts are finished; see `results/journal.rs`
//! <output>.parts/part-000000    what was found for some consecutive rows
//! ```

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::durable::{is_temporary, sync_folder, written};
use crate::input::hexadecimal;
use crate::results::journal::{Journal, Record};
use crate::results::run::{Lock, ignore_others, lock, remove};
use crate::{AtomicFile, Error, digest_file};

/// Parts of an output that is being made. What they hold is up to the caller. One process at a time may work on them.
///
/// ```
/// # let folder = std::env::temp_dir().join(format!("soyaku-parts-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder).unwrap();
/// use soyaku_store::PartFolder;
///
/// let output = folder.join("graph.h5");
/// let mut parts = PartFolder::open_or_create(&output, "what is made of what", false)?;
/// parts.write(3, |out| out.write_all(b"of rows 0 to 2"))?;
/// drop(parts);
/// let parts = PartFolder::open_or_create(&output, "what is made of what", false)?;
/// assert_eq!((parts.completed_rows(), parts.len()), (3, 1));
/// assert_eq!(std::fs::read(parts.path(0)).unwrap(), b"of rows 0 to 2");
/// parts.remove()?;
/// # std::fs::remove_dir_all(&folder).unwrap();
/// # Ok::<(), soyaku_store::Error>(())
/// ```
#[derive(Debug)]
pub struct PartFolder {
    folder: PathBuf,
    journal: Journal,
    parts: Vec<Record>,
    _lock: Lock,
}

impl PartFolder {
    /// Opens the folder beside `output`, or creates it. `run` says what is made of what: a run goes on only where it is
    /// the same. With `restart`, whatever parts are there are removed first. Parts that are missing or have changed
    /// since are left out, with those after them.
    ///
    /// # Errors
    /// [`Error::Conflict`] for parts of another run, or when another process works on them; [`Error::Malformed`] for a
    /// damaged journal; [`Error::Io`].
    pub fn open_or_create(output: &Path, run: &str, restart: bool) -> Result<Self, Error> {
        let folder = Self::beside(output);
        match fs::create_dir(&folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(written(&folder, "create", error));
            }
            _ => {}
        }
        let lock = lock(&folder)?;
        remove_halves(output)?;
        let path = folder.join("journal");
        if restart {
            remove(&path)?;
        }
        let (mut journal, parts) = if path.exists() {
            let (journal, found, records, _) = Journal::open(&path)?;
            if found != run {
                let reason =
                    "belongs to another configuration or library; choose another output, or `--restart`";
                return Err(Error::conflict(&folder, reason));
            }
            (journal, records)
        } else {
            (Journal::create(&path, run)?, Vec::new())
        };
        let mut good = 0;
        while let Some(record) = parts.get(good) {
            if !is_intact(&part_path(&folder, good), record)? {
                break;
            }
            good += 1;
        }
        journal.keep(good as u64)?;
        let mut parts = Self { folder, journal, parts, _lock: lock };
        parts.parts.truncate(good);
        parts.remove_from(good)?;
        Ok(parts)
    }

    /// The folder for an output.
    pub fn beside(output: &Path) -> PathBuf {
        let mut name: OsString = output.as_os_str().to_owned();
        name.push(".parts");
        PathBuf::from(name)
    }

    /// Number of finished parts.
    pub fn len(&self) -> usize {
        self.parts.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Rows in finished parts: the run goes on with this one.
    pub fn completed_rows(&self) -> u64 {
        self.parts.last().map_or(0, |part| part.first_row + part.rows)
    }

    /// Bytes of all finished parts.
    pub fn bytes(&self) -> u64 {
        self.parts.iter().map(|part| part.bytes).sum()
    }

    /// Rows of a finished part.
    ///
    /// # Panics
    /// When there is no such part.
    pub fn rows(&self, part: usize) -> u64 {
        self.parts[part].rows
    }

    /// Where a finished part is.
    pub fn path(&self, part: usize) -> PathBuf {
        part_path(&self.folder, part)
    }

    /// Makes the next `rows` rows durable, as `fill` writes them. Returns when they are safe on disk.
    ///
    /// # Errors
    /// [`Error::Io`] (disk full), leaving what was there before.
    pub fn write(
        &mut self,
        rows: u64,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Error> {
        if rows == 0 {
            return Ok(());
        }
        let mut file = AtomicFile::create(&self.path(self.parts.len()))?;
        let mut out = Hashing { inner: &mut file, hash: Sha256::new(), bytes: 0 };
        let filled = fill(&mut out);
        let Hashing { hash, bytes, .. } = out;
        filled.map_err(|error| file.error("write", error))?;
        file.commit()?;
        let record = Record { first_row: self.completed_rows(), rows, bytes, sha256: hash.finalize().into() };
        self.journal.append(&record)?;
        self.parts.push(record);
        Ok(())
    }

    /// Removes all parts, the journal and the folder: the output is complete.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn remove(self) -> Result<(), Error> {
        remove(&self.folder.join("journal"))?;
        self.remove_from(0)?;
        // A folder that someone put more into is left alone.
        fs::remove_dir(&self.folder)
            .or_else(ignore_others)
            .map_err(|error| written(&self.folder, "remove", error))?;
        sync_folder(&self.folder)
    }

    /// Removes parts from number `first` on, and temporaries of processes that died.
    fn remove_from(&self, first: usize) -> Result<(), Error> {
        let entries = fs::read_dir(&self.folder).map_err(|error| written(&self.folder, "list", error))?;
        for entry in entries {
            let path = entry.map_err(|error| written(&self.folder, "list", error))?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let number = name.strip_prefix("part-").and_then(|number| number.parse::<usize>().ok());
            let ours = name.starts_with("part-") || name.starts_with("journal.");
            if number.is_some_and(|number| number >= first) || ours && is_temporary(name) {
                remove(&path)?;
            }
        }
        Ok(())
    }
}

/// Removes what processes that died had written of the output itself: whoever has the lock is the only one at work.
fn remove_halves(output: &Path) -> Result<(), Error> {
    let parent = output.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Some(target) = output.file_name().and_then(|name| name.to_str()) else { return Ok(()) };
    let entries = fs::read_dir(parent).map_err(|error| written(parent, "list", error))?;
    for entry in entries {
        let path = entry.map_err(|error| written(parent, "list", error))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if is_temporary(name) && name.rsplit_once(".tmp.").is_some_and(|(stem, _)| stem == target) {
            remove(&path)?;
        }
    }
    Ok(())
}

fn part_path(folder: &Path, part: usize) -> PathBuf {
    folder.join(format!("part-{part:06}"))
}

fn is_intact(path: &Path, record: &Record) -> Result<bool, Error> {
    match digest_file(path) {
        Ok(digest) => Ok(digest.bytes == record.bytes && digest.sha256 == hexadecimal(&record.sha256)),
        Err(Error::NotFound { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// What is written, with its digest.
struct Hashing<'a> {
    inner: &'a mut AtomicFile,
    hash: Sha256,
    bytes: u64,
}

impl Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.hash.update(&bytes[..count]);
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(parts: &mut PartFolder, text: &str) {
        parts.write(text.len() as u64, |out| out.write_all(text.as_bytes())).unwrap();
    }

    #[test]
    fn goes_on_after_the_last_good_part() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("graph.h5");
        let mut parts = PartFolder::open_or_create(&output, "run", false).unwrap();
        ["ab", "cde", "f"].iter().for_each(|text| write(&mut parts, text));
        assert_eq!((parts.completed_rows(), parts.len(), parts.bytes(), parts.rows(1)), (6, 3, 6, 3));
        let error = PartFolder::open_or_create(&output, "run", false).unwrap_err();
        assert!(error.to_string().contains("another process"), "{error}");
        drop(parts);

        let error = PartFolder::open_or_create(&output, "another run", false).unwrap_err();
        assert_eq!(error.category(), crate::Category::Conflict);
        fs::write(PartFolder::beside(&output).join("part-000001"), "xyz").unwrap();
        fs::write(PartFolder::beside(&output).join("part-000003.tmp.77"), "half").unwrap();
        let mut parts = PartFolder::open_or_create(&output, "run", false).unwrap();
        assert_eq!((parts.completed_rows(), parts.len()), (2, 1));
        assert_eq!(fs::read_dir(PartFolder::beside(&output)).unwrap().count(), 2);
        write(&mut parts, "again");
        assert_eq!(fs::read(parts.path(1)).unwrap(), b"again");
        parts.remove().unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn halves_of_the_output_are_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let names = ["graph.h5.tmp.77", "graph.h5.tmp.7x", "other.h5.tmp.77", "graph.h5"];
        names.iter().for_each(|name| fs::write(folder.path().join(name), "half").unwrap());
        PartFolder::open_or_create(&folder.path().join("graph.h5"), "run", false).unwrap();
        let left: Vec<&str> = names.into_iter().filter(|name| folder.path().join(name).exists()).collect();
        assert_eq!(left, names[1..]);
    }

    #[test]
    fn another_run_may_be_told_to_begin() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("graph.h5");
        write(&mut PartFolder::open_or_create(&output, "one", false).unwrap(), "ab");
        let parts = PartFolder::open_or_create(&output, "two", true).unwrap();
        assert!(parts.is_empty() && parts.completed_rows() == 0);
    }

    #[test]
    fn a_failed_part_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("graph.h5");
        let mut parts = PartFolder::open_or_create(&output, "run", false).unwrap();
        let error = parts.write(1, |_| Err(io::Error::other("no room"))).unwrap_err();
        assert!(error.to_string().contains("part-000000: no room"), "{error}");
        assert_eq!(fs::read_dir(PartFolder::beside(&output)).unwrap().count(), 1);
        write(&mut parts, "a");
        assert_eq!(parts.len(), 1);
    }
}
