//! What a run did: counts, times, `run.json`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use soyaku_property::Repetition;
use soyaku_store::InputDigest;
use soyaku_store::results::Status;

use crate::Error;
use crate::config::Resolved;

/// Seconds that the stages were at work. Stages overlap, so they add up to more than the total.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Seconds {
    /// Waiting for input.
    pub read: f64,
    /// Parsing, perception, fingerprints, environments.
    pub featurize: f64,
    /// Models.
    pub predict: f64,
    /// Comparison with the references.
    pub compare: f64,
    /// Conditions and ranking.
    pub rank: f64,
    /// Waiting for parts to be written, and the final files.
    pub write: f64,
    /// From start to end.
    pub total: f64,
}

/// What a run did.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Counts {
    /// Rows of the input.
    pub rows: u64,
    /// Rows with results.
    pub ok: u64,
    /// Rows without, by kind of failure.
    pub failed: BTreeMap<String, u64>,
    /// Rows that the substructure filter left out.
    pub excluded: u64,
    /// Rows that were done by an earlier start of this run.
    pub resumed: u64,
    /// Rows that met all conditions.
    pub passed: u64,
    /// Hits written.
    pub hits: u64,
}

impl Counts {
    /// Counts a row that has no results.
    pub(crate) fn add_without_results(&mut self, status: Status) {
        if status == Status::Excluded {
            self.excluded += 1;
        } else {
            *self.failed.entry(status.name().to_owned()).or_default() += 1;
        }
    }
}

/// How often environments repeated, over all batches of this start.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Deduplication {
    /// Directed bonds by radius: how many there were, how many of each batch were distinct, and how
    /// many were computed because no earlier batch had left them.
    pub edges: Vec<[u64; 3]>,
    /// Atoms: all, and those distinct within their batch.
    pub atoms: [u64; 2],
}

impl Deduplication {
    pub(crate) fn add(&mut self, batch: &Repetition, computed: &[u64]) {
        self.edges.resize(self.edges.len().max(batch.edges.len()), [0; 3]);
        for ((sum, &(all, distinct)), &computed) in self.edges.iter_mut().zip(&batch.edges).zip(computed) {
            sum[0] += all;
            sum[1] += distinct;
            sum[2] += computed;
        }
        self.atoms[0] += batch.atoms.0;
        self.atoms[1] += batch.atoms.1;
    }
}

/// `run.json`.
#[derive(Clone, Debug, Serialize)]
pub struct RunReport<'a> {
    /// `run/1`.
    pub schema: &'static str,
    /// Identifies configuration and inputs; the same in `results.h5`.
    pub run_digest: &'a str,
    /// What decides the results.
    pub configuration: &'a Resolved,
    /// What does not: device, threads, batch size.
    pub execution: serde_json::Value,
    /// Digest of the whole input, where it is text.
    pub library: Option<InputDigest>,
    /// Rows of the reference file that were left out, with reasons.
    pub unusable_references: Vec<(usize, String)>,
    /// How many of what.
    pub counts: &'a Counts,
    /// Time by stage.
    pub seconds: &'a Seconds,
    /// Environments computed and saved.
    pub environments: &'a Deduplication,
}

/// Writes `run.json`.
pub(crate) fn write_run(path: &Path, report: &RunReport<'_>) -> Result<(), Error> {
    let mut text = serde_json::to_vec_pretty(report).map_err(|error| Error::Internal(error.to_string()))?;
    text.push(b'\n');
    Ok(soyaku_store::durable::write_file(path, &text)?)
}
