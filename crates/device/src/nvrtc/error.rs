//! Why a kernel could not be compiled, or its compiler not be had.

use std::fmt;
use std::path::PathBuf;

/// What NVRTC or the search for it ran into. Versions are (major, minor).
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No place has a library that fits.
    #[error("{}", not_found(tried, *driver))]
    NotFound {
        /// Every place, in the order of trying.
        tried: Vec<Tried>,
        /// The CUDA version of the driver it was for.
        driver: Option<(u32, u32)>,
    },
    /// The file is no library that this program can load.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// A function that every NVRTC since 11.2 has is not there.
    #[error("{} has no function {symbol}: not NVRTC, or a damaged copy", path.display())]
    Symbol {
        /// The library.
        path: PathBuf,
        /// The function.
        symbol: &'static str,
    },
    /// Older than the first version that does what is needed.
    #[error("{} is NVRTC {}, and 11.2 or later is needed", path.display(), dotted(*version))]
    TooOld {
        /// The library.
        path: PathBuf,
        /// Its version.
        version: (u32, u32),
    },
    /// Of a later generation than the driver, which would refuse what it compiles.
    #[error(
        "{} is NVRTC {}, and the driver is for CUDA {}: a driver loads nothing from a compiler of a later generation",
        path.display(), dotted(*version), dotted(*driver)
    )]
    NewerThanDriver {
        /// The library.
        path: PathBuf,
        /// Its version.
        version: (u32, u32),
        /// The CUDA version of the driver.
        driver: (u32, u32),
    },
    /// Not among what this NVRTC compiles for.
    #[error(
        "NVRTC {} ({}) does not compile for {architecture}: it knows {}",
        dotted(*version), path.display(), ranges(supported)
    )]
    Architecture {
        /// As asked for: `sm_90`.
        architecture: String,
        /// The library.
        path: PathBuf,
        /// Its version.
        version: (u32, u32),
        /// What it compiles for: 90 is sm_90.
        supported: Vec<u32>,
    },
    /// The text is in error, or an option is.
    #[error("{source_name} does not compile for {architecture} with NVRTC {}:\n{log}", dotted(*version))]
    Compilation {
        /// Name of the source.
        source_name: &'static str,
        /// What it was compiled for.
        architecture: String,
        /// Version of the compiler.
        version: (u32, u32),
        /// What the compiler said.
        log: String,
    },
    /// `libnvrtc-builtins`, which belongs beside the library, is missing or does not fit.
    #[error("{} cannot use its libnvrtc-builtins, which belongs into the same folder: {reason}", path.display())]
    Builtins {
        /// The library.
        path: PathBuf,
        /// What the loader or the compiler said.
        reason: String,
    },
    /// A call failed that cannot fail because of the source.
    #[error("{function} of NVRTC {} ({}) failed: {message}", dotted(*version), path.display())]
    Call {
        /// The function.
        function: &'static str,
        /// The library.
        path: PathBuf,
        /// Its version.
        version: (u32, u32),
        /// The name of the error, as NVRTC gives it.
        message: String,
    },
    /// C text cannot hold a zero byte.
    #[error("{what} holds a zero byte at position {position}")]
    ZeroByte {
        /// What text.
        what: String,
        /// Bytes before it.
        position: usize,
    },
}

/// One place where NVRTC was looked for.
#[derive(Debug)]
pub struct Tried {
    /// A file, a folder, or a name handed to the system's loader.
    pub place: String,
    /// What came of it.
    pub outcome: Outcome,
}

/// Why a place gave no library.
#[derive(Debug)]
pub enum Outcome {
    /// Nothing there.
    Absent,
    /// There is one that cannot be used.
    Refused(Error),
}

impl fmt::Display for Tried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.outcome {
            Outcome::Absent => write!(f, "{}: nothing there", self.place),
            // it names the file by itself
            Outcome::Refused(error) => write!(f, "{error}"),
        }
    }
}

fn not_found(tried: &[Tried], driver: Option<(u32, u32)>) -> String {
    let absent: Vec<&str> = tried
        .iter()
        .filter(|tried| matches!(tried.outcome, Outcome::Absent))
        .map(|tried| &*tried.place)
        .collect();
    let mut parts: Vec<String> = tried
        .iter()
        .filter(|tried| matches!(tried.outcome, Outcome::Refused(_)))
        .map(Tried::to_string)
        .collect();
    if !absent.is_empty() {
        parts.push(format!("nothing in {}", absent.join(", ")));
    }
    if parts.is_empty() {
        parts.push("no place to look in".to_owned());
    }
    let (package, file) = match driver {
        Some((11, _)) => ("nvidia-cuda-nvrtc-cu11", "libnvrtc.so.11.2"),
        Some((major, _)) if major >= 13 => ("nvidia-cuda-nvrtc", "libnvrtc.so"),
        _ => ("nvidia-cuda-nvrtc-cu12", "libnvrtc.so.12"),
    };
    let what = driver.map_or_else(String::new, |driver| format!(" for a driver of CUDA {}", dotted(driver)));
    format!(
        "no usable NVRTC (CUDA's compiler library){what}: {}; get it with `pip install {package}` or a CUDA toolkit, \
         or set SOYAKU_NVRTC to {file} or its folder",
        parts.join("; ")
    )
}

pub(super) fn dotted((major, minor): (u32, u32)) -> String {
    format!("{major}.{minor}")
}

fn ranges(architectures: &[u32]) -> String {
    architectures.iter().map(|number| format!("sm_{number}")).collect::<Vec<_>>().join(", ")
}
