//! `soyaku library build`: text to a compound library.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::Serialize;
use soyaku_device::Device;
use soyaku_store::{InputDigest, InputOptions, LibraryWriter};

use crate::duplicates::{DUPLICATE, Sameness, Seen};
use crate::featurize::{Featurizer, Wanted};
use crate::progress::{Progress, Stop};
use crate::reading::with_reader;
use crate::source::Source;
use crate::{Error, FingerprintSpec};

/// What to build.
#[derive(Clone, Debug)]
pub struct BuildConfig {
    /// Inputs, one after the other.
    pub inputs: Vec<PathBuf>,
    /// How to read them.
    pub options: InputOptions,
    /// Fingerprints to compute.
    pub fingerprints: Vec<FingerprintSpec>,
    /// Where to write.
    pub output: PathBuf,
    /// Compounds in one batch.
    pub batch_size: usize,
    /// Keep only the first one of compounds that are the same.
    pub deduplicate: Option<Sameness>,
}

/// What was built.
#[derive(Clone, Debug, Default, Serialize)]
pub struct BuildSummary {
    /// Compounds in the library.
    pub compounds: u64,
    /// Rejected rows by kind of failure.
    pub rejected: BTreeMap<&'static str, u64>,
    /// Rows whose compound came before, where these are left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duplicates: Option<u64>,
    /// The first rejected rows: input, line, reason.
    pub examples: Vec<(String, u64, String)>,
    /// Digest of each input.
    pub inputs: Vec<BuiltInput>,
    /// Seconds taken.
    pub seconds: f64,
}

/// One input of a library.
#[derive(Clone, Debug, Serialize)]
pub struct BuiltInput {
    /// Path as given.
    pub path: String,
    /// Digest of its bytes.
    #[serde(flatten)]
    pub digest: Option<InputDigest>,
    /// Compounds it contributed.
    pub compounds: u64,
    /// Rows that were rejected.
    pub rejected: u64,
    /// Rows whose compound came before, where these are left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duplicates: Option<u64>,
}

/// Rejected rows that a summary shows.
const EXAMPLES: usize = 5;

/// Builds a library. Rows that are no molecule are kept apart, with their reason.
///
/// # Errors
/// An input is missing or damaged, the output cannot be written, or a stop was requested; no file
/// is left then.
pub fn build(
    config: &BuildConfig,
    device: &Device,
    progress: &dyn Progress,
    stop: &Stop,
) -> Result<BuildSummary, Error> {
    let started = Instant::now();
    let mut summary = BuildSummary::default();
    for input in &config.inputs {
        Source::check(input, &config.options)?;
    }
    let kinds: Vec<_> = config.fingerprints.iter().map(FingerprintSpec::kind).collect();
    let mut writer = LibraryWriter::create(&config.output, &kinds)?;
    let mut seen = config.deduplicate.map(|_| Seen::default());
    summary.duplicates = seen.as_ref().map(|_| 0);
    progress.begin(None);
    for input in &config.inputs {
        let built = build_one(input, config, device, progress, stop, &mut writer, &mut seen, &mut summary)?;
        summary.inputs.push(built);
    }
    progress.finishing("writing the library");
    let mut provenance = serde_json::json!({
        "command": "library build",
        "inputs": summary.inputs,
        "compounds": summary.compounds,
        "rejected": summary.rejected,
        "reference": soyaku_chem::REFERENCE,
    });
    if let (Some(sameness), Some(duplicates)) = (config.deduplicate, summary.duplicates) {
        provenance["deduplicate"] = sameness.to_string().into();
        provenance["duplicates"] = duplicates.into();
    }
    writer.finish(&provenance)?;
    summary.seconds = started.elapsed().as_secs_f64();
    Ok(summary)
}

#[allow(clippy::too_many_arguments)] // one caller, above
fn build_one(
    path: &Path,
    config: &BuildConfig,
    device: &Device,
    progress: &dyn Progress,
    stop: &Stop,
    writer: &mut LibraryWriter,
    seen: &mut Option<Seen>,
    summary: &mut BuildSummary,
) -> Result<BuiltInput, Error> {
    let name = path.display().to_string();
    let source = Source::open(path, &config.options, None)?.on(device);
    let wanted = Wanted { fingerprints: config.fingerprints.clone(), ..Wanted::default() };
    let wanted = Wanted { keys: config.deduplicate.map(Sameness::key_options), ..wanted };
    let mut featurizer = Featurizer::new(wanted);
    let (mut compounds, mut rejected, mut duplicates) = (0, 0, 0);
    if let Some(seen) = seen {
        seen.next_input(&name);
    }
    let (source, ()) = with_reader(
        source,
        |_| config.batch_size,
        |chunks, recycle| {
            for chunk in chunks {
                let chunk = chunk?;
                if let Some(signal) = stop.requested() {
                    return Err(Error::Stopped { signal, row: 0 });
                }
                let found = featurizer.run(device, &chunk.records);
                let gone = seen.as_mut().map_or(0, |seen| seen.take_out(found, &chunk.records));
                let fingerprints: Vec<&[u64]> =
                    found.fingerprints.iter().map(|table| &table.bits[..]).collect();
                device.install(|| writer.append(&chunk.records, &found.rows, &fingerprints))?;
                for failure in &found.failures {
                    let line = chunk.records.line(failure.index);
                    writer.reject(line, chunk.records.smiles(failure.index), &failure.reason)?;
                    if failure.kind == DUPLICATE {
                        continue;
                    }
                    *summary.rejected.entry(failure.kind).or_default() += 1;
                    if summary.examples.len() < EXAMPLES {
                        summary.examples.push((name.clone(), line, failure.reason.clone()));
                    }
                }
                compounds += found.rows.len() as u64;
                rejected += found.failures.len() as u64 - gone;
                duplicates += gone;
                progress.advance(chunk.records.len() as u64);
                recycle(chunk);
            }
            Ok(())
        },
    )?;
    summary.compounds += compounds;
    let duplicates = summary.duplicates.as_mut().map(|all| {
        *all += duplicates;
        duplicates
    });
    Ok(BuiltInput { path: name, digest: source.digest(), compounds, rejected, duplicates })
}
