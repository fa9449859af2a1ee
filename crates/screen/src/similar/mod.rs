//! `soyaku similar`: the compounds of a library that are most similar to some queries.

mod kind;
mod opened;
mod prepared;
mod queries;
mod stream;
mod table;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Instant;

use serde::Serialize;
use soyaku_device::{Device, Stage};
use soyaku_kernels::tanimoto::{Hit, Measure, Search, Selection};
use soyaku_store::InputOptions;

pub(crate) use opened::Opened;
pub use prepared::PreparedSearch;
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
    /// What was done when, apart from the start of the device.
    #[serde(skip)]
    pub stages: Vec<Stage>,
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
    PreparedSearch::new(config, device, stop).search(config, device, progress, stop, take)
}

/// The search itself.
fn search<E: From<Error>>(
    config: &SimilarConfig,
    (opened, mut stages): (Opened, Vec<Stage>),
    device: &Device,
    progress: &dyn Progress,
    stop: &Stop,
    take: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<SimilarSummary, E> {
    let Opened { library, kind, fingerprint, queries } = opened;
    let mut find = |device: &Device| -> Result<Vec<Vec<Hit>>, Error> {
        let beginning = Instant::now();
        let mut search = Search::with_measure(device, queries.rows(), config.measure, config.selection)?;
        stages.push(Stage::since(beginning, "queries put on the device"));
        progress.begin(Some(library.len()));
        let reading = Instant::now();
        let mut is_first = true;
        each_tile(&library, kind, config.batch_size, device, progress, stop, |first_row, rows| {
            if !std::mem::take(&mut is_first) {
                return Ok(search.scan(first_row, rows)?);
            }
            stages.push(Stage::since(reading, "first compounds read"));
            let comparing = Instant::now();
            search.scan(first_row, rows)?;
            stages.push(Stage::since(comparing, "first compounds compared"));
            Ok(())
        })?;
        stages.push(Stage::since(reading, "all compounds read and compared"));
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
    let writing = Instant::now();
    let written =
        table::write(&library, (&queries, config.measure), &hits, config.separator, device, stop, take)?;
    stages.push(Stage::since(writing, "hits written"));
    Ok(SimilarSummary {
        compounds: library.len(),
        queries: queries.len() as u64,
        unusable: queries.unusable,
        fingerprint,
        device: used.to_string(),
        hits: written,
        // The one who prepared counts from its own beginning.
        seconds: 0.0,
        search_seconds,
        stages,
    })
}
