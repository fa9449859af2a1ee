//! CPU side: bounds from popcounts first, then bits in common on the widest unit that the processor has.
//!
//! Rows are compared as they are (`reach`), or laid out in planes of bits for many queries (`sliced`, `planes`).

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod bounds;
mod counts;
mod lanes;
mod nearest;
mod planes;
mod portable;
mod reach;
mod scan;
mod sliced;
mod spread;
mod unit;

pub(super) use counts::Counts;
pub(super) use nearest::Comparison;
pub(super) use scan::Scan;
pub(super) use sliced::Sliced;
pub(super) use spread::{Spread, raise};
pub(super) use unit::Unit;
