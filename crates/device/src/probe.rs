//! Which GPUs this process may use, and why not more.

use cudarc::driver::{DriverError, result, sys};

use crate::ComputeCapability;
use crate::cuda::{Context, CudaError, START};

/// The oldest driver whose functions are all there: CUDA 11.4 (stream-ordered memory, primary contexts, CUBINs).
const OLDEST_DRIVER: (u32, u32) = (11, 4);

/// Functions without which nothing runs. cudarc ends the process when it meets one that is not there: so look first.
const FUNCTIONS: [&str; 12] = [
    "cuInit",
    "cuDriverGetVersion",
    "cuDeviceGetCount",
    "cuDeviceGetUuid_v2",
    "cuDevicePrimaryCtxRetain",
    "cuDevicePrimaryCtxRelease_v2",
    "cuMemAllocAsync",
    "cuMemFreeAsync",
    "cuMemHostAlloc",
    "cuModuleLoadData",
    "cuLaunchKernel",
    "cuEventElapsedTime",
];

/// What was found.
#[derive(Debug)]
pub struct Probe {
    /// The driver, or why there is none to use.
    pub driver: Result<Driver, Unavailable>,
    /// The devices that the driver shows to this process, in its order.
    pub gpus: Vec<GpuInfo>,
    /// `CUDA_VISIBLE_DEVICES`, where it is set: schedulers set it to what they gave the job.
    pub visible_devices: Option<String>,
}

/// The CUDA driver of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Driver {
    /// The CUDA version that it speaks: (12, 4).
    pub version: (u32, u32),
    /// The file that was loaded, where the system tells.
    pub library: Option<std::path::PathBuf>,
}

/// One device as the driver describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GpuInfo {
    /// Index among the visible ones: N of `cuda:N`.
    pub ordinal: u32,
    /// As sold: `NVIDIA H100 80GB HBM3`.
    pub name: String,
    /// `GPU-…` of a whole device, `MIG-…` of a slice of one.
    pub uuid: String,
    /// What kernels are compiled for.
    pub compute_capability: ComputeCapability,
    /// Streaming multiprocessors.
    pub multiprocessors: u32,
    /// Bytes of memory on the device.
    pub memory: u64,
    /// How many processes may use it.
    pub compute_mode: ComputeMode,
}

/// Who may use a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComputeMode {
    /// Any number of processes.
    Shared,
    /// One process at a time.
    ExclusiveProcess,
    /// None.
    Prohibited,
}

/// Why no GPU is used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// The driver's library is not on this machine.
    #[error(
        "no CUDA driver on this machine (libcuda.so.1 was not found): install the NVIDIA driver, or start the \
         container with access to it"
    )]
    NoDriver,
    /// Its library lacks a function that newer ones have.
    #[error("the CUDA driver is too old: it lacks {function}; CUDA {}.{} (driver 470) or later is needed", OLDEST_DRIVER.0, OLDEST_DRIVER.1)]
    MissingFunction {
        /// The function.
        function: &'static str,
    },
    /// It speaks an older CUDA.
    #[error("the CUDA driver is too old: it speaks CUDA {}.{}, and {}.{} (driver 470) or later is needed", found.0, found.1, OLDEST_DRIVER.0, OLDEST_DRIVER.1)]
    TooOld {
        /// What it speaks.
        found: (u32, u32),
    },
    /// It did not start.
    #[error(transparent)]
    Failed(#[from] CudaError),
    /// There is a driver and no device.
    #[error(
        "the CUDA driver sees no device: nvidia-smi -L lists those of this machine; a container or a job has to be \
         given one"
    )]
    NoDevice,
    /// The environment hides every device.
    #[error("CUDA_VISIBLE_DEVICES='{0}' leaves no device: unset it, or name one that nvidia-smi -L lists")]
    Hidden(String),
}

impl Probe {
    /// Looks for a driver and lists what it shows. Takes the driver's start (a tenth of a second or more where there
    /// is one), and no memory on any device.
    pub fn run() -> Self {
        let visible_devices = std::env::var("CUDA_VISIBLE_DEVICES").ok();
        match find(visible_devices.as_deref()) {
            Ok((driver, gpus)) => Self { driver: Ok(driver), gpus, visible_devices },
            Err(reason) => Self { driver: Err(reason), gpus: Vec::new(), visible_devices },
        }
    }
}

fn find(visible_devices: Option<&str>) -> Result<(Driver, Vec<GpuInfo>), Unavailable> {
    // SAFETY: opening the driver's library runs its initializers, as any program that links it does.
    if !unsafe { sys::is_culib_present() } {
        return Err(Unavailable::NoDriver);
    }
    // SAFETY: the library is there, so this does not panic; it stays loaded for as long as the process lives.
    let library = unsafe { sys::culib() };
    for function in FUNCTIONS {
        // SAFETY: the symbol is only looked up, not called.
        let found = unsafe { library.get::<unsafe extern "C" fn()>(function.as_bytes()) };
        if found.is_err() {
            return Err(Unavailable::MissingFunction { function });
        }
    }
    let version = driver_version()?;
    if version < OLDEST_DRIVER {
        return Err(Unavailable::TooOld { found: version });
    }
    let count = match result::init().and_then(|()| result::device::get_count()) {
        Ok(count) => count,
        Err(error) if error.0 == sys::CUresult::CUDA_ERROR_NO_DEVICE => 0,
        Err(error) => return Err(CudaError::new(error, START, "cuda").into()),
    };
    if count <= 0 {
        return Err(match visible_devices {
            Some(value) => Unavailable::Hidden(value.to_owned()),
            None => Unavailable::NoDevice,
        });
    }
    let gpus = (0..count.unsigned_abs()).map(describe).collect::<Result<_, _>>()?;
    Ok((Driver { version, library: loaded_from() }, gpus))
}

fn driver_version() -> Result<(u32, u32), CudaError> {
    let mut version = 0;
    // SAFETY: `version` outlives the call, which may be made before the driver is initialized.
    unsafe { sys::cuDriverGetVersion(&mut version) }.result().during(START, "cuda")?;
    let version = version.unsigned_abs();
    Ok((version / 1000, version % 1000 / 10))
}

fn describe(ordinal: u32) -> Result<GpuInfo, CudaError> {
    let label = format!("cuda:{ordinal}");
    let ask = || {
        let device = result::device::get(ordinal as i32)?;
        // SAFETY: `device` was returned by the driver just now.
        let attribute = |which| unsafe { result::device::get_attribute(device, which) };
        use sys::CUdevice_attribute_enum as Attribute;
        let name = result::device::get_name(device)?;
        Ok(GpuInfo {
            ordinal,
            uuid: uuid(device, &name)?,
            name,
            compute_capability: ComputeCapability {
                major: attribute(Attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)?.unsigned_abs(),
                minor: attribute(Attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR)?.unsigned_abs(),
            },
            multiprocessors: attribute(Attribute::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT)?.unsigned_abs(),
            // SAFETY: as above.
            memory: unsafe { result::device::total_mem(device)? } as u64,
            compute_mode: match attribute(Attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_MODE)? {
                2 => ComputeMode::Prohibited,
                1 | 3 => ComputeMode::ExclusiveProcess,
                _ => ComputeMode::Shared,
            },
        })
    };
    ask().during("question for the device's properties", &label)
}

/// In the form of `nvidia-smi -L`: `GPU-…` for a device, `MIG-…` for a slice of one.
fn uuid(device: sys::CUdevice, name: &str) -> Result<String, DriverError> {
    let mut uuid = sys::CUuuid { bytes: [0; 16] };
    // SAFETY: `uuid` outlives the call, and `device` was returned by the driver.
    unsafe { sys::cuDeviceGetUuid_v2(&mut uuid, device) }.result()?;
    let hex = |range: std::ops::Range<usize>| {
        uuid.bytes[range].iter().map(|&byte| format!("{:02x}", byte as u8)).collect::<String>()
    };
    let kind = if name.contains(" MIG ") { "MIG" } else { "GPU" };
    Ok(format!("{kind}-{}-{}-{}-{}-{}", hex(0..4), hex(4..6), hex(6..8), hex(8..10), hex(10..16)))
}

/// The file behind the loaded driver, as the system lists this process's mappings.
fn loaded_from() -> Option<std::path::PathBuf> {
    let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
    maps.lines()
        .filter_map(|line| line.split_once('/').map(|(_, path)| format!("/{path}")))
        .find(|path| path.rsplit('/').next().is_some_and(|name| name.starts_with("libcuda.so")))
        .map(Into::into)
}
