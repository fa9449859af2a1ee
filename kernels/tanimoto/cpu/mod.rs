//! CPU side: rows in parallel, bounds from popcounts first, bits in common on the widest unit that the processor has.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod nearest;
mod portable;
mod reach;
mod scan;
mod unit;

pub(super) use nearest::nearest;
pub(super) use scan::Scan;
