//! What the start of a device takes its time for.

use std::borrow::Cow;
use std::time::{Duration, Instant};

/// Something that was done before the first kernel ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// What: `driver started`, `tanimoto_scan compiled`.
    pub what: Cow<'static, str>,
    /// When it began. Stages may go on at the same time.
    pub began: Instant,
    /// How long it took.
    pub took: Duration,
}

impl Stage {
    /// What began then and ends now.
    pub fn since(began: Instant, what: impl Into<Cow<'static, str>>) -> Self {
        Self { what: what.into(), began, took: began.elapsed() }
    }
}
