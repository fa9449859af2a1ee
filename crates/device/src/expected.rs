//! Kernels that will be asked for, told while devices are being opened.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::{ComputeCapability, Source};

/// The kernels that a device of some compute capability will be asked for: sources with the names of entry points. One
/// that is not named is made when it is asked for; one that is named in vain costs its compilation.
pub type ExpectedKernels =
    Box<dyn Fn(ComputeCapability) -> Vec<(&'static Source, &'static str)> + Send + Sync>;

/// Where they will be known.
#[derive(Default)]
pub(crate) struct Expected {
    receiver: Mutex<Option<Receiver<ExpectedKernels>>>,
    told: OnceLock<Option<ExpectedKernels>>,
}

impl Expected {
    /// Through the sender it is told; that it is dropped says that nothing is expected.
    pub(crate) fn later() -> (Sender<ExpectedKernels>, Self) {
        let (sender, receiver) = channel();
        (sender, Self { receiver: Mutex::new(Some(receiver)), told: OnceLock::new() })
    }

    /// Waits until it is told.
    pub(crate) fn kernels(&self, capability: ComputeCapability) -> Vec<(&'static Source, &'static str)> {
        let wait = || self.receiver.lock().unwrap_or_else(PoisonError::into_inner).take()?.recv().ok();
        self.told.get_or_init(wait).as_ref().map_or_else(Vec::new, |kernels| kernels(capability))
    }
}
