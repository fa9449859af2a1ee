//! Work in order on one device.

use std::sync::Arc;

use cudarc::driver::{CudaContext, CudaEvent, CudaStream, DriverError, sys::CUevent_flags, sys::CUresult};

use super::buffer::{Buffer, PinnedBuffer};
use super::error::{Context, CudaError};
use super::uses::{Access, Uses, insist};
use crate::Element;

/// Work of one device that runs in order. Two streams of a device may run at the same time.
#[derive(Clone, Debug)]
pub struct Stream {
    pub(super) stream: Arc<CudaStream>,
    pub(super) device: Arc<str>,
}

/// A moment in a stream's work.
#[derive(Debug)]
pub struct Event {
    event: CudaEvent,
    device: Arc<str>,
}

impl Stream {
    /// Memory for `len` elements, all zero.
    ///
    /// # Errors
    /// Out of memory, among others.
    pub fn zeros<T: Element>(&self, len: usize) -> Result<Buffer<T>, CudaError> {
        let slice = allocatable::<T>(len).and_then(|len| self.stream.alloc_zeros(len));
        let slice = slice.during("allocation", &self.device)?;
        let buffer = Buffer { slice, len, uses: Uses::by_streams(), device: self.device.clone() };
        buffer.uses.after(Access::Write, &self.stream).during("allocation", &self.device)?;
        Ok(buffer)
    }

    /// A copy of `values` on the device.
    ///
    /// # Errors
    /// Out of memory, among others.
    pub fn copy_of<T: Element>(&self, values: &[T]) -> Result<Buffer<T>, CudaError> {
        let mut buffer = self.zeros(values.len())?;
        self.write(values, &mut buffer, 0)?;
        Ok(buffer)
    }

    /// Copies `values` to `buffer`, from its element `offset` on, and waits until that is done.
    ///
    /// # Errors
    /// What the driver says of this or earlier work.
    ///
    /// # Panics
    /// When the values do not fit in, or the buffer is another device's.
    pub fn write<T: Element>(
        &self,
        values: &[T],
        buffer: &mut Buffer<T>,
        offset: usize,
    ) -> Result<(), CudaError> {
        assert!(
            offset + values.len() <= buffer.len(),
            "{} elements from {offset} on in {}",
            values.len(),
            buffer.len()
        );
        if values.is_empty() {
            return Ok(());
        }
        self.owns(buffer.slice.context(), &buffer.device);
        let mut copy = || {
            buffer.uses.before(Access::Write, &self.stream)?;
            let mut target = buffer.slice.slice_mut(offset..offset + values.len());
            self.stream.memcpy_htod(values, &mut target)?;
            buffer.uses.after(Access::Write, &self.stream)
        };
        // The driver may still read `values`, should it lie in page-locked memory.
        self.ended(copy()).during("copy to the device", &self.device)
    }

    /// The first `values.len()` elements of `buffer`, once all work before is done.
    ///
    /// # Errors
    /// What the driver says of this or earlier work.
    ///
    /// # Panics
    /// When the buffer holds fewer, or is another device's.
    pub fn read<T: Element>(&self, buffer: &Buffer<T>, values: &mut [T]) -> Result<(), CudaError> {
        assert!(values.len() <= buffer.len(), "{} of {} elements", values.len(), buffer.len());
        if values.is_empty() {
            return Ok(());
        }
        self.owns(buffer.slice.context(), &buffer.device);
        let mut copy = || {
            buffer.uses.before(Access::Read, &self.stream)?;
            self.stream.memcpy_dtoh(&buffer.slice.slice(0..values.len()), values)?;
            buffer.uses.after(Access::Read, &self.stream)
        };
        self.ended(copy()).during("copy from the device", &self.device)
    }

    /// Puts a copy of the first `count` elements of `from` to `to`, from its element `offset` on, into the stream.
    ///
    /// # Errors
    /// What the driver says of this or earlier work.
    ///
    /// # Panics
    /// When they do not fit in, or one of the buffers is another device's.
    pub fn upload<T: Element>(
        &self,
        from: &PinnedBuffer<T>,
        count: usize,
        to: &mut Buffer<T>,
        offset: usize,
    ) -> Result<(), CudaError> {
        assert!(count <= from.len(), "{count} of {} elements", from.len());
        assert!(offset + count <= to.len(), "{count} elements from {offset} on in {}", to.len());
        if count == 0 {
            return Ok(());
        }
        self.owns(from.slice.context(), &from.device);
        self.owns(to.slice.context(), &to.device);
        // SAFETY: the copy is noted below, or has ended.
        let source = unsafe { from.source(count) }?;
        let mut copy = || {
            from.uses.before(Access::Read, &self.stream)?;
            to.uses.before(Access::Write, &self.stream)?;
            self.stream.memcpy_htod(source, &mut to.slice.slice_mut(offset..offset + count))?;
            let noted = from.uses.after(Access::Read, &self.stream);
            to.uses.after(Access::Write, &self.stream).and(noted)
        };
        copy().during("copy to the device", &self.device)
    }

    /// Puts a copy of the first `count` elements of `from` to the beginning of `to` into the stream;
    /// [`PinnedBuffer::as_slice`] waits for it.
    ///
    /// # Errors
    /// What the driver says of this or earlier work.
    ///
    /// # Panics
    /// When they do not fit in, or one of the buffers is another device's.
    pub fn download<T: Element>(
        &self,
        from: &Buffer<T>,
        count: usize,
        to: &mut PinnedBuffer<T>,
    ) -> Result<(), CudaError> {
        assert!(
            count <= from.len() && count <= to.len(),
            "{count} elements of {} into {}",
            from.len(),
            to.len()
        );
        if count == 0 {
            return Ok(());
        }
        self.owns(from.slice.context(), &from.device);
        self.owns(to.slice.context(), &to.device);
        let copy = || {
            from.uses.before(Access::Read, &self.stream)?;
            to.uses.before(Access::Write, &self.stream)
        };
        copy().during("copy from the device", &self.device)?;
        // SAFETY: the copy is noted below, or has ended.
        let target = unsafe { to.target(count) }?;
        let copied = self.stream.memcpy_dtoh(&from.slice.slice(0..count), target);
        let note = |()| {
            let noted = to.uses.after(Access::Write, &self.stream);
            from.uses.after(Access::Read, &self.stream).and(noted)
        };
        copied.and_then(note).during("copy from the device", &self.device)
    }

    /// Puts the clearing of `buffer` into the stream.
    ///
    /// # Errors
    /// What the driver says of this or earlier work.
    ///
    /// # Panics
    /// When the buffer is another device's.
    pub fn clear<T: Element>(&self, buffer: &mut Buffer<T>) -> Result<(), CudaError> {
        self.owns(buffer.slice.context(), &buffer.device);
        let mut clear = || {
            buffer.uses.before(Access::Write, &self.stream)?;
            self.stream.memset_zeros(&mut buffer.slice)?;
            buffer.uses.after(Access::Write, &self.stream)
        };
        clear().during("clearing of memory", &self.device)
    }

    /// Notes this moment.
    ///
    /// # Errors
    /// What the driver says of this or earlier work.
    pub fn record(&self) -> Result<Event, CudaError> {
        let event = self
            .stream
            .record_event(Some(CUevent_flags::CU_EVENT_DEFAULT))
            .during("recording of an event", &self.device)?;
        Ok(Event { event, device: self.device.clone() })
    }

    /// Lets later work of this stream start only after `event`.
    ///
    /// # Errors
    /// What the driver says of this or earlier work.
    pub fn wait(&self, event: &Event) -> Result<(), CudaError> {
        self.stream.wait(&event.event).during("wait for an event", &self.device)
    }

    /// Waits until all work of this stream is done.
    ///
    /// # Errors
    /// What went wrong in any of it.
    pub fn synchronize(&self) -> Result<(), CudaError> {
        self.stream.synchronize().during("wait for the device", &self.device)
    }

    /// Waits for a copy whatever came of it: the memory on the host is somebody else's afterwards.
    fn ended(&self, copied: Result<(), DriverError>) -> Result<(), DriverError> {
        let ended = insist(|| self.stream.synchronize());
        copied.and(ended)
    }

    /// Events of one device cannot be recorded on another, so nobody would wait for what is done here.
    fn owns(&self, context: &Arc<CudaContext>, device: &str) {
        assert!(context == self.stream.context(), "memory of {device} in a stream of {}", self.device);
    }
}

/// What to ask the driver for: something, and no more bytes than can be counted.
pub(super) fn allocatable<T>(len: usize) -> Result<usize, DriverError> {
    let len = len.max(1);
    match len.checked_mul(size_of::<T>()) {
        Some(bytes) if bytes < isize::MAX as usize => Ok(len),
        _ => Err(DriverError(CUresult::CUDA_ERROR_OUT_OF_MEMORY)),
    }
}

impl Event {
    /// Seconds of device time from this event to a `later` one, after waiting for that.
    ///
    /// # Errors
    /// What went wrong before either.
    pub fn seconds_until(&self, later: &Self) -> Result<f64, CudaError> {
        let milliseconds = self.event.elapsed_ms(&later.event).during("reading of a timer", &self.device)?;
        Ok(f64::from(milliseconds) / 1000.0)
    }

    /// Waits for the event.
    ///
    /// # Errors
    /// What went wrong before it.
    pub fn synchronize(&self) -> Result<(), CudaError> {
        self.event.synchronize().during("wait for an event", &self.device)
    }
}
