//! Tetrahedral centres: which atoms can be one, and their labels.

use super::ranks::Ranks;
use super::rings::{is_bridgehead, is_in_three_ring};
use crate::{Bond, BondOrder, Chirality, Hybridization, Molecule};

/// What one pass over the atoms found.
pub(super) struct Pass {
    /// Something marked could have a label or configuration, but has none.
    pub unassigned: bool,
    /// A label was given.
    pub changed: bool,
    /// Something marked has none, possible or not.
    pub pending: bool,
}

/// Labels every tagged centre whose neighbours all rank differently.
pub(super) fn label(molecule: &mut Molecule, ranks: &Ranks) -> Pass {
    let mut pass = Pass { unassigned: false, changed: false, pending: false };
    for index in 0..molecule.atoms.len() as u32 {
        let atom = &molecule.atoms[index as usize];
        if matches!(atom.chirality, Chirality::None | Chirality::Other) || atom.cip_label != 0 {
            continue;
        }
        let is_possible = can_be_center(molecule, index);
        if !is_possible || has_equal_neighbors(molecule, ranks, index) {
            pass.unassigned |= is_possible;
            pass.pending = true;
            continue;
        }
        let mut odd = is_odd(molecule, ranks, index);
        let atom = &mut molecule.atoms[index as usize];
        odd ^= atom.degree == 3 && atom.total_hydrogens() == 1;
        // A non-tetrahedral tag counts as clockwise here, as in RDKit.
        odd ^= atom.chirality == Chirality::CounterClockwise;
        atom.cip_label = if odd { b'S' } else { b'R' };
        pass.changed = true;
    }
    pass
}

/// Whether there is a possible centre without a label, tagged or not.
pub(super) fn any_unlabelled(molecule: &Molecule) -> bool {
    (0..molecule.atoms.len() as u32)
        .any(|index| molecule.atoms[index as usize].cip_label == 0 && can_be_center(molecule, index))
}

/// Whether an atom has the right surroundings for a centre, whatever its neighbours are.
pub(super) fn can_be_center(molecule: &Molecule, index: u32) -> bool {
    let atom = &molecule.atoms[index as usize];
    let degree = molecule
        .neighbors(index as usize)
        .iter()
        .filter(|neighbor| arranges(&molecule.bonds[neighbor.bond as usize], index))
        .count();
    let hydrogens = atom.total_hydrogens();
    let is_pnictogen = matches!(atom.atomic_number, 15 | 33);
    match degree + hydrogens as usize {
        3 | 4 => {}
        _ => return false,
    }
    match degree {
        4 => true,
        3 if hydrogens == 1 => !has_protium_neighbor(molecule, index),
        3 => match atom.atomic_number {
            7 => {
                atom.hybridization == Hybridization::Sp3
                    && !has_conjugated_bond(molecule, index)
                    && (is_in_three_ring(molecule, index) || is_bridgehead(molecule, index))
            }
            15 | 33 => true,
            16 | 34 => atom.explicit_valence == 4 || (atom.explicit_valence == 3 && atom.formal_charge == 1),
            _ => false,
        },
        _ => is_pnictogen,
    }
}

/// Whether a bond takes part in the arrangement around an atom: not where the atom donates.
pub(crate) fn arranges(bond: &Bond, atom: u32) -> bool {
    match bond.order {
        BondOrder::Unspecified | BondOrder::Zero => false,
        BondOrder::Dative => bond.begin != atom,
        _ => true,
    }
}

fn has_protium_neighbor(molecule: &Molecule, atom: u32) -> bool {
    molecule.neighbors(atom as usize).iter().any(|neighbor| {
        let neighbor = &molecule.atoms[neighbor.atom as usize];
        neighbor.atomic_number == 1 && neighbor.isotope == 0
    })
}

fn has_conjugated_bond(molecule: &Molecule, atom: u32) -> bool {
    molecule
        .neighbors(atom as usize)
        .iter()
        .any(|neighbor| molecule.bonds[neighbor.bond as usize].is_conjugated)
}

fn has_equal_neighbors(molecule: &Molecule, ranks: &Ranks, atom: u32) -> bool {
    has_equal(molecule, atom, |neighbor| Some(ranks.of(neighbor)))
}

/// Whether two neighbours of an atom, across bonds that count, are of one class.
pub(super) fn has_equal(molecule: &Molecule, atom: u32, class: impl Fn(u32) -> Option<u64>) -> bool {
    let neighbors = molecule.neighbors(atom as usize);
    let arranged = |place: usize| {
        let neighbor = neighbors[place];
        if arranges(&molecule.bonds[neighbor.bond as usize], atom) { class(neighbor.atom) } else { None }
    };
    (1..neighbors.len()).any(|place| {
        arranged(place).is_some_and(|rank| (0..place).any(|earlier| arranged(earlier) == Some(rank)))
    })
}

/// Whether sorting the bonds of an atom by rank takes an odd number of swaps.
fn is_odd(molecule: &Molecule, ranks: &Ranks, atom: u32) -> bool {
    let neighbors = molecule.neighbors(atom as usize);
    let mut odd = false;
    for place in 1..neighbors.len() {
        for earlier in 0..place {
            odd ^= ranks.of(neighbors[earlier].atom) > ranks.of(neighbors[place].atom);
        }
    }
    odd
}
