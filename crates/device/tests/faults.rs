//! What goes wrong with GPUs, on the emulated device: what a user reads, and that nothing wrong comes out.
//!
//! Each fault is a machine; a test body in [`inside`] runs on it in a process of its own.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::process::Command;

use soyaku_device::Probe;
use soyaku_device::nvrtc::Library;
use soyaku_device::probe::Unavailable;
use soyaku_emulation::{Emulation, Machine, Mode};

fn machine() -> Machine {
    Emulation::build().unwrap().machine(Mode::Plain)
}

/// On this machine `cuda` is refused with all of `texts`, and `auto` computes on the CPU for the same reason.
fn refused(machine: Machine, texts: &[&str]) {
    machine.variable("EXPECTED", &texts.join("|")).pass_exactly("inside::no_gpu_can_be_had");
}

#[test]
fn no_driver() {
    if !matches!(Probe::run().driver, Err(Unavailable::NoDriver)) {
        println!("skipped: this machine has a driver, which cannot be hidden");
        return;
    }
    refused(machine().without_driver(), &["libcuda.so.1 was not found", "install the NVIDIA driver"]);
}

#[test]
fn a_driver_that_is_too_old() {
    let machine = machine();
    refused(machine.clone().driver_version(11020), &["too old", "CUDA 11.2", "11.4"]);

    // One of before stream-ordered memory: its library lacks functions that are called later.
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("old.c");
    fs::write(
        &source,
        "int cuInit(unsigned f) { return f; }\n\
         int cuDriverGetVersion(int *v) { *v = 10020; return 0; }\n\
         int cuDeviceGetCount(int *n) { *n = 1; return 0; }\n",
    )
    .unwrap();
    let library = folder.path().join("libcuda.so");
    let made = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).status();
    assert!(made.unwrap().success());
    let machine = machine.variable("LD_LIBRARY_PATH", folder.path().to_str().unwrap());
    refused(machine, &["too old", "it lacks cuDeviceGetUuid_v2"]);
}

#[test]
fn a_driver_that_does_not_start() {
    refused(machine().fault("cuInit=100"), &["the CUDA driver sees no device"]);
    refused(machine().fault("cuInit=803"), &["start of the driver failed", "(803)", "restart the node"]);
    refused(machine().fault("cuInit=999"), &["start of the driver failed", "(999)", "/dev/nvidia*"]);
    // what a toolkit's stub answers to everything
    let stub = machine().fault("cuInit=34").fault("cuDriverGetVersion=34");
    refused(
        stub,
        &["start of the driver failed", "CUDA_ERROR_STUB_LIBRARY", "'stubs' out of LD_LIBRARY_PATH"],
    );
    refused(machine().fault("cuInit=802"), &["(802)", "fabric manager"]);
    refused(machine().fault("cuInit=804"), &["(804)", "cuda-compat package"]);
    refused(machine().devices(0), &["the CUDA driver sees no device"]);
}

#[test]
fn no_compiler() {
    if Library::open_for(None).is_ok() {
        println!("skipped: this machine has an NVRTC, which may not be hidden");
        return;
    }
    let machine = machine().without_nvrtc();
    refused(machine, &["no usable NVRTC", "pip install nvidia-cuda-nvrtc-cu12", "SOYAKU_NVRTC"]);
}

#[test]
fn a_compiler_that_the_driver_is_too_old_for() {
    refused(machine().nvrtc_13(), &["no usable NVRTC", "libnvrtc.so.13", "13.0", "CUDA 12.4"]);
    machine().nvrtc_13().driver_version(13000).pass_exactly("inside::adds");
}

#[test]
fn a_compiler_that_does_not_know_the_device() {
    let machine = machine().capability("15.2");
    refused(machine, &["no usable NVRTC", "sm_152", "NVRTC 12.9", "sm_90, "]);
}

#[test]
fn a_compiler_that_is_named_and_not_used() {
    // The one in SOYAKU_NVRTC is too new for the driver, the system's loader finds another.
    let emulation = Emulation::build().unwrap();
    let machine = emulation.machine(Mode::Plain);
    let newer = emulation.folder().join("nvrtc-13");
    let machine = machine.variable("SOYAKU_NVRTC", newer.to_str().unwrap());
    let outcome = machine.variable("EXPECTED", "1").pass_exactly("inside::adds_with_notes");
    for text in ["is used instead", "libnvrtc.so.13", "13.0", "12.4"] {
        assert!(outcome.text.contains(text), "'{text}' is not in: {}", outcome.text);
    }
}

#[test]
fn a_device_of_another_process() {
    let machine = machine().variable("SOYAKU_EMULATED_COMPUTE_MODE", "3");
    machine.pass_exactly("inside::adds");
    let busy = machine.fault("cuDevicePrimaryCtxRetain=46");
    refused(busy, &["CUDA_ERROR_DEVICE_UNAVAILABLE", "another process holds the device exclusively"]);
}

#[test]
fn a_device_for_nobody() {
    let machine = machine().variable("SOYAKU_EMULATED_COMPUTE_MODE", "2");
    refused(machine, &["compute mode 'prohibited'"]);
}

#[test]
fn a_device_that_is_too_old() {
    refused(machine().capability("6.1"), &["compute capability 6.1", "7.0 (Volta) or later"]);
}

#[test]
fn the_second_device_when_the_first_is_taken() {
    let machine = machine().devices(2).fault("cuDevicePrimaryCtxRetain:1=46");
    machine.variable("SOYAKU_TEST_DEVICE", "cuda").variable("EXPECTED", "1").pass_exactly("inside::opens");
}

#[test]
fn hidden_devices() {
    for hidden in ["", "-1", "7", "no such name", "0,0", "MIG-12345678"] {
        let machine = machine().variable("CUDA_VISIBLE_DEVICES", hidden);
        refused(machine, &[&format!("CUDA_VISIBLE_DEVICES='{hidden}' leaves no device"), "nvidia-smi -L"]);
    }
}

#[test]
fn visible_devices() {
    // Physical numbers of the devices that cuda:all opens, in its order.
    for (visible, physical) in [("2,0", "2,0"), ("1,-1,0", "1"), ("0,9,1", "0"), ("GPU-52,GPU-50", "2,0")] {
        machine()
            .devices(3)
            .variable("CUDA_VISIBLE_DEVICES", visible)
            .variable("SOYAKU_TEST_DEVICE", "cuda:all")
            .variable("EXPECTED", physical)
            .pass_exactly("inside::opens");
    }
    let machine = machine().devices(2).variable("SOYAKU_TEST_DEVICE", "cuda:2");
    machine
        .variable("EXPECTED", "2 devices are visible, cuda:0 to cuda:1")
        .pass_exactly("inside::is_not_there");
}

#[test]
fn a_slice_of_a_device() {
    let machine = machine().variable("SOYAKU_EMULATED_MIG", "1");
    let machine = machine.variable("CUDA_VISIBLE_DEVICES", "MIG-50").variable("EXPECTED", "0");
    assert!(machine.pass_exactly("inside::opens").text.contains("MIG-50"));
}

#[test]
fn two_devices_compute() {
    machine().devices(2).variable("SOYAKU_TEST_DEVICE", "cuda:1,0").pass_exactly("inside::adds");
}

#[test]
fn out_of_memory() {
    machine().memory(1 << 20).no_leaks().pass_exactly("inside::memory_runs_out");
}

#[test]
fn memory_that_the_host_does_not_give() {
    machine().fault("hostalloc=2").pass_exactly("inside::no_pinned_memory");
}

#[test]
fn kernels_that_the_driver_refuses() {
    for (code, advice) in [("209", "a newer driver or an older NVRTC"), ("200", "CUDA_ERROR_INVALID_IMAGE")] {
        let machine = machine().fault(&format!("module={code}")).variable("EXPECTED", advice);
        machine.pass_exactly("inside::no_kernel_loads");
    }
}

#[test]
fn kernels_that_do_not_compile() {
    machine().pass_exactly("inside::a_broken_kernel_is_explained");
}

#[test]
fn a_compiler_that_fails() {
    let folder = tempfile::tempdir().unwrap();
    let machine = machine().variable("SOYAKU_CACHE_DIR", folder.path().to_str().unwrap());
    for (code, text) in [("7", "libnvrtc-builtins"), ("11", "NVRTC_ERROR_INTERNAL_ERROR")] {
        let machine = machine.clone().variable("SOYAKU_EMULATED_NVRTC_FAULT", code);
        machine.variable("EXPECTED", text).pass_exactly("inside::no_kernel_compiles");
    }
}

#[test]
fn many_processes_with_one_empty_cache() {
    let folder = tempfile::tempdir().unwrap();
    let machine = machine().variable("SOYAKU_CACHE_DIR", folder.path().to_str().unwrap());
    let machine = &machine.variable("EXPECTED", "0");
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| machine.pass_exactly("inside::adds_with_notes"));
        }
    });
    assert_eq!(files_below(folder.path()).len(), 1, "{:?}", files_below(folder.path()));
}

#[test]
fn a_damaged_cache() {
    let folder = tempfile::tempdir().unwrap();
    let machine = machine().variable("SOYAKU_CACHE_DIR", folder.path().to_str().unwrap());
    machine.clone().variable("EXPECTED", "0").pass_exactly("inside::adds_with_notes");
    let entries: Vec<_> = files_below(folder.path());
    assert_eq!(entries.len(), 1, "{entries:?}");
    let whole = fs::read(&entries[0]).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    let damages = [&whole[..whole.len() / 2], b"", b"rubbish", &flipped];
    for damage in damages {
        fs::write(&entries[0], damage).unwrap();
        machine.clone().variable("EXPECTED", "1").pass_exactly("inside::adds_with_notes");
        // It was mended.
        machine.clone().variable("EXPECTED", "0").pass_exactly("inside::adds_with_notes");
    }
}

/// Compiled kernels, and whatever else is no note about a compiler.
fn files_below(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let files = entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] });
    files.filter(|path| path.extension().is_none_or(|end| end != "nvrtc")).collect()
}

#[test]
fn a_kernel_that_traps() {
    // The third launch fails: what two launches made is right, and whatever follows says the same.
    for code in [700, 702, 710, 714, 716, 719] {
        let machine = machine().fault(&format!("launch:3={code}")).variable("EXPECTED", &code.to_string());
        machine.clone().pass_exactly("inside::the_device_is_lost");
        machine.lazy().pass_exactly("inside::the_device_is_lost");
    }
}

#[test]
fn memory_errors_of_the_device() {
    // Uncorrectable ECC error, found by a copy; an NVLink error, found by waiting.
    machine().fault("memcpy:3=214").variable("EXPECTED", "214").pass_exactly("inside::the_device_is_lost");
    machine().fault("sync:4=220").variable("EXPECTED", "220").pass_exactly("inside::the_device_is_lost");
}

/// Runs on the machines above.
mod inside {
    use std::env;

    use soyaku_device::cuda::{Buffer, Kernel, Stream};
    use soyaku_device::{
        ComputeCapability, Device, DeviceRequest, Entry, Error, Gpu, Parameter, Scalar, Source,
    };

    static ADD: Source = Source {
        name: "test/add.cu",
        text: r#"
            extern "C" __global__ void __launch_bounds__(64)
            add(const unsigned *values, unsigned *sums, unsigned number, unsigned n) {
                for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
                    sums[i] = values[i] + number;
            }"#,
        headers: &[],
        options: &[],
        specific: None,
        entries: &[Entry {
            name: "add",
            parameters: &[
                Parameter::Input(Scalar::U32),
                Parameter::Output(Scalar::U32),
                Parameter::Value(Scalar::U32),
                Parameter::Value(Scalar::U32),
            ],
            threads: 64,
            minimum: ComputeCapability::OLDEST,
        }],
    };

    fn expected() -> String {
        env::var("EXPECTED").unwrap()
    }

    fn request() -> DeviceRequest {
        env::var("SOYAKU_TEST_DEVICE").unwrap().parse().unwrap()
    }

    fn device() -> Device {
        Device::open(request(), Some(2)).unwrap()
    }

    /// Adds `number` to `values`, reading into `sums`.
    fn add(
        stream: &Stream,
        kernel: &Kernel,
        values: &[u32],
        number: u32,
        sums: &mut Vec<u32>,
    ) -> Result<(), Error> {
        let input = stream.copy_of(values)?;
        let mut output: Buffer<u32> = stream.zeros(values.len())?;
        let launch = kernel.launch(stream).blocks(3).input(&input).output(&mut output);
        // SAFETY: both buffers hold as many elements as the last argument says.
        unsafe { launch.value(number).value(values.len() as u32).run()? };
        sums.resize(values.len(), 0);
        Ok(stream.read(&output, sums)?)
    }

    fn check_adding(gpu: &Gpu) {
        let (stream, kernel) = (gpu.stream().unwrap(), gpu.kernel(&ADD, "add").unwrap());
        let values: Vec<u32> = (0..1000).collect();
        let mut sums = Vec::new();
        add(&stream, &kernel, &values, 17, &mut sums).unwrap();
        assert!(sums.iter().zip(17..).all(|(&sum, right)| sum == right));
    }

    #[test]
    #[ignore = "started by the tests above"]
    fn no_gpu_can_be_had() {
        for request in ["cuda", "cuda:0", "cuda:all"] {
            let error = Device::open(request.parse().unwrap(), Some(1)).unwrap_err();
            assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
            let message = error.to_string();
            println!("{message}");
            assert!(message.starts_with(&format!("device {request} is unavailable: ")), "{message}");
            for text in expected().split('|') {
                assert!(message.contains(text), "'{text}' is not in: {message}");
            }
            assert_eq!(message.matches("unavailable: ").count(), 1, "said twice: {message}");
        }
        let device = Device::open(DeviceRequest::Auto, Some(1)).unwrap();
        assert!(device.gpus().is_empty());
        assert_eq!(device.to_string(), "cpu");
        let reason = device.fallback().unwrap();
        for text in expected().split('|') {
            assert!(reason.contains(text), "'{text}' is not in: {reason}");
        }
    }

    #[test]
    #[ignore = "started by the tests above"]
    fn is_not_there() {
        let message = Device::open(request(), Some(1)).unwrap_err().to_string();
        assert!(message.contains(&expected()), "{message}");
    }

    #[test]
    #[ignore = "started by the tests above"]
    fn opens() {
        let device = device();
        for gpu in device.gpus() {
            println!("{gpu} {}", gpu.info().uuid);
            check_adding(gpu);
        }
        // The last byte of the emulated UUID is the physical number.
        let physical: Vec<_> = device.gpus().iter().map(|gpu| gpu.info().uuid[39..].to_owned()).collect();
        assert_eq!(physical.join(","), expected());
    }

    #[test]
    #[ignore = "started by the tests above"]
    fn adds() {
        let device = device();
        assert!(!device.gpus().is_empty());
        device.gpus().iter().for_each(check_adding);
        assert_eq!(device.notes(), Vec::<String>::new());
    }

    #[test]
    #[ignore = "started by the tests above"]
    fn adds_with_notes() {
        let device = device();
        device.gpus().iter().for_each(check_adding);
        let notes = device.notes();
        println!("{notes:?}");
        assert_eq!(notes.len().to_string(), expected(), "{notes:?}");
        assert_eq!(device.notes().len(), 0, "told twice");
    }

    #[test]
    #[ignore = "started by the tests above"]
    fn memory_runs_out() {
        let device = device();
        let gpu = &device.gpus()[0];
        assert!(gpu.memory_budget() <= 1 << 20);
        let stream = gpu.stream().unwrap();
        let held = stream.zeros::<u8>(1 << 19).unwrap();
        let error = Error::from(stream.zeros::<u8>((1 << 19) + 1).unwrap_err());
        assert!(error.is_out_of_memory() && !error.is_sticky(), "{error:?}");
        let message = error.to_string();
        assert!(message.contains("cuda:0: allocation failed: CUDA_ERROR_OUT_OF_MEMORY (2)"), "{message}");
        assert!(message.contains("lower --device-memory"), "{message}");
        // A smaller piece fits, and what was freed can be had again.
        check_adding(gpu);
        drop(held);
        drop(stream.zeros::<u8>((1 << 20) - (1 << 14)).unwrap());
        gpu.synchronize().unwrap();
    }

    #[test]
    #[ignore = "started by the tests above"]
    fn no_pinned_memory() {
        let device = device();
        let error = device.gpus()[0].pinned::<u64>(100).unwrap_err();
        assert!(!error.is_sticky());
        let message = error.to_string();
        assert!(message.contains("locking of memory on the host failed"), "{message}");
        check_adding(&device.gpus()[0]);
    }

    #[test]
    #[ignore = "started by the tests above"]
    fn no_kernel_loads() {
        let device = device();
        let error = device.gpus()[0].kernel(&ADD, "add").map(|_| ()).unwrap_err();
        assert!(!error.is_sticky());
        let message = error.to_string();
        assert!(message.contains("loading of a kernel failed"), "{message}");
        assert!(message.contains(&expected()), "{message}");
    }

    #[test]
    #[ignore = "started by the tests above"]
    fn no_kernel_compiles() {
        let device = device();
        let error = device.gpus()[0].kernel(&ADD, "add").map(|_| ()).unwrap_err();
        assert!(matches!(error, Error::Compile { .. }) && !error.is_sticky(), "{error:?}");
        let message = error.to_string();
        println!("{message}");
        assert!(message.starts_with("kernel test/add.cu for cuda:0: "), "{message}");
        assert!(message.contains(&expected()), "{message}");
    }

    #[test]
    #[ignore = "started by the tests above"]
    fn a_broken_kernel_is_explained() {
        static BROKEN: Source = Source {
            name: "test/broken.cu",
            text: "extern \"C\" __global__ void add(unsigned *sums) {\n    sums[0] = no_such_name;\n}\n",
            ..ADD
        };
        let device = device();
        let error = device.gpus()[0].kernel(&BROKEN, "add").map(|_| ()).unwrap_err();
        let message = error.to_string();
        println!("{message}");
        assert!(matches!(error, Error::Compile { .. }));
        assert!(message.contains("test/broken.cu:2:") && message.contains("no_such_name"), "{message}");
        let error = device.gpus()[0].kernel(&ADD, "subtract").map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("test/add.cu does not declare it"), "{error}");
        check_adding(&device.gpus()[0]);
    }

    #[test]
    #[ignore = "started by the tests above"]
    fn the_device_is_lost() {
        let code: u32 = expected().parse().unwrap();
        let device = device();
        let gpu = &device.gpus()[0];
        let (stream, kernel) = (gpu.stream().unwrap(), gpu.kernel(&ADD, "add").unwrap());
        let mut results = Vec::new();
        let failed = loop {
            let values = vec![results.len() as u32; 100];
            let mut sums = Vec::new();
            match add(&stream, &kernel, &values, 5, &mut sums) {
                Ok(()) => results.push(sums),
                Err(error) => break error,
            }
            assert!(results.len() < 10, "nothing fails");
        };
        println!("{failed}");
        // What came before is whole.
        for (round, sums) in results.iter().enumerate() {
            assert!(sums.len() == 100 && sums.iter().all(|&sum| sum == round as u32 + 5));
        }
        let lost = move |error: &Error| {
            assert!(error.is_sticky() && !error.is_out_of_memory(), "{error:?}");
            let Error::Cuda(inner) = error else { panic!("{error:?}") };
            assert_eq!(inner.code(), code);
            let message = error.to_string();
            assert!(message.starts_with("cuda:0: "), "{message}");
            assert!(
                message.ends_with("the device is lost to this process: start it again to go on"),
                "{message}"
            );
        };
        lost(&failed);
        // Whatever is tried next, on another stream and in another thread as well.
        for _ in 0..2 {
            lost(&add(&stream, &kernel, &[1], 2, &mut Vec::new()).unwrap_err());
            lost(&gpu.synchronize().unwrap_err().into());
            lost(&stream.zeros::<u32>(1).unwrap_err().into());
            lost(&gpu.pinned::<u32>(1).unwrap_err().into());
        }
        let gpu = gpu.clone();
        std::thread::spawn(move || lost(&gpu.synchronize().unwrap_err().into())).join().unwrap();
    }
}
