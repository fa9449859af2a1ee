//! The ADMET-AI wheel: trained Chemprop ensembles and a table that describes their tasks.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};

use super::Imported;
use super::archive::Archive;
use super::ensemble::{Ensemble, source};
use super::files;
use crate::error::Error;
use crate::spec::Task;

/// Every folder in here is one ensemble.
const MODELS: &str = "admet_ai/resources/models/";
/// One row for each endpoint: identifier, name, units, test metrics.
const ENDPOINTS: &str = "admet_ai/resources/data/admet.csv";
/// Largest entry that is read.
const MAX_ENTRY: u64 = 256 << 20;

/// Whether the bytes are a zip archive with ADMET-AI's models.
pub(super) fn is_wheel(file: &str, bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK")
        && Archive::open(file, bytes)
            .is_ok_and(|archive| archive.names().iter().any(|name| name.starts_with(MODELS)))
}

/// Imports each ensemble of the wheel. The suffix is the folder's name without `admet_`.
pub(super) fn read(path: &Path, bytes: &[u8]) -> Result<Vec<Imported>, Error> {
    let file = path.display().to_string();
    let mut archive = Archive::open(&file, bytes)?;
    let wheel = source(&files::name(path, None), bytes);
    let endpoints = endpoints(&mut archive)?;
    let mut ensembles: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for name in archive.names() {
        if let Some((folder, _)) = name.strip_prefix(MODELS).and_then(|rest| rest.split_once('/'))
            && name.ends_with(".pt")
        {
            ensembles.entry(folder.to_owned()).or_default().push(name);
        }
    }
    let mut imported = Vec::new();
    for (folder, mut entries) in ensembles {
        entries.sort_by(|a, b| files::natural(a, b));
        let mut ensemble = Ensemble::new();
        for entry in entries {
            let bytes = archive.read(&entry, MAX_ENTRY)?;
            ensemble.add(&format!("{file}: {entry}"), &entry, &bytes)?;
        }
        let mut model = ensemble.finish(&file)?;
        model.provenance.sources.insert(0, wheel.clone());
        model.provenance.source_format = Some("Chemprop 2, in the ADMET-AI wheel".into());
        for task in &mut model.tasks {
            describe(task, &endpoints);
        }
        model.card = card(&wheel.name, &model.tasks, &endpoints);
        imported
            .push(Imported { suffix: folder.strip_prefix("admet_").unwrap_or(&folder).to_owned(), model });
    }
    Ok(imported)
}

/// Columns of the endpoint table by the endpoint's identifier.
type Endpoints = BTreeMap<String, Map<String, Value>>;

fn endpoints(archive: &mut Archive) -> Result<Endpoints, Error> {
    let bytes = archive.read(ENDPOINTS, MAX_ENTRY)?;
    let malformed =
        |error: csv::Error| Error::malformed(&format!("{}: {ENDPOINTS}", archive.file), error.to_string());
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let header = reader.headers().map_err(malformed)?.clone();
    let mut endpoints = Endpoints::new();
    for record in reader.records() {
        let record = record.map_err(malformed)?;
        let known =
            header.iter().zip(&record).filter(|(_, cell)| !matches!(*cell, "" | "-" | "inf" | "-inf"));
        let columns: Map<_, _> = known.map(|(name, cell)| (name.to_owned(), typed(cell))).collect();
        if let Some(Value::String(id)) = columns.get("id") {
            endpoints.insert(id.clone(), columns);
        }
    }
    Ok(endpoints)
}

/// A number where the cell is one.
fn typed(cell: &str) -> Value {
    let number = cell.parse().ok().and_then(serde_json::Number::from_f64);
    number.map_or_else(|| Value::String(cell.to_owned()), Value::Number)
}

fn describe(task: &mut Task, endpoints: &Endpoints) {
    let Some(columns) = endpoints.get(&task.name) else { return };
    let text = |key: &str| columns.get(key).and_then(Value::as_str).map(str::to_owned);
    // The table gives `-` for probabilities, which is no unit.
    task.units = text("units");
    task.description = match (text("name"), text("species")) {
        (Some(name), Some(species)) => Some(format!("{name} ({species})")),
        (name, _) => name,
    };
}

fn card(wheel: &str, tasks: &[Task], endpoints: &Endpoints) -> Value {
    let rows = tasks.iter().filter_map(|task| endpoints.get(&task.name)).cloned().map(Value::Object);
    serde_json::json!({
        "name": "ADMET-AI",
        "source": wheel,
        "license": "MIT",
        "training_data": "Therapeutics Data Commons, ADMET",
        "reference": "Swanson et al. 2024, ADMET-AI, Bioinformatics 40(7) btae416",
        "endpoints": rows.collect::<Vec<_>>(),
    })
}
