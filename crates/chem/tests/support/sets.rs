//! The compound sets that results are reported for: docs/parity.md.

use std::path::PathBuf;
use std::process::Command;

use super::{data_folder, fail_or_skip, oracle, workspace};

/// Compounds taken of the largest set.
const MOST: usize = 100_000;

/// All compounds are compared, not a sample.
pub fn is_full() -> bool {
    std::env::var_os("SOYAKU_PARITY_FULL").is_some_and(|value| value == "1")
}

/// The first column of a file in the shared test data, below its header.
pub fn shared(file: &str, header_lines: usize) -> Option<Vec<String>> {
    let path = data_folder().join(file);
    if !path.is_file() {
        fail_or_skip("SOYAKU_REQUIRE_TEST_DATA", &format!("{}", path.display()));
        return None;
    }
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let lines = text.lines().skip(header_lines);
    Some(lines.map(|line| line.split([',', ' ', '\t']).next().unwrap_or_default().to_owned()).collect())
}

/// 10,000 compounds of ChEMBL.
pub fn chembl() -> Option<Vec<String>> {
    shared("smiles/chembl_10k.smi", 0)
}

/// The first 5,000 compounds of NCI, as they come with RDKit.
pub fn nci() -> Option<Vec<String>> {
    downloaded("nci", Some("SOYAKU_REQUIRE_ORACLES"))
}

/// The 2,845 approved drugs that ADMET-AI compares with.
pub fn drugbank() -> Option<Vec<String>> {
    downloaded("drugbank", Some("SOYAKU_REQUIRE_ORACLES"))
}

/// The physico-chemical columns that ADMET-AI gives of them: a header, then a row for each drug, in tab-separated fields
/// of which the first is the SMILES.
pub fn admet_table() -> Option<Vec<String>> {
    downloaded("admet", Some("SOYAKU_REQUIRE_ORACLES"))
}

/// 100,000 compounds of MOSES, evenly taken from all. Nothing that must be there: `make test` does not fetch it.
pub fn moses() -> Option<Vec<String>> {
    let all = downloaded("moses", None)?;
    let step = (all.len() / MOST).max(1);
    Some(all.into_iter().step_by(step).take(MOST).collect())
}

fn downloaded(name: &str, needed_if: Option<&str>) -> Option<Vec<String>> {
    let python = oracle::python()?;
    let root =
        std::env::var_os("SOYAKU_BOOTSTRAP_DIR").map_or_else(|| workspace().join("target"), PathBuf::from);
    let output = Command::new(python)
        .arg(workspace().join("tests/parity/smiles_sets.py"))
        .arg(name)
        .arg(root.join("oracles"))
        .output()
        .expect("python starts");
    let message = String::from_utf8_lossy(&output.stderr);
    match (output.status.code(), needed_if) {
        (Some(0), _) => {}
        (Some(3), Some(variable)) => {
            fail_or_skip(variable, message.trim());
            return None;
        }
        (Some(3), None) => {
            println!("skipped: {}", message.trim());
            return None;
        }
        _ => panic!("smiles_sets.py {name}: {message}"),
    }
    let text = String::from_utf8(output.stdout).expect("SMILES are text");
    Some(text.lines().map(str::to_owned).collect())
}
