//! `soyaku similar`: the compounds of a library that are most similar to some queries.

mod kind;
mod queries;
mod table;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Instant;

use crossbeam_channel::bounded;
use serde::Serialize;
use soyaku_device::Device;
use soyaku_kernels::tanimoto::{Hit, Rows, Search, Selection};
use soyaku_store::{InputOptions, LibraryReader};

pub use queries::UnusableQuery;

use crate::Error;
use crate::comparing::cpu_instead;
use crate::progress::{Progress, Stop};
use kind::Offer;
use queries::Queries;

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
    let library = LibraryReader::open(&config.library).map_err(Error::from)?;
    let offer = Offer::open(&config.query, &config.options)?;
    let kind = kind::choose(&library, &offer, config.fingerprint.as_deref(), &config.query)?;
    let name = library.info().kinds[kind].name.clone();
    if let Some(assumed) = offer.assumed() {
        progress.warn(&format!("{}: {assumed}; they are taken for {name}", config.query.display()));
    }
    let queries = Queries::read(offer, &library.info().kinds[kind], config, device, stop)?;
    for query in queries.unusable.iter().take(SHOWN) {
        progress
            .warn(&format!("query in row {} (line {}) left out: {}", query.row, query.line, query.reason));
    }
    if queries.unusable.len() > SHOWN {
        progress.warn(&format!("{} more queries left out", queries.unusable.len() - SHOWN));
    }

    let searching = Instant::now();
    progress.begin(Some(library.len()));
    let mut used = device.clone();
    let hits = match search(&library, kind, &queries, config, &used, progress, stop) {
        Err(Error::Device(error)) => {
            used = cpu_instead(device, error, config.may_fall_back, progress)?;
            progress.begin(Some(library.len()));
            search(&library, kind, &queries, config, &used, progress, stop)?
        }
        searched => searched?,
    };
    let search_seconds = searching.elapsed().as_secs_f64();
    progress.finishing("writing hits");
    let written = table::write(&library, &queries, &hits, config.separator, device, stop, take)?;
    Ok(SimilarSummary {
        compounds: library.len(),
        queries: queries.len() as u64,
        unusable: queries.unusable,
        fingerprint: name,
        device: used.to_string(),
        hits: written,
        seconds: started.elapsed().as_secs_f64(),
        search_seconds,
    })
}

/// Unusable queries that are told one by one.
const SHOWN: usize = 10;
/// Tiles that wait between the reader and the search.
const AHEAD: usize = 1;

/// Consecutive fingerprints of the library.
#[derive(Default)]
struct Tile {
    first_row: u64,
    bits: Vec<u64>,
    popcounts: Vec<u16>,
}

/// The hits of each query. The library is read on a thread of its own, one tile ahead.
fn search(
    library: &LibraryReader,
    kind: usize,
    queries: &Queries,
    config: &SimilarConfig,
    device: &Device,
    progress: &dyn Progress,
    stop: &Stop,
) -> Result<Vec<Vec<Hit>>, Error> {
    let words = queries.words();
    let mut search = Search::new(device, queries.rows(), config.selection)?;
    let (send, receive) = bounded::<Result<Tile, Error>>(AHEAD);
    let (give_back, free) = bounded::<Tile>(AHEAD + 2);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let mut row = 0;
            while row < library.len() {
                let end = library.len().min(row.saturating_add(config.batch_size.max(1) as u64));
                let mut tile = free.try_recv().unwrap_or_default();
                tile.first_row = row;
                let Tile { bits, popcounts, .. } = &mut tile;
                let read = device.install(|| library.read_fingerprints(kind, row..end, bits, popcounts));
                let read = read.map_err(Error::from);
                let failed = read.is_err();
                // The search is gone when it met an error of its own.
                if send.send(read.map(|()| tile)).is_err() || failed {
                    return;
                }
                row = end;
            }
        });
        // Taken by value, so that the reader ends when this does.
        for tile in receive {
            let tile = tile?;
            search.scan(tile.first_row, Rows { bits: &tile.bits, popcounts: &tile.popcounts, words })?;
            progress.advance(tile.popcounts.len() as u64);
            stop.check()?;
            let _ = give_back.try_send(tile);
        }
        Ok::<(), Error>(())
    })?;
    Ok(search.finish())
}
