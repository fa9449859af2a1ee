//! Kernels that are wrong on purpose: a checker that says nothing about them says nothing about the others either.

use soyaku_device::{ComputeCapability, Entry, Gpu, Header, Parameter, Scalar, Source};

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Mistake {
    /// A write behind the end of a buffer, which memcheck has to find.
    OutOfBounds,
    /// Threads that read what others write to shared memory, without a barrier: for racecheck.
    Race,
    /// Shared memory past its end: for memcheck.
    SharedOutOfBounds,
}

const THREADS: u32 = 128;

static SOURCE: Source = Source {
    name: "tests/mistakes.cu",
    text: r#"
        #include "soyaku.cuh"
        extern "C" __global__ void __launch_bounds__(128) out_of_bounds(u32 *values, u32 n) {
            if (threadIdx.x <= n) values[threadIdx.x] = threadIdx.x;
        }
        extern "C" __global__ void __launch_bounds__(128) race(u32 *values, u32 n) {
            __shared__ u32 tile[128];
            tile[threadIdx.x] = values[threadIdx.x % n];
            values[threadIdx.x % n] = tile[(threadIdx.x + 64) % 128];
        }
        extern "C" __global__ void __launch_bounds__(128) shared_out_of_bounds(u32 *values, u32 n) {
            SOYAKU_DYNAMIC_SHARED(u32, tile);
            if (threadIdx.x <= n) tile[threadIdx.x] = threadIdx.x;
            __syncthreads();
            if (threadIdx.x < n) values[threadIdx.x] = tile[n - 1 - threadIdx.x];
        }
    "#,
    headers: &[Header { name: "soyaku.cuh", text: include_str!("../../../kernels/include/soyaku.cuh") }],
    options: &[],
    specific: None,
    entries: &[entry("out_of_bounds"), entry("race"), entry("shared_out_of_bounds")],
};

const fn entry(name: &'static str) -> Entry {
    const PARAMETERS: &[Parameter] = &[Parameter::Output(Scalar::U32), Parameter::Value(Scalar::U32)];
    Entry { name, parameters: PARAMETERS, threads: THREADS, minimum: ComputeCapability::OLDEST }
}

/// Makes it, once. That nothing comes of it without a checker is as likely as not.
pub fn make(gpu: &Gpu, mistake: Mistake) -> anyhow::Result<()> {
    let (name, elements, shared) = match mistake {
        Mistake::OutOfBounds => ("out_of_bounds", 100, 0),
        Mistake::Race => ("race", THREADS, 0),
        Mistake::SharedOutOfBounds => ("shared_out_of_bounds", 100, 400),
    };
    let stream = gpu.stream()?;
    let kernel = gpu.kernel(&SOURCE, name)?;
    let mut values = stream.zeros::<u32>(elements as usize)?;
    let launch = kernel.launch(&stream).shared(shared).output(&mut values).value(elements);
    // SAFETY: none: the kernel breaks its promise, which is what it is for. The process ends right afterwards.
    unsafe { launch.run() }?;
    stream.synchronize()?;
    let mut got = vec![0; elements as usize];
    stream.read(&values, &mut got)?;
    println!("{name}: made, and nothing happened ({} values)", got.len());
    Ok(())
}
