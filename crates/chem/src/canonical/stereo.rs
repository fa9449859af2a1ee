//! Tetrahedral centres and configured double bonds, in terms of the order of their neighbours.

use super::colors::{is_cis, is_configured};
use crate::{Bond, Chirality, Molecule};

/// Handedness of a centre with its neighbours in ascending order, `None` where two are equal.
pub(super) fn center_parity(molecule: &Molecule, atom: u32, rank: impl Fn(u32) -> u32) -> Option<bool> {
    let neighbors = molecule.neighbors(atom as usize);
    let mut odd = molecule.atoms()[atom as usize].chirality == Chirality::CounterClockwise;
    for (place, later) in neighbors.iter().enumerate() {
        let later = rank(later.atom);
        for earlier in &neighbors[..place] {
            let earlier = rank(earlier.atom);
            if earlier == later {
                return None;
            }
            odd ^= earlier > later;
        }
    }
    Some(odd)
}

/// Whether the lowest neighbours at both ends are on the same side, `None` where two are equal.
pub(super) fn bond_parity(molecule: &Molecule, bond: u32, rank: impl Fn(u32) -> u32) -> Option<bool> {
    let own = &molecule.bonds()[bond as usize];
    let mut cis = is_cis(own);
    for (end, reference) in [(own.begin, own.stereo_atoms[0]), (own.end, own.stereo_atoms[1])] {
        for neighbor in molecule.neighbors(end as usize) {
            if neighbor.bond != bond && neighbor.atom != reference {
                let (own, other) = (rank(reference), rank(neighbor.atom));
                if own == other {
                    return None;
                }
                cis ^= other < own;
            }
        }
    }
    Some(cis)
}

/// The configured double bonds of an atom.
pub(super) fn configured_bonds(molecule: &Molecule, atom: u32) -> impl Iterator<Item = (u32, &Bond)> {
    molecule.neighbors(atom as usize).iter().filter_map(|neighbor| {
        let bond = &molecule.bonds()[neighbor.bond as usize];
        is_configured(bond).then_some((neighbor.bond, bond))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Parser;

    #[test]
    fn parities_follow_the_order_of_the_neighbours() {
        let mut parser = Parser::new();
        let molecule = parser.parse(b"F[C@](Cl)(Br)I").unwrap();
        let same = center_parity(molecule, 1, |atom| atom);
        let swapped = center_parity(molecule, 1, |atom| [2, 1, 0, 3, 4][atom as usize]);
        assert_eq!(same.map(|odd| !odd), swapped);
        assert_eq!(center_parity(molecule, 1, |atom| atom / 2), None);
        let molecule = parser.parse(b"F/C(Cl)=C/F").unwrap();
        let bond = molecule.bonds().iter().position(is_configured).unwrap() as u32;
        let with_fluorine = bond_parity(molecule, bond, |atom| atom);
        let with_chlorine = bond_parity(molecule, bond, |atom| 9 - atom);
        assert_eq!(with_fluorine, Some(false));
        assert_eq!(with_chlorine, Some(true));
    }
}
