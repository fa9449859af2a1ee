//! What tests of kernels share: the device that they run on, and random input.

use soyaku_device::{Device, DeviceOptions, DeviceRequest, MemorySize};

/// The device that `SOYAKU_TEST_DEVICE` names (`cuda:0`, `cuda:all`), by default the CPU. The same tests run on each:
/// `emulated` starts them again on the emulated GPU, `tests/gpu/run` on a real one.
pub(crate) fn device() -> Device {
    limited_device(None)
}

/// The same, with that many bytes of a GPU's memory at most.
pub(crate) fn limited_device(memory: Option<u64>) -> Device {
    let request = std::env::var("SOYAKU_TEST_DEVICE").unwrap_or_else(|_| "cpu".into()).parse().unwrap();
    let memory = memory.map(MemorySize::from_bytes);
    Device::open_with(&DeviceOptions { request, threads: Some(2), memory }).unwrap()
}

/// The CPU, to compare with.
pub(crate) fn cpu() -> Device {
    Device::open(DeviceRequest::Cpu, Some(2)).unwrap()
}

/// Random numbers that are the same in every run (xorshift64*, Vigna 2016).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }
}
