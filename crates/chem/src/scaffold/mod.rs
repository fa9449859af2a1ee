//! Murcko scaffolds: the rings of a molecule and what links them (G. W. Bemis and M. A. Murcko,
//! J. Med. Chem. 39, 2887, 1996), as RDKit defines them.

mod skeleton;
#[cfg(test)]
mod tests;

use crate::edit::{Editor, Vacancy};
use crate::error::Error;
use crate::molecule::{BondOrder, Chirality, Molecule};
use crate::parser::Parser;
use skeleton::Skeleton;

/// Finds scaffolds. Keeps its buffers: one per thread.
///
/// The scaffold has all ring atoms, the atoms on the ways between rings, and atoms that hang on one
/// of these by a double bond; hydrogens take the place of the others. Stereo stays where nothing
/// was taken from the centre, and where the atoms that a double bond's configuration refers to are
/// still there.
///
/// ```
/// use soyaku_chem::{Parser, ScaffoldFinder, SmilesWriter};
///
/// let mut parser = Parser::new();
/// let mut finder = ScaffoldFinder::new();
/// let mut writer = SmilesWriter::default();
/// let molecule = parser.parse(b"CC(=O)Nc1ccc(cc1)C(=O)C1CCCCC1")?;
/// let scaffold = finder.murcko(molecule)?.expect("a molecule with rings");
/// assert_eq!(writer.write(scaffold), "O=C(c1ccccc1)C1CCCCC1");
/// let framework = finder.generic(molecule)?.expect("a molecule with rings");
/// assert_eq!(writer.write(framework), "CC(C1CCCCC1)C1CCCCC1");
/// assert!(finder.murcko(parser.parse(b"CCO")?)?.is_none());
/// # Ok::<(), soyaku_chem::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct ScaffoldFinder {
    editor: Editor,
    parser: Parser,
    skeleton: Skeleton,
}

impl ScaffoldFinder {
    /// A finder with empty buffers.
    pub fn new() -> Self {
        Self::default()
    }

    /// The Murcko scaffold (RDKit's `GetScaffoldForMol`), perceived anew; `None` for a molecule
    /// without rings, whose scaffold has no atoms. It lives until the next call.
    ///
    /// # Errors
    /// What is left has an impossible valence or no Kekulé structure.
    pub fn murcko(&mut self, molecule: &Molecule) -> Result<Option<&Molecule>, Error> {
        if molecule.ring_count() == 0 {
            return Ok(None);
        }
        self.cut(molecule);
        self.parser.perceive_edited(&self.editor).map(Some)
    }

    /// The generic framework (RDKit's `MakeScaffoldGeneric` of the Murcko scaffold): all atoms
    /// carbon, all bonds single, no charges, isotopes or stereo; map numbers and unpaired electrons
    /// stay. Atoms that the scaffold has on double bonds are there: single atoms on the framework.
    /// `None` for a molecule without rings.
    ///
    /// # Errors
    /// An atom has more than four neighbours.
    pub fn generic(&mut self, molecule: &Molecule) -> Result<Option<&Molecule>, Error> {
        if molecule.ring_count() == 0 {
            return Ok(None);
        }
        self.cut(molecule);
        let editor = &mut self.editor;
        for atom in 0..molecule.atoms.len() as u32 {
            if molecule.atoms[atom as usize].atomic_number != 1 {
                editor.set_element(atom, 6);
            }
            editor.set_aromatic(atom, false);
            editor.set_isotope(atom, 0);
            editor.set_charge(atom, 0);
            editor.set_chirality(atom, Chirality::None);
            editor.set_implicit(atom, true);
            editor.set_explicit_hydrogens(atom, 0);
        }
        for bond in 0..molecule.bonds.len() as u32 {
            editor.set_order(bond, BondOrder::Single);
        }
        self.parser.perceive_edited(&self.editor).map(Some)
    }

    /// Leaves the scaffold in the editor.
    fn cut(&mut self, molecule: &Molecule) {
        let Self { editor, skeleton, .. } = self;
        editor.load(molecule);
        skeleton.find(molecule);
        for atom in 0..molecule.atoms.len() as u32 {
            if !skeleton.keeps(atom) && !free_neighbors(editor, molecule, skeleton, atom) {
                editor.remove_atom(atom, Vacancy::Open);
            }
        }
    }
}

/// Lets the neighbours of an atom that goes take hydrogens. An atom on a double bond stays: true.
fn free_neighbors(editor: &mut Editor, molecule: &Molecule, skeleton: &Skeleton, atom: u32) -> bool {
    for entry in molecule.neighbors(atom as usize) {
        if !skeleton.keeps(entry.atom) {
            continue;
        }
        if molecule.bonds[entry.bond as usize].order == BondOrder::Double {
            return true;
        }
        let neighbor = &molecule.atoms[entry.atom as usize];
        if neighbor.is_aromatic && neighbor.atomic_number != 6 {
            editor.set_explicit_hydrogens(entry.atom, 1);
        } else if neighbor.no_implicit || neighbor.chirality != Chirality::None {
            editor.set_implicit(entry.atom, true);
            editor.set_explicit_hydrogens(entry.atom, 0);
            editor.set_chirality(entry.atom, Chirality::None);
        }
    }
    false
}
