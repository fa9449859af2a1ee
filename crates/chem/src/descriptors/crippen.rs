//! logP and molar refractivity: Wildman, Crippen, J. Chem. Inf. Comput. Sci. 1999, 39, 868.

use super::crippen_table::TYPES;
use super::crippen_types::{heavy, hydrogen, hydrogen_of};
use crate::molecule::Molecule;

/// logP and molar refractivity. An atom is of the first type that fits; one without type adds nothing. Hydrogens are
/// atoms like the others, and come last.
pub(super) fn compute(molecule: &Molecule) -> (f64, f64) {
    let (mut log_p, mut refractivity) = (0.0, 0.0);
    let mut add = |found: usize| {
        log_p += TYPES[found].1;
        refractivity += TYPES[found].2;
    };
    for (index, atom) in molecule.atoms().iter().enumerate() {
        match atom.atomic_number {
            1 => add(hydrogen(molecule, index as u32)),
            _ => heavy(molecule, index as u32).into_iter().for_each(&mut add),
        }
    }
    for (index, atom) in molecule.atoms().iter().enumerate() {
        let hydrogens = atom.total_hydrogens();
        if hydrogens > 0 {
            let found = hydrogen_of(molecule, index as u32);
            (0..hydrogens).for_each(|_| add(found));
        }
    }
    (log_p, refractivity)
}

#[cfg(test)]
mod tests {
    use super::super::explicit::add_hydrogens;
    use super::*;
    use crate::Parser;
    use crate::smarts::{MatchScratch, Pattern};

    /// Types that are not among the odd molecules.
    const MORE: [&str; 7] = [
        "Fc1ccccc1Cl",
        "Brc1ccccc1",
        "C=c1ccc(=C)cc1",
        "c1ccc(cc1)N(c1ccccc1)c1ccccc1",
        "O=CO",
        "O=C=O",
        "O=Cc1ccccc1",
    ];

    /// The first pattern of the table that begins at each atom.
    fn by_search(molecule: &Molecule, patterns: &[Pattern]) -> Vec<Option<usize>> {
        let mut types = vec![None; molecule.atoms().len()];
        for (index, pattern) in patterns.iter().enumerate() {
            let found = pattern.find(molecule, &mut MatchScratch::new(), false, usize::MAX).unwrap();
            for atoms in found {
                let atom: &mut Option<usize> = &mut types[atoms[0] as usize];
                *atom = atom.or(Some(index));
            }
        }
        types
    }

    #[test]
    fn types_are_those_of_the_patterns() {
        let begin = |smarts: &str| Pattern::parse(&format!("[$({smarts})]")).unwrap();
        let patterns: Vec<Pattern> = TYPES.iter().map(|row| begin(row.0)).collect();
        let (mut parser, mut explicit) = (Parser::new(), Molecule::default());
        let mut seen = vec![false; TYPES.len()];
        let odd = include_str!("../../tests/data/odd.smi").lines();
        for smiles in odd.chain(MORE.iter().copied()) {
            let Ok(molecule) = parser.parse(smiles.as_bytes()) else { continue };
            add_hydrogens(molecule, &mut explicit).unwrap();
            let expected = by_search(&explicit, &patterns);
            let own = (0..molecule.atoms().len()).map(|index| match molecule.atoms()[index].atomic_number {
                1 => Some(hydrogen(molecule, index as u32)),
                _ => heavy(molecule, index as u32),
            });
            let counts = molecule.atoms().iter().map(|atom| atom.total_hydrogens() as usize).enumerate();
            let hidden =
                counts.flat_map(|(index, count)| vec![Some(hydrogen_of(molecule, index as u32)); count]);
            let ours: Vec<_> = own.chain(hidden).collect();
            assert_eq!(ours, expected, "{smiles}");
            ours.into_iter().flatten().for_each(|found| seen[found] = true);
        }
        let unseen: Vec<&str> = (0..seen.len()).filter(|&row| !seen[row]).map(|row| TYPES[row].0).collect();
        assert!(unseen.is_empty(), "types that no molecule has: {unseen:?}");
    }
}
