//! The fake driver, through cudarc: what production code does, and the mistakes it could make.

#![allow(clippy::unwrap_used)]

mod support;

use cudarc::driver::sys::{CUgraphInstantiate_flags, CUresult, CUstreamCaptureMode};
use cudarc::driver::{
    CudaContext, CudaFunction, DevicePtr, DriverError, LaunchConfig, PushKernelArg, result,
};
use cudarc::nvrtc::Ptx;
use soyaku_emulation::{Emulation, Mode};
use std::sync::Arc;
use support::compile;

const ADD: &str = r#"
extern "C" __global__ void __launch_bounds__(128) add(const unsigned *a, const unsigned *b, unsigned *sum, unsigned n) {
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) sum[i] = a[i] + b[i];
}
"#;

fn machine(mode: Mode) -> soyaku_emulation::Machine {
    Emulation::build().unwrap().machine(mode)
}

fn function(context: &Arc<CudaContext>) -> CudaFunction {
    let cubin = compile(ADD, &["--gpu-architecture=sm_90"]).unwrap();
    context.load_module(Ptx::from_binary(cubin)).unwrap().load_function("add").unwrap()
}

#[test]
fn adds_on_every_mode() {
    for mode in [Mode::Address, Mode::Race, Mode::Plain] {
        machine(mode).no_leaks().pass_exactly("inside::adds");
        machine(mode).no_leaks().lazy().pass_exactly("inside::adds");
    }
}

#[test]
fn adds_without_stream_ordered_memory() {
    let machine = machine(Mode::Plain).variable("SOYAKU_EMULATED_POOLS", "0").no_leaks();
    machine.clone().pass_exactly("inside::adds");
    machine.lazy().pass_exactly("inside::adds");
}

#[test]
fn captured_work_runs_when_it_is_launched() {
    machine(Mode::Plain).no_leaks().pass_exactly("inside::captures");
    machine(Mode::Plain).no_leaks().lazy().pass_exactly("inside::captures");
}

#[test]
fn the_default_stream_waits_and_is_waited_for() {
    machine(Mode::Plain).lazy().pass_exactly("inside::default_stream");
}

#[test]
fn a_missing_compiler_is_named() {
    machine(Mode::Plain)
        .variable("CXX", "no-such-compiler")
        .pass_exactly("inside::explains_a_missing_compiler");
}

#[test]
fn refuses_what_a_driver_refuses() {
    machine(Mode::Plain).memory(1 << 20).pass_exactly("inside::limits");
}

mod inside {
    use super::*;

    #[test]
    #[ignore = "needs the emulated device"]
    fn explains_a_missing_compiler() {
        let message = Emulation::build().unwrap_err().to_string();
        assert!(message.starts_with("no-such-compiler: ") && message.contains("CXX"), "{message}");
    }

    #[test]
    #[ignore = "needs the emulated device"]
    fn adds() {
        let context = CudaContext::new(0).unwrap();
        let stream = context.new_stream().unwrap();
        let add = function(&context);
        let n = 1000_u32;
        let a: Vec<u32> = (0..n).collect();
        let b: Vec<u32> = (0..n).map(|i| i * 3).collect();
        let (a, b) = (stream.clone_htod(&a).unwrap(), stream.clone_htod(&b).unwrap());
        let mut sum = stream.alloc_zeros::<u32>(n as usize).unwrap();
        let config = LaunchConfig { grid_dim: (8, 1, 1), block_dim: (128, 1, 1), shared_mem_bytes: 0 };
        let mut launch = stream.launch_builder(&add);
        launch.arg(&a).arg(&b).arg(&mut sum).arg(&n);
        // SAFETY: the arguments are those of the kernel.
        unsafe { launch.launch(config) }.unwrap();
        let sum = stream.clone_dtoh(&sum).unwrap();
        stream.synchronize().unwrap();
        assert!(sum.iter().zip(0..).all(|(&sum, i)| sum == 4 * i));
    }

    #[test]
    #[ignore = "needs the emulated device"]
    fn captures() {
        let context = CudaContext::new(0).unwrap();
        let stream = context.new_stream().unwrap();
        let add = function(&context);
        let one = stream.clone_htod(&[1_u32; 10]).unwrap();
        let sum = stream.alloc_zeros::<u32>(10).unwrap();
        stream.synchronize().unwrap();
        stream.begin_capture(CUstreamCaptureMode::CU_STREAM_CAPTURE_MODE_RELAXED).unwrap();
        // Of the memory itself: what cudarc notes of each use would be captured as well.
        let (one_pointer, sum_pointer) = (one.device_ptr(&stream).0, sum.device_ptr(&stream).0);
        let config = LaunchConfig { grid_dim: (1, 1, 1), block_dim: (10, 1, 1), shared_mem_bytes: 0 };
        let mut launch = stream.launch_builder(&add);
        launch.arg(&one_pointer).arg(&sum_pointer).arg(&sum_pointer).arg(&10_u32);
        // SAFETY: the arguments are those of the kernel, the memory lives until the end.
        unsafe { launch.launch(config) }.unwrap();
        let flags = CUgraphInstantiate_flags::CUDA_GRAPH_INSTANTIATE_FLAG_AUTO_FREE_ON_LAUNCH;
        let graph = stream.end_capture(flags).unwrap().unwrap();
        assert_eq!(stream.clone_dtoh(&sum).unwrap(), [0; 10]);
        for _ in 0..3 {
            graph.launch().unwrap();
        }
        assert_eq!(stream.clone_dtoh(&sum).unwrap(), [3; 10]);

        // What cannot be captured breaks the capture.
        stream.begin_capture(CUstreamCaptureMode::CU_STREAM_CAPTURE_MODE_RELAXED).unwrap();
        let error = stream.synchronize().unwrap_err();
        assert_eq!(error.0, CUresult::CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
        let error = stream.end_capture(flags).map(|_| ()).unwrap_err();
        assert_eq!(error.0, CUresult::CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
        stream.synchronize().unwrap();
    }

    #[test]
    #[ignore = "needs the emulated device"]
    fn default_stream() {
        let context = CudaContext::new(0).unwrap();
        let other = result::stream::create(result::stream::StreamKind::Default).unwrap();
        // SAFETY: a context is current; copies and fills stay within 4 bytes.
        let filled = |blocking: bool| unsafe {
            let memory = result::malloc_sync(4).unwrap();
            result::memset_d8_sync(memory, 0, 4).unwrap();
            let free = result::stream::create(result::stream::StreamKind::NonBlocking).unwrap();
            result::memset_d8_async(memory, 7, 4, if blocking { other } else { free }).unwrap();
            let mut got = [0_u8; 4];
            // In the default stream, which waits for blocking streams alone.
            result::memcpy_dtoh_sync(&mut got, memory).unwrap();
            got
        };
        assert_eq!(filled(true), [7; 4]);
        assert_eq!(filled(false), [0; 4]);
        drop(context);
    }

    #[test]
    #[ignore = "needs the emulated device"]
    fn limits() {
        let context = CudaContext::new(0).unwrap();
        let stream = context.new_stream().unwrap();
        assert_eq!(context.mem_get_info().unwrap(), (1 << 20, 1 << 20));
        let code = |error: DriverError| error.0;
        let too_much = stream.alloc_zeros::<u8>((1 << 20) + 1).map(|_| ()).unwrap_err();
        assert_eq!(code(too_much), CUresult::CUDA_ERROR_OUT_OF_MEMORY);
        let all = stream.alloc_zeros::<u8>(1 << 20).unwrap();
        assert_eq!(context.mem_get_info().unwrap().0, 0);
        drop(all);
        stream.synchronize().unwrap();
        assert_eq!(context.mem_get_info().unwrap().0, 1 << 20);

        let add = function(&context);
        let (a, n) = (stream.alloc_zeros::<u32>(10).unwrap(), 10_u32);
        let mut sum = stream.alloc_zeros::<u32>(10).unwrap();
        let mut launched = |grid: u32, block: u32, shared: u32| {
            let config =
                LaunchConfig { grid_dim: (grid, 1, 1), block_dim: (block, 1, 1), shared_mem_bytes: shared };
            let mut launch = stream.launch_builder(&add);
            launch.arg(&a).arg(&a).arg(&mut sum).arg(&n);
            // SAFETY: the arguments are those of the kernel.
            unsafe { launch.launch(config) }.map(|_| ()).map_err(code)
        };
        assert_eq!(launched(1, 128, 0), Ok(()));
        assert_eq!(launched(0, 128, 0), Err(CUresult::CUDA_ERROR_INVALID_VALUE));
        assert_eq!(launched(1, 2048, 0), Err(CUresult::CUDA_ERROR_INVALID_VALUE));
        assert_eq!(launched(1, 256, 0), Err(CUresult::CUDA_ERROR_INVALID_VALUE), "launch bounds");
        assert_eq!(launched(1, 128, 49153), Err(CUresult::CUDA_ERROR_INVALID_VALUE));
        assert_eq!(launched(1, 128, 49152), Ok(()));
    }
}
