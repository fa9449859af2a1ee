//! `soyaku library`.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use soyaku_screen::{BuildConfig, BuildSummary, FingerprintSpec, build};
use soyaku_store::{AtomicFile, Format, LibraryReader, Records};

use super::device;
use crate::args::{Global, Library};
use crate::exit::Usage;
use crate::format::{bytes, count, duration};
use crate::log::Log;
use crate::progress::Reporter;
use crate::signals::stop_on_signals;

/// Compounds in one batch of a build or an export.
const BATCH: usize = 16_384;

pub fn run(command: Library, global: &Global, log: &Log) -> anyhow::Result<()> {
    match command {
        Library::Build { inputs, output, fingerprint, input } => {
            let fingerprints: Vec<FingerprintSpec> =
                fingerprint.iter().map(|name| name.parse()).collect::<Result<_, _>>()?;
            let config =
                BuildConfig { inputs, options: input.into(), fingerprints, output, batch_size: BATCH };
            let reporter = Reporter::new(*log, "read");
            let summary = build(&config, &device(global)?, &reporter, stop_on_signals()?)?;
            drop(reporter);
            report(&config, &summary, log);
            Ok(())
        }
        Library::Info { library, json, rejected } => info(&library, json, rejected),
        Library::Export { library, output } => export(&library, output),
    }
}

fn report(config: &BuildConfig, summary: &BuildSummary, log: &Log) {
    let rejected: u64 = summary.rejected.values().sum();
    let rate = (summary.compounds + rejected) as f64 / summary.seconds.max(1e-9);
    let mut text = format!(
        "{}: {} compounds, {} rejected, in {} ({} a second)",
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
    if rejected > summary.examples.len() as u64 {
        let library = config.output.display();
        text.push_str(&format!("\n  ... all of them: soyaku library info {library} --rejected {rejected}"));
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
            "provenance": info.provenance, "rejected_rows": rejected_rows,
        });
        writeln!(out, "{value:#}")?;
        return Ok(());
    }
    writeln!(out, "{}: {}, {}", path.display(), info.schema, bytes(info.bytes))?;
    writeln!(out, "compounds     {}", count(info.rows))?;
    writeln!(out, "rejected      {}", count(info.rejected))?;
    for kind in &info.kinds {
        writeln!(out, "fingerprint   {} ({} bits)", kind.name, kind.bits)?;
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
        writeln!(out, "line {}: {}: {}", row.line, text.escape_debug(), row.reason)?;
    }
    Ok(())
}

fn export(path: &Path, output: Option<PathBuf>) -> anyhow::Result<()> {
    let reader = LibraryReader::open(path)?;
    let Some(output) = output else {
        let mut out = BufWriter::new(std::io::stdout().lock());
        write_text(&reader, Format::Smiles, &mut out)?;
        return Ok(out.flush()?);
    };
    let format = Format::from_path(&output).ok_or_else(|| {
        Usage(format!("cannot tell the format of {}: expected .smi, .csv or .tsv", output.display()))
    })?;
    if output.extension().is_some_and(|end| end == "gz" || end == "zst" || end == "zstd") {
        let message = format!("{}: compressed output is not written; leave the ending out", output.display());
        return Err(Usage(message).into());
    }
    // A pipe or device cannot be renamed over.
    if output.exists() && !output.is_file() {
        let mut out = BufWriter::new(File::create(&output)?);
        write_text(&reader, format, &mut out)?;
        return Ok(out.flush()?);
    }
    let mut file = AtomicFile::create(&output)?;
    write_text(&reader, format, &mut file)?;
    Ok(file.commit()?)
}

fn write_text(reader: &LibraryReader, format: Format, out: &mut impl Write) -> anyhow::Result<()> {
    let mut records = Records::new();
    let separator = match format {
        Format::Smiles => b' ',
        Format::Tsv => b'\t',
        Format::Csv => b',',
    };
    if format != Format::Smiles {
        out.write_all(&[b"smiles".as_slice(), &[separator], b"name\n"].concat())?;
    }
    let mut start = 0;
    while start < reader.len() {
        let end = reader.len().min(start + BATCH as u64);
        reader.read_records(start..end, &mut records)?;
        if format == Format::Smiles {
            for row in 0..records.len() {
                out.write_all(records.smiles(row))?;
                if !records.name(row).is_empty() {
                    out.write_all(b" ")?;
                    out.write_all(records.name(row))?;
                }
                out.write_all(b"\n")?;
            }
        } else {
            let mut table = csv::WriterBuilder::new().delimiter(separator).from_writer(Vec::new());
            for row in 0..records.len() {
                table.write_record([records.smiles(row), records.name(row)])?;
            }
            out.write_all(&table.into_inner()?)?;
        }
        start = end;
    }
    Ok(())
}
