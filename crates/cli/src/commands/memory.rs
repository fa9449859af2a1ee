//! How much memory a command may use.

use soyaku_device::MemorySize;

use crate::doctor::usable_memory;

/// Where the system does not tell what there is.
const UNKNOWN: u64 = 1 << 30;

/// What was asked for, or three quarters of what this process could have.
pub fn limit(asked: Option<MemorySize>) -> MemorySize {
    asked.unwrap_or_else(|| MemorySize::from_bytes(usable_memory().map_or(UNKNOWN, |bytes| bytes / 4 * 3)))
}
