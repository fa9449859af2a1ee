//! `soyaku similar`: a table for each query here, one list for all of them in `fused`, a graph in `pairs`.

mod fused;
mod pairs;

use std::path::PathBuf;

use soyaku_device::{Device, DeviceRequest};
use soyaku_kernels::tanimoto::Selection;
use soyaku_screen::{SimilarConfig, SimilarSummary, similar};

use super::output::{separator, write_to};
use super::{announce, device};
use crate::args::{Global, Similar};
use crate::exit::Usage;
use crate::format::{count, duration};
use crate::log::{Log, event};
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
        library: args.library,
        options: args.input.into(),
        fingerprint: args.fingerprint,
        selection,
        measure: args.measure,
        batch_size: args.batch_size as usize,
        may_fall_back: global.device == DeviceRequest::Auto,
        separator: separator(args.output.as_deref())?,
    };
    let device = device(global)?;
    announce(&device, log);
    let reporter = Reporter::new(*log, "compared");
    let stop = stop_on_signals()?;
    let summary = write_to(args.output.as_deref(), |out| {
        similar(&config, &device, &reporter, stop, |text| Ok::<_, anyhow::Error>(out.write_all(text)?))
    })?;
    drop(reporter);
    report(&summary, &device, log);
    Ok(())
}

/// The file with what to look for.
fn query(args: &Similar) -> Result<PathBuf, Usage> {
    args.query.clone().ok_or_else(|| Usage("give --query, --all-pairs or --knn".into()))
}

fn report(summary: &SimilarSummary, device: &Device, log: &Log) {
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
    log.event(&text, event("similar", summary));
}
