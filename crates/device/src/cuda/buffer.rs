//! Memory on a device, and memory of the host that a device can reach.

use std::sync::Arc;

use cudarc::driver::{CudaSlice, PinnedHostSlice};

use super::error::{Context, CudaError};
use super::uses::{Access, Uses, insist};
use crate::Element;

/// Elements on a device. Freed, in the order of its stream's work and after the work of others, when dropped.
#[derive(Debug)]
pub struct Buffer<T> {
    /// Of one element where there is none: no memory at all is refused by the driver.
    pub(super) slice: CudaSlice<T>,
    pub(super) len: usize,
    pub(super) uses: Uses,
    pub(super) device: Arc<str>,
}

impl<T: Element> Buffer<T> {
    /// Number of elements.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl<T> Drop for Buffer<T> {
    fn drop(&mut self) {
        let stream = self.slice.stream();
        // cudarc frees it on whatever device this thread is bound to, which may be none.
        let bind = insist(|| stream.context().bind_to_thread());
        if let Err(error) = bind.and(insist(|| self.uses.before(Access::Write, stream))) {
            stream.context().record_err::<()>(Err(error));
        }
    }
}

/// Page-locked elements on the host: copies from and to it run while the host does something else.
#[derive(Debug)]
pub struct PinnedBuffer<T> {
    pub(super) slice: PinnedHostSlice<T>,
    pub(super) len: usize,
    pub(super) uses: Uses,
    pub(super) device: Arc<str>,
}

impl<T: Element> PinnedBuffer<T> {
    /// Number of elements.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The elements, after every copy to or from them has ended.
    ///
    /// # Errors
    /// What went wrong on the stream of the last copy.
    pub fn as_slice(&self) -> Result<&[T], CudaError> {
        self.uses.end().during("wait for a copy", &self.device)?;
        Ok(&self.slice.as_slice().during("wait for a copy", &self.device)?[..self.len])
    }

    /// The elements, after every copy to or from them has ended.
    ///
    /// # Errors
    /// What went wrong on the stream of the last copy.
    pub fn as_mut_slice(&mut self) -> Result<&mut [T], CudaError> {
        self.uses.end().during("wait for a copy", &self.device)?;
        Ok(&mut self.slice.as_mut_slice().during("wait for a copy", &self.device)?[..self.len])
    }

    /// The first `count` elements, for a copy from them.
    ///
    /// # Safety
    /// The copy must be noted in `uses` before the buffer is given back to anyone who could write to it.
    pub(super) unsafe fn source(&self, count: usize) -> Result<&[T], CudaError> {
        // Nothing was ever recorded in cudarc's own event, so this does not wait.
        Ok(&self.slice.as_slice().during("copy to the device", &self.device)?[..count])
    }

    /// The first `count` elements, for a copy to them.
    ///
    /// # Safety
    /// The copy must be noted in `uses` before the buffer is given back.
    pub(super) unsafe fn target(&mut self, count: usize) -> Result<&mut [T], CudaError> {
        Ok(&mut self.slice.as_mut_slice().during("copy from the device", &self.device)?[..count])
    }
}

impl<T> Drop for PinnedBuffer<T> {
    fn drop(&mut self) {
        if let Err(error) = self.uses.end() {
            self.slice.context().record_err::<()>(Err(error));
        }
    }
}
