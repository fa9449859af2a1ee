//! Hydrogen bond donors and acceptors: each atom is looked at once, with its neighbours.

use super::counts::hydrogens;
use crate::molecule::{Atom, BondOrder, Molecule, Neighbor};

fn valence(atom: &Atom) -> u32 {
    u32::from(atom.explicit_valence) + u32::from(atom.implicit_hydrogens)
}

/// Some neighbour, with its bond's order, is meant.
fn has(molecule: &Molecule, index: usize, is_meant: impl Fn(BondOrder, &Neighbor) -> bool) -> bool {
    let mut entries = molecule.neighbors(index).iter();
    entries.any(|entry| is_meant(molecule.bonds()[entry.bond as usize].order, entry))
}

/// Doubly bound to an aliphatic atom of one of the elements, through a bond that is allowed.
fn has_double(molecule: &Molecule, index: u32, elements: &[u8], is_allowed: impl Fn(u32) -> bool) -> bool {
    has(molecule, index as usize, |order, entry| {
        let other = &molecule.atoms()[entry.atom as usize];
        order == BondOrder::Double
            && !other.is_aromatic
            && elements.contains(&other.atomic_number)
            && is_allowed(entry.bond)
    })
}

/// Hydrogen bond acceptors (RDKit `NumHAcceptors`): oxygens and sulfurs of hydroxyl groups that are no acids, ethers
/// and carbonyl groups, and their anions; amines; aromatic atoms with a free pair. Amide nitrogens accept nothing.
pub fn acceptors(molecule: &Molecule) -> u32 {
    (0..molecule.atoms().len()).filter(|&index| is_acceptor(molecule, index)).count() as u32
}

fn is_acceptor(molecule: &Molecule, index: usize) -> bool {
    const POLAR: [u8; 4] = [8, 7, 15, 16];
    let atom = &molecule.atoms()[index];
    match (atom.atomic_number, atom.is_aromatic) {
        (8 | 16, false) => {
            atom.formal_charge == -1
                || valence(atom) == 2
                    && match hydrogens(atom) {
                        0 => true,
                        1 => has(molecule, index, |order, entry| {
                            order == BondOrder::Single && !has_double(molecule, entry.atom, &POLAR, |_| true)
                        }),
                        _ => false,
                    }
        }
        (7, false) => {
            let is_open = |bond: u32| !molecule.bonds()[bond as usize].is_in_ring;
            valence(atom) == 3
                && !has(molecule, index, |order, entry| {
                    order == BondOrder::Single && has_double(molecule, entry.atom, &POLAR, is_open)
                })
        }
        (7, true) => atom.formal_charge == 0 && hydrogens(atom) == 0 && atom.total_degree() == 2,
        (8 | 16, true) => atom.formal_charge == 0,
        _ => false,
    }
}

/// Hydrogen bond donors (RDKit `NumHDonors`): nitrogens, oxygens and sulfurs with hydrogens.
pub fn donors(molecule: &Molecule) -> u32 {
    molecule.atoms().iter().filter(|atom| is_donor(atom)).count() as u32
}

fn is_donor(atom: &Atom) -> bool {
    match (atom.atomic_number, atom.is_aromatic) {
        (7, false) => {
            hydrogens(atom) > 0 && (valence(atom) == 3 || (atom.formal_charge == 1 && valence(atom) == 4))
        }
        (7, true) | (8 | 16, false) => hydrogens(atom) == 1 && atom.formal_charge == 0,
        _ => false,
    }
}

/// Acceptors as QED counts them: by eleven patterns, of which an atom may fit more than one.
pub(super) fn qed_acceptors(molecule: &Molecule) -> u32 {
    molecule.atoms().iter().enumerate().map(|(index, atom)| patterns_of(molecule, index, atom)).sum()
}

fn patterns_of(molecule: &Molecule, index: usize, atom: &Atom) -> u32 {
    let (hydrogens, degree) = (hydrogens(atom), atom.total_degree());
    match (atom.atomic_number, atom.is_aromatic) {
        (7 | 8, true) => u32::from(hydrogens == 0 && degree == 2),
        (8, false) => {
            u32::from(degree == 2 && valence(atom) == 2 && hydrogens <= 1)
                + u32::from(degree == 1 && valence(atom) == 2 && hydrogens == 0)
                + u32::from(degree == 1 && atom.formal_charge == -1)
        }
        (16, false) => {
            u32::from(matches!(degree, 1 | 2) && valence(atom) == 2 && hydrogens == 0)
                + u32::from(degree == 1 && atom.formal_charge == -1)
        }
        (7, false) if valence(atom) == 3 => {
            let is_nitrile = degree == 1 && hydrogens == 0;
            u32::from(is_nitrile)
                + u32::from(degree == 3 && atom.formal_charge == 0 && !is_amide(molecule, index))
        }
        _ => 0,
    }
}

/// Bound to an aliphatic carbon or sulfur that is doubly bound to oxygen.
fn is_amide(molecule: &Molecule, index: usize) -> bool {
    has(molecule, index, |order, entry| {
        let other = &molecule.atoms()[entry.atom as usize];
        matches!(order, BondOrder::Single | BondOrder::Aromatic)
            && !other.is_aromatic
            && matches!(other.atomic_number, 6 | 16)
            && has_double(molecule, entry.atom, &[8], |_| true)
    })
}

#[cfg(test)]
mod tests {
    use super::super::patterns::{ACCEPTORS, DONORS};
    use super::super::qed_table;
    use super::*;
    use crate::Parser;
    use crate::smarts::{MatchScratch, Pattern};

    #[test]
    fn counts_are_those_of_the_patterns() {
        let mut scratch = MatchScratch::new();
        let mut count = |pattern: &str, molecule: &Molecule| {
            Pattern::parse(pattern).unwrap().count(molecule, &mut scratch, true, usize::MAX).unwrap() as u32
        };
        let mut parser = Parser::new();
        for smiles in include_str!("../../tests/data/odd.smi").lines() {
            let Ok(molecule) = parser.parse(smiles.as_bytes()) else { continue };
            assert_eq!(acceptors(molecule), count(ACCEPTORS, molecule), "{smiles}");
            assert_eq!(donors(molecule), count(DONORS, molecule), "{smiles}");
            let expected: u32 = qed_table::ACCEPTORS.iter().map(|pattern| count(pattern, molecule)).sum();
            assert_eq!(qed_acceptors(molecule), expected, "{smiles}");
        }
    }
}
