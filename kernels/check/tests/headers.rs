//! The device side of `kernels/include`, which the emulated device replaces by its own: that it compiles for every
//! architecture, and to which instructions.
//!
//! Needs what `broken.rs` needs.

#![allow(clippy::unwrap_used)]

mod support;

use soyaku_device::{ComputeCapability, Entry, Header, Parameter, Scalar, Source};
use soyaku_kernel_check::compare;
use soyaku_kernel_check::compile::ARCHITECTURES;
use soyaku_kernel_check::promises::Promises;
use soyaku_kernels::sources::SOURCES;

macro_rules! header {
    ($name:literal) => {
        Header { name: $name, text: include_str!(concat!("../../include/", $name)) }
    };
}

const fn entry(name: &'static str, parameters: &'static [Parameter], minimum: (u32, u32)) -> Entry {
    let minimum = ComputeCapability { major: minimum.0, minor: minimum.1 };
    Entry { name, parameters, threads: 32, minimum }
}

const WORDS: &[Parameter] = &[Parameter::Input(Scalar::U32), Parameter::Output(Scalar::U32)];

static MATRICES: Source = Source {
    name: "matrices.cu",
    text: r#"
#include "mma.cuh"

#if __CUDA_ARCH__ >= 800
#define PRODUCT(name, instruction, number) \
    extern "C" __global__ void __launch_bounds__(32) name(const u32 *in, u32 *out) { \
        const u32 lane = threadIdx.x; \
        const u32 a[4] = {in[lane], in[lane + 32], in[lane + 64], in[lane + 96]}; \
        const u32 b[2] = {in[lane + 128], in[lane + 160]}; \
        number d[4] = {}; \
        instruction(d, a, b); \
        for (u32 i = 0; i < 4; ++i) reinterpret_cast<number *>(out)[lane * 4 + i] = d[i]; \
    }
#else
#define PRODUCT(name, instruction, number) \
    extern "C" __global__ void __launch_bounds__(32) name(const u32 *in, u32 *out) {}
#endif
PRODUCT(bits, mma_and_popc, i32)
PRODUCT(bytes, mma_s8, i32)
PRODUCT(halves, mma_f16, float)
PRODUCT(brains, mma_bf16, float)

extern "C" __global__ void __launch_bounds__(32) fragments(const u32 *in, u32 *out) {
#if __CUDA_ARCH__ >= 750
    __shared__ __align__(16) u32 tile[128];
    const u32 lane = threadIdx.x;
    for (u32 i = 0; i < 4; ++i) tile[lane * 4 + i] = in[lane * 4 + i];
    __syncwarp();
    u32 four[4], turned[2], one[1];
    load_matrices(four, &tile[lane * 4]);
    load_matrices<2, true>(turned, &tile[lane % 16 * 4]);
    load_matrices<1>(one, &tile[lane % 8 * 4]);
    out[lane] = four[0] + four[1] + four[2] + four[3] + turned[0] + turned[1] + one[0];
#endif
}
"#,
    headers: &[header!("mma.cuh"), header!("soyaku.cuh")],
    options: &[],
    specific: None,
    entries: &[
        entry("bits", WORDS, (8, 0)),
        entry("bytes", WORDS, (8, 0)),
        entry("halves", WORDS, (8, 0)),
        entry("brains", WORDS, (8, 0)),
        entry("fragments", WORDS, (7, 5)),
    ],
};

static COPIES: Source = Source {
    name: "copies.cu",
    text: r#"
#include "async_copy.cuh"

extern "C" __global__ void __launch_bounds__(32) copies(const u32 *in, u32 *out, u32 taken) {
    SOYAKU_DYNAMIC_SHARED(u32, tile);
    const u32 lane = threadIdx.x;
    async_copy<16>(&tile[lane * 4], &in[grid_thread() * 4]);
    async_commit();
    async_copy<8>(&tile[128 + lane * 2], &in[lane * 2], taken);
    async_copy<4>(&tile[192 + lane], &in[lane]);
    async_commit();
    async_wait<1>();
    __syncthreads();
    const u32 first = tile[127 - lane];
    async_wait_all();
    __syncthreads();
    out[lane] = first + tile[191 - lane] + tile[223 - lane];
}

extern "C" __global__ void __launch_bounds__(32) loads(const u32 *in, u32 *out) {
    const u64 wide = load_relaxed(reinterpret_cast<const u64 *>(in) + grid_threads());
    out[threadIdx.x] = load_relaxed(in) + (u32)wide;
}
"#,
    headers: &[header!("async_copy.cuh"), header!("soyaku.cuh")],
    options: &[],
    specific: None,
    entries: &[
        entry(
            "copies",
            &[Parameter::Input(Scalar::U32), Parameter::Output(Scalar::U32), Parameter::Value(Scalar::U32)],
            (7, 0),
        ),
        entry("loads", WORDS, (7, 0)),
    ],
};

const PROMISES: &str = r#"
    [[kernel]]
    entry = "bits"
    architectures = ["sm_80", "sm_86", "sm_89", "sm_90"]
    contains = ["BMMA.168256.AND.POPC == 1"]
    lacks = ["CALL"]
    # What decides how fingerprints are compared on Blackwell: there, eight products of bytes.
    [[kernel]]
    entry = "bits"
    architectures = ["sm_100", "sm_120"]
    contains = ["IMMA.16832.U8.U8 == 8"]
    lacks = ["BMMA"]
    [[kernel]]
    entry = "bytes"
    contains = ["IMMA.16832.S8.S8 == 1"]
    [[kernel]]
    entry = "halves"
    contains = ["HMMA.16816.F32 == 1"]
    [[kernel]]
    entry = "brains"
    contains = ["HMMA.16816.F32.BF16 == 1"]
    [[kernel]]
    entry = "fragments"
    contains = ["LDSM.16.M88.4 == 1", "LDSM.16.MT88.2 == 1", "LDSM == 3"]
    [[kernel]]
    entry = "copies"
    architectures = ["sm_80", "sm_86", "sm_89", "sm_90", "sm_100", "sm_120"]
    contains = ["LDGSTS == 3", "LDGSTS.E.BYPASS.128 == 1", "LDGSTS.E.64 == 1", "LDGDEPBAR == 3"]
    lacks = ["STS"]
    [[kernel]]
    entry = "loads"
    contains = ["LD.STRONG.GPU == 2"]
"#;

#[test]
fn every_wrapper_becomes_its_instruction() {
    let Some(tools) = support::tools() else { return };
    let promises = Promises::read(PROMISES).unwrap();
    let matrix = support::matrix(&tools, &ARCHITECTURES, &[&MATRICES, &COPIES], &promises);
    let findings = [&matrix.findings[..], &promises.gaps(matrix.record.keys())].concat();
    assert!(findings.is_empty(), "{}", support::texts(&findings).join("\n"));
    assert_eq!(compare::local_memory(&matrix.record, &[]), []);
}

/// Those that are not here are of kernels that are shipped, which `make kernels` compiles and holds to their promises.
#[test]
fn every_header_is_compiled() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../include");
    let names =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let sources = SOURCES.iter().copied().chain([&MATRICES, &COPIES]);
    let compiled: Vec<_> = sources.flat_map(|source| source.headers).map(|header| header.name).collect();
    let missing: Vec<_> = names.filter(|name| !compiled.contains(&name.as_str())).collect();
    assert!(missing.is_empty(), "no kernel includes {missing:?}");
}
