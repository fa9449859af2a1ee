//! The device layer on whatever GPU `SOYAKU_TEST_DEVICE` names: a real one (tests/gpu/run) or the emulated one
//! (`emulated` at the end runs this very program again on it). Without the variable only `emulated` does something.
#![allow(clippy::unwrap_used)]

use std::sync::OnceLock;

use soyaku_device::{
    ComputeCapability, Device, DeviceOptions, Entry, Error, Gpu, Header, MemorySize, Parameter, Scalar,
    Source,
};
use soyaku_emulation::{Emulation, Mode};

const OLDEST: ComputeCapability = ComputeCapability::OLDEST;

static SOURCE: Source = Source {
    name: "tests/gpu.cu",
    text: r#"
        #include "soyaku.cuh"
        extern "C" __global__ void __launch_bounds__(128) add(const u32 *a, const u32 *b, u32 *sum, u64 n, u32 more) {
            for (u64 i = grid_thread(); i < n; i += grid_threads()) sum[i] = a[i] + b[i] + more;
        }
        extern "C" __global__ void __launch_bounds__(64) reverse(u64 *values, u32 n) {
            SOYAKU_DYNAMIC_SHARED(u64, tile);
            for (u32 i = threadIdx.x; i < n; i += 64) tile[i] = values[i];
            __syncthreads();
            for (u32 i = threadIdx.x; i < n; i += 64) values[i] = tile[n - 1 - i];
        }
        extern "C" __global__ void __launch_bounds__(32) kinds(double *out, u8 a, u16 b, u32 c, u64 d, i32 e, float f, double g) {
            if (threadIdx.x == 0) {
                out[0] = a; out[1] = b; out[2] = c; out[3] = (double)d; out[4] = e; out[5] = f; out[6] = g;
            }
        }
    "#,
    headers: &[Header { name: "soyaku.cuh", text: include_str!("../../../kernels/include/soyaku.cuh") }],
    options: &[],
    specific: None,
    entries: &[
        Entry {
            name: "add",
            parameters: &[
                Parameter::Input(Scalar::U32),
                Parameter::Input(Scalar::U32),
                Parameter::Output(Scalar::U32),
                Parameter::Value(Scalar::U64),
                Parameter::Value(Scalar::U32),
            ],
            threads: 128,
            minimum: OLDEST,
        },
        Entry {
            name: "reverse",
            parameters: &[Parameter::Output(Scalar::U64), Parameter::Value(Scalar::U32)],
            threads: 64,
            minimum: OLDEST,
        },
        Entry {
            name: "kinds",
            parameters: &[
                Parameter::Output(Scalar::F64),
                Parameter::Value(Scalar::U8),
                Parameter::Value(Scalar::U16),
                Parameter::Value(Scalar::U32),
                Parameter::Value(Scalar::U64),
                Parameter::Value(Scalar::I32),
                Parameter::Value(Scalar::F32),
                Parameter::Value(Scalar::F64),
            ],
            threads: 32,
            minimum: OLDEST,
        },
        Entry {
            name: "far_future",
            parameters: &[],
            threads: 32,
            minimum: ComputeCapability { major: 99, minor: 0 },
        },
    ],
};

static BROKEN: Source = Source {
    name: "tests/broken.cu",
    text: "extern \"C\" __global__ void broken() { this is not C++ }",
    headers: &[],
    options: &[],
    specific: None,
    entries: &[Entry { name: "broken", parameters: &[], threads: 32, minimum: OLDEST }],
};

static VOLTA_ALONE: Source = Source { specific: Some(OLDEST), ..BROKEN };

/// Compiled for `sm_90a`; only devices of compute capability 9.0 have it.
static HOPPER_ALONE: Source = Source { specific: Some(ComputeCapability { major: 9, minor: 0 }), ..SOURCE };

/// The GPU to test, where there is one; opened once, so that its kernels are compiled once.
fn gpu() -> Option<Gpu> {
    static GPU: OnceLock<Option<Gpu>> = OnceLock::new();
    GPU.get_or_init(|| open(None)).clone()
}

fn open(memory: Option<MemorySize>) -> Option<Gpu> {
    let Ok(request) = std::env::var("SOYAKU_TEST_DEVICE") else {
        println!("skipped: SOYAKU_TEST_DEVICE names no GPU (the emulated one is tried by `emulated`)");
        return None;
    };
    let request = request.parse().unwrap();
    let device = Device::open_with(&DeviceOptions { request, threads: Some(1), memory }).unwrap();
    Some(device.gpus()[0].clone())
}

#[test]
fn copies_there_and_back() {
    let Some(gpu) = gpu() else { return };
    let stream = gpu.stream().unwrap();
    let values: Vec<u64> = (0..1000).map(|i| i * i).collect();
    let mut buffer = stream.zeros::<u64>(1010).unwrap();
    stream.write(&values, &mut buffer, 7).unwrap();
    let mut back = vec![9; 1010];
    stream.read(&buffer, &mut back).unwrap();
    assert_eq!(back[..7], [0; 7]);
    assert_eq!(back[7..1007], values);
    assert_eq!(back[1007..], [0; 3]);

    let mut pinned = gpu.pinned::<u64>(600).unwrap();
    assert!(pinned.as_slice().unwrap().iter().all(|&value| value == 0));
    pinned.as_mut_slice().unwrap().copy_from_slice(&values[400..]);
    stream.upload(&pinned, 5, &mut buffer, 1).unwrap();
    stream.download(&buffer, 600, &mut pinned).unwrap();
    let got = pinned.as_slice().unwrap();
    assert_eq!(got[0], 0);
    assert_eq!(got[1..6], values[400..405]);
    assert_eq!(got[7..], values[..593]);

    stream.clear(&mut buffer).unwrap();
    stream.read(&buffer, &mut back).unwrap();
    assert_eq!(back, [0; 1010]);
    let mut nothing = stream.zeros::<u8>(0).unwrap();
    assert!(nothing.is_empty());
    stream.write(&[], &mut nothing, 0).unwrap();
    assert!(gpu.pinned::<u8>(0).unwrap().as_slice().unwrap().is_empty());
}

#[test]
fn a_kernel_computes() {
    let Some(gpu) = gpu() else { return };
    let stream = gpu.stream().unwrap();
    let kernel = gpu.kernel(&SOURCE, "add").unwrap();
    for n in [1_usize, 127, 128, 5000] {
        let a: Vec<u32> = (0..n as u32).collect();
        let b: Vec<u32> = a.iter().map(|value| value * 3).collect();
        let (device_a, device_b) = (stream.copy_of(&a).unwrap(), stream.copy_of(&b).unwrap());
        let mut sum = stream.zeros::<u32>(n).unwrap();
        let launch = kernel.launch(&stream).blocks(3).input(&device_a).input(&device_b).output(&mut sum);
        // SAFETY: every buffer has `n` elements, and the kernel loops over `n` with any number of blocks.
        unsafe { launch.value(n as u64).value(7_u32).run() }.unwrap();
        let mut got = vec![0; n];
        stream.read(&sum, &mut got).unwrap();
        assert!(got.iter().zip(&a).all(|(&got, &a)| got == 4 * a + 7));
    }
    assert!(kernel.blocks_per_multiprocessor(0).unwrap() >= 1);
}

/// Pools have many threads, and any of them may be the first to ask for a kernel or to start it.
#[test]
fn every_step_may_be_the_first_of_a_thread() {
    fn on_a_new_thread<R: Send>(step: impl FnOnce() -> R + Send) -> R {
        std::thread::scope(|scope| scope.spawn(step).join()).unwrap()
    }
    let Some(gpu) = gpu() else { return };
    on_a_new_thread(|| gpu.kernel(&SOURCE, "add").map(drop)).unwrap();
    let kernel = on_a_new_thread(|| gpu.kernel(&SOURCE, "reverse")).unwrap();
    assert!(on_a_new_thread(|| kernel.blocks_per_multiprocessor(0)).unwrap() >= 1);
    assert!(on_a_new_thread(|| kernel.blocks_per_multiprocessor(64 << 10)).unwrap() >= 1);
    let stream = on_a_new_thread(|| gpu.stream()).unwrap();
    let mut values = on_a_new_thread(|| stream.copy_of(&[1_u64, 2, 3])).unwrap();
    let launch = kernel.launch(&stream).shared(24).output(&mut values).value(3_u32);
    // SAFETY: the buffer and the shared memory hold three elements.
    on_a_new_thread(|| unsafe { launch.run() }).unwrap();
    let mut got = [0; 3];
    on_a_new_thread(|| stream.read(&values, &mut got)).unwrap();
    assert_eq!(got, [3, 2, 1]);
}

#[test]
fn values_of_every_kind_arrive() {
    let Some(gpu) = gpu() else { return };
    let stream = gpu.stream().unwrap();
    let kernel = gpu.kernel(&SOURCE, "kinds").unwrap();
    let mut out = stream.zeros::<f64>(7).unwrap();
    let launch =
        kernel.launch(&stream).output(&mut out).value(200_u8).value(60_000_u16).value(4_000_000_000_u32);
    // SAFETY: the kernel writes seven elements.
    unsafe { launch.value(1_u64 << 52).value(-5_i32).value(1.5_f32).value(-2.25_f64).run() }.unwrap();
    let mut got = [0.0; 7];
    stream.read(&out, &mut got).unwrap();
    assert_eq!(got, [200.0, 60_000.0, 4e9, (1_u64 << 52) as f64, -5.0, 1.5, -2.25]);
}

#[test]
fn shared_memory_beyond_the_usual_is_asked_for() {
    let Some(gpu) = gpu() else { return };
    let stream = gpu.stream().unwrap();
    let kernel = gpu.kernel(&SOURCE, "reverse").unwrap();
    // 8 KiB needs no asking; 64 KiB does, and every supported device has it.
    for n in [1024_u32, 8192] {
        let mut values = stream.copy_of(&(0..u64::from(n)).collect::<Vec<_>>()).unwrap();
        let launch = kernel.launch(&stream).shared(n * 8).output(&mut values);
        // SAFETY: the buffer has `n` elements, and shared memory room for as many.
        unsafe { launch.value(n).run() }.unwrap();
        let mut got = vec![0; n as usize];
        stream.read(&values, &mut got).unwrap();
        assert!(got.iter().rev().copied().eq(0..u64::from(n)));
    }
    let mut values = stream.zeros::<u64>(1).unwrap();
    let launch = kernel.launch(&stream).shared(1 << 30).output(&mut values);
    // SAFETY: it is refused.
    let message = unsafe { launch.value(1_u32).run() }.unwrap_err().to_string();
    assert!(
        message.contains("1073741824 bytes of shared memory, and a block of cuda:0 has at most"),
        "{message}"
    );
}

#[test]
fn launches_that_do_not_fit_are_refused() {
    let Some(gpu) = gpu() else { return };
    let stream = gpu.stream().unwrap();
    let kernel = gpu.kernel(&SOURCE, "reverse").unwrap();
    let mut longs = stream.zeros::<u64>(4).unwrap();
    let ints = stream.zeros::<u32>(4).unwrap();
    // SAFETY (each of these): it is refused before anything runs.
    let refused = |result: Result<(), Error>, part: &str| {
        let error = result.unwrap_err();
        assert!(matches!(error, Error::Launch { kernel: "reverse", .. }), "{error:?}");
        assert!(error.to_string().contains(part), "{error}");
    };
    // SAFETY: see above.
    refused(unsafe { kernel.launch(&stream).output(&mut longs).run() }, "1 arguments for 2 parameters");
    let launch = kernel.launch(&stream).input(&ints).value(4_u32);
    // SAFETY: see above.
    refused(unsafe { launch.run() }, "argument 1 is Input(U32), and the kernel takes Output(U64)");
    let launch = kernel.launch(&stream).output(&mut longs).value(4_u64);
    // SAFETY: see above.
    refused(unsafe { launch.run() }, "argument 2 is Value(U64), and the kernel takes Value(U32)");
    let launch = kernel.launch(&stream).blocks(0).output(&mut longs).value(4_u32);
    // SAFETY: see above.
    refused(unsafe { launch.run() }, "0 blocks, and 1 to 2147483647 are possible");
    let launch = kernel.launch(&stream).blocks(1 << 31).output(&mut longs).value(4_u32);
    // SAFETY: see above.
    refused(unsafe { launch.run() }, "2147483648 blocks");

    let add = gpu.kernel(&SOURCE, "add").unwrap();
    let mut sum = stream.zeros::<u32>(4).unwrap();
    let launch = add.launch(&stream).input(&ints).input_from(&ints, 5).output(&mut sum);
    // SAFETY: see above.
    let message = unsafe { launch.value(0_u64).value(0_u32).run() }.unwrap_err().to_string();
    assert!(message.contains("parameter 2 begins at element 5 of a buffer of 4"), "{message}");
}

#[test]
fn instructions_of_one_architecture() {
    let Some(gpu) = gpu() else { return };
    let here = gpu.info().compute_capability == ComputeCapability { major: 9, minor: 0 };
    assert_eq!(gpu.kernel(&HOPPER_ALONE, "add").is_ok(), here);
}

#[test]
fn kernels_that_cannot_be_had_say_why() {
    let Some(gpu) = gpu() else { return };
    let message = gpu.kernel(&SOURCE, "nowhere").unwrap_err().to_string();
    assert!(message.contains("nowhere cannot be launched: tests/gpu.cu does not declare it"), "{message}");
    let message = gpu.kernel(&SOURCE, "far_future").unwrap_err().to_string();
    assert!(message.contains("it needs compute capability 99.0, and cuda:0"), "{message}");
    let message = gpu.kernel(&VOLTA_ALONE, "broken").unwrap_err().to_string();
    assert!(message.contains("it needs compute capability 7.0 and no other, and cuda:0"), "{message}");
    let error = gpu.kernel(&BROKEN, "broken").unwrap_err();
    assert!(matches!(error, Error::Compile { kernel: "tests/broken.cu", .. }), "{error:?}");
    assert!(error.to_string().contains("tests/broken.cu"), "{error}");
    assert!(!error.is_sticky());
}

#[test]
fn streams_wait_for_each_other() {
    let Some(gpu) = gpu() else { return };
    let (first, second) = (gpu.stream().unwrap(), gpu.stream().unwrap());
    let kernel = gpu.kernel(&SOURCE, "add").unwrap();
    let n = 10_000_usize;
    let mut pinned = gpu.pinned::<u32>(n).unwrap();
    let mut back = gpu.pinned::<u32>(n).unwrap();
    let mut ones = first.zeros::<u32>(n).unwrap();
    let mut sum = first.zeros::<u32>(n).unwrap();
    let started = first.record().unwrap();
    for round in 0..20_u32 {
        // Refilled while the last round may still be running: the buffer waits for its copy.
        pinned.as_mut_slice().unwrap().fill(round);
        first.upload(&pinned, n, &mut ones, 0).unwrap();
        let launch = kernel.launch(&second).blocks(4).input(&ones).input(&ones).output(&mut sum);
        // SAFETY: every buffer has `n` elements.
        unsafe { launch.value(n as u64).value(round).run() }.unwrap();
        first.download(&sum, n, &mut back).unwrap();
        assert!(back.as_slice().unwrap().iter().all(|&value| value == 3 * round), "round {round}");
    }
    let ended = first.record().unwrap();
    second.wait(&ended).unwrap();
    second.synchronize().unwrap();
    ended.synchronize().unwrap();
    assert!(started.seconds_until(&ended).unwrap() >= 0.0);
}

#[test]
fn memory_that_is_not_there() {
    let Some(gpu) = open(Some(MemorySize::from_bytes(1 << 20))) else { return };
    assert_eq!(gpu.memory_budget(), 1 << 20);
    let stream = gpu.stream().unwrap();
    let error: Error = stream.zeros::<u64>(1 << 44).unwrap_err().into();
    assert!(error.is_out_of_memory() && !error.is_sticky(), "{error}");
    assert!(error.to_string().contains("lower --device-memory"), "{error}");
    // It passes: the device goes on.
    let buffer = stream.copy_of(&[1_u8, 2, 3]).unwrap();
    let mut got = [0; 3];
    stream.read(&buffer, &mut got).unwrap();
    assert_eq!(got, [1, 2, 3]);
}

#[test]
fn a_device_that_is_not_there() {
    let Some(_) = gpu() else { return };
    let message = Device::open("cuda:99".parse().unwrap(), Some(1)).unwrap_err().to_string();
    assert!(message.starts_with("device cuda:99 is unavailable: "), "{message}");
    assert!(message.contains("visible, cuda:0"), "{message}");
}

/// All of the above on the emulated device, its kernels under AddressSanitizer and under the race detector.
#[test]
fn emulated() {
    let emulation = Emulation::build().unwrap();
    for mode in [Mode::Address, Mode::Race] {
        emulation.machine(mode).pass(&[]);
    }
}
