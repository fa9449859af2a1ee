//! Errors of the CUDA driver, split into those that pass and those that stay.

use std::fmt;

use cudarc::driver::DriverError;

/// What the driver answered, to which call, on which device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CudaError {
    code: u32,
    name: String,
    text: String,
    during: &'static str,
    device: String,
}

/// Errors after which the context can only be thrown away, with the process (CUDA driver API, `CUresult`: "this
/// leaves the process in an inconsistent state").
const STICKY: [u32; 16] = [
    214, // ECC_UNCORRECTABLE
    220, // NVLINK_UNCORRECTABLE
    226, // CONTAINED
    700, // ILLEGAL_ADDRESS
    702, // LAUNCH_TIMEOUT
    709, // CONTEXT_IS_DESTROYED
    710, // ASSERT
    714, // HARDWARE_STACK_ERROR
    715, // ILLEGAL_INSTRUCTION
    716, // MISALIGNED_ADDRESS
    717, // INVALID_ADDRESS_SPACE
    718, // INVALID_PC
    719, // LAUNCH_FAILED
    721, // TENSOR_MEMORY_LEAK
    810, // MPS_CLIENT_TERMINATED
    999, // UNKNOWN
];

/// What the first call to the driver is made for.
pub(crate) const START: &str = "start of the driver";

impl CudaError {
    /// Wraps the driver's answer to a call made for `during` ("copy to the device") on `device`.
    pub(crate) fn new(error: DriverError, during: &'static str, device: &str) -> Self {
        let text = |answer: Result<&std::ffi::CStr, DriverError>| {
            answer.map(|text| text.to_string_lossy().into_owned()).unwrap_or_default()
        };
        Self {
            code: error.0 as u32,
            name: text(error.error_name()),
            text: text(error.error_string()),
            during,
            device: device.to_owned(),
        }
    }

    /// The driver's number.
    pub fn code(&self) -> u32 {
        self.code
    }

    /// The driver's name, `CUDA_ERROR_OUT_OF_MEMORY`; empty where the driver knows none.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether every later call on this device fails as well, for as long as the process lives.
    pub fn is_sticky(&self) -> bool {
        STICKY.contains(&self.code)
    }

    /// Whether memory on the device ran out.
    pub fn is_out_of_memory(&self) -> bool {
        self.code == 2
    }

    /// What the one who started the job can do.
    fn advice(&self) -> &'static str {
        match self.code {
            34 => {
                "; this libcuda.so is for linking and no driver: take the toolkit's folder 'stubs' out of \
                 LD_LIBRARY_PATH"
            }
            803 => {
                "; the driver's kernel module and its library differ: restart the node or load the module anew"
            }
            804 => {
                "; this libcuda.so is of a cuda-compat package, which this device does not support: take its folder \
                 out of LD_LIBRARY_PATH"
            }
            802 => {
                "; the node is not ready: wait for its fabric manager, or ask the administrator to start it"
            }
            // Before a device was opened, nothing is lost.
            _ if self.during == START => {
                "; see what nvidia-smi says: the driver's files (/dev/nvidia*, also in a container) may be missing"
            }
            2 => "; lower --device-memory, or leave the device to this process alone",
            46 => {
                "; another process holds the device exclusively: wait for it, or take another with --device cuda:N"
            }
            209 | 222 => "; the driver is older than the compiler: install a newer driver or an older NVRTC",
            _ if self.is_sticky() => "; the device is lost to this process: start it again to go on",
            _ => "",
        }
    }
}

impl fmt::Display for CudaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.name.is_empty() { "unknown error" } else { self.name.as_str() };
        write!(f, "{}: {} failed: {name} ({})", self.device, self.during, self.code)?;
        if !self.text.is_empty() {
            write!(f, ", {}", self.text)?;
        }
        f.write_str(self.advice())
    }
}

impl std::error::Error for CudaError {}

/// Puts the call and the device to the driver's answer.
pub(crate) trait Context<T> {
    /// Names what was tried, and where.
    fn during(self, call: &'static str, device: &str) -> Result<T, CudaError>;
}

impl<T> Context<T> for Result<T, DriverError> {
    fn during(self, call: &'static str, device: &str) -> Result<T, CudaError> {
        self.map_err(|error| CudaError::new(error, call, device))
    }
}
