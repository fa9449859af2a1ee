//! Compiled kernels, kept on disk so that a kernel is compiled once for each kind of device and not at every start.
//!
//! One file for each key ([`Key`]: source, headers, options, architecture, compiler), written under a temporary name
//! and renamed, verified by SHA-256 when read. Any number of processes may use a folder at once, on one node or over
//! a shared file system. Nothing that happens to the folder is an error: without it, or with a damaged entry, the
//! kernel is compiled again, and a note says why.
//!
//! - Folder: `kernels/` below `$SOYAKU_CACHE_DIR`, else `$XDG_CACHE_HOME/soyaku`, else `~/.cache/soyaku`, else a
//!   folder of this user's own below `$TMPDIR`.
//! - Size: `$SOYAKU_CACHE_SIZE` (such as `1GiB`; `0`: no cache), else 256 MiB; beyond it the entries that were not
//!   used for the longest time are removed.

mod entry;
mod folder;
mod key;
mod trim;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

pub use key::Key;
pub use trim::Removed;

use crate::nvrtc::{Error, Library};
use crate::{MemorySize, Source};
use entry::Lookup;

/// Size of the cache when nobody says.
const DEFAULT_LIMIT: u64 = 256 << 20;

/// A folder of compiled kernels.
#[derive(Debug)]
pub struct KernelCache {
    folder: Option<PathBuf>,
    writable: bool,
    limit: u64,
    /// What is odd about the folder or the settings; told with the first kernel.
    problem: Option<String>,
    told: AtomicBool,
    write_failed: AtomicBool,
}

/// Machine code, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cubin {
    /// What the driver loads.
    pub bytes: Vec<u8>,
    /// Where it came from.
    pub origin: Origin,
    /// What was odd and did no harm, in words for a log.
    pub notes: Vec<String>,
}

/// Where machine code came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A verified entry of the cache.
    Disk,
    /// The compiler.
    Compiled,
}

/// What a cache holds.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct CacheStatus {
    /// Its folder; none where the cache is switched off or no folder can be had.
    pub folder: Option<PathBuf>,
    /// Number of kernels.
    pub entries: u64,
    /// Their size in bytes.
    pub bytes: u64,
    /// The size in bytes beyond which entries are removed.
    pub limit: u64,
    /// Whether new kernels can be kept.
    pub writable: bool,
    /// Why there is no folder, why it is not written to, or which setting makes no sense.
    pub problem: Option<String>,
}

impl KernelCache {
    /// Opens the cache that the environment of this process names. Never fails: where no folder can be had, nothing
    /// is kept.
    pub fn open() -> Self {
        let variable = |name: &str| std::env::var_os(name);
        let (limit, limit_problem) = limit(variable("SOYAKU_CACHE_SIZE").as_deref());
        if limit == 0 {
            return Self::new(None, false, 0, limit_problem);
        }
        let choice = folder::choose(&variable);
        let problems: Vec<String> = limit_problem.into_iter().chain(choice.problem).collect();
        let problem = (!problems.is_empty()).then(|| problems.join("; "));
        Self::new(choice.folder, choice.writable, limit, problem)
    }

    /// Opens the cache in `folder` (itself, not a folder below it), with that size in bytes.
    pub fn in_folder(folder: impl Into<PathBuf>, limit: u64) -> Self {
        let choice = folder::prepare(folder.into(), folder::Privacy::AsTheUserSays);
        Self::new(choice.folder, choice.writable, limit, choice.problem)
    }

    fn new(folder: Option<PathBuf>, writable: bool, limit: u64, problem: Option<String>) -> Self {
        Self {
            folder,
            writable,
            limit,
            problem,
            told: AtomicBool::new(false),
            write_failed: AtomicBool::new(false),
        }
    }

    /// The machine code of `source` for `architecture` (`sm_90`), with `options` after its own: from disk, or from
    /// the compiler and then kept.
    ///
    /// # Errors
    /// Those of [`Library::compile`]; none because of the cache.
    pub fn get_or_compile(
        &self,
        source: &Source,
        architecture: &str,
        options: &[&str],
        nvrtc: &Library,
    ) -> Result<Cubin, Error> {
        let key = Key::of(source, architecture, options, &nvrtc.identity());
        self.get_or_make(&key, || Ok(nvrtc.compile(source, architecture, options)?.cubin))
    }

    /// What is kept under `key`, or what `make` gives, which is then kept.
    ///
    /// # Errors
    /// Those of `make`.
    pub fn get_or_make<E>(&self, key: &Key, make: impl FnOnce() -> Result<Vec<u8>, E>) -> Result<Cubin, E> {
        let mut notes = Vec::new();
        if let Some(bytes) = self.get(key, &mut notes) {
            return Ok(Cubin { bytes, origin: Origin::Disk, notes });
        }
        let bytes = make()?;
        if let Some(folder) = self.folder.as_ref().filter(|_| self.writable) {
            self.keep(folder, &folder.join(key.file_name()), key, &bytes, &mut notes);
        }
        Ok(Cubin { bytes, origin: Origin::Compiled, notes })
    }

    /// What is kept under `key`, if that is whole; what is odd is added to `notes`.
    pub(crate) fn get(&self, key: &Key, notes: &mut Vec<String>) -> Option<Vec<u8>> {
        if let Some(problem) = self.problem.as_ref().filter(|_| !self.told.swap(true, Ordering::Relaxed)) {
            notes.push(format!("kernel cache: {problem}"));
        }
        let path = self.folder.as_ref()?.join(key.file_name());
        match entry::read(&path, key) {
            Lookup::Found(bytes) => Some(bytes),
            Lookup::Absent => None,
            Lookup::Damaged(reason) => {
                notes.push(format!("kernel cache: {} {reason}: compiled again", path.display()));
                None
            }
        }
    }

    /// What was noted of a compiler under `key`. Without it the compiler is asked.
    pub(crate) fn recall(&self, key: &Key) -> Option<Vec<u8>> {
        match entry::read(&self.folder.as_ref()?.join(key.note_name()), key) {
            Lookup::Found(bytes) => Some(bytes),
            Lookup::Absent | Lookup::Damaged(_) => None,
        }
    }

    /// Notes something of a compiler, where that is possible.
    pub(crate) fn note(&self, key: &Key, bytes: &[u8]) {
        if let Some(folder) = self.folder.as_ref().filter(|_| self.writable) {
            let _ = entry::write(folder, &folder.join(key.note_name()), key, bytes);
        }
    }

    fn keep(&self, folder: &Path, path: &Path, key: &Key, bytes: &[u8], notes: &mut Vec<String>) {
        let size = entry::size(bytes);
        let outcome = if size > self.limit {
            let [size, limit] = [size, self.limit].map(MemorySize::from_bytes);
            Err(format!("a kernel of {size} does not fit into the {limit} that SOYAKU_CACHE_SIZE gives"))
        } else {
            entry::write(folder, path, key, bytes)
                .map_err(|error| format!("{} cannot be written: {error}", folder.display()))
        };
        match outcome {
            Ok(()) => trim::trim(folder, self.limit, path),
            Err(reason) => {
                if !self.write_failed.swap(true, Ordering::Relaxed) {
                    notes.push(format!("kernel cache: {reason}; kernels are compiled at every start"));
                }
            }
        }
    }

    /// What it holds now.
    pub fn status(&self) -> CacheStatus {
        let entries = self.folder.as_deref().map(trim::entries).unwrap_or_default();
        CacheStatus {
            folder: self.folder.clone(),
            entries: entries.len() as u64,
            bytes: entries.iter().map(|entry| entry.bytes).sum(),
            limit: self.limit,
            writable: self.writable,
            problem: self.problem.clone(),
        }
    }

    /// Removes every kernel, and whatever writers that died left behind.
    ///
    /// # Errors
    /// The first file that could not be removed; the others are.
    pub fn clear(&self) -> std::io::Result<Removed> {
        self.folder.as_deref().map_or_else(|| Ok(Removed::default()), trim::clear)
    }
}

fn limit(text: Option<&std::ffi::OsStr>) -> (u64, Option<String>) {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return (DEFAULT_LIMIT, None) };
    let text = text.to_string_lossy();
    if text.trim() == "0" {
        return (0, None);
    }
    match text.parse::<MemorySize>() {
        Ok(size) => (size.bytes(), None),
        Err(error) => {
            let used = MemorySize::from_bytes(DEFAULT_LIMIT);
            (DEFAULT_LIMIT, Some(format!("SOYAKU_CACHE_SIZE: {error}; {used} are used")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_what_is_said_or_the_usual() {
        let limit = |text: &str| limit(Some(text.as_ref()));
        assert_eq!(super::limit(None), (DEFAULT_LIMIT, None));
        assert_eq!(limit(""), (DEFAULT_LIMIT, None));
        assert_eq!(limit("1GiB"), (1 << 30, None));
        assert_eq!(limit("0"), (0, None));
        let (bytes, problem) = limit("much");
        assert_eq!(bytes, DEFAULT_LIMIT);
        let problem = problem.unwrap();
        assert!(problem.starts_with("SOYAKU_CACHE_SIZE: 'much' is no size of memory"), "{problem}");
        assert!(problem.ends_with("256 MiB are used"), "{problem}");
    }
}
