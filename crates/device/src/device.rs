//! An opened device: CPU threads, and the GPUs that take what they can.

use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::compiler::Compiler;
use crate::probe::ComputeMode;
use crate::{DeviceRequest, Error, Gpu, GpuInfo, Gpus, MemorySize, Probe, default_threads};

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

#[derive(Default)]
struct Found {
    gpus: Vec<Gpu>,
    /// Why `auto` found none.
    reason: Option<String>,
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
            DeviceRequest::Cuda(which) => {
                OnceLock::from(Found { gpus: demand(which, &options.request, options.memory)?, reason: None })
            }
        };
        Ok(Self { pool: Arc::new(pool), gpus: Arc::new(Opened { memory: options.memory, gpus }) })
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
        self.gpus.gpus.get_or_init(|| match look(self.gpus.memory) {
            Ok(gpu) => Found { gpus: vec![gpu], reason: None },
            Err(reason) => Found { gpus: Vec::new(), reason: Some(reason) },
        })
    }
}

/// A GPU for `auto`, with a compiler to go with it; the reason where there is none.
fn look(memory: Option<MemorySize>) -> Result<Gpu, String> {
    let (version, gpus) = probe().map_err(|error| error.to_string())?;
    first(gpus, memory, version).map_err(reason)
}

fn demand(which: &Gpus, request: &DeviceRequest, memory: Option<MemorySize>) -> Result<Vec<Gpu>, Error> {
    let refuse = |reason: String| Error::Unavailable { device: request.to_string(), reason };
    let (version, gpus) = probe().map_err(|error| refuse(error.to_string()))?;
    let chosen = match which {
        Gpus::First => {
            return Ok(vec![first(gpus, memory, version).map_err(|error| refuse(reason(error)))?]);
        }
        Gpus::All => gpus,
        Gpus::These(ordinals) => {
            let find = |&ordinal: &u32| {
                gpus.iter().find(|gpu| gpu.ordinal == ordinal).cloned().ok_or_else(|| {
                    refuse(format!("{} visible, cuda:0 to cuda:{}", count(gpus.len()), gpus.len() - 1))
                })
            };
            ordinals.iter().map(find).collect::<Result<_, _>>()?
        }
    };
    let open = |info: GpuInfo| open(info, memory, version).map_err(|error| refuse(reason(error)));
    chosen.into_iter().map(open).collect()
}

/// Why one device cannot be had, for a sentence that says of the request that it cannot.
fn reason(error: Error) -> String {
    match error {
        Error::Unavailable { device, reason } => format!("{device}: {reason}"),
        other => other.to_string(),
    }
}

fn probe() -> Result<((u32, u32), Vec<GpuInfo>), crate::probe::Unavailable> {
    let probe = Probe::run();
    Ok((probe.driver?.version, probe.gpus))
}

/// The first that opens; the first reason when none does.
fn first(gpus: Vec<GpuInfo>, memory: Option<MemorySize>, driver: (u32, u32)) -> Result<Gpu, Error> {
    let mut refused = None;
    for info in gpus {
        match open(info, memory, driver) {
            Ok(gpu) => return Ok(gpu),
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    Err(refused.unwrap_or_else(|| Error::Unavailable {
        device: "cuda".into(),
        reason: crate::probe::Unavailable::NoDevice.to_string(),
    }))
}

fn open(info: GpuInfo, memory: Option<MemorySize>, driver: (u32, u32)) -> Result<Gpu, Error> {
    use crate::ComputeCapability;
    let refuse = |reason: String| Error::Unavailable { device: format!("cuda:{}", info.ordinal), reason };
    if info.compute_mode == ComputeMode::Prohibited {
        return Err(refuse(format!("{} is set to compute mode 'prohibited'", info.name)));
    }
    if info.compute_capability < ComputeCapability::OLDEST {
        return Err(refuse(format!(
            "{} has compute capability {}, and {} (Volta) or later is needed",
            info.name,
            info.compute_capability,
            ComputeCapability::OLDEST
        )));
    }
    // Better to know now than after hours that no kernel can be compiled.
    let compiler =
        Compiler::open(driver, info.compute_capability).map_err(|error| refuse(error.to_string()))?;
    Ok(Gpu::open(info, memory, compiler)?)
}

fn count(devices: usize) -> String {
    if devices == 1 { "1 device is".into() } else { format!("{devices} devices are") }
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
