//! What tells atoms and bonds apart before their surroundings are looked at.

use super::partition::mix;
use crate::{Atom, Bond, BondOrder, BondStereo, Molecule};

/// What counts as a difference between two molecules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Features {
    /// Isotopes, tetrahedral centres and double bond configurations.
    pub isomeric: bool,
    /// Atom map numbers.
    pub atom_maps: bool,
}

/// Number of neighbours first, then element, isotope, charge, hydrogens, aromaticity, ring, centre,
/// and in a second number the map number.
pub(super) fn atom_color(atom: &Atom, features: Features) -> (u64, u32) {
    let isotope = if features.isomeric { atom.isotope } else { 0 };
    let is_center = features.isomeric && atom.chirality.is_tetrahedral();
    let color = u64::from(atom.degree) << 56
        | u64::from(atom.atomic_number) << 48
        | u64::from(isotope) << 32
        | u64::from(atom.formal_charge as u8) << 24
        | u64::from(atom.total_hydrogens().min(0xffff)) << 8
        | u64::from(atom.is_aromatic) << 2
        | u64::from(atom.is_in_ring) << 1
        | u64::from(is_center);
    (color, if features.atom_maps { atom.atom_map } else { 0 })
}

/// The bond has a configuration.
pub(crate) fn is_configured(bond: &Bond) -> bool {
    bond.order == BondOrder::Double && !matches!(bond.stereo, BondStereo::None | BondStereo::Any)
}

/// The reference atoms are on the same side.
pub(crate) fn is_cis(bond: &Bond) -> bool {
    matches!(bond.stereo, BondStereo::Z | BondStereo::Cis)
}

/// A bond as seen from one of its atoms.
pub(super) fn bond_color(molecule: &Molecule, bond: u32, from: u32, features: Features) -> u64 {
    let bond = &molecule.bonds()[bond as usize];
    let donates = bond.order == BondOrder::Dative && bond.begin == from;
    let is_stereo = features.isomeric && is_configured(bond);
    mix(u64::from(bond.order as u8) << 8
        | u64::from(donates) << 2
        | u64::from(bond.is_in_ring) << 1
        | u64::from(is_stereo))
}
