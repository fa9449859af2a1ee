//! What an atom and a bond bring into the first round.

use super::MorganOptions;
use super::hash::combine;
use crate::{Atom, Bond, BondOrder, BondStereo, elements};

/// RDKit's connectivity invariant: element, total degree, total hydrogens, charge, deviation from
/// the standard weight, and ring membership.
#[inline(always)]
pub(super) fn atom(atom: &Atom) -> u32 {
    let mut hash = combine(0, u32::from(atom.atomic_number));
    hash = combine(hash, atom.total_degree());
    hash = combine(hash, atom.total_hydrogens() + u32::from(atom.hydrogen_neighbors));
    hash = combine(hash, i32::from(atom.formal_charge) as u32);
    hash = combine(hash, mass_deviation(atom) as u32);
    // Both are cheap; a branch on ring membership would be mispredicted often.
    let in_ring = combine(hash, 1);
    std::hint::select_unpredictable(atom.is_in_ring, in_ring, hash)
}

/// Mass minus standard weight, cut towards zero.
#[inline(always)]
fn mass_deviation(atom: &Atom) -> i32 {
    if atom.isotope == 0 {
        return 0;
    }
    (atom.mass() - elements::element(atom.atomic_number).weight) as i32
}

/// Code of a bond: the number of its order, or 1 for every bond without `use_bond_types`; with
/// `use_chirality` a configured double bond has its own.
#[inline(always)]
pub(super) fn bond(bond: &Bond, options: MorganOptions) -> u32 {
    let order = bond.order as u32;
    if !options.use_bond_types {
        1
    } else if options.use_chirality && bond.order == BondOrder::Double && bond.stereo != BondStereo::None {
        100 + 10 * order + bond.stereo as u32
    } else {
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configured_double_bonds_differ_only_with_chirality() {
        let plain = Bond { order: BondOrder::Double, ..Bond::default() };
        let z = Bond { stereo: BondStereo::Z, ..plain };
        let options = MorganOptions::default();
        let chiral = MorganOptions { use_chirality: true, ..options };
        assert_eq!(bond(&z, options), 2);
        assert_eq!(bond(&z, chiral), 122);
        assert_eq!(bond(&plain, chiral), 2);
        assert_eq!(bond(&z, MorganOptions { use_bond_types: false, ..chiral }), 1);
    }

    #[test]
    fn isotopes_deviate_by_whole_units_towards_zero() {
        let carbon = |isotope| Atom { atomic_number: 6, isotope, ..Atom::default() };
        assert_eq!(mass_deviation(&carbon(0)), 0);
        assert_eq!(mass_deviation(&carbon(12)), 0);
        assert_eq!(mass_deviation(&carbon(13)), 0);
        assert_eq!(mass_deviation(&carbon(14)), 1);
        assert_eq!(mass_deviation(&carbon(10)), -1);
    }
}
