//! What the tests of this crate share.

use std::path::{Path, PathBuf};

use soyaku_device::nvrtc::Library;

/// The NVRTC of CUDA 12 that `scripts/bootstrap nvrtc` puts under target/, or the one in SOYAKU_NVRTC.
pub fn nvrtc_12() -> Option<Library> {
    open(std::env::var_os("SOYAKU_NVRTC").map_or_else(|| tools("nvrtc-12.9"), PathBuf::from))
}

/// The one of CUDA 13.
#[allow(dead_code)] // not every test file uses it
pub fn nvrtc_13() -> Option<Library> {
    open(tools("nvrtc-13.0"))
}

fn tools(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools").join(name)
}

fn open(path: PathBuf) -> Option<Library> {
    if !path.exists() {
        assert!(
            std::env::var_os("SOYAKU_REQUIRE_ORACLES").is_none_or(|value| value != "1"),
            "SOYAKU_REQUIRE_ORACLES=1, but {} is missing (scripts/bootstrap nvrtc)",
            path.display()
        );
        println!("skipped: {} is missing (scripts/bootstrap nvrtc)", path.display());
        return None;
    }
    Some(Library::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}
