//! Taking back what cannot be: tags of atoms that are no centres, marks of unconfigured bonds.

use super::ring_stereo::Search;
use crate::valence::{self, Sum};
use crate::{BondDirection, BondOrder, BondStereo, Chirality, Hybridization, Molecule};

/// Removes tags that an atom's hybridization or number of neighbours rules out.
pub(super) fn impossible_tags(molecule: &mut Molecule) {
    for atom in &mut molecule.atoms {
        let possible = match atom.chirality {
            Chirality::Clockwise | Chirality::CounterClockwise | Chirality::Tetrahedral => {
                atom.hybridization == Hybridization::Sp3
            }
            Chirality::SquarePlanar => (2..=4).contains(&atom.total_degree()),
            Chirality::TrigonalBipyramidal => (2..=5).contains(&atom.total_degree()),
            Chirality::Octahedral => (2..=6).contains(&atom.total_degree()),
            Chirality::None | Chirality::Other | Chirality::Allene => true,
        };
        if !possible {
            atom.chirality = Chirality::None;
        }
    }
}

/// Removes tags of atoms that got no label and depend on no other centre of their ring system.
/// Hydrogens that were written or kept for the tag's sake become implicit ones.
pub(super) fn idle_tags(molecule: &mut Molecule, search: &Search) {
    for index in 0..molecule.atoms.len() {
        let atom = &mut molecule.atoms[index];
        let is_removable = matches!(
            atom.chirality,
            Chirality::Clockwise
                | Chirality::CounterClockwise
                | Chirality::Tetrahedral
                | Chirality::Allene
                | Chirality::Other
        );
        if !is_removable || atom.cip_label != 0 || search.keeps(index) {
            continue;
        }
        atom.chirality = Chirality::None;
        let was_for_the_tag = match atom.explicit_hydrogens {
            0 => false,
            1 => atom.formal_charge == 0 && !atom.is_aromatic,
            // hydrogen atoms of a mol block
            _ => !atom.no_implicit,
        };
        if was_for_the_tag {
            atom.explicit_hydrogens = 0;
            atom.no_implicit = false;
            update_valence(molecule, index);
        }
    }
}

/// Derives an atom's valence and implicit hydrogens again, with whatever comes out: the molecule
/// passed its valence check before.
fn update_valence(molecule: &mut Molecule, index: usize) {
    let mut sum = Sum { aromatic: molecule.atoms[index].is_aromatic, ..Sum::default() };
    for neighbor in molecule.neighbors(index) {
        let bond = &molecule.bonds[neighbor.bond as usize];
        sum.twice += valence::contribution(bond, index as u32);
        sum.aromatic |= bond.is_aromatic;
    }
    let atom = &mut molecule.atoms[index];
    let explicit = valence::explicit_valence(atom, sum);
    let implicit = valence::implicit_hydrogens(index, atom, sum, explicit).unwrap_or(0);
    atom.explicit_valence = explicit.clamp(0, 255) as u8;
    atom.implicit_hydrogens = implicit.clamp(0, 255) as u8;
}

/// Removes direction marks that configure no double bond.
pub(super) fn idle_marks(molecule: &mut Molecule) {
    let is_configured = |molecule: &Molecule, bond: u32| {
        let bond = &molecule.bonds[bond as usize];
        bond.order == BondOrder::Double && !matches!(bond.stereo, BondStereo::None | BondStereo::Any)
    };
    for index in 0..molecule.bonds.len() as u32 {
        let bond = molecule.bonds[index as usize];
        if bond.order != BondOrder::Double || is_configured(molecule, index) {
            continue;
        }
        for atom in [bond.begin, bond.end] {
            for place in 0..molecule.neighbors(atom as usize).len() {
                let neighbor = molecule.neighbors(atom as usize)[place];
                let is_needed = molecule
                    .neighbors(neighbor.atom as usize)
                    .iter()
                    .any(|beyond| is_configured(molecule, beyond.bond));
                if neighbor.bond != index && !is_needed {
                    molecule.bonds[neighbor.bond as usize].direction = BondDirection::None;
                }
            }
        }
    }
}
