//! One launch: arguments held against the kernel's declaration, sizes against the device's limits.

use std::sync::Arc;

use cudarc::driver::{CudaContext, CudaView, CudaViewMut, LaunchConfig, PushKernelArg};

use super::buffer::Buffer;
use super::error::Context;
use super::kernel::Kernel;
use super::stream::Stream;
use super::uses::{Access, Uses};
use crate::{Element, Error, Parameter};

/// A launch in the making. Arguments come in the order of the kernel's parameters.
#[must_use = "nothing runs before `run`"]
pub struct Launch<'a> {
    kernel: &'a Kernel,
    stream: &'a Stream,
    blocks: u64,
    shared: u32,
    given: Vec<Parameter>,
    arguments: Vec<Argument<'a>>,
    uses: Vec<(Access, &'a Uses)>,
    /// A buffer of another device than the stream's.
    foreign: Option<&'a str>,
    /// A view that does not lie within its buffer.
    outside: Option<String>,
}

enum Argument<'a> {
    Input(CudaView<'a, u8>),
    Output(CudaViewMut<'a, u8>),
    /// The value in the lowest bytes, as a little-endian machine stores it.
    Value(u64),
}

/// Blocks of one launch in the x direction, on every device that is supported.
const MOST_BLOCKS: u64 = (1 << 31) - 1;

impl<'a> Launch<'a> {
    pub(super) fn new(kernel: &'a Kernel, stream: &'a Stream) -> Self {
        let (given, arguments, uses) = (Vec::new(), Vec::new(), Vec::new());
        Self { kernel, stream, blocks: 1, shared: 0, given, arguments, uses, foreign: None, outside: None }
    }

    /// How many blocks; their size is the kernel's.
    pub fn blocks(mut self, blocks: u64) -> Self {
        self.blocks = blocks;
        self
    }

    /// Bytes of dynamic shared memory for each block.
    pub fn shared(mut self, bytes: u32) -> Self {
        self.shared = bytes;
        self
    }

    /// A buffer that is only read.
    pub fn input<T: Element>(self, buffer: &'a Buffer<T>) -> Self {
        self.input_from(buffer, 0)
    }

    /// A buffer that is only read, from element `offset` on.
    pub fn input_from<T: Element>(mut self, buffer: &'a Buffer<T>, offset: usize) -> Self {
        self.given.push(Parameter::Input(T::SCALAR));
        self.note_use(Access::Read, &buffer.uses, buffer.slice.context(), &buffer.device);
        match buffer.slice.try_slice(offset..).filter(|_| offset <= buffer.len()) {
            // SAFETY: any bytes are valid `u8`, and the view covers exactly the same memory.
            Some(view) => match unsafe { view.transmute::<u8>(view.len() * size_of::<T>()) } {
                Some(bytes) => self.arguments.push(Argument::Input(bytes)),
                None => self.note_outside(offset, buffer.len()),
            },
            None => self.note_outside(offset, buffer.len()),
        }
        self
    }

    /// A buffer that is written, or read and written.
    pub fn output<T: Element>(mut self, buffer: &'a mut Buffer<T>) -> Self {
        self.given.push(Parameter::Output(T::SCALAR));
        let (len, bytes) = (buffer.len(), buffer.slice.len() * size_of::<T>());
        let Buffer { slice, uses, device, .. } = buffer;
        self.note_use(Access::Write, uses, slice.context(), device);
        // SAFETY: any bytes are valid `u8` and valid `T` (every `Element` is a plain number).
        match unsafe { slice.transmute_mut::<u8>(bytes) } {
            Some(view) => self.arguments.push(Argument::Output(view)),
            None => self.note_outside(0, len),
        }
        self
    }

    /// A number.
    pub fn value<T: Element>(mut self, value: T) -> Self {
        self.given.push(Parameter::Value(T::SCALAR));
        let mut bits = 0_u64;
        // SAFETY: both are plain numbers, `T` has at most eight bytes, and neither is written through another name.
        unsafe {
            std::ptr::copy_nonoverlapping(
                (&raw const value).cast::<u8>(),
                (&raw mut bits).cast::<u8>(),
                size_of::<T>(),
            );
        }
        self.arguments.push(Argument::Value(bits));
        self
    }

    fn note_use(&mut self, access: Access, uses: &'a Uses, context: &Arc<CudaContext>, device: &'a str) {
        self.uses.push((access, uses));
        if context != self.stream.stream.context() {
            self.foreign = Some(device);
        }
    }

    fn note_outside(&mut self, offset: usize, len: usize) {
        self.outside =
            Some(format!("parameter {} begins at element {offset} of a buffer of {len}", self.given.len()));
    }

    /// Puts the launch into the stream.
    ///
    /// # Errors
    /// [`Error::Launch`] when the arguments are not those that the kernel declares, or the launch is larger than the
    /// device allows; [`Error::Cuda`] for what the driver says of this or earlier work.
    ///
    /// # Safety
    /// The kernel must stay within its buffers for these arguments: their lengths, the values, and the number of
    /// blocks must be what it was written for.
    pub unsafe fn run(self) -> Result<(), Error> {
        self.check().map_err(|reason| Error::Launch { kernel: self.kernel.entry.name, reason })?;
        self.kernel.allow_shared(self.shared)?;
        let mut builder = self.stream.stream.launch_builder(&self.kernel.function);
        let mut arguments = self.arguments;
        for argument in &mut arguments {
            match argument {
                Argument::Input(view) => builder.arg(&*view),
                Argument::Output(view) => builder.arg(view),
                Argument::Value(bits) => builder.arg(&*bits),
            };
        }
        let config = LaunchConfig {
            grid_dim: (self.blocks as u32, 1, 1),
            block_dim: (self.kernel.entry.threads, 1, 1),
            shared_mem_bytes: self.shared,
        };
        let stream = &self.stream.stream;
        let mut launch = || {
            self.uses.iter().try_for_each(|(access, uses)| uses.before(*access, stream))?;
            // SAFETY: number, order and types of the arguments are the kernel's (checked above against its
            // declaration, which a test holds against the source), and the buffers are of this device and stay until
            // it has run (`uses`); that it stays within them is the caller's promise.
            unsafe { builder.launch(config) }?;
            // each of them, even if one cannot be noted
            let note = |noted: Result<(), _>, (access, uses): &(Access, &Uses)| {
                uses.after(*access, stream).and(noted)
            };
            self.uses.iter().fold(Ok(()), note)
        };
        Ok(launch().during("launch of a kernel", &self.stream.device)?)
    }

    fn check(&self) -> Result<(), String> {
        let declared = self.kernel.entry.parameters;
        if self.given.len() != declared.len() {
            return Err(format!("{} arguments for {} parameters", self.given.len(), declared.len()));
        }
        if let Some(index) = (0..declared.len()).find(|&index| self.given[index] != declared[index]) {
            return Err(format!(
                "argument {} is {:?}, and the kernel takes {:?}",
                index + 1,
                self.given[index],
                declared[index]
            ));
        }
        if let Some(outside) = &self.outside {
            return Err(outside.clone());
        }
        let own = &self.stream.device;
        if self.kernel.context() != self.stream.stream.context() {
            return Err(format!("loaded on {}, in a stream of {own}", self.kernel.device));
        }
        if let Some(device) = self.foreign {
            return Err(format!("memory of {device} in a stream of {own}"));
        }
        if !(1..=MOST_BLOCKS).contains(&self.blocks) {
            return Err(format!("{} blocks, and 1 to {MOST_BLOCKS} are possible", self.blocks));
        }
        if self.shared > self.kernel.most_shared {
            return Err(format!(
                "{} bytes of shared memory, and a block of {} has at most {}",
                self.shared, self.stream.device, self.kernel.most_shared
            ));
        }
        Ok(())
    }
}
