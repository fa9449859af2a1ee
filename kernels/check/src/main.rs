//! `make kernels`: compiles every CUDA kernel for every architecture and fails where it is not as recorded or promised.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context;
use clap::Parser;
use soyaku_kernel_check::compile::{Compiler, Matrix, compile};
use soyaku_kernel_check::promises::Promises;
use soyaku_kernel_check::{Finding, Verdict, compare, record, report, show};
use soyaku_kernels::sources::SOURCES;

/// Compile every CUDA kernel, compare its resources with kernels/resources.tsv, and check kernels/promises.toml.
#[derive(Parser)]
struct Arguments {
    /// Write what is measured to kernels/resources.tsv; spills and broken promises fail nevertheless.
    #[arg(long)]
    accept: bool,
    /// The folder kernels/ of the source tree.
    #[arg(long, default_value_os_t = tree().join("kernels"))]
    kernels: PathBuf,
    /// Where `scripts/bootstrap nvrtc` puts the compilers and the disassembler.
    #[arg(long, default_value_os_t = tree().join("target/tools"))]
    tools: PathBuf,
    /// Only print how often each instruction is in the machine code of that entry point.
    #[arg(long, value_name = "ENTRY")]
    show: Option<String>,
    /// How many threads compile.
    #[arg(long, default_value_t = std::thread::available_parallelism().map_or(1, usize::from))]
    threads: usize,
}

/// The source tree that this was built from.
fn tree() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new(".")).to_owned()
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let started = Instant::now();
    let compilers = [
        Compiler::complete(&arguments.tools.join("nvrtc-12.9")),
        Compiler::single(&arguments.tools.join("nvrtc-13.0"), "sm_90"),
    ];
    let compilers: Vec<_> = compilers
        .into_iter()
        .collect::<Result<_, _>>()
        .context("scripts/bootstrap nvrtc installs what is missing")?;
    let nvdisasm = disassembler(&arguments.tools);
    if let Some(entry) = &arguments.show {
        let shown = show::instructions(SOURCES, &compilers, entry, &nvdisasm)?;
        println!("{}", shown.with_context(|| format!("no source has an entry '{entry}'"))?);
        return Ok(ExitCode::SUCCESS);
    }

    let table = arguments.kernels.join("resources.tsv");
    let promises = arguments.kernels.join("promises.toml");
    let promises = Promises::read(&text(&promises)?).with_context(|| promises.display().to_string())?;
    let committed = record::read(&text(&table)?).with_context(|| table.display().to_string())?;
    let matrix = compile(SOURCES, &compilers, &promises, &nvdisasm, arguments.threads)?;

    println!("registers of a thread / bytes of static shared memory, by NVRTC version\n");
    println!("{}\n", report::table(&matrix.record));
    let mut findings = matrix.findings.clone();
    findings.extend(promises.gaps(matrix.record.keys()));
    findings.extend(compare::local_memory(&matrix.record, &promises.allowed));
    let changes = compare::changes(&committed, &matrix.record);
    print_totals(&matrix, started, arguments.threads);
    conclude(&arguments, &table, &matrix, &findings, &changes)
}

/// Says what is wrong and, if asked to and nothing but changes is, writes the table.
fn conclude(
    arguments: &Arguments,
    table: &Path,
    matrix: &Matrix,
    findings: &[Finding],
    changes: &[Finding],
) -> anyhow::Result<ExitCode> {
    for finding in findings.iter().chain(changes) {
        eprintln!("kernels: {finding}");
    }
    match Verdict::of(findings, changes, arguments.accept) {
        Verdict::Pass => return Ok(ExitCode::SUCCESS),
        Verdict::Fail => {
            eprintln!(
                "kernels: failed: {} changes that ACCEPT=1 records, {} findings that it does not",
                changes.len(),
                findings.len()
            );
            return Ok(ExitCode::FAILURE);
        }
        Verdict::Record => {}
    }
    let partial = table.with_extension("tsv.partial");
    fs::write(&partial, record::write(&matrix.record)).with_context(|| partial.display().to_string())?;
    fs::rename(&partial, table).with_context(|| table.display().to_string())?;
    eprintln!("kernels: {} changes written to {}; commit it", changes.len(), table.display());
    Ok(ExitCode::SUCCESS)
}

fn print_totals(matrix: &Matrix, started: Instant, threads: usize) {
    println!(
        "{} source(s), {} compilations, {} disassemblies, {:.1} MB of machine code: {:.1} s on {threads} threads \
         ({:.1} s of work)",
        SOURCES.len(),
        matrix.compilations,
        matrix.disassemblies,
        matrix.bytes as f64 / 1e6,
        started.elapsed().as_secs_f64(),
        matrix.work.as_secs_f64(),
    );
}

/// The file, or nothing where there is none yet.
fn text(path: &Path) -> anyhow::Result<String> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        other => other.with_context(|| path.display().to_string()),
    }
}

/// The program in the wheel, which names its folder after the CUDA version.
fn disassembler(tools: &Path) -> PathBuf {
    tools.join("nvdisasm/nvidia/cu13/bin/nvdisasm")
}
