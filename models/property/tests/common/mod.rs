//! What several test files need: where the data is, golden predictions, ADMET-AI's reference table.

#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, reason = "a test that cannot read its data fails")]

use std::fs;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A path that exists, or `None` after a message; where `require` is set to 1, its absence is a failure.
fn available(path: PathBuf, require: &str) -> Option<PathBuf> {
    if path.exists() {
        return Some(path);
    }
    let required = std::env::var_os(require).is_some_and(|value| value == "1");
    assert!(!required, "{} is missing, and {require}=1", path.display());
    eprintln!("skipped: {} is missing", path.display());
    None
}

/// A file or folder of the shared test data.
pub fn test_data(name: &str) -> Option<PathBuf> {
    let folder =
        std::env::var_os("SOYAKU_TEST_DATA").map_or_else(|| root().join("../shared/data"), PathBuf::from);
    available(folder.join(name), "SOYAKU_REQUIRE_TEST_DATA")
}

/// The ADMET-AI wheel.
pub fn wheel() -> Option<PathBuf> {
    let default = || root().join("target/oracles/admet_ai-2.0.1-py3-none-any.whl");
    let path = std::env::var_os("SOYAKU_ADMET_WHEEL").map_or_else(default, PathBuf::from);
    available(path, "SOYAKU_REQUIRE_ORACLES")
}

/// A file written by `tests/parity/chemprop_golden.py`.
pub fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

fn json(name: &str) -> Value {
    serde_json::from_slice(&fs::read(golden(name)).unwrap()).unwrap()
}

/// SMILES of the golden molecules.
pub fn molecules() -> Vec<String> {
    let list = json("molecules.json");
    list["smiles"].as_array().unwrap().iter().map(|smiles| smiles.as_str().unwrap().to_owned()).collect()
}

/// Chemprop's predictions for one model file.
pub struct Golden {
    /// Molecules they are for.
    pub smiles: Vec<String>,
    /// `[molecule][task][parameter]`; see `chemprop_golden.py` for the parameters.
    pub values: Vec<Vec<Vec<f64>>>,
    /// SHA-256 of the model file.
    pub sha256: String,
}

/// Predictions for the shared checkpoint `NAME.pt` (`name`) or a small network (`networks/NAME`).
pub fn predictions(name: &str) -> Golden {
    let content = json(&format!("{name}.json"));
    let every = usize::try_from(content["every"].as_u64().unwrap()).unwrap();
    let rows = content["values"].as_array().unwrap();
    let list = |value: &Value| value.as_array().unwrap().clone();
    let numbers = |task: &Value| list(task).iter().map(|value| value.as_f64().unwrap()).collect();
    let golden = Golden {
        smiles: molecules().into_iter().step_by(every).collect(),
        values: rows.iter().map(|row| list(row).iter().map(numbers).collect()).collect(),
        sha256: content["sha256"].as_str().unwrap().to_owned(),
    };
    assert_eq!(golden.smiles.len(), golden.values.len());
    golden
}

/// ADMET-AI's own predictions for approved drugs, out of its wheel.
pub struct Reference {
    /// The drugs.
    pub smiles: Vec<String>,
    /// Names of the columns of `values`: 11 physico-chemical ones, then 41 predicted ones.
    pub columns: Vec<String>,
    /// `[molecule][column]`.
    pub values: Vec<Vec<f64>>,
}

impl Reference {
    /// Values of one column, molecule by molecule.
    pub fn column(&self, name: &str) -> Vec<f64> {
        let index = self.columns.iter().position(|column| column == name).unwrap();
        self.values.iter().map(|row| row[index]).collect()
    }
}

/// Reads the reference table of the wheel.
pub fn reference(wheel: &Path) -> Reference {
    let mut archive = zip::ZipArchive::new(Cursor::new(fs::read(wheel).unwrap())).unwrap();
    let mut table = Vec::new();
    archive
        .by_name("admet_ai/resources/data/drugbank_approved.csv")
        .unwrap()
        .read_to_end(&mut table)
        .unwrap();
    let mut reader = csv::Reader::from_reader(table.as_slice());
    let header = reader.headers().unwrap().clone();
    let first = header.iter().position(|name| name == "molecular_weight").unwrap();
    let smiles = header.iter().position(|name| name == "smiles").unwrap();
    let mut reference = Reference {
        smiles: Vec::new(),
        columns: header.iter().skip(first).map(str::to_owned).collect(),
        values: Vec::new(),
    };
    for record in reader.records() {
        let record = record.unwrap();
        reference.smiles.push(record[smiles].to_owned());
        reference.values.push(record.iter().skip(first).map(|cell| cell.parse().unwrap()).collect());
    }
    reference
}
