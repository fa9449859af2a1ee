//! The start of a device: beside other work, with kernels made ahead, and without NVRTC where nothing is compiled.
#![allow(clippy::unwrap_used)] // helpers of tests, too

use std::fs;
use std::path::Path;

use soyaku_device::nvrtc::Library;
use soyaku_device::{
    CompiledAhead, ComputeCapability, Device, DeviceOptions, Entry, Error, ExpectedKernels, Parameter,
    Scalar, Source, compile_ahead,
};
use soyaku_emulation::{Emulation, Machine, Mode};

const fn entry(name: &'static str) -> Entry {
    Entry {
        name,
        parameters: &[Parameter::Output(Scalar::U32)],
        threads: 32,
        minimum: ComputeCapability::OLDEST,
    }
}

static SOURCE: Source = Source {
    name: "test/start.cu",
    text: r#"
extern "C" __global__ void __launch_bounds__(32) one(unsigned int *out) { out[threadIdx.x] = 1; }
extern "C" __global__ void __launch_bounds__(32) two(unsigned int *out) { out[threadIdx.x] = 2; }
"#,
    headers: &[],
    options: &[],
    specific: None,
    entries: &[entry("one"), entry("two")],
};

fn machine() -> Machine {
    Emulation::build().unwrap().machine(Mode::Plain)
}

fn options(request: &str) -> DeviceOptions {
    DeviceOptions { request: request.parse().unwrap(), threads: Some(1), memory: None }
}

fn one() -> Option<ExpectedKernels> {
    Some(Box::new(|_| vec![(&SOURCE, "one")]))
}

/// What the kernel writes.
fn run(device: &Device, name: &'static str) -> u32 {
    let gpu = &device.gpus()[0];
    let kernel = gpu.kernel(&SOURCE, name).unwrap();
    let stream = gpu.stream().unwrap();
    let mut out = stream.zeros::<u32>(32).unwrap();
    // SAFETY: the kernel writes one number of the 32 for each thread.
    unsafe { kernel.launch(&stream).output(&mut out).run() }.unwrap();
    let mut written = [0; 32];
    stream.read(&out, &mut written).unwrap();
    written[31]
}

fn told(device: &Device) -> Vec<String> {
    device.stages().into_iter().map(|stage| stage.what.into_owned()).collect()
}

fn is_loaded(library: &str) -> bool {
    fs::read_to_string("/proc/self/maps").unwrap().contains(library)
}

#[test]
#[ignore = "needs an empty cache"]
fn a_first_process() {
    let thread = std::thread::current().id();
    let (device, done) = Device::open_beside(&options("cuda:0"), |cpu| {
        assert!(cpu.gpus().is_empty() && cpu.threads() == 1);
        (std::thread::current().id(), one())
    })
    .unwrap();
    assert_eq!(done, thread);
    let stages = told(&device);
    for stage in ["driver started", "cuda:0 opened", "NVRTC loaded", "one compiled"] {
        assert!(stages.iter().any(|told| told == stage), "{stage} is not in {stages:?}");
    }
    assert_eq!(run(&device, "one"), 1);
    assert_eq!(told(&device).len(), 4, "it was made ahead");
    assert!(is_loaded("libnvrtc"));
}

#[test]
#[ignore = "needs a cache with the first kernel and not the second"]
fn a_later_process() {
    let (device, ()) = Device::open_beside(&options("auto"), |_| ((), one())).unwrap();
    assert_eq!(run(&device, "one"), 1);
    let stages = told(&device);
    assert!(stages.contains(&"one read from the cache".to_owned()) && stages.len() == 3, "{stages:?}");
    assert!(!is_loaded("libnvrtc"), "nothing is compiled");
    // Now something is.
    match std::env::var("SOYAKU_TEST_REFUSED") {
        Ok(reason) => {
            let error = device.gpus()[0].kernel(&SOURCE, "two").unwrap_err();
            assert!(matches!(error, Error::Compile { .. }), "{error:?}");
            assert!(error.to_string().contains(&reason), "{error}");
        }
        Err(_) => {
            assert_eq!(run(&device, "two"), 2);
            assert_eq!(is_loaded("libnvrtc"), told(&device).contains(&"two compiled".to_owned()));
        }
    }
}

#[test]
#[ignore = "needs a device that is refused"]
fn a_device_that_is_refused() {
    let mut worked = false;
    let refused = Device::open_beside(&options("cuda"), |_| {
        worked = true;
        ((), one())
    });
    let message = refused.unwrap_err().to_string();
    assert_eq!(message, Device::open_with(&options("cuda")).unwrap_err().to_string());
    assert!(worked);
    let (device, done) = Device::open_beside(&options("auto"), |_| (7, one())).unwrap();
    assert!(device.gpus().is_empty() && device.fallback().is_some() && done == 7);
}

#[test]
fn nvrtc_is_loaded_only_where_something_is_compiled() {
    let cache = tempfile::tempdir().unwrap();
    let folder = cache.path().to_str().unwrap();
    let machine = machine().variable("SOYAKU_CACHE_DIR", folder);
    machine.pass_exactly("a_first_process");
    let kernels = cache.path().join("kernels");
    let names =
        || fs::read_dir(&kernels).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    assert_eq!(names().filter(|name| name.ends_with(".cubin")).count(), 1);
    assert_eq!(names().filter(|name| name.ends_with(".nvrtc")).count(), 1);
    machine.pass_exactly("a_later_process");

    // A note that is damaged is made anew.
    let note = names().find(|name| name.ends_with(".nvrtc")).unwrap();
    fs::write(kernels.join(&note), "nonsense").unwrap();
    machine.pass_exactly("a_first_process_again");
    machine.pass_exactly("a_later_process");
}

#[test]
#[ignore = "needs a cache with the first kernel"]
fn a_first_process_again() {
    let device = Device::open_with(&options("cuda")).unwrap();
    assert!(is_loaded("libnvrtc"));
    assert_eq!(run(&device, "one"), 1);
    assert!(told(&device).contains(&"one read from the cache".to_owned()));
}

#[test]
fn a_library_that_went_bad_is_told_of_when_it_is_needed() {
    if Library::open_for(None).is_ok() {
        println!("skipped: this machine has an NVRTC, which may not be hidden");
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let cache = scratch.path().join("cache");
    let machine = machine().variable("SOYAKU_CACHE_DIR", cache.to_str().unwrap());
    let folder = machine.environment().into_iter().find(|(name, _)| name == "SOYAKU_NVRTC").unwrap().1;
    let copy = scratch.path().join("nvrtc");
    fs::create_dir(&copy).unwrap();
    let library = copy.join("libnvrtc.so.12");
    fs::copy(Path::new(&folder).join("libnvrtc.so.12"), &library).unwrap();
    let machine = machine.without_nvrtc().variable("SOYAKU_NVRTC", copy.to_str().unwrap());
    machine.pass_exactly("a_first_process");
    // Of the same length and the same time: all that is looked at.
    let metadata = fs::metadata(&library).unwrap();
    fs::write(&library, vec![b'x'; metadata.len() as usize]).unwrap();
    let file = fs::File::options().write(true).open(&library).unwrap();
    file.set_modified(metadata.modified().unwrap()).unwrap();
    machine.variable("SOYAKU_TEST_REFUSED", "not a shared library").pass_exactly("a_later_process");
}

#[test]
fn what_is_refused_is_refused_as_without_other_work() {
    machine().without_driver().pass_exactly("a_device_that_is_refused");
    if Library::open_for(None).is_err() {
        machine().without_nvrtc().pass_exactly("a_device_that_is_refused");
    }
    machine().fault("cuDevicePrimaryCtxRetain=101").pass_exactly("a_device_that_is_refused");
}

#[test]
fn work_that_panics_ends_the_start() {
    let panicked = std::panic::catch_unwind(|| {
        Device::open_beside::<()>(&options("auto"), |_| panic!("on purpose")).map(drop)
    });
    assert!(panicked.is_err());
}

#[test]
#[ignore = "needs an NVRTC, and no device"]
fn kernels_are_compiled_without_a_device() {
    let capability: ComputeCapability = "9.0".parse().unwrap();
    let compile = || compile_ahead(None, capability, &[&SOURCE]).unwrap();
    let made = |ahead: &CompiledAhead| -> Vec<String> {
        ahead.stages.iter().map(|stage| stage.what.to_string()).collect()
    };
    let first = compile();
    assert_eq!(made(&first), ["NVRTC loaded", "one compiled", "two compiled"]);
    assert!(first.notes.is_empty(), "{:?}", first.notes);
    assert_eq!(made(&compile()), ["one read from the cache", "two read from the cache"]);
}

#[test]
fn what_is_compiled_ahead_is_used() {
    let cache = tempfile::tempdir().unwrap();
    let machine = machine().variable("SOYAKU_CACHE_DIR", cache.path().to_str().unwrap());
    machine.clone().without_driver().pass_exactly("kernels_are_compiled_without_a_device");
    machine.pass_exactly("a_later_process");
}

#[test]
fn compute_capabilities_are_read() {
    let parse = |text: &str| text.parse::<ComputeCapability>();
    assert_eq!(parse("9.0"), Ok(ComputeCapability { major: 9, minor: 0 }));
    assert_eq!(parse("12.1"), Ok(ComputeCapability { major: 12, minor: 1 }));
    for text in ["", "9", "9.", "sm_90", "9.0.1", "-9.0", "6.1", "9.10"] {
        assert!(parse(text).unwrap_err().contains("expected "), "{text}");
    }
}
