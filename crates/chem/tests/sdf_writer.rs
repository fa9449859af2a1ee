//! Mol blocks that Soyaku writes, read by RDKit 2026.9.1, run live: the molecule of the block must be that of
//! the SMILES. Soyaku reads each block back itself while it writes it.
//!
//! Skipped, and saying so, where RDKit or the data is missing; `SOYAKU_REQUIRE_ORACLES=1` and
//! `SOYAKU_REQUIRE_TEST_DATA=1` make that a failure. `SOYAKU_PARITY_FULL=1` takes every line of the sets.

#![allow(clippy::expect_used)]

#[allow(dead_code)]
mod support;

use std::path::Path;

use soyaku_chem::Parser;
use soyaku_chem::sdf::{Lost, MolBlockVersion, MolBlockWriter};
use support::{data_folder, fail_or_skip, oracle};

/// Writes a block of each molecule and compares what RDKit makes of it. `known` are molecules, with the
/// reason, that may differ or lose something; each of them must.
fn check(name: &str, smiles: &[String], version: MolBlockVersion, known: &[(&str, &str)]) {
    let mut parser = Parser::new();
    let mut writer = MolBlockWriter::new(version);
    let mut lines = Vec::new();
    let mut different = Vec::new();
    let (mut lost, mut seen) = (Lost::default(), 0);
    for line in smiles {
        let Ok(molecule) = parser.parse(line.as_bytes()) else { continue };
        let mut block = Vec::new();
        let found = writer.block(molecule, b"title", &mut block);
        let text = String::from_utf8(block).expect("text");
        if let Some(path) = std::env::var_os("SOYAKU_BLOCKS") {
            std::fs::write(Path::new(&path).join(format!("{name}-{}.mol", lines.len())), &text)
                .expect("a folder");
        }
        if !found.is_empty() && !known.iter().any(|(smiles, _)| smiles == line) {
            different.push(format!("{line}: {found:?}"));
        }
        lost.centers += found.centers;
        lost.double_bonds += found.double_bonds;
        lost.others += found.others;
        lines.push(format!("{line}\t{}", text.replace('\n', "\x01")));
    }
    let Some(answers) = oracle::run(name, "sdf_oracle.py", &["canonical"], &lines) else { return };
    assert_eq!(answers.len(), lines.len());
    for (line, answer) in lines.iter().zip(&answers) {
        let smiles = line.split('\t').next().unwrap_or_default();
        let (from_smiles, from_block) = answer.split_once('\t').expect("two texts");
        if from_smiles == from_block {
            continue;
        }
        match known.iter().any(|(known, _)| *known == smiles) {
            true => seen += 1,
            false => {
                different.push(format!("{smiles}: RDKit has {from_smiles}, from the block {from_block}"))
            }
        }
    }
    println!(
        "{name}, {version:?}: {} blocks read by RDKit, {} different, {seen} known; not told: {lost:?}",
        lines.len(),
        different.len()
    );
    assert!(
        different.is_empty(),
        "{name}: {} of {}:\n{}",
        different.len(),
        lines.len(),
        different.join("\n")
    );
}

/// Every `step`th line of a file, or all of them in a full run.
fn data(path: &Path, variable: &str, step: usize) -> Option<Vec<String>> {
    let Ok(text) = std::fs::read_to_string(path) else {
        fail_or_skip(variable, &path.display().to_string());
        return None;
    };
    let step = if std::env::var_os("SOYAKU_PARITY_FULL").is_some() { 1 } else { step };
    let first = |line: &str| line.split([' ', '\t', ',']).next().unwrap_or_default().to_owned();
    Some(text.lines().step_by(step).map(first).collect())
}

#[test]
fn chembl() {
    let path = data_folder().join("smiles/chembl_10k.smi");
    let Some(smiles) = data(&path, "SOYAKU_REQUIRE_TEST_DATA", 5) else { return };
    check("chembl", &smiles, MolBlockVersion::Automatic, &[]);
    let some: Vec<String> = smiles.into_iter().step_by(4).collect();
    check("chembl", &some, MolBlockVersion::V3000, &[]);
}

#[test]
fn nci() {
    let Some(folder) = oracle::rdkit_data_folder() else { return };
    let Some(smiles) = data(&folder.join("NCI/first_5K.smi"), "SOYAKU_REQUIRE_ORACLES", 5) else { return };
    check("NCI", &smiles, MolBlockVersion::Automatic, &[]);
}

#[test]
fn odd() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/odd.smi");
    let Some(smiles) = data(&path, "SOYAKU_REQUIRE_TEST_DATA", 1) else { return };
    check("odd", &smiles, MolBlockVersion::Automatic, &[]);
    check("odd", &smiles, MolBlockVersion::V3000, &[]);
}
