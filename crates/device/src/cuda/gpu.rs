//! One GPU of this process.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use cudarc::driver::{CudaContext, CudaModule, sys::CUdevice_attribute_enum as Attribute};
use cudarc::nvrtc::Ptx;

use super::buffer::PinnedBuffer;
use super::error::{Context, CudaError};
use super::kernel::Kernel;
use super::stream::{Stream, allocatable};
use super::uses::Uses;
use crate::compiler::Compiler;
use crate::threads::beside;
use crate::{Element, Error, GpuInfo, MemorySize, Source, Stage};

/// Of the memory that is free when the device is opened, the part that this process takes unless told.
const SHARE_OF_FREE: f64 = 0.9;

/// An opened GPU. Cheap to clone.
#[derive(Clone)]
pub struct Gpu {
    inner: Arc<Inner>,
}

struct Inner {
    info: GpuInfo,
    label: Arc<str>,
    context: Arc<CudaContext>,
    budget: u64,
    block_shared: u32,
    compiler: Compiler,
    stages: Vec<Stage>,
    /// By the address of the source (two may have one name) and the entry point.
    modules: Mutex<HashMap<(usize, &'static str), Arc<CudaModule>>>,
}

impl Gpu {
    /// Opens the device's primary context, while `compiler` is made. What that says comes first where both fail.
    /// `limit` caps the memory that [`Gpu::memory_budget`] gives.
    pub(crate) fn open(
        info: GpuInfo,
        limit: Option<MemorySize>,
        compiler: &(impl Fn() -> Result<Compiler, Error> + Sync),
    ) -> Result<Self, Error> {
        let label: Arc<str> = format!("cuda:{}", info.ordinal).into();
        let open = || {
            let began = Instant::now();
            let context = CudaContext::new(info.ordinal as usize).during("opening of the device", &label);
            (context, Stage::since(began, format!("{label} opened")))
        };
        let (compiler, (context, stage)) = beside("kernels", compiler, open);
        let (compiler, context) = (compiler?, context?);
        // SAFETY: `Buffer` and `PinnedBuffer` see to it that streams wait for each other, and no memory is given out
        // in another form.
        unsafe { context.disable_event_tracking() };
        let (free, _) = context.mem_get_info().during("question for free memory", &label)?;
        let usable = (free as f64 * SHARE_OF_FREE) as u64;
        let budget = limit.map_or(usable, |limit| limit.bytes().min(usable));
        let block_shared = context
            .attribute(Attribute::CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN)
            .during("question for the device's properties", &label)?
            .unsigned_abs();
        let (stages, modules) = (vec![stage], Mutex::default());
        let inner = Inner { info, label, context, budget, block_shared, compiler, stages, modules };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// What the driver says of it.
    pub fn info(&self) -> &GpuInfo {
        &self.inner.info
    }

    /// Bytes that this process may hold on the device: what was asked for, and never more than was free.
    pub fn memory_budget(&self) -> u64 {
        self.inner.budget
    }

    /// Bytes of shared memory that one block can have.
    pub fn shared_per_block(&self) -> u32 {
        self.inner.block_shared
    }

    /// A new stream.
    ///
    /// # Errors
    /// What the driver says of this or earlier work.
    pub fn stream(&self) -> Result<Stream, CudaError> {
        let stream = self.inner.context.new_stream().during("making of a stream", &self.inner.label)?;
        Ok(Stream { stream, device: self.inner.label.clone() })
    }

    /// Page-locked memory of the host for `len` elements, all zero.
    ///
    /// # Errors
    /// When the host cannot lock that much.
    pub fn pinned<T: Element>(&self, len: usize) -> Result<PinnedBuffer<T>, CudaError> {
        let device = self.inner.label.clone();
        let lock = |len| {
            // SAFETY: the memory is cleared below, before anyone can read it. No flags: reading it back must be fast.
            unsafe { self.inner.context.alloc_pinned_with_flags::<T>(len, 0) }
        };
        let slice = allocatable::<T>(len).and_then(lock);
        let mut slice = slice.during("locking of memory on the host", &device)?;
        let start = slice.as_mut_ptr().during("locking of memory on the host", &device)?;
        // SAFETY: `start` points to `slice.len()` elements of plain numbers, for which zero bytes are valid.
        unsafe { std::ptr::write_bytes(start, 0, slice.len()) };
        Ok(PinnedBuffer { slice, len, uses: Uses::by_threads(), device })
    }

    /// The entry point `name` of `source`, compiled for this device if this process has not done so before: from the
    /// cache on disk where it was compiled earlier.
    ///
    /// # Errors
    /// [`Error::Compile`] when it cannot be compiled, [`Error::Launch`] when the device lacks what it needs or the
    /// source has no such entry, [`Error::Cuda`] when the driver does not load it.
    pub fn kernel(&self, source: &'static Source, name: &'static str) -> Result<Kernel, Error> {
        let refuse = |reason| Error::Launch { kernel: name, reason };
        let entry =
            source.entry(name).ok_or_else(|| refuse(format!("{} does not declare it", source.name)))?;
        let capability = self.inner.info.compute_capability;
        if let Some(lacking) = source.lacking(entry, capability) {
            return Err(refuse(format!(
                "it needs {lacking}, and {} ({}) has {capability}",
                self.inner.label, self.inner.info.name
            )));
        }
        let module = self.module(source, name)?;
        // The thread that loaded the module may have been another one.
        self.bind()?;
        let function = module.load_function(name).during("loading of a kernel", &self.inner.label)?;
        let Inner { context, block_shared, label, .. } = &*self.inner;
        Ok(Kernel::new(entry, function, context.clone(), *block_shared, label.clone())?)
    }

    /// How many blocks of `kernel` with `shared` bytes of dynamic shared memory the device runs at a time; at least 1.
    ///
    /// # Errors
    /// What the driver says of this or earlier work.
    pub fn resident_blocks(&self, kernel: &Kernel, shared: u32) -> Result<u64, CudaError> {
        let each = kernel.blocks_per_multiprocessor(shared)?.max(1);
        Ok(u64::from(each) * u64::from(self.inner.info.multiprocessors.max(1)))
    }

    /// For calls on this thread that do not say which device they mean.
    pub(crate) fn bind(&self) -> Result<(), CudaError> {
        self.inner.context.bind_to_thread().during("choice of the device", &self.inner.label)
    }

    pub(crate) fn stages(&self) -> Vec<Stage> {
        [&self.inner.stages[..], &self.inner.compiler.stages()].concat()
    }

    pub(crate) fn notes(&self) -> Vec<String> {
        self.inner.compiler.notes()
    }

    fn module(&self, source: &'static Source, entry: &'static str) -> Result<Arc<CudaModule>, Error> {
        // Held while compiling: two threads that want the same kernel compile it once.
        let mut modules = lock(&self.inner.modules);
        let key = (std::ptr::from_ref(source).addr(), entry);
        if let Some(module) = modules.get(&key) {
            return Ok(module.clone());
        }
        let cubin = self.inner.compiler.cubin(source, entry).map_err(|error| Error::Compile {
            kernel: source.name,
            device: self.inner.label.to_string(),
            source: error,
        })?;
        let module = self
            .inner
            .context
            .load_module(Ptx::from_binary(cubin))
            .during("loading of a kernel", &self.inner.label)?;
        modules.insert(key, module.clone());
        Ok(module)
    }

    /// Waits until all work on the device is done.
    ///
    /// # Errors
    /// What went wrong in any of it.
    pub fn synchronize(&self) -> Result<(), CudaError> {
        self.inner.context.synchronize().during("wait for the device", &self.inner.label)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A thread that panicked left the map as it was: an entry is added whole or not at all.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Display for Gpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.inner.label, self.inner.info.name)
    }
}

impl fmt::Debug for Gpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gpu")
            .field("info", &self.inner.info)
            .field("budget", &self.inner.budget)
            .finish_non_exhaustive()
    }
}
