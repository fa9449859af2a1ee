//! `soyaku library build`: text to a compound library.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::Serialize;
use soyaku_chem::standardize::StandardizeOptions;
use soyaku_device::Device;
use soyaku_store::{InputDigest, InputOptions, LibraryWriter, Records};

use crate::duplicates::{DUPLICATE, Sameness, Seen};
use crate::featurize::{Featurizer, Wanted};
use crate::progress::{Progress, Stop};
use crate::reading::with_reader;
use crate::source::Source;
use crate::standardization::Standardization;
use crate::{Error, FingerprintSpec};

/// What to build.
#[derive(Clone, Debug)]
pub struct BuildConfig {
    /// Inputs, one after the other.
    pub inputs: Vec<PathBuf>,
    /// How to read them.
    pub options: InputOptions,
    /// Fingerprints to compute; none is the usual one. Of files that hold fingerprints and do not say of what kind
    /// they are: their kind; none leaves it open.
    pub fingerprints: Vec<FingerprintSpec>,
    /// Where to write.
    pub output: PathBuf,
    /// Compounds in one batch.
    pub batch_size: usize,
    /// Standardize compounds with these steps before anything else.
    pub standardize: Option<StandardizeOptions>,
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
    /// What standardization did, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standardized: Option<Standardized>,
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

/// What standardization did, over all inputs.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Standardized {
    /// Compounds that were changed.
    pub compounds: u64,
    /// How many of them had each change.
    pub changes: BTreeMap<String, u64>,
}

/// One input of a library.
#[derive(Clone, Debug, Default, Serialize)]
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
    /// What the input says of its fingerprints, where it holds them in place of structures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprints: Option<serde_json::Value>,
}

/// Rejected rows that a summary shows.
pub(crate) const EXAMPLES: usize = 5;

/// Builds a library of structures, or of files that hold fingerprints alone (FPS, FPSim2). Rows that are no molecule,
/// or no fingerprint, are kept apart, with their reason.
///
/// # Errors
/// Inputs and options do not go together, an input is missing or damaged, the output cannot be written, or a stop was
/// requested; no file is left then.
pub fn build(
    config: &BuildConfig,
    device: &Device,
    progress: &dyn Progress,
    stop: &Stop,
) -> Result<BuildSummary, Error> {
    let started = Instant::now();
    if let Some(summary) = crate::imported::build(config, device, progress, stop)? {
        return Ok(summary);
    }
    for input in &config.inputs {
        Source::check(input, &config.options)?;
    }
    let usual = [FingerprintSpec::default()];
    let fingerprints = if config.fingerprints.is_empty() { &usual[..] } else { &config.fingerprints };
    let kinds: Vec<_> = fingerprints.iter().map(FingerprintSpec::kind).collect();
    let seen = config.deduplicate.map(|_| Seen::default());
    let mut builder = Builder {
        config,
        fingerprints,
        device,
        progress,
        stop,
        writer: LibraryWriter::create(&config.output, &kinds)?,
        standardization: config.standardize.clone().map(Standardization::new),
        summary: BuildSummary { duplicates: seen.as_ref().map(|_| 0), ..BuildSummary::default() },
        seen,
    };
    progress.begin(None);
    for input in &config.inputs {
        let built = builder.add(input)?;
        builder.summary.inputs.push(built);
    }
    progress.finishing("writing the library");
    let Builder { writer, standardization, mut summary, .. } = builder;
    summary.standardized = standardization
        .map(|done| Standardized { compounds: done.changed(), changes: done.changes().clone() });
    writer.finish(&provenance(config, &summary))?;
    summary.seconds = started.elapsed().as_secs_f64();
    Ok(summary)
}

fn provenance(config: &BuildConfig, summary: &BuildSummary) -> serde_json::Value {
    let mut provenance = serde_json::json!({
        "command": "library build",
        "inputs": summary.inputs,
        "compounds": summary.compounds,
        "rejected": summary.rejected,
        "reference": soyaku_chem::REFERENCE,
    });
    if let (Some(steps), Some(standardized)) = (&config.standardize, &summary.standardized) {
        provenance["standardize"] = steps.to_string().into();
        provenance["standardized"] = serde_json::json!(standardized);
    }
    if let (Some(sameness), Some(duplicates)) = (config.deduplicate, summary.duplicates) {
        provenance["deduplicate"] = sameness.to_string().into();
        provenance["duplicates"] = duplicates.into();
    }
    provenance
}

/// A library in the making.
struct Builder<'a> {
    config: &'a BuildConfig,
    fingerprints: &'a [FingerprintSpec],
    device: &'a Device,
    progress: &'a dyn Progress,
    stop: &'a Stop,
    writer: LibraryWriter,
    standardization: Option<Standardization>,
    seen: Option<Seen>,
    summary: BuildSummary,
}

impl Builder<'_> {
    /// Adds all compounds of an input.
    fn add(&mut self, path: &Path) -> Result<BuiltInput, Error> {
        let config = self.config;
        let name = path.display().to_string();
        let source = Source::open(path, &config.options, None)?.on(self.device);
        let mut featurizer = Featurizer::new(Wanted {
            fingerprints: self.fingerprints.to_vec(),
            keys: config.deduplicate.map(Sameness::key_options),
            ..Wanted::default()
        });
        if let Some(seen) = &mut self.seen {
            seen.next_input(&name);
        }
        let duplicates = self.seen.is_some().then_some(0);
        let mut built = BuiltInput { path: name, duplicates, ..BuiltInput::default() };
        let (source, ()) = with_reader(
            source,
            |_| config.batch_size,
            |chunks, recycle| {
                for chunk in chunks {
                    let chunk = chunk?;
                    self.stop.check()?;
                    self.add_chunk(&chunk.records, &mut featurizer, &mut built)?;
                    self.progress.advance(chunk.records.len() as u64);
                    recycle(chunk);
                }
                Ok(())
            },
        )?;
        built.digest = source.digest();
        Ok(built)
    }

    fn add_chunk(
        &mut self,
        input: &Records,
        featurizer: &mut Featurizer<'_>,
        built: &mut BuiltInput,
    ) -> Result<(), Error> {
        let records = match &mut self.standardization {
            Some(standardization) => standardization.run(self.device, input),
            None => input,
        };
        let found = featurizer.run(self.device, records);
        let gone = self.seen.as_mut().map_or(0, |seen| seen.take_out(found, records));
        let fingerprints: Vec<&[u64]> = found.fingerprints.iter().map(|table| &table.bits[..]).collect();
        let writer = &mut self.writer;
        self.device.install(|| writer.append(records, &found.rows, &fingerprints))?;
        let summary = &mut self.summary;
        for failure in &found.failures {
            let line = records.line(failure.index);
            self.writer.reject(line, input.smiles(failure.index), &failure.reason)?;
            if failure.kind == DUPLICATE {
                continue;
            }
            *summary.rejected.entry(failure.kind).or_default() += 1;
            if summary.examples.len() < EXAMPLES {
                summary.examples.push((built.path.clone(), line, failure.reason.clone()));
            }
        }
        let compounds = found.rows.len() as u64;
        built.compounds += compounds;
        built.rejected += found.failures.len() as u64 - gone;
        summary.compounds += compounds;
        for duplicates in [&mut summary.duplicates, &mut built.duplicates].into_iter().flatten() {
            *duplicates += gone;
        }
        Ok(())
    }
}
