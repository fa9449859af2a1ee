//! Times every kernel family on one GPU, beside the same work on the CPU, and says how near each comes to what the
//! device was seen to do at most. Every timed result is compared with the CPU's.
//!
//! `gpu-report [--device cuda:N] [--quick] [--json FILE]`: a table on standard output.

mod fingerprints;
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
use soyaku_kernels::probe;

use report::Report;
use workloads::Bench;

/// Times every kernel family on a GPU and on the CPU.
#[derive(Debug, Parser)]
struct Args {
    /// The GPU
    #[arg(long, env = "SOYAKU_TEST_DEVICE", default_value = "cuda:0")]
    device: DeviceRequest,
    /// Small sizes and few repetitions: to see that everything runs
    #[arg(long)]
    quick: bool,
    /// Where to write the report
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
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
    let device = Device::open(args.device.clone(), None)?;
    let Some(gpu) = device.gpus().first() else { bail!("{} is no GPU", args.device) };
    if let Some(rounds) = args.warp_groups {
        return peaks::warp_groups(gpu, rounds).map(|()| true);
    }
    let cpu = Device::open(DeviceRequest::Cpu, None)?;
    let mut report = Report::new(gpu, &cpu, args.quick);

    eprintln!("gpu-report: peaks of {gpu}");
    let effort = if args.quick { workloads::QUICK_PROBE } else { probe::Effort::default() };
    peaks::measure(gpu, &effort, &mut report)?;
    let bench = Bench { gpu, device: &device, cpu: &cpu, quick: args.quick };
    for (name, work) in workloads::ALL {
        eprintln!("gpu-report: {name}");
        if let Err(error) = work(&bench, &mut report) {
            report.invalidate(format!("{name}: {error:#}"));
        }
    }
    table::print(&report);
    if let Some(path) = &args.json {
        let text = serde_json::to_string_pretty(&report)?;
        std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(report.valid)
}
