//! Descriptors against RDKit 2026.9.1, run live on real compound sets and on a list of odd SMILES:
//! whole numbers exactly, others to a relative difference of 1e-6.
//!
//! Skipped, and saying so, where RDKit or the data is missing; `SOYAKU_REQUIRE_ORACLES=1` and
//! `SOYAKU_REQUIRE_TEST_DATA=1` make that a failure. Every fifth compound of a set is taken, all with
//! `SOYAKU_PARITY_FULL=1`. `-- --nocapture` shows what was compared.

#![allow(clippy::expect_used)]

// of the shared parts, only some are used here
#[allow(dead_code)]
mod support;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use soyaku_chem::Parser;
use soyaku_chem::descriptors::{Calculator, Descriptors};
use support::{data_folder, fail_or_skip, oracle, workspace};

const VERSION: &str = "rdkit 2026.09.1";

/// The values by RDKit's name; whole numbers are compared as such.
fn values(descriptors: &Descriptors) -> [(&'static str, f64); 21] {
    let rings = &descriptors.rings;
    [
        ("MolWt", descriptors.molecular_weight),
        ("ExactMolWt", descriptors.exact_mass),
        ("MolLogP", descriptors.log_p),
        ("MolMR", descriptors.molar_refractivity),
        ("TPSA", descriptors.polar_surface_area),
        ("qed", descriptors.qed),
        ("FractionCSP3", descriptors.fraction_sp3),
        ("HeavyAtomCount", f64::from(descriptors.heavy_atoms)),
        ("NumHeteroatoms", f64::from(descriptors.heteroatoms)),
        ("FormalCharge", f64::from(descriptors.formal_charge)),
        ("NumHAcceptors", f64::from(descriptors.hydrogen_bond_acceptors)),
        ("NumHDonors", f64::from(descriptors.hydrogen_bond_donors)),
        ("NumRotatableBonds", f64::from(descriptors.rotatable_bonds)),
        ("NOCount", f64::from(descriptors.nitrogens_and_oxygens)),
        ("NHOHCount", f64::from(descriptors.polar_hydrogens)),
        ("RingCount", f64::from(rings.rings)),
        ("NumAromaticRings", f64::from(rings.aromatic)),
        ("NumAliphaticRings", f64::from(rings.aliphatic)),
        ("NumSaturatedRings", f64::from(rings.saturated)),
        ("NumHeterocycles", f64::from(rings.hetero)),
        ("NumAromaticHeterocycles", f64::from(rings.aromatic_hetero)),
    ]
}

/// The first of `values` that are not whole numbers.
const FLOATS: usize = 7;

fn ask(lines: &[String]) -> Vec<String> {
    let python = std::env::var_os("SOYAKU_PYTHON")
        .map_or_else(|| workspace().join("target/venv/bin/python"), std::path::PathBuf::from);
    let mut child = Command::new(python)
        .arg(workspace().join("tests/parity/descriptor_oracle.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python starts");
    let mut pipe = child.stdin.take().expect("a pipe");
    let text = lines.iter().fold(String::new(), |text, line| text + line + "\n");
    let writer = std::thread::spawn(move || pipe.write_all(text.as_bytes()).expect("the oracle reads"));
    let output = child.wait_with_output().expect("the oracle ends");
    writer.join().expect("the input was written");
    assert!(output.status.success(), "the oracle failed: {}", output.status);
    let text = String::from_utf8(output.stdout).expect("the oracle writes UTF-8");
    let mut answers = text.lines().map(str::to_owned);
    assert_eq!(answers.next().as_deref(), Some(VERSION), "version of the reference");
    answers.collect()
}

/// Compares all descriptors of all lines, prints the totals and fails on a difference.
fn check(name: &str, lines: &[String]) {
    if oracle::rdkit_data_folder().is_none() {
        return;
    }
    let answers = ask(lines);
    assert_eq!(answers.len(), lines.len() + 1, "one answer for each line of {name}");
    let names: Vec<&str> = answers[0].split('\t').collect();
    let (mut parser, mut calculator) = (Parser::new(), Calculator::new());
    let (mut molecules, mut compared) = (0, 0);
    let mut worst: f64 = 0.0;
    let mut different = Vec::new();
    for (smiles, answer) in lines.iter().zip(&answers[1..]) {
        // what only one of the two reads is the matter of rdkit_parity.rs
        let (Ok(molecule), true) = (parser.parse(smiles.as_bytes()), answer != "error") else { continue };
        molecules += 1;
        let ours = values(&calculator.compute(molecule).expect("within the limits"));
        let theirs: Vec<&str> = answer.split('\t').collect();
        assert_eq!(names, ours.map(|(name, _)| name), "the same descriptors");
        for (index, ((name, ours), theirs)) in ours.iter().zip(theirs).enumerate() {
            compared += 1;
            let number: f64 = theirs.parse().unwrap_or(f64::NAN);
            // sums of hundreds of terms near zero are compared absolutely
            let difference = (ours - number).abs() / number.abs().max(1e-3);
            let allowed = if index < FLOATS { 1e-6 } else { 0.0 };
            if difference <= allowed {
                worst = worst.max(difference);
            } else {
                different.push(format!("{smiles:?}: {name} {ours}, in RDKit {theirs}"));
            }
        }
    }
    println!(
        "{name}: {molecules} molecules, {compared} values, largest relative difference {worst:.1e}; {} different",
        different.len()
    );
    let shown = different[..different.len().min(60)].join("\n");
    assert!(different.is_empty(), "{name} differs from RDKit in {} values:\n{shown}", different.len());
}

/// Every fifth line of a file, or all, cut at the first blank or comma.
fn sample(path: &Path, header_lines: usize) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let full = std::env::var_os("SOYAKU_PARITY_FULL").is_some_and(|value| value == "1");
    let lines = text.lines().skip(header_lines).step_by(if full { 1 } else { 5 });
    lines.map(|line| line.split([',', ' ', '\t']).next().unwrap_or_default().to_owned()).collect()
}

fn check_data(file: &str, header_lines: usize) {
    let path = data_folder().join(file);
    if !path.is_file() {
        fail_or_skip("SOYAKU_REQUIRE_TEST_DATA", &format!("{}", path.display()));
        return;
    }
    check(file, &sample(&path, header_lines));
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
    check("NCI/first_5K.smi", &sample(&path, 0));
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
    let text = std::fs::read_to_string(path).expect("the list is part of the repository");
    let lines: Vec<String> = text.lines().filter(|line| !line.contains('|')).map(str::to_owned).collect();
    check("odd.smi", &lines);
}
