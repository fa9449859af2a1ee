//! Compilers and disassembler for tests, and what they make of sources.

use std::path::{Path, PathBuf};

use soyaku_device::Source;
use soyaku_kernel_check::Finding;
use soyaku_kernel_check::compile::{Compiler, Matrix, compile};
use soyaku_kernel_check::promises::Promises;

/// Where `scripts/bootstrap nvrtc` put them. Nothing, and a word about it, where it did not; a panic then if
/// SOYAKU_REQUIRE_ORACLES=1.
pub fn tools() -> Option<PathBuf> {
    let tools = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/tools"));
    let complete = ["nvrtc-12.9", "nvrtc-13.0", "nvdisasm"].iter().all(|tool| tools.join(tool).is_dir());
    if complete {
        return Some(tools.to_owned());
    }
    let required = std::env::var("SOYAKU_REQUIRE_ORACLES").is_ok_and(|value| value == "1");
    assert!(!required, "no NVRTC under {}: scripts/bootstrap nvrtc", tools.display());
    eprintln!("skipped: no NVRTC under {}; scripts/bootstrap nvrtc installs it", tools.display());
    None
}

/// `sources` by NVRTC 12.9 on those architectures, and by NVRTC 13.0 on sm_90.
pub fn matrix(
    tools: &Path,
    architectures: &[&'static str],
    sources: &[&'static Source],
    promises: &Promises,
) -> Matrix {
    let compilers = [
        Compiler {
            architectures: architectures.to_vec(),
            ..Compiler::complete(&tools.join("nvrtc-12.9")).unwrap()
        },
        Compiler::single(&tools.join("nvrtc-13.0"), "sm_90").unwrap(),
    ];
    compile(sources, &compilers, promises, &tools.join("nvdisasm/nvidia/cu13/bin/nvdisasm"), 2).unwrap()
}

/// In words.
pub fn texts(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(Finding::to_string).collect()
}
