//! `soyaku library build` of files that hold fingerprints without structures.

use std::path::Path;
use std::time::Instant;

use serde_json::json;
use soyaku_chem::fps::{FpsError, FpsReader};
use soyaku_device::Device;
use soyaku_store::{
    FingerprintKind, Fpsim2Reader, InputOptions, Keep, LibraryWriter, Records, digest_file, input,
};

use super::{FingerprintFile, Made, kinds, unreadable};
use crate::build::{BuildConfig, BuildSummary, BuiltInput, EXAMPLES};
use crate::progress::{Progress, Stop};
use crate::{Error, FingerprintSpec};

/// Fingerprints of an FPS file that are written together.
const BATCH: usize = 4096;
/// Most bits of a fingerprint that libraries hold.
const MAX_BITS: usize = 1 << 15;
/// Kind of failure of a line that is no fingerprint.
const INPUT: &str = "input";

/// Builds a library where all inputs hold fingerprints; `None` where none of them does.
///
/// # Errors
/// As [`crate::build()`]; inputs that do not go together; options that need structures.
pub(crate) fn build(
    config: &BuildConfig,
    device: &Device,
    progress: &dyn Progress,
    stop: &Stop,
) -> Result<Option<BuildSummary>, Error> {
    let started = Instant::now();
    let mut files = Vec::new();
    for path in &config.inputs {
        files.push(FingerprintFile::recognise(path, &config.options)?.map(|file| (&**path, file)));
    }
    if files.iter().all(Option::is_none) {
        return Ok(None);
    }
    let Some(files) = files.iter().map(Option::as_ref).collect::<Option<Vec<_>>>() else {
        let reason =
            "some inputs hold fingerprints without structures, others structures: build a library of each";
        return Err(Error::Configuration(reason.into()));
    };
    refuse_options(config, files[0].0)?;
    let kind = common_kind(&files, &config.fingerprints)?;
    let paths: Vec<&Path> = files.iter().map(|(path, _)| *path).collect();
    let (mut summary, writer) =
        (BuildSummary::default(), LibraryWriter::create(&config.output, std::slice::from_ref(&kind))?);
    let mut builder = Builder { kind, writer, device, progress, stop, summary: &mut summary };
    progress.begin(None);
    for path in paths {
        // opened again, so that many inputs are not open at once
        if let Some(file) = FingerprintFile::recognise(path, &config.options)? {
            builder.add(path, file)?;
        }
    }
    progress.finishing("writing the library");
    let Builder { kind, writer, .. } = builder;
    let reference =
        kind.attributes.iter().find(|(name, _)| name == "reference").map(|(_, value)| match value {
            soyaku_store::AttributeValue::Text(text) => text.clone(),
            _ => String::new(),
        });
    writer.finish(&json!({
        "command": "library build",
        "inputs": summary.inputs,
        "compounds": summary.compounds,
        "rejected": summary.rejected,
        "reference": reference,
    }))?;
    summary.seconds = started.elapsed().as_secs_f64();
    Ok(Some(summary))
}

/// Options that mean something for structures alone.
fn refuse_options(config: &BuildConfig, path: &Path) -> Result<(), Error> {
    let InputOptions { smiles_column, name_column, keep, .. } = &config.options;
    let option = [
        ("--standardize", config.standardize.is_some()),
        ("--deduplicate", config.deduplicate.is_some()),
        ("--keep-columns", matches!(keep, Keep::All | Keep::Named(_))),
        ("--smiles-column", smiles_column.is_some()),
        ("--name-column", name_column.is_some()),
    ];
    match option.iter().find(|(_, given)| *given) {
        None => Ok(()),
        Some((option, _)) => {
            let reason = format!("{option} needs structures: {} holds fingerprints only", path.display());
            Err(Error::Configuration(reason))
        }
    }
}

/// What all inputs hold.
fn common_kind(
    files: &[&(&Path, FingerprintFile)],
    wanted: &[FingerprintSpec],
) -> Result<FingerprintKind, Error> {
    let wanted = match wanted {
        [] => None,
        [only] => Some(only),
        _ => {
            let reason = "files of fingerprints hold one kind: give --fingerprint once, or leave it out";
            return Err(Error::Configuration(reason.into()));
        }
    };
    let mut common: Option<(&Path, FingerprintKind)> = None;
    for (path, file) in files {
        let kind = file.kind(wanted).map_err(|reason| unusable(path, reason))?;
        match &common {
            None => common = Some((path, kind)),
            Some((first, other)) if other.name != kind.name || other.bits != kind.bits => {
                let reason = format!(
                    "{} holds {}, {} holds {}: build a library of each",
                    first.display(),
                    other.name,
                    path.display(),
                    kind.name
                );
                return Err(Error::Configuration(reason));
            }
            Some(_) => {}
        }
    }
    common.map(|(_, kind)| kind).ok_or_else(|| Error::Internal("a library of no inputs".into()))
}

fn unusable(path: &Path, reason: String) -> Error {
    Error::Unusable { path: path.display().to_string(), reason }
}

impl FingerprintFile {
    /// What the fingerprints are in a library. `wanted` is what the user says where the file does not.
    fn kind(&self, wanted: Option<&FingerprintSpec>) -> Result<FingerprintKind, String> {
        let bits = self.bits();
        let (says, reference) = match self {
            Self::Fpsim2 { kind, .. } => (Some(kind.clone()), String::new()),
            Self::Fps { made: Made::Here(name), .. } => (Some(own(name, bits)?), String::new()),
            Self::Fps { made: Made::Elsewhere(described), reader } => {
                let software = reader.header().software.clone();
                (None, described.clone().or(software).unwrap_or_else(|| "unknown".into()))
            }
        };
        match (says, wanted) {
            (Some(kind), Some(wanted)) if kind.name != wanted.to_string() => {
                Err(format!("holds {} fingerprints, not {wanted}: leave --fingerprint out", kind.name))
            }
            (Some(kind), _) => fitting(kind),
            (None, Some(wanted)) if bits != 0 && bits != wanted.used_bits() => {
                Err(format!("holds fingerprints of {bits} bits; {wanted} has {}", wanted.used_bits()))
            }
            (None, Some(wanted)) => Ok(kinds::known(wanted, &reference)),
            (None, None) if bits == 0 => {
                Err("holds no fingerprint, and does not say how long they would be".into())
            }
            (None, None) => match self {
                Self::Fps { made: Made::Elsewhere(described), .. } => {
                    fitting(kinds::of_fps(described.as_deref(), bits))
                }
                _ => Err("does not say what its fingerprints are".into()),
            },
        }
    }
}

/// Fingerprints that this program wrote as text.
fn own(name: &str, bits: usize) -> Result<FingerprintKind, String> {
    match name.parse::<FingerprintSpec>() {
        Ok(spec) if spec.used_bits() == bits => Ok(spec.kind()),
        Ok(spec) => Err(format!(
            "holds fingerprints of {bits} bits and calls them {name}, which has {}",
            spec.used_bits()
        )),
        Err(_) if name.is_empty() || name.starts_with('.') => {
            Err(format!("has the type 'Soyaku-{name}/1', which is no name of a fingerprint"))
        }
        Err(_) => Ok(kinds::of_name(name, bits)),
    }
}

fn fitting(kind: FingerprintKind) -> Result<FingerprintKind, String> {
    match kind.bits {
        0 => Err("holds no fingerprint, and does not say how long they would be".into()),
        bits if bits > MAX_BITS => Err(format!("holds fingerprints of {bits} bits; {MAX_BITS} is the most")),
        _ => Ok(kind),
    }
}

/// A library in the making.
struct Builder<'a> {
    kind: FingerprintKind,
    writer: LibraryWriter,
    device: &'a Device,
    progress: &'a dyn Progress,
    stop: &'a Stop,
    summary: &'a mut BuildSummary,
}

impl Builder<'_> {
    /// Adds all fingerprints of a file.
    fn add(&mut self, path: &Path, file: FingerprintFile) -> Result<(), Error> {
        let mut built = BuiltInput { path: path.display().to_string(), ..BuiltInput::default() };
        match file {
            FingerprintFile::Fps { mut reader, .. } => {
                let header = reader.header();
                built.fingerprints = Some(json!({
                    "type": header.kind, "software": header.software, "sources": header.sources,
                }));
                self.add_fps(path, &mut reader, &mut built)?;
                built.digest = Some(reader.input().digest());
            }
            FingerprintFile::Fpsim2 { reader, .. } => {
                let info = reader.info();
                built.fingerprints = Some(json!({
                    "type": info.kind, "parameters": info.parameters, "rdkit": info.rdkit, "fpsim2": info.fpsim2,
                }));
                self.add_fpsim2(&reader, &mut built)?;
                built.digest = Some(digest_file(path)?);
            }
        }
        self.summary.compounds += built.compounds;
        self.summary.inputs.push(built);
        Ok(())
    }

    fn add_fps(
        &mut self,
        path: &Path,
        reader: &mut FpsReader<input::Source>,
        built: &mut BuiltInput,
    ) -> Result<(), Error> {
        let (mut records, mut words) = (Records::new(), Vec::new());
        loop {
            let is_at_end = match reader.read() {
                Ok(None) => true,
                Ok(Some(record)) => {
                    records.push(b"", record.name, record.line);
                    words.extend_from_slice(record.words);
                    words.resize(records.len() * self.kind.words(), 0);
                    false
                }
                Err(FpsError::Malformed { line, problem }) => {
                    self.writer.reject(line, reader.line(), &problem)?;
                    built.rejected += 1;
                    *self.summary.rejected.entry(INPUT).or_default() += 1;
                    if self.summary.examples.len() < EXAMPLES {
                        self.summary.examples.push((built.path.clone(), line, problem));
                    }
                    false
                }
                Err(FpsError::Io { line, source }) => {
                    return Err(reader.input().error(path, line.saturating_sub(1), source).into());
                }
                Err(error) => return Err(unreadable(path, &error)),
            };
            if is_at_end || records.len() == BATCH {
                self.write(&mut records, &mut words, built)?;
            }
            if is_at_end {
                return Ok(());
            }
        }
    }

    fn add_fpsim2(&mut self, reader: &Fpsim2Reader, built: &mut BuiltInput) -> Result<(), Error> {
        let (mut records, mut ids, mut words) = (Records::new(), Vec::new(), Vec::new());
        let step = reader.rows_together() as u64;
        let mut start = 0;
        while start < reader.len() {
            let end = reader.len().min(start + step);
            self.device.install(|| reader.read(start..end, &mut ids, &mut words))?;
            for (id, row) in ids.iter().zip(start..) {
                records.push(b"", id.to_string().as_bytes(), row + 1);
            }
            self.write(&mut records, &mut words, built)?;
            start = end;
        }
        Ok(())
    }

    fn write(
        &mut self,
        records: &mut Records,
        words: &mut Vec<u64>,
        built: &mut BuiltInput,
    ) -> Result<(), Error> {
        self.stop.check()?;
        let rows: Vec<u32> = (0..records.len() as u32).collect();
        let writer = &mut self.writer;
        self.device.install(|| writer.append(records, &rows, &[&words[..]]))?;
        self.progress.advance(records.len() as u64);
        built.compounds += records.len() as u64;
        records.clear();
        words.clear();
        Ok(())
    }
}
