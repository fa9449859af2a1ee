//! Memory on a device, and memory of the host that a device can reach.

use cudarc::driver::{CudaSlice, CudaStream, HostSlice, PinnedHostSlice, SyncOnDrop};

use super::error::{Context, CudaError};
use crate::Element;

/// Elements on a device. Freed, in the order of its stream's work, when dropped.
#[derive(Debug)]
pub struct Buffer<T> {
    /// Of one element where there is none: no memory at all is refused by the driver.
    pub(super) slice: CudaSlice<T>,
    pub(super) len: usize,
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

/// Page-locked elements on the host: copies from and to it run while the host does something else.
#[derive(Debug)]
pub struct PinnedBuffer<T> {
    pub(super) slice: PinnedHostSlice<T>,
    pub(super) len: usize,
    pub(super) device: String,
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
        Ok(&self.slice.as_slice().during("wait for a copy", &self.device)?[..self.len])
    }

    /// The elements, after every copy to or from them has ended.
    ///
    /// # Errors
    /// What went wrong on the stream of the last copy.
    pub fn as_mut_slice(&mut self) -> Result<&mut [T], CudaError> {
        Ok(&mut self.slice.as_mut_slice().during("wait for a copy", &self.device)?[..self.len])
    }
}

/// The first `count` elements of a pinned buffer, for a copy.
pub(super) struct Prefix<B> {
    pub(super) buffer: B,
    pub(super) count: usize,
}

impl<T> HostSlice<T> for Prefix<&PinnedHostSlice<T>> {
    fn len(&self) -> usize {
        self.count
    }

    unsafe fn stream_synced_slice<'a>(&'a self, stream: &'a CudaStream) -> (&'a [T], SyncOnDrop<'a>) {
        // SAFETY: the caller uses the slice with `stream` only, which is what the inner function asks for.
        let (slice, record) = unsafe { self.buffer.stream_synced_slice(stream) };
        (&slice[..self.count], record)
    }

    unsafe fn stream_synced_mut_slice<'a>(&'a mut self, _: &'a CudaStream) -> (&'a mut [T], SyncOnDrop<'a>) {
        unreachable!("a shared buffer is only copied from")
    }
}

impl<T> HostSlice<T> for Prefix<&mut PinnedHostSlice<T>> {
    fn len(&self) -> usize {
        self.count
    }

    unsafe fn stream_synced_slice<'a>(&'a self, stream: &'a CudaStream) -> (&'a [T], SyncOnDrop<'a>) {
        // SAFETY: the caller uses the slice with `stream` only, which is what the inner function asks for.
        let (slice, record) = unsafe { self.buffer.stream_synced_slice(stream) };
        (&slice[..self.count], record)
    }

    unsafe fn stream_synced_mut_slice<'a>(
        &'a mut self,
        stream: &'a CudaStream,
    ) -> (&'a mut [T], SyncOnDrop<'a>) {
        // SAFETY: the caller uses the slice with `stream` only, which is what the inner function asks for.
        let (slice, record) = unsafe { self.buffer.stream_synced_mut_slice(stream) };
        (&mut slice[..self.count], record)
    }
}
