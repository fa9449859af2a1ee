//! Where one way to compare many queries becomes faster than another: each on the same input, over how many bits a
//! fingerprint has and how many queries there are.

use soyaku_device::Device;
use soyaku_kernels::tanimoto::{Hit, Rows, Search, Selection, Tile};

use super::Bench;
use super::many::bound;
use crate::fingerprints::Fingerprints;
use crate::report::{Check, Measured, Report};
use crate::timing::{repeat, wall};

const WORDS: usize = 32;

/// A way to compare: its name in the report, and a search that takes it.
struct Engine {
    op: &'static str,
    search: fn(&Device, Rows<'_>, Selection) -> Result<Search, soyaku_device::Error>,
}

/// A further one adds a line; the first is what the library chooses itself.
const ENGINES: &[Engine] = &[Engine { op: "tanimoto_engine, chosen", search: Search::new }];

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
            for engine in ENGINES {
                let search = || (engine.search)(bench.device, queries.rows(), selection);
                let got = hits(search()?, &on_gpu)?;
                let by_query = expected.iter().zip(&got).map(|(expected, got)| Check::of(expected, got));
                let check = by_query.fold(Check { compared: 0, mismatches: 0 }, Check::and);
                let timing = repeat(bench.sweep(), || wall(|| hits(search()?, &on_gpu)))?;
                let label = bench.gpu_label();
                let measured =
                    Measured::new(engine.op, label, "end_to_end", &params, (pairs, "pairs"), timing);
                let (bound, amount) = bound(bench, pairs);
                let peak = report.peaks.get(bound).copied();
                report.add(measured.bound_by(bound, amount, peak).checked(check));
                report.save()?;
            }
        }
    }
    Ok(())
}

fn hits(mut search: Search, tile: &Tile) -> anyhow::Result<Vec<Vec<Hit>>> {
    search.scan_tile(tile)?;
    Ok(search.finish())
}
