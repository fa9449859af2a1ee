//! `soyaku similar --fusion`: one list of compounds, ranked by their scores.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::time::Instant;

use serde::Serialize;
use soyaku_device::Device;
use soyaku_kernels::tanimoto::Selection;

use super::{Fused, FusedConfig, KnownFingerprints, Scored, each_score};
use crate::Error;
use crate::comparing::cpu_instead;
use crate::progress::{Progress, Stop};
use crate::similar::{Opened, Texts, UnusableQuery};

const HEADER: [&str; 7] = ["rank", "row", "name", "smiles", "score", "nearest", "nearest_name"];
/// Compounds whose names and SMILES are held together.
const BLOCK: usize = 65_536;

/// What a ranking did.
#[derive(Clone, Debug, Default, Serialize)]
pub struct FusedSummary {
    /// Compounds of the library.
    pub compounds: u64,
    /// Queries that were compared.
    pub queries: u64,
    /// Queries that could not be used.
    pub unusable: Vec<UnusableQuery>,
    /// Compounds left out because they have the fingerprint of a query.
    pub excluded: u64,
    /// How similarities became scores.
    pub fusion: String,
    /// How similarities were measured.
    pub measure: String,
    /// Name of the fingerprint.
    pub fingerprint: String,
    /// What compared.
    pub device: String,
    /// Rows of the table.
    pub hits: u64,
    /// Seconds from first to last.
    pub seconds: f64,
}

/// Scores all compounds, then hands the table to `take` in pieces: `rank, row, name, smiles, score, nearest,
/// nearest_name`, the highest score first, of equals the lowest row. `nearest` is the row of the most similar query in
/// its file. A threshold is compared with the score as a double. Memory is needed for the queries, the rows of the table
/// and a few batches.
///
/// # Errors
/// A file is missing or malformed, no query is usable, library and queries have no fingerprint in common, the device
/// fails, a stop was requested; and what `take` returns. Nothing is handed over before all compounds are scored.
pub fn rank_fused<E: From<Error>>(
    config: &FusedConfig,
    selection: Selection,
    separator: u8,
    device: &Device,
    (progress, stop): (&dyn Progress, &Stop),
    take: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<FusedSummary, E> {
    let started = Instant::now();
    let files = (config.library.as_path(), config.query.as_path());
    let opened = Opened::open(files, &config.options, config.fingerprint.as_deref(), device, progress, stop)?;
    let score = |device: &Device| -> Result<(Vec<Place>, u64), Error> {
        progress.begin(Some(opened.library.len()));
        let exclude = config.exclude_queries.then(|| KnownFingerprints::new(opened.queries.rows()));
        let mut best = Best { selection, exclude, excluded: 0, top: BinaryHeap::new(), all: Vec::new() };
        each_score(
            &opened,
            (config.fusion, config.measure),
            config.batch_size,
            device,
            (progress, stop),
            &mut best,
        )?;
        Ok((best.all.into_iter().chain(best.top.into_sorted_vec()).collect(), best.excluded))
    };
    let mut used = device.clone();
    let (mut places, excluded) = match score(&used) {
        Err(Error::Device(error)) => {
            used = cpu_instead(device, error, config.may_fall_back, progress)?;
            score(&used)?
        }
        scored => scored?,
    };
    places.sort_unstable();
    progress.finishing("writing hits");
    write(&opened, &places, separator, device, stop, take)?;
    Ok(FusedSummary {
        compounds: opened.library.len(),
        queries: opened.queries.len() as u64,
        excluded,
        fusion: config.fusion.to_string(),
        measure: config.measure.to_string(),
        fingerprint: opened.fingerprint,
        device: used.to_string(),
        hits: places.len() as u64,
        unusable: opened.queries.unusable,
        seconds: started.elapsed().as_secs_f64(),
    })
}

/// A compound of the list. `Less` comes first: the higher score, of equals the lower row.
#[derive(Clone, Copy, Debug)]
struct Place {
    row: u64,
    fused: Fused,
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> Ordering {
        other.fused.score.total_cmp(&self.fused.score).then(self.row.cmp(&other.row))
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Place {}

/// The compounds that are wanted of those seen so far.
struct Best<'a> {
    selection: Selection,
    exclude: Option<KnownFingerprints<'a>>,
    excluded: u64,
    /// [`Selection::Top`]: the worst of them on top.
    top: BinaryHeap<Place>,
    /// [`Selection::AtLeast`].
    all: Vec<Place>,
}

impl Scored for Best<'_> {
    fn wants(&mut self, _: u64, fingerprint: &[u64]) -> bool {
        let is_query = self.exclude.as_ref().is_some_and(|known| known.has(fingerprint));
        self.excluded += u64::from(is_query);
        !is_query
    }

    fn take(&mut self, row: u64, fused: Fused) {
        let place = Place { row, fused };
        match self.selection {
            Selection::AtLeast(threshold) => {
                let least = f64::from(threshold.numerator()) / f64::from(threshold.denominator());
                if fused.score >= least {
                    self.all.push(place);
                }
            }
            Selection::Top(count) if self.top.len() < count => self.top.push(place),
            Selection::Top(_) => {
                if let Some(mut worst) = self.top.peek_mut()
                    && place < *worst
                {
                    *worst = place;
                }
            }
        }
    }
}

/// Hands over the header, then the compounds. A stop is looked for between blocks.
fn write<E: From<Error>>(
    opened: &Opened,
    places: &[Place],
    separator: u8,
    device: &Device,
    stop: &Stop,
    mut take: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let writer = || csv::WriterBuilder::new().delimiter(separator).from_writer(Vec::new());
    // Memory takes everything, and each record has its seven cells.
    let lost = |error: csv::Error| Error::Internal(format!("a table in memory: {error}"));
    let mut table = writer();
    table.write_record(HEADER).map_err(lost)?;
    for (block, places) in places.chunks(BLOCK).enumerate() {
        stop.check()?;
        let texts = Texts::read(&opened.library, places.iter().map(|place| place.row), device)?;
        for (index, place) in places.iter().enumerate() {
            let (name, smiles) = texts.of(place.row);
            let Fused { score, nearest } = place.fused;
            let query = (opened.queries.file_row(nearest).to_string(), opened.queries.label(nearest));
            let (rank, row) = ((block * BLOCK + index + 1).to_string(), place.row.to_string());
            let score = score.to_string();
            let cells = [
                rank.as_bytes(),
                row.as_bytes(),
                name,
                smiles,
                score.as_bytes(),
                query.0.as_bytes(),
                query.1,
            ];
            table.write_record(cells).map_err(lost)?;
        }
        let full = std::mem::replace(&mut table, writer());
        take(&full.into_inner().map_err(|error| lost(error.into_error().into()))?)?;
    }
    // The header of a table without rows.
    take(&table.into_inner().map_err(|error| lost(error.into_error().into()))?)
}

#[cfg(test)]
mod tests {
    use soyaku_kernels::tanimoto::Threshold;

    use super::*;

    fn rows(selection: Selection, scores: &[f64]) -> Vec<u64> {
        let mut best =
            Best { selection, exclude: None, excluded: 0, top: BinaryHeap::new(), all: Vec::new() };
        for (row, &score) in scores.iter().enumerate() {
            best.take(row as u64, Fused { score, nearest: 0 });
        }
        let mut places: Vec<Place> = best.all.into_iter().chain(best.top).collect();
        places.sort_unstable();
        places.iter().map(|place| place.row).collect()
    }

    #[test]
    fn the_highest_scores_first_of_equals_the_lowest_row() {
        let scores = [0.25, 0.5, 0.125, 0.5, 1.0, 0.5, 0.0];
        let all = [4, 1, 3, 5, 0, 2, 6];
        for count in 0..9 {
            assert_eq!(rows(Selection::Top(count), &scores), all[..count.min(7)]);
        }
        let at_least = |text: &str| rows(Selection::AtLeast(text.parse::<Threshold>().unwrap()), &scores);
        assert_eq!(at_least("0.5"), [4, 1, 3, 5]);
        assert_eq!(at_least("0.500000001"), [4]);
        assert_eq!(at_least("0"), all);
    }
}
