//! What ends a run.

/// Why a run could not start or go on. A bad compound is never among the reasons.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Reading the input or writing the output failed.
    #[error(transparent)]
    Store(#[from] soyaku_store::Error),
    /// A model cannot be used.
    #[error(transparent)]
    Model(#[from] soyaku_property::Error),
    /// The device cannot be used.
    #[error(transparent)]
    Device(#[from] soyaku_device::Error),
    /// A condition cannot be read.
    #[error(transparent)]
    Condition(#[from] crate::filter::ConditionError),
    /// The run is asked for something that does not fit together.
    #[error("{0}")]
    Configuration(String),
    /// The memory that may be used is not enough.
    #[error("{limit} of memory is not enough: `--memory {}` is the least for this", typed(*.least))]
    Memory {
        /// What may be used.
        limit: soyaku_device::MemorySize,
        /// What is needed.
        least: soyaku_device::MemorySize,
    },
    /// A file that is needed has no usable compound.
    #[error("{path}: {reason}")]
    Unusable {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Asked to stop; what is complete is kept and the same command goes on from there.
    #[error("stopped by signal {signal}; the same command continues from row {row}")]
    Stopped {
        /// The signal.
        signal: i32,
        /// First row that is not in a finished part.
        row: u64,
    },
    /// Asked to stop; what is found is kept and the same command goes on from there.
    #[error("stopped by signal {signal}; what was found is kept, and the same command goes on from there")]
    Paused {
        /// The signal.
        signal: i32,
    },
    /// Asked to stop before there was anything to keep.
    #[error("stopped by signal {signal}; nothing is kept, the same command begins anew")]
    Interrupted {
        /// The signal.
        signal: i32,
    },
    /// A thread of the run panicked.
    #[error("internal error: {0}")]
    Internal(String),
}

/// A size as it is typed, never rounded down.
fn typed(size: soyaku_device::MemorySize) -> String {
    format!("{}MiB", size.bytes().div_ceil(1 << 20))
}
