//! `soyaku pick`: a diverse subset of a library.

mod ceiling;
mod draw;
mod plan;
mod pool;
mod table;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Instant;

use serde::Serialize;
use soyaku_device::{Device, MemorySize};
use soyaku_kernels::tanimoto::{Measure, Threshold};
use soyaku_store::{InputOptions, LibraryReader};

use crate::chosen::choose;
use crate::memory::Budget;
use crate::progress::{Progress, Stop};
use crate::similar::{Opened, Queries};
use crate::{Error, UnusableQuery};

use plan::Shape;
use pool::{Pool, Source};

/// What to pick from, and how much.
#[derive(Clone, Debug)]
pub struct PickConfig {
    /// A library (`.h5`) with fingerprints.
    pub library: PathBuf,
    /// Compounds that count as picked before: structures as for a library, an FPS file, or another library.
    pub start: Option<PathBuf>,
    /// How structures are read.
    pub options: InputOptions,
    /// Name of the fingerprint; default: the only one of the library, or that it can have in common with the start.
    pub fingerprint: Option<String>,
    /// How similarity is measured; of [`Measure::Tversky`], picks are the queries.
    pub measure: Measure,
    /// Picks that are wanted.
    pub count: u64,
    /// Draws the first pick, where there is no start.
    pub seed: u32,
    /// No pick is at least this similar to one before.
    pub threshold: Option<Threshold>,
    /// The most memory that may be used.
    pub memory: Option<MemorySize>,
    /// What separates the columns of the table.
    pub separator: u8,
}

/// What was picked.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PickSummary {
    /// Compounds of the library.
    pub compounds: u64,
    /// Compounds that counted as picked before.
    pub start: u64,
    /// Start compounds that could not be used.
    pub unusable: Vec<UnusableQuery>,
    /// Name of the fingerprint.
    pub fingerprint: String,
    /// The measure of similarity.
    pub measure: String,
    /// The seed, where it drew the first pick.
    pub seed: Option<u32>,
    /// Picks, which are the rows of the table.
    pub picks: u64,
    /// The largest similarity of the last pick to one before.
    pub max_similarity: Option<f64>,
    /// How often the library was read.
    pub passes: u32,
    /// Seconds from first to last.
    pub seconds: f64,
    /// Seconds of these that reading the library and comparing took.
    pub pick_seconds: f64,
}

/// A pick.
struct Picked {
    row: u64,
    /// The largest similarity to an earlier one; none where there is none.
    similarity: Option<f64>,
}

/// Picks by MaxMin (Ashton et al., Quant. Struct.-Act. Relat. 21, 598-604, 2002): the first one is drawn, unless there
/// are start compounds; each further one is the compound whose largest similarity to those before is the smallest, of
/// equals the lowest row. These are the picks of RDKit's `MaxMinPicker` for the same seed. The table, `pick, row, name,
/// smiles, max_similarity`, is handed to `take` in pieces; it is the same for any number of threads and any memory.
/// Comparisons run on the CPU.
///
/// # Errors
/// A file is missing or malformed, the library is empty, no start compound is usable, library and start have no
/// fingerprint in common, memory is not enough, a stop was requested; and what `take` returns. Nothing is handed over
/// before all picks are made.
pub fn pick<E: From<Error>>(
    config: &PickConfig,
    device: &Device,
    progress: &dyn Progress,
    stop: &Stop,
    take: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<PickSummary, E> {
    let started = Instant::now();
    let device = &device.without_gpus();
    let (library, kind, start) = open(config, device, progress, stop)?;
    let (rows, info) = (library.len(), library.info());
    if rows == 0 {
        let reason = "holds no compound to pick".to_owned();
        return Err(Error::Unusable { path: config.library.display().to_string(), reason }.into());
    }
    let known = start.as_ref().map(Queries::rows);
    let known_count = known.map_or(0, |known| known.len() as u64);
    let shape = Shape {
        rows,
        words: info.kinds[kind].words() as u64,
        threads: device.threads() as u64,
        picks: config.count.saturating_add(known_count),
    };
    let plan = shape.plan(config.memory.map(Budget::new).as_ref())?;
    let source = Source {
        library: &library,
        kind,
        device: device.clone(),
        measure: config.measure,
        plan,
        progress,
        stop,
    };
    let mut pool = Pool::new(source, known);
    let picking = Instant::now();
    let picks = make(config, &mut pool, rows, known.is_none(), progress)?;
    let pick_seconds = picking.elapsed().as_secs_f64();
    let passes = pool.passes;
    drop(pool);
    progress.finishing("writing picks");
    table::write(&library, &picks, config.separator, device, stop, take)?;
    Ok(PickSummary {
        compounds: rows,
        start: known_count,
        fingerprint: info.kinds[kind].name.clone(),
        measure: config.measure.to_string(),
        seed: known.is_none().then_some(config.seed),
        picks: picks.len() as u64,
        max_similarity: picks.last().and_then(|pick| pick.similarity),
        passes,
        seconds: started.elapsed().as_secs_f64(),
        pick_seconds,
        unusable: start.map_or_else(Vec::new, |start| start.unusable),
    })
}

/// The library, which fingerprint of it is compared, and the start compounds.
fn open(
    config: &PickConfig,
    device: &Device,
    progress: &dyn Progress,
    stop: &Stop,
) -> Result<(LibraryReader, usize, Option<Queries>), Error> {
    let wanted = config.fingerprint.as_deref();
    match &config.start {
        Some(start) => {
            let paths = (config.library.as_path(), start.as_path());
            let Opened { library, kind, queries, .. } =
                Opened::open(paths, &config.options, wanted, device, progress, stop)?;
            Ok((library, kind, Some(queries)))
        }
        None => {
            let library = LibraryReader::open(&config.library)?;
            let kind = choose(&library, wanted)?;
            Ok((library, kind, None))
        }
    }
}

fn make(
    config: &PickConfig,
    pool: &mut Pool<'_>,
    rows: u64,
    draws: bool,
    progress: &dyn Progress,
) -> Result<Vec<Picked>, Error> {
    let mut picks = Vec::new();
    if draws && config.count > 0 {
        let row = draw::first_row(config.seed, rows);
        pool.begin_with(row)?;
        picks.push(Picked { row, similarity: None });
    }
    let mut passes = 0;
    while (picks.len() as u64) < config.count {
        let Some(farthest) = pool.farthest()? else { break };
        let reaches = |threshold| farthest.closest.reaches(config.measure, threshold);
        if config.threshold.is_some_and(reaches) {
            break;
        }
        if passes < pool.passes {
            // The library was read, which had a progress of its own.
            passes = pool.passes;
            progress.begin(Some(config.count.min(rows)));
            progress.advance(picks.len() as u64);
        }
        pool.pick()?;
        progress.advance(1);
        let similarity = Some(farthest.closest.similarity(config.measure));
        picks.push(Picked { row: farthest.row, similarity });
    }
    Ok(picks)
}
