//! The small last steps of perception.

use crate::error::Reason;
use crate::molecule::{BondOrder, Chirality, Hybridization, Molecule};
use crate::valence::{Sum, Sums, assign, contribution, explicit_valence, implicit_hydrogens, ordinary};

/// Drops tags from atoms whose hybridization cannot carry them.
pub(crate) fn drop_impossible_tags(molecule: &mut Molecule) {
    for atom in &mut molecule.atoms {
        let fits = match atom.chirality {
            Chirality::None | Chirality::Other => continue,
            Chirality::Tetrahedral | Chirality::Clockwise | Chirality::CounterClockwise => {
                atom.hybridization as u8 >= Hybridization::Sp3 as u8
            }
            _ => true,
        };
        if !fits {
            atom.chirality = Chirality::None;
        }
    }
}

/// Keeps the hydrogens that an atom would lose because its bonds became aromatic (pyrrole), and
/// checks the valences of all atoms that are or were aromatic once more.
///
/// `sums` are those of the Kekulé structure, their marks those of the text.
pub(crate) fn adjust_hydrogens(molecule: &mut Molecule, sums: &Sums) -> Result<(), Reason> {
    for index in 0..molecule.atoms.len() {
        let atom = &molecule.atoms[index];
        // a dummy may have got a double bond of a Kekulé structure without a mark
        if !atom.is_aromatic && !sums.of(index).aromatic && atom.atomic_number != 0 {
            continue;
        }
        // four-valent aromatic carbon has the same hydrogens however its bonds are drawn
        let is_full = atom.explicit_valence + atom.implicit_hydrogens == 4;
        if atom.is_aromatic && atom.atomic_number == 6 && atom.formal_charge == 0 && is_full {
            continue;
        }
        let mut sum = Sum { twice: 0, aromatic: atom.is_aromatic };
        for entry in molecule.neighbors(index) {
            let bond = &molecule.bonds[entry.bond as usize];
            sum.twice += contribution(bond, index as u32);
            sum.aromatic |= bond.order == BondOrder::Aromatic;
        }
        let atom = &mut molecule.atoms[index];
        if ordinary(atom, sum) == Some((atom.explicit_valence, atom.implicit_hydrogens)) {
            continue;
        }
        let before = i32::from(atom.implicit_hydrogens);
        let explicit = explicit_valence(atom, sum);
        let after = implicit_hydrogens(index, atom, sum, explicit).unwrap_or(0);
        if after < before {
            let kept = i32::from(atom.explicit_hydrogens) + before - after;
            atom.explicit_hydrogens = kept.clamp(0, 255) as u8;
        }
        assign(index, atom, sum)?;
    }
    Ok(())
}

/// Counts, on every atom, the hydrogen atoms that stayed in the graph.
pub(crate) fn count_hydrogen_neighbors(molecule: &mut Molecule, has_hydrogen: bool) {
    if !has_hydrogen {
        return;
    }
    for index in 0..molecule.atoms.len() {
        let neighbors = molecule.neighbors(index).iter();
        let count = neighbors.filter(|entry| molecule.atoms[entry.atom as usize].atomic_number == 1).count();
        molecule.atoms[index].hydrogen_neighbors = count as u8;
    }
}

#[cfg(test)]
mod tests {
    use crate::{Chirality, Parser};

    #[test]
    fn hydrogens_of_pyrroles_are_explicit_however_drawn() {
        let mut parser = Parser::new();
        for smiles in ["c1cc[nH]c1", "C1=CC=CN1"] {
            let molecule = parser.parse(smiles.as_bytes()).unwrap();
            let nitrogen = molecule.atoms().iter().find(|atom| atom.atomic_number == 7).unwrap();
            assert_eq!((nitrogen.explicit_hydrogens, nitrogen.implicit_hydrogens), (1, 0), "{smiles}");
            assert_eq!(nitrogen.explicit_valence, 3);
        }
    }

    #[test]
    fn flat_atoms_carry_no_tag() {
        let mut parser = Parser::new();
        let molecule = parser.parse(b"C[C@](=O)O").unwrap();
        assert_eq!(molecule.atoms()[1].chirality, Chirality::None);
    }

    #[test]
    fn hydrogen_atoms_that_stay_are_counted_on_their_neighbours() {
        let mut parser = Parser::new();
        let molecule = parser.parse(b"C[2H]").unwrap();
        assert_eq!(molecule.atoms()[0].hydrogen_neighbors, 1);
        assert_eq!(molecule.atoms()[0].total_hydrogens(), 3);
    }
}
