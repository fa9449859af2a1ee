//! What an atom is to atom pairs and topological torsions: element, pi electrons, neighbours.
//!
//! Carhart, Smith and Venkataraghavan, "Atom Pairs as Molecular Features in Structure-Activity
//! Studies", J. Chem. Inf. Comput. Sci. 25 (1985) 64.

use crate::{BondOrder, Hybridization, Molecule};

/// Bits of a code: three for neighbours, two for pi electrons, four for the element.
pub(super) const CODE_BITS: u32 = 9;
/// Bits on top for the CIP label.
const CHIRAL_BITS: u32 = 2;
/// Largest numbers that are told apart are one less than these.
const NEIGHBORS_MODULUS: u32 = 7;
const PI_MODULUS: u32 = 3;
/// Class of the elements that have none of their own.
const OTHER_ELEMENT: u32 = 15;

/// Bits of a code, with or without chirality.
pub(super) fn width(use_chirality: bool) -> u32 {
    CODE_BITS + if use_chirality { CHIRAL_BITS } else { 0 }
}

/// Code of an atom.
#[inline]
pub(super) fn code(molecule: &Molecule, index: usize, use_chirality: bool) -> u32 {
    let atom = &molecule.atoms()[index];
    let neighbors = u32::from(atom.degree) % NEIGHBORS_MODULUS;
    let pi = pi_electrons(molecule, index) % PI_MODULUS;
    let label = match atom.cip_label {
        b'R' if use_chirality => 1,
        b'S' if use_chirality => 2,
        _ => 0,
    };
    neighbors | pi << 3 | element_class(atom.atomic_number) << 5 | label << CODE_BITS
}

/// Pi electrons: one of an aromatic atom, else what its valence has beyond one for
/// each bond and bracket hydrogen.
#[inline]
fn pi_electrons(molecule: &Molecule, index: usize) -> u32 {
    let atom = &molecule.atoms()[index];
    if atom.is_aromatic {
        return 1;
    }
    if atom.hybridization == Hybridization::Sp3 {
        return 0;
    }
    let sigma = molecule.neighbors(index).iter().filter(|entry| {
        let bond = &molecule.bonds()[entry.bond as usize];
        match bond.order {
            BondOrder::Unspecified | BondOrder::Zero => false,
            BondOrder::Dative => bond.end == index as u32,
            _ => true,
        }
    });
    let single = sigma.count() as u32 + u32::from(atom.explicit_hydrogens);
    u32::from(atom.explicit_valence).saturating_sub(single)
}

/// Class of an element: fifteen have their own.
#[inline]
fn element_class(atomic_number: u8) -> u32 {
    match atomic_number {
        5..=9 => u32::from(atomic_number) - 5,
        14..=17 => u32::from(atomic_number) - 9,
        33..=35 => u32::from(atomic_number) - 24,
        51..=53 => u32::from(atomic_number) - 39,
        _ => OTHER_ELEMENT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Parser;

    #[test]
    fn element_neighbors_and_pi_electrons_make_the_code() {
        // RDKit: rdMolDescriptors.GetAtomPairAtomCode
        let mut parser = Parser::new();
        let molecule = parser.parse(b"CC(=O)C#N").unwrap();
        let codes: Vec<u32> = (0..5).map(|atom| code(molecule, atom, false)).collect();
        assert_eq!(codes, [33, 43, 105, 50, 81]);
    }

    #[test]
    fn labels_count_only_when_asked_for() {
        let mut parser = Parser::new();
        let molecule = parser.parse(b"C[C@H](N)O").unwrap();
        let (plain, chiral) = (code(molecule, 1, false), code(molecule, 1, true));
        assert_eq!(plain, 35);
        assert!(chiral == 35 | 1 << 9 || chiral == 35 | 2 << 9);
    }
}
