//! The fake driver, through cudarc: what production code does, and the mistakes it could make.

mod support;

use cudarc::driver::{CudaContext, CudaFunction, DriverError, LaunchConfig, PushKernelArg, sys::CUresult};
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
fn refuses_what_a_driver_refuses() {
    machine(Mode::Plain).memory(1 << 20).pass_exactly("inside::limits");
}

mod inside {
    use super::*;

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
        assert_eq!(launched(1, 256, 0), Err(CUresult::CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES), "launch bounds");
        assert_eq!(launched(1, 128, 49153), Err(CUresult::CUDA_ERROR_INVALID_VALUE));
        assert_eq!(launched(1, 128, 49152), Ok(()));
    }
}
