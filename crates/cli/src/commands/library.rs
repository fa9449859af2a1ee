//! `soyaku library`.

use std::io::Write;
use std::path::Path;

use soyaku_screen::{BuildConfig, BuildSummary, FingerprintSpec, build};
use soyaku_store::{InputOptions, Keep, LibraryReader};

use super::device;
use crate::args::{Global, Library};
use crate::exit::Usage;
use crate::format::{bytes, count, duration, shorten};
use crate::log::Log;
use crate::progress::Reporter;
use crate::signals::stop_on_signals;

/// Compounds in one batch of a build.
const BATCH: usize = 16_384;
/// Characters of a rejected row that are shown.
const SHOWN: usize = 200;

pub fn run(command: Library, global: &Global, log: &Log) -> anyhow::Result<()> {
    match command {
        Library::Build { inputs, output, fingerprint, keep_columns, input, standardize, deduplicate } => {
            let fingerprints: Vec<FingerprintSpec> =
                fingerprint.iter().map(|name| name.parse()).collect::<Result<_, _>>()?;
            let options = InputOptions { keep: keep(keep_columns)?, ..input.into() };
            let config = BuildConfig {
                inputs,
                options,
                fingerprints,
                output,
                batch_size: BATCH,
                standardize,
                deduplicate,
            };
            let reporter = Reporter::new(*log, "read");
            let summary = build(&config, &device(global)?, &reporter, stop_on_signals()?)?;
            drop(reporter);
            report(&config, &summary, log);
            Ok(())
        }
        Library::Info { library, json, rejected } => info(&library, json, rejected),
        Library::Export(args) => super::export::run(args, global, log),
    }
}

/// What `--keep-columns` says.
fn keep(names: Vec<String>) -> Result<Keep, Usage> {
    let alone = |word: &str| names.iter().any(|name| name == word);
    match names.len() {
        0 => Ok(Keep::Usual),
        1 if alone("all") => Ok(Keep::All),
        1 if alone("none") => Ok(Keep::Nothing),
        _ if names.iter().any(|name| name.is_empty()) => {
            Err(Usage("--keep-columns has an empty name: expected names, all or none".into()))
        }
        _ => Ok(Keep::Named(names)),
    }
}

fn report(config: &BuildConfig, summary: &BuildSummary, log: &Log) {
    let rejected: u64 = summary.rejected.values().sum();
    let duplicates = summary.duplicates.unwrap_or(0);
    let left_out = summary.duplicates.map_or(String::new(), |rows| format!(", {} duplicates", count(rows)));
    let rate = (summary.compounds + rejected + duplicates) as f64 / summary.seconds.max(1e-9);
    let mut text = format!(
        "{}: {} compounds, {} rejected{left_out}, in {} ({} a second)",
        config.output.display(),
        count(summary.compounds),
        count(rejected),
        duration(summary.seconds),
        count(rate as u64)
    );
    for (kind, rows) in &summary.rejected {
        text.push_str(&format!("\n  rejected for {kind}: {}", count(*rows)));
    }
    for (input, line, reason) in &summary.examples {
        text.push_str(&format!("\n  {input}, line {line}: {reason}"));
    }
    if let Some(standardized) = &summary.standardized {
        text.push_str(&format!("\n  standardized: {}", count(standardized.compounds)));
        for (change, rows) in &standardized.changes {
            text.push_str(&format!("\n    {change}: {}", count(*rows)));
        }
    }
    let listed = rejected + duplicates;
    if listed > summary.examples.len() as u64 {
        let library = config.output.display();
        text.push_str(&format!("\n  ... all of them: soyaku library info {library} --rejected {listed}"));
    }
    let fields = serde_json::to_value(summary).unwrap_or_default();
    log.event(&text, fields);
}

fn info(path: &Path, json: bool, rejected: usize) -> anyhow::Result<()> {
    let reader = LibraryReader::open(path)?;
    let info = reader.info();
    let rows = reader.read_rejected(0, rejected)?;
    let mut out = std::io::stdout().lock();
    if json {
        let fingerprints: Vec<_> = info
            .kinds
            .iter()
            .map(|kind| serde_json::json!({ "name": kind.name, "bits": kind.bits }))
            .collect();
        let rejected_rows: Vec<_> = rows
            .iter()
            .map(|row| {
                let text = String::from_utf8_lossy(&row.text);
                serde_json::json!({ "line": row.line, "text": text, "reason": row.reason })
            })
            .collect();
        let value = serde_json::json!({
            "path": path, "schema": info.schema, "soyaku_version": info.version, "bytes": info.bytes,
            "compounds": info.rows, "rejected": info.rejected, "fingerprints": fingerprints,
            "properties": info.properties,
            "provenance": info.provenance, "rejected_rows": rejected_rows,
        });
        writeln!(out, "{value:#}")?;
        return Ok(());
    }
    writeln!(out, "{}: {}, {}", path.display(), info.schema, bytes(info.bytes))?;
    writeln!(out, "compounds     {}", count(info.rows))?;
    writeln!(out, "rejected      {}", count(info.rejected))?;
    if let Some(duplicates) = info.provenance.get("duplicates").and_then(|rows| rows.as_u64()) {
        writeln!(out, "duplicates    {} of these", count(duplicates))?;
    }
    for kind in &info.kinds {
        writeln!(out, "fingerprint   {} ({} bits)", kind.name, kind.bits)?;
    }
    for name in &info.properties {
        writeln!(out, "property      {}", name.escape_debug())?;
    }
    writeln!(out, "written by    soyaku {}", info.version)?;
    if let Some(inputs) = info.provenance.get("inputs").and_then(|inputs| inputs.as_array()) {
        for input in inputs {
            let text = |key: &str| input.get(key).and_then(|value| value.as_str()).unwrap_or("?").to_owned();
            writeln!(out, "input         {} (sha256 {})", text("path"), text("sha256"))?;
        }
    }
    for row in rows {
        let text = String::from_utf8_lossy(&row.text);
        let text = shorten(&text.escape_debug().to_string(), SHOWN);
        writeln!(out, "line {}: {text}: {}", row.line, row.reason)?;
    }
    Ok(())
}
