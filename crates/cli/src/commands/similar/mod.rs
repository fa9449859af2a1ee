//! `soyaku similar`: a table for each query here, one list for all of them in `fused`, a graph in `pairs`.

mod fused;
mod pairs;
mod timings;

use std::path::PathBuf;

use soyaku_device::{Device, DeviceRequest};
use soyaku_kernels::tanimoto::Selection;
use soyaku_screen::{PreparedSearch, SimilarConfig, SimilarSummary, Stop};

use super::output::{separator, write_to};
use super::{announce, device, device_options};
use crate::args::{Global, Similar};
use crate::exit::Usage;
use crate::format::{count, duration};
use crate::log::{Log, event, extend};
use crate::progress::Reporter;
use crate::signals::stop_on_signals;

pub fn run(args: Similar, global: &Global, log: &Log) -> anyhow::Result<()> {
    if args.pairs.is_wanted() {
        return pairs::run(args, global, log);
    }
    if args.pairs.restart {
        return Err(Usage("--restart needs --all-pairs or --knn: nothing else is continued".into()).into());
    }
    // The variable may be there for other commands.
    if args.pairs.memory.is_some() && std::env::var_os("SOYAKU_MEMORY").is_none() {
        return Err(
            Usage("--memory needs --all-pairs or --knn: --batch-size limits other searches".into()).into()
        );
    }
    if let Some(column) = &args.fused.evaluate {
        return fused::measure(&args, column, global, log);
    }
    if args.fused.alpha.is_some() {
        return Err(Usage("--alpha needs --evaluate".into()).into());
    }
    let selection = match (args.top, args.threshold) {
        (Some(top), _) => Selection::Top(top.get()),
        (None, Some(threshold)) => Selection::AtLeast(threshold),
        (None, None) => return Err(Usage("give --top or --threshold".into()).into()),
    };
    if args.fused.fusion.is_some() {
        return fused::rank(&args, selection, global, log);
    }
    if args.fused.exclude_queries {
        return Err(Usage("--exclude-queries needs --fusion or --evaluate".into()).into());
    }
    let config = SimilarConfig {
        query: query(&args)?,
        library: args.library.clone(),
        options: args.input.clone().into(),
        fingerprint: args.fingerprint.clone(),
        selection,
        measure: args.measure,
        batch_size: args.batch_size as usize,
        may_fall_back: global.device == DeviceRequest::Auto,
        separator: separator(args.output.as_deref())?,
    };
    if global.device == DeviceRequest::Cpu || !config.query.is_file() {
        let device = device(global)?;
        announce(&device, log);
        let stop = stop_on_signals()?;
        return search(&args, &config, &device, (stop, None), log);
    }
    // Queries that are at hand are read while the device starts, which takes longer. Nothing is told of them, and no
    // signal is held up, before it has started.
    let (device, prepared) = Device::open_beside(&device_options(global), |cpu| {
        let prepared = PreparedSearch::new(&config, cpu, &NEVER);
        let kernels = prepared.expected_kernels(&config);
        (prepared, kernels)
    })?;
    announce(&device, log);
    let stop = stop_on_signals()?;
    search(&args, &config, &device, (stop, Some(prepared)), log)
}

/// A stop that nobody requests: signals end the process.
static NEVER: Stop = Stop::new();

fn search(
    args: &Similar,
    config: &SimilarConfig,
    device: &Device,
    (stop, prepared): (&Stop, Option<PreparedSearch>),
    log: &Log,
) -> anyhow::Result<()> {
    let reporter = Reporter::new(*log, "compared");
    let summary = write_to(args.output.as_deref(), |out| {
        let prepared = prepared.unwrap_or_else(|| PreparedSearch::new(config, device, stop));
        let take = |text: &[u8]| Ok::<_, anyhow::Error>(out.write_all(text)?);
        prepared.search(config, device, &reporter, stop, take)
    })?;
    drop(reporter);
    report(&summary, device, args.timings, log);
    Ok(())
}

/// The file with what to look for.
fn query(args: &Similar) -> Result<PathBuf, Usage> {
    args.query.clone().ok_or_else(|| Usage("give --query, --all-pairs or --knn".into()))
}

fn report(summary: &SimilarSummary, device: &Device, with_timings: bool, log: &Log) {
    for note in device.notes() {
        log.warn(&note);
    }
    let pairs = summary.compounds as f64 * summary.queries as f64;
    let unusable = match summary.unusable.len() {
        0 => String::new(),
        queries => format!(" ({} left out)", count(queries as u64)),
    };
    let text = format!(
        "{} compounds compared with {} queries{unusable} by {} on {} in {} ({} pairs a second): {} hits",
        count(summary.compounds),
        count(summary.queries),
        summary.fingerprint,
        summary.device,
        duration(summary.seconds),
        count((pairs / summary.search_seconds.max(1e-9)) as u64),
        count(summary.hits),
    );
    let mut fields = event("similar", summary);
    let stages = timings::of(device.stages().into_iter().chain(summary.stages.iter().cloned()), log);
    extend(&mut fields, &serde_json::json!({ "stages": stages }));
    log.event(&text, fields);
    if with_timings && log.is_human() {
        log.event(&timings::text(&stages), serde_json::Value::Null);
    }
}
