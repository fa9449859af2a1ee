//! `soyaku similar --fusion` and `--evaluate`.

use std::io::Write;
use std::path::Path;

use soyaku_device::{Device, DeviceRequest};
use soyaku_kernels::tanimoto::Selection;
use soyaku_screen::{Evaluation, FusedConfig, FusedSummary, Measures, evaluate, rank_fused};

use super::super::output::{refuse_packed, separator, write_to};
use super::super::{announce, device};
use super::query;
use crate::args::{Global, Similar};
use crate::exit::Usage;
use crate::format::{count, duration};
use crate::log::{Log, event, extend};
use crate::progress::Reporter;
use crate::signals::stop_on_signals;

/// Weight of the beginning in BEDROC where none is given: that of Truchon and Bayly.
const ALPHA: f64 = 20.0;
const SCHEMA: &str = "soyaku.evaluation/1";

fn config(args: &Similar, global: &Global) -> Result<FusedConfig, Usage> {
    Ok(FusedConfig {
        library: args.library.clone(),
        query: query(args)?,
        options: args.input.clone().into(),
        fingerprint: args.fingerprint.clone(),
        fusion: args.fused.fusion.unwrap_or_default(),
        measure: args.measure,
        exclude_queries: args.fused.exclude_queries,
        batch_size: args.batch_size as usize,
        may_fall_back: global.device == DeviceRequest::Auto,
    })
}

/// One list of compounds for all queries.
pub fn rank(args: &Similar, selection: Selection, global: &Global, log: &Log) -> anyhow::Result<()> {
    let config = config(args, global)?;
    let output = args.output.as_deref();
    let separator = separator(output)?;
    let device = device(global)?;
    announce(&device, log);
    let reporter = Reporter::new(*log, "compared");
    let observers = (&reporter as _, stop_on_signals()?);
    let summary = write_to(output, |out| {
        let take = |text: &[u8]| Ok::<_, anyhow::Error>(out.write_all(text)?);
        rank_fused(&config, selection, separator, &device, observers, take)
    })?;
    drop(reporter);
    for note in device.notes() {
        log.warn(&note);
    }
    let FusedSummary { compounds, queries, excluded, fusion, fingerprint, device, hits, .. } = &summary;
    let excluded = match excluded {
        0 => String::new(),
        _ => format!(", {} left out as queries", count(*excluded)),
    };
    let text = format!(
        "{} compounds{excluded} ranked by the {fusion} of their similarities to {} queries{} by {fingerprint} on \
         {device} in {}: {} hits",
        count(*compounds),
        count(*queries),
        left_out(summary.unusable.len()),
        duration(summary.seconds),
        count(*hits),
    );
    log.event(&text, event("fused", &summary));
    Ok(())
}

/// Measures of how well the queries find the actives of a labelled library.
pub fn measure(args: &Similar, column: &str, global: &Global, log: &Log) -> anyhow::Result<()> {
    let config = config(args, global)?;
    let output = args.output.as_deref();
    if let Some(path) = output {
        refuse_packed(path)?;
        let is_json = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
        if !is_json && (path.is_file() || !path.exists()) {
            let path = path.display();
            return Err(Usage(format!("cannot tell the format of {path}: expected .json")).into());
        }
    }
    let device = device(global)?;
    announce(&device, log);
    let reporter = Reporter::new(*log, "compared");
    let alpha = args.fused.alpha.unwrap_or(ALPHA);
    let found = evaluate(&config, column, alpha, &device, &reporter, stop_on_signals()?)?;
    drop(reporter);
    write_to(output, |out| match output {
        Some(_) => json(&found, &config.library, &config.query, out),
        None => table(&found, out),
    })?;
    report(&found, &device, log);
    Ok(())
}

fn json(found: &Evaluation, library: &Path, query: &Path, out: &mut dyn Write) -> anyhow::Result<()> {
    let mut object = serde_json::json!({
        "schema": SCHEMA, "soyaku_version": env!("CARGO_PKG_VERSION"), "library": library, "query": query,
    });
    extend(&mut object, found);
    Ok(writeln!(out, "{object:#}")?)
}

fn table(found: &Evaluation, out: &mut dyn Write) -> anyhow::Result<()> {
    let Evaluation { counts, measures, in_row_order, alpha, .. } = found;
    let labelled = counts.actives + counts.inactives;
    let share = 100.0 * counts.actives as f64 / labelled as f64;
    writeln!(out, "actives     {} of {} compounds ({share:.2} %)", count(counts.actives), count(labelled))?;
    writeln!(
        out,
        "            {} without a label, {} left out as queries",
        count(counts.unlabelled),
        count(counts.excluded)
    )?;
    writeln!(out)?;
    writeln!(out, "                  equals in any order    in the order of rows")?;
    let alpha = format!("alpha {alpha}");
    let mut line = |name: &str, note: &str, value: fn(&Measures) -> f64| {
        let (any, rows) = (value(measures), value(in_row_order));
        writeln!(out, "{name:<8}{note:<12}{any:>17.4}{rows:>24.4}")
    };
    line("ROC-AUC", "", |measures| measures.roc_auc)?;
    line("logAUC", "adjusted", |measures| measures.adjusted_log_auc)?;
    line("BEDROC", &alpha, |measures| measures.bedroc)?;
    line("RIE", &alpha, |measures| measures.rie)?;
    for (any, rows) in measures.enrichment.iter().zip(&in_row_order.enrichment) {
        let place = format!("{} %", any.percent);
        writeln!(
            out,
            "{:<8}{place:<12}{:>17.4}{:>24.4}    {:.1} of {} compounds active; at most {:.4}",
            "EF",
            any.factor,
            rows.factor,
            any.actives,
            count(any.compounds),
            any.maximum
        )?;
    }
    Ok(())
}

fn report(found: &Evaluation, device: &Device, log: &Log) {
    for note in device.notes() {
        log.warn(&note);
    }
    if found.counts.same_as_query > 0 {
        log.warn(&format!(
            "{} of the labelled compounds have the fingerprint of a query, which makes measures look better than they \
             are; --exclude-queries leaves them out",
            count(found.counts.same_as_query)
        ));
    }
    let text = format!(
        "{} labelled compounds ranked by the {} of their similarities to {} queries{} by {} on {} in {}",
        count(found.counts.actives + found.counts.inactives),
        found.fusion,
        count(found.queries),
        left_out(found.unusable.len()),
        found.fingerprint,
        found.device,
        duration(found.seconds),
    );
    log.event(&text, event("evaluation", found));
}

fn left_out(queries: usize) -> String {
    if queries == 0 { String::new() } else { format!(" ({} left out)", count(queries as u64)) }
}
