//! The 166 public MACCS keys, as RDKit's `rdMolDescriptors.GetMACCSKeysFingerprint`.
//!
//! Durant, Leland, Henry and Nourse, "Reoptimization of MDL Keys for Use in Drug Discovery", J. Chem.
//! Inf. Comput. Sci. 42 (2002) 1273. The definitions are SMARTS (`key_table`); what they ask for is
//! looked up directly here, and compared with a search for the SMARTS in the tests.

mod atoms;
mod chains;
mod groups;
mod key_table;
mod keys;
mod rings;

use atoms::Site;
use keys::{Keys, WORDS};
use rings::Rings;

pub use keys::MACCS_BITS;

use super::folding;
use crate::{Error, Molecule};

/// Generator of MACCS keys. It keeps its working memory: make one per thread.
///
/// ```
/// use soyaku_chem::fingerprint::{MACCS_BITS, MaccsKeys};
/// use soyaku_chem::Parser;
///
/// let mut parser = Parser::new();
/// let mut bits = [0u64; MACCS_BITS.div_ceil(64) as usize];
/// MaccsKeys::new().bits(parser.parse(b"CCO")?, &mut bits)?;
/// let keys: Vec<u32> = (0..MACCS_BITS).filter(|key| bits[*key as usize / 64] >> (key % 64) & 1 == 1).collect();
/// assert_eq!(keys, [82, 109, 114, 139, 153, 155, 157, 160, 164]);
/// # Ok::<(), soyaku_chem::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct MaccsKeys {
    sites: Vec<Site>,
    rings: Rings,
    stack: Vec<u32>,
    is_reached: Vec<bool>,
}

impl MaccsKeys {
    /// A generator.
    pub fn new() -> Self {
        Self::default()
    }

    /// SMARTS of a key, 1 to 166, and how many matches are too few (a key is set if there are more of
    /// them, each with other atoms). Nothing for keys that are no patterns: 1 is never set, 125 stands
    /// for two aromatic rings, 166 for two components.
    pub fn definition(key: u32) -> Option<(&'static str, usize)> {
        let found = key_table::DEFINITIONS.iter().find(|definition| definition.0 == key);
        found.map(|&(_, smarts, too_few)| (smarts, too_few))
    }

    /// The keys: key `k` is bit `k % 64` of word `k / 64`; bit 0 is never set. `out` is cleared first.
    ///
    /// # Errors
    /// Of the kind [`ErrorKind::TooLarge`](crate::ErrorKind::TooLarge): a molecule made to have more
    /// than 16,777,216 chains. `out` then holds nothing of use.
    ///
    /// # Panics
    /// If `out` does not have three words.
    pub fn bits(&mut self, molecule: &Molecule, out: &mut [u64]) -> Result<(), Error> {
        folding::check_bits(MACCS_BITS, out);
        out.fill(0);
        let mut keys = Keys::default();
        atoms::describe(molecule, &mut self.sites);
        atoms::keys(molecule, &mut keys);
        groups::center_keys(molecule, &self.sites, &mut keys);
        groups::bond_keys(molecule, &self.sites, &mut keys);
        chains::keys(molecule, &self.sites, &mut keys)?;
        self.rings.keys(molecule, &self.sites, &mut keys)?;
        keys.set(125, has_two_aromatic_rings(molecule));
        keys.set(166, self.has_components(molecule));
        out[..WORDS].copy_from_slice(&keys.0);
        Ok(())
    }

    /// Some atom cannot be reached from the first.
    fn has_components(&mut self, molecule: &Molecule) -> bool {
        let atoms = molecule.atoms().len();
        if atoms == 0 || molecule.bonds().len() + 1 < atoms {
            return atoms > 0;
        }
        self.is_reached.clear();
        self.is_reached.resize(atoms, false);
        self.is_reached[0] = true;
        self.stack.clear();
        self.stack.push(0);
        let mut reached = 1;
        while let Some(atom) = self.stack.pop() {
            for entry in molecule.neighbors(atom as usize) {
                let is_reached = &mut self.is_reached[entry.atom as usize];
                if !*is_reached {
                    *is_reached = true;
                    reached += 1;
                    self.stack.push(entry.atom);
                }
            }
        }
        reached < atoms
    }
}

/// Two rings with aromatic bonds only.
fn has_two_aromatic_rings(molecule: &Molecule) -> bool {
    let is_aromatic = |&ring: &usize| {
        molecule.ring_bonds(ring).iter().all(|&bond| molecule.bonds()[bond as usize].is_aromatic)
    };
    (0..molecule.ring_count()).filter(is_aromatic).nth(1).is_some()
}

#[cfg(test)]
mod tests;
