//! What the device does at most. Warp-group matrix instructions are measured in a process of their own: one that is
//! refused or never ends costs its process the device, and with it everything that was still to be measured.

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use soyaku_device::Gpu;
use soyaku_kernels::probe::{self, Effort, WARPGROUP_BIT_PAIRS, warpgroup};

use crate::report::Report;

/// The option of this program that measures warp groups and prints [`WarpGroup`], with the rounds.
const OPTION: &str = "--warp-groups";
/// How long that may take: a second or two are expected.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug, Serialize, Deserialize)]
struct WarpGroup {
    bit_pairs: f64,
    layout: bool,
}

/// Measures all but warp groups, into the report.
pub fn measure(gpu: &Gpu, effort: &Effort, report: &mut Report) -> anyhow::Result<()> {
    let peaks = probe::measure_with(gpu, effort).context("measuring the device's peaks")?;
    report.peaks.extend(peaks.named());
    Ok(())
}

/// Measures warp groups, into the report, where the device has them.
pub fn measure_warp_groups(gpu: &Gpu, effort: &Effort, report: &mut Report) {
    if gpu.info().compute_capability != warpgroup::HOPPER {
        return;
    }
    match apart(gpu, effort) {
        Ok(seen) => {
            report.peaks.insert(WARPGROUP_BIT_PAIRS, seen.bit_pairs);
            let word = if seen.layout { "as" } else { "NOT as" };
            report.notes.push(format!("wgmma: matrices lie {word} kernels/include/wgmma.cuh has it"));
        }
        Err(error) => report.notes.push(format!("wgmma: not measured: {error:#}")),
    }
}

/// What the other process does: measures and prints.
pub fn warp_groups(gpu: &Gpu, rounds: u32) -> anyhow::Result<()> {
    let seen = warpgroup::measure(gpu, &Effort { rounds, ..Effort::default() })?;
    let seen = WarpGroup { bit_pairs: seen.bit_pairs, layout: seen.layout };
    println!("{}", serde_json::to_string(&seen)?);
    Ok(())
}

fn apart(gpu: &Gpu, effort: &Effort) -> anyhow::Result<WarpGroup> {
    let mut process = Command::new(std::env::current_exe()?)
        .args(["--device", &format!("cuda:{}", gpu.info().ordinal), OPTION, &effort.rounds.to_string()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("starting a process")?;
    let started = Instant::now();
    let status = loop {
        match process.try_wait()? {
            Some(status) => break status,
            None if started.elapsed() < PATIENCE => sleep(Duration::from_millis(10)),
            None => {
                process.kill()?;
                process.wait()?;
                bail!("it took more than {} s and was stopped", PATIENCE.as_secs());
            }
        }
    };
    // Less than a pipe holds, so that it was never waited for.
    let (mut answer, mut complaint) = (String::new(), String::new());
    process.stdout.take().context("no output")?.read_to_string(&mut answer)?;
    process.stderr.take().context("no output")?.read_to_string(&mut complaint)?;
    if !status.success() {
        // A compiler has more to say than belongs into a note.
        let complaint: Vec<_> = complaint.lines().take(3).collect();
        bail!("{status}: {}", complaint.join("\n"));
    }
    serde_json::from_str(&answer).with_context(|| format!("'{}' is no answer", answer.trim()))
}
