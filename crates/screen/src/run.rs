//! `soyaku screen`: the loop from the library to the results.

use std::time::Instant;

use soyaku_device::Device;
use soyaku_kernels::tanimoto::{Nearest, Rows};
use soyaku_property::{CACHE_BYTES, PredictScratch, Predictions};
use soyaku_store::InputDigest;
use soyaku_store::results::{ResultRows, Row, RunDirectory, Similarity, Status};

use crate::columns::Values;
use crate::comparing::Comparing;
use crate::config::{Plan, Resolved, ScreenConfig, resolve};
use crate::earlier::Earlier;
use crate::featurize::{Featurized, Featurizer, Wanted};
use crate::hits::write_hits;
use crate::progress::{Progress, Stop};
use crate::rank::{Hit, Ranking};
use crate::reading::with_reader;
use crate::report::{Counts, Deduplication, RunReport, Seconds, write_run};
use crate::source::{Chunk, Source};
use crate::{Error, FingerprintSpec, Property};

/// Rows after which a part is written; a stop or crash costs at most these, a resume at most one batch more.
const PART_ROWS: usize = 65_536;

/// What a run did, for a report.
#[derive(Debug)]
pub struct ScreenSummary {
    /// Nothing was done: the folder holds the finished results of this very run.
    pub already_done: bool,
    /// What decided the results.
    pub configuration: Resolved,
    /// How many of what.
    pub counts: Counts,
    /// Time by stage.
    pub seconds: Seconds,
    /// Environments computed and saved.
    pub environments: Deduplication,
    /// Names of the prediction columns.
    pub columns: Vec<String>,
    /// The descriptor columns.
    pub properties: Vec<Property>,
    /// Labels of the reference compounds.
    pub reference_labels: Vec<String>,
    /// The hits, best first.
    pub hits: Vec<Hit>,
}

/// Runs, continues, or recognizes a finished screening run.
///
/// # Errors
/// A file is missing, malformed or cannot be written; the configuration does not fit together; or a
/// stop was requested, after the finished part of the work was saved.
pub fn screen(
    config: &ScreenConfig,
    device: &Device,
    progress: &dyn Progress,
    stop: &Stop,
) -> Result<ScreenSummary, Error> {
    let started = Instant::now();
    let plan = resolve(config, device)?;
    if let Some(references) = &plan.references {
        for failure in &references.failures {
            progress
                .warn(&format!("reference compound in row {} left out: {}", failure.index, failure.reason));
        }
    }
    let mut directory =
        RunDirectory::open_or_create(&config.output, &plan.layout, &plan.digest, config.restart)?;
    let outputs = ["hits.csv", "run.json"].map(|name| config.output.join(name));
    let already_done = directory.is_finished() && outputs.iter().all(|path| path.exists());
    if already_done {
        return Ok(summary(plan, Tally::default(), Vec::new(), true));
    }
    // Lists of an earlier run must not stand beside results that are being made.
    for path in &outputs {
        if let Err(source) = std::fs::remove_file(path)
            && source.kind() != std::io::ErrorKind::NotFound
        {
            return Err(soyaku_store::Error::Io { path: path.clone(), action: "remove", source }.into());
        }
    }

    // A library's own fingerprints do where nothing else is needed of the molecules.
    let needs_molecules = plan.predictor.is_some() || !plan.properties.is_empty() || !plan.filter.is_empty();
    let stored = fingerprint(config).filter(|_| !needs_molecules);
    let source = Source::open(&config.library, &config.options, stored)?.on(device);
    progress.begin(source.rows());
    let mut ranking = Ranking::new(plan.order, plan.conditions.clone(), config.top);
    let earlier = Earlier::new(&directory, &plan.layout)?;
    let sizes = earlier.sizes();
    let batch = config.batch_size;
    let (source, mut tally) = with_reader(
        source,
        move |row| sizes.at(row).unwrap_or(batch),
        |chunks, recycle| {
            let mut run = Run::new(config, &plan, device, &mut ranking);
            run.work(chunks, recycle, earlier, &mut directory, progress, stop)?;
            let compared_on = run.comparing.as_ref().map_or(device, Comparing::device);
            run.tally.compared_on = compared_on.to_string();
            Ok(run.tally)
        },
    )?;

    progress.finishing("writing results");
    let writing = Instant::now();
    let provenance =
        serde_json::to_value(&plan.resolved).map_err(|error| Error::Internal(error.to_string()))?;
    directory.finish(&provenance)?;
    tally.counts.passed = ranking.passed();
    let hits = ranking.into_hits();
    tally.counts.hits = hits.len() as u64;
    write_hits(&outputs[0], &hits, &plan)?;
    tally.seconds.write += writing.elapsed().as_secs_f64();
    tally.seconds.total = started.elapsed().as_secs_f64();
    write_run(&outputs[1], &report(config, &plan, device, &tally, source.digest()))?;
    Ok(summary(plan, tally, hits, false))
}

#[derive(Default)]
struct Tally {
    counts: Counts,
    seconds: Seconds,
    environments: Deduplication,
    /// The device that similarities were computed on.
    compared_on: String,
}

fn summary(plan: Plan, tally: Tally, hits: Vec<Hit>, already_done: bool) -> ScreenSummary {
    ScreenSummary {
        already_done,
        configuration: plan.resolved,
        counts: tally.counts,
        seconds: tally.seconds,
        environments: tally.environments,
        columns: plan.columns.predictions,
        properties: plan.properties.list().to_vec(),
        reference_labels: plan.references.map(|references| references.labels).unwrap_or_default(),
        hits,
    }
}

fn report<'a>(
    config: &ScreenConfig,
    plan: &'a Plan,
    device: &Device,
    tally: &'a Tally,
    library: Option<InputDigest>,
) -> RunReport<'a> {
    let failures = plan.references.iter().flat_map(|references| &references.failures);
    RunReport {
        schema: "run/1",
        run_digest: &plan.digest,
        configuration: &plan.resolved,
        execution: serde_json::json!({
            "device": tally.compared_on,
            "threads": device.threads(),
            "batch_size": config.batch_size,
            "library": config.library,
            "models": config.models,
            "like": config.like,
            "output": config.output,
        }),
        library,
        unusable_references: failures.map(|failure| (failure.index, failure.reason.clone())).collect(),
        counts: &tally.counts,
        seconds: &tally.seconds,
        environments: &tally.environments,
    }
}

fn fingerprint(config: &ScreenConfig) -> Option<FingerprintSpec> {
    config.like.as_ref().map(|_| config.fingerprint)
}

/// State of the loop over chunks.
struct Run<'a> {
    plan: &'a Plan,
    device: &'a Device,
    /// Where similarities are computed; the CPU once a GPU that nobody demanded could not.
    comparing: Option<Comparing<'a>>,
    ranking: &'a mut Ranking,
    featurizer: Featurizer<'a>,
    scratch: Option<PredictScratch>,
    predictions: Predictions,
    nearest: Vec<Nearest>,
    rows: ResultRows,
    tally: Tally,
}

impl<'a> Run<'a> {
    fn new(config: &ScreenConfig, plan: &'a Plan, device: &'a Device, ranking: &'a mut Ranking) -> Self {
        Self {
            plan,
            device,
            comparing: plan
                .references
                .as_ref()
                .map(|references| Comparing::new(references, device, config.may_fall_back)),
            ranking,
            featurizer: Featurizer::new(Wanted {
                filter: Some(&plan.filter).filter(|filter| !filter.is_empty()),
                properties: Some(&plan.properties).filter(|properties| !properties.is_empty()),
                fingerprints: fingerprint(config).into_iter().collect(),
                predictor: plan.predictor.as_ref(),
                keys: None,
            }),
            scratch: plan.predictor.as_ref().map(|predictor| predictor.scratch(CACHE_BYTES)),
            predictions: Predictions::default(),
            nearest: Vec::new(),
            rows: ResultRows::new(&plan.layout),
            tally: Tally::default(),
        }
    }

    fn work(
        &mut self,
        mut chunks: crate::reading::Chunks,
        recycle: &dyn Fn(Chunk),
        mut earlier: Earlier,
        directory: &mut RunDirectory,
        progress: &dyn Progress,
        stop: &Stop,
    ) -> Result<(), Error> {
        loop {
            let waiting = Instant::now();
            let Some(chunk) = chunks.next() else { break };
            self.tally.seconds.read += waiting.elapsed().as_secs_f64();
            let mut chunk = chunk?;
            if let Some(rows) = earlier.take(directory, chunk.first_row, chunk.records.len())? {
                self.rank_earlier(&chunk, rows);
            } else {
                if let Err(error) = self.compute(&mut chunk, progress) {
                    // A lost device takes nothing with it that was computed before.
                    self.flush(directory, 1)?;
                    return Err(error);
                }
                self.flush(directory, PART_ROWS)?;
            }
            self.tally.counts.rows += chunk.records.len() as u64;
            progress.advance(chunk.records.len() as u64);
            if let Some(signal) = stop.requested() {
                self.flush(directory, 1)?;
                return Err(Error::Stopped { signal, row: directory.completed_rows() });
            }
            recycle(chunk);
        }
        earlier.check_end(self.tally.counts.rows)?;
        self.flush(directory, 1)
    }

    /// Writes the waiting rows as a part when there are enough of them.
    fn flush(&mut self, directory: &mut RunDirectory, enough: usize) -> Result<(), Error> {
        if self.rows.len() >= enough {
            let writing = Instant::now();
            self.device.install(|| directory.write_part(&self.rows))?;
            self.rows.clear();
            self.tally.seconds.write += writing.elapsed().as_secs_f64();
        }
        Ok(())
    }

    fn compute(&mut self, chunk: &mut Chunk, progress: &dyn Progress) -> Result<(), Error> {
        let clock = Instant::now();
        let stored;
        let featurized = match chunk.fingerprints.take() {
            Some((fingerprints, popcounts)) => {
                stored = Featurized::stored(fingerprints, popcounts);
                &stored
            }
            None => self.featurizer.run(self.device, &chunk.records),
        };
        self.tally.seconds.featurize += clock.elapsed().as_secs_f64();

        let clock = Instant::now();
        if let (Some(predictor), Some(batch), Some(scratch)) =
            (&self.plan.predictor, &featurized.batch, &mut self.scratch)
        {
            predictor.predict(self.device, batch, scratch, &mut self.predictions);
            self.tally.environments.add(&batch.repetition(), &scratch.computed());
        }
        self.tally.seconds.predict += clock.elapsed().as_secs_f64();

        let clock = Instant::now();
        if let (Some(references), Some(comparing), [table]) =
            (&self.plan.references, &mut self.comparing, &featurized.fingerprints[..])
        {
            let words = references.fingerprints().words;
            let rows = Rows { bits: &table.bits, popcounts: &table.popcounts, words };
            comparing.nearest(rows, &mut self.nearest, progress)?;
        }
        self.tally.seconds.compare += clock.elapsed().as_secs_f64();

        let clock = Instant::now();
        let computed = Computed {
            featurized,
            predictions: self.plan.predictor.as_ref().map(|_| &self.predictions),
            width: self.plan.columns.predictions.len(),
            properties: self.plan.properties.len(),
            nearest: self.plan.references.as_ref().map(|_| &self.nearest[..]),
        };
        computed.collect(chunk, &mut self.rows, self.ranking, &mut self.tally.counts)?;
        self.tally.seconds.rank += clock.elapsed().as_secs_f64();
        Ok(())
    }

    /// Offers rows that were computed by an earlier start to the ranking.
    fn rank_earlier(&mut self, chunk: &Chunk, rows: &ResultRows) {
        let clock = Instant::now();
        let columns = self.plan.columns.predictions.len();
        let (mut mean, mut std) = (vec![0.0; columns], vec![0.0; columns]);
        let mut descriptors = vec![0.0; self.plan.properties.len()];
        for index in 0..rows.len() {
            if rows.status(index) != Status::Ok {
                self.tally.counts.add_without_results(rows.status(index));
                continue;
            }
            for column in 0..columns {
                mean[column] = rows.mean(column)[index];
                std[column] = rows.std(column)[index];
            }
            for (column, value) in descriptors.iter_mut().enumerate() {
                *value = rows.descriptor(column)[index];
            }
            let similarity = rows.similarity(index).map(|s| (s.max, s.nearest));
            let values = Values {
                mean: &mean,
                std: &std,
                descriptors: &descriptors,
                similarity: similarity.map_or(0.0, |s| s.0),
            };
            let (smiles, name) = (chunk.records.smiles(index), chunk.records.name(index));
            self.ranking.offer(chunk.first_row + index as u64, smiles, name, &values, similarity);
            self.tally.counts.ok += 1;
        }
        self.tally.counts.resumed += rows.len() as u64;
        self.tally.seconds.rank += clock.elapsed().as_secs_f64();
    }
}

/// The numbers of a chunk, by usable compound.
struct Computed<'a> {
    featurized: &'a Featurized,
    predictions: Option<&'a Predictions>,
    width: usize,
    properties: usize,
    nearest: Option<&'a [Nearest]>,
}

impl Computed<'_> {
    /// Puts usable compounds and failures back in the order of the input.
    fn collect(
        &self,
        chunk: &Chunk,
        rows: &mut ResultRows,
        ranking: &mut Ranking,
        counts: &mut Counts,
    ) -> Result<(), Error> {
        let mut failures = self.featurized.failures.iter().peekable();
        let mut usable = self.featurized.rows.iter().enumerate().peekable();
        for index in 0..chunk.records.len() {
            let line = chunk.records.line(index);
            if let Some((place, _)) = usable.next_if(|(_, row)| **row as usize == index) {
                let (mean, std) = self.predicted(place);
                let nearest = self.nearest.map(|nearest| nearest[place]);
                let descriptors = self.descriptors(place);
                let values =
                    Values { mean, std, descriptors, similarity: nearest.map_or(0.0, |n| n.similarity) };
                let similarity = nearest.map(|n| Similarity { max: n.similarity, nearest: n.index });
                let row = Row { line, status: Status::Ok, reason: "", mean, std, descriptors, similarity };
                rows.push(&row)?;
                let (smiles, name) = (chunk.records.smiles(index), chunk.records.name(index));
                let similarity = nearest.map(|n| (n.similarity, n.index));
                ranking.offer(chunk.first_row + index as u64, smiles, name, &values, similarity);
                counts.ok += 1;
            } else if let Some(failure) = failures.next_if(|failure| failure.index == index) {
                let status = status_of(failure.kind);
                rows.push_failed(line, status, &failure.reason)?;
                counts.add_without_results(status);
            } else {
                return Err(Error::Internal(format!("row {} was lost", chunk.first_row + index as u64)));
            }
        }
        Ok(())
    }

    fn descriptors(&self, place: usize) -> &[f32] {
        &self.featurized.descriptors[place * self.properties..(place + 1) * self.properties]
    }

    fn predicted(&self, place: usize) -> (&[f32], &[f32]) {
        match self.predictions {
            Some(predictions) => {
                let range = place * self.width..(place + 1) * self.width;
                (&predictions.mean[range.clone()], &predictions.std[range])
            }
            None => (&[], &[]),
        }
    }
}

fn status_of(kind: &str) -> Status {
    match kind {
        "input" | "empty" => Status::Unreadable,
        "internal" => Status::Failed,
        "too-large" | "search" => Status::Unsupported,
        "excluded" => Status::Excluded,
        _ => Status::Invalid,
    }
}
