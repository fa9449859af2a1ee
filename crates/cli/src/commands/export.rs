//! `soyaku library export`.

use std::path::Path;

use soyaku_chem::sdf::MolBlockVersion;
use soyaku_screen::{ExportOptions, ExportSummary, export};
use soyaku_store::{Format, LibraryReader};

use super::device;
use super::output::{refuse_packed, write_to};
use crate::args::{Export, ExportFormat, Global};
use crate::exit::Usage;
use crate::format::count;
use crate::log::Log;

pub fn run(args: Export, global: &Global, log: &Log) -> anyhow::Result<()> {
    let format = format(&args)?;
    let options = ExportOptions {
        format: match format {
            ExportFormat::Smi => soyaku_screen::ExportFormat::Smiles,
            ExportFormat::Csv => soyaku_screen::ExportFormat::Table(b','),
            ExportFormat::Tsv => soyaku_screen::ExportFormat::Table(b'\t'),
            ExportFormat::Sdf if args.v3000 => soyaku_screen::ExportFormat::Sdf(MolBlockVersion::V3000),
            ExportFormat::Sdf => soyaku_screen::ExportFormat::Sdf(MolBlockVersion::Automatic),
            ExportFormat::Fps => soyaku_screen::ExportFormat::Fps,
        },
        canonical: args.canonical,
        kekule: args.kekule,
        fingerprint: args.fingerprint,
    };
    let reader = LibraryReader::open(&args.library)?;
    let device = device(global)?;
    let summary = write_to(args.output.as_deref(), |out| {
        export(&reader, &options, &device, |text| Ok::<_, anyhow::Error>(out.write_all(text)?))
    })?;
    warn(&summary, log);
    Ok(())
}

/// The format by option, by name of the output, or SMILES.
fn format(args: &Export) -> Result<ExportFormat, Usage> {
    let format = match (args.format, &args.output) {
        (Some(format), _) => format,
        (None, None) => ExportFormat::Smi,
        (None, Some(path)) => from_name(path)?,
    };
    args.output.as_deref().map_or(Ok(()), refuse_packed)?;
    let useless = match format {
        ExportFormat::Sdf | ExportFormat::Fps if args.canonical => "--canonical",
        ExportFormat::Sdf | ExportFormat::Fps if args.kekule => "--kekule",
        ExportFormat::Smi | ExportFormat::Csv | ExportFormat::Tsv | ExportFormat::Sdf
            if args.fingerprint.is_some() =>
        {
            "--fingerprint"
        }
        ExportFormat::Smi | ExportFormat::Csv | ExportFormat::Tsv | ExportFormat::Fps if args.v3000 => {
            "--v3000"
        }
        _ => return Ok(format),
    };
    Err(Usage(format!("{useless} means nothing for this format")))
}

fn from_name(path: &Path) -> Result<ExportFormat, Usage> {
    if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("fps")) {
        return Ok(ExportFormat::Fps);
    }
    match Format::from_path(path) {
        Some(Format::Smiles) => Ok(ExportFormat::Smi),
        Some(Format::Csv) => Ok(ExportFormat::Csv),
        Some(Format::Tsv) => Ok(ExportFormat::Tsv),
        Some(Format::Sdf) => Ok(ExportFormat::Sdf),
        None => Err(Usage(format!(
            "cannot tell the format of {}: expected .smi, .csv, .tsv, .sdf or .fps, or --format",
            path.display()
        ))),
    }
}

/// What mol blocks could not tell.
fn warn(summary: &ExportSummary, log: &Log) {
    if summary.incomplete == 0 {
        return;
    }
    let lost = summary.lost;
    let counts = [
        (lost.centers, "tetrahedral centres"),
        (lost.double_bonds, "double bond configurations"),
        (lost.others, "other atoms and bonds"),
    ];
    let parts: Vec<String> = counts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{} {what}", count(*number as u64)))
        .collect();
    log.warn(&format!(
        "{} compounds are not told completely by their mol blocks: {} (docs/differences.md)",
        count(summary.incomplete),
        parts.join(", ")
    ));
}
