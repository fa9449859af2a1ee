//! `soyaku cluster`: the compounds of a library in groups of similar ones.
//!
//! Both methods exclude spheres: rows are gone through in some order, and one that no centroid before it is near to
//! becomes a centroid itself. Butina's goes by the number of near rows, and each row belongs to the first centroid that
//! it is near to. That is all there is to it: whether a row becomes a centroid depends on centroids alone, so that
//! neighbours are counted and never listed; only where they are to be counted anew after each cluster does this not do
//! ([`recount`]). The leader method goes by rows, and each row belongs to the most similar centroid.

mod engine;
mod field;
mod recount;
mod sizes;
mod source;
mod spheres;
mod state;
mod table;
#[cfg(test)]
mod tests;
mod work;

use std::cell::Cell;
use std::cmp::Reverse;
use std::fmt;
use std::path::PathBuf;
use std::time::Instant;

use serde::Serialize;
use soyaku_device::{Device, MemorySize};
use soyaku_kernels::tanimoto::{Measure, Threshold};
use soyaku_store::{FingerprintKind, LibraryReader};

use engine::{Engine, Order};
use sizes::Sizes;
use source::InLibrary;
use spheres::Nearness;
use state::{MOST_ROWS, State};

use crate::Error;
use crate::chosen::choose;
use crate::comparing::cpu_instead;
use crate::config::identify_library;
use crate::memory::Budget;
use crate::progress::{Progress, Stop};

/// Bytes that each compound takes whatever the fingerprint: cluster, similarity, count, place in the order.
const BYTES_OF_ROW: u64 = 36;

/// How compounds are grouped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClusterMethod {
    /// Butina (1999): the compound with the most neighbours takes these, then the next.
    Butina,
    /// The same, where only neighbours that are not taken yet count: RDKit's `reordering=True`.
    ButinaRecounted,
    /// Sphere exclusion in the order of rows; compounds go to the most similar leader.
    Leader,
}

impl fmt::Display for ClusterMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Butina => "butina",
            Self::ButinaRecounted => "butina recounted",
            Self::Leader => "leader",
        })
    }
}

/// What to cluster, and how.
#[derive(Clone, Debug)]
pub struct ClusterConfig {
    /// A library (`.h5`) with fingerprints.
    pub library: PathBuf,
    /// Name of the fingerprint; default: the only one.
    pub fingerprint: Option<String>,
    /// How compounds are grouped.
    pub method: ClusterMethod,
    /// Compounds that are at least this similar are near each other.
    pub threshold: Threshold,
    /// How similarity is measured; the centroid is the query.
    pub measure: Measure,
    /// The most memory that may be used.
    pub memory: Option<MemorySize>,
    /// Where to keep what is found, so that a run that was stopped can go on.
    pub work: Option<PathBuf>,
    /// Whether to begin anew where that holds another run.
    pub restart: bool,
    /// Whether the CPU may do what a GPU cannot (`--device auto`).
    pub may_fall_back: bool,
}

/// What a clustering found.
#[derive(Clone, Debug, Serialize)]
pub struct ClusterSummary {
    /// Compounds of the library.
    pub compounds: u64,
    /// How they were grouped.
    pub method: String,
    /// Name of the fingerprint.
    pub fingerprint: String,
    /// What compared.
    pub device: String,
    /// Clusters, those of one compound among them.
    pub clusters: u64,
    /// Clusters of one compound.
    pub singletons: u64,
    /// Compounds of the largest cluster.
    pub largest: u64,
    /// Seconds that it took; where a run before this was stopped, without that.
    pub seconds: f64,
}

/// A library in clusters.
pub struct Clustering {
    library: LibraryReader,
    device: Device,
    state: State,
    sizes: Vec<u32>,
    /// What it came to.
    pub summary: ClusterSummary,
}

impl Clustering {
    /// Hands over the table of all compounds in pieces, in the order of rows: `row, name, smiles, cluster,
    /// cluster_size, is_centroid, similarity`. Clusters are numbered as they were found; the similarity is that to the
    /// centroid, 1 for the centroid itself.
    ///
    /// # Errors
    /// The library is damaged, a stop was requested; and what `take` returns.
    pub fn write<E: From<Error>>(
        &self,
        separator: u8,
        stop: &Stop,
        take: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        table::compounds(self, separator, stop, take)
    }

    /// The same for the centroids alone, in the order of clusters: `cluster, cluster_size, row, name, smiles`.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub fn write_centroids<E: From<Error>>(
        &self,
        separator: u8,
        stop: &Stop,
        take: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        table::centroids(self, separator, stop, take)
    }

    /// To be called when what was handed over is safe: removes the work file.
    ///
    /// # Errors
    /// The file cannot be removed.
    pub fn finish(&mut self) -> Result<(), Error> {
        self.state.remove_work()
    }
}

/// What makes a run the same as another.
#[derive(Serialize)]
struct Identity<'a> {
    soyaku_version: &'static str,
    library: crate::InputIdentity,
    fingerprint: &'a str,
    method: String,
    threshold: String,
    measure: String,
}

/// Puts the compounds of a library into clusters. The result is the same for any device, number of threads and memory,
/// and for a run that was stopped and went on.
///
/// # Errors
/// The library is missing, malformed or has no such fingerprint; memory is not enough; the work file cannot be used; the
/// device fails, a stop was requested.
pub fn cluster(
    config: &ClusterConfig,
    device: &Device,
    progress: &dyn Progress,
    stop: &Stop,
) -> Result<Clustering, Error> {
    let started = Instant::now();
    let library = LibraryReader::open(&config.library)?;
    let kind = choose(&library, config.fingerprint.as_deref())?;
    let FingerprintKind { name, .. } = &library.info().kinds[kind];
    let (fingerprint, words) = (name.clone(), library.info().kinds[kind].words());
    if library.len() > MOST_ROWS {
        return Err(Error::Unusable {
            path: config.library.display().to_string(),
            reason: format!("has {} compounds: at most {MOST_ROWS} can be clustered", library.len()),
        });
    }
    let rows = library.len() as usize;
    let budget = config.memory.map(Budget::new);
    // What is left for work when so many bytes are taken beside what every row takes.
    let room = |device: &Device, bytes: u64| {
        let memory = match &budget {
            None => u64::MAX,
            Some(budget) => {
                let beside = BYTES_OF_ROW * library.len() + bytes;
                budget.check(beside + Sizes::least(words))?;
                budget.left() - beside
            }
        };
        Ok(Sizes::new(memory, words, !device.gpus().is_empty()))
    };
    room(&device.without_gpus(), 0)?;
    let mut state = match &config.work {
        None => State::new(rows),
        Some(path) => {
            let run = serde_json::to_string(&Identity {
                soyaku_version: soyaku_store::VERSION,
                library: identify_library(&config.library)?,
                fingerprint: &fingerprint,
                method: config.method.to_string(),
                threshold: config.threshold.to_string(),
                measure: config.measure.to_string(),
            })
            .map_err(|error| Error::Internal(format!("the description of a run: {error}")))?;
            State::resume(rows, path, &run, config.restart)?
        }
    };
    // Every row is looked at twice: it is counted and decided, or decided and assigned.
    progress.begin(Some(2 * library.len()));
    progress.advance(state.counts().len() as u64 + state.decided() as u64 + state.assigned_to());
    let mut used = device.clone();
    loop {
        let sizes = room(&used, 0)?;
        let source =
            InLibrary { library: &library, kind, device: &used, stop, piece: Cell::new(sizes.piece) };
        let nearness = Nearness { measure: config.measure, threshold: config.threshold };
        let engine = Engine { source: &source, device: &used, nearness, sizes, progress, stop };
        let ended = run(&engine, config.method, &mut state, &|bytes| room(&used, bytes));
        let saved = state.save();
        match ended {
            Ok(()) => break saved?,
            Err(Error::Interrupted { signal }) if config.work.is_some() => {
                saved?;
                return Err(Error::Paused { signal });
            }
            // What is decided stays.
            Err(Error::Device(error)) => used = cpu_instead(&used, error, config.may_fall_back, progress)?,
            Err(error) => return Err(error),
        }
    }
    let clusters = state.sizes();
    let summary = ClusterSummary {
        compounds: library.len(),
        method: config.method.to_string(),
        fingerprint,
        device: used.to_string(),
        clusters: clusters.len() as u64,
        singletons: clusters.iter().filter(|&&size| size == 1).count() as u64,
        largest: clusters.iter().copied().max().unwrap_or(0).into(),
        seconds: started.elapsed().as_secs_f64(),
    };
    Ok(Clustering { library, device: device.clone(), state, sizes: clusters, summary })
}

/// Brings a clustering to its end, from wherever it is. `room` says what is left when so many bytes are taken.
fn run(
    engine: &Engine<'_>,
    method: ClusterMethod,
    state: &mut State,
    room: &dyn Fn(u64) -> Result<Sizes, Error>,
) -> Result<(), Error> {
    match method {
        ClusterMethod::Butina => {
            engine.count(state)?;
            // Whoever is near nobody needs no comparison, unless near is not the same from both sides.
            let least = if engine.nearness.is_symmetric() { 2 } else { 0 };
            let counts = state.counts();
            let takes_part = |row: &u32| counts[*row as usize] >= least;
            let mut order = Vec::with_capacity(counts.iter().filter(|&&count| count >= least).count());
            order.extend((0..counts.len() as u32).filter(takes_part));
            // Of equals the last row comes first, as in RDKit.
            order.sort_unstable_by_key(|&row| Reverse((counts[row as usize], row)));
            engine.exclude(&Order::Listed(order), state)?;
            for row in (0..state.len() as u32).rev() {
                if state.cluster(row).is_none() {
                    state.settle(row, None);
                    engine.progress.advance(1);
                }
            }
        }
        ClusterMethod::ButinaRecounted => {
            engine.count(state)?;
            let sizes = room(recount::bytes(state.counts(), engine.nearness.is_symmetric()))?;
            engine.source.set_piece(sizes.piece);
            recount::cluster(&Engine { sizes, ..*engine }, state)?;
        }
        ClusterMethod::Leader => {
            let spheres = engine.exclude(&Order::Rows(state.len() as u32), state)?;
            engine.assign(spheres, state)?;
        }
    }
    Ok(())
}
