//! Comparing one molecule with its line of the oracle's output.

use std::collections::HashMap;
use std::fmt::{self, Display, Formatter, Write};

use soyaku_chem::fingerprint::{Morgan, MorganOptions};
use soyaku_chem::{ErrorKind, Molecule, Parser};

/// Differences shown in full when a comparison fails.
const SHOWN: usize = 40;

const ATOM_FIELDS: [&str; 13] = [
    "element",
    "charge",
    "isotope",
    "chirality",
    "explicit H",
    "total H",
    "total degree",
    "aromatic",
    "in ring",
    "hybridization",
    "radical electrons",
    "mass",
    "CIP",
];
const BOND_FIELDS: [&str; 6] = ["begin", "end", "order", "conjugated", "in ring", "stereo"];

/// How a fingerprint is written by the oracle.
enum Form {
    Bits(u32),
    Counts(u32),
    Sparse,
    CountSimulation(u32),
}

/// The oracle's fingerprints, in its order.
fn fingerprints() -> Vec<(&'static str, MorganOptions, Form)> {
    let plain = |radius| MorganOptions { radius, ..MorganOptions::default() };
    let chiral = |radius| MorganOptions { use_chirality: true, ..plain(radius) };
    vec![
        ("bits, radius 2", plain(2), Form::Bits(2048)),
        ("counts, radius 2", plain(2), Form::Counts(2048)),
        ("bits, radius 3", plain(3), Form::Bits(1024)),
        ("counts, radius 3", plain(3), Form::Counts(1024)),
        ("chiral bits, radius 2", chiral(2), Form::Bits(2048)),
        ("chiral counts, radius 2", chiral(2), Form::Counts(2048)),
        ("chiral bits, radius 3", chiral(3), Form::Bits(1024)),
        ("chiral counts, radius 3", chiral(3), Form::Counts(1024)),
        ("chiral sparse counts, radius 4", chiral(4), Form::Sparse),
        ("bits without bond types", MorganOptions { use_bond_types: false, ..plain(2) }, Form::Bits(1000)),
        ("count simulation", plain(2), Form::CountSimulation(2048)),
    ]
}

/// Totals over a set.
pub struct Comparison<'a> {
    known: &'a [(&'a str, &'a str)],
    parser: Parser,
    generators: Vec<(&'static str, Morgan, Form)>,
    molecules: usize,
    rejected: usize,
    disagreements: usize,
    values: usize,
    fingerprints: usize,
    known_seen: usize,
    unsupported: usize,
    atropisomers: usize,
    different: Vec<String>,
}

impl<'a> Comparison<'a> {
    pub fn new(known: &'a [(&'a str, &'a str)]) -> Self {
        Self {
            known,
            parser: Parser::new(),
            generators: fingerprints()
                .into_iter()
                .map(|(name, options, form)| (name, Morgan::new(options), form))
                .collect(),
            molecules: 0,
            rejected: 0,
            disagreements: 0,
            values: 0,
            fingerprints: 0,
            known_seen: 0,
            unsupported: 0,
            atropisomers: 0,
            different: Vec::new(),
        }
    }

    pub fn is_equal(&self) -> bool {
        self.different.is_empty()
    }

    /// The first differences, one a line.
    pub fn differences(&self) -> String {
        let mut text = self.different[..self.different.len().min(SHOWN)].join("\n");
        if self.different.len() > SHOWN {
            let _ = write!(text, "\nand {} more", self.different.len() - SHOWN);
        }
        text
    }

    /// Compares one SMILES with the oracle's answer.
    pub fn add(&mut self, smiles: &str, answer: &str) {
        self.molecules += 1;
        let fields: Vec<&str> = answer.split('\t').collect();
        let before = self.different.len();
        match (self.parser.parse(smiles.as_bytes()), fields[1]) {
            (Err(_), "error") => self.rejected += 1,
            (Err(error), _) => {
                self.disagreements += 1;
                self.different.push(format!("{smiles:?}: refused ({error}), RDKit reads it"));
            }
            (Ok(_), "error") => {
                self.disagreements += 1;
                self.different.push(format!("{smiles:?}: read, RDKit refuses it"));
            }
            (Ok(molecule), _) => {
                let molecule = molecule.clone();
                self.properties(smiles, &molecule, fields[2], fields[3]);
                self.rings(smiles, &molecule, fields[4]);
                self.bit_vectors(smiles, &molecule, &fields[5..]);
            }
        }
        if self.known.iter().any(|(known, _)| *known == smiles) {
            if self.different.len() == before {
                self.different.push(format!("{smiles:?}: listed as a known difference, but there is none"));
            } else {
                self.different.truncate(before);
                self.known_seen += 1;
            }
        }
    }

    fn properties(&mut self, smiles: &str, molecule: &Molecule, atoms: &str, bonds: &str) {
        let ours = (0..molecule.atoms().len()).map(|index| atom_text(molecule, index)).collect::<Vec<_>>();
        self.rows(smiles, "atom", &ATOM_FIELDS, &ours, atoms);
        let ours = (0..molecule.bonds().len()).map(|index| bond_text(molecule, index)).collect::<Vec<_>>();
        self.rows(smiles, "bond", &BOND_FIELDS, &ours, bonds);
    }

    fn rows(&mut self, smiles: &str, kind: &str, names: &[&str], ours: &[String], theirs: &str) {
        let theirs: Vec<&str> = theirs.split(' ').filter(|row| !row.is_empty()).collect();
        if ours.len() != theirs.len() {
            let numbers = (ours.len(), theirs.len());
            self.different.push(format!("{smiles:?}: {} {kind}s, RDKit has {}", numbers.0, numbers.1));
            return;
        }
        self.values += names.len() * ours.len();
        for (index, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
            if ours == theirs {
                continue;
            }
            for ((name, ours), theirs) in names.iter().zip(ours.split(',')).zip(theirs.split(',')) {
                if ours != theirs {
                    self.different
                        .push(format!("{smiles:?}: {kind} {index}: {name} {ours}, in RDKit {theirs}"));
                }
            }
        }
    }

    fn rings(&mut self, smiles: &str, molecule: &Molecule, theirs: &str) {
        let mut rings: Vec<Vec<u32>> =
            (0..molecule.ring_count()).map(|ring| molecule.ring_atoms(ring).to_vec()).collect();
        rings.iter_mut().for_each(|ring| ring.sort_unstable());
        rings.sort_unstable();
        let ring_text = |ring: &Vec<u32>| ring.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
        let ours = rings.iter().map(ring_text).collect::<Vec<_>>().join(" ");
        self.values += molecule.ring_count();
        if ours != theirs {
            self.different.push(format!("{smiles:?}: rings {ours}, in RDKit {theirs}"));
        }
    }

    fn bit_vectors(&mut self, smiles: &str, molecule: &Molecule, theirs: &[&str]) {
        assert_eq!(theirs.len(), self.generators.len(), "fingerprints for {smiles:?}");
        for ((name, generator, form), theirs) in self.generators.iter_mut().zip(theirs) {
            self.fingerprints += 1;
            let equal = match *form {
                Form::Bits(size) => {
                    let mut words = vec![!0; size.div_ceil(64) as usize];
                    generator.bits(molecule, size, &mut words);
                    hexadecimal(&words, size) == *theirs
                }
                Form::CountSimulation(size) => {
                    let mut words = vec![!0; size.div_ceil(64) as usize];
                    generator.count_simulation_bits(molecule, size, &mut words);
                    hexadecimal(&words, size) == *theirs
                }
                Form::Counts(size) => {
                    let mut counts = vec![!0; size as usize];
                    generator.counts(molecule, size, &mut counts);
                    let counts = (0..size).zip(counts).filter(|(_, count)| *count > 0).collect();
                    parse_counts(theirs) == counts
                }
                Form::Sparse => {
                    let mut counts = HashMap::new();
                    for &identifier in generator.environments(molecule) {
                        *counts.entry(identifier).or_insert(0) += 1;
                    }
                    parse_counts(theirs) == counts
                }
            };
            if !equal {
                self.different.push(format!("{smiles:?}: Morgan {name}"));
            }
        }
    }
}

// not every test compares mol blocks
#[allow(dead_code)]
impl Comparison<'_> {
    /// Compares one mol block with the oracle's answer, but for fingerprints. Blocks with a feature
    /// that is not read are counted as such.
    pub fn add_block(&mut self, name: &str, block: &[u8], answer: &[&str]) {
        self.molecules += 1;
        match (self.parser.parse_mol_block(block), answer[0]) {
            (Err(_), "error") => self.rejected += 1,
            (Err(error), _) if error.kind() == ErrorKind::Unsupported => {
                println!("{name}: {error}");
                self.unsupported += 1;
            }
            (Err(error), _) => {
                self.disagreements += 1;
                self.different.push(format!("{name}: refused ({error}), RDKit reads it"));
            }
            (Ok(_), "error") => {
                self.disagreements += 1;
                self.different.push(format!("{name}: read, RDKit refuses it"));
            }
            (Ok(molecule), _) => {
                let molecule = molecule.clone();
                // atropisomers are not perceived: RDKit marks their bonds with stereo 6 and 7
                let bonds: Vec<&str> = answer[2].split(' ').collect();
                let is_marked = |bond: &&str| bond.ends_with(",6") || bond.ends_with(",7");
                self.atropisomers += usize::from(bonds.iter().any(is_marked));
                let unmarked = |bond: &&str| match is_marked(bond) {
                    true => format!("{}0", &bond[..bond.len() - 1]),
                    false => (*bond).to_owned(),
                };
                let bonds = bonds.iter().map(unmarked).collect::<Vec<_>>().join(" ");
                self.properties(name, &molecule, answer[1], &bonds);
                self.rings(name, &molecule, answer[3]);
            }
        }
    }

    /// What was left out of the comparison of mol blocks.
    pub fn blocks_left_out(&self) -> String {
        let (unsupported, atropisomers) = (self.unsupported, self.atropisomers);
        format!("{unsupported} with features that are not read, {atropisomers} with atropisomers")
    }

    /// Mol blocks that were refused for a feature that is not read.
    pub fn unsupported(&self) -> usize {
        self.unsupported
    }
}

impl Display for Comparison<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} molecules, {} refused by both, {} by one only; {} values and {} fingerprints compared, {} different, \
             {} known differences",
            self.molecules,
            self.rejected,
            self.disagreements,
            self.values,
            self.fingerprints,
            self.different.len(),
            self.known_seen,
        )
    }
}

fn atom_text(molecule: &Molecule, index: usize) -> String {
    let atom = &molecule.atoms()[index];
    format!(
        "{},{},{},{},{},{},{},{},{},{},{},{:.4},{}",
        atom.atomic_number,
        atom.formal_charge,
        atom.isotope,
        atom.chirality as u8,
        atom.explicit_hydrogens,
        atom.total_hydrogens(),
        atom.total_degree(),
        u8::from(atom.is_aromatic),
        u8::from(atom.is_in_ring),
        atom.hybridization as u8,
        atom.radical_electrons,
        atom.mass(),
        if atom.cip_label == 0 { '0' } else { char::from(atom.cip_label) },
    )
}

fn bond_text(molecule: &Molecule, index: usize) -> String {
    let bond = &molecule.bonds()[index];
    format!(
        "{},{},{},{},{},{}",
        bond.begin,
        bond.end,
        bond.order as u8,
        u8::from(bond.is_conjugated),
        u8::from(bond.is_in_ring),
        bond.stereo as u8,
    )
}

fn hexadecimal(words: &[u64], size: u32) -> String {
    let bytes = words.iter().flat_map(|word| word.to_le_bytes()).take(size.div_ceil(8) as usize);
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

fn parse_counts(text: &str) -> HashMap<u32, u32> {
    text.split(' ')
        .filter_map(|pair| pair.split_once(':'))
        .map(|(identifier, count)| (identifier.parse().expect("a number"), count.parse().expect("a number")))
        .collect()
}
