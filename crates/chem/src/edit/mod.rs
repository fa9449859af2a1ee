//! Changing a perceived molecule: atoms and bonds taken away, changed or added, and perceived anew.
//!
//! ```
//! use soyaku_chem::{BondOrder, Parser, SmilesWriter};
//! use soyaku_chem::edit::{Editor, Vacancy};
//!
//! let mut parser = Parser::new();
//! let mut editor = Editor::new();
//! editor.load(parser.parse(b"c1ccccc1CC(=O)[O-]")?);
//! editor.set_charge(9, 0);
//! editor.set_implicit(9, true);
//! let mut writer = SmilesWriter::default();
//! assert_eq!(writer.write(parser.perceive_edited(&editor)?), "O=C(O)Cc1ccccc1");
//! // the ring with a hydrogen where the chain was
//! editor.retain(|_, atom| atom.is_in_ring, Vacancy::Hydrogen);
//! assert_eq!(writer.write(parser.perceive_edited(&editor)?), "c1ccccc1");
//! # Ok::<(), soyaku_chem::Error>(())
//! ```

mod build;
mod marks;
#[cfg(test)]
mod tests;

use crate::canonical::colors::is_configured;
use crate::molecule::{Atom, Bond, BondOrder, BondStereo, Chirality, Molecule};

/// What stays where a bond was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vacancy {
    /// Nothing: the caller sets charges, or hydrogens of atoms that take none by themselves.
    /// Atoms without brackets still fill up to their usual valence.
    Open,
    /// As many hydrogens as the order of the bond that is gone (one for an aromatic bond).
    Hydrogen,
}

/// An editable copy of a molecule: one per thread, its buffers are reused.
///
/// Atoms and bonds keep their numbers while a molecule is edited, also when others are removed;
/// added ones come after the last. [`crate::Parser::perceive_edited`] leaves the removed ones out
/// and closes the gaps; [`Editor::new_index`] tells where an atom went.
///
/// Tetrahedral tags refer to the order of an atom's bonds. When a bond goes, its place is moved
/// behind the others (a hydrogen's place, and that of the next bond that is added), and the tag
/// is turned accordingly: a neighbour that is replaced leaves the arrangement as it was.
/// Configurations of double bonds follow their other neighbour when a reference atom goes. Both
/// are dropped where perception finds no stereo element any more.
///
/// Aromatic bonds and atoms stay aromatic: what is left must have a Kekulé structure. Where rings
/// are opened or bonds of aromatic systems changed, load a Kekulé structure: [`Editor::set_orders`].
#[derive(Clone, Debug, Default)]
pub struct Editor {
    molecule: Molecule,
    /// By atom, by bond.
    removed_atoms: Vec<bool>,
    removed_bonds: Vec<bool>,
    /// Bonds of the molecule that was loaded: the adjacency knows no others.
    loaded_bonds: usize,
}

impl Editor {
    /// An editor without a molecule.
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets everything and starts from a copy of a molecule.
    pub fn load(&mut self, molecule: &Molecule) {
        let own = &mut self.molecule;
        own.atoms.clone_from(&molecule.atoms);
        own.bonds.clone_from(&molecule.bonds);
        own.neighbor_offsets.clone_from(&molecule.neighbor_offsets);
        own.neighbors.clone_from(&molecule.neighbors);
        self.loaded_bonds = molecule.bonds.len();
        for (removed, count) in
            [(&mut self.removed_atoms, molecule.atoms.len()), (&mut self.removed_bonds, self.loaded_bonds)]
        {
            removed.clear();
            removed.resize(count, false);
        }
    }

    /// All atoms, removed ones included, as they are set now. What perception found (rings,
    /// hybridization, implicit hydrogens) is that of the molecule that was loaded.
    pub fn atoms(&self) -> &[Atom] {
        &self.molecule.atoms
    }

    /// All bonds, removed ones included, as they are set now.
    pub fn bonds(&self) -> &[Bond] {
        &self.molecule.bonds
    }

    /// The atom was removed.
    pub fn is_removed(&self, atom: u32) -> bool {
        self.removed_atoms[atom as usize]
    }

    /// The bond was removed, by itself or with an atom.
    pub fn is_bond_removed(&self, bond: u32) -> bool {
        self.removed_bonds[bond as usize]
    }

    /// The bonds of an atom that are left, in their order.
    pub fn bonds_of(&self, atom: u32) -> impl Iterator<Item = u32> + '_ {
        let is_loaded = self.molecule.neighbor_offsets.len() > atom as usize + 1;
        let loaded = if is_loaded { self.molecule.neighbors(atom as usize) } else { &[] };
        let added = self.loaded_bonds..self.molecule.bonds.len();
        let added = added.filter(move |&bond| {
            let bond = &self.molecule.bonds[bond];
            bond.begin == atom || bond.end == atom
        });
        loaded
            .iter()
            .map(|entry| entry.bond)
            .chain(added.map(|bond| bond as u32))
            .filter(|&bond| !self.removed_bonds[bond as usize])
    }

    /// Number of the atom once the removed ones are left out.
    pub fn new_index(&self, atom: u32) -> Option<u32> {
        let before = &self.removed_atoms[..atom as usize];
        (!self.is_removed(atom)).then(|| before.iter().filter(|&&is_removed| !is_removed).count() as u32)
    }

    /// Sets the formal charge. Hydrogens are not touched.
    pub fn set_charge(&mut self, atom: u32, charge: i8) {
        self.molecule.atoms[atom as usize].formal_charge = charge;
    }

    /// Sets the hydrogens that are counted on the atom itself (those in its brackets).
    pub fn set_explicit_hydrogens(&mut self, atom: u32, hydrogens: u8) {
        self.molecule.atoms[atom as usize].explicit_hydrogens = hydrogens;
    }

    /// Whether the atom fills its valence with hydrogens by itself, as atoms without brackets do.
    pub fn set_implicit(&mut self, atom: u32, takes_hydrogens: bool) {
        self.molecule.atoms[atom as usize].no_implicit = !takes_hydrogens;
    }

    /// Sets the mass number, 0 for none.
    pub fn set_isotope(&mut self, atom: u32, isotope: u16) {
        self.molecule.atoms[atom as usize].isotope = isotope;
    }

    /// Sets the element; 0 is `*`. It must be 0 to 118.
    pub fn set_element(&mut self, atom: u32, atomic_number: u8) {
        self.molecule.atoms[atom as usize].atomic_number = atomic_number.min(118);
    }

    /// Sets the unpaired electrons. Those of atoms that take no hydrogens by themselves are counted
    /// anew when the molecule is perceived.
    pub fn set_radical_electrons(&mut self, atom: u32, electrons: u8) {
        self.molecule.atoms[atom as usize].radical_electrons = electrons;
    }

    /// Sets the atom map number, 0 for none.
    pub fn set_atom_map(&mut self, atom: u32, number: u32) {
        self.molecule.atoms[atom as usize].atom_map = number;
    }

    /// Sets the tag, relative to the order of the bonds that are left.
    pub fn set_chirality(&mut self, atom: u32, chirality: Chirality) {
        self.molecule.atoms[atom as usize].chirality = chirality;
    }

    /// Marks an atom aromatic or not; its aromatic bonds have the order [`BondOrder::Aromatic`].
    pub fn set_aromatic(&mut self, atom: u32, is_aromatic: bool) {
        self.molecule.atoms[atom as usize].is_aromatic = is_aromatic;
    }

    /// Sets the order of a bond. Another order than double has no configuration.
    pub fn set_order(&mut self, bond: u32, order: BondOrder) {
        let bond = &mut self.molecule.bonds[bond as usize];
        if bond.order != order {
            bond.order = order;
            bond.is_aromatic = order == BondOrder::Aromatic;
            bond.stereo = BondStereo::None;
        }
    }

    /// Sets the orders of all bonds that were loaded and takes all aromatic marks away: a Kekulé
    /// structure, as [`crate::Kekulizer::orders`] finds it.
    pub fn set_orders(&mut self, orders: &[BondOrder]) {
        for (bond, &order) in (0..self.molecule.bonds.len() as u32).zip(orders) {
            self.set_order(bond, order);
        }
        for atom in &mut self.molecule.atoms {
            atom.is_aromatic = false;
        }
    }

    /// Removes the configuration of a double bond.
    pub fn clear_configuration(&mut self, bond: u32) {
        self.molecule.bonds[bond as usize].stereo = BondStereo::None;
    }

    /// Adds an atom without bonds and returns its number.
    pub fn add_atom(&mut self, atom: Atom) -> u32 {
        self.molecule.atoms.push(Atom { degree: 0, ..atom });
        self.removed_atoms.push(false);
        self.molecule.atoms.len() as u32 - 1
    }

    /// Adds a bond and returns its number. The atoms must be different and not bonded yet:
    /// perception refuses others.
    pub fn add_bond(&mut self, begin: u32, end: u32, order: BondOrder) -> u32 {
        let is_aromatic = order == BondOrder::Aromatic;
        self.molecule.bonds.push(Bond { begin, end, order, is_aromatic, ..Bond::default() });
        self.removed_bonds.push(false);
        self.molecule.bonds.len() as u32 - 1
    }

    /// Removes a bond, not its atoms.
    pub fn remove_bond(&mut self, bond: u32, vacancy: Vacancy) {
        if std::mem::replace(&mut self.removed_bonds[bond as usize], true) {
            return;
        }
        let gone = self.molecule.bonds[bond as usize];
        for (atom, other) in [(gone.begin, gone.end), (gone.end, gone.begin)] {
            if self.molecule.atoms[atom as usize].chirality.is_tetrahedral() {
                let later = self.bonds_of(atom).filter(|&left| left > bond).count();
                if later % 2 == 1 {
                    let tag = &mut self.molecule.atoms[atom as usize].chirality;
                    *tag = tag.inverted();
                }
            }
            self.move_reference(atom, other);
            if vacancy == Vacancy::Hydrogen {
                self.fill(atom, &gone);
            }
        }
    }

    /// Removes an atom with its bonds.
    pub fn remove_atom(&mut self, atom: u32, vacancy: Vacancy) {
        if std::mem::replace(&mut self.removed_atoms[atom as usize], true) {
            return;
        }
        let bonds: Vec<u32> = self.bonds_of(atom).collect();
        for bond in bonds {
            self.remove_bond(bond, vacancy);
        }
    }

    /// Removes all atoms (of those that are left) but those for which `keep` is true.
    pub fn retain(&mut self, mut keep: impl FnMut(u32, &Atom) -> bool, vacancy: Vacancy) {
        for atom in 0..self.molecule.atoms.len() as u32 {
            let is_gone = self.is_removed(atom) || keep(atom, &self.molecule.atoms[atom as usize]);
            if !is_gone {
                self.remove_atom(atom, vacancy);
            }
        }
    }

    /// Hydrogens in the place of a bond, where they do not come by themselves.
    fn fill(&mut self, atom: u32, gone: &Bond) {
        let count = match gone.order {
            BondOrder::Single | BondOrder::Aromatic => 1,
            BondOrder::Double => 2,
            BondOrder::Triple => 3,
            BondOrder::Quadruple => 4,
            BondOrder::Dative => u8::from(gone.end == atom),
            BondOrder::Unspecified | BondOrder::Zero => 0,
        };
        let atom = &mut self.molecule.atoms[atom as usize];
        let is_like_pyrrole = atom.is_aromatic && atom.atomic_number != 6;
        if atom.no_implicit || is_like_pyrrole {
            atom.explicit_hydrogens = atom.explicit_hydrogens.saturating_add(count);
        }
    }

    /// Double bonds of `atom` with the reference atom `gone` refer to its other neighbour.
    fn move_reference(&mut self, atom: u32, gone: u32) {
        let double = self.bonds_of(atom).find(|&bond| is_configured(&self.molecule.bonds[bond as usize]));
        let Some(double) = double else { return };
        let bond = self.molecule.bonds[double as usize];
        let side = usize::from(bond.begin != atom);
        if bond.stereo_atoms[side] != gone {
            return;
        }
        let rest = self.bonds_of(atom).find(|&other| other != double);
        let rest = rest.map(|other| self.molecule.bonds[other as usize].other(atom));
        let bond = &mut self.molecule.bonds[double as usize];
        match (rest, bond.stereo) {
            (None, _) => bond.stereo = BondStereo::None,
            (Some(rest), stereo) => {
                bond.stereo_atoms[side] = rest;
                bond.stereo = match stereo {
                    BondStereo::Z | BondStereo::Cis => BondStereo::Trans,
                    BondStereo::E | BondStereo::Trans => BondStereo::Cis,
                    other => other,
                };
            }
        }
    }
}
