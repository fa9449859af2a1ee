//! RDKit's path fingerprint, bit for bit as `rdFingerprintGenerator.GetRDKitFPGenerator`.

use super::bond_path::{BondPath, MAX_LENGTH};
use super::chains;
use super::features::{Fingerprint, MAX_FEATURES};
use super::random::Random;
use super::subgraphs::Subgraphs;
use crate::{BondOrder, Error, Molecule};

/// What an [`RdkitPath`] generator takes into account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RdkitPathOptions {
    /// Fewest bonds of a path.
    pub min_path: u32,
    /// Most bonds of a path, at most 15.
    pub max_path: u32,
    /// Count paths through hydrogens that are atoms of the graph (RDKit `useHs`).
    pub use_hydrogens: bool,
    /// Count branched paths too (RDKit `branchedPaths`).
    pub branched: bool,
    /// Tell bond orders apart (RDKit `useBondOrder`).
    pub use_bond_order: bool,
    /// Bits of each path (RDKit `numBitsPerFeature`).
    pub bits_per_feature: u32,
}

impl Default for RdkitPathOptions {
    fn default() -> Self {
        Self {
            min_path: 1,
            max_path: 7,
            use_hydrogens: true,
            branched: true,
            use_bond_order: true,
            bits_per_feature: 2,
        }
    }
}

/// Generator of RDKit's own fingerprint: a feature is a path, branched or not, of one to seven
/// bonds, and each sets two bits. It keeps its working memory: make one per thread.
///
/// What RDKit's generator gives by default are [`Fingerprint::bits`] of size 2048.
///
/// ```
/// use soyaku_chem::fingerprint::{Fingerprint, RdkitPath, RdkitPathOptions};
/// use soyaku_chem::Parser;
///
/// let mut parser = Parser::new();
/// let mut paths = RdkitPath::new(RdkitPathOptions::default());
/// let mut bits = [0u64; 32];
/// paths.bits(parser.parse(b"CCO")?, 2048, &mut bits)?;
/// assert_eq!(bits.iter().map(|word| word.count_ones()).sum::<u32>(), 6);
/// # Ok::<(), soyaku_chem::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct RdkitPath {
    options: RdkitPathOptions,
    path: BondPath,
    subgraphs: Subgraphs,
    sparse: Vec<u32>,
    limit: usize,
}

impl RdkitPath {
    /// A generator with the given options.
    ///
    /// # Panics
    /// If the lengths are not a range within 1 to 15, or a feature has no bits.
    pub fn new(options: RdkitPathOptions) -> Self {
        let RdkitPathOptions { min_path, max_path, bits_per_feature, .. } = options;
        assert!(
            1 <= min_path && min_path <= max_path && max_path as usize <= MAX_LENGTH,
            "paths of {min_path} to {max_path} bonds: expected a range within 1 to {MAX_LENGTH}"
        );
        assert!(bits_per_feature > 0, "a path needs at least one bit");
        Self {
            options,
            path: BondPath::default(),
            subgraphs: Subgraphs::default(),
            sparse: Vec::new(),
            limit: MAX_FEATURES,
        }
    }

    /// The options it was made with.
    pub fn options(&self) -> RdkitPathOptions {
        self.options
    }

    /// Identifiers of all paths and their further bits: those of RDKit's sparse count fingerprint.
    /// An identifier occurs as often as RDKit counts it.
    ///
    /// # Errors
    /// As in [`Fingerprint`].
    pub fn sparse(&mut self, molecule: &Molecule) -> Result<&[u32], Error> {
        let mut sparse = std::mem::take(&mut self.sparse);
        sparse.clear();
        let found = self.features(molecule, |identifier| sparse.push(identifier));
        self.sparse = sparse;
        found.map(|()| &self.sparse[..])
    }
}

impl Fingerprint for RdkitPath {
    fn features(&mut self, molecule: &Molecule, mut each: impl FnMut(u32)) -> Result<(), Error> {
        let options = self.options;
        let lengths = (options.min_path as usize, options.max_path as usize);
        self.path.start(molecule, lengths.1, options.use_bond_order, self.limit)?;
        let allowed = |bond: usize| {
            let bond = &molecule.bonds()[bond];
            // RDKit leaves out paths with a bond that may be any (`~`)
            if bond.order == BondOrder::Unspecified {
                return false;
            }
            let is_hydrogen = |atom: u32| molecule.atoms()[atom as usize].atomic_number == 1;
            options.use_hydrogens || !is_hydrogen(bond.begin) && !is_hydrogen(bond.end)
        };
        let each_path = |identifier| {
            each(identifier);
            if options.bits_per_feature > 1 {
                let mut random = Random::new(identifier);
                for _ in 1..options.bits_per_feature {
                    each(random.draw());
                }
            }
        };
        if options.branched {
            self.subgraphs.each(molecule, lengths, allowed, &mut self.path, each_path)
        } else {
            chains::each(molecule, lengths, allowed, &mut self.path, each_path)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ErrorKind, Parser};

    fn sparse(smiles: &str, options: RdkitPathOptions) -> Vec<u32> {
        let mut parser = Parser::new();
        let mut generator = RdkitPath::new(options);
        let mut sparse = generator.sparse(parser.parse(smiles.as_bytes()).unwrap()).unwrap().to_vec();
        sparse.sort_unstable();
        sparse
    }

    #[test]
    fn identifiers_of_ethanol() {
        // RDKit: GetRDKitFPGenerator().GetSparseCountFingerprint
        let expected = [54413874, 986785516, 1135572127, 1524090560, 4274652475, 4275705116];
        assert_eq!(sparse("CCO", RdkitPathOptions::default()), expected);
    }

    #[test]
    fn sets_and_paths_are_counted_once() {
        let count = |smiles, branched, min_path, max_path| {
            let options = RdkitPathOptions::default();
            let options = RdkitPathOptions { branched, min_path, max_path, bits_per_feature: 1, ..options };
            sparse(smiles, options).len()
        };
        // three bonds, three pairs of them, and all
        assert_eq!(count("CC(C)C", true, 1, 7), 7);
        assert_eq!(count("CC(C)C", false, 1, 7), 6);
        assert_eq!(count("C1CC1", true, 1, 7), 7);
        // a ring is a path only where no longer ones are asked for
        assert_eq!(count("C1CC1", false, 1, 7), 6);
        assert_eq!(count("C1CC1", false, 1, 3), 7);
        // a ring of three with a tail: 4 bonds, 5 pairs, the tail with one bond of the ring and the
        // one across, and the whole
        assert_eq!(count("CC1CC1", false, 1, 4), 4 + 5 + 2 + 1);
        assert_eq!(count("CC1CC1", true, 4, 4), 1);
        assert_eq!(count("C1CCC1", true, 1, 1), 4);
    }

    #[test]
    fn too_many_paths_are_refused() {
        let mut parser = Parser::new();
        for (branched, smiles, most) in [(true, "CC(C)CC", 12), (false, "CC(C)CC", 10), (true, "CCC", 3)] {
            let mut generator = RdkitPath::new(RdkitPathOptions { branched, ..RdkitPathOptions::default() });
            let molecule = parser.parse(smiles.as_bytes()).unwrap();
            generator.limit = most;
            generator.bits(molecule, 64, &mut [0]).unwrap();
            generator.limit = most - 1;
            let error = generator.bits(molecule, 64, &mut [0]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::TooLarge);
            // and the next molecule is not affected
            assert_eq!(generator.sparse(parser.parse(b"CC").unwrap()).unwrap().len(), 2);
        }
    }
}
