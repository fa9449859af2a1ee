//! Conjugated bonds.

use crate::aromaticity::available_electrons;
use crate::elements::element;
use crate::molecule::{Atom, BondOrder, Molecule};
use crate::valence::contribution;

/// Per atom: number of substituents of a candidate, 0 for atoms that cannot be conjugated.
pub(crate) type Candidates = Vec<u8>;

/// Not asked yet.
const UNKNOWN: u8 = u8::MAX;

/// Marks aromatic bonds, and at every candidate atom its multiple bonds with the bonds beside them.
pub(crate) fn assign(molecule: &mut Molecule, candidates: &mut Candidates) {
    candidates.clear();
    candidates.resize(molecule.atoms.len(), UNKNOWN);
    for index in 0..molecule.bonds.len() {
        let bond = &mut molecule.bonds[index];
        if bond.order == BondOrder::Single {
            continue;
        }
        bond.is_conjugated |= bond.is_aromatic;
        let (begin, end) = (bond.begin, bond.end);
        mark_beside(molecule, candidates, index as u32, begin);
        mark_beside(molecule, candidates, index as u32, end);
    }
}

/// Marks a multiple bond and those beside it at `end`, if all atoms involved are candidates.
fn mark_beside(molecule: &mut Molecule, candidates: &mut Candidates, multiple: u32, end: u32) {
    let bond = &molecule.bonds[multiple as usize];
    let atom = &molecule.atoms[end as usize];
    // both bonds of an aromatic atom without substituents are marked already
    if (bond.is_aromatic && atom.degree == 2) || contribution(bond, end) < 3 {
        return;
    }
    let other = bond.other(end);
    if !matches!(substituents(molecule, candidates, end), 2 | 3)
        || substituents(molecule, candidates, other) == 0
    {
        return;
    }
    for slot in molecule.neighbor_offsets[end as usize]..molecule.neighbor_offsets[end as usize + 1] {
        let entry = molecule.neighbors[slot as usize];
        if entry.bond != multiple && matches!(substituents(molecule, candidates, entry.atom), 1..=3) {
            molecule.bonds[multiple as usize].is_conjugated = true;
            molecule.bonds[entry.bond as usize].is_conjugated = true;
        }
    }
}

#[inline]
fn substituents(molecule: &Molecule, candidates: &mut Candidates, atom: u32) -> u8 {
    let known = &mut candidates[atom as usize];
    if *known == UNKNOWN {
        let index = atom as usize;
        let count = molecule.atoms[index].total_degree().min(UNKNOWN as u32 - 1) as u8;
        *known = if is_candidate(molecule, index) { count } else { 0 };
    }
    *known
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
