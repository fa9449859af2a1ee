//! Fingerprints, bit for bit as RDKit's `rdFingerprintGenerator`: [`Morgan`] (ECFP and FCFP),
//! [`AtomPair`], [`TopologicalTorsion`] and [`RdkitPath`].
//!
//! # Morgan
//! As `GetMorganGenerator`. Rogers and Hahn, "Extended-Connectivity Fingerprints",
//! J. Chem. Inf. Model. 50 (2010) 742. Radius 2 gives ECFP4, radius 3 gives ECFP6;
//! with [`AtomInvariants::Features`] FCFP4 and FCFP6.
//!
//! ```
//! use soyaku_chem::fingerprint::{Morgan, MorganOptions};
//! use soyaku_chem::Parser;
//!
//! let mut parser = Parser::new();
//! let mut morgan = Morgan::new(MorganOptions::default());
//! let mut bits = [0u64; 32];
//! morgan.bits(parser.parse(b"CCO")?, 2048, &mut bits);
//! assert_eq!(bits.iter().map(|word| word.count_ones()).sum::<u32>(), 6);
//! # Ok::<(), soyaku_chem::Error>(())
//! ```

mod atom_codes;
mod atom_pairs;
mod bond_path;
mod chains;
mod distances;
mod environments;
mod features;
mod folding;
mod hash;
mod invariants;
mod maccs;
mod pharmacophore;
mod random;
mod rdkit_paths;
mod small;
mod subgraphs;
mod table;
mod torsions;

use crate::Molecule;
use environments::Environments;

pub use atom_pairs::{AtomPair, AtomPairOptions};
pub use features::Fingerprint;
pub use maccs::{MACCS_BITS, MaccsKeys};
pub use rdkit_paths::{RdkitPath, RdkitPathOptions};
pub use torsions::{TopologicalTorsion, TopologicalTorsionOptions};

/// What an atom is before the first round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AtomInvariants {
    /// Element, neighbours, hydrogens, charge, isotope and ring membership: ECFP.
    #[default]
    Connectivity,
    /// The roles it can play in binding (donor, acceptor, aromatic, halogen, basic, acidic), as in
    /// RDKit's `GetMorganFeatureAtomInvGen`: FCFP.
    Features,
}

/// What a [`Morgan`] generator takes into account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MorganOptions {
    /// Number of rounds: the largest environment reaches this many bonds from its centre.
    pub radius: u32,
    /// Tell enantiomers and double-bond isomers apart (RDKit `includeChirality`).
    pub use_chirality: bool,
    /// Tell bond orders apart (RDKit `useBondTypes`).
    pub use_bond_types: bool,
    /// What tells atoms apart at first (RDKit `atomInvariantsGenerator`).
    pub invariants: AtomInvariants,
}

impl Default for MorganOptions {
    fn default() -> Self {
        Self {
            radius: 2,
            use_chirality: false,
            use_bond_types: true,
            invariants: AtomInvariants::Connectivity,
        }
    }
}

/// Generator of Morgan fingerprints. It keeps its working memory from molecule to molecule: make
/// one per thread.
#[derive(Clone, Debug)]
pub struct Morgan {
    options: MorganOptions,
    scratch: Environments,
    /// Folded identifiers, while counting.
    folded: Vec<u32>,
}

impl Morgan {
    /// A generator with the given options.
    pub fn new(options: MorganOptions) -> Self {
        Self { options, scratch: Environments::default(), folded: Vec::new() }
    }

    /// The options it was made with.
    pub fn options(&self) -> MorganOptions {
        self.options
    }

    /// Unfolded identifiers, one for each environment of the molecule. An identifier occurs as
    /// often as RDKit counts it; the order is by round, and within a round unspecified but the
    /// same for the same molecule.
    pub fn environments(&mut self, molecule: &Molecule) -> &[u32] {
        self.scratch.find(molecule, self.options)
    }

    /// Folded bits. Bit `b` of `size` is bit `b % 64` of word `b / 64`; `out` is cleared first.
    ///
    /// # Panics
    /// If `size` is 0 or `out` does not have `size.div_ceil(64)` words.
    pub fn bits(&mut self, molecule: &Molecule, size: u32, out: &mut [u64]) {
        folding::check_bits(size, out);
        folding::bits(self.scratch.find(molecule, self.options), size, out);
    }

    /// Number of environments that fold to each of `size` buckets; `out` is cleared first.
    ///
    /// # Panics
    /// If `size` is 0 or `out` does not have `size` elements.
    pub fn counts(&mut self, molecule: &Molecule, size: u32, out: &mut [u32]) {
        assert!(size > 0, "a fingerprint needs at least one bucket");
        assert_eq!(out.len(), size as usize, "output elements for {size} buckets");
        folding::counts(self.scratch.find(molecule, self.options), size, out);
    }

    /// Folded bits with RDKit's count simulation: the environments fold to `size / 4` buckets, and
    /// bits `4 b` to `4 b + 3` say whether bucket `b` holds at least 1, 2, 4 and 8 of them. Layout
    /// of `out` as in [`Morgan::bits`].
    ///
    /// # Panics
    /// If `size` is below 4 or `out` does not have `size.div_ceil(64)` words.
    pub fn count_simulation_bits(&mut self, molecule: &Molecule, size: u32, out: &mut [u64]) {
        folding::check_bits(size, out);
        let environments = self.scratch.find(molecule, self.options);
        folding::count_simulation(environments, size, &mut self.folded, out);
    }
}

/// Code of a single bond, whether or not bond types are used.
const SINGLE: u64 = 1;

/// Whether the neighbours of an atom, as sorted (bond code, identifier) keys, are all bound singly
/// and all differ: what makes a tagged atom count as chiral.
fn all_distinct(neighbors: &[u64]) -> bool {
    neighbors.iter().all(|neighbor| neighbor >> 32 == SINGLE)
        && neighbors.windows(2).all(|window| window[0] != window[1])
}

/// What a chiral atom's CIP label adds to its identifier.
fn label_code(label: u8) -> u32 {
    match label {
        b'R' => 3,
        b'S' => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chirality_needs_single_bonds_to_different_neighbors() {
        assert!(all_distinct(&[1 << 32 | 1, 1 << 32 | 2, 1 << 32 | 5]));
        assert!(!all_distinct(&[1 << 32 | 2, 1 << 32 | 2]));
        assert!(!all_distinct(&[1 << 32 | 2, 2 << 32 | 3]));
    }
}
