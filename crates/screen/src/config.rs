//! A screening run, resolved: every choice made, every input identified.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use serde::Serialize;
use sha2::{Digest, Sha256};
use soyaku_device::Device;
use soyaku_property::{Column, Model, Predictor};
use soyaku_store::results::{ResultsLayout, TaskColumn};
use soyaku_store::{InputDigest, InputOptions, digest_file};

use crate::columns::{Columns, Quantity, SIMILARITY};
use crate::filter::{Condition, column_name, known};
use crate::rank::Order;
use crate::source::Source;
use crate::{Error, FingerprintSpec, Properties, Property, References, SubstructureFilter};

/// What the scaffold of a hit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScaffoldKind {
    /// Rings and what joins them (Bemis and Murcko 1996), as RDKit has it.
    Murcko,
    /// The same with all atoms carbon and all bonds single.
    Generic,
}

/// What the user asked for.
#[derive(Clone, Debug)]
pub struct ScreenConfig {
    /// Library or text; `-` is standard input.
    pub library: PathBuf,
    /// How to read text.
    pub options: InputOptions,
    /// Model files.
    pub models: Vec<PathBuf>,
    /// Reference compounds.
    pub like: Option<PathBuf>,
    /// Fingerprint of the comparison with them.
    pub fingerprint: FingerprintSpec,
    /// Descriptors, as lists of names; those that conditions and the ranking name are added.
    pub descriptors: Vec<String>,
    /// Catalogues of structural alerts, as lists of names.
    pub alerts: Vec<String>,
    /// SMARTS that every compound must hold to be looked at.
    pub must_match: Vec<String>,
    /// SMARTS that no compound must hold.
    pub must_not_match: Vec<String>,
    /// Conditions on hits.
    pub conditions: Vec<String>,
    /// Column to rank by; default: similarity, else the only prediction, else the input's order.
    pub rank_by: Option<String>,
    /// Rank smallest first.
    pub ascending: bool,
    /// Number of hits.
    pub top: usize,
    /// Scaffold to write beside each hit.
    pub scaffold: Option<ScaffoldKind>,
    /// Folder of the run.
    pub output: PathBuf,
    /// Compounds computed together.
    pub batch_size: usize,
    /// Remove what another run left in the folder.
    pub restart: bool,
    /// Whether the CPU may do what a GPU cannot (`--device auto`).
    pub may_fall_back: bool,
}

/// What decides a run's results; written into its files, and compared when a run is continued.
#[derive(Clone, Debug, Serialize)]
pub struct Resolved {
    /// Version of this program.
    pub soyaku_version: &'static str,
    /// Release of RDKit whose behaviour is followed.
    pub reference: &'static str,
    /// The library.
    pub library: InputIdentity,
    /// Column with the SMILES, where one was named.
    pub smiles_column: Option<String>,
    /// Column with the names, where one was named.
    pub name_column: Option<String>,
    /// The models.
    pub models: Vec<FileIdentity>,
    /// The reference compounds.
    pub like: Option<FileIdentity>,
    /// Fingerprint of the comparison, where there is one.
    pub fingerprint: Option<String>,
    /// Descriptors and counts of alerts.
    pub descriptors: Vec<String>,
    /// SMARTS that compounds must hold.
    pub must_match: Vec<String>,
    /// SMARTS that compounds must not hold.
    pub must_not_match: Vec<String>,
    /// Conditions on hits.
    pub conditions: Vec<String>,
    /// Column that ranks; none is the order of the input.
    pub rank_by: Option<String>,
    /// Whether the smallest comes first.
    pub ascending: bool,
    /// Number of hits.
    pub top: usize,
    /// Scaffold beside each hit.
    pub scaffold: Option<ScaffoldKind>,
}

/// A file by name and content.
#[derive(Clone, Debug, Serialize)]
pub struct FileIdentity {
    /// File name without folders.
    pub name: String,
    /// Digest of its bytes.
    #[serde(flatten)]
    pub digest: InputDigest,
}

/// The library by name, size and its two ends: enough to notice another one without reading it twice.
#[derive(Clone, Debug, Serialize)]
pub struct InputIdentity {
    /// File name without folders, or `-`.
    pub name: String,
    /// Bytes.
    pub bytes: u64,
    /// SHA-256 of its first and last mebibyte.
    pub ends_sha256: String,
}

/// A run that is ready to start.
pub(crate) struct Plan {
    pub resolved: Resolved,
    pub digest: String,
    pub predictor: Option<Predictor>,
    pub references: Option<References>,
    pub filter: SubstructureFilter,
    pub scaffold: Option<ScaffoldKind>,
    pub properties: Properties,
    pub columns: Columns,
    pub conditions: Vec<Condition>,
    pub order: Order,
    pub layout: ResultsLayout,
}

/// Loads and checks everything but the library's compounds.
pub(crate) fn resolve(config: &ScreenConfig, device: &Device) -> Result<Plan, Error> {
    let filter = SubstructureFilter::new(&config.must_match, &config.must_not_match)?;
    let properties = Properties::new(&config.descriptors, &config.alerts)?;
    Source::check(&config.library, &config.options)?;
    let mut models = Vec::new();
    for path in &config.models {
        models.push((identify(path)?, Model::load(path)?));
    }
    let (identities, models): (Vec<_>, Vec<_>) = models.into_iter().unzip();
    let predictor = (!models.is_empty()).then(|| Predictor::new(models));
    let prediction_columns = predictor.as_ref().map(Predictor::columns).unwrap_or_default();
    let mut layout = layout(&prediction_columns, &identities, config.like.is_some())?;
    let mut columns = Columns {
        predictions: prediction_columns.into_iter().map(|(_, column)| column.name).collect(),
        descriptors: Vec::new(),
        similarity: config.like.is_some(),
    };
    let properties = properties.with(named(config, &columns));
    for property in properties.list() {
        let name = property.name();
        if columns.predictions.contains(&name) {
            return Err(Error::Configuration(format!(
                "the column '{name}' is a prediction and a descriptor: leave one of them out"
            )));
        }
        layout.descriptors.push(name.clone());
        columns.descriptors.push(name);
    }
    let conditions = config
        .conditions
        .iter()
        .map(|condition| Condition::parse(condition, &columns))
        .collect::<Result<Vec<_>, _>>()?;
    let rank_by = ranking_column(config, &columns)?;
    if config.models.is_empty() && config.like.is_none() && properties.is_empty() && filter.is_empty() {
        return Err(Error::Configuration(
            "nothing to compute: give --model, --like, --descriptors, --alerts, --must-match or --must-not-match"
                .into(),
        ));
    }
    let references = match &config.like {
        Some(path) => Some(References::read(path, &config.options, config.fingerprint, device)?),
        None => None,
    };
    let like = match (&config.like, &references) {
        (Some(path), Some(references)) => {
            Some(FileIdentity { name: file_name(path), digest: references.digest.clone() })
        }
        _ => None,
    };
    let resolved = Resolved {
        soyaku_version: soyaku_store::VERSION,
        reference: soyaku_chem::REFERENCE,
        library: identify_library(&config.library)?,
        smiles_column: config.options.smiles_column.clone(),
        name_column: config.options.name_column.clone(),
        models: identities,
        fingerprint: like.as_ref().map(|_| config.fingerprint.to_string()),
        like,
        descriptors: columns.descriptors.clone(),
        must_match: config.must_match.clone(),
        must_not_match: config.must_not_match.clone(),
        conditions: config.conditions.clone(),
        rank_by: rank_by.as_ref().map(|(name, _)| name.clone()),
        ascending: config.ascending,
        top: config.top,
        scaffold: config.scaffold,
    };
    let order = match rank_by {
        None => Order::Row,
        Some((_, quantity)) if config.ascending => Order::Ascending(quantity),
        Some((_, quantity)) => Order::Descending(quantity),
    };
    let text = serde_json::to_string(&resolved).map_err(|error| Error::Internal(error.to_string()))?;
    let digest = hex(&Sha256::digest(text.as_bytes()));
    Ok(Plan {
        resolved,
        digest,
        predictor,
        references,
        filter,
        scaffold: config.scaffold,
        properties,
        columns,
        conditions,
        order,
        layout,
    })
}

/// The descriptors and alerts that conditions and the ranking name.
fn named(config: &ScreenConfig, columns: &Columns) -> Vec<Property> {
    let in_conditions = config.conditions.iter().filter_map(|condition| column_name(condition));
    let names = in_conditions.chain(config.rank_by.as_deref()).filter(|name| columns.find(name).is_none());
    names.filter_map(Property::named).collect()
}

fn ranking_column(config: &ScreenConfig, columns: &Columns) -> Result<Option<(String, Quantity)>, Error> {
    let name = match (&config.rank_by, &columns.predictions[..]) {
        (Some(name), _) => name.clone(),
        (None, _) if columns.similarity => SIMILARITY.to_owned(),
        (None, [only]) => only.clone(),
        (None, _) => return Ok(None),
    };
    match columns.find(&name) {
        Some(quantity) => Ok(Some((name, quantity))),
        None => {
            Err(Error::Configuration(format!("cannot rank by '{name}': this run has {}", known(columns))))
        }
    }
}

fn layout(
    columns: &[(usize, Column)],
    models: &[FileIdentity],
    similarity: bool,
) -> Result<ResultsLayout, Error> {
    let mut tasks: Vec<TaskColumn> = Vec::new();
    for (model, column) in columns {
        let model = models.get(*model).map(|identity| identity.name.clone()).unwrap_or_default();
        if let Some(other) = tasks.iter().find(|task| task.name == column.name) {
            return Err(Error::Configuration(format!(
                "the column '{}' is predicted by both {} and {model}: give one of them",
                column.name, other.model
            )));
        }
        tasks.push(TaskColumn {
            name: column.name.clone(),
            units: column.units.clone().unwrap_or_default(),
            kind: column.kind.to_owned(),
            model,
        });
    }
    Ok(ResultsLayout { tasks, similarity, descriptors: Vec::new() })
}

fn identify(path: &Path) -> Result<FileIdentity, Error> {
    Ok(FileIdentity { name: file_name(path), digest: digest_file(path)? })
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

pub(crate) fn identify_library(path: &Path) -> Result<InputIdentity, Error> {
    const END: u64 = 1 << 20;
    if path.as_os_str() == "-" {
        // What comes through a pipe cannot be looked at twice: it is never the same as another.
        let moment = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let unique = format!("{} {}", std::process::id(), moment.map_or(0, |moment| moment.as_nanos()));
        return Ok(InputIdentity { name: "-".into(), bytes: 0, ends_sha256: hex(&Sha256::digest(unique)) });
    }
    let failed = |source| soyaku_store::Error::Io { path: path.to_owned(), action: "read", source };
    let mut file = File::open(path).map_err(failed)?;
    let bytes = file.metadata().map_err(failed)?.len();
    let mut ends = Vec::new();
    file.by_ref().take(END).read_to_end(&mut ends).map_err(failed)?;
    if bytes > END {
        file.seek(SeekFrom::Start(bytes.saturating_sub(END).max(END))).map_err(failed)?;
        file.take(END).read_to_end(&mut ends).map_err(failed)?;
    }
    Ok(InputIdentity { name: file_name(path), bytes, ends_sha256: hex(&Sha256::digest(&ends)) })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
