//! Which fingerprint of the library is compared, by what the queries offer.

use std::path::Path;

use soyaku_store::{FingerprintKind, InputOptions, LibraryReader, input, is_fpsim2, is_hdf5};

use crate::Error;
use crate::imported::{FingerprintFile, Made, is_fps, spec, used_bits};
use crate::source::Source;

/// The queries as a file, opened, with what is known of their fingerprints.
pub(super) enum Offer {
    /// Structures, of which any fingerprint is made.
    Structures(Source),
    /// Fingerprints without structures.
    Fingerprints(FingerprintFile),
    /// Another library.
    Library(Box<LibraryReader>),
}

impl Offer {
    /// Opens the file and recognises what it is. Structures are not read yet.
    pub fn open(path: &Path, options: &InputOptions) -> Result<Self, Error> {
        let is_pipe = path.as_os_str() == "-"
            || std::fs::metadata(path).is_ok_and(|file| !file.is_file() && !file.is_dir());
        let named_h5 = path.extension().is_some_and(|end| end == "h5" || end == "hdf5");
        if !is_pipe && is_fpsim2(path)? {
            return Ok(Self::Fingerprints(FingerprintFile::fpsim2(path)?));
        }
        if !is_pipe && (named_h5 || is_hdf5(path)?) {
            return Ok(Self::Library(Box::new(LibraryReader::open(path)?)));
        }
        let source = input::Source::open(path)?;
        if options.format.is_some() || !is_fps(&source, path) {
            return Ok(Self::Structures(Source::from_input(source, path, options)?));
        }
        Ok(Self::Fingerprints(FingerprintFile::fps(source, path)?))
    }

    /// What cannot be checked about the fingerprints, in words.
    pub fn assumed(&self) -> Option<String> {
        match self {
            Self::Fingerprints(FingerprintFile::Fps { made: Made::Elsewhere(kind), .. }) => {
                Some(match kind {
                    Some(kind) => format!("these fingerprints are of type '{kind}'"),
                    None => "these fingerprints do not say of what type they are".into(),
                })
            }
            _ => None,
        }
    }

    /// Whether queries can have this fingerprint.
    fn fits(&self, kind: &FingerprintKind) -> bool {
        match self {
            Self::Structures(_) => spec(kind).is_some(),
            Self::Fingerprints(FingerprintFile::Fpsim2 { kind: other, .. }) => same(kind, other),
            Self::Fingerprints(FingerprintFile::Fps { made: Made::Here(name), reader }) => {
                kind.name == *name && used_bits(kind) == reader.bits()
            }
            Self::Fingerprints(file) => used_bits(kind) == file.bits(),
            Self::Library(library) => library.info().kinds.iter().any(|other| same(kind, other)),
        }
    }

    /// What there is, in words.
    fn described(&self) -> String {
        match self {
            Self::Structures(_) => "structures".into(),
            Self::Fingerprints(FingerprintFile::Fps { made: Made::Here(name), reader }) => {
                format!("{name} fingerprints of {} bits", reader.bits())
            }
            Self::Fingerprints(FingerprintFile::Fpsim2 { kind, .. }) => {
                format!("{} fingerprints of {} bits", kind.name, used_bits(kind))
            }
            Self::Fingerprints(file) => format!("fingerprints of {} bits", file.bits()),
            Self::Library(library) => listed(&library.info().kinds),
        }
    }
}

fn same(one: &FingerprintKind, other: &FingerprintKind) -> bool {
    one.name == other.name && one.bits == other.bits
}

/// Position of the fingerprint in the library.
pub(super) fn choose(
    library: &LibraryReader,
    offer: &Offer,
    wanted: Option<&str>,
    query: &Path,
) -> Result<usize, Error> {
    let kinds = &library.info().kinds;
    let unusable = |path: &Path, reason: String| Error::Unusable { path: path.display().to_string(), reason };
    if kinds.is_empty() {
        let reason = "the library holds no fingerprints: build it with --fingerprint";
        return Err(unusable(library.path(), reason.into()));
    }
    if let Some(wanted) = wanted {
        let index = library.kind(wanted).ok_or_else(|| {
            Error::Configuration(format!(
                "the library has no fingerprint '{wanted}': it has {}",
                listed(kinds)
            ))
        })?;
        if !offer.fits(&kinds[index]) {
            let reason = format!(
                "holds {}; {wanted} of {} bits is wanted",
                offer.described(),
                used_bits(&kinds[index])
            );
            return Err(unusable(query, reason));
        }
        return Ok(index);
    }
    let fitting: Vec<usize> = (0..kinds.len()).filter(|&index| offer.fits(&kinds[index])).collect();
    match fitting[..] {
        [only] => Ok(only),
        [] => {
            let reason = format!("holds {}; the library has {}", offer.described(), listed(kinds));
            Err(unusable(query, reason))
        }
        _ => Err(Error::Configuration(format!(
            "name the fingerprint with --fingerprint: the library has {}",
            listed(kinds)
        ))),
    }
}

fn listed(kinds: &[FingerprintKind]) -> String {
    let kinds = kinds.iter().map(|kind| format!("{} ({} bits)", kind.name, used_bits(kind)));
    match kinds.collect::<Vec<_>>().join(", ") {
        none if none.is_empty() => "no fingerprints".into(),
        some => some,
    }
}
