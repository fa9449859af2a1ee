//! Compiling with a real NVRTC, and what a user reads when it refuses.

mod support;

use soyaku_device::nvrtc::Error;
use soyaku_device::{ComputeCapability, Entry, Header, Parameter, Scalar, Source};
use support::{nvrtc_12, nvrtc_13};

const HEADER: Header = Header { name: "add.cuh", text: "typedef unsigned int u32;\n" };

const SOURCE: Source = Source {
    name: "test/add.cu",
    text: r#"#include "add.cuh"
        extern "C" __global__ void __launch_bounds__(128) add(const u32 *a, u32 *b, u32 n) {
            for (u32 i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
                b[i] += __popc(a[i]);
        }"#,
    headers: &[HEADER],
    options: &[],
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
    for library in [nvrtc_12(), nvrtc_13()].into_iter().flatten() {
        println!("{} {:?} {:?}", library.identity(), library.path(), library.architectures());
        for &number in library.architectures() {
            let compiled = library.compile(&SOURCE, &format!("sm_{number}"), &[]).unwrap();
            assert!(compiled.cubin.starts_with(b"\x7fELF"), "sm_{number}");
            assert!(contains(&compiled.cubin, ".text.add"), "sm_{number}");
            assert!(architectures_in(&compiled.cubin).contains(&number), "sm_{number}");
            // of old architectures it warns that a later version will not know them
            assert!(number < 75 || compiled.log.is_empty(), "sm_{number}: {}", compiled.log);
        }
        let special = library.compile(&SOURCE, "sm_90a", &[]).unwrap();
        assert!(architectures_in(&special.cubin).contains(&90));
    }
}
