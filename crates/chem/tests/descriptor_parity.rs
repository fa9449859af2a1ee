//! Descriptors against RDKit 2026.9.1, run live on real compound sets and on a list of odd SMILES:
//! whole numbers exactly, others to a relative difference of 1e-6.
//!
//! Skipped, and saying so, where RDKit or the data is missing; `SOYAKU_REQUIRE_ORACLES=1` and
//! `SOYAKU_REQUIRE_TEST_DATA=1` make that a failure (but for MOSES). About six hundred compounds of a set
//! are taken, all with `SOYAKU_PARITY_FULL=1`; `-- --nocapture` then shows the tables in docs/parity.md.

#![allow(clippy::expect_used)]

// of the shared parts, only some are used here
#[allow(dead_code)]
mod support;

use std::fmt::Write as _;
use std::path::Path;

use soyaku_chem::Parser;
use soyaku_chem::descriptors::{Calculator, Descriptor};
use support::{oracle, sets};

/// Compounds of a set in an ordinary run, roughly.
const SAMPLE: usize = 600;

/// Largest relative difference of values that are not whole numbers.
const TOLERANCE: f64 = 1e-6;

/// Sums of hundreds of terms near zero have no relative accuracy: below this, differences are compared with it.
const SMALL: f64 = 1e-3;

/// Totals of one descriptor.
#[derive(Clone, Copy, Default)]
struct Totals {
    compared: usize,
    different: usize,
    absolute: f64,
    relative: f64,
}

impl Totals {
    /// Adds a pair of values and says whether they are the same as far as they have to be.
    fn add(&mut self, descriptor: Descriptor, ours: f64, theirs: f64) -> bool {
        let absolute = (ours - theirs).abs();
        let relative = absolute / theirs.abs().max(SMALL);
        let is_same = if descriptor.is_integer() { absolute == 0.0 } else { relative <= TOLERANCE };
        self.compared += 1;
        self.different += usize::from(!is_same);
        self.absolute = self.absolute.max(absolute);
        self.relative = self.relative.max(relative);
        is_same
    }
}

impl std::fmt::Display for Totals {
    /// Values that differ, and the largest absolute and relative difference where there is any.
    fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        let Self { different, absolute, relative, .. } = self;
        match *absolute == 0.0 && *different == 0 {
            true => write!(formatter, "0"),
            false => write!(formatter, "{different} ({absolute:.0e}, {relative:.0e})"),
        }
    }
}

/// The table of docs/parity.md, in Markdown: a row for every descriptor, a column for every set.
fn table(sets: &[(&str, Vec<Totals>)]) -> String {
    let mut text = String::from("\n| descriptor |");
    for (name, totals) in sets {
        let _ = write!(text, " {name}: {} |", totals[0].compared);
    }
    text += "\n|---|";
    text += &"---|".repeat(sets.len());
    for (row, descriptor) in Descriptor::ALL.iter().enumerate() {
        let _ = write!(text, "\n| {descriptor} |");
        sets.iter().for_each(|(_, totals)| _ = write!(text, " {} |", totals[row]));
    }
    let sum =
        |count: fn(&Totals) -> usize| sets.iter().flat_map(|(_, totals)| totals).map(count).sum::<usize>();
    let _ = writeln!(
        text,
        "\n\n{} values, {} different",
        sum(|totals| totals.compared),
        sum(|totals| totals.different)
    );
    text
}

/// A set and its SMILES.
type Set = (&'static str, Vec<String>);

/// Compares all descriptors of a set: totals by descriptor, and the differences.
fn compare(name: &str, lines: &[String], answers: &[String]) -> (Vec<Totals>, Vec<String>) {
    let (mut parser, mut calculator) = (Parser::new(), Calculator::new());
    let mut totals = vec![Totals::default(); Descriptor::ALL.len()];
    let mut molecules = 0;
    let mut different = Vec::new();
    for (smiles, answer) in lines.iter().zip(answers) {
        // what only one of the two reads is the matter of rdkit_parity.rs
        let (Ok(molecule), true) = (parser.parse(smiles.as_bytes()), answer != "error") else { continue };
        molecules += 1;
        let ours = calculator.compute(molecule).expect("within the limits");
        for ((&descriptor, totals), theirs) in Descriptor::ALL.iter().zip(&mut totals).zip(answer.split('\t'))
        {
            let ours = descriptor.value(&ours);
            // an exception of RDKit's is no number: a difference
            if !totals.add(descriptor, ours, theirs.parse().unwrap_or(f64::NAN)) {
                different.push(format!("{name}, {smiles:?}: {descriptor} {ours}, in RDKit {theirs}"));
            }
        }
    }
    assert!(
        molecules * 10 > lines.len() * 9,
        "{name}: only {molecules} of {} molecules compared",
        lines.len()
    );
    (totals, different)
}

/// The odd SMILES of this repository: all kinds of valences, rings and stereo.
fn odd() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/odd.smi");
    let text = std::fs::read_to_string(path).expect("the list is part of the repository");
    let is_refused = |line: &&str| line.contains('|') || Parser::new().parse(line.as_bytes()).is_err();
    text.lines().filter(|line| !is_refused(line)).map(str::to_owned).collect()
}

fn all_sets() -> Vec<Set> {
    let names = ["bace", "bbbp", "clintox", "esol", "freesolv", "lipo", "sider", "tox21"];
    let lists = names.map(|name| sets::shared(&format!("moleculenet/{name}.csv"), 1).unwrap_or_default());
    let all = [
        ("chembl_10k", sets::chembl()),
        ("NCI first_5K", sets::nci()),
        ("drugbank_approved", sets::drugbank()),
        ("MOSES", sets::moses()),
        ("MoleculeNet", Some(lists.concat())),
        ("odd.smi", Some(odd())),
    ];
    all.into_iter().filter_map(|(name, lines)| Some((name, lines?))).collect()
}

#[test]
fn every_descriptor_of_every_set() {
    if oracle::rdkit_data_folder().is_none() {
        return;
    }
    let mut all = all_sets();
    if !sets::is_full() {
        for (_, lines) in all.iter_mut().filter(|(name, _)| *name != "odd.smi") {
            let step = lines.len().div_ceil(SAMPLE).max(1);
            *lines = std::mem::take(lines).into_iter().step_by(step).collect();
        }
    }
    let lines: Vec<String> = all.iter().flat_map(|(_, lines)| lines.clone()).collect();
    let Some(answers) = oracle::run("all sets", "descriptor_oracle.py", &[], &lines) else { return };
    assert_eq!(answers.len(), lines.len() + 1, "one answer for each line");
    let names: Vec<&str> = Descriptor::ALL.iter().map(|descriptor| descriptor.name()).collect();
    assert_eq!(answers[0].split('\t').collect::<Vec<_>>(), names, "the same descriptors");
    let (mut totals, mut different) = (Vec::new(), Vec::new());
    let mut rest = &answers[1..];
    for (name, lines) in &all {
        let (these, after) = rest.split_at(lines.len());
        let (of_set, differences) = compare(name, lines, these);
        totals.push((*name, of_set));
        different.extend(differences);
        rest = after;
    }
    print!("{}", table(&totals));
    let shown = different[..different.len().min(60)].join("\n");
    assert!(different.is_empty(), "{} values differ from RDKit:\n{shown}", different.len());
}

/// The columns of ADMET-AI's own table, which an older RDKit made.
#[test]
fn columns_of_admet_ai() {
    const COLUMNS: [(&str, Descriptor); 8] = [
        ("molecular_weight", Descriptor::MolWt),
        ("logP", Descriptor::MolLogP),
        ("hydrogen_bond_acceptors", Descriptor::NumHAcceptors),
        ("hydrogen_bond_donors", Descriptor::NumHDonors),
        ("Lipinski", Descriptor::Lipinski),
        ("QED", Descriptor::Qed),
        ("stereo_centers", Descriptor::NumAtomStereoCenters),
        ("tpsa", Descriptor::Tpsa),
    ];
    let Some(rows) = sets::admet_table() else { return };
    let header: Vec<&str> = rows[0].split('\t').collect();
    let (mut parser, mut calculator) = (Parser::new(), Calculator::new());
    let mut text = String::from("\n### The table of ADMET-AI 2.0.1\n\n");
    text +=
        "| column | compared | different | largest absolute | largest relative |\n|---|---|---|---|---|\n";
    let mut different = Vec::new();
    for (column, descriptor) in COLUMNS {
        let place = header.iter().position(|name| *name == column).expect("a column of the table");
        let mut totals = Totals::default();
        for row in &rows[1..] {
            let fields: Vec<&str> = row.split('\t').collect();
            let molecule = parser.parse(fields[0].as_bytes()).expect("a drug");
            let ours = descriptor.value(&calculator.compute(molecule).expect("within the limits"));
            let theirs: f64 = fields[place].parse().expect("a number");
            if !totals.add(descriptor, ours, theirs) {
                different
                    .push((descriptor, format!("{}: {descriptor} {ours}, in the table {theirs}", fields[0])));
            }
        }
        let _ = writeln!(text, "| {column} | {} | {totals} |", totals.compared);
    }
    print!("{text}");
    different.retain(|(descriptor, line)| !(*descriptor == Descriptor::Qed && line.contains("[2H]")));
    assert!(different.is_empty(), "{different:#?}");
}
