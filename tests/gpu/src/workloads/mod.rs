//! What is timed, one file for each kernel family. A new family adds a line to [`ALL`].

mod many;
mod nearest;
mod scan;

use soyaku_device::{Device, Gpu};
use soyaku_kernels::probe;

use crate::report::Report;
use crate::timing::Effort;

type Workload = fn(&Bench<'_>, &mut Report) -> anyhow::Result<()>;

/// Everything, in the order of the report.
pub const ALL: &[(&str, Workload)] = &[
    ("one query, resident library", scan::resident),
    ("queries, library from the host", scan::streaming),
    ("many queries", many::searches),
    ("nearest reference of each row", nearest::references),
];

/// To see that the device's peaks can be measured.
pub const QUICK_PROBE: probe::Effort = probe::Effort { bytes: 1 << 16, rounds: 4, blocks: Some(2), runs: 1 };

/// Where to run, and how long.
pub struct Bench<'a> {
    /// The GPU.
    pub gpu: &'a Gpu,
    /// A device that uses it.
    pub device: &'a Device,
    /// The CPU of the same machine, all its threads.
    pub cpu: &'a Device,
    /// Small sizes.
    pub quick: bool,
}

impl Bench<'_> {
    fn effort(&self) -> Effort {
        if self.quick { Effort::QUICK } else { Effort::FULL }
    }

    fn cpu_effort(&self) -> Effort {
        if self.quick { Effort::QUICK } else { Effort::CPU }
    }

    fn gpu_label(&self) -> String {
        format!("cuda:{}", self.gpu.info().ordinal)
    }

    fn cpu_label(&self) -> String {
        format!("cpu:{}", self.cpu.threads())
    }
}
