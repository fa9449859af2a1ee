//! What one entry point needs of a multiprocessor, for one architecture and compiler.

use std::cmp::Ordering;
use std::fmt;

use crate::cubin::Cubin;
use crate::log::Log;

/// Which machine code is meant: one line of `kernels/resources.tsv`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// Name of the source: `tanimoto/tanimoto.cu`.
    pub source: String,
    /// Name of the entry point.
    pub entry: String,
    /// NVRTC's version: `12.9`.
    pub compiler: String,
    /// `sm_90`, `sm_90a`.
    pub architecture: String,
}

impl Key {
    fn order(&self) -> (&str, &str, (u32, &str), (u32, &str)) {
        (
            &self.source,
            &self.entry,
            numbered(&self.compiler),
            numbered(self.architecture.trim_start_matches("sm_")),
        )
    }
}

/// 90 of `sm_90a`.
pub fn number(architecture: &str) -> u32 {
    numbered(architecture.trim_start_matches("sm_")).0
}

/// `90a` is 90, then `a`: so that sm_100 comes after sm_90.
fn numbered(text: &str) -> (u32, &str) {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    (text[..digits].parse().unwrap_or(0), &text[digits..])
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order().cmp(&other.order())
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, entry, compiler, architecture } = self;
        write!(f, "{entry} ({source}) on {architecture} by NVRTC {compiler}")
    }
}

/// Counts of one entry point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    /// 32-bit registers of a thread.
    pub registers: u32,
    /// Bytes of static shared memory of a block.
    pub shared: u32,
    /// Bytes of its constant banks: parameters and literals, with what the architecture reserves there.
    pub constant: u32,
    /// Hardware barriers.
    pub barriers: u32,
    /// Bytes of local memory of a thread, with that of the functions it calls.
    pub stack: u32,
    /// Bytes that a thread stores because registers ran out, in code (not in what a loop repeats).
    pub spill_stores: u32,
    /// Bytes that it loads back.
    pub spill_loads: u32,
}

impl Resources {
    /// Column names of the numbers, in the order of [`Self::values`].
    pub const NAMES: [&str; 7] =
        ["registers", "shared", "constant", "barriers", "stack", "spill_stores", "spill_loads"];

    /// The numbers.
    pub fn values(&self) -> [u32; 7] {
        [
            self.registers,
            self.shared,
            self.constant,
            self.barriers,
            self.stack,
            self.spill_stores,
            self.spill_loads,
        ]
    }

    /// From numbers in the order of [`Self::NAMES`].
    pub fn from_values(values: [u32; 7]) -> Self {
        let [registers, shared, constant, barriers, stack, spill_stores, spill_loads] = values;
        Self { registers, shared, constant, barriers, stack, spill_stores, spill_loads }
    }
}

/// Why the numbers of an entry cannot be had.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// The source does not define it, or the compiler dropped it.
    #[error("{entry} is not in the {place}: does the source define it as extern \"C\" __global__?")]
    Absent {
        /// The entry.
        entry: String,
        /// `compiler's log` or `CUBIN`.
        place: &'static str,
    },
    /// Two ways to read the same number give two numbers.
    #[error(
        "{entry}: the compiler's log says {what} {log}, its CUBIN {cubin}; one of the two is read wrongly"
    )]
    Disagree {
        /// The entry.
        entry: String,
        /// Which number.
        what: &'static str,
        /// In the log of ptxas.
        log: u32,
        /// In the CUBIN.
        cubin: u32,
    },
}

/// Bytes of shared memory that CUDA reserves in each block since Hopper.
const RESERVED: u32 = 1024;

/// The numbers of `entry`: spills and barriers are only in the log, constant banks only in the CUBIN on newer
/// architectures, and what both know must be the same.
///
/// # Errors
/// The entry is missing, or log and CUBIN disagree.
pub fn measure(entry: &str, architecture: &str, log: &Log, cubin: &Cubin) -> Result<Resources, Error> {
    let absent = |place| Error::Absent { entry: entry.to_owned(), place };
    let noted = log.entries.get(entry).ok_or_else(|| absent("compiler's log"))?;
    let built = cubin.entries.get(entry).ok_or_else(|| absent("CUBIN"))?;
    let agree = |what, log, cubin| {
        if log == cubin { Ok(()) } else { Err(Error::Disagree { entry: entry.to_owned(), what, log, cubin }) }
    };
    agree("registers", noted.registers, built.registers)?;
    agree("stack", noted.stack, built.stack)?;
    // Since Hopper the section, where there is one, begins with what the driver keeps for itself.
    let reserved = if number(architecture) >= 90 { RESERVED.min(built.shared) } else { 0 };
    agree("shared", noted.shared, built.shared - reserved)?;
    Ok(Resources {
        registers: noted.registers,
        shared: noted.shared,
        constant: built.constant,
        barriers: noted.barriers,
        stack: noted.stack,
        spill_stores: noted.spill_stores,
        spill_loads: noted.spill_loads,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(compiler: &str, architecture: &str) -> Key {
        Key {
            source: "a/a.cu".into(),
            entry: "a".into(),
            compiler: compiler.into(),
            architecture: architecture.into(),
        }
    }

    #[test]
    fn architectures_are_ordered_as_numbers() {
        let mut keys: Vec<_> =
            [("13.0", "sm_90"), ("12.9", "sm_120"), ("12.9", "sm_90a"), ("12.9", "sm_70"), ("12.9", "sm_90")]
                .map(|(compiler, architecture)| key(compiler, architecture))
                .into();
        keys.sort();
        let shown: Vec<_> = keys.iter().map(|key| format!("{} {}", key.compiler, key.architecture)).collect();
        assert_eq!(shown, ["12.9 sm_70", "12.9 sm_90", "12.9 sm_90a", "12.9 sm_120", "13.0 sm_90"]);
    }

    #[test]
    fn a_log_that_disagrees_with_the_cubin_is_refused() {
        let mut log = Log::default();
        log.entries.insert("a".into(), crate::log::Noted { registers: 20, ..Default::default() });
        let mut cubin = Cubin::default();
        assert_eq!(
            measure("a", "sm_90", &log, &cubin),
            Err(Error::Absent { entry: "a".into(), place: "CUBIN" })
        );
        cubin.entries.insert("a".into(), crate::cubin::Built { registers: 21, ..Default::default() });
        let error = measure("a", "sm_90", &log, &cubin).unwrap_err().to_string();
        assert!(error.contains("registers 20, its CUBIN 21"), "{error}");
        cubin.entries.insert("a".into(), crate::cubin::Built { registers: 20, ..Default::default() });
        assert_eq!(measure("a", "sm_90", &log, &cubin).unwrap().registers, 20);
        cubin
            .entries
            .insert("a".into(), crate::cubin::Built { registers: 20, shared: 1024, ..Default::default() });
        assert_eq!(measure("a", "sm_90", &log, &cubin).unwrap().shared, 0);
        let error = measure("a", "sm_80", &log, &cubin).unwrap_err().to_string();
        assert!(error.contains("shared 0, its CUBIN 1024"), "{error}");
    }
}
