//! Counting tetrahedral centres: those with a label, and those that would have one were they tagged.

use super::centers::{arranges, can_be_center, has_equal};
use super::classes::Classes;
use super::first_look::key;
use crate::{Chirality, Molecule};

/// Working memory, reused from molecule to molecule.
#[derive(Clone, Debug, Default)]
pub(crate) struct Possible {
    classes: Classes,
    open: Vec<u32>,
}

/// Numbers of tetrahedral centres.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Centers {
    pub all: u32,
    /// Those without a tag.
    pub unspecified: u32,
}

impl Possible {
    /// Counts the centres of a perceived molecule: possible ones whose neighbours all rank differently, given all
    /// labels and configurations.
    pub fn count(&mut self, molecule: &Molecule) -> Centers {
        let mut centers = Centers::default();
        let mut add = |index: u32| {
            centers.all += 1;
            centers.unspecified += u32::from(molecule.atoms[index as usize].chirality == Chirality::None);
        };
        self.open.clear();
        let is_plain = molecule.atoms.iter().all(|atom| atom.isotope == 0 && atom.atom_map == 0);
        for index in 0..molecule.atoms.len() as u32 {
            if molecule.atoms[index as usize].cip_label != 0 {
                add(index);
            } else if can_be_center(molecule, index) && !has_equal_ends(molecule, index) {
                if is_plain && differ_at_first_look(molecule, index) {
                    add(index);
                } else {
                    self.open.push(index);
                }
            }
        }
        if self.open.is_empty() {
            return centers;
        }
        let Self { classes, open } = self;
        classes.find(molecule);
        let class = |atom: u32| Some(classes.of(atom));
        open.iter().filter(|&&index| !has_equal(molecule, index, class)).for_each(|&index| add(index));
        centers
    }
}

/// The neighbours differ in their elements or in what is bound to them.
fn differ_at_first_look(molecule: &Molecule, index: u32) -> bool {
    let neighbors = molecule.neighbors(index as usize);
    neighbors.iter().all(|neighbor| key(molecule, neighbor.atom).is_some())
        && !has_equal(molecule, index, |atom| key(molecule, atom))
}

/// Two neighbours are equal ends, as in a trifluoromethyl group: no ranking tells them apart.
fn has_equal_ends(molecule: &Molecule, index: u32) -> bool {
    let end = |place: usize| {
        let neighbor = molecule.neighbors(index as usize)[place];
        let (atom, bond) = (&molecule.atoms[neighbor.atom as usize], &molecule.bonds[neighbor.bond as usize]);
        let is_end = atom.degree == 1 && arranges(bond, index);
        is_end.then(|| (atom.atomic_number, atom.isotope, atom.atom_map, atom.total_hydrogens(), bond.order))
    };
    let count = molecule.neighbors(index as usize).len();
    (1..count).any(|place| end(place).is_some_and(|this| (0..place).any(|before| end(before) == Some(this))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Parser;

    #[test]
    fn centres_that_depend_on_others_and_ends_that_are_equal() {
        let mut possible = Possible::default();
        // RDKit: CalcNumAtomStereoCenters, CalcNumUnspecifiedAtomStereoCenters
        for (smiles, all, unspecified) in [
            ("CC(O)F", 1, 1),
            ("C[C@H](O)F", 1, 0),
            ("CC(C)(C)c1ccccc1", 0, 0),
            ("CCC(C(F)(F)F)O", 1, 1),
            ("CC1CCC(C)CC1", 0, 0),
            ("OC(C(O)C)C(O)C", 2, 2),
            ("OC([C@H](O)C)[C@@H](O)C", 3, 1),
            ("OC([C@H](O)C)[C@H](O)C", 2, 0),
            ("CS(=O)CC", 1, 1),
            ("[2H]C(C)O", 1, 1),
        ] {
            let centers = possible.count(Parser::new().parse(smiles.as_bytes()).unwrap());
            assert_eq!((centers.all, centers.unspecified), (all, unspecified), "{smiles}");
        }
    }
}
