//! Every atom and bond property and every kind of Morgan fingerprint against RDKit 2026.9.1, run
//! live on real compound sets and on a list of odd SMILES.
//!
//! Skipped, and saying so, where RDKit or the data is missing; `SOYAKU_REQUIRE_ORACLES=1` and
//! `SOYAKU_REQUIRE_TEST_DATA=1` make that a failure. `-- --nocapture` shows what was compared.

#![allow(clippy::expect_used)]

// of the shared parts, only some are used here
#[allow(dead_code)]
mod support;

use std::path::Path;

use support::{check, data_folder, fail_or_skip, oracle};

/// Differences that are understood and stay, as (SMILES, reason); also in docs/differences.md.
const KNOWN: &[(&str, &str)] = &[
    ("", "an empty line is an error, not a molecule without atoms"),
    ("CCO |^1:0|", "CXSMILES extensions are not read: what follows a blank is the name"),
    ("CC |foo|", "the same: RDKit refuses an extension it cannot read"),
    ("CCO |", "the same"),
];

/// The lines of a file, each cut at the first of `ends`.
fn read_lines(path: &Path, ends: &[char]) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines().map(|line| line.split(ends).next().unwrap_or_default().to_owned()).collect()
}

/// Compares the lines of a file in the data folder.
fn check_data(file: &str, header_lines: usize) {
    let path = data_folder().join(file);
    if !path.is_file() {
        fail_or_skip("SOYAKU_REQUIRE_TEST_DATA", &format!("{}", path.display()));
        return;
    }
    let lines = read_lines(&path, &[',', ' ', '\t']);
    check(file, &lines[header_lines..], KNOWN);
}

#[test]
fn chembl() {
    check_data("smiles/chembl_10k.smi", 0);
}

#[test]
fn nci() {
    let Some(folder) = oracle::rdkit_data_folder() else { return };
    let path = folder.join("NCI").join("first_5K.smi");
    if !path.is_file() {
        fail_or_skip("SOYAKU_REQUIRE_ORACLES", &format!("{}", path.display()));
        return;
    }
    check("NCI/first_5K.smi", &read_lines(&path, &[' ', '\t']), KNOWN);
}

#[test]
fn moleculenet() {
    for name in ["bace", "bbbp", "clintox", "esol", "freesolv", "lipo", "sider", "tox21"] {
        check_data(&format!("moleculenet/{name}.csv"), 1);
    }
}

#[test]
fn odd() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/odd.smi");
    let text = std::fs::read_to_string(&path).expect("the list is part of the repository");
    let lines: Vec<String> = text.trim_end_matches('\n').split('\n').map(str::to_owned).collect();
    check("odd.smi", &lines, KNOWN);
}

/// Any other list: the file that `SOYAKU_PARITY_FILE` names, one SMILES a line.
#[test]
fn own_list() {
    let Some(path) = std::env::var_os("SOYAKU_PARITY_FILE") else { return };
    let text = std::fs::read_to_string(&path).expect("SOYAKU_PARITY_FILE names a readable text file");
    let lines: Vec<String> = text.trim_end_matches('\n').split('\n').map(str::to_owned).collect();
    check(&path.to_string_lossy(), &lines, KNOWN);
}
