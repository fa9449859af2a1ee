//! Files that hold fingerprints without structures: FPS text and FPSim2's HDF5.

mod build;
mod kinds;

use std::path::Path;

use soyaku_chem::fps::{FpsError, FpsReader};
use soyaku_store::{FingerprintKind, Fpsim2Reader, InputOptions, input, is_fpsim2};

use crate::{Error, FingerprintSpec};

pub(crate) use build::build;

/// Such a file, opened.
pub(crate) enum FingerprintFile {
    /// Text.
    Fps {
        /// Its header is read.
        reader: Box<FpsReader<input::Source>>,
        /// Who made them, as far as it says.
        made: Made,
    },
    /// HDF5, with what it says of its fingerprints.
    Fpsim2 {
        /// Its configuration is read.
        reader: Box<Fpsim2Reader>,
        /// What they are here.
        kind: FingerprintKind,
    },
}

/// What an FPS file says of its fingerprints.
pub(crate) enum Made {
    /// Written by this program: their name.
    Here(String),
    /// By another one, which describes them in its own words.
    Elsewhere(Option<String>),
}

impl FingerprintFile {
    /// Opens an FPSim2 file.
    pub fn fpsim2(path: &Path) -> Result<Self, Error> {
        let reader = Fpsim2Reader::open(path)?;
        let kind = kinds::of_fpsim2(reader.info());
        Ok(Self::Fpsim2 { reader: Box::new(reader), kind })
    }

    /// Reads the header of an FPS file.
    pub fn fps(source: input::Source, path: &Path) -> Result<Self, Error> {
        let reader = FpsReader::new(source).map_err(|error| unreadable(path, &error))?;
        let kind = reader.header().kind.clone();
        let here = kind.as_deref().and_then(|kind| kind.strip_prefix("Soyaku-")?.strip_suffix("/1"));
        let made = match here {
            Some(name) => Made::Here(name.to_owned()),
            None => Made::Elsewhere(kind),
        };
        Ok(Self::Fps { reader: Box::new(reader), made })
    }

    /// Opens a file if it is one of these. What can only be read once, standard input or a pipe, is not touched.
    ///
    /// # Errors
    /// The file is missing, or is one of these and cannot be used.
    pub fn recognise(path: &Path, options: &InputOptions) -> Result<Option<Self>, Error> {
        if path.as_os_str() == "-" || std::fs::metadata(path).is_ok_and(|file| !file.is_file()) {
            return Ok(None);
        }
        if is_fpsim2(path)? {
            return Self::fpsim2(path).map(Some);
        }
        if options.format.is_some() || soyaku_store::is_hdf5(path)? {
            return Ok(None);
        }
        match input::Source::open(path) {
            Ok(source) if is_fps(&source, path) => Self::fps(source, path).map(Some),
            // whoever reads structures of it says what is wrong
            _ => Ok(None),
        }
    }

    /// Bits of a fingerprint; 0 where there is none that would tell.
    pub fn bits(&self) -> usize {
        match self {
            Self::Fps { reader, .. } => reader.bits(),
            Self::Fpsim2 { reader, .. } => reader.info().bits,
        }
    }
}

/// Whether text is an FPS file: by its first line, or its name.
pub(crate) fn is_fps(source: &input::Source, path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let stem = [".gz", ".zst", ".zstd"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
    stem.ends_with(".fps") || source.head().starts_with(b"#FPS1")
}

/// A failure that ends the reading of an FPS file.
pub(crate) fn unreadable(path: &Path, error: &FpsError) -> Error {
    Error::Unusable { path: path.display().to_string(), reason: error.to_string() }
}

/// How a fingerprint of a library is made of a structure, where it has a name of ours.
pub(crate) fn spec(kind: &FingerprintKind) -> Option<FingerprintSpec> {
    kind.name.parse::<FingerprintSpec>().ok().filter(|spec| spec.bits as usize == kind.bits)
}

/// Bits of a fingerprint of a library that mean something.
pub(crate) fn used_bits(kind: &FingerprintKind) -> usize {
    spec(kind).map_or_else(|| kinds::told_bits(kind), |spec| spec.used_bits())
}
