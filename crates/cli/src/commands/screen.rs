//! `soyaku screen`.

use std::io::Write;

use soyaku_device::DeviceRequest;
use soyaku_screen::{ScreenConfig, ScreenSummary, screen};

use super::hit_table::hit_table;
use super::{announce, device};
use crate::args::{Global, Screen};
use crate::format::{count, duration};
use crate::log::Log;
use crate::progress::Reporter;
use crate::signals::stop_on_signals;

pub fn run(args: Screen, global: &Global, log: &Log) -> anyhow::Result<()> {
    let config = ScreenConfig {
        library: args.library,
        options: args.input.into(),
        models: args.models,
        like: args.like,
        fingerprint: args.fingerprint.parse()?,
        descriptors: args.descriptors,
        alerts: args.alerts,
        must_match: args.must_match,
        must_not_match: args.must_not_match,
        conditions: args.conditions,
        rank_by: args.rank_by,
        ascending: args.ascending,
        top: args.top,
        scaffold: args.scaffold.map(Into::into),
        output: args.output,
        batch_size: args.batch_size as usize,
        restart: args.restart,
        may_fall_back: global.device == DeviceRequest::Auto,
    };
    let device = device(global)?;
    if config.like.is_some() {
        announce(&device, log);
    }
    let reporter = Reporter::new(*log, "screened");
    let summary = screen(&config, &device, &reporter, stop_on_signals()?)?;
    drop(reporter);
    for note in device.notes() {
        log.warn(&note);
    }
    if summary.already_done {
        let folder = config.output.display();
        log.event(
            &format!("{folder} holds the finished results of this very run; --restart computes them again"),
            serde_json::json!({ "event": "already-done" }),
        );
        return Ok(());
    }
    report(&config, &summary, log);
    Ok(())
}

fn report(config: &ScreenConfig, summary: &ScreenSummary, log: &Log) {
    let fields = serde_json::json!({
        "event": "screened", "counts": summary.counts, "seconds": summary.seconds,
        "environments": summary.environments,
    });
    log.event(&text(config, summary), fields);
    if !log.is_quiet() && log.is_human() && !summary.hits.is_empty() {
        // The table is for eyes; data is in hits.csv.
        let mut out = std::io::stderr().lock();
        let _ = writeln!(out, "\n{}", hit_table(summary));
    }
}

fn text(config: &ScreenConfig, summary: &ScreenSummary) -> String {
    let (counts, seconds) = (&summary.counts, &summary.seconds);
    let computed = counts.rows - counts.resumed;
    let mut text = format!(
        "{} compounds read, {} scored, {} failed, {} met the conditions, {} hits",
        count(counts.rows),
        count(counts.ok),
        count(counts.rows - counts.ok - counts.excluded),
        count(counts.passed),
        count(counts.hits)
    );
    for (kind, rows) in &counts.failed {
        text.push_str(&format!("\n  failed, {kind}: {}", count(*rows)));
    }
    if counts.excluded > 0 {
        text.push_str(&format!(
            "\n  left out by --must-match and --must-not-match: {}",
            count(counts.excluded)
        ));
    }
    if counts.resumed > 0 {
        text.push_str(&format!("\n  {} were done by an earlier start", count(counts.resumed)));
    }
    text.push_str(&format!(
        "\n{}, {} a second: featurize {}, predict {}, compare {}, rank {}, read {}, write {}",
        duration(seconds.total),
        count((computed as f64 / seconds.total.max(1e-9)) as u64),
        duration(seconds.featurize),
        duration(seconds.predict),
        duration(seconds.compare),
        duration(seconds.rank),
        duration(seconds.read),
        duration(seconds.write),
    ));
    if let Some([all, _, computed]) = summary.environments.edges.last().filter(|edges| edges[2] > 0) {
        text.push_str(&format!(
            "\nenvironments: {} bond messages from {} computed ones, {:.1} to 1",
            count(*all),
            count(*computed),
            *all as f64 / *computed as f64
        ));
    }
    let folder = config.output.display();
    text.push_str(&format!("\nwritten: {folder}/results.h5, {folder}/hits.csv, {folder}/run.json"));
    text
}
