//! Compiling with a real NVRTC, and what a user reads when it refuses.
#![allow(clippy::unwrap_used)] // helpers of tests, too

mod support;

use std::fmt::Write as _;
use std::path::Path;

use soyaku_device::cache::{KernelCache, Origin};
use soyaku_device::nvrtc::{Error, Library};
use soyaku_device::{ComputeCapability, Entry, Header, Parameter, Scalar, Source};
use support::{child, finish, libraries, nvrtc_12, nvrtc_13, told};

const SOURCE: Source = Source {
    name: "test/add.cu",
    text: r#"#include "add.cuh"
        extern "C" __global__ void __launch_bounds__(128) add(const u32 *a, u32 *b, u32 n) {
            for (u32 i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
                b[i] += __popc(a[i]);
        }"#,
    headers: &[Header { name: "add.cuh", text: "#pragma once\ntypedef unsigned int u32;\n" }],
    options: &[],
    specific: None,
    entries: &[Entry {
        name: "add",
        parameters: &[
            Parameter::Input(Scalar::U32),
            Parameter::Output(Scalar::U32),
            Parameter::Value(Scalar::U32),
        ],
        threads: 128,
        minimum: ComputeCapability::OLDEST,
    }],
};

fn with(text: &'static str) -> Source {
    Source { text, ..SOURCE }
}

/// The flags of a CUBIN hold its architecture; in which byte depends on the version of the format.
fn architectures_in(cubin: &[u8]) -> [u32; 2] {
    let flags = u32::from_le_bytes(cubin[48..52].try_into().unwrap());
    [flags & 0xff, (flags >> 8) & 0xff]
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn compiles_for_every_architecture_that_it_lists() {
    for library in libraries() {
        println!("{} {:?}", library.identity(), library.architectures());
        for &number in library.architectures() {
            let compiled = library.compile(&SOURCE, &format!("sm_{number}"), &[]).unwrap();
            assert!(compiled.cubin.starts_with(b"\x7fELF"), "sm_{number}");
            assert!(contains(&compiled.cubin, ".text.add"), "sm_{number}");
            assert!(architectures_in(&compiled.cubin).contains(&number), "sm_{number}");
            // of old architectures it warns that a later version will not know them
            assert!(number < 75 || compiled.log.is_empty(), "sm_{number}: {}", compiled.log);
        }
        if library.version() >= (12, 0) {
            let special = library.compile(&SOURCE, "sm_90a", &[]).unwrap();
            assert!(architectures_in(&special.cubin).contains(&90));
        }
    }
}

#[test]
fn the_same_source_gives_the_same_code() {
    for library in libraries() {
        let [one, other] = [0; 2].map(|_| library.compile(&SOURCE, "sm_90", &[]).unwrap());
        assert!(one.cubin == other.cubin);
        let different = library.compile(&SOURCE, "sm_90", &["-lineinfo"]).unwrap();
        assert!(one.cubin != different.cubin);
    }
}

#[test]
fn options_of_the_source_and_of_the_caller_are_passed_on() {
    let source = Source {
        text: r#"template <auto N> struct Number { static constexpr int value = N; }; // C++17
            extern "C" __global__ void sum(int *a) { a[0] = Number<FIRST>::value + SECOND; }"#,
        options: &["-DFIRST=1"],
        ..SOURCE
    };
    for library in libraries() {
        let compiled = library.compile(&source, "sm_80", &["-DSECOND=2", "--ptxas-options=-v"]).unwrap();
        assert!(compiled.log.contains("entry function 'sum' for 'sm_80'"), "{}", compiled.log);
        assert!(compiled.log.contains("registers") && compiled.log.contains("0 bytes spill stores"));
        // another standard may be asked for, and then 17 is not
        let error = library.compile(&source, "sm_80", &["-DSECOND=2", "-std=c++14"]).unwrap_err();
        assert!(matches!(error, Error::Compilation { .. }), "{error}");
    }
}

#[test]
fn a_source_in_error_is_told_with_its_name_and_line() {
    for library in libraries() {
        let [major, minor] = [library.version().0, library.version().1];
        let error =
            library.compile(&with("// one\nextern \"C\" __global__ void k() { x = 1; }\n"), "sm_90", &[]);
        let message = error.unwrap_err().to_string();
        let start = format!("test/add.cu does not compile for sm_90 with NVRTC {major}.{minor}:\n");
        assert!(message.starts_with(&start), "{message}");
        assert!(message.contains("test/add.cu(2): error: identifier \"x\" is undefined"), "{message}");

        let source = Source { headers: &[], ..SOURCE };
        let message = library.compile(&source, "sm_90", &[]).unwrap_err().to_string();
        assert!(message.contains("open source file \"add.cuh\""), "{message}");

        let message = library.compile(&SOURCE, "sm_90", &["--no-such-option"]).unwrap_err().to_string();
        assert!(message.contains("unrecognized option --no-such-option"), "{message}");

        // what only the assembler refuses
        let text = "extern \"C\" __global__ void k() { asm volatile(\"no.such.instruction;\"); }";
        let message = library.compile(&with(text), "sm_90", &[]).unwrap_err().to_string();
        assert!(message.contains("Not a name of any known instruction: 'no'"), "{message}");
    }
}

#[test]
fn an_architecture_that_it_does_not_know_is_refused_with_those_that_it_does() {
    for library in libraries() {
        for architecture in
            ["sm_42", "sm_9000", "sm_", "sm_90x", "compute_90", "90", "", "sm_90 -DX", "SM_90"]
        {
            let error = library.compile(&SOURCE, architecture, &[]).unwrap_err();
            assert!(matches!(error, Error::Architecture { .. }), "{architecture}: {error}");
            let message = error.to_string();
            assert!(
                message.contains(&format!(" does not compile for {architecture}: it knows ")),
                "{message}"
            );
            assert!(message.contains("sm_80, sm_86, sm_87, "), "{message}");
        }
    }
    if let Some(library) = nvrtc_13() {
        let message = library.compile(&SOURCE, "sm_70", &[]).unwrap_err().to_string();
        assert!(
            message.starts_with("NVRTC 13.0 (") && message.contains("it knows sm_75, sm_80"),
            "{message}"
        );
    }
    // an architecture that exists without such a variant is the compiler's to refuse
    if let Some(library) = nvrtc_12() {
        let message = library.compile(&SOURCE, "sm_80a", &[]).unwrap_err().to_string();
        assert!(
            message.contains(
                "test/add.cu does not compile for sm_80a with NVRTC 12.9:\nCommand-line error: invalid"
            ),
            "{message}"
        );
    }
}

#[test]
fn a_device_gets_its_own_architecture_or_a_relative() {
    let Some(library) = nvrtc_12() else { return };
    let of = |major, minor| library.architecture_for(ComputeCapability { major, minor });
    assert_eq!(of(9, 0).as_deref(), Some("sm_90"));
    assert_eq!(of(7, 0).as_deref(), Some("sm_70"));
    assert_eq!(of(12, 1).as_deref(), Some("sm_121"));
    // not there: the next lower of the same generation, and nothing across generations
    assert_eq!(of(8, 8).as_deref(), Some("sm_86"));
    assert_eq!(of(10, 9).as_deref(), Some("sm_103"));
    assert_eq!(of(3, 5), None);
    assert_eq!(of(14, 0), None);
}

#[test]
fn several_threads_compile_at_once() {
    for library in libraries() {
        let alone: Vec<_> =
            (0..4).map(|number| library.compile(&SOURCE, "sm_86", &[&define(number)])).collect();
        std::thread::scope(|scope| {
            for (number, expected) in alone.iter().enumerate() {
                let library = &library;
                scope.spawn(move || {
                    for _ in 0..3 {
                        let compiled = library.compile(&SOURCE, "sm_86", &[&define(number)]).unwrap();
                        assert!(compiled == *expected.as_ref().unwrap());
                    }
                });
            }
        });
    }
}

fn define(number: usize) -> String {
    format!("-maxrregcount={}", 32 + 8 * number)
}

#[test]
fn deep_sources_do_not_end_the_process() {
    let mut text = String::from("1");
    for _ in 0..3000 {
        text = format!("({text}+x)");
    }
    let text = format!("extern \"C\" __global__ void k(int *a, int x) {{ a[0] = {text}; }}");
    let text: &'static str = text.leak();
    for library in libraries() {
        // this thread has 256 KiB, and the compiler needs megabytes
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().stack_size(256 << 10);
            let compile = || library.compile(&with(text), "sm_90", &[]).unwrap();
            assert!(thread.spawn_scoped(scope, compile).unwrap().join().is_ok());
        });
    }
}

#[test]
fn a_zero_byte_is_told_from_the_end_of_a_text() {
    let Some(library) = nvrtc_12() else { return };
    let told = |source: &Source, options: &[&str]| {
        library.compile(source, "sm_90", options).unwrap_err().to_string()
    };
    assert_eq!(told(&with("int a;\0int b;"), &[]), "test/add.cu holds a zero byte at position 6");
    assert_eq!(told(&SOURCE, &["-DA=\0"]), "a compiler option holds a zero byte at position 4");
    let source = Source { headers: &[Header { name: "add.cuh", text: "\0" }], ..SOURCE };
    assert_eq!(told(&source, &[]), "add.cuh holds a zero byte at position 0");
}

#[test]
fn a_driver_gets_a_compiler_of_its_generation() {
    let (Some(twelve), Some(thirteen)) = (nvrtc_12(), nvrtc_13()) else { return };
    let [twelve, thirteen] = [twelve, thirteen].map(|library| library.path().to_owned());
    let scratch = tempfile::tempdir().unwrap();
    let variables = [("CUDA_HOME", thirteen.parent().unwrap()), ("CUDA_PATH", twelve.parent().unwrap())];
    // toolkits, whose libraries are links
    let variables = variables.map(|(name, folder)| {
        let toolkit = scratch.path().join(name);
        std::fs::create_dir(&toolkit).unwrap();
        std::os::unix::fs::symlink(folder.canonicalize().unwrap(), toolkit.join("lib64")).unwrap();
        (name, toolkit)
    });
    let variables: Vec<_> = variables.iter().map(|(name, path)| (*name, path.as_os_str())).collect();
    let places = soyaku_device::nvrtc::Places::of(&variables, Path::new("/nonexistent"));

    let library = Library::open_in(&places, Some((13, 0)), None).unwrap();
    assert_eq!((library.version(), library.passed_over().len()), ((13, 0), 0));
    let library = Library::open_in(&places, Some((12, 2)), None).unwrap();
    assert_eq!(library.version(), (12, 9));
    let passed = library.passed_over()[0].to_string();
    assert!(passed.ends_with(
        "libnvrtc.so.13 is NVRTC 13.0, and the driver is for CUDA 12.2: a driver loads nothing from a compiler of a \
         later generation"
    ), "{passed}");
    assert!(library.compile(&SOURCE, "sm_90", &[]).is_ok());
    // a device that the later one does not know any more
    let volta = ComputeCapability { major: 7, minor: 0 };
    let library = Library::open_in(&places, Some((13, 0)), Some(volta)).unwrap();
    assert_eq!(library.version(), (12, 9));
    assert!(library.passed_over()[0].to_string().contains("does not compile for sm_70: it knows sm_75"));
}

#[test]
fn without_its_builtins_it_says_so() {
    for library in libraries() {
        let scratch = tempfile::tempdir().unwrap();
        let file = library.path().canonicalize().unwrap();
        let copy = scratch.path().join(file.file_name().unwrap());
        std::fs::copy(&file, &copy).unwrap();
        // in a process of its own: here the library that is missing there is loaded already
        finish(child("compile_without_builtins", &[("NVRTC_TEST_FILE", copy.as_os_str())]));

        // half of it would end the process
        let name = format!("libnvrtc-builtins.so.{}.{}", library.version().0, library.version().1);
        let whole = std::fs::read(file.with_file_name(&name)).unwrap();
        std::fs::write(scratch.path().join(&name), &whole[..whole.len() / 2]).unwrap();
        let error = Library::open(&copy).unwrap_err();
        assert!(matches!(error, Error::Builtins { .. }), "{error}");
        let message = error.to_string();
        assert!(message.contains(&format!("{name}: cut off: it has {} bytes", whole.len() / 2)), "{message}");
    }
}

#[test]
#[ignore = "run by without_its_builtins_it_says_so"]
fn compile_without_builtins() {
    let file = told("NVRTC_TEST_FILE");
    let library = Library::open(&file).unwrap();
    let error = library.compile(&SOURCE, "sm_90", &[]).unwrap_err();
    assert!(matches!(error, Error::Builtins { .. }), "{error}");
    let (major, minor) = library.version();
    let start = format!(
        "{} cannot use its libnvrtc-builtins, which belongs into the same folder: libnvrtc-builtins.so.{major}.{minor} \
         is neither there nor known to the system's loader: nvrtc: error: failed to open",
        file.display()
    );
    assert!(error.to_string().starts_with(&start), "{error}");
}

#[test]
fn half_a_copy_is_refused() {
    for library in libraries() {
        let scratch = tempfile::tempdir().unwrap();
        let copy = scratch.path().join("libnvrtc.so");
        let length = std::fs::copy(library.path(), &copy).unwrap();
        let file = std::fs::File::options().write(true).open(&copy).unwrap();
        for part in [length - (1 << 20), length / 3, 100, 0] {
            file.set_len(part).unwrap();
            let message = Library::open(&copy).unwrap_err().to_string();
            let mut expected = copy.display().to_string();
            match part {
                0 => expected += ": the file is empty",
                100 => expected += ": not a shared library: it has nothing to load",
                _ => write!(expected, ": cut off: it has {part} bytes of at least").unwrap(),
            }
            assert!(message.starts_with(&expected), "{message}");
        }
    }
}

#[test]
fn the_cache_spares_the_compiler() {
    let Some(library) = nvrtc_12() else { return };
    let folder = tempfile::tempdir().unwrap();
    let cache = KernelCache::in_folder(folder.path(), 1 << 30);
    let get =
        |architecture, library: &Library| cache.get_or_compile(&SOURCE, architecture, &[], library).unwrap();
    let compiled = get("sm_90", &library);
    assert_eq!((compiled.origin, compiled.notes.len()), (Origin::Compiled, 0));
    let kept = get("sm_90", &library);
    assert!(kept.origin == Origin::Disk && kept.bytes == compiled.bytes);
    assert_eq!(get("sm_80", &library).origin, Origin::Compiled);
    if let Some(other) = nvrtc_13() {
        assert_eq!(get("sm_90", &other).origin, Origin::Compiled);
        assert_eq!(cache.status().entries, 3);
    }
    let broken = with("nonsense");
    assert!(matches!(cache.get_or_compile(&broken, "sm_90", &[], &library), Err(Error::Compilation { .. })));
}
