//! From the drawing or conformation to tags and marks.

use super::block::{Block, NO_VALENCE};
use super::{double_bonds, spatial, wedges};
use crate::error::Reason;
use crate::molecule::Molecule;
use crate::rings::Blocks;
use crate::valence::{Sums, explicit_valence};

/// Buffers of the perception.
#[derive(Debug, Default)]
pub(crate) struct Scratch(double_bonds::Scratch);

impl Block {
    /// Applies the specified valences, then sets tetrahedral tags. All hydrogens that the block
    /// has as atoms must still be there.
    pub fn assign_tags(&self, molecule: &mut Molecule, sums: &Sums) -> Result<(), Reason> {
        for (index, &valence) in self.valences.iter().enumerate() {
            if valence != 0 {
                let atom = &mut molecule.atoms[index];
                let drawn = explicit_valence(atom, sums.of(index));
                let missing = if valence == NO_VALENCE { 0 } else { valence - drawn };
                atom.no_implicit = true;
                atom.explicit_hydrogens = missing.clamp(0, 255) as u8;
            }
        }
        if self.is_3d {
            return spatial::assign(molecule, self, sums);
        }
        if self.has_stereo_marks {
            wedges::assign(molecule, self, sums);
        }
        Ok(())
    }

    /// Sets the direction marks beside double bonds.
    pub fn assign_marks(&self, molecule: &mut Molecule, blocks: &mut Blocks, scratch: &mut Scratch) {
        if molecule.bonds.iter().any(|bond| bond.order == crate::BondOrder::Double) {
            blocks.find(molecule);
            double_bonds::mark(molecule, self, blocks, &mut scratch.0);
        }
    }
}
