//! Topological torsion fingerprints, bit for bit as RDKit's
//! `rdFingerprintGenerator.GetTopologicalTorsionGenerator`.
//!
//! Nilakantan, Bauman, Dixon and Venkataraghavan, "Topological Torsion: A New Molecular Descriptor
//! for SAR Applications", J. Chem. Inf. Comput. Sci. 27 (1987) 82.

use super::atom_codes;
use super::features::{Fingerprint, MAX_FEATURES, too_many};
use super::hash::combine;
use crate::{Error, Molecule};

/// What a [`TopologicalTorsion`] generator takes into account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TopologicalTorsionOptions {
    /// Tell enantiomers apart by CIP labels (RDKit `includeChirality`).
    pub use_chirality: bool,
}

/// Generator of topological torsion fingerprints: a feature is a chain of four bonded atoms, or a
/// ring of three; hydrogens that are atoms of the graph (`[2H]`) are left out. It keeps its working memory: make one per thread.
///
/// What RDKit's generator gives by default are [`Fingerprint::count_simulation_bits`] of size 2048.
///
/// ```
/// use soyaku_chem::fingerprint::{Fingerprint, TopologicalTorsion, TopologicalTorsionOptions};
/// use soyaku_chem::Parser;
///
/// let mut parser = Parser::new();
/// let mut torsions = TopologicalTorsion::new(TopologicalTorsionOptions::default());
/// let mut bits = [0u64; 32];
/// torsions.count_simulation_bits(parser.parse(b"CCCCO")?, 2048, &mut bits)?;
/// assert_eq!(bits.iter().map(|word| word.count_ones()).sum::<u32>(), 2);
/// # Ok::<(), soyaku_chem::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct TopologicalTorsion {
    options: TopologicalTorsionOptions,
    codes: Vec<u32>,
    sparse: Vec<u64>,
}

impl TopologicalTorsion {
    /// A generator with the given options.
    pub fn new(options: TopologicalTorsionOptions) -> Self {
        Self { options, codes: Vec::new(), sparse: Vec::new() }
    }

    /// The options it was made with.
    pub fn options(&self) -> TopologicalTorsionOptions {
        self.options
    }

    /// Codes of all torsions, not hashed: the identifiers of RDKit's sparse count fingerprint. A
    /// code occurs as often as RDKit counts it.
    ///
    /// # Errors
    /// As in [`Fingerprint`].
    pub fn sparse(&mut self, molecule: &Molecule) -> Result<&[u64], Error> {
        self.assign_codes(molecule);
        self.sparse.clear();
        let sparse = &mut self.sparse;
        let width = atom_codes::width(self.options.use_chirality);
        each_torsion(molecule, &self.codes, |codes| {
            sparse.push(codes.iter().rev().fold(0, |all, &code| all << width | u64::from(code)));
        })?;
        Ok(&self.sparse)
    }

    /// Codes of the atoms as ends of a torsion.
    fn assign_codes(&mut self, molecule: &Molecule) {
        let chirality = self.options.use_chirality;
        // RDKit reduces as if there were no labels, so that they change the code but are not in it
        let modulus = (1 << atom_codes::CODE_BITS) - 1;
        // the bond that a torsion has anyway is not counted; RDKit takes off two and gives back one
        let end = |atom| atom_codes::code(molecule, atom, chirality).wrapping_sub(2) % modulus + 1;
        self.codes.clear();
        self.codes.extend((0..molecule.atoms().len()).map(end));
    }
}

impl Fingerprint for TopologicalTorsion {
    fn features(&mut self, molecule: &Molecule, mut each: impl FnMut(u32)) -> Result<(), Error> {
        self.assign_codes(molecule);
        each_torsion(molecule, &self.codes, |codes| each(codes.into_iter().fold(0, combine)))
    }
}

/// Calls `each` with the codes along every torsion, in the direction in which they are smaller.
fn each_torsion(molecule: &Molecule, ends: &[u32], mut each: impl FnMut([u32; 4])) -> Result<(), Error> {
    let others = |atom: u32| u64::from(molecule.atoms()[atom as usize].degree.saturating_sub(1));
    let most: u64 = molecule.bonds().iter().map(|bond| others(bond.begin) * others(bond.end)).sum();
    if most > MAX_FEATURES as u64 {
        return Err(too_many("number of topological torsions"));
    }
    // every torsion has one bond in the middle
    let is_hydrogen = |atom: u32| molecule.atoms()[atom as usize].atomic_number == 1;
    for bond in molecule.bonds() {
        if is_hydrogen(bond.begin) || is_hydrogen(bond.end) {
            continue;
        }
        // one bond more than an end has
        let (second, third) = (ends[bond.begin as usize] - 1, ends[bond.end as usize] - 1);
        for first_entry in molecule.neighbors(bond.begin as usize) {
            if first_entry.atom == bond.end || is_hydrogen(first_entry.atom) {
                continue;
            }
            let first = ends[first_entry.atom as usize];
            for last_entry in molecule.neighbors(bond.end as usize) {
                let is_ring = first_entry.atom == last_entry.atom;
                if last_entry.atom == bond.begin
                    || is_hydrogen(last_entry.atom)
                    || is_ring && first_entry.atom > bond.begin.min(bond.end)
                {
                    continue; // back again, or a ring that another of its bonds stands for
                }
                let last = ends[last_entry.atom as usize];
                if (first, second) <= (last, third) {
                    each([first, second, third, last]);
                } else {
                    each([last, third, second, first]);
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ErrorKind, Parser};

    fn count(smiles: &str) -> usize {
        let mut parser = Parser::new();
        let mut torsions = TopologicalTorsion::new(TopologicalTorsionOptions::default());
        torsions.sparse(parser.parse(smiles.as_bytes()).unwrap()).unwrap().len()
    }

    #[test]
    fn chains_and_rings_of_three_are_counted_once() {
        assert_eq!(count("CCC"), 0);
        assert_eq!(count("CCCC"), 1);
        assert_eq!(count("CC(C)CC"), 2);
        assert_eq!(count("C1CCC1"), 4);
        assert_eq!(count("C1CC1"), 1);
        assert_eq!(count("[2H]C([2H])CC"), 0);
        // the ring, and from the methyl round it in both directions
        assert_eq!(count("CC1CC1"), 3);
    }

    #[test]
    fn both_directions_have_the_same_code() {
        // RDKit: GetTopologicalTorsionGenerator().GetSparseCountFingerprint
        let mut parser = Parser::new();
        let mut torsions = TopologicalTorsion::new(TopologicalTorsionOptions::default());
        let there = torsions.sparse(parser.parse(b"OCCN").unwrap()).unwrap().to_vec();
        assert_eq!(there, [12_893_306_944]);
        assert_eq!(torsions.sparse(parser.parse(b"NCCO").unwrap()).unwrap(), there);
    }

    #[test]
    fn bonds_between_many_stars_are_refused() {
        let star = "(*)".repeat(200);
        let smiles = format!("*{star}").repeat(500);
        let mut parser = Parser::new();
        let molecule = parser.parse(smiles.as_bytes()).unwrap();
        let mut torsions = TopologicalTorsion::new(TopologicalTorsionOptions::default());
        let error = torsions.bits(molecule, 64, &mut [0]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge);
    }
}
