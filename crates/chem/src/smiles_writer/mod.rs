//! Writing SMILES.

mod atoms;
mod marks;
mod tags;
#[cfg(test)]
mod tests;
mod tree;

use crate::canonical::{CanonicalRanking, Features};
use crate::kekulize::Kekulizer;
use crate::molecule::{BondOrder, Chirality, Molecule};
use atoms::{Parts, is_lower_case};
use marks::{Mark, Marks};
use tree::{Step, Tree};

/// What is written, and in which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SmilesOptions {
    /// The same text for the same molecule, however its atoms are numbered; else the walk starts at
    /// the first atom and takes neighbours in the order of the atoms.
    pub canonical: bool,
    /// With isotopes, `@` and `/`.
    pub isomeric: bool,
    /// With atom map numbers.
    pub atom_maps: bool,
    /// With single and double bonds in aromatic rings, and all atoms in upper case. In canonical
    /// order the structure is canonical, too. A molecule for which no Kekulé structure is found
    /// (see [`crate::Kekulizer`]) is written aromatic; those of a [`crate::Parser`] have one.
    pub kekule: bool,
}

impl Default for SmilesOptions {
    fn default() -> Self {
        Self { canonical: true, isomeric: true, atom_maps: true, kekule: false }
    }
}

/// Writes molecules as SMILES into a buffer of its own: one per thread.
///
/// ```
/// use soyaku_chem::{Parser, SmilesOptions, SmilesWriter};
///
/// let mut parser = Parser::new();
/// let mut writer = SmilesWriter::new(SmilesOptions::default());
/// let first = writer.write(parser.parse(b"OC(=O)c1ccccc1")?).to_owned();
/// assert_eq!(writer.write(parser.parse(b"c1ccc(C(O)=O)cc1")?), first);
/// # Ok::<(), soyaku_chem::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct SmilesWriter {
    options: SmilesOptions,
    ranking: CanonicalRanking,
    ranks: Vec<u32>,
    tree: Tree,
    marks: Marks,
    tags: tags::Scratch,
    kekulizer: Kekulizer,
    text: String,
}

impl SmilesWriter {
    /// A writer with empty buffers.
    pub fn new(options: SmilesOptions) -> Self {
        Self { options, ..Self::default() }
    }

    /// The SMILES of a molecule. Aromatic atoms are written in lower case, unless the Kekulé form is
    /// asked for. Non-tetrahedral arrangements (`@SP1`, `@OH3`) are not written.
    pub fn write(&mut self, molecule: &Molecule) -> &str {
        let SmilesOptions { canonical, isomeric, atom_maps, .. } = self.options;
        let mut ranks = std::mem::take(&mut self.ranks);
        ranks.clear();
        if canonical {
            ranks.extend_from_slice(self.ranking.ranks_by(molecule, Features { isomeric, atom_maps }));
        } else {
            ranks.extend(0..molecule.atoms().len() as u32);
        }
        self.write_in_order(molecule, &ranks);
        self.ranks = ranks;
        &self.text
    }

    /// The SMILES along a walk that begins at the atom of rank 0 and goes to neighbours of low rank
    /// first: one of the many texts of the molecule, a random one if the ranks are. `ranks` holds the
    /// number of each atom, from 0, none twice; [`SmilesOptions::canonical`] has no say.
    ///
    /// # Panics
    /// If `ranks` does not have one number for each atom, or one of them is too large.
    pub fn write_in_order(&mut self, molecule: &Molecule, ranks: &[u32]) -> &str {
        assert_eq!(ranks.len(), molecule.atoms().len(), "one rank for each atom");
        self.tree.walk(molecule, ranks);
        if !self.options.kekule {
            return self.write_tree(molecule);
        }
        let mut kekulizer = std::mem::take(&mut self.kekulizer);
        self.write_tree(kekulizer.draw(molecule, ranks).unwrap_or(molecule));
        self.kekulizer = kekulizer;
        &self.text
    }

    /// Writes along the tree that was walked.
    fn write_tree(&mut self, molecule: &Molecule) -> &str {
        self.marks.clear();
        if self.options.isomeric {
            self.marks.place(molecule, &self.tree);
        }
        self.text.clear();
        for index in 0..self.tree.steps.len() {
            match self.tree.steps[index] {
                Step::Open => self.text.push('('),
                Step::Close => self.text.push(')'),
                Step::Atom(atom) => self.write_atom(molecule, atom),
            }
        }
        &self.text
    }

    /// An atom with the bond that leads to it and its ring numbers.
    fn write_atom(&mut self, molecule: &Molecule, index: u32) {
        let (parent, bond) = self.tree.parent[index as usize];
        if parent != tree::NONE {
            self.write_bond(molecule, bond, parent);
        } else if !self.text.is_empty() {
            self.text.push('.');
        }
        let SmilesOptions { isomeric, atom_maps, .. } = self.options;
        let atom = &molecule.atoms()[index as usize];
        let mut parts = Parts { isotope: 0, tag: Chirality::None, map: 0 };
        if atom_maps {
            parts.map = atom.atom_map;
        }
        if isomeric {
            parts.isotope = atom.isotope;
            if atom.chirality.is_tetrahedral() {
                parts.tag = tags::tag(molecule, &self.tree, index, &mut self.tags);
            }
        }
        atoms::write(&mut self.text, molecule, index as usize, parts);
        if self.tree.closures.is_empty() {
            return;
        }
        for place in 0..self.tree.closing_at(index).len() {
            let closure = self.tree.closures[self.tree.closing_at(index)[place] as usize];
            self.write_bond(molecule, closure.bond, index);
            ring_number(&mut self.text, closure.number);
        }
        for closure in self.tree.opening_at(index) {
            ring_number(&mut self.text, closure.number);
        }
    }

    /// The symbol of a bond, written after one of its atoms.
    fn write_bond(&mut self, molecule: &Molecule, index: u32, from: u32) {
        let symbol = match self.marks.of(index) {
            Mark::Up => "/",
            Mark::Down => "\\",
            Mark::None | Mark::Open => {
                let bond = &molecule.bonds()[index as usize];
                let ends = [bond.begin, bond.end].map(|atom| &molecule.atoms()[atom as usize]);
                let both_aromatic = ends.iter().all(|atom| is_lower_case(atom));
                match bond.order {
                    BondOrder::Single if both_aromatic => "-",
                    BondOrder::Single => "",
                    BondOrder::Aromatic if both_aromatic => "",
                    BondOrder::Aromatic => ":",
                    BondOrder::Double => "=",
                    BondOrder::Triple => "#",
                    BondOrder::Quadruple => "$",
                    BondOrder::Dative if bond.begin == from => "->",
                    BondOrder::Dative => "<-",
                    BondOrder::Unspecified | BondOrder::Zero => "~",
                }
            }
        };
        self.text.push_str(symbol);
    }
}

/// A digit, `%` and two digits, or `%(...)`.
fn ring_number(text: &mut String, number: u32) {
    match number {
        0..=9 => atoms::number(text, number),
        10..=99 => {
            text.push('%');
            atoms::number(text, number);
        }
        _ => {
            text.push_str("%(");
            atoms::number(text, number);
            text.push(')');
        }
    }
}
