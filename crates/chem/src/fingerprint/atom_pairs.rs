//! Atom pair fingerprints, bit for bit as RDKit's `rdFingerprintGenerator.GetAtomPairGenerator`.

use super::atom_codes;
use super::distances::Distances;
use super::features::Fingerprint;
use super::hash::combine;
use crate::{Error, Molecule};

/// Largest distance that a pair's code has room for, and RDKit's default.
const MAX_DISTANCE: u32 = 30;
/// Bits of the distance in a pair's code.
const DISTANCE_BITS: u32 = 5;

/// What an [`AtomPair`] generator takes into account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AtomPairOptions {
    /// Smallest number of bonds between the two atoms.
    pub min_distance: u32,
    /// Largest number of bonds between the two atoms, at most 30.
    pub max_distance: u32,
    /// Tell enantiomers apart by CIP labels (RDKit `includeChirality`).
    pub use_chirality: bool,
}

impl Default for AtomPairOptions {
    fn default() -> Self {
        Self { min_distance: 1, max_distance: MAX_DISTANCE, use_chirality: false }
    }
}

/// Generator of atom pair fingerprints: a feature is two atoms and the number of bonds on the
/// shortest way between them. It keeps its working memory: make one per thread.
///
/// What RDKit's generator gives by default are [`Fingerprint::count_simulation_bits`] of size 2048.
///
/// ```
/// use soyaku_chem::fingerprint::{AtomPair, AtomPairOptions, Fingerprint};
/// use soyaku_chem::Parser;
///
/// let mut parser = Parser::new();
/// let mut pairs = AtomPair::new(AtomPairOptions::default());
/// let mut bits = [0u64; 32];
/// pairs.count_simulation_bits(parser.parse(b"CCO")?, 2048, &mut bits)?;
/// assert_eq!(bits.iter().map(|word| word.count_ones()).sum::<u32>(), 3);
/// # Ok::<(), soyaku_chem::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct AtomPair {
    options: AtomPairOptions,
    distances: Distances,
    codes: Vec<u32>,
    sparse: Vec<u32>,
}

impl AtomPair {
    /// A generator with the given options.
    ///
    /// # Panics
    /// If the smallest distance is above the largest, or the largest above 30.
    pub fn new(options: AtomPairOptions) -> Self {
        let AtomPairOptions { min_distance, max_distance, .. } = options;
        assert!(
            min_distance <= max_distance && max_distance <= MAX_DISTANCE,
            "distances {min_distance} to {max_distance}: expected a range within 0 to {MAX_DISTANCE}"
        );
        Self { options, distances: Distances::default(), codes: Vec::new(), sparse: Vec::new() }
    }

    /// The options it was made with.
    pub fn options(&self) -> AtomPairOptions {
        self.options
    }

    /// Codes of all pairs, not hashed: the identifiers of RDKit's sparse count fingerprint. A code
    /// occurs as often as RDKit counts it.
    ///
    /// # Errors
    /// As in [`Fingerprint`].
    pub fn sparse(&mut self, molecule: &Molecule) -> Result<&[u32], Error> {
        self.assign_codes(molecule);
        self.sparse.clear();
        let (codes, sparse) = (&self.codes, &mut self.sparse);
        let upper = DISTANCE_BITS + atom_codes::width(self.options.use_chirality);
        let range = self.options.min_distance..=self.options.max_distance;
        self.distances.each_pair(molecule, range, |first, second, distance| {
            let (a, b) = (codes[first], codes[second]);
            sparse.push(distance | a.min(b) << DISTANCE_BITS | a.max(b) << upper);
        })?;
        Ok(&self.sparse)
    }

    fn assign_codes(&mut self, molecule: &Molecule) {
        let chirality = self.options.use_chirality;
        let modulus = (1 << atom_codes::width(chirality)) - 1;
        let atoms = 0..molecule.atoms().len();
        self.codes.clear();
        self.codes.extend(atoms.map(|atom| atom_codes::code(molecule, atom, chirality) % modulus));
    }
}

impl Fingerprint for AtomPair {
    fn features(&mut self, molecule: &Molecule, mut each: impl FnMut(u32)) -> Result<(), Error> {
        self.assign_codes(molecule);
        let codes = &self.codes;
        let range = self.options.min_distance..=self.options.max_distance;
        self.distances.each_pair(molecule, range, |first, second, distance| {
            let (a, b) = (codes[first], codes[second]);
            each(combine(combine(combine(0, a.min(b)), distance), a.max(b)));
        })
    }
}
