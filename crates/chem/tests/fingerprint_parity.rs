//! Fingerprints against RDKit 2026.9.1, run live on real compound sets and on the list of odd
//! SMILES. (`rdkit_parity` compares Morgan's on all compounds.)
//!
//! Skipped, and saying so, where RDKit or the data is missing; `SOYAKU_REQUIRE_ORACLES=1` and
//! `SOYAKU_REQUIRE_TEST_DATA=1` make that a failure. `SOYAKU_PARITY_FULL=1` takes all compounds of
//! a set, not a part, and 100,000 of MOSES. `-- --nocapture` shows what was compared.

#![allow(clippy::expect_used)]

// of the shared parts, only some are used here
#[allow(dead_code)]
mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use soyaku_chem::fingerprint::{
    AtomInvariants, AtomPair, AtomPairOptions, Fingerprint, MACCS_BITS, MaccsKeys, Morgan, MorganOptions,
    RdkitPath, RdkitPathOptions, TopologicalTorsion, TopologicalTorsionOptions,
};
use soyaku_chem::{Error, Molecule, Parser};
use support::{oracle, sets, workspace};

const VERSION: &str = "rdkit 2026.09.1";
/// Differences shown in full when a comparison fails.
const SHOWN: usize = 20;
/// Lines whose answers are kept in memory.
const ASKED_AT_ONCE: usize = 10_000;

type Kind = (&'static str, Box<dyn FnMut(&Molecule) -> Result<String, Error>>);

/// One kind of the oracle, by its name there, with what makes the same text.
fn kind(name: &'static str, text: impl FnMut(&Molecule) -> Result<String, Error> + 'static) -> Kind {
    (name, Box::new(text))
}

fn hexadecimal(words: &[u64], size: u32) -> String {
    let bytes = words.iter().flat_map(|word| word.to_le_bytes()).take(size.div_ceil(8) as usize);
    bytes.fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn counted(identifiers: impl Iterator<Item = u64>) -> String {
    let mut counts = BTreeMap::new();
    identifiers.for_each(|identifier| *counts.entry(identifier).or_insert(0u32) += 1);
    counts.iter().map(|(identifier, count)| format!("{identifier}:{count}")).collect::<Vec<_>>().join(" ")
}

fn bits(name: &'static str, mut generator: impl Fingerprint + 'static, size: u32) -> Kind {
    let mut words = vec![!0; size.div_ceil(64) as usize];
    kind(name, move |molecule| {
        generator.bits(molecule, size, &mut words)?;
        Ok(hexadecimal(&words, size))
    })
}

fn simulation(name: &'static str, mut generator: impl Fingerprint + 'static, size: u32) -> Kind {
    let mut words = vec![!0; size.div_ceil(64) as usize];
    kind(name, move |molecule| {
        generator.count_simulation_bits(molecule, size, &mut words)?;
        Ok(hexadecimal(&words, size))
    })
}

fn counts(name: &'static str, mut generator: impl Fingerprint + 'static, size: u32) -> Kind {
    let mut counts = vec![!0; size as usize];
    kind(name, move |molecule| {
        generator.counts(molecule, size, &mut counts)?;
        let identifiers =
            (0..).zip(&counts).flat_map(|(bucket, &count)| std::iter::repeat_n(bucket, count as usize));
        Ok(counted(identifiers))
    })
}

fn morgan() -> Vec<Kind> {
    let bits = |name, options, size: u32| {
        let (mut generator, mut words) = (Morgan::new(options), vec![!0; size.div_ceil(64) as usize]);
        kind(name, move |molecule| {
            generator.bits(molecule, size, &mut words);
            Ok(hexadecimal(&words, size))
        })
    };
    let counts = |name, options, size: u32| {
        let (mut generator, mut counts) = (Morgan::new(options), vec![!0; size as usize]);
        kind(name, move |molecule| {
            generator.counts(molecule, size, &mut counts);
            let identifiers =
                (0..).zip(&counts).flat_map(|(bucket, &count)| std::iter::repeat_n(bucket, count as usize));
            Ok(counted(identifiers))
        })
    };
    let plain = |radius| MorganOptions { radius, ..MorganOptions::default() };
    let feature = |radius| MorganOptions { invariants: AtomInvariants::Features, ..plain(radius) };
    let chiral = |options| MorganOptions { use_chirality: true, ..options };
    let mut sparse = Morgan::new(feature(4));
    vec![
        bits("morgan", plain(2), 2048),
        counts("morgan3-counts", plain(3), 1024),
        bits("morgan-chiral", chiral(plain(2)), 2048),
        bits("feature", feature(2), 2048),
        counts("feature-counts", feature(2), 2048),
        bits("feature3", feature(3), 1024),
        counts("feature3-counts", feature(3), 1024),
        bits("feature-chiral", chiral(feature(2)), 2048),
        counts("feature3-chiral-counts", chiral(feature(3)), 1024),
        kind("feature-sparse", move |molecule| {
            Ok(counted(sparse.environments(molecule).iter().map(|&identifier| identifier.into())))
        }),
    ]
}

fn maccs() -> Vec<Kind> {
    let (mut generator, mut words) = (MaccsKeys::new(), [!0; MACCS_BITS.div_ceil(64) as usize]);
    let keys = move |molecule: &Molecule| {
        generator.bits(molecule, &mut words)?;
        Ok(hexadecimal(&words, MACCS_BITS))
    };
    vec![kind("maccs", keys)]
}

fn atom_pairs() -> Vec<Kind> {
    let options = AtomPairOptions::default();
    let plain = AtomPair::new(options);
    let chiral = AtomPair::new(AtomPairOptions { use_chirality: true, ..options });
    let range = AtomPair::new(AtomPairOptions { min_distance: 2, max_distance: 5, ..options });
    let sparse = |mut generator: AtomPair| {
        move |molecule: &Molecule| Ok(counted(generator.sparse(molecule)?.iter().map(|&code| code.into())))
    };
    vec![
        simulation("atom-pair", plain.clone(), 2048),
        bits("atom-pair-plain", plain.clone(), 1000),
        counts("atom-pair-counts", plain.clone(), 1024),
        kind("atom-pair-sparse", sparse(plain)),
        simulation("atom-pair-chiral", chiral.clone(), 1000),
        kind("atom-pair-chiral-sparse", sparse(chiral)),
        counts("atom-pair-range", range, 2048),
    ]
}

fn torsions() -> Vec<Kind> {
    let plain = TopologicalTorsion::new(TopologicalTorsionOptions::default());
    let chiral = TopologicalTorsion::new(TopologicalTorsionOptions { use_chirality: true });
    let sparse = |mut generator: TopologicalTorsion| {
        move |molecule: &Molecule| Ok(counted(generator.sparse(molecule)?.iter().copied()))
    };
    vec![
        simulation("torsion", plain.clone(), 2048),
        bits("torsion-plain", plain.clone(), 1000),
        counts("torsion-counts", plain.clone(), 1024),
        kind("torsion-sparse", sparse(plain)),
        simulation("torsion-chiral", chiral.clone(), 1000),
        kind("torsion-chiral-sparse", sparse(chiral)),
    ]
}

fn paths() -> Vec<Kind> {
    let options = RdkitPathOptions::default();
    let short = RdkitPathOptions { max_path: 5, ..options };
    let plain = RdkitPathOptions { min_path: 2, use_hydrogens: false, use_bond_order: false, ..short };
    let many_bits = RdkitPathOptions { max_path: 4, bits_per_feature: 6, ..options };
    let linear = RdkitPathOptions { branched: false, ..options };
    let linear_plain = RdkitPathOptions { min_path: 3, max_path: 6, use_hydrogens: false, ..linear };
    let linear_short = RdkitPathOptions { max_path: 3, bits_per_feature: 1, ..linear };
    let sparse = |options| {
        let mut generator = RdkitPath::new(options);
        move |molecule: &Molecule| {
            Ok(counted(generator.sparse(molecule)?.iter().map(|&identifier| identifier.into())))
        }
    };
    vec![
        bits("path", RdkitPath::new(options), 2048),
        kind("path-sparse", sparse(short)),
        simulation("path-simulation", RdkitPath::new(many_bits), 1000),
        counts("path-plain-counts", RdkitPath::new(plain), 2048),
        bits("path-linear", RdkitPath::new(linear), 2048),
        kind("path-linear-sparse", sparse(linear_plain)),
        kind("path-linear-short", sparse(linear_short)),
    ]
}

/// Fields of the oracle's answer for each line; nothing where it refuses the SMILES.
fn ask(kinds: &[Kind], lines: &[String]) -> Vec<Vec<String>> {
    let python = std::env::var_os("SOYAKU_PYTHON")
        .map_or_else(|| workspace().join("target/venv/bin/python"), PathBuf::from);
    let mut child = Command::new(python)
        .arg(workspace().join("tests/parity/fingerprint_oracle.py"))
        .args(kinds.iter().map(|(name, _)| name))
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
    let mut answers = text.lines();
    assert_eq!(answers.next(), Some(VERSION), "version of the reference");
    let answers: Vec<Vec<String>> = answers
        .map(|line| if line == "error" { Vec::new() } else { line.split('\t').map(str::to_owned).collect() })
        .collect();
    assert_eq!(answers.len(), lines.len(), "one answer for each line");
    answers
}

/// Counts sorted by identifier; anything else as it is.
fn in_order(text: &str) -> String {
    let pairs: Option<Vec<(u64, &str)>> = text
        .split(' ')
        .map(|pair| pair.split_once(':').and_then(|(identifier, _)| Some((identifier.parse().ok()?, pair))))
        .collect();
    let Some(mut pairs) = pairs else { return text.to_owned() };
    pairs.sort_unstable();
    pairs.iter().map(|(_, pair)| *pair).collect::<Vec<_>>().join(" ")
}

/// Compares all kinds on all lines that both read, prints the totals and fails on a difference.
fn compare(name: &str, kinds: &mut [Kind], lines: &[String]) {
    let mut parser = Parser::new();
    let (mut molecules, mut different) = (0, Vec::new());
    let mut counts = vec![0; kinds.len()];
    for lines in lines.chunks(ASKED_AT_ONCE) {
        for (smiles, answers) in lines.iter().zip(ask(kinds, lines)) {
            let Ok(molecule) = parser.parse(smiles.as_bytes()) else { continue };
            // rdkit_parity compares who reads what
            if answers.is_empty() {
                continue;
            }
            molecules += 1;
            assert_eq!(answers.len(), kinds.len(), "fingerprints of {smiles}");
            for (((kind, text), theirs), count) in kinds.iter_mut().zip(&answers).zip(&mut counts) {
                let theirs = in_order(theirs);
                let problem = match text(molecule) {
                    Ok(ours) if ours == theirs => continue,
                    Ok(ours) => format!("\n  {ours}\n  {theirs}"),
                    Err(error) => error.to_string(),
                };
                *count += 1;
                different.push(format!("{kind} of {smiles}: {problem}"));
            }
        }
    }
    let counts: Vec<String> =
        kinds.iter().zip(counts).map(|((kind, _), count)| format!("{kind} {count}")).collect();
    println!("{name}: {molecules} molecules compared, different are {}", counts.join(", "));
    let shown = different[..different.len().min(SHOWN)].join("\n");
    assert!(different.is_empty(), "{} fingerprints of {name} differ from RDKit:\n{shown}", different.len());
}

/// Compares the kinds on every set; of the real sets, one compound in `step`, unless all are asked for.
fn check(make: fn() -> Vec<Kind>, step: usize) {
    if oracle::rdkit_data_folder().is_none() {
        return;
    }
    let mut kinds = make();
    let odd = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/odd.smi");
    let text = std::fs::read_to_string(odd).expect("the list is part of the repository");
    // extensions of CXSMILES are not read: rdkit_parity lists what that changes
    let odd: Vec<String> = text.lines().filter(|line| !line.contains(" |")).map(str::to_owned).collect();
    compare("odd.smi", &mut kinds, &odd);
    let step = if sets::is_full() { 1 } else { step };
    let mut compare_part = |name: &str, lines: Option<Vec<String>>| {
        let Some(lines) = lines else { return };
        compare(name, &mut kinds, &lines.into_iter().step_by(step).collect::<Vec<_>>());
    };
    compare_part("ChEMBL", sets::chembl());
    compare_part("NCI", sets::nci());
    compare_part("approved drugs", sets::drugbank());
    for name in ["bace", "bbbp", "clintox", "esol", "freesolv", "lipo", "sider", "tox21"] {
        compare_part(name, sets::shared(&format!("moleculenet/{name}.csv"), 1));
    }
}

#[test]
fn morgan_as_in_rdkit() {
    check(morgan, 29);
}

#[test]
fn maccs_keys_as_in_rdkit() {
    check(maccs, 13);
}

#[test]
fn atom_pairs_as_in_rdkit() {
    check(atom_pairs, 13);
}

#[test]
fn torsions_as_in_rdkit() {
    check(torsions, 13);
}

#[test]
fn paths_as_in_rdkit() {
    check(paths, 29);
}

/// The kinds that a library holds, on the largest set.
#[test]
fn kinds_of_libraries_as_in_rdkit() {
    if oracle::rdkit_data_folder().is_none() || !sets::is_full() {
        println!("MOSES is compared with SOYAKU_PARITY_FULL=1");
        return;
    }
    let named = ["morgan", "feature", "maccs", "atom-pair", "torsion", "path"];
    let all = [morgan(), maccs(), atom_pairs(), torsions(), paths()].into_iter().flatten();
    let mut kinds: Vec<Kind> = all.filter(|(name, _)| named.contains(name)).collect();
    assert_eq!(kinds.len(), named.len());
    if let Some(lines) = sets::moses() {
        compare("MOSES", &mut kinds, &lines);
    }
}
