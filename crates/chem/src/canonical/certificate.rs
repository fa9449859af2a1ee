//! A molecule written down in a given order of its atoms.

use super::colors::{Features, bond_color, is_configured};
use super::stereo::{bond_parity, center_parity};
use crate::Molecule;

/// The same list for two orders exactly if one turns into the other by a symmetry, given that the
/// atoms at equal places have equal colors.
pub(super) fn certificate(molecule: &Molecule, features: Features, elements: &[u32]) -> Vec<u64> {
    let mut rank = vec![0; elements.len()];
    for (place, &atom) in elements.iter().enumerate() {
        rank[atom as usize] = place as u32;
    }
    let rank = |atom: u32| rank[atom as usize];
    let mut text = Vec::new();
    let mut row = Vec::new();
    for &atom in elements {
        row.clear();
        for entry in molecule.neighbors(atom as usize) {
            let color = bond_color(molecule, entry.bond, atom, features);
            let is_cis = features.isomeric
                && is_configured(&molecule.bonds()[entry.bond as usize])
                && bond_parity(molecule, entry.bond, rank) == Some(true);
            row.push((rank(entry.atom), color, is_cis));
        }
        row.sort_unstable();
        for &(neighbor, color, is_cis) in &row {
            text.extend([u64::from(neighbor) << 1 | u64::from(is_cis), color]);
        }
        let is_center = features.isomeric && molecule.atoms()[atom as usize].chirality.is_tetrahedral();
        if is_center {
            text.push(u64::from(center_parity(molecule, atom, rank) == Some(true)));
        }
    }
    text
}
