//! What is wrong with a kernel, in words.

use crate::resources::Key;

const ACCEPT: &str = "accept it with: make kernels ACCEPT=1";

/// One thing that fails `make kernels`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    /// The kernel needs more than before.
    #[error("{key}: {what} grew from {before} to {after}; {ACCEPT}")]
    Grew {
        /// Which machine code.
        key: Key,
        /// Name of the number.
        what: &'static str,
        /// In the committed table.
        before: u32,
        /// Now.
        after: u32,
    },
    /// The kernel needs less than before, and the table has to say so.
    #[error("{key}: {what} shrank from {before} to {after}; {ACCEPT}")]
    Shrank {
        /// Which machine code.
        key: Key,
        /// Name of the number.
        what: &'static str,
        /// In the committed table.
        before: u32,
        /// Now.
        after: u32,
    },
    /// Compiled, but not in the table.
    #[error("{0}: no line in kernels/resources.tsv; {ACCEPT}")]
    New(Key),
    /// In the table, but not compiled.
    #[error("{0}: kernels/resources.tsv has a line for what no kernel is; {ACCEPT}")]
    Gone(Key),
    /// Registers ran out.
    #[error(
        "{key}: spills {stores} bytes to local memory and loads {loads} back; use fewer registers or a smaller \
         block, or allow it with a reason in kernels/promises.toml ([[allowed]])"
    )]
    Spills {
        /// Which machine code.
        key: Key,
        /// Bytes stored.
        stores: u32,
        /// Bytes loaded.
        loads: u32,
    },
    /// Local memory is used for something else than spills.
    #[error(
        "{key}: keeps {bytes} bytes of each thread in local memory; index arrays by unrolled loops only, or allow \
         it with a reason in kernels/promises.toml ([[allowed]])"
    )]
    Stack {
        /// Which machine code.
        key: Key,
        /// Bytes of a thread.
        bytes: u32,
    },
    /// An allowance that nothing needs.
    #[error("kernels/promises.toml allows {entry} local memory that it does not use: remove the allowance")]
    NeedlessAllowance {
        /// The entry.
        entry: String,
    },
    /// The compiler complains.
    #[error("{source_name} on {architecture} by NVRTC {compiler}: {text}")]
    Warning {
        /// Name of the source.
        source_name: String,
        /// `sm_90`.
        architecture: String,
        /// NVRTC's version.
        compiler: String,
        /// Its words.
        text: String,
    },
    /// The machine code is not what was promised.
    #[error("{key}: promised {promise}, found {found}")]
    Broken {
        /// Which machine code.
        key: Key,
        /// As in the file of promises.
        promise: String,
        /// How often the instruction is there.
        found: usize,
    },
    /// A kernel about which nothing is promised.
    #[error("{entry}: no [[kernel]] in kernels/promises.toml says what its machine code must hold")]
    NoPromise {
        /// The entry.
        entry: String,
    },
    /// A promise that nothing can keep or break.
    #[error("kernels/promises.toml speaks of {what}, which {reason}")]
    Void {
        /// Entry or source.
        what: String,
        /// Why it is void.
        reason: String,
    },
}

/// What follows from what was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All is as recorded and promised.
    Pass,
    /// The table is to be written anew.
    Record,
    /// Something is wrong.
    Fail,
}

impl Verdict {
    /// `findings` want another kernel or another promise, whether or not `changes` of the table are to be accepted.
    pub fn of(findings: &[Finding], changes: &[Finding], accept: bool) -> Self {
        match (findings, changes) {
            ([], []) => Self::Pass,
            ([], _) if accept => Self::Record,
            _ => Self::Fail,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_changes_can_be_accepted() {
        let key = Key {
            source: "a/a.cu".into(),
            entry: "scan".into(),
            compiler: "12.9".into(),
            architecture: "sm_90".into(),
        };
        let change = [Finding::New(key.clone())];
        let spill = [Finding::Spills { key, stores: 4, loads: 4 }];
        assert_eq!(Verdict::of(&[], &[], false), Verdict::Pass);
        assert_eq!(Verdict::of(&[], &[], true), Verdict::Pass);
        assert_eq!(Verdict::of(&[], &change, false), Verdict::Fail);
        assert_eq!(Verdict::of(&[], &change, true), Verdict::Record);
        assert_eq!(Verdict::of(&spill, &change, true), Verdict::Fail);
        assert_eq!(Verdict::of(&spill, &[], true), Verdict::Fail);
    }
}
