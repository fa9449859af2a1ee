//! Scaffolds and keys against RDKit 2026.9.1, run live on real compound sets and on odd SMILES.
//!
//! RDKit reads the canonical SMILES of every scaffold and framework back as that of its own
//! `GetScaffoldForMol` and `MakeScaffoldGeneric`. Every random SMILES that RDKit writes of a molecule
//! gives one key, and two molecules share a key exactly if RDKit's canonical SMILES are the same.
//!
//! Skipped, and saying so, where RDKit or the data is missing; `SOYAKU_REQUIRE_ORACLES=1` and
//! `SOYAKU_REQUIRE_TEST_DATA=1` make that a failure. `SOYAKU_PARITY_FULL=1` takes all compounds where
//! else a sample would do. `-- --nocapture` shows what was compared.

#![allow(clippy::expect_used, clippy::unwrap_used)]

#[allow(dead_code)]
mod support;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use soyaku_chem::{KeyMaker, KeyOptions, Molecule, Parser, ScaffoldFinder, SmilesWriter};
use support::{data_folder, fail_or_skip, oracle, workspace};

/// Differences that are understood and stay, as (SMILES, reason); also in docs/differences.md.
const KNOWN: &[(&str, &str)] = &[
    ("[CH4:0]", "map number 0 is no map number"),
    (
        "c1ccn2->[Cu]<-n3ccccc3-c2c1",
        "RDKit leaves the copper out, as there is a shorter way, and cannot read the rest",
    ),
];

/// All compounds are asked for, not a sample.
fn full() -> bool {
    std::env::var_os("SOYAKU_PARITY_FULL").is_some_and(|value| value == "1")
}

/// Arrangements that are not tetrahedral are not written, so that they are no part of a key.
fn is_beyond(smiles: &str) -> bool {
    ["@AL", "@SP", "@TB", "@OH"].iter().any(|class| smiles.contains(class))
}

fn is_known(line: &str) -> bool {
    KNOWN.iter().any(|(smiles, _)| *smiles == line)
}

/// One side's answer: the canonical SMILES, empty where there is no scaffold, or why there is none.
type Answer = Result<String, String>;

struct Scaffolds {
    finder: ScaffoldFinder,
    writer: SmilesWriter,
}

impl Scaffolds {
    /// Scaffold and framework.
    fn of(&mut self, molecule: &Molecule) -> [Answer; 2] {
        let Self { finder, writer } = self;
        let mut write = |found: Result<Option<&Molecule>, soyaku_chem::Error>| match found {
            Ok(Some(found)) => Ok(writer.write(found).to_owned()),
            Ok(None) => Ok(String::new()),
            Err(error) => Err(error.to_string()),
        };
        let murcko = write(finder.murcko(molecule));
        [murcko, write(finder.generic(molecule))]
    }
}

/// Compares scaffolds, frameworks and keys of the lines that both sides read.
fn check(name: &str, lines: &[String], random: usize) {
    let count = random.to_string();
    let Some(answers) = oracle::run(name, "scaffold_oracle.py", &["--random", &count], lines) else { return };
    assert_eq!(answers.len(), lines.len(), "one answer for each line of {name}");
    let mut scaffolds = Scaffolds { finder: ScaffoldFinder::new(), writer: SmilesWriter::default() };
    let (mut parser, mut keys) = (Parser::new(), KeyMaker::new(KeyOptions::default()));
    let mut differences = Vec::new();
    let mut pairs = Vec::new();
    let mut canonical_of = BTreeMap::new();
    let mut key_of = HashMap::new();
    let (mut compared_random, mut without_maps) = (0, 0);
    for (line, answer) in lines.iter().zip(&answers) {
        let is_other = line.is_empty() || line.contains(" |");
        let fields: Vec<&str> = answer.split('\t').collect();
        let (false, [canonical, murcko, generic, texts @ ..]) = (is_other, &fields[..]) else { continue };
        let Ok(molecule) = parser.parse(line.as_bytes()) else { continue };
        let [own_murcko, own_generic] = scaffolds.of(molecule);
        pairs.push((line, "scaffold", own_murcko, *murcko));
        pairs.push((line, "framework", own_generic, *generic));
        if is_beyond(line) || is_known(line) || molecule.atoms().iter().any(|atom| atom.atom_map != 0) {
            continue;
        }
        without_maps += 1;
        let key = keys.key(molecule);
        for other in texts {
            compared_random += 1;
            let again = parser.parse(other.as_bytes()).unwrap_or_else(|error| panic!("{other}: {error}"));
            if keys.key(again) != key {
                differences.push(format!("{line}: key {key}, but {} of {other}", keys.key(again)));
            }
        }
        let first = canonical_of.entry(key).or_insert_with(|| (*canonical).to_owned());
        if first != canonical {
            differences.push(format!("{line}: one key {key} for {first} and {canonical}"));
        }
        let first = *key_of.entry((*canonical).to_owned()).or_insert(key);
        if first != key {
            differences.push(format!("{line}: {canonical} has two keys, {first} and {key}"));
        }
    }
    // what RDKit makes of the texts, each read once
    let mut texts: Vec<String> = pairs.iter().filter_map(|pair| pair.2.clone().ok()).collect();
    texts.sort_unstable();
    texts.dedup();
    let read = oracle::run(name, "scaffold_oracle.py", &["--read"], &texts).expect("RDKit was there before");
    let read: HashMap<&str, &str> =
        texts.iter().map(String::as_str).zip(read.iter().map(String::as_str)).collect();
    let (mut same, mut none, mut refused, mut known) = (0, 0, 0, 0);
    for (line, what, own, theirs) in &pairs {
        let is_same = match own {
            Ok(text) if text.is_empty() => theirs.is_empty(),
            Ok(text) => read[text.as_str()].split('\t').any(|form| form == *theirs),
            Err(_) => theirs.starts_with("error"),
        };
        match own {
            _ if is_known(line) => known += 1,
            _ if !is_same => differences.push(format!("{line}: {what} {own:?}, in RDKit {theirs:?}")),
            Ok(text) if text.is_empty() => none += 1,
            Ok(_) => same += 1,
            Err(_) => refused += 1,
        }
    }
    println!(
        "{name}: {} scaffolds and frameworks of {} molecules compared ({same} with atoms, {none} without, {refused} \
         refused by both), keys of {without_maps} molecules and {compared_random} random texts ({} keys); \
         {} different, {known} known",
        pairs.len(),
        pairs.len() / 2,
        canonical_of.len(),
        differences.len(),
    );
    assert!(same > 0, "{name}: nothing was compared");
    assert!(differences.is_empty(), "{name}:\n{}", differences.join("\n"));
}

fn read_lines(path: &Path, limit: usize) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let lines: Vec<&str> = text.lines().collect();
    let step = if full() { 1 } else { lines.len().div_ceil(limit).max(1) };
    let first = |line: &str| line.split([',', ' ', '\t']).next().unwrap_or_default().to_owned();
    lines.into_iter().step_by(step).map(first).collect()
}

/// Compares a set of the shared test data, about `limit` lines of it in the ordinary run.
fn check_file(path: &Path, variable: &str, limit: usize, random: usize) {
    if !path.is_file() {
        fail_or_skip(variable, &path.display().to_string());
        return;
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    check(&name, &read_lines(path, limit), random);
}

fn check_data(file: &str, limit: usize, random: usize) {
    check_file(&data_folder().join(file), "SOYAKU_REQUIRE_TEST_DATA", limit, random);
}

#[test]
fn chembl() {
    check_data("smiles/chembl_10k.smi", 3000, 2);
}

#[test]
fn nci() {
    let Some(folder) = oracle::rdkit_data_folder() else { return };
    check_file(&folder.join("NCI").join("first_5K.smi"), "SOYAKU_REQUIRE_ORACLES", 3000, 2);
}

#[test]
fn moleculenet() {
    for name in ["bbbp", "clintox", "esol", "sider", "tox21"] {
        check_data(&format!("moleculenet/{name}.csv"), 300, 1);
    }
}

#[test]
fn odd_molecules() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/odd.smi");
    let text = std::fs::read_to_string(path).expect("the list is part of the repository");
    check("odd.smi", &text.lines().map(str::to_owned).collect::<Vec<_>>(), 4);
}

/// Sets that are not part of the shared data: `SOYAKU_PARITY_FILES`, separated by `:`.
#[test]
fn more_files() {
    let Some(files) = std::env::var_os("SOYAKU_PARITY_FILES") else { return };
    for file in std::env::split_paths(&files) {
        let file: PathBuf = if file.is_absolute() { file } else { workspace().join(file) };
        check_file(&file, "SOYAKU_REQUIRE_TEST_DATA", 3000, 1);
    }
}
