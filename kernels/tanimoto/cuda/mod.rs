//! GPU side: the kernels of `tanimoto.cu`, `many.cu` and `planes.cu`, and what feeds them.

#[cfg(test)]
mod faults;
mod many;
mod nearest;
mod resident;
mod scan;
mod scanner;
#[cfg(test)]
mod tests;
mod tile;

pub use many::{Engine, PLANES_SOURCE, SOURCE as MANY_SOURCE};
pub use resident::Resident;

pub(super) use many::{Comparison as Many, Target, expected as expected_of_many};
pub(super) use nearest::Comparison;
pub(super) use scan::Scan;

use soyaku_device::{ComputeCapability, Entry, Header, Parameter, Scalar, Source};

/// What one query, or a few, will need.
pub(super) fn expected_of_few(words: usize) -> Vec<(&'static Source, &'static str)> {
    vec![(&SOURCE, scanner::entry(words))]
}

/// Kernels for the similarity of fingerprints.
pub static SOURCE: Source = Source {
    name: "tanimoto/tanimoto.cu",
    text: include_str!("../tanimoto.cu"),
    headers: &[Header { name: "soyaku.cuh", text: include_str!("../../include/soyaku.cuh") }],
    options: &[],
    specific: None,
    entries: &[
        Entry { name: "tanimoto_scan", parameters: SCAN, threads: 256, minimum: ComputeCapability::OLDEST },
        Entry {
            name: "tanimoto_scan_odd",
            parameters: SCAN,
            threads: 256,
            minimum: ComputeCapability::OLDEST,
        },
        Entry {
            name: "tanimoto_nearest",
            parameters: NEAREST,
            threads: 256,
            minimum: ComputeCapability::OLDEST,
        },
        Entry {
            name: "tanimoto_nearest_few",
            parameters: NEAREST,
            threads: 256,
            minimum: ComputeCapability::OLDEST,
        },
    ],
};

const SCAN: &[Parameter] = &[
    Parameter::Input(Scalar::U64),  // bits
    Parameter::Input(Scalar::U16),  // popcounts
    Parameter::Input(Scalar::U64),  // query
    Parameter::Output(Scalar::U64), // hits
    Parameter::Output(Scalar::U32), // found
    Parameter::Value(Scalar::U32),  // rows
    Parameter::Value(Scalar::U32),  // pairs of words, or words
    Parameter::Value(Scalar::U32),  // query_popcount
    Parameter::Value(Scalar::U32),  // numerator
    Parameter::Value(Scalar::U32),  // denominator
    Parameter::Value(Scalar::U32),  // least
    Parameter::Value(Scalar::U32),  // most
    Parameter::Value(Scalar::U32),  // capacity
];

const NEAREST: &[Parameter] = &[
    Parameter::Input(Scalar::U64),  // bits
    Parameter::Input(Scalar::U16),  // popcounts
    Parameter::Input(Scalar::U64),  // references
    Parameter::Input(Scalar::U16),  // reference_popcounts
    Parameter::Output(Scalar::U64), // best
    Parameter::Value(Scalar::U64),  // rows
    Parameter::Value(Scalar::U32),  // reference_count
    Parameter::Value(Scalar::U32),  // first_reference
    Parameter::Value(Scalar::U32),  // words
];
