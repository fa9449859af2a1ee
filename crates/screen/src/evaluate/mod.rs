//! `soyaku similar --evaluate`: how well queries find the actives of a labelled library.

mod labels;
mod measures;
mod report;

use std::time::Instant;

use rayon::prelude::*;
use soyaku_device::Device;

use crate::Error;
use crate::comparing::cpu_instead;
use crate::fusion::{Fused, FusedConfig, KnownFingerprints, Scored, each_score};
use crate::progress::{Progress, Stop};
use crate::similar::Opened;
use labels::{Labels, both_classes};
pub use measures::{Enrichment, Ranking, Ties};
pub use report::{EnrichmentReport, Evaluation, LabelCounts, Measures};

/// Smallest and largest weight of the beginning that is accepted: where doubles still tell orders apart.
const ALPHAS: std::ops::RangeInclusive<f64> = 1e-3..=1e5;

/// Ranks the labelled compounds by their scores and measures where the actives are. Memory is needed for the queries,
/// a byte for each compound of the library, 16 (24 while sorting) for each labelled one, and a few batches.
///
/// # Errors
/// A file is missing or malformed, no query is usable, library and queries have no fingerprint in common, the library
/// has no such column, a value of it is no label, no active or no inactive is left, `alpha` is not a number from 0.001
/// to 100,000, the device fails, or a stop was requested.
pub fn evaluate(
    config: &FusedConfig,
    column: &str,
    alpha: f64,
    device: &Device,
    progress: &dyn Progress,
    stop: &Stop,
) -> Result<Evaluation, Error> {
    if !ALPHAS.contains(&alpha) {
        let reason = format!("alpha {alpha} is out of range: expected a number from 0.001 to 100000");
        return Err(Error::Configuration(reason));
    }
    let started = Instant::now();
    let files = (config.library.as_path(), config.query.as_path());
    let opened = Opened::open(files, &config.options, config.fingerprint.as_deref(), device, progress, stop)?;
    let labels = Labels::read(&opened.library, column, device, stop)?;
    let score = |device: &Device| -> Result<Compounds<'_>, Error> {
        progress.begin(Some(opened.library.len()));
        let known = KnownFingerprints::new(opened.queries.rows());
        let mut compounds =
            Compounds { labels: &labels, known, exclude: config.exclude_queries, same: 0, list: Vec::new() };
        each_score(
            &opened,
            (config.fusion, config.measure),
            config.batch_size,
            device,
            (progress, stop),
            &mut compounds,
        )?;
        Ok(compounds)
    };
    let mut used = device.clone();
    let Compounds { same, mut list, .. } = match score(&used) {
        Err(Error::Device(error)) => {
            used = cpu_instead(device, error, config.may_fall_back, progress)?;
            score(&used)?
        }
        scored => scored?,
    };
    progress.finishing("ranking");
    // Stable: equals stay in the order of their rows.
    device.install(|| list.par_sort_by(|one, other| other.score.total_cmp(&one.score)));

    let left = if config.exclude_queries && same > 0 {
        format!(" when the {same} that have the fingerprint of a query are left out")
    } else {
        String::new()
    };
    let actives = list.iter().filter(|compound| compound.active).count() as u64;
    let path = opened.library.path().display().to_string();
    both_classes(actives, list.len() as u64 - actives, column, &path, &left)?;
    let ties: Vec<Ties> = list.chunk_by(|one, next| one.score == next.score).map(counted).collect();
    let tied = ties.iter().map(|tie| tie.len()).filter(|&len| len > 1).sum();
    let each = list.chunks(1).map(counted).collect();
    let [Some(ranking), Some(in_row_order)] = [ties, each].map(Ranking::new) else {
        return Err(Error::Internal("a class of compounds was lost".into()));
    };
    Ok(Evaluation {
        column: column.to_owned(),
        queries: opened.queries.len() as u64,
        fingerprint: opened.fingerprint,
        fusion: config.fusion.to_string(),
        measure: config.measure.to_string(),
        alpha,
        counts: LabelCounts {
            compounds: opened.library.len(),
            actives,
            inactives: list.len() as u64 - actives,
            unlabelled: opened.library.len() - labels.count(),
            excluded: if config.exclude_queries { same } else { 0 },
            same_as_query: if config.exclude_queries { 0 } else { same },
            tied,
        },
        measures: Measures::of(&ranking, alpha),
        in_row_order: Measures::of(&in_row_order, alpha),
        unusable: opened.queries.unusable,
        device: used.to_string(),
        seconds: started.elapsed().as_secs_f64(),
    })
}

/// A labelled compound.
#[derive(Clone, Copy)]
struct Compound {
    score: f64,
    active: bool,
}

fn counted(compounds: &[Compound]) -> Ties {
    let actives = compounds.iter().filter(|compound| compound.active).count() as u64;
    Ties { actives, inactives: compounds.len() as u64 - actives }
}

/// The labelled compounds, in the order of their rows.
struct Compounds<'a> {
    labels: &'a Labels,
    known: KnownFingerprints<'a>,
    exclude: bool,
    /// Those that have the fingerprint of a query.
    same: u64,
    list: Vec<Compound>,
}

impl Scored for Compounds<'_> {
    fn wants(&mut self, row: u64, fingerprint: &[u64]) -> bool {
        if self.labels.of(row).is_none() {
            return false;
        }
        let same = self.known.has(fingerprint);
        self.same += u64::from(same);
        !(same && self.exclude)
    }

    fn take(&mut self, row: u64, fused: Fused) {
        if let Some(active) = self.labels.of(row) {
            self.list.push(Compound { score: fused.score, active });
        }
    }
}
