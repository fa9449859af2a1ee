//! Kernels that are broken on purpose: what `make kernels` is there to catch, it catches.
//!
//! Needs the compilers and the disassembler (`scripts/bootstrap nvrtc`); says so and passes where they are missing,
//! unless SOYAKU_REQUIRE_ORACLES=1.

#![allow(clippy::unwrap_used)]

mod support;

use std::path::Path;

use soyaku_device::{ComputeCapability, Entry, Parameter, Scalar, Source};
use soyaku_kernel_check::compile::{ARCHITECTURES, Compiler, compile};
use soyaku_kernel_check::promises::Promises;
use soyaku_kernel_check::{Finding, Verdict, compare};
use support::{matrix, texts, tools};

const PARAMETERS: &[Parameter] =
    &[Parameter::Input(Scalar::F32), Parameter::Output(Scalar::F32), Parameter::Value(Scalar::U32)];

const fn entry(name: &'static str, threads: u32) -> Entry {
    Entry { name, parameters: PARAMETERS, threads, minimum: ComputeCapability::OLDEST }
}

/// 16-byte loads, no local memory, shared memory.
static SOUND: Source = Source {
    name: "sound.cu",
    text: r#"
extern "C" __global__ void __launch_bounds__(128) sound(const float *from, float *to, unsigned count) {
    __shared__ float tile[128];
    const unsigned index = blockIdx.x * 128 + threadIdx.x;
    float4 values = make_float4(0, 0, 0, 0);
    if (index < count) values = reinterpret_cast<const float4 *>(from)[index];
    tile[threadIdx.x] = values.x + values.y + values.z + values.w;
    __syncthreads();
    to[index] = tile[127 - threadIdx.x];
}
"#,
    headers: &[],
    options: &[],
    specific: None,
    entries: &[entry("sound", 128)],
};

/// The same interface with 4-byte loads, and more registers and shared memory.
static CHANGED: Source = Source {
    text: r#"
extern "C" __global__ void __launch_bounds__(128) sound(const float *from, float *to, unsigned count) {
    __shared__ float tile[256];
    const unsigned index = blockIdx.x * 128 + threadIdx.x;
    float values[24];
#pragma unroll
    for (unsigned i = 0; i < 24; i++) values[i] = from[index + i * count];
    __syncthreads();
    float sum = 0;
#pragma unroll
    for (unsigned i = 0; i < 24; i++) sum = sum * values[23 - i] + values[i];
    tile[threadIdx.x] = sum;
    tile[threadIdx.x + 128] = values[3];
    __syncthreads();
    to[index] = tile[127 - threadIdx.x] + tile[threadIdx.x + 127];
}
"#,
    ..SOUND
};

/// 1024 threads leave 64 registers a thread; 128 values are alive at once.
static SPILLING: Source = Source {
    name: "spilling.cu",
    text: r#"
extern "C" __global__ void __launch_bounds__(1024) spilling(const float *from, float *to, unsigned count) {
    float values[128];
#pragma unroll
    for (unsigned i = 0; i < 128; i++) values[i] = from[threadIdx.x + i * count];
    __syncthreads();
#pragma unroll
    for (unsigned i = 0; i < 128; i++) to[threadIdx.x + i * count] = values[i] * values[(i * 7 + 3) % 128];
}
"#,
    headers: &[],
    options: &[],
    specific: None,
    entries: &[entry("spilling", 1024)],
};

/// An array whose index is known only at run time cannot be in registers.
static INDEXED: Source = Source {
    name: "indexed.cu",
    text: r#"
extern "C" __global__ void __launch_bounds__(64) indexed(const float *from, float *to, unsigned count) {
    float values[32];
    for (unsigned i = 0; i < 32; i++) values[i] = from[i * count + threadIdx.x];
    for (unsigned i = 0; i < 32; i++) values[(unsigned)values[i] % 32] += i;
    to[threadIdx.x] = values[(unsigned)to[threadIdx.x] % 32];
}
"#,
    headers: &[],
    options: &[],
    specific: None,
    entries: &[entry("indexed", 64)],
};

/// An unused variable, a 64-bit division (a call), and an entry that older devices do not have.
static SLOPPY: Source = Source {
    name: "sloppy.cu",
    text: r#"
extern "C" __global__ void __launch_bounds__(64) sloppy(const float *from, float *to, unsigned count) {
    int forgotten;
    to[threadIdx.x] = (float)((unsigned long long)from[threadIdx.x] / count / (unsigned long long)from[count]);
}
extern "C" __global__ void __launch_bounds__(64) newer(const float *from, float *to, unsigned count) {
#if __CUDA_ARCH__ >= 900
    to[threadIdx.x] = from[count];
#endif
}
"#,
    headers: &[],
    options: &[],
    specific: None,
    entries: &[
        entry("sloppy", 64),
        Entry { minimum: ComputeCapability { major: 9, minor: 0 }, ..entry("newer", 64) },
    ],
};

/// Where most tests compile: not everywhere, to be done sooner.
const SOME: [&str; 3] = ["sm_70", "sm_80", "sm_90"];

const PROMISES: &str = r#"
    [[kernel]]
    entry = "sound"
    contains = ["LDG.128", "BAR.SYNC >= 1"]
    lacks = ["CALL"]
"#;

#[test]
fn a_sound_kernel_passes_everywhere() {
    let Some(tools) = tools() else { return };
    let promises = Promises::read(PROMISES).unwrap();
    let matrix = matrix(&tools, &ARCHITECTURES, &[&SOUND], &promises);
    assert_eq!(matrix.findings, []);
    assert_eq!(compare::local_memory(&matrix.record, &[]), []);
    assert_eq!(promises.gaps(matrix.record.keys()), []);
    let lines: Vec<_> =
        matrix.record.keys().map(|key| format!("{} {}", key.compiler, key.architecture)).collect();
    let mut expected: Vec<_> =
        ARCHITECTURES.iter().map(|architecture| format!("12.9 {architecture}")).collect();
    expected.push("13.0 sm_90".into());
    assert_eq!(lines, expected);
    for (key, resources) in &matrix.record {
        assert_eq!(resources.shared, 512, "{key}");
        assert!((8..64).contains(&resources.registers), "{key}: {resources:?}");
        assert!(resources.constant >= 20 && resources.barriers == 1, "{key}: {resources:?}");
    }
    // sm_70 is beyond the disassembler.
    assert_eq!(matrix.disassemblies, expected.len() - 1);
}

#[test]
fn a_source_for_one_architecture_is_compiled_for_it_alone() {
    static HOPPER: Source = Source { specific: Some(ComputeCapability { major: 9, minor: 0 }), ..SOUND };
    let Some(tools) = tools() else { return };
    let promises = Promises::read(PROMISES).unwrap();
    let matrix = matrix(&tools, &SOME, &[&HOPPER], &promises);
    assert_eq!(matrix.findings, []);
    let lines: Vec<_> =
        matrix.record.keys().map(|key| format!("{} {}", key.compiler, key.architecture)).collect();
    assert_eq!(lines, ["12.9 sm_90a", "13.0 sm_90a"]);
}

#[test]
fn growth_and_a_broken_promise_are_found() {
    let Some(tools) = tools() else { return };
    let promises = Promises::read(PROMISES).unwrap();
    let before = matrix(&tools, &SOME, &[&SOUND], &promises).record;
    let after = matrix(&tools, &SOME, &[&CHANGED], &promises);
    let changes = texts(&compare::changes(&before, &after.record));
    for architecture in SOME {
        let by = format!("sound (sound.cu) on {architecture} by NVRTC 12.9:");
        assert!(
            changes.contains(&format!(
                "{by} shared grew from 512 to 1024; accept it with: make kernels ACCEPT=1"
            ))
        );
        assert!(
            changes.iter().any(|text| text.starts_with(&format!("{by} registers grew from "))),
            "{changes:?}"
        );
    }
    let back = texts(&compare::changes(&after.record, &before));
    assert!(back.iter().any(|text| text.contains("shared shrank from 1024 to 512")), "{back:?}");

    let broken = texts(&after.findings);
    for architecture in ["sm_80", "sm_90"] {
        let text =
            format!("sound (sound.cu) on {architecture} by NVRTC 12.9: promised LDG.128 >= 1, found 0");
        assert!(broken.contains(&text), "{broken:?}");
    }
    assert!(broken.iter().all(|text| text.contains("LDG.128")), "{broken:?}");
}

#[test]
fn spills_and_indexed_arrays_are_found() {
    let Some(tools) = tools() else { return };
    let promises = Promises::default();
    let matrix = matrix(&tools, &SOME, &[&SPILLING, &INDEXED], &promises);
    let findings = compare::local_memory(&matrix.record, &[]);
    assert_eq!(findings.len(), 2 * (SOME.len() + 1), "{:?}", texts(&findings));
    assert_eq!(Verdict::of(&findings, &[], true), Verdict::Fail);
    for finding in &findings {
        match finding {
            Finding::Spills { key, stores, loads } => {
                assert_eq!(key.entry, "spilling");
                assert!(*stores >= 100 && *loads >= 100, "{finding}");
            }
            Finding::Stack { key, bytes } => {
                assert_eq!(key.entry, "indexed");
                assert_eq!(*bytes, 128, "{finding}");
            }
            other => panic!("{other}"),
        }
    }
}

#[test]
fn local_memory_shows_in_the_machine_code_too() {
    let Some(tools) = tools() else { return };
    let promises = "[[kernel]]\nentry = 'indexed'\n[[kernel]]\nentry = 'spilling'\narchitectures = ['sm_90']";
    let matrix = matrix(&tools, &SOME, &[&SPILLING, &INDEXED], &Promises::read(promises).unwrap());
    let broken = texts(&matrix.findings);
    for expected in [
        "indexed (indexed.cu) on sm_80 by NVRTC 12.9: promised no STL",
        "indexed (indexed.cu) on sm_90 by NVRTC 13.0: promised no LDL",
        "spilling (spilling.cu) on sm_90 by NVRTC 12.9: promised no STL",
    ] {
        assert!(broken.iter().any(|text| text.starts_with(expected)), "{expected}: {broken:?}");
    }
    assert!(!broken.iter().any(|text| text.starts_with("spilling") && text.contains("sm_80")));
}

#[test]
fn warnings_calls_and_missing_architectures() {
    let Some(tools) = tools() else { return };
    let promises = "[[kernel]]\nentry = 'sloppy'\narchitectures = ['sm_80']\nlacks = ['CALL']";
    let matrix = matrix(&tools, &SOME, &[&SLOPPY], &Promises::read(promises).unwrap());
    let found = texts(&matrix.findings);
    let warned = found.iter().filter(|text| text.contains("\"forgotten\" was declared but never")).count();
    assert_eq!(warned, SOME.len() + 1, "{found:?}");
    assert!(
        found.iter().any(|text| text.contains("on sm_80 by NVRTC 12.9: promised no CALL, found ")),
        "{found:?}"
    );
    assert_eq!(found.len(), warned + 1, "{found:?}");

    let newer: Vec<_> = matrix.record.keys().filter(|key| key.entry == "newer").collect();
    let architectures: Vec<_> = newer.iter().map(|key| key.architecture.as_str()).collect();
    assert_eq!(architectures, ["sm_90", "sm_90"]);
}

#[test]
fn a_kernel_that_does_not_compile_and_an_entry_that_is_not_there() {
    static TYPO: Source = Source { text: "extern \"C\" __global__ void sound(int a) { b = a; }", ..SOUND };
    static ABSENT: Source = Source { entries: &[entry("silent", 128)], ..SOUND };
    let Some(tools) = tools() else { return };
    let compilers = [Compiler::single(&tools.join("nvrtc-13.0"), "sm_90").unwrap()];
    let run = |source: &'static Source| {
        compile(&[source], &compilers, &Promises::default(), Path::new("/nonexistent"), 1)
            .err()
            .unwrap()
            .to_string()
    };
    let error = run(&TYPO);
    assert!(error.contains("sound.cu") && error.contains("identifier \"b\" is undefined"), "{error}");
    let error = run(&ABSENT);
    assert!(error.contains("silent is not in the compiler's log"), "{error}");
}
