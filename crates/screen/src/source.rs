//! Where compounds come from: a library file, text, or an SD file.

use std::path::Path;

use soyaku_device::Device;
use soyaku_store::{
    CompoundReader, Format, InputDigest, InputOptions, LibraryReader, Records, input, is_hdf5,
};

use crate::imported::is_fps;
use crate::sdf::SdfRows;
use crate::{Error, FingerprintSpec};

/// Consecutive compounds of the input.
#[derive(Default)]
pub struct Chunk {
    /// Row of the first compound.
    pub first_row: u64,
    /// The compounds as text.
    pub records: Records,
    /// Their fingerprints with popcounts, where the input holds the wanted ones.
    pub fingerprints: Option<(Vec<u64>, Vec<u16>)>,
}

/// An opened input.
pub struct Source {
    kind: Kind,
    next: u64,
}

enum Kind {
    Text(Box<CompoundReader>),
    Sdf(Box<SdfRows>),
    Library { reader: Box<LibraryReader>, fingerprint: Option<usize> },
}

impl Source {
    /// Opens a library (`.h5`), a text file or an SD file (`-` is standard input). `wanted` is the fingerprint
    /// that chunks should bring along where the library holds it.
    ///
    /// # Errors
    /// The file is missing, cannot be read, or is not what it should be.
    pub fn open(path: &Path, options: &InputOptions, wanted: Option<FingerprintSpec>) -> Result<Self, Error> {
        let named_h5 = path.extension().is_some_and(|extension| extension == "h5" || extension == "hdf5");
        let kind = if path.as_os_str() != "-" && (named_h5 || is_hdf5(path)?) {
            let reader = LibraryReader::open(path)?;
            let fingerprint = wanted.and_then(|spec| reader.kind(&spec.to_string()));
            Kind::Library { reader: Box::new(reader), fingerprint }
        } else {
            return Self::from_input(input::Source::open(path)?, path, options);
        };
        Ok(Self { kind, next: 0 })
    }

    /// Text or an SD file that is open already.
    ///
    /// # Errors
    /// As [`Source::open`].
    pub(crate) fn from_input(
        source: input::Source,
        path: &Path,
        options: &InputOptions,
    ) -> Result<Self, Error> {
        if options.format.is_none() && is_fps(&source, path) {
            let reason = "holds fingerprints without structures, which `similar --query` takes, and `library build` as a file"
                .to_owned();
            return Err(Error::Unusable { path: path.display().to_string(), reason });
        }
        let kind = match input::recognise(&source, path, options)? {
            Format::Sdf => Kind::Sdf(Box::new(SdfRows::new(source, path, options))),
            format => Kind::Text(Box::new(CompoundReader::from_source(source, path, format, options)?)),
        };
        Ok(Self { kind, next: 0 })
    }

    /// Uses the threads of a device for what is not read as SMILES. Without this, the calling thread does it.
    #[must_use]
    pub fn on(mut self, device: &Device) -> Self {
        if let Kind::Sdf(rows) = &mut self.kind {
            rows.device = Some(device.clone());
        }
        self
    }

    /// Checks what can be checked without reading everything: that the file is there, is of the
    /// right kind, and has the columns it should have.
    ///
    /// # Errors
    /// As [`Source::open`].
    pub fn check(path: &Path, options: &InputOptions) -> Result<(), Error> {
        if path.as_os_str() == "-" {
            return Ok(());
        }
        if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
            // Reading from a pipe would take away what it brings.
            return Ok(());
        }
        Self::open(path, options, None).map(drop)
    }

    /// Number of compounds, where it is known before reading them.
    pub fn rows(&self) -> Option<u64> {
        match &self.kind {
            Kind::Text(_) | Kind::Sdf(_) => None,
            Kind::Library { reader, .. } => Some(reader.len()),
        }
    }

    /// Digest of the input: of text, once it was read to its end.
    pub fn digest(&self) -> Option<InputDigest> {
        match &self.kind {
            Kind::Text(reader) => reader.digest(),
            Kind::Sdf(rows) => rows.digest(),
            Kind::Library { .. } => None,
        }
    }

    /// Reads up to `max` compounds; returns how many, 0 at the end.
    ///
    /// # Errors
    /// The input is damaged or cannot be read.
    pub fn read(&mut self, chunk: &mut Chunk, max: usize) -> Result<usize, Error> {
        chunk.first_row = self.next;
        chunk.records.clear();
        match &mut self.kind {
            Kind::Text(reader) => {
                chunk.fingerprints = None;
                reader.read(&mut chunk.records, max)?;
            }
            Kind::Sdf(rows) => {
                chunk.fingerprints = None;
                rows.read(&mut chunk.records, max)?;
            }
            Kind::Library { reader, fingerprint } => {
                let range = self.next..reader.len().min(self.next + max as u64);
                reader.read_records(range.clone(), &mut chunk.records)?;
                if let Some(kind) = *fingerprint {
                    let (bits, popcounts) = chunk.fingerprints.get_or_insert_default();
                    reader.read_fingerprints(kind, range, bits, popcounts)?;
                }
            }
        }
        self.next += chunk.records.len() as u64;
        Ok(chunk.records.len())
    }
}
