//! What is timed, one file for each kernel family. A new family adds a line to [`ALL`].

mod engines;
mod many;
mod nearest;
mod scan;

use soyaku_device::{Device, Gpu};
use soyaku_kernels::probe;

use crate::peaks;
use crate::report::Report;
use crate::timing::Effort;

type Work = fn(&Bench<'_>, &mut Report) -> anyhow::Result<()>;

/// A name for `--only`, what it is, and how it is done.
pub struct Workload {
    /// One word.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    /// Times it.
    pub work: Work,
}

/// Everything, in the order of the report.
pub const ALL: &[Workload] = &[
    Workload { name: "peaks", title: "warp groups", work: warp_groups },
    Workload { name: "resident", title: "one query, resident library", work: scan::resident },
    Workload { name: "many", title: "many queries", work: many::searches },
    Workload { name: "engines", title: "each way to compare many queries", work: engines::crossing },
    Workload { name: "streaming", title: "queries, library from the host", work: scan::streaming },
    Workload { name: "nearest", title: "nearest reference of each row", work: nearest::references },
];

/// Beside the peaks that every report begins with.
fn warp_groups(bench: &Bench<'_>, report: &mut Report) -> anyhow::Result<()> {
    peaks::measure_warp_groups(bench.gpu, &bench.sizes.probe(), report);
    Ok(())
}

/// How large.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Sizes {
    /// To see that everything runs.
    Small,
    /// Large enough to fill a device, small enough for profilers.
    Medium,
    /// For figures.
    Full,
}

impl Sizes {
    /// For the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Full => "full",
        }
    }

    /// How much work the measurement of the device's peaks does.
    pub fn probe(self) -> probe::Effort {
        match self {
            Self::Small => probe::Effort { bytes: 1 << 16, rounds: 4, blocks: Some(2), runs: 1 },
            Self::Medium => probe::Effort { bytes: 1 << 28, runs: 3, ..probe::Effort::default() },
            Self::Full => probe::Effort::default(),
        }
    }

    /// One of three.
    pub fn pick<T>(self, small: T, medium: T, full: T) -> T {
        match self {
            Self::Small => small,
            Self::Medium => medium,
            Self::Full => full,
        }
    }
}

/// Where to run, and how long.
pub struct Bench<'a> {
    /// The GPU.
    pub gpu: &'a Gpu,
    /// A device that uses it.
    pub device: &'a Device,
    /// The CPU of the same machine, all its threads.
    pub cpu: &'a Device,
    /// How large.
    pub sizes: Sizes,
    /// Everything once, for a profiler.
    pub once: bool,
}

impl Bench<'_> {
    /// For work on the GPU.
    pub fn effort(&self) -> Effort {
        match self.sizes {
            _ if self.once => Effort::ONCE,
            Sizes::Small => Effort::QUICK,
            _ => Effort::FULL,
        }
    }

    fn sweep(&self) -> Effort {
        match self.sizes {
            _ if self.once => Effort::ONCE,
            Sizes::Small => Effort::QUICK,
            _ => Effort::SWEEP,
        }
    }

    fn cpu_effort(&self) -> Effort {
        match self.sizes {
            _ if self.once => Effort::ONCE,
            Sizes::Small => Effort::QUICK,
            _ => Effort::CPU,
        }
    }

    fn gpu_label(&self) -> String {
        format!("cuda:{}", self.gpu.info().ordinal)
    }

    fn cpu_label(&self) -> String {
        format!("cpu:{}", self.cpu.threads())
    }
}
