//! What must hold for every molecule, however its atoms are numbered: real compounds, and random
//! SMILES from a grammar. Each is written in random orders and with every choice of options, read
//! again, and compared in all its fingerprints, descriptors and SMARTS matches.

#![allow(clippy::expect_used, clippy::unwrap_used)]

#[path = "../../../fuzz/src/lib.rs"]
#[allow(dead_code)]
mod fuzz;

#[allow(dead_code)]
mod support;

use std::path::Path;

use fuzz::molecule::{Examiner, difference};
use fuzz::round_trip::{RoundTrip, has_one_text, shuffled};
use soyaku_chem::smarts::{MatchScratch, Pattern};
use soyaku_chem::{CanonicalRanking, Parser, SmilesOptions, SmilesWriter};
use support::{data_folder, fail_or_skip, oracle, workspace};

/// Random orders of each molecule.
const ORDERS: usize = 4;

/// Every stride-th line's SMILES; an empty list, said aloud, where the file is missing.
fn sample(variable: &str, path: &Path, column: usize, stride: usize) -> Vec<String> {
    let Ok(text) = std::fs::read_to_string(path) else {
        fail_or_skip(variable, &path.display().to_string());
        return Vec::new();
    };
    let field = |line: &str| line.split([',', ' ', '\t']).nth(column).unwrap_or_default().to_owned();
    let stride = if std::env::var_os("SOYAKU_PARITY_FULL").is_some() { 1 } else { stride };
    text.lines().step_by(stride).map(field).collect()
}

/// Says which line it was, should the test fail.
struct Shown<'a>(&'a str);

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("at {}", self.0);
        }
    }
}

/// Fails if anything said of a molecule depends on the numbers of its atoms.
fn check(name: &str, lines: &[String], least: usize) {
    let (mut parser, mut other) = (Parser::new(), Parser::new());
    let mut examiner = Examiner::default();
    let mut round_trip = RoundTrip::default();
    let mut writer = SmilesWriter::default();
    let (mut random, mut read) = (0x5eed, 0);
    for line in lines {
        let Ok(molecule) = parser.parse(line.as_bytes()) else { continue };
        read += 1;
        let shown = Shown(line);
        round_trip.check(molecule);
        drop(shown);
        if !has_one_text(molecule) {
            continue;
        }
        let text = writer.write(molecule).to_owned();
        // of what RDKit perceives, something depends on how a text was written; of its own text, nothing
        let Ok(molecule) = parser.parse(text.as_bytes()) else { panic!("{line}: {text} is refused") };
        let canonical = writer.write(molecule).to_owned();
        let facts = examiner.facts(molecule);
        for _ in 0..ORDERS {
            let ranks = shuffled(molecule.atoms().len(), &mut random);
            let text = writer.write_in_order(molecule, &ranks).to_owned();
            let again =
                other.parse(text.as_bytes()).unwrap_or_else(|error| panic!("{line}, {text}: {error}"));
            if writer.write(again) != canonical {
                // kept for a mark that means nothing when read again
                assert!(text.contains("[H]"), "{line}: {canonical} and {text}");
                continue;
            }
            if let Some(difference) = difference(&facts, &examiner.facts(again)) {
                panic!("{line}: {canonical} and {text}: {difference}");
            }
        }
    }
    println!("{name}: {read} molecules, {ORDERS} orders of each");
    assert!(read >= least, "{name}: only {read} of {} were read", lines.len());
}

#[test]
fn real_compounds() {
    let sets = [
        ("smiles/chembl_10k.smi", 0, 20),
        ("moleculenet/sider.csv", 0, 20),
        ("moleculenet/tox21.csv", 0, 100),
    ];
    for (file, column, stride) in sets {
        let lines = sample("SOYAKU_REQUIRE_TEST_DATA", &data_folder().join(file), column, stride);
        check(file, &lines, lines.len() * 9 / 10);
    }
    if let Some(folder) = oracle::rdkit_data_folder() {
        let lines = sample("SOYAKU_REQUIRE_ORACLES", &folder.join("NCI/first_5K.smi"), 0, 10);
        check("NCI", &lines, lines.len() * 9 / 10);
    }
    // not needed by any other test, so never demanded
    let moses = workspace().join("target/oracles/moses/moses.smi");
    if moses.is_file() {
        let lines = sample("", &moses, 0, 20_000);
        check("MOSES", &lines, lines.len() * 9 / 10);
    }
}

/// Random SMILES.
struct Grammar {
    random: u64,
    text: String,
    /// Numbers of rings that are open.
    open: Vec<usize>,
}

impl Grammar {
    fn below(&mut self, limit: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random % limit as u64) as usize
    }

    fn one_of(&mut self, parts: &[&'static str]) -> &'static str {
        parts[self.below(parts.len())]
    }

    fn atom(&mut self) {
        const COMMON: &[&str] =
            &["C", "C", "C", "C", "N", "O", "C", "S", "c1ccccc1", "C(=O)", "C1CC1", "C#C"];
        const ODD: &[&str] = &[
            "[C@H]",
            "[C@@H]",
            "[C@]",
            "[C@@]",
            "[N+]",
            "[13C]",
            "[2H]",
            "[Si]",
            "P",
            "B",
            "F",
            "Cl",
            "[O-]",
            "*",
            "[nH]1cccc1",
            "c1cc[nH]c1",
            "[CH2:3]",
            "[Fe]",
            "[S@](=O)",
            "[P@@](=O)",
            "[Se]",
            "[H]",
            "[CH]",
            "c1ccncc1",
            "C2CCC2",
            "[Na+]",
            "[C-]",
            "n1cccc1",
            "[NH3+]",
            "C(F)(F)F",
            "/C=C/",
            "\\C=C/",
            "/C=N\\",
            "[N@]",
            "[B-]",
        ];
        let atom = if self.below(3) == 0 { self.one_of(ODD) } else { self.one_of(COMMON) };
        self.text += atom;
        if self.below(6) == 0 {
            let number = match self.open.pop() {
                Some(number) if self.below(2) == 0 => number,
                last => {
                    self.open.extend(last);
                    let number = 3 + self.open.len();
                    self.open.push(number);
                    number
                }
            };
            self.text += &number.to_string();
        }
    }

    fn chain(&mut self, depth: usize) {
        let length = 1 + self.below(6);
        for place in 0..length {
            if place > 0 && self.below(5) == 0 {
                let bond = self.one_of(&["=", "#", "-", "/", "\\", ".", "~", "->", ":"]);
                self.text += bond;
            }
            self.atom();
            if depth > 0 && self.below(4) == 0 {
                self.text.push('(');
                self.chain(depth - 1);
                self.text.push(')');
            }
        }
    }

    /// One SMILES, which may be refused.
    fn smiles(&mut self) -> String {
        self.text.clear();
        self.open.clear();
        self.chain(3);
        while let Some(number) = self.open.pop() {
            self.text += "C";
            self.text += &number.to_string();
        }
        std::mem::take(&mut self.text)
    }
}

#[test]
fn random_smiles() {
    let mut grammar = Grammar { random: 0x9e37_79b9_7f4a_7c15, text: String::new(), open: Vec::new() };
    let lines: Vec<String> = (0..12_000).map(|_| grammar.smiles()).collect();
    check("random SMILES", &lines, 1_000);
}

#[test]
fn every_choice_of_options_can_be_read_again() {
    let mut parser = Parser::new();
    let mut other = Parser::new();
    let odd = include_str!("data/odd.smi").lines().chain(include_str!("data/stereo_scaffolds.smi").lines());
    let mut read = 0;
    for line in odd {
        let Ok(molecule) = parser.parse(line.as_bytes()) else { continue };
        for choice in 0..16 {
            let options = SmilesOptions {
                canonical: choice & 1 > 0,
                isomeric: choice & 2 > 0,
                atom_maps: choice & 4 > 0,
                kekule: choice & 8 > 0,
            };
            let mut writer = SmilesWriter::new(options);
            let text = writer.write(molecule).to_owned();
            let again =
                other.parse(text.as_bytes()).unwrap_or_else(|error| panic!("{line}, {text}: {error}"));
            if !options.isomeric {
                assert!(!text.contains(['@', '/', '\\']), "{line}: {text}");
            }
            if !options.atom_maps {
                assert!(again.atoms().iter().all(|atom| atom.atom_map == 0), "{line}: {text}");
            }
            let hydrogens = molecule.atoms().iter().filter(|atom| atom.atomic_number == 1).count();
            assert!(again.atoms().len() + hydrogens >= molecule.atoms().len(), "{line}: {text}");
            let weight = |molecule: &soyaku_chem::Molecule| {
                let each = |atom: &soyaku_chem::Atom| u32::from(atom.atomic_number) + atom.total_hydrogens();
                molecule.atoms().iter().map(each).sum::<u32>()
            };
            assert_eq!(weight(again), weight(molecule), "{line}: {text}");
            read += 1;
        }
    }
    assert!(read > 5_000, "{read}");
}

/// The atoms of a match are the same atoms, whatever their numbers.
#[test]
fn matches_are_of_the_same_atoms() {
    let patterns = ["C=O", "[#7;!$(N-C=O)]", "a:[c,n]-*", "[R2]", "*~*~[!#6]", "[D3]~[r5,r6]"];
    let patterns: Vec<Pattern> = patterns.iter().map(|text| Pattern::parse(text).unwrap()).collect();
    let (mut parser, mut other) = (Parser::new(), Parser::new());
    let mut writer = SmilesWriter::new(SmilesOptions { canonical: false, ..SmilesOptions::default() });
    let mut scratch = MatchScratch::new();
    let mut ranking = CanonicalRanking::new();
    let mut random = 7;
    let mut found = 0;
    for line in include_str!("data/odd.smi").lines().take(700) {
        let Ok(molecule) = parser.parse(line.as_bytes()) else { continue };
        let ranks = shuffled(molecule.atoms().len(), &mut random);
        let text = writer.write_in_order(molecule, &ranks).to_owned();
        let again = other.parse(text.as_bytes()).unwrap();
        if again.atoms().len() != molecule.atoms().len() {
            continue;
        }
        for pattern in &patterns {
            // in how many matches the atoms are, by what they are
            let mut involved = |molecule: &soyaku_chem::Molecule| {
                let ranks = ranking.ranks(molecule).to_vec();
                let matches = pattern.find(molecule, &mut scratch, true, usize::MAX).unwrap();
                let mut counts = vec![0; ranks.len()];
                matches.iter().flatten().for_each(|&atom| counts[ranks[atom as usize] as usize] += 1);
                found += matches.len();
                (counts, matches.len())
            };
            let (first, second) = (involved(molecule), involved(again));
            assert_eq!(first.1, second.1, "{line} and {text}");
            let sorted = |mut counts: Vec<i32>| {
                counts.sort_unstable();
                counts
            };
            assert_eq!(sorted(first.0), sorted(second.0), "{line} and {text}");
        }
    }
    assert!(found > 1_000, "{found}");
}
