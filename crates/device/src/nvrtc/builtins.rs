//! `libnvrtc-builtins`, which NVRTC itself opens by its bare name at the first compilation.
//!
//! The wheels of CUDA 12 tell the loader to look beside `libnvrtc` (RUNPATH `$ORIGIN`), those of CUDA 13 do not.
//! A library that is already loaded is found by its name wherever it lies, so it is opened here by its full path.

use std::path::Path;

use super::elf;
use super::error::dotted;

/// Loads the one beside `library`; false where there is none, which is no fault if the system's loader knows one.
///
/// # Errors
/// Why it cannot be loaded. NVRTC would not get further with it.
pub(super) fn load_beside(library: &Path, version: (u32, u32)) -> Result<bool, String> {
    let name = file_name(version);
    let real = library.canonicalize();
    let folders = [library.parent(), real.as_deref().ok().and_then(Path::parent)];
    let Some(path) =
        folders.into_iter().flatten().map(|folder| folder.join(&name)).find(|path| path.is_file())
    else {
        return Ok(false);
    };
    elf::check(&path).map_err(|reason| format!("{}: {reason}", path.display()))?;
    // SAFETY: it is the companion of a library that was loaded from the same folder; loading it runs its
    // constructors, as NVRTC would by itself.
    let library = unsafe { libloading::Library::new(&path) }.map_err(|error| error.to_string())?;
    // stays loaded: NVRTC holds pointers into it
    std::mem::forget(library);
    Ok(true)
}

/// What NVRTC of that version opens.
pub(super) fn file_name(version: (u32, u32)) -> String {
    format!("libnvrtc-builtins.so.{}", dotted(version))
}
