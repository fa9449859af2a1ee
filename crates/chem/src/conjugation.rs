//! Conjugated bonds.

use crate::aromaticity::available_electrons;
use crate::elements::element;
use crate::molecule::{Atom, Molecule};
use crate::valence::contribution;

/// Per atom: number of substituents of a candidate, 0 for atoms that cannot be conjugated.
pub(crate) type Candidates = Vec<u8>;

/// Marks aromatic bonds, and at every candidate atom its multiple bonds with the bonds beside them.
pub(crate) fn assign(molecule: &mut Molecule, candidates: &mut Candidates) {
    candidates.clear();
    let mut any_multiple = false;
    for bond in &mut molecule.bonds {
        bond.is_conjugated = bond.is_aromatic;
        any_multiple |= bond.order != crate::molecule::BondOrder::Single;
    }
    if !any_multiple {
        return;
    }
    for index in 0..molecule.atoms.len() {
        let substituents =
            if is_candidate(molecule, index) { molecule.atoms[index].total_degree() } else { 0 };
        candidates.push(substituents.min(255) as u8);
    }
    let Molecule { bonds, neighbors, neighbor_offsets, .. } = molecule;
    for (index, &substituents) in candidates.iter().enumerate() {
        if !matches!(substituents, 2 | 3) {
            continue;
        }
        let entries = &neighbors[neighbor_offsets[index] as usize..neighbor_offsets[index + 1] as usize];
        for first in entries {
            if contribution(&bonds[first.bond as usize], index as u32) < 3
                || candidates[first.atom as usize] == 0
            {
                continue;
            }
            for second in entries {
                let other = candidates[second.atom as usize];
                if first.bond != second.bond && (1..=3).contains(&other) {
                    bonds[first.bond as usize].is_conjugated = true;
                    bonds[second.bond as usize].is_conjugated = true;
                }
            }
        }
    }
}

/// The atom has electrons to share, is in its lowest valence state, and is of the second row or
/// outside groups 15 and 16.
fn is_candidate(molecule: &Molecule, index: usize) -> bool {
    let atom: &Atom = &molecule.atoms[index];
    if atom.total_degree() > 3 && !molecule.has_idle_bonds {
        return false;
    }
    let own = element(atom.atomic_number);
    let lowest = own.default_valence();
    let total = i32::from(atom.explicit_valence) + i32::from(atom.implicit_hydrogens);
    if atom.formal_charge == 0 && lowest >= 0 && total > lowest {
        return false;
    }
    let row_allows = atom.atomic_number <= 10
        || !matches!(own.outer_electrons, 5 | 6)
        || (own.outer_electrons == 6 && atom.total_degree() < 2);
    row_allows && available_electrons(molecule, index) > 0
}

#[cfg(test)]
mod tests {
    use crate::Parser;

    fn conjugated(smiles: &str) -> Vec<bool> {
        let mut parser = Parser::new();
        parser.parse(smiles.as_bytes()).unwrap().bonds().iter().map(|bond| bond.is_conjugated).collect()
    }

    #[test]
    fn known_cases() {
        assert_eq!(conjugated("C=CC=C"), [true; 3]);
        assert_eq!(conjugated("C=CCC=C"), [false; 4]);
        assert_eq!(conjugated("CC(=O)N"), [false, true, true]);
        assert_eq!(conjugated("CCC"), [false; 2]);
        assert_eq!(conjugated("Pc1ccccc1"), [false, true, true, true, true, true, true]);
    }
}
