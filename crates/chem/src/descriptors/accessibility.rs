//! Synthetic accessibility: Ertl, Schuffenhauer, J. Cheminform. 2009, 1, 8, with the changes of RDKit's
//! `Contrib/SA_Score` (one penalty for any number of macrocycles, a reward for symmetry).

use super::Descriptors;
use super::fragment_scores::FragmentScores;
use crate::fingerprint::{Morgan, MorganOptions};
use crate::molecule::Molecule;

/// A ring with more atoms is a macrocycle.
const LARGEST_RING: usize = 8;

/// The buffers.
#[derive(Debug)]
pub(super) struct Accessibility {
    morgan: Morgan,
    fragments: Vec<u32>,
}

impl Accessibility {
    pub fn new() -> Self {
        Self { morgan: Morgan::new(MorganOptions::default()), fragments: Vec::new() }
    }

    /// The score, 1 (easy) to 10, given stereocentres, spiro atoms and bridgeheads.
    pub fn compute(&mut self, molecule: &Molecule, known: &Descriptors) -> f64 {
        let scores = FragmentScores::get();
        self.fragments.clear();
        self.fragments.extend_from_slice(self.morgan.environments(molecule));
        self.fragments.sort_unstable();
        let (mut sum, mut kinds) = (0.0, 0u32);
        for equal in self.fragments.chunk_by(|first, second| first == second) {
            sum += scores.of(equal[0]) * equal.len() as f64;
            kinds += 1;
        }
        let commonness = sum / self.fragments.len().max(1) as f64;

        let atoms = molecule.atoms().len() as f64;
        let penalty = |count: u32| f64::from(count + 1).log10();
        let has_macrocycle =
            (0..molecule.ring_count()).any(|ring| molecule.ring_atoms(ring).len() > LARGEST_RING);
        let complexity = atoms.powf(1.005) - atoms
            + penalty(known.stereo_centers)
            + penalty(known.spiro_atoms)
            + penalty(known.bridgehead_atoms)
            + penalty(u32::from(has_macrocycle));
        let symmetry =
            if atoms > f64::from(kinds) { (atoms / f64::from(kinds.max(1))).ln() * 0.5 } else { 0.0 };
        scale(commonness - complexity + symmetry)
    }
}

/// From the raw score, about -4 to 2.5, to 1 to 10, the upper end flattened.
fn scale(raw: f64) -> f64 {
    const LOWEST: f64 = -4.0;
    const HIGHEST: f64 = 2.5;
    let mut score = 11.0 - (raw - LOWEST + 1.0) / (HIGHEST - LOWEST) * 9.0;
    if score > 8.0 {
        score = 8.0 + (score - 8.0).ln();
    }
    score.clamp(1.0, 10.0)
}
