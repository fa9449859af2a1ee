//! Rotatable bonds, by the strict definition.

use super::counts::hydrogens;
use crate::molecule::{Atom, BondOrder, Molecule};

/// Rotatable bonds (RDKit `NumRotatableBonds`): single or aromatic, in no ring, not beside a triple bond, not to an end
/// atom or a methyl group, not to a group whose turn changes nothing, and not of amides, esters or amidines.
pub fn rotatable_bonds(molecule: &Molecule) -> u32 {
    let mut count = 0;
    for bond in molecule.bonds() {
        if bond.is_in_ring || !matches!(bond.order, BondOrder::Single | BondOrder::Aromatic) {
            continue;
        }
        let (begin, end) = (bond.begin as usize, bond.end as usize);
        if !turns(molecule, begin) || !turns(molecule, end) {
            continue;
        }
        count += u32::from(!is_conjugated_end(molecule, begin) || !is_conjugated_end(molecule, end));
    }
    count
}

/// Bond order, neighbour and whether the bond is in a ring.
fn neighbors(molecule: &Molecule, index: usize) -> impl Iterator<Item = (BondOrder, bool, u32)> {
    molecule.neighbors(index).iter().map(|entry| {
        let bond = &molecule.bonds()[entry.bond as usize];
        (bond.order, bond.is_in_ring, entry.atom)
    })
}

fn is_methyl(atom: &Atom) -> bool {
    atom.atomic_number == 6 && !atom.is_aromatic && hydrogens(atom) == 3
}

/// A turn about a bond of this atom changes something.
fn turns(molecule: &Molecule, index: usize) -> bool {
    let atom = &molecule.atoms()[index];
    if atom.degree == 1 || is_methyl(atom) {
        return false;
    }
    if neighbors(molecule, index).any(|(order, ..)| order == BondOrder::Triple) {
        return false;
    }
    if atom.atomic_number != 6 || atom.is_aromatic || atom.degree < 3 {
        return true;
    }
    // CF3, CCl3, CBr3 and tert-butyl
    let mut ends = [0; 4];
    for (order, _, other) in neighbors(molecule, index) {
        let other = &molecule.atoms()[other as usize];
        let kind = match other.atomic_number {
            _ if !matches!(order, BondOrder::Single | BondOrder::Aromatic) || other.is_aromatic => continue,
            9 => 0,
            17 => 1,
            35 => 2,
            6 if is_methyl(other) => 3,
            _ => continue,
        };
        ends[kind] += 1;
    }
    ends.iter().all(|&count| count < 3)
}

/// The atom is the carbon or the heteroatom of an amide, ester or amidine bond.
fn is_conjugated_end(molecule: &Molecule, index: usize) -> bool {
    let atom = &molecule.atoms()[index];
    let (is_hetero, is_nitrogen) = (is_partner(atom), is_inner_nitrogen(atom));
    let of_carbonyl =
        |(has_double, has_cation): (bool, bool)| (is_hetero && has_double) || (is_nitrogen && has_cation);
    if is_hetero || is_nitrogen {
        return open_single(molecule, index).any(|other| of_carbonyl(unsaturation(molecule, other as usize)));
    }
    let (has_double, has_cation) = unsaturation(molecule, index);
    (has_double || has_cation)
        && open_single(molecule, index).any(|other| {
            let other = &molecule.atoms()[other as usize];
            (has_double && is_partner(other)) || (has_cation && is_inner_nitrogen(other))
        })
}

/// Neighbours across single bonds that are in no ring.
fn open_single(molecule: &Molecule, index: usize) -> impl Iterator<Item = u32> {
    neighbors(molecule, index)
        .filter(|&(order, is_in_ring, _)| order == BondOrder::Single && !is_in_ring)
        .map(|(_, _, other)| other)
}

/// Nitrogen, aliphatic oxygen, or aliphatic sulfur that is no end.
fn is_partner(atom: &Atom) -> bool {
    match atom.atomic_number {
        7 => true,
        8 => !atom.is_aromatic,
        16 => !atom.is_aromatic && atom.degree != 1,
        _ => false,
    }
}

fn is_inner_nitrogen(atom: &Atom) -> bool {
    atom.atomic_number == 7 && atom.degree != 1
}

/// For an aliphatic carbon of three neighbours: doubly bound to aliphatic nitrogen, oxygen or sulfur, and to a positive
/// nitrogen.
fn unsaturation(molecule: &Molecule, index: usize) -> (bool, bool) {
    let atom = &molecule.atoms()[index];
    if atom.atomic_number != 6 || atom.is_aromatic || atom.degree != 3 {
        return (false, false);
    }
    let mut found = (false, false);
    for (order, _, other) in neighbors(molecule, index) {
        let other = &molecule.atoms()[other as usize];
        if order == BondOrder::Double && !other.is_aromatic && matches!(other.atomic_number, 7 | 8 | 16) {
            found.0 = true;
            found.1 |= other.atomic_number == 7 && other.formal_charge == 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::patterns::ROTATABLE;
    use super::*;
    use crate::Parser;
    use crate::smarts::{MatchScratch, Pattern};

    #[test]
    fn bonds_are_those_of_the_pattern() {
        let pattern = Pattern::parse(ROTATABLE).unwrap();
        let (mut parser, mut scratch) = (Parser::new(), MatchScratch::new());
        for smiles in include_str!("../../tests/data/odd.smi").lines() {
            let Ok(molecule) = parser.parse(smiles.as_bytes()) else { continue };
            let expected = pattern.count(molecule, &mut scratch, true, usize::MAX).unwrap() as u32;
            assert_eq!(rotatable_bonds(molecule), expected, "{smiles}");
        }
    }
}
