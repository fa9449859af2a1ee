//! Bonds from saturated donor atoms to metals become dative.

use crate::elements::element;
use crate::molecule::{BondDirection, BondOrder, Molecule};
use crate::valence::{Sums, effective_element, explicit_valence, implicit_hydrogens};

/// Turns one single bond to a metal into a dative one at every non-metal that has more bonds than
/// it is allowed. Of several metals the one with the fewest dative bonds is chosen, then the one
/// with the highest index.
pub(crate) fn clean_up(molecule: &mut Molecule, sums: &mut Sums) {
    for index in 0..molecule.atoms.len() {
        if !is_overloaded_donor(molecule, sums, index) {
            continue;
        }
        let metal = molecule
            .neighbors(index)
            .iter()
            .filter(|entry| {
                molecule.bonds[entry.bond as usize].order == BondOrder::Single
                    && element(molecule.atoms[entry.atom as usize].atomic_number).is_metal
            })
            .min_by_key(|entry| (dative_bonds(molecule, entry.atom), std::cmp::Reverse(entry.atom)))
            .copied();
        if let Some(entry) = metal {
            let turned = molecule.bonds[entry.bond as usize].begin != index as u32;
            sums.set_order(molecule, entry.bond, BondOrder::Zero);
            let bond = &mut molecule.bonds[entry.bond as usize];
            (bond.begin, bond.end) = (index as u32, entry.atom);
            if turned {
                bond.direction = match bond.direction {
                    BondDirection::Up => BondDirection::Down,
                    BondDirection::Down => BondDirection::Up,
                    BondDirection::None => BondDirection::None,
                };
            }
            sums.set_order(molecule, entry.bond, BondOrder::Dative);
            molecule.has_idle_bonds = true;
        }
    }
}

fn is_overloaded_donor(molecule: &Molecule, sums: &Sums, index: usize) -> bool {
    let atom = &molecule.atoms[index];
    if element(atom.atomic_number).is_metal || matches!(atom.atomic_number, 0 | 1 | 2 | 9 | 10) {
        return false;
    }
    let number = i32::from(atom.atomic_number) - i32::from(atom.formal_charge);
    if number <= 0 {
        return false;
    }
    let highest = element(number.min(118) as u8).highest_valence();
    let explicit = explicit_valence(atom, sums.of(index));
    if highest <= 0 || explicit < highest {
        return false;
    }
    let implicit = implicit_hydrogens(index, atom, sums.of(index), explicit).unwrap_or(0);
    let total_degree = i32::from(atom.degree) + i32::from(atom.explicit_hydrogens) + implicit;
    debug_assert!(effective_element(atom).0 > 0);
    explicit > highest || (atom.is_aromatic && total_degree == 4)
}

fn dative_bonds(molecule: &Molecule, atom: u32) -> usize {
    molecule
        .neighbors(atom as usize)
        .iter()
        .filter(|entry| molecule.bonds[entry.bond as usize].order == BondOrder::Dative)
        .count()
}

#[cfg(test)]
mod tests {
    use crate::{BondOrder, Parser};

    fn orders(smiles: &str) -> Vec<BondOrder> {
        let mut parser = Parser::new();
        parser.parse(smiles.as_bytes()).unwrap().bonds().iter().map(|bond| bond.order).collect()
    }

    #[test]
    fn overloaded_donors_give_dative_bonds() {
        assert_eq!(orders("N(C)(C)(C)[Fe]")[3], BondOrder::Dative);
        assert_eq!(orders("[Fe]N(C)(C)C")[0], BondOrder::Dative);
        assert_eq!(orders("C[Mg]Br"), [BondOrder::Single, BondOrder::Single]);
    }

    #[test]
    fn the_bond_starts_at_the_donor() {
        let mut parser = Parser::new();
        let bond = parser.parse(b"[Fe]N(C)(C)C").unwrap().bonds()[0];
        assert_eq!((bond.begin, bond.end), (1, 0));
    }
}
