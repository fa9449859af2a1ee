//! What a run tells while it goes on, and how it is told to stop.

use std::sync::atomic::{AtomicI32, Ordering};

use crate::Error;

/// Receives news of a run. All methods may be called from any thread.
pub trait Progress: Sync {
    /// The number of compounds, where it is known beforehand.
    fn begin(&self, rows: Option<u64>);
    /// This many more compounds are done.
    fn advance(&self, rows: u64);
    /// All compounds are done; what is left is named.
    fn finishing(&self, what: &str);
    /// Something the user should know; the run goes on.
    fn warn(&self, message: &str);
}

/// Progress that nobody watches.
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _: Option<u64>) {}
    fn advance(&self, _: u64) {}
    fn finishing(&self, _: &str) {}
    fn warn(&self, _: &str) {}
}

/// A request to stop, set from a signal handler and looked at between batches.
#[derive(Debug, Default)]
pub struct Stop(AtomicI32);

impl Stop {
    /// Not requested.
    pub const fn new() -> Self {
        Self(AtomicI32::new(0))
    }

    /// Requests a stop because of a signal.
    pub fn request(&self, signal: i32) {
        self.0.store(signal, Ordering::SeqCst);
    }

    /// The signal, if a stop was requested.
    pub fn requested(&self) -> Option<i32> {
        match self.0.load(Ordering::SeqCst) {
            0 => None,
            signal => Some(signal),
        }
    }

    /// [`Error::Interrupted`] if a stop was requested.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.requested().map_or(Ok(()), |signal| Err(Error::Interrupted { signal }))
    }
}
