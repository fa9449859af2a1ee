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
use support::{oracle, sets};

/// Writes a block of each molecule and compares what RDKit makes of it. `known` are molecules, with the
/// reason, that may differ or lose something; each of them must.
fn check(name: &str, smiles: &[String], version: MolBlockVersion, known: &[(&str, &str)]) {
    let mut parser = Parser::new();
    let mut writer = MolBlockWriter::new(version);
    let mut lines = Vec::new();
    let mut different = Vec::new();
    let (mut lost, mut seen) = (Lost::default(), 0);
    let is_known = |smiles: &str| known.iter().any(|(other, _)| *other == smiles);
    for line in smiles {
        let Ok(molecule) = parser.parse(line.as_bytes()) else { continue };
        let mut block = Vec::new();
        let found = writer.block(molecule, b"title", &mut block);
        let text = String::from_utf8(block).expect("text");
        if let Some(path) = std::env::var_os("SOYAKU_BLOCKS") {
            std::fs::write(Path::new(&path).join(format!("{name}-{}.mol", lines.len())), &text)
                .expect("a folder");
        }
        if !found.is_empty() && !is_known(line) {
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
        match is_known(smiles) {
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

/// Molecules of the odd list whose block reads otherwise, and why.
fn known() -> Vec<(&'static str, &'static str)> {
    let mut known = Vec::new();
    let mut add = |reason, list: &[&'static str]| known.extend(list.iter().map(|smiles| (*smiles, reason)));
    add(
        "wedges at Se and As with a double bond, and at P and As with two bonds and a hydrogen, are not read",
        &["C[Se@](=O)CC", "[P@H](C)CC", "C[P@@H]CC", "C[As@@](=O)(CC)CCC", "C[As@H]CC"],
    );
    add(
        "a block has no arrangements that are not tetrahedral",
        &[
            "F[Pt@SP1](Cl)(Br)I",
            "F[Pt@SP2](Cl)(Br)I",
            "F[Pt@SP3](Cl)(Br)I",
            "N[Pt@SP1](N)(Cl)Cl",
            "[Pt@SP1](N)(N)(Cl)Cl",
            "[Pt@SP]([NH3])([NH3])(Cl)Cl",
            "Cl[Pt@SP1](<-N)(<-N)Cl",
            "C[P@TB1](F)(Cl)(Br)I",
            "C[P@TB20](F)(Cl)(Br)I",
            "S[As@TB7](F)(Cl)(Br)N",
            "C[Co@OH1](F)(Cl)(Br)(I)N",
            "C[Co@OH30](F)(Cl)(Br)(I)N",
            "C[Co@OH5](F)(Cl)(Br)(I)N",
            "[Co@OH5](F)(Cl)(Br)I",
            "C[C@SP1](F)(Cl)Br",
            "C[C@OH1](F)(Cl)Br",
        ],
    );
    add("a block has no quadruple bonds", &["C$C", "[C]$[C]", "[U]$[U]", "[Re]$[Re]"]);
    add("a bond of H- is refused in a block, by RDKit too", &["[H-]C"]);
    add("the atom map number 0, which RDKit writes and a block does not", &["[CH4:0]"]);
    known
}

/// Every `step`th compound, or all of them in a full run.
fn sample(compounds: Option<Vec<String>>, step: usize) -> Vec<String> {
    let step = if sets::is_full() { 1 } else { step };
    compounds.unwrap_or_default().into_iter().step_by(step).collect()
}

#[test]
fn chembl() {
    let smiles = sample(sets::chembl(), 5);
    check("chembl", &smiles, MolBlockVersion::Automatic, &[]);
    let some: Vec<String> = smiles.into_iter().step_by(4).collect();
    check("chembl", &some, MolBlockVersion::V3000, &[]);
}

#[test]
fn nci_and_drugs() {
    check("NCI", &sample(sets::nci(), 5), MolBlockVersion::Automatic, &[]);
    check("drugs", &sample(sets::drugbank(), 4), MolBlockVersion::Automatic, &[]);
}

#[test]
fn moleculenet() {
    for name in ["bace", "bbbp", "clintox", "esol", "freesolv", "lipo", "sider", "tox21"] {
        let smiles = sample(sets::shared(&format!("moleculenet/{name}.csv"), 1), 20);
        check(name, &smiles, MolBlockVersion::Automatic, &[]);
    }
}

#[test]
fn odd() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/odd.smi");
    let text = std::fs::read_to_string(path).expect("the list is part of the repository");
    let first = |line: &str| line.split([' ', '\t']).next().unwrap_or_default().to_owned();
    let smiles: Vec<String> = text.lines().map(first).collect();
    let known = known();
    check("odd", &smiles, MolBlockVersion::Automatic, &known);
    check("odd", &smiles, MolBlockVersion::V3000, &known);
}
