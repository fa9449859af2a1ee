//! Which fingerprint of a library is compared, where there is nothing to compare it with.

use soyaku_store::{FingerprintKind, LibraryReader};

use crate::Error;

/// Position of the fingerprint of that name, or of the only one.
///
/// # Errors
/// There is none, or not the `wanted` one, or several and none is wanted.
pub(crate) fn choose(library: &LibraryReader, wanted: Option<&str>) -> Result<usize, Error> {
    let kinds = &library.info().kinds;
    let all = || kinds.iter().map(|kind: &FingerprintKind| &*kind.name).collect::<Vec<_>>().join(", ");
    match (kinds.len(), wanted) {
        (0, _) => Err(Error::Unusable {
            path: library.path().display().to_string(),
            reason: "the library holds no fingerprints: build it with --fingerprint".into(),
        }),
        (1, None) => Ok(0),
        (_, None) => Err(Error::Configuration(format!(
            "name the fingerprint with --fingerprint: the library has {}",
            all()
        ))),
        (_, Some(wanted)) => library.kind(wanted).ok_or_else(|| {
            Error::Configuration(format!("the library has no fingerprint '{wanted}': it has {}", all()))
        }),
    }
}
