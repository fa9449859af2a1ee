//! The way from text to a perceived molecule.

use crate::error::{Error, Reason};
use crate::molecule::Molecule;
use crate::syntax::Reader;
use crate::valence::Sums;
use crate::{
    aromaticity, cleanup, conjugation, hybridization, hydrogens, kekulize, organometallics, radicals, rings,
    stereo,
};

/// Reads SMILES one after the other into buffers of its own: one per thread.
///
/// The molecule that [`Parser::parse`] returns is that of RDKit's `MolFromSmiles`: sanitized, with
/// plain hydrogen atoms removed. It lives until the next call. Once the buffers have grown to the
/// largest molecule no more memory is allocated, but for cages and rings with dummy atoms.
#[derive(Debug, Default)]
pub struct Parser {
    molecule: Molecule,
    reader: Reader,
    sums: Sums,
    considered: Vec<u32>,
    hydrogens: hydrogens::Scratch,
    rings: rings::Scratch,
    kekulize: kekulize::Scratch,
    aromaticity: aromaticity::Scratch,
    conjugation: conjugation::Candidates,
    stereo: stereo::Scratch,
}

impl Parser {
    /// A parser with empty buffers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads one SMILES. What follows a blank (a name, a CXSMILES extension) is not looked at.
    ///
    /// # Errors
    /// Where RDKit returns no molecule: bad syntax, ring closures that do not fit, an impossible
    /// valence, aromatic atoms without a Kekulé structure; also for empty input, more than 255
    /// bonds on an atom, and ring systems with too many rings.
    ///
    /// ```
    /// let mut parser = soyaku_chem::Parser::new();
    /// let pyridine = parser.parse(b"c1ccncc1 pyridine")?;
    /// assert_eq!(pyridine.ring_count(), 1);
    /// assert!(parser.parse(b"c1cccc1").is_err());
    /// # Ok::<(), soyaku_chem::Error>(())
    /// ```
    pub fn parse(&mut self, smiles: &[u8]) -> Result<&Molecule, Error> {
        self.run(smiles).map_err(Error::from)?;
        Ok(&self.molecule)
    }

    fn run(&mut self, smiles: &[u8]) -> Result<(), Reason> {
        let Self { molecule, reader, sums, rings, .. } = self;
        molecule.clear_rings();
        rings.blocks.clear();
        reader.read(smiles, molecule, sums)?;
        molecule.build_adjacency()?;
        reader.finish(molecule)?;
        let seen = reader.seen;
        if seen.hydrogen && hydrogens::remove(molecule, &mut self.hydrogens) {
            molecule.count_degrees();
            molecule.build_adjacency()?;
            sums.compute(molecule);
        }
        molecule.has_idle_bonds = seen.idle_bond;
        cleanup::clean_up(molecule, sums, &mut self.considered);
        if seen.metal {
            organometallics::clean_up(molecule, sums);
        }
        crate::valence::assign_all(molecule, sums)?;
        let has_rings = molecule.bonds.len() >= molecule.atoms.len() || reader.has_closures();
        if has_rings {
            rings::find(molecule, rings)?;
        }
        if seen.aromatic {
            kekulize::kekulize(molecule, &rings.blocks, sums, &mut self.kekulize)?;
        }
        radicals::assign(molecule, sums);
        if molecule.ring_count() > 0 {
            aromaticity::assign(molecule, &mut self.aromaticity);
        }
        conjugation::assign(molecule, &mut self.conjugation);
        hybridization::assign(molecule);
        crate::stages::drop_impossible_tags(molecule);
        if seen.aromatic || molecule.ring_count() > 0 {
            crate::stages::adjust_hydrogens(molecule, sums)?;
        }
        crate::stages::count_hydrogen_neighbors(molecule, seen.hydrogen);
        stereo::assign(molecule, &mut self.stereo);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn nothing_is_left_over_from_the_molecule_before() {
        let inputs: [&[u8]; 7] =
            [b"c1ccc2ccccc2c1", b"C1CC", b"CCO", b"c1cccc1", b"[Fe]<-N", b"F[C@H](Cl)Br", b"C1CC1"];
        let mut used = Parser::new();
        for _ in 0..2 {
            for input in inputs {
                let fresh = Parser::new().parse(input).map(|molecule| format!("{molecule:?}"));
                let reused = used.parse(input).map(|molecule| format!("{molecule:?}"));
                assert_eq!(fresh, reused);
            }
        }
    }

    #[test]
    fn every_kind_of_error() {
        let ladder = format!("[U]{}", "(C)".repeat(300));
        let cases: [(&str, ErrorKind); 6] = [
            (" \r\n", ErrorKind::Empty),
            ("CC(", ErrorKind::Syntax),
            ("C1CC", ErrorKind::Ring),
            ("C(C)(C)(C)(C)C", ErrorKind::Valence),
            ("c1cccc1", ErrorKind::Kekulize),
            (&ladder, ErrorKind::TooLarge),
        ];
        let mut parser = Parser::new();
        for (smiles, kind) in cases {
            assert_eq!(parser.parse(smiles.as_bytes()).unwrap_err().kind(), kind, "{smiles:?}");
        }
    }

    #[test]
    fn a_chain_of_five_thousand_atoms_and_a_long_peptide() {
        let mut parser = Parser::new();
        assert_eq!(parser.parse("C".repeat(5000).as_bytes()).unwrap().atoms().len(), 5000);
        let peptide = format!("{}O", "N[C@@H](Cc1ccccc1)C(=O)".repeat(500));
        let molecule = parser.parse(peptide.as_bytes()).unwrap();
        assert_eq!(molecule.ring_count(), 500);
    }
}
