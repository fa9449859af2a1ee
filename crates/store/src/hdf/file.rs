//! Opening, creating and closing files, and what libhdf5's errors mean.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use crate::Error;
use crate::durable::{Temporary, written};

const SIGNATURE: &[u8] = b"\x89HDF\r\n\x1a\n";
/// Deepest nesting of groups that is looked at.
const MAX_DEPTH: usize = 8;

/// Whether a file starts with HDF5's signature.
///
/// # Errors
/// [`Error::NotFound`] or [`Error::Io`].
pub fn is_hdf5(path: &Path) -> Result<bool, Error> {
    if path == Path::new("-") {
        return Ok(false);
    }
    let mut start = [0; 8];
    let file = File::open(path).map_err(|error| Error::io(path, "open", error))?;
    if !file.metadata().map_err(|error| Error::io(path, "open", error))?.is_file() {
        return Ok(false);
    }
    match (&file).read_exact(&mut start) {
        Ok(()) => Ok(start == SIGNATURE),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(Error::io(path, "read", error)),
    }
}

/// The system error inside a libhdf5 error, which only keeps it as text.
fn system_error(reason: &str) -> Option<io::Error> {
    let digits = reason.split("errno = ").nth(1)?;
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    digits[..end].parse().ok().filter(|code| *code != 0).map(io::Error::from_raw_os_error)
}

/// All frames of an error in one text.
fn describe(error: &hdf5::Error) -> String {
    match error.stack() {
        Some(stack) => stack.iter().map(|frame| frame.desc()).collect::<Vec<_>>().join(": "),
        None => error.to_string(),
    }
}

/// A file that is being written under a temporary name, or in memory.
pub(crate) struct OutputFile {
    file: Option<hdf5::File>,
    temporary: Option<Temporary>,
    path: PathBuf,
}

impl OutputFile {
    /// Starts a file that will be named `path`.
    pub(crate) fn create(path: &Path) -> Result<Self, Error> {
        if path.to_str().is_none() {
            let reason = "the name is not UTF-8, which libhdf5 cannot handle";
            return Err(written(path, "create", io::Error::new(io::ErrorKind::InvalidInput, reason)));
        }
        let temporary = Temporary::beside(path);
        // The system says more precisely than libhdf5 why a file cannot be created.
        File::create(temporary.path()).map_err(|error| written(path, "create", error))?;
        let file = writing().create(temporary.path()).map_err(|error| failed(path, "create", &error))?;
        Ok(OutputFile { file: Some(file), temporary: Some(temporary), path: path.to_path_buf() })
    }

    /// Starts a file in memory; `path` only names it in messages.
    pub(crate) fn in_memory(path: &Path) -> Result<Self, Error> {
        let mut builder = writing();
        builder.fapl().core_options(1 << 20, false);
        let file = builder.create(path).map_err(|error| failed(path, "create", &error))?;
        Ok(OutputFile { file: Some(file), temporary: None, path: path.to_path_buf() })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn root(&self) -> Result<&hdf5::File, Error> {
        self.file.as_ref().ok_or_else(|| Error::Misuse(format!("{} is already closed", self.path.display())))
    }

    /// Names the file in a libhdf5 error that came up while writing.
    pub(crate) fn error(&self, error: &hdf5::Error) -> Error {
        failed(&self.path, "write", error)
    }

    /// Syncs what has been written so far in a thread of its own; `None` for a file in memory.
    pub(crate) fn start_sync(&self) -> Option<JoinHandle<()>> {
        let file = File::open(self.temporary.as_ref()?.path()).ok()?;
        let sync = move || {
            let _ = file.sync_data();
        };
        std::thread::Builder::new().spawn(sync).ok()
    }

    /// Closes, syncs and renames. All handles into the file must be gone.
    pub(crate) fn publish(mut self) -> Result<(), Error> {
        if let Some(file) = self.file.take() {
            // A full disk may show only here, when metadata leaves the cache.
            if let Err(error) = file.flush() {
                self.file = Some(file);
                return Err(failed(&self.path, "write", &error));
            }
            file.close().map_err(|error| failed(&self.path, "close", &error))?;
        }
        match self.temporary.take() {
            Some(temporary) => temporary.sync_and_publish(),
            None => Ok(()),
        }
    }

    /// The bytes of a file made in memory.
    pub(crate) fn into_image(mut self) -> Result<Vec<u8>, Error> {
        let Some(file) = self.file.take() else { return Ok(Vec::new()) };
        file.flush().map_err(|error| self.error(&error))?;
        let image = hdf5::sync::sync(|| {
            // SAFETY: the file id is valid; with no buffer, the call only returns the size.
            let size = unsafe { hdf5_sys::h5f::H5Fget_file_image(file.id(), std::ptr::null_mut(), 0) };
            let size = usize::try_from(size).map_err(|_| hdf5::Error::from("no file image"))?;
            let mut image = vec![0_u8; size];
            // SAFETY: `image` has room for `size` bytes, and the lock keeps the file as it is between the calls.
            let got = unsafe { hdf5_sys::h5f::H5Fget_file_image(file.id(), image.as_mut_ptr().cast(), size) };
            if got == size as isize { Ok(image) } else { Err(hdf5::Error::from("incomplete file image")) }
        });
        let image = image.map_err(|error| self.error(&error))?;
        file.close().map_err(|error| self.error(&error))?;
        Ok(image)
    }
}

impl Drop for OutputFile {
    fn drop(&mut self) {
        // An abandoned file: what its close reports no longer matters, and `Temporary` removes it.
        if let Some(file) = self.file.take() {
            let _ = file.close();
        }
    }
}

/// No times in the root group, so that the same content is the same bytes; closing closes all that is in the file.
fn writing() -> hdf5::FileBuilder {
    let mut builder = hdf5::File::with_options();
    builder.fcpl().obj_track_times(false);
    builder.fapl().file_locking(false).fclose_degree(hdf5::file::FileCloseDegree::Strong);
    builder
}

/// No locks: network file systems lack them, and finished files do not need them.
fn reading() -> hdf5::FileBuilder {
    let mut builder = hdf5::File::with_options();
    builder.fapl().file_locking(false);
    builder
}

/// Creates a group without times.
pub(crate) fn create_group(parent: &hdf5::Group, name: &str) -> hdf5::Result<hdf5::Group> {
    parent.create_group_builder().obj_track_times(false).create(name)
}

fn failed(path: &Path, action: &'static str, error: &hdf5::Error) -> Error {
    let reason = describe(error);
    match system_error(&reason) {
        Some(source) => Error::Io { path: path.to_path_buf(), action, source },
        None => Error::Hdf5 { path: path.to_path_buf(), action, reason },
    }
}

/// A finished file opened for reading. Its columns remember where their chunks lie.
pub(crate) struct InputFile {
    file: hdf5::File,
    raw: Arc<File>,
    size: u64,
    path: Arc<PathBuf>,
}

impl InputFile {
    /// Opens a file whose `soyaku_schema` is `<schema>/<major>`.
    pub(crate) fn open(path: &Path, schema: &str, major: u32) -> Result<Self, Error> {
        let input = Self::open_any(path, &format!("soyaku {schema}"))?;
        input.check_schema(schema, major)?;
        input.refuse_links(&input.file, 0)?;
        Ok(input)
    }

    /// Opens a file of another program, of which a `kind` is needed.
    pub(crate) fn open_foreign(path: &Path, kind: &str) -> Result<Self, Error> {
        let input = Self::open_any(path, kind)?;
        input.refuse_links(&input.file, 0)?;
        Ok(input)
    }

    fn open_any(path: &Path, kind: &str) -> Result<Self, Error> {
        if !is_hdf5(path)? {
            return Err(Error::malformed(path, format!("is not an HDF5 file; a {kind} file is needed")));
        }
        if path.to_str().is_none() {
            return Err(Error::malformed(path, "has a name that is not UTF-8, which libhdf5 cannot open"));
        }
        let raw = File::open(path).map_err(|error| Error::io(path, "open", error))?;
        let size = raw.metadata().map_err(|error| Error::io(path, "open", error))?.len();
        let file = reading().open(path).map_err(|error| {
            let reason = describe(&error);
            match system_error(&reason) {
                Some(source) => Error::io(path, "open", source),
                None => Error::malformed(path, format!("is truncated or damaged ({reason})")),
            }
        })?;
        Ok(InputFile { file, raw: Arc::new(raw), size, path: Arc::new(path.to_path_buf()) })
    }

    fn check_schema(&self, schema: &str, major: u32) -> Result<(), Error> {
        let Some(found) = self.attribute("soyaku_schema") else {
            let reason = match self.is_fpsim2() {
                true => "is a file of FPSim2; make a library of it: `soyaku library build`".into(),
                false => format!("is an HDF5 file of another program; a soyaku {schema} file is needed"),
            };
            return Err(self.malformed(reason));
        };
        let version = match found.split_once('/') {
            Some((kind, version)) if kind == schema => version.split('.').next().unwrap_or_default(),
            _ => {
                let reason = format!("holds `{found}`; a soyaku file of schema `{schema}/{major}` is needed");
                return Err(self.malformed(reason));
            }
        };
        match version.parse::<u32>() {
            Ok(version) if version == major => Ok(()),
            Ok(version) if version > major => {
                let by = self.attribute("soyaku_version").unwrap_or_else(|| "unknown".into());
                Err(self.malformed(format!(
                    "has schema `{found}`, written by soyaku {by}; this program reads up to `{schema}/{major}`, \
                     a newer one is needed"
                )))
            }
            _ => Err(self.malformed(format!("has unknown schema `{found}`; accepted is `{schema}/{major}`"))),
        }
    }

    /// Links out of the file could read anything that the user may read.
    fn refuse_links(&self, group: &hdf5::Group, depth: usize) -> Result<(), Error> {
        if depth > MAX_DEPTH {
            return Err(self.malformed("has groups nested too deeply"));
        }
        let links = group
            .links(hdf5::IndexType::default(), hdf5::IterationOrder::default())
            .map_err(|error| self.damaged(&error))?;
        for (name, link) in links {
            if link.link_type != hdf5::LinkType::Hard {
                return Err(
                    self.malformed(format!("holds a link `{name}` to elsewhere, which is not followed"))
                );
            }
            let kind = group.loc_type_by_name(&name).map_err(|error| self.damaged(&error))?;
            if kind == hdf5::LocationType::Group {
                let inner = group.group(&name).map_err(|error| self.damaged(&error))?;
                self.refuse_links(&inner, depth + 1)?;
            }
        }
        Ok(())
    }

    pub(crate) fn path(&self) -> &Arc<PathBuf> {
        &self.path
    }

    pub(crate) fn raw(&self) -> &Arc<File> {
        &self.raw
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    pub(crate) fn root(&self) -> &hdf5::File {
        &self.file
    }

    /// Text attribute of the root group.
    pub(crate) fn attribute(&self, name: &str) -> Option<String> {
        super::read_text(&self.file, name)
    }

    /// Whether it has what FPSim2 writes.
    pub(crate) fn is_fpsim2(&self) -> bool {
        self.attribute("soyaku_schema").is_none() && self.has("fps") && self.has("config")
    }

    /// Whether `path` exists.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.file.link_exists(path)
    }

    pub(crate) fn malformed(&self, reason: impl Into<String>) -> Error {
        Error::malformed(&self.path, reason)
    }

    pub(crate) fn damaged(&self, error: &hdf5::Error) -> Error {
        damaged(&self.path, error)
    }
}

/// A libhdf5 error while reading: the disk's fault, or the file's.
pub(super) fn damaged(path: &Path, error: &hdf5::Error) -> Error {
    let reason = describe(error);
    match system_error(&reason) {
        Some(source) => Error::io(path, "read", source),
        None => Error::malformed(path, format!("is damaged ({reason})")),
    }
}
