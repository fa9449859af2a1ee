//! How much memory a command may use, and what of it is left for data.

use soyaku_device::MemorySize;

use crate::Error;

/// What the process takes where the system does not tell.
const UNKNOWN: u64 = 32 << 20;
/// For what is allocated here and there, and for stacks.
const RESERVE: u64 = 8 << 20;
/// By so much processes differ that do the same: what an error names is to be enough for the next one.
const DIFFERENCE: u64 = 4 << 20;
/// One part in so many of the rest is left to the allocator, which cannot use every byte.
const SLACK: u64 = 12;

/// A limit to the memory of the process, with what of it is taken already.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    limit: MemorySize,
    taken: u64,
}

impl Budget {
    /// To be made when all is open and before data is read: what the process holds now stays beside the data.
    pub fn new(limit: MemorySize) -> Self {
        Self { limit, taken: resident().unwrap_or(UNKNOWN) + RESERVE }
    }

    /// Bytes for data.
    pub fn left(&self) -> u64 {
        let left = self.limit.bytes().saturating_sub(self.taken);
        left - left / SLACK
    }

    /// That the data can be had.
    ///
    /// # Errors
    /// [`Error::Memory`], which names the least limit that leaves `bytes`.
    pub fn check(&self, bytes: u64) -> Result<(), Error> {
        if bytes <= self.left() {
            return Ok(());
        }
        // Rounded up to whole MiB, which are easily typed.
        let least = self.taken + DIFFERENCE + bytes + bytes.div_ceil(SLACK - 1);
        let least = MemorySize::from_bytes(least.next_multiple_of(1 << 20));
        Err(Error::Memory { limit: self.limit, least })
    }
}

/// Bytes of main memory that the process takes.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_that_an_error_names_is_enough() {
        let budget = |limit: u64| Budget { limit: MemorySize::from_bytes(limit), taken: 20 << 20 };
        for bytes in [1, 1000, 1 << 20, 12_345_678, 1 << 40] {
            let Err(Error::Memory { limit, least }) = budget(20 << 20).check(bytes) else {
                panic!("{bytes} bytes of none")
            };
            assert_eq!(limit.bytes(), 20 << 20);
            assert!(budget(least.bytes() - DIFFERENCE).check(bytes).is_ok(), "{bytes}");
            assert!(budget(least.bytes() - DIFFERENCE - (2 << 20)).check(bytes).is_err(), "{bytes}");
        }
        assert_eq!(budget(1).left(), 0);
    }

    #[test]
    fn a_process_knows_what_it_takes() {
        let taken = resident().unwrap();
        assert!((1 << 20..1 << 36).contains(&taken), "{taken}");
    }
}
