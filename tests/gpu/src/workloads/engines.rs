//! Where one way to compare many queries becomes faster than another: each on the same input, over how many bits a
//! fingerprint has and how many queries there are.

use soyaku_kernels::tanimoto::cuda::Engine;
use soyaku_kernels::tanimoto::{Hit, Measure, Search, Selection, Tile};

use super::Bench;
use crate::fingerprints::Fingerprints;
use crate::report::{BIT_PAIRS, Check, LOGIC, Measured, POPCOUNTS, Report};
use crate::timing::{repeat, wall};

const WORDS: usize = 32;

/// Ways to compare, each with its name in the report. What the library chooses itself is in the times of `many`.
const ENGINES: &[(&str, Engine)] = &[
    ("tanimoto_engine, matrix", Engine::Matrix),
    ("tanimoto_engine, planes", Engine::Planes),
    ("tanimoto_engine, popcounts", Engine::Popcounts),
];

/// The top 10 of every query. Answers are compared with the CPU's.
pub(super) fn crossing(bench: &Bench<'_>, report: &mut Report) -> anyhow::Result<()> {
    let rows = bench.sizes.pick(300, 100_000, 1_000_000);
    let counts: &[usize] = bench.sizes.pick(&[5, 130], &[100, 10_000], &[100, 1_000, 10_000, 100_000]);
    let selection = Selection::Top(10);
    for bits in bench.sizes.pick(&[45][..], &[45, 180], &[45, 20, 90, 180]) {
        let made = Fingerprints::with_bits(rows, WORDS, 9, *bits);
        let (on_cpu, on_gpu) =
            (Tile::new(bench.cpu, 0, made.rows())?, Tile::new(bench.device, 0, made.rows())?);
        for asked in counts {
            let queries = made.relatives(*asked, 10);
            let expected = hits(Search::new(bench.cpu, queries.rows(), selection)?, &on_cpu)?;
            let pairs = (rows * asked) as u64;
            let params = [("rows", rows as u64), ("queries", *asked as u64), ("set_bits", *bits)];
            for &(op, engine) in ENGINES {
                // They never win on a device that has the others; two points say by how much they lose.
                if engine == Engine::Popcounts && *asked > 10_000 {
                    continue;
                }
                let search = || {
                    Search::with_engine(bench.device, queries.rows(), Measure::Tanimoto, selection, engine)
                };
                let got = hits(search()?, &on_gpu)?;
                let by_query = expected.iter().zip(&got).map(|(expected, got)| Check::of(expected, got));
                let check = by_query.fold(Check { compared: 0, mismatches: 0 }, Check::and);
                let timing = repeat(bench.sweep(), || wall(|| hits(search()?, &on_gpu)))?;
                let label = bench.gpu_label();
                let measured = Measured::new(op, label, "end_to_end", &params, (pairs, "pairs"), timing);
                let (bound, amount) = bound(engine, pairs as f64, *bits as f64);
                let peak = report.peaks.get(bound).copied();
                report.add(measured.bound_by(bound, amount, peak).checked(check));
                report.save()?;
            }
        }
    }
    Ok(())
}

/// What bounds the comparison of so many pairs, and how much of it they take; planes take 8.5 logical operations of 32
/// bits for each set bit of a query and 128 rows (decision 9).
fn bound(engine: Engine, pairs: f64, set_bits: f64) -> (&'static str, f64) {
    match engine {
        Engine::Planes => (LOGIC, pairs / 128.0 * 8.5 * set_bits),
        Engine::Popcounts => (POPCOUNTS, pairs * WORDS as f64 * 2.0),
        Engine::Fastest | Engine::Matrix => (BIT_PAIRS, pairs * WORDS as f64 * 64.0),
    }
}

fn hits(mut search: Search, tile: &Tile) -> anyhow::Result<Vec<Vec<Hit>>> {
    search.scan_tile(tile)?;
    Ok(search.finish())
}
