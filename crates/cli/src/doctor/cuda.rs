//! The CUDA driver and the GPUs that it shows.

use std::path::PathBuf;

use serde::Serialize;
use soyaku_device::probe::{ComputeMode, Unavailable};
use soyaku_device::{DeviceRequest, GpuInfo, Gpus, Probe};

use super::finding::Finding;
use crate::format::bytes;

/// Driver and devices.
#[derive(Debug, Serialize)]
pub struct Cuda {
    /// Whether `--device cuda` finds a device.
    pub usable: bool,
    /// Version of CUDA that the driver speaks: `12.4`.
    pub driver_version: Option<String>,
    /// The driver's library.
    pub driver_library: Option<PathBuf>,
    /// Why no device can be looked for.
    pub problem: Option<String>,
    /// `CUDA_VISIBLE_DEVICES`, where it is set.
    pub visible_devices: Option<String>,
    /// The devices.
    pub devices: Vec<Gpu>,
    #[serde(skip)]
    unavailable: Option<Unavailable>,
}

/// One device.
#[derive(Debug, Serialize)]
pub struct Gpu {
    /// What `--device` takes: `cuda:0`.
    pub id: String,
    /// As sold.
    pub name: String,
    /// As `nvidia-smi -L` lists it.
    pub uuid: String,
    /// Such as `9.0`.
    pub compute_capability: String,
    /// Streaming multiprocessors.
    pub multiprocessors: u32,
    /// Memory on the device.
    pub memory_bytes: u64,
    /// Who may use it: shared, exclusive-process or prohibited.
    pub compute_mode: &'static str,
    /// Whether it is a slice of a device (MIG).
    pub is_slice: bool,
    /// Why it cannot be opened.
    pub problem: Option<String>,
}

/// Opens a device for a moment, or says why it cannot be.
type Opener<'a> = &'a dyn Fn(&DeviceRequest) -> Result<(), String>;

impl Cuda {
    /// What a probe found. `open` opens a device or says why it cannot be; none where there is no sense in trying.
    pub fn of(probe: Probe, open: Option<Opener<'_>>) -> Self {
        let visible_devices = probe.visible_devices;
        let has_slices = visible_devices.as_deref().is_some_and(|list| list.starts_with("MIG-"));
        let device = |info: GpuInfo| {
            let request = DeviceRequest::Cuda(Gpus::These(vec![info.ordinal]));
            Gpu {
                id: request.to_string(),
                problem: open.and_then(|open| open(&request).err()),
                is_slice: has_slices || info.uuid.starts_with("MIG-") || info.name.contains(" MIG "),
                name: info.name,
                uuid: info.uuid,
                compute_capability: info.compute_capability.to_string(),
                multiprocessors: info.multiprocessors,
                memory_bytes: info.memory,
                compute_mode: match info.compute_mode {
                    ComputeMode::Shared => "shared",
                    ComputeMode::ExclusiveProcess => "exclusive-process",
                    ComputeMode::Prohibited => "prohibited",
                },
            }
        };
        let devices: Vec<Gpu> = probe.gpus.into_iter().map(device).collect();
        let (driver, unavailable) = match probe.driver {
            Ok(driver) => (Some(driver), None),
            Err(reason) => (None, Some(reason)),
        };
        Self {
            usable: open.is_some() && devices.iter().any(|device| device.problem.is_none()),
            driver_version: driver
                .as_ref()
                .map(|driver| format!("{}.{}", driver.version.0, driver.version.1)),
            driver_library: driver.and_then(|driver| driver.library),
            problem: unavailable.as_ref().map(Unavailable::to_string),
            visible_devices,
            devices,
            unavailable,
        }
    }

    /// What to tell: of the driver, then of each device.
    pub fn findings(&self) -> Vec<Finding> {
        std::iter::once(self.driver()).chain(self.devices.iter().map(Gpu::finding)).collect()
    }

    fn driver(&self) -> Finding {
        if let Some(reason) = &self.unavailable {
            return Finding::missing("cuda", message(reason), advice(reason));
        }
        let version = self.driver_version.as_deref().unwrap_or("unknown");
        let mut message = format!("driver for CUDA {version}");
        if let Some(library) = &self.driver_library {
            message.push_str(&format!(" ({})", library.display()));
        }
        if let Some(list) = &self.visible_devices {
            message.push_str(&format!(", CUDA_VISIBLE_DEVICES={list}"));
        }
        Finding::ok("cuda", message)
    }
}

/// The reason without what to do about it.
fn message(reason: &Unavailable) -> String {
    match reason {
        Unavailable::NoDriver => "no driver (libcuda.so.1 was not found); the CPU is used".into(),
        Unavailable::Hidden(list) => format!("CUDA_VISIBLE_DEVICES='{list}' leaves no device"),
        other => other.to_string(),
    }
}

fn advice(reason: &Unavailable) -> &'static str {
    match reason {
        Unavailable::NoDriver => {
            "for a GPU: install the NVIDIA driver, or give the container access (docker --gpus all, apptainer --nv)"
        }
        Unavailable::MissingFunction { .. } | Unavailable::TooOld { .. } => {
            "install NVIDIA driver 470 or later; until then the CPU is used"
        }
        Unavailable::Failed(_) => "nvidia-smi may say more; restart the node, or ask its administrator",
        Unavailable::NoDevice => {
            "ask the scheduler for a GPU (Slurm: --gres=gpu:1); nvidia-smi -L lists them"
        }
        Unavailable::Hidden(_) => "unset it, or name a device that nvidia-smi -L lists",
    }
}

impl Gpu {
    fn finding(&self) -> Finding {
        let slice = if self.is_slice { ", a slice (MIG)" } else { "" };
        let mode = match self.compute_mode {
            "shared" => String::new(),
            mode => format!(", {mode}"),
        };
        let message = format!(
            "{}: {}, compute capability {}, {}{slice}{mode}, {}",
            self.id,
            self.name,
            self.compute_capability,
            bytes(self.memory_bytes),
            self.uuid
        );
        match &self.problem {
            None => Finding::ok("gpu", message),
            Some(problem) => Finding::warn("gpu", message, format!("cannot be used: {problem}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Level;
    use soyaku_device::ComputeCapability;
    use soyaku_device::probe::Driver;

    fn hopper(ordinal: u32, compute_mode: ComputeMode) -> GpuInfo {
        GpuInfo {
            ordinal,
            name: "NVIDIA H100 80GB HBM3".into(),
            uuid: "GPU-01".into(),
            compute_capability: ComputeCapability { major: 9, minor: 0 },
            multiprocessors: 132,
            memory: 80 << 30,
            compute_mode,
        }
    }

    fn probe(gpus: Vec<GpuInfo>, visible_devices: Option<&str>) -> Probe {
        let driver = Driver { version: (12, 4), library: Some("/usr/lib/libcuda.so.1".into()) };
        Probe { driver: Ok(driver), gpus, visible_devices: visible_devices.map(str::to_owned) }
    }

    #[test]
    fn each_device_has_its_line() {
        let gpus = vec![hopper(0, ComputeMode::Shared), hopper(1, ComputeMode::ExclusiveProcess)];
        let open = |request: &DeviceRequest| match request.to_string().as_str() {
            "cuda:1" => Err("held by another process".to_owned()),
            _ => Ok(()),
        };
        let cuda = Cuda::of(probe(gpus, Some("0,1")), Some(&open));
        assert!(cuda.usable);
        let findings = cuda.findings();
        let told: Vec<&str> = findings.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(
            told,
            [
                "driver for CUDA 12.4 (/usr/lib/libcuda.so.1), CUDA_VISIBLE_DEVICES=0,1",
                "cuda:0: NVIDIA H100 80GB HBM3, compute capability 9.0, 80.0 GiB, GPU-01",
                "cuda:1: NVIDIA H100 80GB HBM3, compute capability 9.0, 80.0 GiB, exclusive-process, GPU-01",
            ]
        );
        assert_eq!(findings[2].level, Level::Warn);
        assert_eq!(findings[2].advice.as_deref(), Some("cannot be used: held by another process"));
    }

    #[test]
    fn slices_are_told_and_a_device_that_nobody_opened_is_not_usable() {
        let cuda = Cuda::of(probe(vec![hopper(0, ComputeMode::Shared)], Some("MIG-5c8")), None);
        assert!(!cuda.usable && cuda.devices[0].is_slice);
        assert!(cuda.findings()[1].message.contains(", a slice (MIG), "));
    }

    #[test]
    fn every_reason_has_an_advice() {
        let reasons = [
            Unavailable::NoDriver,
            Unavailable::MissingFunction { function: "cuMemAllocAsync" },
            Unavailable::TooOld { found: (10, 2) },
            Unavailable::NoDevice,
            Unavailable::Hidden("-1".into()),
        ];
        for reason in reasons {
            let probe = Probe { driver: Err(reason.clone()), gpus: Vec::new(), visible_devices: None };
            let cuda = Cuda::of(probe, None);
            let finding = cuda.findings().remove(0);
            assert_eq!((cuda.usable, cuda.problem), (false, Some(reason.to_string())));
            assert_eq!(finding.level, Level::Missing);
            assert!(finding.advice.is_some_and(|advice| !finding.message.contains(&advice)));
        }
    }
}
