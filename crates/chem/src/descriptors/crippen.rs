//! logP and molar refractivity: Wildman, Crippen, J. Chem. Inf. Comput. Sci. 1999, 39, 868.

use super::DescriptorError;
use super::crippen_table::TYPES;
use super::explicit::add_hydrogens;
use super::patterns::read_all;
use crate::molecule::Molecule;
use crate::smarts::{MatchScratch, Pattern, PatternSet, first_fitting};

/// The atom types, and the buffer for the molecule with its hydrogens.
#[derive(Debug)]
pub(super) struct Crippen {
    types: PatternSet,
    explicit: Molecule,
}

impl Crippen {
    pub fn new() -> Self {
        let types = read_all(TYPES.iter().map(|row| row.0));
        let types = PatternSet::new(types.into_iter().map(Pattern::anchored).collect());
        Self { types, explicit: Molecule::default() }
    }

    /// logP and molar refractivity. An atom is of the first type that fits; one without type adds nothing.
    pub fn compute(
        &mut self,
        molecule: &Molecule,
        scratch: &mut MatchScratch,
    ) -> Result<(f64, f64), DescriptorError> {
        add_hydrogens(molecule, &mut self.explicit).map_err(crate::Error::from)?;
        let (mut log_p, mut refractivity) = (0.0, 0.0);
        first_fitting(&self.types, &self.explicit, scratch, |found| {
            log_p += TYPES[found].1;
            refractivity += TYPES[found].2;
        })?;
        Ok((log_p, refractivity))
    }
}
