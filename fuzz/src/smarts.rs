//! SMARTS: what was read can be searched, and every way to search agrees.

use std::collections::HashSet;

use soyaku_chem::smarts::{MatchError, MatchScratch, Pattern};
use soyaku_chem::{Molecule, Parser};

use super::molecule::STEPS;

/// Molecules with most kinds of atoms and bonds.
const MOLECULES: &[&str] = &[
    "CC(=O)Oc1ccccc1C(=O)O",
    "C[C@H](N)C(=O)N[C@@H](Cc1c[nH]c2ccccc12)C(=O)[O-].[Na+]",
    "[2H]C([2H])([13CH3])/C=C/C#N",
    "C1CC2CCC1C2.[NH3]->[Pt](Cl)(Cl)<-[NH3]",
    "O=[N+]([O-])c1ccc(S(=O)(=O)N2CCOCC2)cc1",
    "C12C3C4C1C5C2C3C45",
    "*~[CH3:7]",
    "[H][H]",
];

/// Checks one pattern after the other.
#[derive(Debug)]
pub struct Smarts {
    molecules: Vec<Molecule>,
    scratch: MatchScratch,
}

impl Default for Smarts {
    fn default() -> Self {
        let mut parser = Parser::new();
        let read = |text: &&str| parser.parse(text.as_bytes()).expect("a SMILES").clone();
        Self { molecules: MOLECULES.iter().map(read).collect(), scratch: MatchScratch::with_limit(STEPS) }
    }
}

impl Smarts {
    /// Checks one pattern; bytes that are no UTF-8 are replaced.
    ///
    /// # Panics
    /// If something does not hold that must.
    pub fn check(&mut self, text: &[u8]) {
        let text = String::from_utf8_lossy(text);
        let pattern = match Pattern::parse(&text) {
            Ok(pattern) => pattern,
            Err(error) => {
                assert!(error.position() <= text.len(), "{error}");
                assert!(!error.to_string().is_empty());
                return;
            }
        };
        assert!(pattern.atom_count() > 0);
        assert_eq!(pattern.atom_maps().len(), pattern.atom_count());
        for molecule in &self.molecules {
            if let Err(MatchError::TooManySteps { limit }) = search(&pattern, molecule, &mut self.scratch) {
                assert_eq!(limit, STEPS);
            }
        }
    }
}

fn search(pattern: &Pattern, molecule: &Molecule, scratch: &mut MatchScratch) -> Result<(), MatchError> {
    const MOST: usize = 500;
    let all = pattern.find(molecule, scratch, false, MOST)?;
    let unique = pattern.find(molecule, scratch, true, MOST)?;
    assert_eq!(pattern.count(molecule, scratch, false, MOST)?, all.len());
    assert_eq!(pattern.count(molecule, scratch, true, MOST)?, unique.len());
    assert_eq!(pattern.matches(molecule, scratch)?, !all.is_empty());
    assert!(unique.len() <= all.len() && unique.is_empty() == all.is_empty());
    let mut sets = HashSet::new();
    for found in &all {
        assert_eq!(found.len(), pattern.atom_count(), "atoms of a match");
        let mut atoms = found.clone();
        atoms.sort_unstable();
        assert!(atoms.windows(2).all(|pair| pair[0] < pair[1]), "an atom twice in a match");
        assert!(atoms.iter().all(|&atom| (atom as usize) < molecule.atoms().len()));
        sets.insert(atoms);
    }
    if all.len() < MOST {
        assert_eq!(sets.len(), unique.len(), "unique matches");
        let distinct: HashSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len(), "a match twice");
    }
    Ok(())
}
