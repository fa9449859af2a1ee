//! Many queries against a library in the host's memory: bound by matrix instructions, or popcounts where there are none
//! of single bits, and for few queries by the bus.

use std::time::Instant;

use soyaku_device::Device;
use soyaku_kernels::tanimoto::{Counts, Hit, Measure, Rows, Search, Selection, Threshold, Tile};

use super::Bench;
use crate::fingerprints::Fingerprints;
use crate::report::{BIT_PAIRS, Check, Measured, POPCOUNTS, Report};
use crate::timing::{Timing, repeat};

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

/// Where the time of a search goes, as far as its caller sees: what is done before the first row, the comparison with
/// all that belongs to it, and the making of ranked lists.
const PARTS: [&str; 3] = ["prepare", "compare", "finish"];

/// One kind of search: its name, what is asked, of how many queries, and whether they are like some rows.
struct Work {
    op: &'static str,
    asked: Asked,
    queries: usize,
    relatives: bool,
}

/// Pairs of tiles that popcounts rule out are not compared and count nevertheless, so the share of the peak may exceed 1;
/// at 0.1 few are.
pub(super) fn searches(bench: &Bench<'_>, report: &mut Report) -> anyhow::Result<()> {
    let count = bench.sizes.pick(600, 200_000, 1_000_000);
    // So many that the device decides and not the host; and fewer, as the peers are asked.
    let [few, most] = bench.sizes.pick([130, 150], [5_000, 20_000], [20_000, 100_000]);
    let (top, least) = (Asked::Hits(Selection::Top(10)), Asked::Hits(Selection::AtLeast("0.7".parse()?)));
    let work = |op, asked, queries, relatives| Work { op, asked, queries, relatives };
    let all = [
        work("tanimoto_many, top 10", top, most, false),
        work("tanimoto_many, 0.7 and more", least, most, false),
        work("tanimoto_many, 0.7 and more of relatives", least, most, true),
        work("tanimoto_many, top 10", top, few, false),
        work("tanimoto_many, 0.7 and more", least, few, false),
        work("tanimoto_many, count of 0.7 and more", Asked::Count("0.7".parse()?), most, true),
        work("tanimoto_many, count of 0.1 and more", Asked::Count("0.1".parse()?), most, true),
    ];
    let made = Fingerprints::make(count, WORDS, 7);
    let (strangers, relatives) = (Fingerprints::make(most, WORDS, 8), made.relatives(most, 8));
    let sizes = [("rows", count as u64), ("bits", WORDS as u64 * 64)];
    // Laid out once for all searches; on the GPU that is an order by popcount.
    let on_cpu = laid_out(bench.cpu, &made)?;
    let on_gpu = laid_out(bench.device, &made)?;
    for (label, (_, timing)) in [(bench.cpu_label(), &on_cpu), (bench.gpu_label(), &on_gpu)] {
        let items = (count as u64, "rows");
        report.add(Measured::new("tanimoto_tile", label, "end_to_end", &sizes, items, timing.clone()));
    }
    for work in all {
        let queries = if work.relatives { &relatives } else { &strangers };
        search(bench, report, &work, queries.first(work.queries), [&on_cpu.0, &on_gpu.0])?;
    }
    Ok(())
}

/// On the CPU, then on the GPU, each with where its time goes.
fn search(
    bench: &Bench<'_>,
    report: &mut Report,
    work: &Work,
    queries: Rows<'_>,
    tiles: [&Tile; 2],
) -> anyhow::Result<()> {
    let expected = answers(bench.cpu, queries, work.asked, tiles[0])?.0;
    let check = compare(&expected, &answers(bench.device, queries, work.asked, tiles[1])?.0);
    drop(expected);
    let (rows, asked) = (tiles[0].len() as u64, queries.len() as u64);
    let pairs = rows * asked;
    let params = [("rows", rows), ("queries", asked), ("bits", WORDS as u64 * 64)];
    let mut whole = Vec::new();
    for (device, tile, label, effort) in [
        (bench.cpu, tiles[0], bench.cpu_label(), bench.cpu_effort()),
        (bench.device, tiles[1], bench.gpu_label(), bench.effort()),
    ] {
        let mut parts = [const { Vec::new() }; 3];
        let timing = repeat(effort, || {
            let (_, seconds) = answers(device, queries, work.asked, tile)?;
            parts.iter_mut().zip(seconds).for_each(|(part, seconds)| part.push(seconds));
            anyhow::Ok(seconds.iter().sum())
        })?;
        let measured =
            |phase, timing| Measured::new(work.op, label.clone(), phase, &params, (pairs, "pairs"), timing);
        for (phase, mut samples) in PARTS.into_iter().zip(parts) {
            samples.drain(..effort.warm_up);
            report.add(measured(phase, Timing::of(samples)));
        }
        let (bound, amount) = bound(bench, pairs);
        let peak = report.peaks.get(bound).copied().filter(|_| !label.starts_with("cpu"));
        whole.push(measured("end_to_end", timing).bound_by(bound, amount, peak).checked(check));
    }
    whole.into_iter().for_each(|measured| report.add(measured));
    report.compare_last_two()
}

/// What bounds the comparison of so many pairs, and how much of it they take.
fn bound(bench: &Bench<'_>, pairs: u64) -> (&'static str, f64) {
    match bench.gpu.info().compute_capability.major {
        8 | 9 => (BIT_PAIRS, pairs as f64 * WORDS as f64 * 64.0),
        _ => (POPCOUNTS, pairs as f64 * WORDS as f64 * 2.0),
    }
}

fn laid_out(device: &Device, made: &Fingerprints) -> anyhow::Result<(Tile, Timing)> {
    let started = Instant::now();
    let tile = Tile::new(device, 0, made.rows())?;
    Ok((tile, Timing::of(vec![started.elapsed().as_secs_f64()])))
}

/// With the seconds of each of [`PARTS`].
fn answers(
    device: &Device,
    queries: Rows<'_>,
    asked: Asked,
    tile: &Tile,
) -> anyhow::Result<(Answers, [f64; 3])> {
    let mut clock = Clock::start();
    Ok(match asked {
        Asked::Hits(selection) => {
            let mut search = Search::new(device, queries, selection)?;
            clock.lap();
            search.scan_tile(tile)?;
            clock.lap();
            let hits = search.finish();
            (Answers::Hits(hits), clock.laps())
        }
        Asked::Count(threshold) => {
            let mut counts = Counts::new(device, queries, Measure::Tanimoto, threshold);
            clock.lap();
            counts.scan_tile(tile)?;
            clock.lap();
            let counts = counts.finish();
            (Answers::Counts(counts), clock.laps())
        }
    })
}

/// Times [`PARTS`].
struct Clock {
    last: Instant,
    laps: Vec<f64>,
}

impl Clock {
    fn start() -> Self {
        Self { last: Instant::now(), laps: Vec::with_capacity(3) }
    }

    fn lap(&mut self) {
        let now = Instant::now();
        self.laps.push((now - self.last).as_secs_f64());
        self.last = now;
    }

    fn laps(mut self) -> [f64; 3] {
        self.lap();
        std::array::from_fn(|part| self.laps.get(part).copied().unwrap_or(0.0))
    }
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
