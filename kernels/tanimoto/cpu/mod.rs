//! CPU side: rows in parallel, bounds from popcounts first, bits in common on the widest unit that the processor has.

mod nearest;
mod scan;

pub(super) use nearest::nearest;
pub(super) use scan::Scan;
