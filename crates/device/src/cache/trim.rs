//! Keeping the folder below its size, and free of what dead writers left.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::entry::is_temporary;
use super::key::{is_entry, is_note};

/// A file that has been written to for so long has no writer any more.
const ABANDONED: Duration = Duration::from_secs(3600);

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// Number of files.
    pub files: u64,
    /// Their size in bytes.
    pub bytes: u64,
}

/// A file of the cache.
pub(super) struct Kept {
    path: PathBuf,
    pub(super) bytes: u64,
    used: SystemTime,
}

/// All entries, in no particular order.
pub(super) fn entries(folder: &Path) -> Vec<Kept> {
    files(folder, is_entry)
}

fn files(folder: &Path, wanted: fn(&str) -> bool) -> Vec<Kept> {
    let Ok(listing) = folder.read_dir() else { return Vec::new() };
    listing
        .filter_map(Result::ok)
        .filter(|file| file.file_name().to_str().is_some_and(wanted))
        // gone in between: another process removed it
        .filter_map(|file| {
            let metadata = file.metadata().ok().filter(fs::Metadata::is_file)?;
            let used = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            Some(Kept { path: file.path(), bytes: metadata.len(), used })
        })
        .collect()
}

/// Removes those entries that were not used for the longest time until the rest fits, never `newest`, which was
/// just written. Other processes may do the same at the same time.
pub(super) fn trim(folder: &Path, limit: u64, newest: &Path) {
    let now = SystemTime::now();
    for file in files(folder, is_temporary) {
        if now.duration_since(file.used).is_ok_and(|age| age > ABANDONED) {
            let _ = fs::remove_file(&file.path);
        }
    }
    let mut entries = files(folder, |name| is_entry(name) || is_note(name));
    let mut total: u64 = entries.iter().map(|entry| entry.bytes).sum();
    // the path decides where times are equal, so that processes agree
    entries.sort_by(|a, b| (a.used, &a.path).cmp(&(b.used, &b.path)));
    for entry in entries.iter().filter(|entry| entry.path != newest) {
        if total <= limit {
            break;
        }
        // one that is gone was removed by another process, and counts as removed
        if !matches!(fs::remove_file(&entry.path), Err(error) if error.kind() != io::ErrorKind::NotFound) {
            total -= entry.bytes;
        }
    }
}

/// Removes all entries, notes and temporary files.
pub(super) fn clear(folder: &Path) -> io::Result<Removed> {
    let mut removed = Removed::default();
    let mut failure = None;
    for file in files(folder, |name| is_entry(name) || is_note(name) || is_temporary(name)) {
        match fs::remove_file(&file.path) {
            Ok(()) => {
                removed.files += 1;
                removed.bytes += file.bytes;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                let told = io::Error::new(error.kind(), format!("{}: {error}", file.path.display()));
                failure.get_or_insert(told);
            }
        }
    }
    failure.map_or(Ok(removed), Err)
}
