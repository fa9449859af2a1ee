//! The small last steps of perception.

use crate::error::Reason;
use crate::molecule::{Chirality, Hybridization, Molecule};
use crate::valence::{Sums, assign, explicit_valence, implicit_hydrogens};

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
/// checks all valences once more. `sums` must be those of the final bonds.
pub(crate) fn adjust_hydrogens(molecule: &mut Molecule, sums: &Sums) -> Result<(), Reason> {
    for (index, atom) in molecule.atoms.iter_mut().enumerate() {
        let sum = sums.of(index);
        if !sum.aromatic && !atom.no_implicit {
            // an atom that was written aromatic can have changed; others have not
            let twice = i32::from(sum.twice) + 2 * i32::from(atom.explicit_hydrogens);
            if twice == 2 * i32::from(atom.explicit_valence) {
                continue;
            }
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
