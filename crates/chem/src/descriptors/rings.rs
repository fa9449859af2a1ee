//! Counts of rings by kind.

use crate::molecule::{BondOrder, Molecule};

/// Numbers of rings, of the symmetrized smallest set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RingCounts {
    /// All rings.
    pub rings: u32,
    /// Rings of aromatic bonds only.
    pub aromatic: u32,
    /// Rings with a bond that is not aromatic.
    pub aliphatic: u32,
    /// Rings of single bonds only.
    pub saturated: u32,
    /// Rings with an atom that is not carbon.
    pub hetero: u32,
    /// Aromatic rings with an atom that is not carbon.
    pub aromatic_hetero: u32,
}

/// Counts the rings.
pub fn ring_counts(molecule: &Molecule) -> RingCounts {
    let mut counts = RingCounts { rings: molecule.ring_count() as u32, ..RingCounts::default() };
    for ring in 0..molecule.ring_count() {
        let bonds = || molecule.ring_bonds(ring).iter().map(|&bond| &molecule.bonds()[bond as usize]);
        let is_aromatic = bonds().all(|bond| bond.is_aromatic);
        let is_saturated = bonds().all(|bond| !bond.is_aromatic && bond.order == BondOrder::Single);
        let has_hetero =
            molecule.ring_atoms(ring).iter().any(|&atom| molecule.atoms()[atom as usize].atomic_number != 6);
        counts.aromatic += u32::from(is_aromatic);
        counts.aliphatic += u32::from(!is_aromatic);
        counts.saturated += u32::from(is_saturated);
        counts.hetero += u32::from(has_hetero);
        counts.aromatic_hetero += u32::from(is_aromatic && has_hetero);
    }
    counts
}
