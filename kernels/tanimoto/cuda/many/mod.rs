//! Many queries against many rows: the kernels of `many.cu` and `planes.cu`, and what feeds them.
//!
//! Queries and rows are sorted by popcount. A launch compares a part of the queries ([`Asked`]) with a part of the rows
//! ([`Piece`]); what each pair must have in common is a table of small integers ([`Plan`]), made anew for each launch
//! from the bounds that hold then. The kernels of `planes.cu` do the same with rows that are laid out by bits ([`Engine`]
//! says who does it).

mod asked;
mod engine;
mod held;
mod job;
mod piece;
mod plan;
mod planes;
mod scan;
mod slot;
#[cfg(test)]
mod tests;

pub use engine::Engine;
pub use planes::SOURCE as PLANES_SOURCE;
pub(in crate::tanimoto) use scan::{Comparison, Target};

use asked::Asked;
use piece::Piece;
use plan::Plan;

use soyaku_device::{ComputeCapability, Entry, Header, Parameter, Scalar, Source};

/// Kernels for many queries.
pub static SOURCE: Source = Source {
    name: "tanimoto/many.cu",
    text: include_str!("../../many.cu"),
    headers: &[
        Header { name: "soyaku.cuh", text: include_str!("../../../include/soyaku.cuh") },
        Header { name: "async_copy.cuh", text: include_str!("../../../include/async_copy.cuh") },
        Header { name: "mma.cuh", text: include_str!("../../../include/mma.cuh") },
        Header { name: "outbox.cuh", text: include_str!("../../../include/outbox.cuh") },
    ],
    options: &[],
    specific: None,
    entries: &[
        entry("tanimoto_many", HITS, MATRIX),
        entry("tanimoto_many_count", COUNTS, MATRIX),
        entry("tanimoto_many_popcount", HITS, ComputeCapability::OLDEST),
        entry("tanimoto_many_popcount_count", COUNTS, ComputeCapability::OLDEST),
    ],
};

const fn entry(name: &'static str, parameters: &'static [Parameter], minimum: ComputeCapability) -> Entry {
    Entry { name, parameters, threads: TILE as u32, minimum }
}

/// The first devices whose matrix instructions AND single bits.
const MATRIX: ComputeCapability = ComputeCapability { major: 8, minor: 0 };
/// The first ones that no longer have them.
const NO_MATRIX: ComputeCapability = ComputeCapability { major: 10, minor: 0 };

const HITS: &[Parameter] = &[
    Parameter::Input(Scalar::U64),  // queries
    Parameter::Input(Scalar::U64),  // rows
    Parameter::Input(Scalar::U16),  // needs
    Parameter::Input(Scalar::U32),  // starts
    Parameter::Input(Scalar::U32),  // spans
    Parameter::Input(Scalar::U32),  // work
    Parameter::Output(Scalar::U64), // hits
    Parameter::Output(Scalar::U32), // found
    Parameter::Value(Scalar::U32),  // items
    Parameter::Value(Scalar::U32),  // chunks
    Parameter::Value(Scalar::U32),  // pitch
    Parameter::Value(Scalar::U32),  // resident
    Parameter::Value(Scalar::U32),  // capacity
];

const COUNTS: &[Parameter] = &[
    Parameter::Input(Scalar::U64),  // queries
    Parameter::Input(Scalar::U64),  // rows
    Parameter::Input(Scalar::U16),  // needs
    Parameter::Input(Scalar::U32),  // starts
    Parameter::Input(Scalar::U32),  // spans
    Parameter::Input(Scalar::U32),  // work
    Parameter::Output(Scalar::U32), // counts
    Parameter::Value(Scalar::U32),  // items
    Parameter::Value(Scalar::U32),  // chunks
    Parameter::Value(Scalar::U32),  // pitch
    Parameter::Value(Scalar::U32),  // resident
];

/// How rows are on the devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    /// Row by row.
    Rows,
    /// By bits, in blocks of so many row tiles.
    Planes { tiles: usize },
}

/// What a search with many queries will need, where that is known before the queries are.
pub(in crate::tanimoto) fn expected(capability: ComputeCapability) -> Vec<(&'static Source, &'static str)> {
    if engine::has_matrix(capability) { vec![(&SOURCE, "tanimoto_many")] } else { Vec::new() }
}

/// Queries, and rows, of a tile: what a block compares at a time.
const TILE: usize = 128;
/// Words of a chunk: 256 bits, which a block compares in one step.
const CHUNK: usize = 4;
/// Chunks of a row tile that are in shared memory.
const STAGES: usize = 4;
/// A query tile of so many chunks stays in shared memory: up to 2,048 bits, so that two blocks of a multiprocessor have
/// room even where both share 100 KiB.
const RESIDENT: usize = 8;
/// Different popcounts of the rows of a launch, at most.
const CLASSES: usize = 256;
/// Queries of a launch, at most: one row tile's hits of all of them fit an outbox.
const TOGETHER: usize = super::scanner::MOST_HITS / TILE;

/// Words of a fingerprint on the device: whole chunks.
fn padded(words: usize) -> usize {
    words.next_multiple_of(CHUNK)
}
