//! Which fingerprint of the library is compared, by what the queries offer.

use std::path::Path;

use soyaku_chem::fps::{FpsError, FpsReader};
use soyaku_store::{FingerprintKind, InputOptions, LibraryReader, input, is_hdf5};

use crate::source::Source;
use crate::{Error, FingerprintSpec};

/// The queries as a file, opened, with what is known of their fingerprints.
pub(super) enum Offer {
    /// Structures, of which any fingerprint is made.
    Structures(Source),
    /// Fingerprints as text.
    Fps { reader: Box<FpsReader<input::Source>>, made: Made },
    /// Another library.
    Library(Box<LibraryReader>),
}

/// What an FPS file says of its fingerprints.
pub(super) enum Made {
    /// Written by this program: their name.
    Here(String),
    /// By another one, which describes them in its own words.
    Elsewhere(Option<String>),
}

impl Offer {
    /// Opens the file and recognises what it is. Structures are not read yet.
    pub fn open(path: &Path, options: &InputOptions) -> Result<Self, Error> {
        let is_pipe = path.as_os_str() == "-"
            || std::fs::metadata(path).is_ok_and(|file| !file.is_file() && !file.is_dir());
        let named_h5 = path.extension().is_some_and(|end| end == "h5" || end == "hdf5");
        if !is_pipe && (named_h5 || is_hdf5(path)?) {
            return Ok(Self::Library(Box::new(LibraryReader::open(path)?)));
        }
        let source = input::Source::open(path)?;
        if options.format.is_some() || !is_fps_name(path) && !source.head().starts_with(b"#FPS1") {
            return Ok(Self::Structures(Source::from_input(source, path, options)?));
        }
        let reader = FpsReader::new(source).map_err(|error| unreadable(path, &error))?;
        let kind = reader.header().kind.clone();
        let here = kind.as_deref().and_then(|kind| kind.strip_prefix("Soyaku-")?.strip_suffix("/1"));
        let made = match here {
            Some(name) => Made::Here(name.to_owned()),
            None => Made::Elsewhere(kind),
        };
        Ok(Self::Fps { reader: Box::new(reader), made })
    }

    /// What cannot be checked about the fingerprints, in words.
    pub fn assumed(&self) -> Option<String> {
        match self {
            Self::Fps { made: Made::Elsewhere(Some(kind)), .. } => {
                Some(format!("these fingerprints are of type '{kind}'"))
            }
            Self::Fps { made: Made::Elsewhere(None), .. } => {
                Some("these fingerprints do not say of what type they are".into())
            }
            _ => None,
        }
    }

    /// Whether queries can have this fingerprint.
    fn fits(&self, kind: &FingerprintKind) -> bool {
        match self {
            Self::Structures(_) => spec(kind).is_some(),
            Self::Fps { made: Made::Here(name), reader } => {
                kind.name == *name && used_bits(kind) == reader.bits()
            }
            Self::Fps { made: Made::Elsewhere(_), reader } => used_bits(kind) == reader.bits(),
            Self::Library(library) => library.info().kinds.iter().any(|other| same(kind, other)),
        }
    }

    /// What there is, in words.
    fn described(&self) -> String {
        match self {
            Self::Structures(_) => "structures".into(),
            Self::Fps { made: Made::Here(name), reader } => {
                format!("{name} fingerprints of {} bits", reader.bits())
            }
            Self::Fps { reader, .. } => format!("fingerprints of {} bits", reader.bits()),
            Self::Library(library) => listed(&library.info().kinds),
        }
    }
}

/// How a fingerprint of the library is made of a structure, where it has a name of ours.
pub(super) fn spec(kind: &FingerprintKind) -> Option<FingerprintSpec> {
    kind.name.parse::<FingerprintSpec>().ok().filter(|spec| spec.bits as usize == kind.bits)
}

fn same(one: &FingerprintKind, other: &FingerprintKind) -> bool {
    one.name == other.name && one.bits == other.bits
}

/// Bits that mean something.
fn used_bits(kind: &FingerprintKind) -> usize {
    spec(kind).map_or(kind.bits, |spec| spec.used_bits())
}

fn is_fps_name(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let stem = [".gz", ".zst", ".zstd"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
    stem.ends_with(".fps")
}

/// A failure that ends the reading of an FPS file.
pub(super) fn unreadable(path: &Path, error: &FpsError) -> Error {
    Error::Unusable { path: path.display().to_string(), reason: error.to_string() }
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
