//! The way from text to a perceived molecule.

use crate::edit::Editor;
use crate::error::{Error, Reason};
use crate::molecule::Molecule;
use crate::sdf::{Block, ShapeScratch};
use crate::syntax::{Reader, Seen};
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
    block: Block,
    shape: ShapeScratch,
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

    /// Reads one mol block, V2000 or V3000, up to its `M  END`: the molecule that RDKit's
    /// `MolFromMolBlock` returns. Tetrahedral tags come from wedges or from coordinates in space,
    /// configurations of double bonds from coordinates.
    ///
    /// # Errors
    /// As [`Parser::parse`], and where a line is malformed or missing ([`crate::ErrorKind::Syntax`]) or says
    /// something this program does not read, such as a query ([`crate::ErrorKind::Unsupported`]).
    /// [`Error::line`] is the line at fault.
    ///
    /// ```
    /// let block = "methanol\n\n\n  2  1  0  0  0  0            999 V2000
    ///     0.0000    0.0000    0.0000 C   0  0
    ///     1.5000    0.0000    0.0000 O   0  0
    ///   1  2  1  0\nM  END\n";
    /// let mut parser = soyaku_chem::Parser::new();
    /// let methanol = parser.parse_mol_block(block.as_bytes())?;
    /// assert_eq!(methanol.atoms()[0].total_hydrogens(), 3);
    /// let broken = block.replace("  1  2  1", "  1  3  1");
    /// assert_eq!(parser.parse_mol_block(broken.as_bytes()).unwrap_err().line(), Some(7));
    /// # Ok::<(), soyaku_chem::Error>(())
    /// ```
    pub fn parse_mol_block(&mut self, text: &[u8]) -> Result<&Molecule, Error> {
        self.run_block(text).map_err(Error::from)?;
        Ok(&self.molecule)
    }

    /// Perceives an edited molecule: its atoms and bonds that are left, as if they had been read.
    ///
    /// # Errors
    /// As [`Parser::parse`]: an impossible valence, aromatic atoms without a Kekulé structure, two
    /// bonds between the same atoms, no atom left.
    pub fn perceive_edited(&mut self, editor: &Editor) -> Result<&Molecule, Error> {
        self.run_edited(editor).map_err(Error::from)?;
        Ok(&self.molecule)
    }

    /// Exchanges the molecule of the last call for another one.
    pub(crate) fn swap(&mut self, other: &mut Molecule) {
        std::mem::swap(&mut self.molecule, other);
    }

    fn run_edited(&mut self, editor: &Editor) -> Result<(), Reason> {
        let Self { molecule, sums, rings, .. } = self;
        molecule.clear_rings();
        rings.blocks.clear();
        let seen = editor.build(molecule)?;
        sums.compute(molecule);
        self.perceive(seen, true)?;
        stereo::drop_idle_any(&mut self.molecule);
        Ok(())
    }

    fn run(&mut self, smiles: &[u8]) -> Result<(), Reason> {
        let Self { molecule, reader, sums, .. } = self;
        molecule.clear_rings();
        self.rings.blocks.clear();
        reader.read(smiles, molecule, sums)?;
        molecule.build_adjacency()?;
        reader.finish(molecule)?;
        let seen = reader.seen;
        if seen.hydrogen && hydrogens::remove(molecule, &mut self.hydrogens, None) {
            molecule.count_degrees();
            molecule.build_adjacency()?;
            sums.compute(molecule);
        }
        let has_closures = reader.has_closures();
        self.perceive(seen, has_closures)
    }

    fn run_block(&mut self, text: &[u8]) -> Result<(), Reason> {
        let Self { molecule, block, sums, rings, .. } = self;
        molecule.clear_rings();
        rings.blocks.clear();
        block.read(text, molecule)?;
        molecule.count_degrees();
        molecule.build_adjacency()?;
        molecule.refuse_repeated_bonds()?;
        molecule.has_idle_bonds = block.seen.idle_bond;
        sums.compute(molecule);
        block.assign_tags(molecule, sums)?;
        cleanup::clean_up(molecule, sums, &mut self.considered);
        block.assign_marks(molecule, &mut rings.blocks, &mut self.shape);
        let seen = block.seen;
        if seen.hydrogen && hydrogens::remove(molecule, &mut self.hydrogens, Some(sums)) {
            molecule.count_degrees();
            molecule.build_adjacency()?;
            sums.compute(molecule);
        }
        self.perceive(seen, true)?;
        stereo::drop_idle_any(&mut self.molecule);
        Ok(())
    }

    /// Everything from the graph on: what RDKit calls sanitization, and stereochemistry.
    fn perceive(&mut self, seen: Seen, has_closures: bool) -> Result<(), Reason> {
        let Self { molecule, sums, rings, .. } = self;
        molecule.has_idle_bonds = seen.idle_bond;
        cleanup::clean_up(molecule, sums, &mut self.considered);
        if seen.metal {
            organometallics::clean_up(molecule, sums);
        }
        crate::valence::assign_all(molecule, sums)?;
        let has_rings = molecule.bonds.len() >= molecule.atoms.len() || has_closures;
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
