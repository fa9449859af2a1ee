//! `soyaku similar --all-pairs` and `--knn`.

use soyaku_device::{Device, DeviceRequest};
use soyaku_screen::{Neighbors, PairsConfig, PairsSummary, neighbors};

use super::super::output::refuse_packed;
use super::super::{announce, device, memory};
use crate::args::{Global, Similar};
use crate::exit::Usage;
use crate::format::{count, duration};
use crate::log::{Log, event};
use crate::progress::Reporter;
use crate::signals::stop_on_signals;

pub fn run(args: Similar, global: &Global, log: &Log) -> anyhow::Result<()> {
    let wanted = match (args.pairs.knn, args.threshold) {
        (Some(k), _) => Neighbors::Nearest(k),
        (None, Some(threshold)) => Neighbors::AtLeast(threshold),
        (None, None) => return Err(Usage("--all-pairs needs --threshold".into()).into()),
    };
    if args.fused.fusion.is_some() || args.fused.exclude_queries {
        return Err(Usage("--fusion and --exclude-queries need --query".into()).into());
    }
    if args.fused.alpha.is_some() {
        return Err(Usage("--alpha needs --evaluate".into()).into());
    }
    if let Some(option) = args.input.given() {
        return Err(Usage(format!("{option} needs --query: the library was read when it was built")).into());
    }
    let Some(output) = args.output else {
        return Err(Usage("give the graph to write: -o GRAPH.h5".into()).into());
    };
    refuse_packed(&output)?;
    if output.exists() && !output.is_file() {
        return Err(Usage(format!("{}: a graph is written to a file", output.display())).into());
    }
    if let (Ok(library), Ok(graph)) = (args.library.canonicalize(), output.canonicalize())
        && library == graph
    {
        return Err(Usage(format!("{}: the graph would replace the library", output.display())).into());
    }
    let config = PairsConfig {
        library: args.library,
        output,
        fingerprint: args.fingerprint,
        measure: args.measure,
        neighbors: wanted,
        memory: memory::limit(args.pairs.memory),
        restart: args.pairs.restart,
        may_fall_back: global.device == DeviceRequest::Auto,
    };
    let device = device(global)?;
    announce(&device, log);
    let reporter = Reporter::new(*log, "compared");
    let summary = neighbors(&config, &device, &reporter, stop_on_signals()?)?;
    drop(reporter);
    report(&summary, &config, &device, log);
    Ok(())
}

fn report(summary: &PairsSummary, config: &PairsConfig, device: &Device, log: &Log) {
    for note in device.notes() {
        log.warn(&note);
    }
    let output = config.output.display();
    let text = match summary.already_done {
        true => format!("{output} holds this graph already: {} neighbours", count(summary.neighbors)),
        false => {
            let rows = summary.compounds - summary.resumed;
            let pairs = rows as f64 * summary.compounds as f64;
            let resumed = match summary.resumed {
                0 => String::new(),
                rows => format!(", {} of them before", count(rows)),
            };
            format!(
                "{} compounds{resumed} compared with each other by {} on {} in {} ({} pairs a second): {} neighbours",
                count(summary.compounds),
                summary.fingerprint,
                summary.device,
                duration(summary.seconds),
                count((pairs / summary.search_seconds.max(1e-9)) as u64),
                count(summary.neighbors),
            )
        }
    };
    log.event(&text, event("neighbors", summary));
}
