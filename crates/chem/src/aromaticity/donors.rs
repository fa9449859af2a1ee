//! What an atom gives to a ring's pi system.

use crate::elements::{element, is_more_electronegative};
use crate::molecule::{BondOrder, Molecule};
use crate::valence::contribution;

/// Electrons an atom can give.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Donor {
    /// The atom cannot be part of an aromatic ring.
    #[default]
    None,
    /// An empty orbital.
    Vacant,
    One,
    Two,
    /// One or two (dummy atoms).
    Any,
}

impl Donor {
    /// Fewest and most electrons.
    pub fn range(self) -> (i32, i32) {
        match self {
            Self::None | Self::Vacant => (0, 0),
            Self::One => (1, 1),
            Self::Two => (2, 2),
            Self::Any => (1, 2),
        }
    }
}

/// Electrons an atom has left for a pi system, -1 where it cannot have one.
#[inline]
pub(crate) fn available_electrons(molecule: &Molecule, index: usize) -> i32 {
    let atom = &molecule.atoms[index];
    let own = element(atom.atomic_number);
    let default = own.default_valence();
    if default <= 1 {
        return -1;
    }
    let mut degree = atom.total_degree() as i32;
    if molecule.has_idle_bonds {
        degree -= idle_bonds(molecule, index);
    }
    if degree > 3 {
        return -1;
    }
    let lone = (i32::from(own.outer_electrons) - default - i32::from(atom.formal_charge)).max(0);
    let available = (default - degree) + lone - i32::from(atom.radical_electrons);
    if available > 1 && i32::from(atom.explicit_valence) - i32::from(atom.degree) > 1 {
        return 1;
    }
    available
}

/// Bonds of an atom that add nothing to its valence.
fn idle_bonds(molecule: &Molecule, index: usize) -> i32 {
    let is_idle = |bond: u32| contribution(&molecule.bonds[bond as usize], index as u32) == 0;
    molecule.neighbors(index).iter().filter(|entry| is_idle(entry.bond)).count() as i32
}

/// The donor class of a ring atom; [`Donor::None`] also for atoms that fail the other conditions.
pub(super) fn classify(molecule: &Molecule, index: usize, in_large_ring: bool) -> Donor {
    let donor = donor(molecule, index);
    let is_ether = || {
        let atom = &molecule.atoms[index];
        matches!(atom.atomic_number, 8 | 16)
            && atom.formal_charge == 0
            && atom.degree == 2
            && donor == Donor::Two
    };
    if donor == Donor::None || (in_large_ring && is_ether()) || !is_candidate(molecule, index) {
        return Donor::None;
    }
    donor
}

fn donor(molecule: &Molecule, index: usize) -> Donor {
    let atom = &molecule.atoms[index];
    let available = if atom.atomic_number == 0 { 0 } else { available_electrons(molecule, index) };
    if available < 0 {
        return Donor::None;
    }
    let mut outside = None;
    let mut has_ring_multiple = false;
    for entry in molecule.neighbors(index) {
        let bond = &molecule.bonds[entry.bond as usize];
        if contribution(bond, index as u32) >= 4 {
            if bond.is_in_ring {
                has_ring_multiple = true;
            } else if outside.is_none() {
                outside = Some(molecule.atoms[entry.atom as usize].atomic_number);
            }
        }
    }
    if atom.atomic_number == 0 {
        return if has_ring_multiple { Donor::One } else { Donor::Any };
    }
    let steals = outside.map(|other| is_more_electronegative(other, atom.atomic_number));
    match (available, steals) {
        (0, Some(_)) => Donor::Vacant,
        (0, None) if has_ring_multiple => Donor::One,
        (0, None) => Donor::None,
        (1, Some(true)) => Donor::Vacant,
        (1, Some(false)) => Donor::One,
        (1, None) if has_multiple_bond(molecule, index) => Donor::One,
        (1, None) if atom.formal_charge == 1 => Donor::Vacant,
        (1, None) => Donor::None,
        (electrons, steals) => {
            let left = electrons - i32::from(steals == Some(true));
            if left % 2 == 1 { Donor::One } else { Donor::Two }
        }
    }
}

fn has_multiple_bond(molecule: &Molecule, index: usize) -> bool {
    let atom = &molecule.atoms[index];
    let idle = if molecule.has_idle_bonds { idle_bonds(molecule, index) } else { 0 };
    let degree = i32::from(atom.degree) + i32::from(atom.explicit_hydrogens) - idle;
    i32::from(atom.explicit_valence) != degree
}

fn is_candidate(molecule: &Molecule, index: usize) -> bool {
    let atom = &molecule.atoms[index];
    if atom.atomic_number > 18 && !matches!(atom.atomic_number, 34 | 52) {
        return false;
    }
    let own = element(atom.atomic_number);
    let total = i32::from(atom.explicit_valence) + i32::from(atom.implicit_hydrogens);
    if own.default_valence() > 0 {
        let number = i32::from(atom.atomic_number) - i32::from(atom.formal_charge);
        if total > element(number.clamp(0, 118) as u8).default_valence() {
            return false;
        }
    }
    if atom.radical_electrons > 0 && (atom.atomic_number != 6 || atom.formal_charge != 0) {
        return false;
    }
    if i32::from(atom.explicit_valence) - i32::from(atom.degree) > 1 {
        let multiple = molecule
            .neighbors(index)
            .iter()
            .filter(|entry| {
                matches!(molecule.bonds[entry.bond as usize].order, BondOrder::Double | BondOrder::Triple)
            })
            .count();
        return multiple <= 1;
    }
    true
}
