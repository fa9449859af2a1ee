//! GPUs that are being opened.

use std::time::Instant;

use crate::compiler::Compiler;
use crate::device::DeviceOptions;
use crate::expected::Expected;
use crate::probe::{ComputeMode, Unavailable};
use crate::{ComputeCapability, DeviceRequest, Error, Gpu, GpuInfo, Gpus, MemorySize, Probe, Stage};

/// What was asked for.
pub(crate) struct Opening {
    request: DeviceRequest,
    memory: Option<MemorySize>,
    /// Kernels that are made at once.
    expected: Expected,
}

/// What was found.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) gpus: Vec<Gpu>,
    /// Why `auto` found none.
    pub(crate) reason: Option<String>,
    /// The start of the driver.
    pub(crate) driver: Option<Stage>,
}

impl Opening {
    pub(crate) fn of(options: &DeviceOptions) -> Self {
        let DeviceOptions { request, memory, .. } = options;
        Self { request: request.clone(), memory: *memory, expected: Expected::default() }
    }

    pub(crate) fn expecting(self, expected: Expected) -> Self {
        Self { expected, ..self }
    }

    pub(crate) fn run(&self) -> Result<Found, Error> {
        match &self.request {
            DeviceRequest::Auto => Ok(self.look()),
            DeviceRequest::Cpu => Ok(Found::default()),
            DeviceRequest::Cuda(which) => self.demand(which),
        }
    }

    /// A GPU for `auto`, with a compiler to go with it; the reason where there is none.
    pub(crate) fn look(&self) -> Found {
        let gpu = probe()
            .map_err(|error| error.to_string())
            .and_then(|(driver, gpus)| Ok((self.first(gpus, driver.version).map_err(reason)?, driver.stage)));
        match gpu {
            Ok((gpu, stage)) => Found { gpus: vec![gpu], reason: None, driver: Some(stage) },
            Err(reason) => Found { reason: Some(reason), ..Found::default() },
        }
    }

    /// Those that were asked for, or the reason why not all can be had.
    pub(crate) fn demand(&self, which: &Gpus) -> Result<Found, Error> {
        let refuse = |reason: String| Error::Unavailable { device: self.request.to_string(), reason };
        let (driver, gpus) = probe().map_err(|error| refuse(error.to_string()))?;
        let open = |info: GpuInfo| self.open(info, driver.version).map_err(|error| refuse(reason(error)));
        let gpus = match which {
            Gpus::First => {
                vec![self.first(gpus, driver.version).map_err(|error| refuse(reason(error)))?]
            }
            Gpus::All => gpus.into_iter().map(open).collect::<Result<_, _>>()?,
            Gpus::These(ordinals) => {
                let find = |&ordinal: &u32| {
                    gpus.iter().find(|gpu| gpu.ordinal == ordinal).cloned().ok_or_else(|| {
                        refuse(format!("{} visible, cuda:0 to cuda:{}", count(gpus.len()), gpus.len() - 1))
                    })
                };
                let chosen: Vec<_> = ordinals.iter().map(find).collect::<Result<_, _>>()?;
                chosen.into_iter().map(open).collect::<Result<_, _>>()?
            }
        };
        Ok(Found { gpus, reason: None, driver: Some(driver.stage) })
    }

    /// The first that opens; the first reason when none does.
    fn first(&self, gpus: Vec<GpuInfo>, driver: (u32, u32)) -> Result<Gpu, Error> {
        let mut refused = None;
        for info in gpus {
            match self.open(info, driver) {
                Ok(gpu) => return Ok(gpu),
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        Err(refused.unwrap_or_else(|| Error::Unavailable {
            device: "cuda".into(),
            reason: Unavailable::NoDevice.to_string(),
        }))
    }

    fn open(&self, info: GpuInfo, driver: (u32, u32)) -> Result<Gpu, Error> {
        let capability = info.compute_capability;
        let device = format!("cuda:{}", info.ordinal);
        let refuse = |reason: String| Error::Unavailable { device: device.clone(), reason };
        if info.compute_mode == ComputeMode::Prohibited {
            return Err(refuse(format!("{} is set to compute mode 'prohibited'", info.name)));
        }
        if capability < ComputeCapability::OLDEST {
            return Err(refuse(format!(
                "{} has compute capability {capability}, and {} (Volta) or later is needed",
                info.name,
                ComputeCapability::OLDEST
            )));
        }
        // Better to know now than after hours that no kernel can be compiled.
        let compiler = || {
            let compiler =
                Compiler::open(Some(driver), capability).map_err(|error| refuse(error.to_string()))?;
            for (source, entry) in self.expected.kernels(capability) {
                compiler.prepare(source, entry);
            }
            Ok(compiler)
        };
        Gpu::open(info, self.memory, &compiler)
    }
}

/// Why one device cannot be had, for a sentence that says of the request that it cannot.
fn reason(error: Error) -> String {
    match error {
        Error::Unavailable { device, reason } => format!("{device}: {reason}"),
        other => other.to_string(),
    }
}

/// A driver that has started.
struct Driver {
    version: (u32, u32),
    stage: Stage,
}

fn probe() -> Result<(Driver, Vec<GpuInfo>), Unavailable> {
    let began = Instant::now();
    let probe = Probe::run();
    let version = probe.driver?.version;
    Ok((Driver { version, stage: Stage::since(began, "driver started") }, probe.gpus))
}

fn count(devices: usize) -> String {
    if devices == 1 { "1 device is".into() } else { format!("{devices} devices are") }
}
