//! What is written and printed: schema `soyaku.bench/1`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context;
use serde::Serialize;
use serde_json::{Value, json};
use soyaku_device::{Device, Gpu};

use crate::timing::Timing;

/// Peak of memory: bytes read and written by a copy.
pub const COPY: &str = "copy_bytes_per_s";
/// Peak of popcounts of 32 bits.
pub const POPCOUNTS: &str = "popcounts_per_s";

/// Peak of pairs of bits that matrix instructions compare.
pub const BIT_PAIRS: &str = "b1_bit_pairs_per_s";

/// Peak of logical operations of three inputs on 32 bits.
pub const LOGIC: &str = "logic3_per_s";
/// Peak of copies from page-locked memory of the host.
pub const UPLOAD: &str = "upload_bytes_per_s";

/// Everything of one run.
#[derive(Debug, Serialize)]
pub struct Report {
    schema: &'static str,
    /// False when a check failed: the timings are of wrong answers then.
    pub valid: bool,
    /// Why not.
    pub invalid_reasons: Vec<String>,
    tool: Value,
    host: Value,
    devices: Vec<Value>,
    settings: Value,
    /// What else is worth a word.
    pub notes: Vec<String>,
    /// What the device was seen to do at most, by name; units in the name.
    pub peaks: BTreeMap<&'static str, f64>,
    /// One for each measured piece of work on each device.
    pub results: Vec<Measured>,
    /// The same work on the GPU and on the CPU.
    pub comparisons: Vec<Comparison>,
    /// Where it is written, again and again, so that what was measured is there should the process be stopped.
    #[serde(skip)]
    pub file: Option<PathBuf>,
}

/// One piece of work on one device.
#[derive(Debug, Serialize)]
pub struct Measured {
    /// `op/device/phase/sizes`.
    pub id: String,
    /// The operation.
    pub op: &'static str,
    /// `cuda:0` or `cpu:16` (threads).
    pub device: String,
    /// Sizes.
    pub params: BTreeMap<&'static str, u64>,
    /// `kernel`: device time with everything in place; `end_to_end`: with transfers, by the wall clock; others are
    /// parts of that.
    pub phase: &'static str,
    /// Seconds of each run.
    #[serde(flatten)]
    pub timing: Timing,
    /// Items of one run, and what an item is.
    pub items: u64,
    /// What an item is.
    pub item: &'static str,
    /// Items per second, by the median.
    pub items_per_s: f64,
    /// What bounds it, by a count of its bytes or operations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roofline: Option<Roofline>,
    /// Results compared with the CPU's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<Check>,
}

/// Share of a peak that was measured on the same device in the same run; not clamped.
#[derive(Debug, Serialize)]
pub struct Roofline {
    /// Key of [`Report::peaks`].
    pub bound: &'static str,
    /// Bytes or operations of one run.
    pub amount: f64,
    /// Achieved by peak.
    pub fraction: f64,
}

/// A comparison with the CPU on the same input.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Check {
    /// Results compared.
    pub compared: u64,
    /// Of these, different.
    pub mismatches: u64,
}

impl Check {
    /// Of results in their order; what only one side has differs.
    pub fn of<T: PartialEq>(expected: &[T], got: &[T]) -> Self {
        let differ = expected.iter().zip(got).filter(|(expected, got)| expected != got).count();
        let missing = expected.len().abs_diff(got.len());
        Self { compared: expected.len().max(got.len()).max(1) as u64, mismatches: (differ + missing) as u64 }
    }

    /// Both together.
    pub fn and(self, other: Self) -> Self {
        Self { compared: self.compared + other.compared, mismatches: self.mismatches + other.mismatches }
    }
}

/// One piece of work on two devices, by the ids of its results.
#[derive(Debug, Serialize)]
pub struct Comparison {
    baseline: String,
    /// The GPU's.
    pub candidate: String,
    /// Ratio of the rates by the medians.
    pub speedup_median: f64,
}

impl Report {
    /// An empty one.
    pub fn new(gpu: &Gpu, cpu: &Device, sizes: &str) -> Self {
        let info = gpu.info();
        Self {
            schema: "soyaku.bench/1",
            valid: true,
            invalid_reasons: Vec::new(),
            tool: json!({
                "name": "soyaku",
                "version": env!("CARGO_PKG_VERSION"),
                "commit": std::env::var("SOYAKU_COMMIT").ok(),
                "profile": if cfg!(debug_assertions) { "checked" } else { "release" },
            }),
            host: json!({ "cpu": cpu_model(), "cores_used": cpu.threads() }),
            devices: vec![json!({
                "id": format!("cuda:{}", info.ordinal),
                "name": info.name,
                "uuid": info.uuid,
                "cc": info.compute_capability.to_string(),
                "sms": info.multiprocessors,
                "memory_bytes": info.memory,
                "budget_bytes": gpu.memory_budget(),
            })],
            settings: json!({ "sizes": sizes, "data": crate::fingerprints::RECIPE }),
            notes: Vec::new(),
            peaks: BTreeMap::new(),
            results: Vec::new(),
            comparisons: Vec::new(),
            file: None,
        }
    }

    /// Writes it, whole, in place of what was there.
    pub fn save(&self) -> anyhow::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let partial = file.with_extension("partial");
        let text = serde_json::to_string_pretty(self)?;
        std::fs::write(&partial, text).with_context(|| format!("cannot write {}", partial.display()))?;
        std::fs::rename(&partial, file).with_context(|| format!("cannot write {}", file.display()))
    }

    /// Adds a result; one that differs from the CPU's makes the report invalid.
    pub fn add(&mut self, measured: Measured) {
        if let Some(check) = measured.check.filter(|check| check.mismatches > 0 || check.compared == 0) {
            self.invalidate(format!(
                "{}: {} of {} results differ",
                measured.id, check.mismatches, check.compared
            ));
        }
        self.results.push(measured);
    }

    /// Marks the timings as not to be used.
    pub fn invalidate(&mut self, reason: String) {
        self.valid = false;
        self.invalid_reasons.push(reason);
    }

    /// Compares the last two results, of which the first is the baseline, and saves.
    pub fn compare_last_two(&mut self) -> anyhow::Result<()> {
        if let [.., baseline, candidate] = &self.results[..] {
            self.comparisons.push(Comparison {
                baseline: baseline.id.clone(),
                candidate: candidate.id.clone(),
                speedup_median: candidate.items_per_s / baseline.items_per_s,
            });
        }
        self.save()
    }
}

impl Measured {
    /// Rates and identity from what was counted and timed.
    pub fn new(
        op: &'static str,
        device: String,
        phase: &'static str,
        params: &[(&'static str, u64)],
        (items, item): (u64, &'static str),
        timing: Timing,
    ) -> Self {
        let sizes: Vec<_> = params.iter().map(|(name, value)| format!("{name}={value}")).collect();
        Self {
            id: format!("{}/{device}/{phase}/{}", op.replace(", ", "_").replace(' ', "_"), sizes.join(",")),
            op,
            device,
            params: params.iter().copied().collect(),
            phase,
            items,
            item,
            items_per_s: items as f64 / timing.median_s,
            timing,
            roofline: None,
            check: None,
        }
    }

    /// Says what bounds it: `amount` bytes or operations of a run against a peak of so many a second.
    pub fn bound_by(mut self, bound: &'static str, amount: f64, peak: Option<f64>) -> Self {
        self.roofline =
            peak.map(|peak| Roofline { bound, amount, fraction: amount / self.timing.median_s / peak });
        self
    }

    /// Notes what the comparison with the CPU gave.
    pub fn checked(mut self, check: Check) -> Self {
        self.check = Some(check);
        self
    }
}

fn cpu_model() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    text.lines().find_map(|line| Some(line.strip_prefix("model name")?.split_once(':')?.1.trim().to_owned()))
}
