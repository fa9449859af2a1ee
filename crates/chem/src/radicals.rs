//! Unpaired electrons of bracket atoms.

use crate::elements::element;
use crate::molecule::{Atom, Molecule};
use crate::valence::Sums;

/// Assigns unpaired electrons to atoms that may not take implicit hydrogens.
///
/// `sums` must be those of the Kekulé structure.
pub(crate) fn assign(molecule: &mut Molecule, sums: &Sums) {
    for (index, atom) in molecule.atoms.iter_mut().enumerate() {
        if atom.no_implicit && atom.atomic_number != 0 {
            let valence = (i32::from(sums.of(index).twice) + 2 * i32::from(atom.explicit_hydrogens)) / 2;
            atom.radical_electrons = radicals(atom, valence).clamp(0, 255) as u8;
        }
    }
}

fn radicals(atom: &Atom, valence: i32) -> i32 {
    let own = element(atom.atomic_number);
    let outer = i32::from(own.outer_electrons);
    let charge = i32::from(atom.formal_charge);
    if own.is_unrestricted() {
        // nothing is known of the metal's valence: only a bare one can be judged
        return if atom.degree > 0 { 0 } else { (outer - charge).max(0) % 2 };
    }
    let shell = if matches!(atom.atomic_number, 1 | 2) { 2 } else { 8 };
    let mut found = shell - outer - valence + charge;
    if found < 0 {
        found = 0;
        if own.valence_count > 1 {
            let higher = own.valences().iter().map(|&allowed| i32::from(allowed) - valence + charge);
            found = higher.clone().find(|&missing| missing >= 0).unwrap_or(0);
        }
    }
    // elements left of carbon have fewer electrons than places
    let from_left = outer - valence - charge;
    if from_left >= 0 { found.min(from_left) } else { found }
}

#[cfg(test)]
mod tests {
    use crate::Parser;

    fn radicals(smiles: &str) -> Vec<u8> {
        let mut parser = Parser::new();
        parser.parse(smiles.as_bytes()).unwrap().atoms().iter().map(|atom| atom.radical_electrons).collect()
    }

    #[test]
    fn known_radicals() {
        assert_eq!(radicals("[CH3]"), [1]);
        assert_eq!(radicals("[CH2]"), [2]);
        assert_eq!(radicals("[O]"), [2]);
        assert_eq!(radicals("[Na]"), [1]);
        assert_eq!(radicals("[Na+]"), [0]);
        assert_eq!(radicals("[Fe]"), [0]);
        assert_eq!(radicals("[Cu]"), [1]);
        assert_eq!(radicals("CC"), [0, 0]);
        assert_eq!(radicals("C[S](C)C"), [0, 1, 0, 0]);
    }
}
