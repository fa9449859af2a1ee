//! What a search can do before it has a device: the library opened, the queries read.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use soyaku_device::{Device, ExpectedKernels, Stage};
use soyaku_kernels::tanimoto::Search;

use super::{Opened, SimilarConfig, SimilarSummary};
use crate::Error;
use crate::progress::{Progress, Stop};

/// A search up to the point where a device compares. What there is to tell of that, an error too, is told when the
/// search goes on, so that the order of messages does not depend on which of device and queries was ready first.
pub struct PreparedSearch {
    began: Instant,
    opened: Result<Opened, Error>,
    stage: Stage,
    warnings: Vec<String>,
}

impl PreparedSearch {
    /// Opens the library and reads the queries, with the CPU threads of `device`.
    pub fn new(config: &SimilarConfig, device: &Device, stop: &Stop) -> Self {
        let began = Instant::now();
        let later = Later::default();
        let files = (config.library.as_path(), config.query.as_path());
        let wanted = config.fingerprint.as_deref();
        let opened = Opened::open(files, &config.options, wanted, device, &later, stop);
        let stage = Stage::since(began, "library opened and queries read");
        let warnings = later.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        Self { began, opened, stage, warnings }
    }

    /// The kernels that it will need on a GPU.
    pub fn expected_kernels(&self, config: &SimilarConfig) -> Option<ExpectedKernels> {
        let queries = self.opened.as_ref().ok()?.queries.rows();
        Some(Search::expected_kernels(queries.len(), queries.words, config.measure))
    }

    /// Goes on as [`super::similar`] does.
    ///
    /// # Errors
    /// As [`super::similar`].
    pub fn search<E: From<Error>>(
        self,
        config: &SimilarConfig,
        device: &Device,
        progress: &dyn Progress,
        stop: &Stop,
        take: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<SimilarSummary, E> {
        self.warnings.iter().for_each(|warning| progress.warn(warning));
        let prepared = (self.opened?, vec![self.stage]);
        let summary = super::search(config, prepared, device, progress, stop, take)?;
        Ok(SimilarSummary { seconds: self.began.elapsed().as_secs_f64(), ..summary })
    }
}

/// Keeps what is to be told.
#[derive(Default)]
struct Later(Mutex<Vec<String>>);

impl Progress for Later {
    fn begin(&self, _: Option<u64>) {}
    fn advance(&self, _: u64) {}
    fn finishing(&self, _: &str) {}
    fn warn(&self, message: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(message.to_owned());
    }
}
