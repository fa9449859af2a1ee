//! A library and queries that have a fingerprint in common.

use std::path::Path;

use soyaku_device::Device;
use soyaku_store::{InputOptions, LibraryReader};

use super::kind::{self, Offer};
use super::queries::Queries;
use crate::Error;
use crate::progress::{Progress, Stop};

/// Unusable queries that are told one by one.
const SHOWN: usize = 10;

/// What is compared with what.
pub(crate) struct Opened {
    pub library: LibraryReader,
    /// Position of the fingerprint in the library.
    pub kind: usize,
    /// Its name.
    pub fingerprint: String,
    pub queries: Queries,
}

impl Opened {
    /// Opens the library, reads all queries, and tells of those that are left out.
    ///
    /// # Errors
    /// A file is missing or malformed, no query is usable, library and queries have no fingerprint in common or the
    /// `wanted` one is not among them, or a stop was requested.
    pub fn open(
        (library, query): (&Path, &Path),
        options: &InputOptions,
        wanted: Option<&str>,
        device: &Device,
        progress: &dyn Progress,
        stop: &Stop,
    ) -> Result<Self, Error> {
        let library = LibraryReader::open(library)?;
        let offer = Offer::open(query, options)?;
        let kind = kind::choose(&library, &offer, wanted, query)?;
        let fingerprint = library.info().kinds[kind].name.clone();
        if let Some(assumed) = offer.assumed() {
            progress.warn(&format!("{}: {assumed}; they are taken for {fingerprint}", query.display()));
        }
        let queries = Queries::read(offer, &library.info().kinds[kind], query, device, stop)?;
        for unusable in queries.unusable.iter().take(SHOWN) {
            let super::UnusableQuery { row, line, reason } = unusable;
            progress.warn(&format!("query in row {row} (line {line}) left out: {reason}"));
        }
        if queries.unusable.len() > SHOWN {
            progress.warn(&format!("{} more queries left out", queries.unusable.len() - SHOWN));
        }
        Ok(Self { library, kind, fingerprint, queries })
    }
}
