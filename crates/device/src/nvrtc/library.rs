//! One loaded NVRTC.

use std::ffi::{CStr, c_int, c_void};
use std::fmt;
use std::path::{Path, PathBuf};

use super::error::{Error, Tried};
use super::functions::{Functions, SUCCESS, Status, VERSION, VersionFunction};
use super::{builtins, elf};
use crate::ComputeCapability;

/// The first version with CUBINs and a list of architectures.
const OLDEST: (u32, u32) = (11, 2);

/// A loaded NVRTC; it stays loaded until the process ends. Any number of threads may compile with it at once.
pub struct Library {
    pub(super) functions: Functions,
    pub(super) path: PathBuf,
    pub(super) version: (u32, u32),
    pub(super) architectures: Vec<u32>,
    pub(super) passed_over: Vec<Tried>,
    pub(super) file_bytes: u64,
}

impl Library {
    /// Loads a file, given by its path or as a bare name that the system's loader knows.
    pub(super) fn load(file: &Path) -> Result<Self, Error> {
        // a bare name is the loader's to find
        if file.components().count() > 1 {
            elf::check(file).map_err(|reason| Error::File { path: file.to_owned(), reason })?;
        }
        // SAFETY: runs the constructors of a library that the user or the system's set-up names as NVRTC.
        let library = unsafe { libloading::Library::new(file) }
            .map_err(|error| Error::File { path: file.to_owned(), reason: error.to_string() })?;
        // Never unloaded: NVRTC leaves threads and handlers behind, and its functions are called without a borrow.
        let library: &'static libloading::Library = Box::leak(Box::new(library));

        // SAFETY: nvrtcVersion has had this type in every version.
        let version_function: VersionFunction = *unsafe { library.get(VERSION.as_bytes()) }
            .map_err(|_| Error::Symbol { path: file.to_owned(), symbol: VERSION })?;
        let path = origin(version_function as *const c_void).unwrap_or_else(|| file.to_owned());
        let version = version(version_function, &path)?;
        if version < OLDEST {
            return Err(Error::TooOld { path, version });
        }
        // SAFETY: it has a version as only NVRTC has, and is never unloaded.
        let functions = match unsafe { Functions::load(library) } {
            Ok(functions) => functions,
            Err(symbol) => return Err(Error::Symbol { path, symbol }),
        };
        if let Err(reason) = builtins::load_beside(&path, version) {
            return Err(Error::Builtins { path, reason });
        }
        let file_bytes = path.metadata().map_or(0, |metadata| metadata.len());
        let mut library =
            Self { functions, path, version, architectures: Vec::new(), passed_over: Vec::new(), file_bytes };
        library.architectures = library.list_architectures()?;
        Ok(library)
    }

    fn list_architectures(&self) -> Result<Vec<u32>, Error> {
        let mut count: c_int = 0;
        // SAFETY: writes one number.
        let status = unsafe { (self.functions.supported_count)(&raw mut count) };
        self.check("nvrtcGetNumSupportedArchs", status)?;
        // there are some dozens
        let Some(count) = usize::try_from(count).ok().filter(|count| (1..=65_536).contains(count)) else {
            let message = format!("it announces {count} architectures");
            return Err(self.fault("nvrtcGetNumSupportedArchs", message));
        };
        let mut numbers: Vec<c_int> = vec![0; count];
        // SAFETY: there is room for as many numbers as were announced.
        let status = unsafe { (self.functions.supported)(numbers.as_mut_ptr()) };
        self.check("nvrtcGetSupportedArchs", status)?;
        Ok(numbers.into_iter().filter_map(|number| u32::try_from(number).ok()).collect())
    }

    /// The file, as the loader found it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Version as (major, minor).
    pub fn version(&self) -> (u32, u32) {
        self.version
    }

    /// What it compiles for: 90 is sm_90.
    pub fn architectures(&self) -> &[u32] {
        &self.architectures
    }

    /// Places that were tried before this one, and why they gave none.
    pub fn passed_over(&self) -> &[Tried] {
        &self.passed_over
    }

    /// Tells builds apart whose output may differ: the version, and the length of the file in bytes.
    pub fn identity(&self) -> String {
        identity(self.version, self.file_bytes)
    }

    /// What to compile for so that the code runs on a device of that capability: its own architecture, or the
    /// latest before it in the same generation, whose CUBINs it runs as well.
    pub fn architecture_for(&self, capability: ComputeCapability) -> Option<String> {
        nearest(&self.architectures, capability).map(|number| format!("sm_{number}"))
    }

    pub(super) fn check(&self, function: &'static str, status: Status) -> Result<(), Error> {
        if status == SUCCESS { Ok(()) } else { Err(self.fault(function, self.describe(status))) }
    }

    pub(super) fn fault(&self, function: &'static str, message: String) -> Error {
        Error::Call { function, path: self.path.clone(), version: self.version, message }
    }

    pub(super) fn describe(&self, status: Status) -> String {
        // SAFETY: takes any number, and gives a static text.
        let text = unsafe { (self.functions.error_string)(status) };
        if text.is_null() {
            return format!("error {status}");
        }
        // SAFETY: a static text that ends with zero.
        format!("{} ({status})", unsafe { CStr::from_ptr(text) }.to_string_lossy())
    }
}

pub(super) fn identity((major, minor): (u32, u32), file_bytes: u64) -> String {
    format!("nvrtc {major}.{minor} {file_bytes}")
}

/// Of embedded systems (Xavier, Orin, Thor). Their CUBINs run on no other device, and those of others not on them (CUDA
/// programming guide, "binary compatibility").
const EMBEDDED: [u32; 4] = [72, 87, 101, 110];

pub(super) fn nearest(architectures: &[u32], capability: ComputeCapability) -> Option<u32> {
    let own = capability.major * 10 + capability.minor;
    let runs = |number: u32| {
        let related = number / 10 == capability.major && number <= own;
        number == own || (related && !EMBEDDED.contains(&number) && !EMBEDDED.contains(&own))
    };
    architectures.iter().copied().filter(|&number| runs(number)).max()
}

fn version(function: VersionFunction, path: &Path) -> Result<(u32, u32), Error> {
    let (mut major, mut minor): (c_int, c_int) = (0, 0);
    // SAFETY: writes two numbers.
    let status = unsafe { function(&raw mut major, &raw mut minor) };
    match (u32::try_from(major), u32::try_from(minor)) {
        (Ok(major), Ok(minor)) if status == SUCCESS && major > 0 => Ok((major, minor)),
        _ => Err(Error::File {
            path: path.to_owned(),
            reason: format!("{VERSION} answers {status} and {major}.{minor}, which is no version"),
        }),
    }
}

/// The file that a function was loaded from.
fn origin(function: *const c_void) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt as _;

    let mut info = std::mem::MaybeUninit::<libc::Dl_info>::zeroed();
    // SAFETY: any address may be asked about; the answer is written to `info`.
    let found = unsafe { libc::dladdr(function, info.as_mut_ptr()) };
    // SAFETY: all zeros is a valid value, too.
    let info = unsafe { info.assume_init() };
    if found == 0 || info.dli_fname.is_null() {
        return None;
    }
    // SAFETY: a text that ends with zero and lives as long as the library, which is never unloaded.
    let name = unsafe { CStr::from_ptr(info.dli_fname) };
    Some(PathBuf::from(std::ffi::OsStr::from_bytes(name.to_bytes())))
}

impl fmt::Debug for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Library")
            .field("path", &self.path)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_relative_is_compiled_for() {
        // as NVRTC 11.5 and 12.8 list them
        let older = [35, 37, 50, 52, 53, 60, 61, 62, 70, 72, 75, 80, 86, 87];
        let newer = [50, 52, 53, 60, 61, 62, 70, 72, 75, 80, 86, 87, 89, 90, 100, 101, 120];
        for (major, minor, in_older, in_newer) in [
            (7, 0, Some(70), Some(70)),
            (7, 2, Some(72), Some(72)),
            (7, 3, Some(70), Some(70)),
            (8, 7, Some(87), Some(87)),
            (8, 8, Some(86), Some(86)),
            (8, 9, Some(86), Some(89)),
            (9, 0, None, Some(90)),
            (10, 3, None, Some(100)),
            (11, 0, None, None),
            (12, 1, None, Some(120)),
        ] {
            let capability = ComputeCapability { major, minor };
            assert_eq!(nearest(&older, capability), in_older, "{capability}");
            assert_eq!(nearest(&newer, capability), in_newer, "{capability}");
        }
        let without_orin = [80, 86];
        assert_eq!(nearest(&without_orin, ComputeCapability { major: 8, minor: 7 }), None);
    }
}
