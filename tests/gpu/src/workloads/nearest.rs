//! The most similar of some references, for every row of a library.

use soyaku_device::Device;
use soyaku_kernels::tanimoto::{Nearest, References};

use super::Bench;
use crate::fingerprints::Fingerprints;
use crate::report::{Check, Measured, POPCOUNTS, Report};
use crate::timing::{repeat, wall};

const WORDS: usize = 32;

/// From the host's memory and back: bound by the bus for few references, by popcounts for many.
pub(super) fn references(bench: &Bench<'_>, report: &mut Report) -> anyhow::Result<()> {
    for (references, rows) in bench.sizes.pick(
        [(3, 500), (40, 200)],
        [(16, 500_000), (1_000, 100_000)],
        [(16, 2_000_000), (1_000, 500_000)],
    ) {
        let made = Fingerprints::make(rows, WORDS, 5);
        let known = Fingerprints::make(references, WORDS, 6);
        let (mut expected, mut got) = (Vec::<Nearest>::new(), Vec::new());
        let compare = |device: &Device| References::new(device, known.rows());
        let (mut on_cpu, mut on_gpu) = (compare(bench.cpu), compare(bench.device));
        on_cpu.nearest(made.rows(), &mut expected)?;
        on_gpu.nearest(made.rows(), &mut got)?;
        let check = Check::of(&expected, &got);
        let params = [("rows", rows as u64), ("references", references as u64), ("bits", WORDS as u64 * 64)];
        let pairs = (rows * references) as u64;
        for (compared, label, effort) in [
            (&mut on_cpu, bench.cpu_label(), bench.cpu_effort()),
            (&mut on_gpu, bench.gpu_label(), bench.effort()),
        ] {
            let timing = repeat(effort, || wall(|| compared.nearest(made.rows(), &mut got)))?;
            let measured =
                Measured::new("tanimoto_nearest", label, "end_to_end", &params, (pairs, "pairs"), timing);
            // Each pair takes a popcount for every 32 bits.
            let popcounts = pairs as f64 * WORDS as f64 * 2.0;
            let peak = report.peaks.get(POPCOUNTS).copied().filter(|_| !measured.device.starts_with("cpu"));
            report.add(measured.bound_by(POPCOUNTS, popcounts, peak).checked(check));
        }
        report.compare_last_two()?;
    }
    Ok(())
}
