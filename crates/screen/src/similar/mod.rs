//! `soyaku similar`: the compounds of a library that are most similar to some queries.

mod kind;
mod opened;
mod queries;
mod stream;
mod table;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Instant;

use serde::Serialize;
use soyaku_device::Device;
use soyaku_kernels::tanimoto::{Hit, Measure, Search, Selection};
use soyaku_store::InputOptions;

pub(crate) use opened::Opened;
pub(crate) use queries::Queries;
pub use queries::UnusableQuery;
pub(crate) use stream::{each_tile, each_tile_of};
pub(crate) use table::Texts;

use crate::Error;
use crate::comparing::cpu_instead;
use crate::progress::{Progress, Stop};

/// What to search, and for what.
#[derive(Clone, Debug)]
pub struct SimilarConfig {
    /// A library (`.h5`) with fingerprints.
    pub library: PathBuf,
    /// The queries: structures as for a library, an FPS file, or another library.
    pub query: PathBuf,
    /// How structures are read.
    pub options: InputOptions,
    /// Name of the fingerprint; default: the only one that library and queries can have in common.
    pub fingerprint: Option<String>,
    /// Which compounds are wanted for each query.
    pub selection: Selection,
    /// How similarity is measured.
    pub measure: Measure,
    /// Compounds compared together.
    pub batch_size: usize,
    /// What separates the columns of the table.
    pub separator: u8,
    /// Whether the CPU may do what a GPU cannot (`--device auto`).
    pub may_fall_back: bool,
}

/// What a search did.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SimilarSummary {
    /// Compounds of the library.
    pub compounds: u64,
    /// Queries that were searched for.
    pub queries: u64,
    /// Queries that could not be used.
    pub unusable: Vec<UnusableQuery>,
    /// Name of the fingerprint.
    pub fingerprint: String,
    /// What compared.
    pub device: String,
    /// Rows of the table.
    pub hits: u64,
    /// Seconds from first to last.
    pub seconds: f64,
    /// Seconds of these that reading the library and comparing took.
    pub search_seconds: f64,
}

/// Searches, then hands the table to `take` in pieces: `query, query_name, rank, row, name, smiles, similarity`, the
/// queries in their order, the hits of each from the most similar one on, of equals the lowest row first. The table
/// is the same for any device, number of threads and batch size. Memory is needed for the queries, the hits and two
/// batches, however large the library is.
///
/// # Errors
/// A file is missing or malformed, no query is usable, library and queries have no fingerprint in common, the device
/// fails, a stop was requested; and what `take` returns. Nothing is handed over before the search is complete.
pub fn similar<E: From<Error>>(
    config: &SimilarConfig,
    device: &Device,
    progress: &dyn Progress,
    stop: &Stop,
    take: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<SimilarSummary, E> {
    let started = Instant::now();
    let Opened { library, kind, fingerprint, queries } = Opened::open(
        (&config.library, &config.query),
        &config.options,
        config.fingerprint.as_deref(),
        device,
        progress,
        stop,
    )?;
    let find = |device: &Device| -> Result<Vec<Vec<Hit>>, Error> {
        let mut search = Search::with_measure(device, queries.rows(), config.measure, config.selection)?;
        progress.begin(Some(library.len()));
        each_tile(&library, kind, config.batch_size, device, progress, stop, |first_row, rows| {
            Ok(search.scan(first_row, rows)?)
        })?;
        Ok(search.finish())
    };
    let searching = Instant::now();
    let mut used = device.clone();
    let hits = match find(&used) {
        Err(Error::Device(error)) => {
            used = cpu_instead(device, error, config.may_fall_back, progress)?;
            find(&used)?
        }
        found => found?,
    };
    let search_seconds = searching.elapsed().as_secs_f64();
    progress.finishing("writing hits");
    let written =
        table::write(&library, (&queries, config.measure), &hits, config.separator, device, stop, take)?;
    Ok(SimilarSummary {
        compounds: library.len(),
        queries: queries.len() as u64,
        unusable: queries.unusable,
        fingerprint,
        device: used.to_string(),
        hits: written,
        seconds: started.elapsed().as_secs_f64(),
        search_seconds,
    })
}
