//! `soyaku similar --all-pairs` and `--knn`: which compounds of a library are similar to which.

mod chunk;
mod coding;
mod graph;
mod mirror;
mod output;
mod room;
mod rows;
#[cfg(test)]
mod tests;

use std::num::NonZeroU64;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Instant;

use crossbeam_channel::bounded;
use serde::Serialize;
use sha2::{Digest, Sha256};
use soyaku_device::{Device, MemorySize};
use soyaku_kernels::tanimoto::{Measure, Selection, Threshold};
use soyaku_store::{LibraryReader, NeighborsInfo, NeighborsReader, PartFolder, WhichNeighbors};

use chunk::{Chunks, FoundRows};
use output::Output;
use room::Room;

use crate::chosen::choose;
use crate::comparing::cpu_instead;
use crate::config::identify_library;
use crate::memory::Budget;
use crate::progress::{Progress, Stop};
use crate::tiles::Tiles;
use crate::{Error, InputIdentity};

/// Which compounds are neighbours of a compound. It is none of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Neighbors {
    /// All that are at least this similar; all others at [`Threshold::ZERO`].
    AtLeast(Threshold),
    /// The most similar ones, so many, where there are that many with a similarity above 0.
    Nearest(NonZeroU64),
}

/// Which graph to make.
#[derive(Clone, Debug)]
pub struct PairsConfig {
    /// A library (`.h5`) with fingerprints.
    pub library: PathBuf,
    /// The graph to write, beside which `<output>.parts` keeps what is done.
    pub output: PathBuf,
    /// Name of the fingerprint; default: the only one.
    pub fingerprint: Option<String>,
    /// How similarity is measured; a row's compound is the query.
    pub measure: Measure,
    /// Which pairs are wanted.
    pub neighbors: Neighbors,
    /// What the process may take.
    pub memory: MemorySize,
    /// Remove what another run left beside the output.
    pub restart: bool,
    /// Whether the CPU may do what a GPU cannot (`--device auto`).
    pub may_fall_back: bool,
}

/// What was made.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PairsSummary {
    /// Compounds of the library.
    pub compounds: u64,
    /// Neighbours of all compounds.
    pub neighbors: u64,
    /// Name of the fingerprint.
    pub fingerprint: String,
    /// What compared.
    pub device: String,
    /// Rows that an earlier start had done.
    pub resumed: u64,
    /// How often the library was read.
    pub passes: u64,
    /// Whether the graph was there already.
    pub already_done: bool,
    /// Seconds from first to last.
    pub seconds: f64,
    /// Seconds of these that reading the library and comparing took.
    pub search_seconds: f64,
}

/// What decides the graph; written into it, and compared when a run is continued.
#[derive(Serialize)]
struct Resolved {
    soyaku_version: &'static str,
    library: InputIdentity,
    fingerprint: String,
    measure: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    threshold: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    k: Option<u64>,
}

/// Finds the neighbours of every compound and writes them as a sparse matrix (`neighbors/1`): of [`Neighbors::AtLeast`]
/// each row by ascending row, of [`Neighbors::Nearest`] the most similar first, of equals the lowest row. The bytes of
/// the file are the same for any device, number of threads, memory, and wherever a run was interrupted.
///
/// Some rows at a time are compared with the whole library, as many as the memory allows; what is found for them is a
/// part, which is kept. A library that does not fit is read again for each part.
///
/// # Errors
/// A file is missing, malformed or cannot be written; the memory is not enough, the device fails; or a stop was
/// requested, after finished parts were saved.
pub fn neighbors(
    config: &PairsConfig,
    device: &Device,
    progress: &dyn Progress,
    stop: &Stop,
) -> Result<PairsSummary, Error> {
    let started = Instant::now();
    let library = LibraryReader::open(&config.library)?;
    let kind = choose(&library, config.fingerprint.as_deref())?;
    let resolved = resolve(config, &library, kind)?;
    let text = serde_json::to_string(&resolved).map_err(|error| Error::Internal(error.to_string()))?;
    let info = info(config, &library, &resolved, &text);
    let mut summary = PairsSummary {
        compounds: library.len(),
        fingerprint: info.fingerprint.clone(),
        device: device.to_string(),
        ..PairsSummary::default()
    };
    if let Some(neighbors) = made_before(config, &info) {
        // Killed between the last rename and the removal of parts, which are of no use any more.
        if PartFolder::beside(&config.output).exists() {
            PartFolder::open_or_create(&config.output, &text, config.restart)?.remove()?;
        }
        return Ok(PairsSummary { neighbors, already_done: true, ..summary });
    }
    let parts = PartFolder::open_or_create(&config.output, &text, config.restart)?;
    summary.resumed = parts.completed_rows();
    progress.begin(Some(library.len()));
    progress.advance(summary.resumed);
    let budget = Budget::new(config.memory);
    let searching = Instant::now();
    let mut output = Output::new(config, &info, device, parts);
    let mut used = device.clone();
    let searched = loop {
        let passes = search(config, (&library, kind), &used, budget, &mut output, (progress, stop));
        match passes {
            Err(Error::Device(error)) => match cpu_instead(&used, error, config.may_fall_back, progress) {
                Ok(device) => used = device,
                Err(error) => break Err(error),
            },
            passes => break passes,
        }
    };
    summary.device = used.to_string();
    summary.search_seconds = searching.elapsed().as_secs_f64();
    let provenance = serde_json::to_value(&resolved).map_err(|error| Error::Internal(error.to_string()))?;
    let written = searched.and_then(|passes| {
        summary.passes = passes;
        progress.finishing("writing the graph");
        output.finish(&provenance, stop)
    });
    match written {
        Ok(neighbors) => summary.neighbors = neighbors,
        Err(error) => {
            output.abandon();
            let kept = output.keep();
            let row = output.parts.completed_rows();
            if output.parts.is_empty() {
                // Nothing is kept; what went wrong is told, not that a folder could not be removed.
                let _ = output.parts.remove();
            }
            return Err(match error {
                Error::Interrupted { signal } => {
                    kept.map_or_else(|error| error, |()| Error::Stopped { signal, row })
                }
                other => other,
            });
        }
    }
    output.parts.remove()?;
    summary.seconds = started.elapsed().as_secs_f64();
    Ok(summary)
}

/// Finds and writes the rows that are missing; returns how often all rows were looked at.
fn search(
    config: &PairsConfig,
    (library, kind): (&LibraryReader, usize),
    device: &Device,
    budget: Budget,
    output: &mut Output<'_>,
    observers: (&dyn Progress, &Stop),
) -> Result<u64, Error> {
    let mut row = output.rows();
    if row >= library.len() {
        return Ok(0);
    }
    let selection = match config.neighbors {
        Neighbors::AtLeast(threshold) => Selection::AtLeast(threshold),
        // One more: a compound finds itself.
        Neighbors::Nearest(k) => {
            let most = k.get().min(library.len()).saturating_add(1);
            Selection::Top(usize::try_from(most).unwrap_or(usize::MAX))
        }
    };
    let room = Room::new(library, kind, device, selection, budget)?;
    let tiles = Tiles::new(library, kind, device, room.tiles);
    let mut chunks = Chunks::new(tiles, device, config.measure, selection, room, budget).mirrored(row);
    let mut is_warned = false;
    let mut write = |found: FoundRows| {
        output.take(found, room.waiting, observers.1)?;
        is_warned = is_warned || warn_of_space(config, library, output, observers.0);
        Ok(())
    };
    if room.waiting.is_none() {
        while row < library.len() {
            let found = chunks.next(row, observers)?;
            row += found.len() as u64;
            write(found)?;
        }
        return Ok(chunks.passes());
    }
    // What was found is written while the next is found.
    thread::scope(|scope| {
        let (send, receive) = bounded::<FoundRows>(0);
        let writer = scope.spawn(move || receive.into_iter().try_for_each(write));
        let mut find = || {
            while row < library.len() {
                let found = chunks.next(row, observers)?;
                row += found.len() as u64;
                // The writer tells what it met.
                if send.send(found).is_err() {
                    break;
                }
            }
            Ok(chunks.passes())
        };
        let found = find();
        drop(send);
        let written = writer.join().unwrap_or_else(|panic| resume_unwind(panic));
        found.and_then(|passes| written.map(|()| passes))
    })
}

/// Tells once that the disk will not hold the rest, which is about as large as what is there lets expect, and the graph.
fn warn_of_space(
    config: &PairsConfig,
    library: &LibraryReader,
    output: &Output<'_>,
    progress: &dyn Progress,
) -> bool {
    let Some(free) = free_space(&config.output) else { return true };
    let (found, written) = output.bytes();
    let whole = found as f64 / output.rows() as f64 * library.len() as f64;
    let missing = 2.0 * whole - written as f64;
    if missing <= free as f64 {
        return false;
    }
    let [missing, free] = [missing as u64, free].map(MemorySize::from_bytes);
    progress.warn(&format!(
        "about {missing} more will be written beside {}, and {free} are free; a higher threshold needs less",
        config.output.display()
    ));
    true
}

/// Bytes that may still be written beside the output.
fn free_space(output: &Path) -> Option<u64> {
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let status = rustix::fs::statvfs(folder).ok()?;
    status.f_bavail.checked_mul(status.f_frsize)
}

fn resolve(config: &PairsConfig, library: &LibraryReader, kind: usize) -> Result<Resolved, Error> {
    let (threshold, k) = match config.neighbors {
        Neighbors::AtLeast(threshold) => (Some(threshold.to_string()), None),
        Neighbors::Nearest(k) => (None, Some(k.get())),
    };
    Ok(Resolved {
        soyaku_version: soyaku_store::VERSION,
        library: identify_library(&config.library)?,
        fingerprint: library.info().kinds[kind].name.clone(),
        measure: config.measure.to_string(),
        threshold,
        k,
    })
}

fn info(config: &PairsConfig, library: &LibraryReader, resolved: &Resolved, text: &str) -> NeighborsInfo {
    let digest = Sha256::digest(text.as_bytes());
    NeighborsInfo {
        rows: library.len(),
        which: match config.neighbors {
            Neighbors::AtLeast(threshold) => WhichNeighbors::AtLeast(threshold.to_string()),
            Neighbors::Nearest(k) => WhichNeighbors::Nearest(k.get()),
        },
        measure: resolved.measure.clone(),
        fingerprint: resolved.fingerprint.clone(),
        run_digest: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

/// How many neighbours the output has, where it is this very graph.
fn made_before(config: &PairsConfig, info: &NeighborsInfo) -> Option<u64> {
    if config.restart || !config.output.is_file() {
        return None;
    }
    // Anything else there is replaced when the graph is complete.
    let graph = NeighborsReader::open(&config.output).ok()?;
    (graph.info() == info).then(|| graph.neighbors())
}
