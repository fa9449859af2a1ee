//! One query against a library: resident on the GPU, and streaming through it.

use soyaku_device::{Device, MemorySize};
use soyaku_kernels::tanimoto::cuda::Resident;
use soyaku_kernels::tanimoto::{Hit, Rows, Search, Selection, Tile};

use super::Bench;
use crate::fingerprints::Fingerprints;
use crate::report::{COPY, Check, Measured, Report, UPLOAD};
use crate::timing::{Timing, repeat, wall};

const WORDS: usize = 32;
/// Bytes that one row costs a scan that reads all of it.
const ROW_BYTES: u64 = WORDS as u64 * 8 + 2;
/// Queries that take turns.
const QUERIES: usize = 8;

/// The library stays on the device, queries come one after the other: bound by the device's memory.
///
/// The bytes are those that must be read: all popcounts, and the rows whose popcount allows them to reach the bound, or
/// for a top list the similarity of its last hit. On the CPU, where the library is laid out beforehand too, the search
/// is timed by the clock on the wall, with its making; on the GPU by the device's.
pub(super) fn resident(bench: &Bench<'_>, report: &mut Report) -> anyhow::Result<()> {
    // As much as fits, and as the CPU's memory holds beside it: a block of rows is put there again and again.
    let block = bench.sizes.pick(2_000, 1_000_000, 4_000_000);
    let wanted = bench.sizes.pick(6_000, 4_000_000, 100_000_000);
    let fitting = usize::try_from(bench.gpu.memory_budget() * 9 / 10 / ROW_BYTES)?;
    let blocks = (wanted.min(fitting) / block).max(1);
    let made = Fingerprints::make(block, WORDS, 1);
    // Strangers, whose best hits rule no rows out by their popcounts, since each of them comes once for each block.
    let strangers = Fingerprints::make(QUERIES, WORDS, 2);
    let relatives = made.relatives(QUERIES, 2);
    let mut library = Resident::new(bench.gpu, WORDS, block * blocks)?;
    let filling = wall(|| (0..blocks).try_for_each(|_| library.append(bench.device, made.rows())))?;
    let on_cpu = Tile::new(bench.cpu, 0, made.rows())?;
    let rows = (block * blocks) as u64;
    let sizes = |rows| [("rows", rows), ("bits", WORDS as u64 * 64)];
    let timing = Timing::of(vec![filling]);
    let upload =
        Measured::new("tanimoto_fill", bench.gpu_label(), "end_to_end", &sizes(rows), (rows, "rows"), timing);
    report.add(upload.bound_by(UPLOAD, (rows * ROW_BYTES) as f64, report.peaks.get(UPLOAD).copied()));
    for (op, selection, least, queries) in [
        ("tanimoto_scan, 0.3 and more", Selection::AtLeast("0.3".parse()?), 0.3, &relatives),
        ("tanimoto_scan, top 10", Selection::Top(10), 0.0, &strangers),
        ("tanimoto_scan, 0.7 and more", Selection::AtLeast("0.7".parse()?), 0.7, &relatives),
    ] {
        let mut query = 0;
        let timing = repeat(bench.cpu_effort(), || {
            query = (query + 1) % QUERIES;
            wall(|| search(bench.cpu, queries.row(query), selection, &on_cpu))
        })?;
        let items = (block as u64, "rows");
        report.add(Measured::new(op, bench.cpu_label(), "end_to_end", &sizes(block as u64), items, timing));

        let answers = Repeated { block, blocks, selection, least };
        let (mut check, mut bytes) = (Check { compared: 0, mismatches: 0 }, 0);
        for index in 0..QUERIES {
            let query = queries.row(index);
            let wanted = answers.of_all(&search(bench.cpu, query, selection, &on_cpu)?);
            check = check.and(Check::of(&wanted, &library.search(query, selection)?));
            bytes += answers.bytes(&made, query, &wanted);
        }
        let mut query = 0;
        let timing = repeat(bench.effort(), || {
            query = (query + 1) % QUERIES;
            library.search(queries.row(query), selection)?;
            anyhow::Ok(library.seconds())
        })?;
        let peak = report.peaks.get(COPY).copied();
        let measured = Measured::new(op, bench.gpu_label(), "kernel", &sizes(rows), (rows, "rows"), timing);
        report.add(measured.bound_by(COPY, bytes as f64 / QUERIES as f64, peak).checked(check));
        report.compare_last_two()?;
    }
    Ok(())
}

fn search(device: &Device, query: Rows<'_>, selection: Selection, tile: &Tile) -> anyhow::Result<Vec<Hit>> {
    let mut search = Search::new(device, query, selection)?;
    search.scan_tile(tile)?;
    Ok(search.finish().swap_remove(0))
}

/// A library that is one block of rows again and again: what is expected of it follows from the block.
struct Repeated {
    block: usize,
    blocks: usize,
    selection: Selection,
    /// The lowest similarity of a hit, as far as the selection says it.
    least: f64,
}

impl Repeated {
    /// Each hit comes once for each repetition.
    fn of_all(&self, of_block: &[Hit]) -> Vec<Hit> {
        let turns = 0..self.blocks as u64;
        let hits =
            |turn| of_block.iter().map(move |hit| Hit { row: hit.row + turn * self.block as u64, ..*hit });
        let mut wanted: Vec<Hit> = turns.flat_map(hits).collect();
        wanted.sort_by(Hit::cmp_rank);
        if let Selection::Top(count) = self.selection {
            wanted.truncate(count);
        }
        wanted
    }

    /// What any search has to read that looks at popcounts first.
    fn bytes(&self, made: &Fingerprints, query: Rows<'_>, wanted: &[Hit]) -> u64 {
        let bound = match self.selection {
            Selection::Top(count) if wanted.len() == count => wanted.last().map_or(0.0, Hit::similarity),
            _ => self.least,
        };
        let asked = f64::from(query.popcounts[0]);
        let possible = |&&popcount: &&u16| {
            let count = f64::from(popcount);
            count.min(asked) >= bound * count.max(asked) * (1.0 - 1e-9)
        };
        let read = made.rows().popcounts.iter().filter(possible).count() as u64;
        self.blocks as u64 * (read * WORDS as u64 * 8 + self.block as u64 * 2)
    }
}

/// The library comes from the host's memory, for one query and for sixteen: bound by the bus for one.
pub(super) fn streaming(bench: &Bench<'_>, report: &mut Report) -> anyhow::Result<()> {
    let count = bench.sizes.pick(3_000, 1_000_000, 4_000_000);
    let made = Fingerprints::make(count, WORDS, 3);
    for asked in [1, 16] {
        let queries = made.relatives(asked, 4);
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
            let peak = report.peaks.get(UPLOAD).copied().filter(|_| !measured.device.starts_with("cpu"));
            report.add(measured.bound_by(UPLOAD, (count as u64 * ROW_BYTES) as f64, peak).checked(check));
        }
        report.compare_last_two()?;
    }
    eprintln!("gpu-report: the library was {}", MemorySize::from_bytes(count as u64 * ROW_BYTES));
    Ok(())
}
