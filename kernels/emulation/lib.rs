//! For tests: a CUDA device on a machine without one.
//!
//! [`Emulation::build`] compiles a fake `libcuda.so.1` and a fake `libnvrtc.so.12` (the C++ beside this file) once
//! per version of their sources. A process that finds them through its environment then has a GPU: it compiles
//! kernels, loads, launches and copies through the very code that real devices run through. A test runs its own
//! binary again in such an environment:
//!
//! ```no_run
//! use soyaku_emulation::{Emulation, Mode};
//!
//! // in tests/parity.rs, whose tests take their device from SOYAKU_TEST_DEVICE
//! #[test]
//! fn on_the_emulated_device() {
//!     for mode in [Mode::Address, Mode::Race] {
//!         Emulation::build().unwrap().machine(mode).pass(&["agrees_with_"]);
//!     }
//! }
//! # fn main() {}
//! ```

mod error;
mod libraries;
mod machine;
mod process;

pub use error::Error;
pub use machine::{Machine, Mode};
pub use process::Outcome;

use std::path::{Path, PathBuf};

/// The compiled libraries.
#[derive(Clone, Debug)]
pub struct Emulation {
    folder: PathBuf,
    address_sanitizer: PathBuf,
}

impl Emulation {
    /// The libraries under the target folder that holds the running program, compiled unless they are there.
    /// Any number of processes may ask at the same time.
    ///
    /// # Errors
    /// When there is no C++ compiler with AddressSanitizer, or it refuses the sources.
    pub fn build() -> Result<Self, Error> {
        Self::build_in(&target_folder()?)
    }

    /// As [`Emulation::build`], under another folder.
    ///
    /// # Errors
    /// As there.
    pub fn build_in(target: &Path) -> Result<Self, Error> {
        let sources = libraries::Sources::find()?;
        let address_sanitizer = sources.address_sanitizer()?;
        let folder = libraries::build(&sources, &target.join("emulation"))?;
        Ok(Self { folder, address_sanitizer })
    }

    /// Where the libraries are: `driver/libcuda.so.1`, `nvrtc/libnvrtc.so.12`, `nvrtc-13/libnvrtc.so.13`.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A machine with one GPU of compute capability 9.0, driver of CUDA 12.4 and NVRTC 12.9, whose kernels are
    /// compiled in `mode`.
    pub fn machine(&self, mode: Mode) -> Machine {
        Machine::new(self.clone(), mode)
    }

    /// The environment of a process that is to have the GPU, with `faults` as in [`Machine::fault`].
    pub fn environment(&self, mode: Mode, faults: &[&str]) -> Vec<(String, String)> {
        faults.iter().fold(self.machine(mode), |machine, fault| machine.fault(fault)).environment()
    }
}

/// Cargo's target folder; the running program lies below it.
fn target_folder() -> Result<PathBuf, Error> {
    let program = std::env::current_exe().map_err(|source| Error::Io { path: PathBuf::from("."), source })?;
    let marked = program.ancestors().skip(1).find(|folder| folder.join("CACHEDIR.TAG").is_file());
    // It does not mark a folder that was there before it. Programs lie in TARGET/PROFILE, tests in TARGET/PROFILE/deps.
    let profile = program.ancestors().skip(1).find(|folder| folder.join("deps").is_dir());
    marked
        .or(profile.and_then(Path::parent))
        .map(Path::to_owned)
        .ok_or(Error::NoTarget { program: program.clone() })
}
