//! Many queries against a library that streams from the host's memory: bound by matrix instructions, or popcounts where
//! there are none of single bits.

use soyaku_device::Device;
use soyaku_kernels::tanimoto::{Counts, Hit, Measure, Rows, Search, Selection, Threshold, Tile};

use super::Bench;
use crate::fingerprints::Fingerprints;
use crate::report::{BIT_PAIRS, Check, Measured, POPCOUNTS, Report};
use crate::timing::{repeat, wall};

const WORDS: usize = 32;

/// What is asked of every query.
#[derive(Clone, Copy)]
enum Asked {
    Hits(Selection),
    Count(Threshold),
}

enum Answers {
    Hits(Vec<Vec<Hit>>),
    Counts(Vec<u64>),
}

/// Pairs of tiles that popcounts rule out are not compared and count nevertheless, so the share of the peak may exceed 1;
/// at 0.1 few are.
pub(super) fn searches(bench: &Bench<'_>, report: &mut Report) -> anyhow::Result<()> {
    let (asked, count) = if bench.quick { (150, 600) } else { (20_000, 1_000_000) };
    let made = Fingerprints::make(count, WORDS, 7);
    let queries = Fingerprints::make(asked, WORDS, 8);
    let work = [
        ("tanimoto_many, top 10", Asked::Hits(Selection::Top(10))),
        ("tanimoto_many, 0.7 and more", Asked::Hits(Selection::AtLeast("0.7".parse()?))),
        ("tanimoto_many, count of 0.7 and more", Asked::Count("0.7".parse()?)),
        ("tanimoto_many, count of 0.1 and more", Asked::Count("0.1".parse()?)),
    ];
    let (on_cpu, on_gpu) = (Tile::new(bench.cpu, 0, made.rows())?, Tile::new(bench.device, 0, made.rows())?);
    for (op, asked) in work {
        let expected = answers(bench.cpu, queries.rows(), asked, &on_cpu)?;
        let check = compare(&expected, &answers(bench.device, queries.rows(), asked, &on_gpu)?);
        let pairs = (count * queries.rows().len()) as u64;
        let params =
            [("rows", count as u64), ("queries", queries.rows().len() as u64), ("bits", WORDS as u64 * 64)];
        for (device, tile, label, effort) in [
            (bench.cpu, &on_cpu, bench.cpu_label(), bench.cpu_effort()),
            (bench.device, &on_gpu, bench.gpu_label(), bench.effort()),
        ] {
            let timing = repeat(effort, || wall(|| answers(device, queries.rows(), asked, tile)))?;
            let measured = Measured::new(op, label, "end_to_end", &params, (pairs, "pairs"), timing);
            let is_cpu = measured.device.starts_with("cpu");
            let capability = bench.gpu.info().compute_capability;
            let (bound, amount) = match capability.major {
                8 | 9 => (BIT_PAIRS, pairs as f64 * WORDS as f64 * 64.0),
                _ => (POPCOUNTS, pairs as f64 * WORDS as f64 * 2.0),
            };
            let peak = report.peaks.get(bound).copied().filter(|_| !is_cpu);
            report.add(measured.bound_by(bound, amount, peak).checked(check));
        }
        report.compare_last_two();
    }
    Ok(())
}

fn answers(device: &Device, queries: Rows<'_>, asked: Asked, tile: &Tile) -> anyhow::Result<Answers> {
    Ok(match asked {
        Asked::Hits(selection) => {
            let mut search = Search::new(device, queries, selection)?;
            search.scan_tile(tile)?;
            Answers::Hits(search.finish())
        }
        Asked::Count(threshold) => {
            let mut counts = Counts::new(device, queries, Measure::Tanimoto, threshold);
            counts.scan_tile(tile)?;
            Answers::Counts(counts.finish())
        }
    })
}

/// Query by query.
fn compare(expected: &Answers, got: &Answers) -> Check {
    match (expected, got) {
        (Answers::Hits(expected), Answers::Hits(got)) => {
            let hits = expected.iter().zip(got).map(|(expected, got)| Check::of(expected, got));
            hits.fold(
                Check { compared: 0, mismatches: expected.len().abs_diff(got.len()) as u64 },
                Check::and,
            )
        }
        (Answers::Counts(expected), Answers::Counts(got)) => Check::of(expected, got),
        _ => Check { compared: 1, mismatches: 1 },
    }
}
