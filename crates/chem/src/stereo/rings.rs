//! Questions about rings that stereo rules ask.

use crate::Molecule;

/// Rings smaller than this fix the configuration of their double bonds.
const SMALLEST_STEREO_RING: usize = 8;

/// Whether a double bond may have a configuration as far as rings are concerned.
pub(super) fn allows_double_bond_stereo(molecule: &Molecule, bond: u32) -> bool {
    !molecule.bonds[bond as usize].is_in_ring
        || (0..molecule.ring_count())
            .map(|ring| molecule.ring_bonds(ring))
            .all(|ring| ring.len() >= SMALLEST_STEREO_RING || !ring.contains(&bond))
}

pub(super) fn is_in_three_ring(molecule: &Molecule, atom: u32) -> bool {
    (0..molecule.ring_count())
        .map(|ring| molecule.ring_atoms(ring))
        .any(|ring| ring.len() == 3 && ring.contains(&atom))
}

/// Whether an atom has three ring bonds and each ring through it shares two or more bonds with
/// another ring through it.
pub(super) fn is_bridgehead(molecule: &Molecule, atom: u32) -> bool {
    let is_own = |bond: u32| {
        let bond = &molecule.bonds[bond as usize];
        bond.begin == atom || bond.end == atom
    };
    let ring_bonds = molecule.neighbors(atom as usize);
    if ring_bonds.iter().filter(|neighbor| molecule.bonds[neighbor.bond as usize].is_in_ring).count() < 3 {
        return false;
    }
    let through = |ring: &usize| molecule.ring_bonds(*ring).iter().any(|&bond| is_own(bond));
    (0..molecule.ring_count()).filter(through).all(|ring| {
        let bonds = molecule.ring_bonds(ring);
        (0..molecule.ring_count()).filter(through).any(|other| {
            other != ring
                && molecule.ring_bonds(other).iter().filter(|bond| bonds.contains(bond)).count() >= 2
        })
    })
}
