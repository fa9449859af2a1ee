//! What the fingerprints that count features have in common: the ways to fold them.

use super::folding::{self, Fold};
use crate::error::Reason;
use crate::{Error, Molecule};

/// Features of one molecule above which it is refused. RDKit needs gigabytes for as many.
pub(super) const MAX_FEATURES: usize = 1 << 24;

/// The refusal of a molecule with more than [`MAX_FEATURES`] of something.
#[cold]
pub(super) fn too_many(what: &'static str) -> Error {
    Reason::TooLarge { what, limit: MAX_FEATURES }.into()
}

/// A fingerprint made of features (pairs of atoms, torsions, paths), each with an identifier that
/// is folded to the size wanted. The kinds differ in what a feature is; see their own pages.
///
/// Errors are of the kind [`ErrorKind::TooLarge`](crate::ErrorKind::TooLarge): a molecule made to
/// have more than 16,777,216 features. `out` then holds nothing of use.
pub trait Fingerprint {
    /// Calls `each` with the identifier of every feature, as often as the feature occurs, in an
    /// order that is unspecified but the same for the same molecule.
    fn features(&mut self, molecule: &Molecule, each: impl FnMut(u32)) -> Result<(), Error>;

    /// Folded bits. Bit `b` of `size` is bit `b % 64` of word `b / 64`; `out` is cleared first.
    ///
    /// # Panics
    /// If `size` is 0 or `out` does not have `size.div_ceil(64)` words.
    fn bits(&mut self, molecule: &Molecule, size: u32, out: &mut [u64]) -> Result<(), Error> {
        folding::check_bits(size, out);
        out.fill(0);
        let fold = Fold::new(size);
        self.features(molecule, |identifier| folding::set(out, fold.of(identifier)))
    }

    /// Number of features that fold to each of `size` buckets; `out` is cleared first.
    ///
    /// # Panics
    /// If `size` is 0 or `out` does not have `size` elements.
    fn counts(&mut self, molecule: &Molecule, size: u32, out: &mut [u32]) -> Result<(), Error> {
        assert!(size > 0, "a fingerprint needs at least one bucket");
        assert_eq!(out.len(), size as usize, "output elements for {size} buckets");
        out.fill(0);
        let fold = Fold::new(size);
        self.features(molecule, |identifier| out[fold.of(identifier) as usize] += 1)
    }

    /// Folded bits with RDKit's count simulation: the features fold to `size / 4` buckets, and
    /// bits `4 b` to `4 b + 3` say whether bucket `b` holds at least 1, 2, 4 and 8 of them. Layout
    /// of `out` as in [`Fingerprint::bits`].
    ///
    /// # Panics
    /// If `size` is below 4 or `out` does not have `size.div_ceil(64)` words.
    fn count_simulation_bits(
        &mut self,
        molecule: &Molecule,
        size: u32,
        out: &mut [u64],
    ) -> Result<(), Error> {
        folding::check_bits(size, out);
        let fold = Fold::new(folding::buckets(size));
        out.fill(0);
        self.features(molecule, |identifier| folding::count_to_eight(out, fold.of(identifier)))?;
        out.iter_mut().for_each(|word| *word = folding::thermometer(*word));
        Ok(())
    }
}
