//! Mistakes that a GPU would answer with wrong numbers, now and then: here each one shows, every time.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;

use cudarc::driver::sys::CUresult;
use cudarc::driver::{CudaContext, CudaFunction, CudaStream, LaunchConfig, PushKernelArg, result, sys};
use cudarc::nvrtc::Ptx;
use soyaku_emulation::{Emulation, Machine, Mode, Outcome};
use support::compile;

const KERNELS: &str = r#"
extern "C" __global__ void fill(unsigned *values, unsigned value, unsigned n) {
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) values[i] = value;
}
extern "C" __global__ void reverse_without_barrier(unsigned *values) {
    __shared__ unsigned tile[64];
    tile[threadIdx.x] = values[threadIdx.x];
    values[threadIdx.x] = tile[63 - threadIdx.x];
}
"#;

fn machine(mode: Mode) -> Machine {
    Emulation::build().unwrap().machine(mode)
}

/// The test body of that name fails on `machine`; what it says.
fn fails(machine: Machine, name: &str) -> Outcome {
    let outcome = machine.run(&[name]);
    println!("{}", outcome.text);
    assert!(outcome.status.is_none_or(|status| !status.success()), "{name} was to fail");
    outcome
}

#[test]
fn a_write_beyond_a_buffer() {
    let outcome = fails(machine(Mode::Address), "inside::writes_beyond");
    assert!(outcome.text.contains("heap-buffer-overflow"));
    assert!(outcome.text.contains("test.cu:4"), "the line of the kernel is named");
}

#[test]
fn a_missing_barrier() {
    let outcome = fails(machine(Mode::Race), "inside::lacks_a_barrier");
    assert!(outcome.text.contains("kernel reverse_without_barrier: "));
    assert!(outcome.text.contains("test.cu:"));
    // In another order of the threads the numbers are wrong, too.
    fails(machine(Mode::Plain), "inside::lacks_a_barrier");
}

#[test]
fn a_result_read_too_early() {
    machine(Mode::Plain).pass_exactly("inside::reads_too_early");
    fails(machine(Mode::Plain).lazy(), "inside::reads_too_early");
}

#[test]
fn page_locked_memory_written_before_its_copy() {
    machine(Mode::Plain).pass_exactly("inside::overwrites_before_the_copy");
    fails(machine(Mode::Plain).lazy(), "inside::overwrites_before_the_copy");
}

#[test]
fn streams_that_do_not_wait_for_each_other() {
    machine(Mode::Plain).pass_exactly("inside::does_not_wait_for_the_other_stream");
    fails(machine(Mode::Plain).lazy(), "inside::does_not_wait_for_the_other_stream");
    machine(Mode::Plain).lazy().pass_exactly("inside::waits_for_the_other_stream");
}

#[test]
fn memory_freed_before_its_last_use() {
    let outcome = fails(machine(Mode::Plain), "inside::uses_freed_memory");
    assert!(outcome.text.contains("does not point into device memory"));
}

#[test]
fn host_memory_for_device_memory() {
    machine(Mode::Plain).pass_exactly("inside::mixes_up_memory");
}

#[test]
fn memory_left_behind() {
    machine(Mode::Plain).pass_exactly("inside::leaks");
    let outcome = fails(machine(Mode::Plain).no_leaks(), "inside::leaks");
    assert_eq!(outcome.status.and_then(|status| status.code()), Some(97));
    assert!(outcome.text.contains("leak: 12345 bytes of page-locked memory"), "{}", outcome.text);
}

#[test]
fn images_and_compilers() {
    machine(Mode::Plain).pass_exactly("inside::refuses_images");
    machine(Mode::Plain).pass_exactly("inside::refuses_sources");
}

mod inside {
    use super::*;

    struct Gpu {
        context: Arc<CudaContext>,
        stream: Arc<CudaStream>,
        fill: CudaFunction,
        reverse: CudaFunction,
    }

    fn gpu() -> Gpu {
        let context = CudaContext::new(0).unwrap();
        let stream = context.new_stream().unwrap();
        let cubin = compile(KERNELS, &["--gpu-architecture=sm_90"]).unwrap();
        let module = context.load_module(Ptx::from_binary(cubin)).unwrap();
        let load = |name| module.load_function(name).unwrap();
        Gpu { context, stream, fill: load("fill"), reverse: load("reverse_without_barrier") }
    }

    impl Gpu {
        /// Launches `fill` with a raw pointer, as a launcher with a mistake would.
        fn fill(&self, stream: &Arc<CudaStream>, pointer: sys::CUdeviceptr, value: u32, n: u32) {
            let config =
                LaunchConfig { grid_dim: (n.div_ceil(64), 1, 1), block_dim: (64, 1, 1), shared_mem_bytes: 0 };
            let mut launch = stream.launch_builder(&self.fill);
            launch.arg(&pointer).arg(&value).arg(&n);
            // SAFETY: the types are the kernel's. Whether the memory is, is what the tests are about.
            unsafe { launch.launch(config) }.unwrap();
        }
    }

    /// 16 numbers of device memory that are never freed.
    fn memory() -> sys::CUdeviceptr {
        // SAFETY: a context is current.
        unsafe { result::malloc_sync(64) }.unwrap()
    }

    /// 16 zeros of page-locked memory that are never freed.
    fn page_locked() -> &'static mut [u32] {
        // SAFETY: a context is current; 16 numbers are cleared before they are seen.
        unsafe {
            let pointer = result::malloc_host(64, 0).unwrap().cast::<u32>();
            pointer.write_bytes(0, 16);
            std::slice::from_raw_parts_mut(pointer, 16)
        }
    }

    #[test]
    #[ignore = "started by the tests above"]
    fn writes_beyond() {
        let gpu = gpu();
        gpu.fill(&gpu.stream, memory(), 1, 17);
        gpu.stream.synchronize().unwrap();
    }

    #[test]
    #[ignore = "started by the tests above"]
    fn lacks_a_barrier() {
        let gpu = gpu();
        let mut values = gpu.stream.clone_htod(&(0..64).collect::<Vec<u32>>()).unwrap();
        let config = LaunchConfig { grid_dim: (1, 1, 1), block_dim: (64, 1, 1), shared_mem_bytes: 0 };
        let mut launch = gpu.stream.launch_builder(&gpu.reverse);
        launch.arg(&mut values);
        // SAFETY: the kernel takes 64 numbers and a block of 64 threads.
        unsafe { launch.launch(config) }.unwrap();
        let values = gpu.stream.clone_dtoh(&values).unwrap();
        assert!(values.iter().rev().zip(0..).all(|(&value, i)| value == i));
    }

    #[test]
    #[ignore = "started by the tests above"]
    fn reads_too_early() {
        let gpu = gpu();
        let (memory, host) = (memory(), page_locked());
        gpu.fill(&gpu.stream, memory, 7, 16);
        // SAFETY: both are 16 numbers.
        unsafe { result::memcpy_dtoh_async(host, memory, gpu.stream.cu_stream()) }.unwrap();
        assert_eq!(host[15], 7);
    }

    #[test]
    #[ignore = "started by the tests above"]
    fn overwrites_before_the_copy() {
        let gpu = gpu();
        let (memory, host) = (memory(), page_locked());
        host.fill(1);
        // SAFETY: both are 16 numbers.
        unsafe { result::memcpy_htod_async(memory, host, gpu.stream.cu_stream()) }.unwrap();
        host.fill(2);
        gpu.stream.synchronize().unwrap();
        // SAFETY: as above.
        unsafe { result::memcpy_dtoh_sync(host, memory) }.unwrap();
        assert_eq!(host[0], 1);
    }

    fn two_streams(wait: bool) {
        let gpu = gpu();
        let other = gpu.context.new_stream().unwrap();
        let (memory, host) = (memory(), page_locked());
        gpu.fill(&gpu.stream, memory, 7, 16);
        if wait {
            other.join(&gpu.stream).unwrap();
        }
        // SAFETY: both are 16 numbers.
        unsafe { result::memcpy_dtoh_async(host, memory, other.cu_stream()) }.unwrap();
        other.synchronize().unwrap();
        assert_eq!(host[15], 7);
    }

    #[test]
    #[ignore = "started by the tests above"]
    fn does_not_wait_for_the_other_stream() {
        two_streams(false);
    }

    #[test]
    #[ignore = "started by the tests above"]
    fn waits_for_the_other_stream() {
        two_streams(true);
    }

    #[test]
    #[ignore = "started by the tests above"]
    fn uses_freed_memory() {
        let gpu = gpu();
        let memory = memory();
        // SAFETY: it was allocated just now.
        unsafe { result::free_sync(memory) }.unwrap();
        gpu.fill(&gpu.stream, memory, 7, 16);
        gpu.stream.synchronize().unwrap();
    }

    #[test]
    #[ignore = "started by the tests above"]
    fn mixes_up_memory() {
        let gpu = gpu();
        let invalid = Err(CUresult::CUDA_ERROR_INVALID_VALUE);
        let mut host = [0_u32; 17];
        let device = memory();
        let to_device = |to, from: &[u32]| {
            // SAFETY: the driver is asked to refuse it.
            unsafe { result::memcpy_htod_sync(to, from) }.map_err(|error| error.0)
        };
        assert_eq!(to_device(device, &host[..16]), Ok(()));
        assert_eq!(to_device(device, &host), invalid, "too long");
        assert_eq!(to_device(device + 4, &host[..16]), invalid, "beyond the end");
        assert_eq!(to_device(device - 4, &host[..1]), invalid, "before the start");
        assert_eq!(to_device(host.as_mut_ptr() as u64, &host[..1]), invalid, "host memory");
        // SAFETY: as above; nothing is read through it.
        let fake = unsafe { std::slice::from_raw_parts(device as *const u32, 16) };
        assert_eq!(to_device(device, fake), invalid, "device memory as host memory");
        gpu.fill(&gpu.stream, host.as_mut_ptr() as u64, 1, 16);
        let error = gpu.stream.synchronize().unwrap_err();
        assert_eq!(error.0, CUresult::CUDA_ERROR_ILLEGAL_ADDRESS);
    }

    #[test]
    #[ignore = "started by the tests above"]
    fn leaks() {
        let _context = CudaContext::new(0).unwrap();
        // SAFETY: a context is current.
        unsafe { result::malloc_host(12345, 0) }.unwrap();
    }

    #[test]
    #[ignore = "started by the tests above"]
    fn refuses_images() {
        let context = CudaContext::new(0).unwrap();
        let load = |cubin: Vec<u8>| {
            context.load_module(Ptx::from_binary(cubin)).map(|_| ()).map_err(|error| error.0)
        };
        let compiled = |architecture: &str| compile(KERNELS, &["-arch", architecture]).unwrap();
        let good = compiled("sm_90a");
        assert_eq!(load(good.clone()), Ok(()));
        for at in [0, 18, 64, good.len() / 2, good.len() - 1] {
            let mut damaged = good.clone();
            damaged[at] ^= 1;
            assert_eq!(load(damaged), Err(CUresult::CUDA_ERROR_INVALID_IMAGE), "byte {at}");
        }
        for other in ["sm_80", "sm_100", "sm_100a"] {
            assert_eq!(load(compiled(other)), Err(CUresult::CUDA_ERROR_NO_BINARY_FOR_GPU), "{other}");
        }
    }

    #[test]
    #[ignore = "started by the tests above"]
    fn refuses_sources() {
        let (code, log) = compile("\n\nextern \"C\" __global__ void f() { wrong(); }", &[]).unwrap_err();
        assert_eq!(code, 6);
        assert!(log.contains("test.cu:3:") && log.contains("wrong"), "{log}");
        for option in
            ["--gpu-architecture=sm_30", "--gpu-architecture=90", "--no-such-option", "--fmadd=false"]
        {
            let (code, log) = compile(KERNELS, &[option]).unwrap_err();
            assert_eq!(code, 5, "{option}: {log}");
            assert!(log.starts_with("nvrtc: error: "), "{option}: {log}");
        }
    }
}
