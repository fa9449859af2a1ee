//! An opened device: CPU threads, and the GPUs that take what they can.

use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::expected::{Expected, ExpectedKernels};
use crate::opening::{Found, Opening};
use crate::threads::beside;
use crate::{DeviceRequest, Error, Gpu, MemorySize, Stage, default_threads};

/// How a device is opened.
#[derive(Clone, Debug, Default)]
pub struct DeviceOptions {
    /// Which.
    pub request: DeviceRequest,
    /// CPU threads; [`default_threads`] unless given.
    pub threads: Option<usize>,
    /// The most memory to hold on each GPU; most of what is free unless given.
    pub memory: Option<MemorySize>,
}

/// An opened device. Cheap to clone.
#[derive(Clone)]
pub struct Device {
    pool: Arc<rayon::ThreadPool>,
    gpus: Arc<Opened>,
}

/// GPUs that were demanded are opened at once; those that `auto` may use, when the first kernel asks for them.
struct Opened {
    memory: Option<MemorySize>,
    gpus: OnceLock<Found>,
}

impl Device {
    /// Opens what was asked for, with `threads` CPU threads (default: [`default_threads`]).
    ///
    /// # Errors
    /// As [`Device::open_with`].
    pub fn open(request: DeviceRequest, threads: Option<usize>) -> Result<Self, Error> {
        Self::open_with(&DeviceOptions { request, threads, memory: None })
    }

    /// Opens what was asked for. With `auto` no GPU is touched before [`Device::gpus`] is called.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Cuda`] when a GPU is demanded and cannot be had, [`Error::Threads`] when the
    /// pool cannot start.
    pub fn open_with(options: &DeviceOptions) -> Result<Self, Error> {
        let threads = options.threads.unwrap_or_else(default_threads).max(1);
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|index| format!("soyaku-{index}"))
            .build()
            .map_err(|error| Error::Threads { threads, reason: error.to_string() })?;
        let gpus = match &options.request {
            DeviceRequest::Auto => OnceLock::new(),
            DeviceRequest::Cpu => OnceLock::from(Found::default()),
            DeviceRequest::Cuda(which) => OnceLock::from(Opening::of(options).demand(which)?),
        };
        Ok(Self { pool: Arc::new(pool), gpus: Arc::new(Opened { memory: options.memory, gpus }) })
    }

    /// Opens what was asked for, also with `auto`, while `work` goes on: the start of a driver takes tenths of a second.
    /// `work` gets the CPU threads of the device, and tells, besides what it has done, which kernels will be needed:
    /// they are compiled at the same time. It is not interrupted when no device can be opened.
    ///
    /// # Errors
    /// As [`Device::open_with`], and [`Error::Cuda`].
    pub fn open_beside<T>(
        options: &DeviceOptions,
        work: impl FnOnce(&Self) -> (T, Option<ExpectedKernels>),
    ) -> Result<(Self, T), Error> {
        let cpu = Self::open(DeviceRequest::Cpu, options.threads)?;
        if options.request == DeviceRequest::Cpu {
            let (done, _) = work(&cpu);
            return Ok((cpu, done));
        }
        let (tell, expected) = Expected::later();
        let opening = Opening::of(options).expecting(expected);
        let work = || {
            let (done, kernels) = work(&cpu);
            // nobody listens any more where there is no device
            let _ = kernels.map(|kernels| tell.send(kernels));
            drop(tell);
            done
        };
        let (found, done) = beside("device", &|| opening.run(), work);
        let found = found?;
        // The threads that opened them are gone.
        found.gpus.iter().rev().try_for_each(Gpu::bind)?;
        let gpus = Arc::new(Opened { memory: options.memory, gpus: OnceLock::from(found) });
        Ok((Self { pool: cpu.pool, gpus }, done))
    }

    /// The same CPU threads, and no GPU.
    pub fn without_gpus(&self) -> Self {
        let gpus = OnceLock::from(Found::default());
        Self { pool: self.pool.clone(), gpus: Arc::new(Opened { memory: None, gpus }) }
    }

    /// Number of CPU threads.
    pub fn threads(&self) -> usize {
        self.pool.current_num_threads()
    }

    /// Runs `work` inside this device's thread pool; rayon iterators in it use the pool.
    pub fn install<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        self.pool.install(work)
    }

    /// The GPUs to use; none on a CPU. With `auto` the first call looks for one.
    pub fn gpus(&self) -> &[Gpu] {
        &self.found().gpus
    }

    /// What was odd about a GPU's kernels and did no harm, since the last call: a damaged entry of the cache, a
    /// folder that cannot be written.
    pub fn notes(&self) -> Vec<String> {
        let mut notes: Vec<_> =
            self.gpus.gpus.get().into_iter().flat_map(|found| &found.gpus).flat_map(Gpu::notes).collect();
        // GPUs of one kind have the same to tell.
        notes.sort();
        notes.dedup();
        notes
    }

    /// Why `auto` uses no GPU; nothing while none was looked for.
    pub fn fallback(&self) -> Option<&str> {
        self.gpus.gpus.get()?.reason.as_deref()
    }

    fn found(&self) -> &Found {
        let options = || DeviceOptions { memory: self.gpus.memory, ..DeviceOptions::default() };
        self.gpus.gpus.get_or_init(|| Opening::of(&options()).look())
    }

    /// What the start of the GPUs took its time for, in the order of beginning: only what was done by now.
    pub fn stages(&self) -> Vec<Stage> {
        let Some(found) = self.gpus.gpus.get() else { return Vec::new() };
        let mut stages: Vec<Stage> =
            found.driver.iter().cloned().chain(found.gpus.iter().flat_map(Gpu::stages)).collect();
        stages.sort_by_key(|stage| stage.began);
        stages
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.gpus.gpus.get().map_or(&[][..], |found| &found.gpus[..]) {
            [] => f.write_str("cpu"),
            gpus => {
                let names: Vec<_> = gpus.iter().map(Gpu::to_string).collect();
                f.write_str(&names.join(", "))
            }
        }
    }
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Device").field("kind", &self.to_string()).field("threads", &self.threads()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_runs_in_the_pool() {
        let device = Device::open(DeviceRequest::Auto, Some(3)).unwrap();
        assert_eq!(device.install(rayon::current_num_threads), 3);
        assert_eq!(device.fallback(), None);
        // Now it has looked: there is a GPU, or a reason.
        assert_eq!(device.gpus().is_empty(), device.fallback().is_some());
        assert!(device.without_gpus().gpus().is_empty());
        assert_eq!(device.without_gpus().threads(), 3);
    }

    #[test]
    fn the_cpu_needs_no_reason() {
        let device = Device::open(DeviceRequest::Cpu, Some(1)).unwrap();
        assert!(device.gpus().is_empty());
        assert_eq!(device.fallback(), None);
    }
}
