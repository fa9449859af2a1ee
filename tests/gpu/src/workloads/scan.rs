//! One query against a library: resident on the GPU, and streaming through it.

use soyaku_device::{Device, MemorySize};
use soyaku_kernels::tanimoto::cuda::Resident;
use soyaku_kernels::tanimoto::{Hit, Rows, Search, Selection};

use super::Bench;
use crate::fingerprints::Fingerprints;
use crate::report::{COPY, Check, Measured, Report};
use crate::timing::{repeat, wall};

const WORDS: usize = 32;
/// Bytes that one row costs a scan that reads all of it.
const ROW_BYTES: u64 = WORDS as u64 * 8 + 2;

/// The library stays on the device, queries come one after the other: bound by the device's memory.
///
/// Rows whose popcount cannot reach the bound are not read, so the bytes are an upper limit and the share may exceed
/// 1. On the CPU the search is timed by the clock on the wall, with its making; on the GPU by the device's.
pub(super) fn resident(bench: &Bench<'_>, report: &mut Report) -> anyhow::Result<()> {
    // As much as fits, and as the CPU's memory holds beside it: a block of rows is put there again and again.
    let block = if bench.quick { 2_000 } else { 4_000_000 };
    let wanted = if bench.quick { 6_000 } else { 100_000_000 };
    let fitting = usize::try_from(bench.gpu.memory_budget() * 9 / 10 / ROW_BYTES)?;
    let blocks = (wanted.min(fitting) / block).max(1);
    let made = Fingerprints::make(block, WORDS, 1);
    let queries = Fingerprints::make(8, WORDS, 2);
    let mut library = Resident::new(bench.gpu, WORDS, block * blocks)?;
    for _ in 0..blocks {
        library.append(bench.device, made.rows())?;
    }
    let rows = (block * blocks) as u64;
    let selections = [
        ("tanimoto_scan, top 10", Selection::Top(10)),
        ("tanimoto_scan, 0.7 and more", Selection::AtLeast("0.7".parse()?)),
        ("tanimoto_scan, 0.3 and more", Selection::AtLeast("0.3".parse()?)),
    ];
    for (op, selection) in selections {
        let (cpu_timing, expected) = on_cpu(bench, &made, &queries, selection)?;
        let sizes = |rows| [("rows", rows), ("bits", WORDS as u64 * 64)];
        let (label, items) = (bench.cpu_label(), (block as u64, "rows"));
        report.add(Measured::new(op, label, "end_to_end", &sizes(block as u64), items, cpu_timing));

        let mut query = 0;
        let timing = repeat(bench.effort(), || {
            query = (query + 1) % 8;
            library.search(queries.row(query), selection)?;
            anyhow::Ok(library.seconds())
        })?;
        let check = compare(&mut library, &queries, selection, &expected, (block, blocks))?;
        let peak = report.peaks.get(COPY).copied();
        let measured = Measured::new(op, bench.gpu_label(), "kernel", &sizes(rows), (rows, "rows"), timing);
        report.add(measured.bound_by(COPY, (rows * ROW_BYTES) as f64, peak).checked(check));
        report.compare_last_two();
    }
    Ok(())
}

type Expected = Vec<Vec<Hit>>;

fn on_cpu(
    bench: &Bench<'_>,
    made: &Fingerprints,
    queries: &Fingerprints,
    selection: Selection,
) -> anyhow::Result<(crate::timing::Timing, Expected)> {
    let mut query = 0;
    let timing = repeat(bench.cpu_effort(), || {
        query = (query + 1) % 8;
        wall(|| search(bench.cpu, queries.row(query), selection, made.rows()))
    })?;
    let expected = (0..8).map(|query| search(bench.cpu, queries.row(query), selection, made.rows()));
    Ok((timing, expected.collect::<anyhow::Result<_>>()?))
}

fn search(
    device: &Device,
    query: Rows<'_>,
    selection: Selection,
    rows: Rows<'_>,
) -> anyhow::Result<Vec<Hit>> {
    let mut search = Search::new(device, query, selection)?;
    search.scan(0, rows)?;
    Ok(search.finish().swap_remove(0))
}

/// The library is one block repeated, so what is expected of it follows from the block: each hit comes once for each
/// repetition.
fn compare(
    library: &mut Resident,
    queries: &Fingerprints,
    selection: Selection,
    expected: &Expected,
    (block, blocks): (usize, usize),
) -> anyhow::Result<Check> {
    let mut check = Check { compared: 0, mismatches: 0 };
    for (query, of_block) in expected.iter().enumerate() {
        let mut wanted: Vec<Hit> = (0..blocks as u64)
            .flat_map(|turn| {
                of_block.iter().map(move |hit| Hit { row: hit.row + turn * block as u64, ..*hit })
            })
            .collect();
        wanted.sort_by(Hit::cmp_rank);
        if let Selection::Top(count) = selection {
            wanted.truncate(count);
        }
        let got = library.search(queries.row(query), selection)?;
        check = check.and(Check::of(&wanted, &got));
    }
    Ok(check)
}

/// The library comes from the host's memory, for one query and for sixteen: bound by the bus for one.
pub(super) fn streaming(bench: &Bench<'_>, report: &mut Report) -> anyhow::Result<()> {
    let count = if bench.quick { 3_000 } else { 4_000_000 };
    let made = Fingerprints::make(count, WORDS, 3);
    for asked in [1, 16] {
        let queries = Fingerprints::make(asked, WORDS, 4);
        let selection = Selection::Top(100);
        let all = |device: &Device| {
            let mut search = Search::new(device, queries.rows(), selection)?;
            search.scan(0, made.rows())?;
            anyhow::Ok(search.finish())
        };
        let (expected, got) = (all(bench.cpu)?, all(bench.device)?);
        let pairs = (count * asked) as u64;
        let by_query = expected.iter().zip(&got).map(|(expected, got)| Check::of(expected, got));
        let check = by_query.fold(Check { compared: 0, mismatches: 0 }, Check::and);
        for (device, label, effort) in [
            (bench.cpu, bench.cpu_label(), bench.cpu_effort()),
            (bench.device, bench.gpu_label(), bench.effort()),
        ] {
            let timing = repeat(effort, || wall(|| all(device)))?;
            let params = [("rows", count as u64), ("queries", asked as u64), ("bits", WORDS as u64 * 64)];
            let measured =
                Measured::new("tanimoto_search", label, "end_to_end", &params, (pairs, "pairs"), timing);
            report.add(measured.checked(check));
        }
        report.compare_last_two();
    }
    eprintln!("gpu-report: the library was {}", MemorySize::from_bytes(count as u64 * ROW_BYTES));
    Ok(())
}
