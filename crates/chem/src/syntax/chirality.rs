//! Tetrahedral tags: from the order of the text to the order of the bonds.

use super::Closures;
use crate::molecule::{BondOrder, Chirality, Molecule};

impl Chirality {
    /// `@` or `@@`.
    pub(crate) fn is_tetrahedral(self) -> bool {
        matches!(self, Self::Clockwise | Self::CounterClockwise)
    }

    /// The mirror image of a tetrahedral tag; other tags stay.
    pub(crate) fn inverted(self) -> Self {
        match self {
            Self::Clockwise => Self::CounterClockwise,
            Self::CounterClockwise => Self::Clockwise,
            other => other,
        }
    }
}

/// A ring closure that follows a branch on its atom, as in `C1CN[C@](O)(N)1`: the tag turns when
/// the number of neighbours written before the digit shifts the closure by an odd number of places.
pub(super) fn closure_after_branch(molecule: &mut Molecule, index: u32) {
    let last = molecule.atoms.len() as u32 - 1;
    let atom = &mut molecule.atoms[index as usize];
    let turns = match atom.degree {
        1 => true,
        2 => index != 0,
        3 => index == 0,
        _ => false,
    };
    if index != last && turns {
        atom.chirality = atom.chirality.inverted();
    }
}

/// Turns every tag into one that refers to the bonds in order of their index.
pub(super) fn adjust(molecule: &mut Molecule, closures: &mut Closures, starts: &[u32]) {
    closures.sort_digits();
    let atom_count = molecule.atoms.len();
    for index in 0..atom_count as u32 {
        let atom = molecule.atoms[index as usize];
        if !atom.chirality.is_tetrahedral() {
            continue;
        }
        let is_start = starts.binary_search(&index).is_ok();
        let mut inversions = 0usize;
        let mut count = 0usize;
        for bond in closures.of(index) {
            inversions += closures.of(index).take(count).filter(|&before| before > bond).count();
            count += 1;
        }
        let chain = usize::from(atom.degree) - count.min(usize::from(atom.degree));
        let after = chain - usize::from(!is_start).min(chain);
        let mut swaps = inversions + count * after;
        let first_with_hydrogen = is_start && atom.explicit_hydrogens == 1;
        if atom.degree == 3
            && (first_with_hydrogen
                || (atom.explicit_hydrogens != 1 && count == 1 && !is_unsaturated(molecule, index)))
        {
            swaps += 1;
        }
        if swaps % 2 == 1 {
            molecule.atoms[index as usize].chirality = atom.chirality.inverted();
        }
    }
}

/// Some bond of the atom is of higher order than single. Only asked for atoms of degree 3.
fn is_unsaturated(molecule: &Molecule, index: u32) -> bool {
    molecule.neighbors(index as usize).iter().any(|entry| {
        matches!(
            molecule.bonds[entry.bond as usize].order,
            BondOrder::Double | BondOrder::Triple | BondOrder::Quadruple | BondOrder::Aromatic
        )
    })
}
