//! Files that are either complete or absent: written beside their final name, synced, then renamed.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::Error;

/// A file under construction. [`Write`] to it, then [`commit`](Self::commit); dropped without a commit, it
/// leaves nothing behind. Whatever the final name held before stays until the commit.
///
/// ```
/// use std::io::Write;
/// # let folder = std::env::temp_dir().join(format!("soyaku-atomic-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder).unwrap();
/// let mut file = soyaku_store::AtomicFile::create(&folder.join("run.json"))?;
/// file.write_all(b"{}\n").map_err(|error| file.error("write", error))?;
/// file.commit()?;
/// # std::fs::remove_dir_all(&folder).unwrap();
/// # Ok::<(), soyaku_store::Error>(())
/// ```
#[derive(Debug)]
pub struct AtomicFile {
    writer: Option<BufWriter<File>>,
    temporary: Temporary,
}

impl AtomicFile {
    /// Starts a file that will be named `path`.
    ///
    /// # Errors
    /// [`Error::Io`] when the folder is missing or not writable.
    pub fn create(path: &Path) -> Result<Self, Error> {
        let temporary = Temporary::beside(path);
        let file = File::create(temporary.path()).map_err(|error| written(path, "create", error))?;
        Ok(AtomicFile { writer: Some(BufWriter::with_capacity(1 << 16, file)), temporary })
    }

    /// Writes the buffer, syncs, renames to the final name and syncs the folder.
    ///
    /// # Errors
    /// [`Error::Io`] naming the final path; the temporary file is removed.
    pub fn commit(mut self) -> Result<(), Error> {
        let path = self.temporary.target().to_path_buf();
        if let Some(writer) = self.writer.take() {
            let file = writer.into_inner().map_err(|error| written(&path, "write", error.into_error()))?;
            file.sync_all().map_err(|error| written(&path, "sync", error))?;
        }
        self.temporary.publish()
    }

    /// Wraps a failed `write` so that it names the file.
    pub fn error(&self, action: &'static str, source: io::Error) -> Error {
        written(self.temporary.target(), action, source)
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.writer {
            Some(writer) => writer.write(bytes),
            None => Err(io::Error::other("the file is already committed")),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        if let Some(writer) = self.writer.take() {
            // Forget the buffer: an abandoned file needs no last write.
            let _ = writer.into_parts();
        }
    }
}

/// Writes `bytes` to `path`, all or nothing.
///
/// # Errors
/// [`Error::Io`] naming `path`.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut file = AtomicFile::create(path)?;
    file.write_all(bytes).map_err(|error| file.error("write", error))?;
    file.commit()
}

/// A temporary name beside a final one, removed on drop unless published.
#[derive(Debug)]
pub(crate) struct Temporary {
    path: PathBuf,
    target: PathBuf,
    armed: bool,
}

impl Temporary {
    /// `<target>.tmp.<process id>` in the same folder, so that the rename stays within one file system.
    pub(crate) fn beside(target: &Path) -> Self {
        let mut name: OsString = target.as_os_str().to_owned();
        name.push(format!(".tmp.{}", std::process::id()));
        Temporary { path: PathBuf::from(name), target: target.to_path_buf(), armed: true }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// Syncs a file that someone else wrote and closed, then publishes it.
    pub(crate) fn sync_and_publish(mut self) -> Result<(), Error> {
        let synced = File::open(&self.path).and_then(|file| file.sync_all());
        synced.map_err(|error| written(&self.target, "sync", error))?;
        self.publish()
    }

    fn publish(&mut self) -> Result<(), Error> {
        fs::rename(&self.path, &self.target).map_err(|error| written(&self.target, "rename to", error))?;
        self.armed = false;
        sync_folder(&self.target)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if self.armed {
            // libhdf5 keeps a file open that it could not close; emptied, it no longer fills the disk.
            let _ = File::options().write(true).open(&self.path).and_then(|file| file.set_len(0));
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Whether a file name is one of our temporaries: `<name>.tmp.<digits>`.
pub(crate) fn is_temporary(name: &str) -> bool {
    name.rsplit_once(".tmp.").is_some_and(|(stem, id)| {
        !stem.is_empty() && !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Makes a rename or removal beside `path` durable. File systems that cannot sync folders are left alone.
pub(crate) fn sync_folder(path: &Path) -> Result<(), Error> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let handle = File::open(folder).map_err(|error| written(folder, "open", error))?;
    match handle.sync_all() {
        Err(error) if !matches!(error.raw_os_error(), Some(libc::EINVAL | libc::ENOTSUP | libc::EBADF)) => {
            Err(written(folder, "sync", error))
        }
        _ => Ok(()),
    }
}

/// An output failure is never "input missing", even when a folder does not exist.
pub(crate) fn written(path: &Path, action: &'static str, source: io::Error) -> Error {
    Error::Io { path: path.to_path_buf(), action, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commit_publishes_and_drop_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hits.csv");
        fs::write(&path, "old").unwrap();
        let mut file = AtomicFile::create(&path).unwrap();
        file.write_all(b"half").unwrap();
        drop(file);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        write_file(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn missing_folder_is_an_output_error() {
        let error = write_file(Path::new("/nonexistent-folder/x.json"), b"").unwrap_err();
        assert_eq!(error.category(), crate::Category::Io);
        assert!(error.to_string().contains("/nonexistent-folder/x.json"), "{error}");
    }

    #[test]
    fn temporary_names_are_recognised() {
        assert!(is_temporary("part-000001.h5.tmp.123"));
        for name in ["part-000001.h5", "x.tmp.", "x.tmp.12a", ".tmp.12"] {
            assert!(!is_temporary(name), "{name}");
        }
    }
}
