//! Canonical order of the atoms of a molecule.

mod certificate;
pub(crate) mod colors;
mod elements;
mod partition;
mod refine;
mod search;
mod stereo;
mod symmetry;
#[cfg(test)]
mod tests;

use crate::Molecule;
pub(crate) use colors::Features;

/// Numbers the atoms of molecules so that the numbers do not depend on the order of the atoms.
///
/// Two inputs are the same molecule exactly if their atoms are equal in the order of the ranks:
/// element, isotope, charge, hydrogens, map number, bonds, tetrahedral centres and double bonds.
/// Equivalent atoms get different ranks, and it does not matter which of them gets which. Keeps its
/// buffers: one per thread.
///
/// The search is bounded; it is exact for all molecules but artificial ones that are made to defeat
/// it, for which the ranks may depend on the order of the atoms.
///
/// ```
/// use soyaku_chem::{CanonicalRanking, Parser};
///
/// let mut parser = Parser::new();
/// let mut ranking = CanonicalRanking::new();
/// let forward = ranking.ranks(parser.parse(b"OCN")?).to_vec();
/// let backward = ranking.ranks(parser.parse(b"NCO")?).to_vec();
/// assert!(forward.iter().eq(backward.iter().rev()));
/// # Ok::<(), soyaku_chem::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct CanonicalRanking {
    search: search::Search,
}

impl CanonicalRanking {
    /// A ranking with empty buffers.
    pub fn new() -> Self {
        Self::default()
    }

    /// The rank of every atom, from 0, all different.
    pub fn ranks(&mut self, molecule: &Molecule) -> &[u32] {
        self.ranks_by(molecule, Features { isomeric: true, atom_maps: true })
    }

    /// The same, with what counts as a difference given.
    pub(crate) fn ranks_by(&mut self, molecule: &Molecule, features: Features) -> &[u32] {
        self.search.run(molecule, features)
    }
}
