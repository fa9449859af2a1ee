//! Compounds that are queries themselves.

use std::collections::HashSet;

use soyaku_kernels::tanimoto::Rows;

/// The fingerprints of the queries, to be recognised in the library.
///
/// Found again, a query is as similar to itself as can be and ranks first, which says nothing of how well others are
/// found. Names and SMILES may differ where the compound is the same, so fingerprints are compared; other compounds
/// that have the fingerprint of a query cannot be told from it.
pub(crate) struct KnownFingerprints<'a> {
    known: HashSet<&'a [u64]>,
}

impl<'a> KnownFingerprints<'a> {
    pub fn new(queries: Rows<'a>) -> Self {
        Self { known: queries.bits.chunks_exact(queries.words).collect() }
    }

    pub fn has(&self, fingerprint: &[u64]) -> bool {
        self.known.contains(fingerprint)
    }
}
