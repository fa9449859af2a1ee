//! Bonds from saturated donor atoms to metals become dative.

use std::cmp::Ordering;

use crate::elements::element;
use crate::molecule::{BondOrder, Molecule, Neighbor};
use crate::valence::{Sums, effective_element, explicit_valence, implicit_hydrogens};

/// Turns one single bond to a metal into a dative one at every non-metal that has more bonds than
/// it is allowed. Of several metals the one with the fewest dative bonds is chosen, then the one
/// that ranks highest by degree, element, isotope, hydrogens, charge and neighbours, then the last.
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
            .map(|entry| (*entry, dative_bonds(molecule, entry.atom)))
            .min_by(|(first, datives), (second, others)| {
                datives.cmp(others).then_with(|| compare(molecule, sums, second.atom, first.atom))
            })
            .map(|(entry, _)| entry);
        if let Some(entry) = metal {
            sums.set_order(molecule, entry.bond, BondOrder::Zero);
            let bond = &mut molecule.bonds[entry.bond as usize];
            (bond.begin, bond.end) = (index as u32, entry.atom);
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

/// What tells atoms apart before their neighbours are looked at; negative charges rank highest.
fn own_rank(molecule: &Molecule, sums: &Sums, index: u32) -> (u8, u8, u16, i32, u8) {
    let atom = &molecule.atoms[index as usize];
    let sum = sums.of(index as usize);
    let implicit = implicit_hydrogens(index as usize, atom, sum, explicit_valence(atom, sum)).unwrap_or(0);
    let hydrogens = i32::from(atom.explicit_hydrogens) + implicit;
    (atom.degree, atom.atomic_number, atom.isotope, hydrogens, atom.formal_charge as u8)
}

/// Order of two metals by rank.
fn compare(molecule: &Molecule, sums: &Sums, first: u32, second: u32) -> Ordering {
    let neighbors = |atom: u32| {
        let rank = |entry: &Neighbor| {
            (molecule.bonds[entry.bond as usize].order as u8, own_rank(molecule, sums, entry.atom))
        };
        let mut ranks: Vec<_> = molecule.neighbors(atom as usize).iter().map(rank).collect();
        ranks.sort_unstable_by(|first, second| second.cmp(first));
        ranks
    };
    own_rank(molecule, sums, first)
        .cmp(&own_rank(molecule, sums, second))
        .then_with(|| neighbors(first).cmp(&neighbors(second)))
        .then(first.cmp(&second))
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
    fn of_two_metals_the_higher_ranking_one_is_chosen() {
        let mut parser = Parser::new();
        let cases = [
            ("[Fe]Cl[Fe]", 2),
            ("C[Fe]Cl[Fe]", 1),
            ("[U]Cl[Fe]", 0),
            ("[Fe+]Cl[Fe]", 0),
            ("[Fe-]Cl[Fe+]", 0),
            ("[FeH]Cl[Fe+]", 0),
            ("[Fe](N)Cl[Fe](C)", 0),
            ("[Fe](=C)Cl[Fe]N", 0),
        ];
        for (smiles, expected) in cases {
            let molecule = parser.parse(smiles.as_bytes()).unwrap();
            let dative = molecule.bonds().iter().find(|bond| bond.order == BondOrder::Dative).unwrap();
            assert_eq!(dative.end, expected, "{smiles}");
        }
    }

    #[test]
    fn the_bond_starts_at_the_donor() {
        let mut parser = Parser::new();
        let bond = parser.parse(b"[Fe]N(C)(C)C").unwrap().bonds()[0];
        assert_eq!((bond.begin, bond.end), (1, 0));
    }
}
