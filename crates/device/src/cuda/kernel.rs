//! A compiled entry point on one device.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use cudarc::driver::{CudaContext, CudaFunction, sys::CUfunction_attribute_enum as Attribute};

use super::error::{Context, CudaError};
use super::launch::Launch;
use super::stream::Stream;
use crate::Entry;

/// Dynamic shared memory that a kernel may use without asking for more.
const SHARED_WITHOUT_ASKING: u32 = 48 * 1024;

/// An entry point, compiled and loaded. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Kernel {
    pub(super) entry: &'static Entry,
    pub(super) function: CudaFunction,
    /// Bytes of dynamic shared memory that one block can have.
    pub(super) most_shared: u32,
    pub(super) device: Arc<str>,
    context: Arc<CudaContext>,
    /// What the driver was asked to allow.
    allowed: Arc<AtomicU32>,
}

impl Kernel {
    pub(super) fn new(
        entry: &'static Entry,
        function: CudaFunction,
        context: Arc<CudaContext>,
        block_shared: u32,
        device: Arc<str>,
    ) -> Result<Self, CudaError> {
        let taken = function.shared_size_bytes().during("question for a kernel's resources", &device)?;
        let most_shared = block_shared.saturating_sub(taken.unsigned_abs());
        Ok(Self {
            entry,
            function,
            most_shared,
            device,
            context,
            allowed: Arc::new(AtomicU32::new(SHARED_WITHOUT_ASKING)),
        })
    }

    /// The declaration that launches are held against.
    pub fn entry(&self) -> &'static Entry {
        self.entry
    }

    /// Begins a launch in `stream`, of one block and no dynamic shared memory unless told.
    pub fn launch<'a>(&'a self, stream: &'a Stream) -> Launch<'a> {
        Launch::new(self, stream)
    }

    /// How many blocks with `shared` bytes of dynamic shared memory one multiprocessor runs at a time.
    ///
    /// # Errors
    /// What the driver says of this or earlier work.
    pub fn blocks_per_multiprocessor(&self, shared: u32) -> Result<u32, CudaError> {
        self.allow_shared(shared)?;
        self.bind()?;
        self.function
            .occupancy_max_active_blocks_per_multiprocessor(self.entry.threads, shared as usize, None)
            .during("question for a kernel's resources", &self.device)
    }

    /// More dynamic shared memory than usual has to be asked for once. All that there is: the driver keeps one limit for
    /// all who use the function, and who asked for less would take the rest from the others.
    pub(super) fn allow_shared(&self, bytes: u32) -> Result<(), CudaError> {
        if bytes <= self.allowed.load(Ordering::Relaxed) {
            return Ok(());
        }
        let allowed = bytes.max(self.most_shared);
        self.bind()?;
        self.function
            .set_attribute(Attribute::CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, allowed as i32)
            .during("request for shared memory", &self.device)?;
        self.allowed.fetch_max(allowed, Ordering::Relaxed);
        Ok(())
    }

    pub(super) fn context(&self) -> &Arc<CudaContext> {
        &self.context
    }

    /// Questions about a function go to the device that the calling thread is bound to; a thread may have none yet.
    fn bind(&self) -> Result<(), CudaError> {
        self.context.bind_to_thread().during("choice of the device", &self.device)
    }
}
