//! Mol blocks and records of SD files, written.

mod check;
mod drawing;
mod marks;
mod plane;
mod rings;
mod sides;
mod text;

use super::Block;
use super::block::{Drawn, NO_VALENCE};
use crate::kekulize::Kekulizer;
use crate::molecule::{BondOrder, Molecule};
use crate::parser::Parser;
use check::Found;
use drawing::Drawing;
use sides::Sides;

/// Drawings that are tried for a molecule.
const ATTEMPTS: u32 = 8;
/// Times that a drawing is written and read to find the marks it needs.
const PASSES: usize = 3;
/// Most atoms, and bonds, of a V2000 block.
const V2000_LIMIT: usize = 999;
/// Largest valence that a V2000 block can tell; the next number stands for zero.
const V2000_VALENCE: i32 = 14;

/// Version of a mol block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MolBlockVersion {
    /// V2000, and V3000 for what does not fit.
    #[default]
    Automatic,
    /// V3000.
    V3000,
}

/// What a mol block does not tell of its molecule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// Tetrahedral centres whose configuration is not drawn, and arrangements that are not tetrahedral.
    pub centers: usize,
    /// Double bonds whose configuration is not drawn.
    pub double_bonds: usize,
    /// Atoms and bonds that read otherwise, such as quadruple bonds.
    pub others: usize,
}

impl Lost {
    /// Nothing is lost.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn total(&self) -> usize {
        self.centers + self.double_bonds + self.others
    }
}

/// Writes molecules as mol blocks and records of SD files: one per thread.
///
/// The block has the atoms of the molecule in their order, with single and double bonds for aromatic
/// ones. **Its drawing is schematic**: rings are polygons, chains zigzag, and some atoms may lie over
/// others; what counts is that wedges and double bonds show the configuration of the molecule. Each
/// block is read back before it is given out, and what reads otherwise is counted.
///
/// ```
/// use soyaku_chem::{Parser, sdf::{MolBlockVersion, MolBlockWriter}};
///
/// let mut writer = MolBlockWriter::new(MolBlockVersion::Automatic);
/// let mut parser = Parser::new();
/// let mut record = Vec::new();
/// let alanine = parser.parse(b"C[C@H](N)C(=O)O")?;
/// let lost = writer.record(alanine, b"alanine", [(&b"pI"[..], &b"6.0"[..])], &mut record);
/// assert!(lost.is_empty());
/// let text = String::from_utf8(record).expect("text");
/// assert!(text.starts_with("alanine\n") && text.ends_with("M  END\n>  <pI>\n6.0\n\n$$$$\n"));
/// # Ok::<(), soyaku_chem::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct MolBlockWriter {
    version: MolBlockVersion,
    kekulizer: Kekulizer,
    parser: Parser,
    /// The molecule with the orders and directions of the bonds as drawn.
    drawn: Molecule,
    block: Block,
    sides: Sides,
    drawing: Drawing,
    wedges: marks::Wedges,
    /// Double bonds drawn crossed.
    crossed: Vec<bool>,
    text: Vec<u8>,
    best: Vec<u8>,
}

impl MolBlockWriter {
    /// A writer with empty buffers.
    pub fn new(version: MolBlockVersion) -> Self {
        Self { version, ..Self::default() }
    }

    /// Appends a record to `out`: the block, the data items, and the line that ends it. In a name and the
    /// title line ends become blanks; an empty line of a value gets a blank, and so does a line `$$$$`.
    /// Items without a name are left out.
    pub fn record<'a>(
        &mut self,
        molecule: &Molecule,
        title: &[u8],
        items: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
        out: &mut Vec<u8>,
    ) -> Lost {
        let lost = self.block(molecule, title, out);
        for (name, value) in items.into_iter().filter(|(name, _)| !name.is_empty()) {
            text::item(out, name, value);
        }
        out.extend_from_slice(b"$$$$\n");
        lost
    }

    /// Appends the mol block of a molecule to `out`.
    pub fn block(&mut self, molecule: &Molecule, title: &[u8], out: &mut Vec<u8>) -> Lost {
        self.prepare(molecule);
        let mut least: Option<Lost> = None;
        for attempt in 0..ATTEMPTS {
            self.drawing.draw(&self.drawn, &self.sides, attempt);
            self.block.points.clear();
            self.block.points.extend(self.drawing.points.iter().map(|&[x, y]| [x, y, 0.0]));
            self.wedges.choose(&mut self.drawn, &mut self.block, molecule);
            let lost = self.write_and_check(molecule, title);
            if least.is_none_or(|least| lost.total() < least.total()) {
                least = Some(lost);
                std::mem::swap(&mut self.text, &mut self.best);
            }
            if lost.is_empty() {
                break;
            }
        }
        out.extend_from_slice(&self.best);
        least.unwrap_or_default()
    }

    fn prepare(&mut self, molecule: &Molecule) {
        let drawn = &mut self.drawn;
        drawn.clone_from(molecule);
        // dummy atoms may be aromatic where no structure of single and double bonds is: type 4 says so
        if let Ok(orders) = self.kekulizer.orders(molecule) {
            for (bond, &order) in drawn.bonds.iter_mut().zip(orders) {
                bond.order = order;
                bond.is_aromatic = false;
            }
        }
        self.block.drawn.clear();
        self.block.drawn.resize(drawn.bonds.len(), Drawn::Plain);
        self.block.valences.clear();
        self.block.valences.resize(drawn.atoms.len(), 0);
        self.crossed.clear();
        self.crossed.resize(drawn.bonds.len(), false);
        self.sides.find(molecule);
    }

    /// Writes the drawing, and marks what is read otherwise without a mark: valences, and double bonds
    /// without configuration.
    fn write_and_check(&mut self, molecule: &Molecule, title: &[u8]) -> Lost {
        let mut lost = Lost::default();
        for _ in 0..PASSES {
            self.text.clear();
            self.write(molecule, title);
            let Ok(read) = self.parser.parse_mol_block(&self.text) else {
                return Lost { others: molecule.atoms.len(), ..Lost::default() };
            };
            let mut is_changed = false;
            lost = check::compare(molecule, read, |found| match found {
                Found::Hydrogens(atom) => {
                    let valence = &mut self.block.valences[atom];
                    if *valence == 0 {
                        *valence = total_valence(&self.drawn, atom);
                        is_changed = true;
                    }
                }
                Found::Configuration(bond) => {
                    is_changed |= !std::mem::replace(&mut self.crossed[bond], true);
                }
            });
            if !is_changed {
                break;
            }
        }
        lost
    }

    fn write(&mut self, molecule: &Molecule, title: &[u8]) {
        let is_small = molecule.atoms.len() <= V2000_LIMIT
            && molecule.bonds.len() <= V2000_LIMIT
            && molecule.atoms.iter().all(|atom| atom.atom_map <= 999 && atom.isotope <= 999)
            && self.block.valences.iter().all(|&valence| valence <= V2000_VALENCE)
            && self.block.points.iter().flatten().all(|value| value.abs() < 9999.0);
        let has_centers = self.block.drawn.iter().any(|&drawn| drawn != Drawn::Plain);
        let table = text::Table {
            molecule: &self.drawn,
            block: &self.block,
            crossed: &self.crossed,
            is_absolute: has_centers,
        };
        text::header(&mut self.text, title);
        if is_small && self.version == MolBlockVersion::Automatic {
            table.v2000(&mut self.text);
        } else {
            table.v3000(&mut self.text);
        }
    }
}

/// Valence of an atom with its hydrogens, as a block tells it.
fn total_valence(drawn: &Molecule, index: usize) -> i32 {
    let atom = &drawn.atoms[index];
    let orders = drawn.neighbors(index).iter().map(|entry| {
        let bond = &drawn.bonds[entry.bond as usize];
        match bond.order {
            BondOrder::Double => 2,
            BondOrder::Triple => 3,
            BondOrder::Dative if bond.begin as usize == index => 0,
            BondOrder::Unspecified | BondOrder::Zero | BondOrder::Quadruple => 0,
            _ => 1,
        }
    });
    match orders.sum::<i32>() + atom.total_hydrogens() as i32 {
        0 => NO_VALENCE,
        valence => valence,
    }
}

#[cfg(test)]
mod tests;
