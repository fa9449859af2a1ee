//! Standardization against RDKit 2026.9.1's `rdMolStandardize`, run live.
//!
//! The inputs are salts and charged forms that tests/parity/standardize_oracle.py builds from drugs
//! and ChEMBL compounds, always the same ones: after a list of odd drawings counter-ions of all
//! kinds, solvents, protonated and deprotonated forms, charges on the wrong acids, zwitterions,
//! groups drawn with and without charges, metals bound as if by covalent bonds. Compared is, for
//! every step and for whole pipelines, RDKit's canonical SMILES of our result with that of RDKit's.
//!
//! 1,500 inputs in an ordinary run, 20,000 with `SOYAKU_PARITY_FULL=1`. Skipped, and saying so,
//! where RDKit or the data is missing.

#![allow(clippy::expect_used, clippy::unwrap_used)]

#[allow(dead_code)]
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use soyaku_chem::edit::Editor;
use soyaku_chem::standardize::{StandardizeOptions, Standardizer};
use soyaku_chem::{Parser, SmilesWriter};
use support::{data_folder, fail_or_skip, oracle, workspace};

const SCRIPT: &str = "standardize_oracle.py";

/// Columns of the oracle's output, as steps.
const COLUMNS: [&str; 9] =
    ["metals", "normalize", "reionize", "salts", "fragment", "uncharge", "cleanup", "all", "charge-parent"];

/// Differences that are understood and stay, as (start of the SMILES, reason); also in docs/parity.md.
const KNOWN: &[(&str, &str)] = &[
    ("[C-]1=CC=CC1", "we perceive the aromatic anion that comes out, and take it for the acid in question"),
    ("[CH2-]C[C@]1(F)C(=O)OCc2c1cc1n(c2=O)", "the same, for one of several carbanions"),
    ("COc1ccccc1Cc1cc(-c2ccc(Cl)cc2)n[nH]/c1=N", "the same"),
    ("[I-]=O", "RDKit writes an iodine atom that no SMILES describes"),
    (
        "O=C1[CH-][C-](Cc2ccccc2)C(=O)N1OS",
        "an aromatic dianion: RDKit loses the hydrogens that take the charges away",
    ),
    (
        "C[C@@H]1[C@@H](O)[C@@H](O)C[C@H](O[C@@H]2[C@@H](C)O[C@@H](O[C@@H]3",
        "which of several alkoxides goes first",
    ),
    ("C=C(C)[C@@H]1CC[C@]2(C)CC[C@]3(C)[C@H](CC[C@@H]4", "which of several alkoxides goes first"),
    ("CC(C)[C@H](/C=C/[C@@H](C)[C@H]1C[C@@H](O)[C@H]2", "which of several alkoxides goes first"),
    ("COc1cc([C@@H]2[C@H](C(=O)O[C@@H]3C[C@@H]4", "which of two symmetric phenolates goes first"),
    ("N#[C][Fe-2]([C]#N)([C]#N)([C]#N)([C]#N)[N]=O", "a nitroxyl ligand without its hydrogen"),
    ("O=[N+]([O-])c1[c]2[Ti]([F])[c](cc2)c1CCl", "aryl ligands without their hydrogens"),
    ("c1c[c]2[Fe][c]1cc2Nc1ccc2ccccc2c1", "aryl ligands without their hydrogens"),
    ("CC[N]1C2NN=C(Cc3csc4nc(-c5c[c]6[Ti]1[c]5cc6Br)cn34)S2", "aryl ligands without their hydrogens"),
];

fn is_full() -> bool {
    std::env::var_os("SOYAKU_PARITY_FULL").is_some_and(|value| value == "1")
}

/// Compounds to build the inputs from, or `None` where there are none.
fn compounds() -> Option<Vec<String>> {
    let files = [
        "moleculenet/clintox.csv",
        "moleculenet/sider.csv",
        "moleculenet/tox21.csv",
        "moleculenet/bbbp.csv",
        "smiles/chembl_10k.smi",
    ];
    let mut lines = Vec::new();
    for file in files {
        let path = data_folder().join(file);
        if !path.is_file() {
            fail_or_skip("SOYAKU_REQUIRE_TEST_DATA", &path.display().to_string());
            return None;
        }
        let text = std::fs::read_to_string(&path).expect("a readable file");
        let header = usize::from(file.ends_with(".csv"));
        let first = |line: &str| line.split([',', ' ', '\t']).next().unwrap_or_default().to_owned();
        lines.extend(text.lines().skip(header).map(first));
    }
    Some(lines)
}

/// The inputs: built once.
fn inputs() -> Option<&'static [String]> {
    static INPUTS: OnceLock<Option<Vec<String>>> = OnceLock::new();
    let build = || {
        let count = if is_full() { "20000" } else { "1500" };
        oracle::run("standardization", SCRIPT, &["build", count], &compounds()?)
    };
    INPUTS.get_or_init(build).as_deref()
}

/// Our result, as SMILES.
fn standardized(
    parser: &mut Parser,
    writer: &mut SmilesWriter,
    standardizer: &mut Standardizer,
    smiles: &str,
) -> Result<String, String> {
    let molecule = parser.parse(smiles.as_bytes()).map_err(|error| error.to_string())?;
    let done = standardizer.standardize(molecule).map_err(|error| error.to_string())?;
    Ok(writer.write(done.molecule).to_owned())
}

fn all_standardized(steps: &str, inputs: &[String]) -> Vec<Result<String, String>> {
    let options: StandardizeOptions = steps.parse().expect("known steps");
    let mut standardizer = Standardizer::new(options);
    let (mut parser, mut writer) = (Parser::new(), SmilesWriter::default());
    inputs.iter().map(|line| standardized(&mut parser, &mut writer, &mut standardizer, line)).collect()
}

#[test]
fn every_step_and_whole_pipelines() {
    let Some(inputs) = inputs() else { return };
    let answers = oracle::run("standardization", SCRIPT, &["steps"], inputs).expect("the oracle ran before");
    assert_eq!(answers.len(), inputs.len());
    let answers: Vec<Vec<&str>> = answers.iter().map(|line| line.split('\t').collect()).collect();
    let ours: Vec<_> = COLUMNS.iter().map(|steps| all_standardized(steps, inputs)).collect();
    let texts: BTreeSet<&str> = ours.iter().flatten().flatten().map(String::as_str).collect();
    let texts: Vec<String> = texts.into_iter().map(str::to_owned).collect();
    let canonical = oracle::run("results", SCRIPT, &["canonical"], &texts).expect("the oracle ran before");
    let canonical: BTreeMap<&str, &str> =
        texts.iter().map(String::as_str).zip(canonical.iter().map(String::as_str)).collect();
    let mut differences = Vec::new();
    let mut known_seen = BTreeSet::new();
    for (column, steps) in COLUMNS.iter().enumerate() {
        let (mut same, mut refused, mut broken, mut known) = (0, 0, 0, 0);
        for ((input, answer), own) in inputs.iter().zip(&answers).zip(&ours[column]) {
            let [_, ..] = answer[..] else { panic!("an empty answer") };
            if answer.len() == 1 {
                assert!(own.is_err(), "{input}: read, RDKit refuses it");
                refused += 1;
                continue;
            }
            // after a normalization that is no molecule RDKit goes on with what it has
            let is_broken = answer[column] == "error" || (column > 6 && answer[6] == "error");
            let found = own.as_ref().map(|text| canonical[text.as_str()]).unwrap_or("error");
            if is_broken {
                broken += 1;
                assert!(own.is_ok() && found != "error", "{steps} of {input}: {own:?}");
            } else if found == answer[column] {
                same += 1;
            } else if let Some((start, _)) = KNOWN.iter().find(|(start, _)| input.starts_with(start)) {
                known += 1;
                known_seen.insert(*start);
            } else {
                differences
                    .push(format!("{steps} of {input}: {own:?}\n    is {found}\n    not {}", answer[column]));
            }
        }
        println!(
            "{steps}: {same} equal, {known} known differences, {broken} that RDKit makes no molecule of, {refused} \
             refused by both"
        );
        assert!(same > inputs.len() * 9 / 10, "{steps}: {same} equal");
    }
    for (start, reason) in KNOWN {
        if inputs.iter().any(|input| input.starts_with(start)) && !known_seen.contains(start) {
            differences.push(format!("{start} is no longer different ({reason}): take it off the list"));
        }
    }
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}

/// Our rules, acids and salts, given to RDKit, do what RDKit's own do.
#[test]
fn lists_are_the_defaults() {
    let Some(inputs) = inputs() else { return };
    let inputs = &inputs[..inputs.len().min(400)];
    let lists = workspace().join("crates/chem/src/standardize/list_table.rs");
    let lists = lists.to_str().expect("a path in UTF-8");
    let theirs = oracle::run("own lists", SCRIPT, &["steps"], inputs).expect("the oracle ran before");
    let ours = oracle::run("our lists", SCRIPT, &["--lists", lists, "steps"], inputs).expect("the same");
    for ((input, theirs), ours) in inputs.iter().zip(&theirs).zip(&ours) {
        let theirs: Vec<&str> = theirs.split('\t').take(6).collect();
        assert_eq!(ours.split('\t').collect::<Vec<_>>(), theirs, "{input}");
    }
}

/// A standardized molecule needs nothing more.
#[test]
fn standardizing_again_changes_nothing() {
    let Some(inputs) = inputs() else { return };
    for steps in ["all", "charge-parent", "salts,all"] {
        let once: Vec<String> = all_standardized(steps, inputs).into_iter().flatten().collect();
        let twice = all_standardized(steps, &once);
        let (mut unstable, mut results) = (Vec::new(), Vec::new());
        for (once, twice) in once.iter().zip(&twice) {
            if twice.as_ref() != Ok(once) {
                unstable.push(once.clone());
                results.push(format!("{once} becomes {twice:?}"));
            }
        }
        println!(
            "{steps}: {} results, {} of them changed by standardizing again",
            once.len(),
            unstable.len()
        );
        assert!(unstable.len() * 200 <= once.len(), "{steps}:\n{}", results.join("\n"));
        let Some(column) = COLUMNS.iter().position(|name| *name == steps) else { continue };
        // RDKit changes the same ones again
        let answers =
            oracle::run("unstable results", SCRIPT, &["steps"], &unstable).expect("the oracle ran before");
        let texts = oracle::run("unstable results", SCRIPT, &["canonical"], &unstable).expect("the same");
        for (answer, text) in answers.iter().zip(&texts) {
            assert_ne!(
                answer.split('\t').nth(column),
                Some(text.as_str()),
                "{steps}: RDKit leaves it as it is"
            );
        }
    }
}

/// What is loaded into an editor and perceived again is the same molecule.
#[test]
fn an_editor_loses_nothing() {
    let Some(compounds) = compounds() else { return };
    let (mut parser, mut again, mut editor) = (Parser::new(), Parser::new(), Editor::new());
    let mut compared = 0;
    for line in compounds.iter().chain(inputs().unwrap_or_default()) {
        let Ok(molecule) = parser.parse(line.as_bytes()) else { continue };
        editor.load(molecule);
        let copy = again.perceive_edited(&editor).unwrap_or_else(|error| panic!("{line}: {error}"));
        assert_eq!(copy.atoms().len(), molecule.atoms().len(), "{line}");
        for (own, copied) in molecule.atoms().iter().zip(copy.atoms()) {
            // brackets around aromatic atoms say nothing once their hydrogens are known
            let no_implicit = if own.is_aromatic { own.no_implicit } else { copied.no_implicit };
            assert_eq!(soyaku_chem::Atom { no_implicit, ..*copied }, *own, "{line}");
        }
        for (own, copied) in molecule.bonds().iter().zip(copy.bonds()) {
            let without_mark = soyaku_chem::Bond { direction: own.direction, ..*copied };
            assert_eq!(without_mark, *own, "{line}");
        }
        compared += 1;
    }
    println!("{compared} molecules are the same after an edit of nothing");
    assert!(compared > 20_000, "{compared}");
}
