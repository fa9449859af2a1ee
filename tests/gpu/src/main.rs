//! Times every kernel family on one GPU, beside the same work on the CPU, and says how near each comes to what the
//! device was seen to do at most. Every timed result is compared with the CPU's.
//!
//! `gpu-report [--device cuda:N] [--only NAMES] [--sizes small|medium|full] [--json FILE]`: a table on standard output.

mod fingerprints;
mod mistakes;
mod peaks;
mod report;
mod table;
mod timing;
mod workloads;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Parser;
use soyaku_device::{Device, DeviceRequest};

use mistakes::Mistake;
use report::Report;
use workloads::{Bench, Sizes, Workload};

/// Times every kernel family on a GPU and on the CPU.
#[derive(Debug, Parser)]
struct Args {
    /// The GPU
    #[arg(long, env = "SOYAKU_TEST_DEVICE", default_value = "cuda:0")]
    device: DeviceRequest,
    /// Only these, by their names, separated by commas; `--only list` prints them
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    only: Vec<String>,
    /// How large; small: to see that everything runs
    #[arg(long, value_enum, default_value = "full")]
    sizes: Sizes,
    /// Everything once, without warming up: for profilers
    #[arg(long)]
    once: bool,
    /// Where to write the report, which is written anew after every measurement
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Make a mistake on the device, which a checker has to find, and nothing else
    #[arg(long, value_enum, hide = true)]
    mistake: Option<Mistake>,
    /// Measure warp-group matrix instructions in that many rounds, print the outcome, and nothing else
    #[arg(long, value_name = "ROUNDS", hide = true)]
    warp_groups: Option<u32>,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(valid) if valid => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("gpu-report: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether all timed answers were right.
fn run(args: &Args) -> anyhow::Result<bool> {
    if args.only == ["list"] {
        workloads::ALL.iter().for_each(|workload| println!("{}\t{}", workload.name, workload.title));
        return Ok(true);
    }
    let wanted = chosen(&args.only)?;
    let device = Device::open(args.device.clone(), None)?;
    let Some(gpu) = device.gpus().first() else { bail!("{} is no GPU", args.device) };
    if let Some(rounds) = args.warp_groups {
        return peaks::warp_groups(gpu, rounds).map(|()| true);
    }
    if let Some(mistake) = args.mistake {
        return mistakes::make(gpu, mistake).map(|()| true);
    }
    let cpu = Device::open(DeviceRequest::Cpu, None)?;
    let bench = Bench { gpu, device: &device, cpu: &cpu, sizes: args.sizes, once: args.once };
    let mut report = Report::new(gpu, &cpu, args.sizes.name());
    report.file = args.json.clone();

    // A profiler wants the kernels of the work, and slows all others down.
    if !args.once {
        eprintln!("gpu-report: peaks of {gpu}");
        peaks::measure(gpu, &args.sizes.probe(), &mut report)?;
        report.save()?;
    }
    for Workload { title, work, .. } in wanted {
        eprintln!("gpu-report: {title}");
        if let Err(error) = work(&bench, &mut report) {
            report.invalidate(format!("{title}: {error:#}"));
        }
    }
    report.save()?;
    table::print(&report);
    Ok(report.valid)
}

/// Those named, or all.
fn chosen(names: &[String]) -> anyhow::Result<Vec<&'static Workload>> {
    if names.is_empty() {
        return Ok(workloads::ALL.iter().collect());
    }
    let find = |name: &String| {
        let known = || workloads::ALL.iter().map(|workload| workload.name).collect::<Vec<_>>().join(", ");
        let found = workloads::ALL.iter().find(|workload| workload.name == name);
        found.with_context(|| format!("no work is named '{name}'; there are {}", known()))
    };
    names.iter().map(find).collect()
}
