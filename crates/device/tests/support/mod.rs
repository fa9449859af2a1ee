//! What the tests of this crate share.
#![allow(dead_code)] // not every test file uses all of it

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use soyaku_device::nvrtc::Library;

/// The NVRTC of CUDA 12 that `scripts/bootstrap nvrtc` puts under target/.
pub fn nvrtc_12() -> Option<Library> {
    open(tools("nvrtc-12.9"))
}

/// The one of CUDA 13.
pub fn nvrtc_13() -> Option<Library> {
    open(tools("nvrtc-13.0"))
}

/// Both, and the one that SOYAKU_NVRTC names, of whatever version.
pub fn libraries() -> impl Iterator<Item = Library> {
    let named = std::env::var_os("SOYAKU_NVRTC").and_then(|path| open(path.into()));
    [nvrtc_12(), nvrtc_13(), named].into_iter().flatten()
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

/// One of the ignored tests of this file, in a process of its own.
pub fn child(test: &str, variables: &[(&str, &OsStr)]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--ignored", "--nocapture"]).envs(variables.iter().copied());
    command
}

/// Waits for it; it must pass.
pub fn finish(mut child: Command) {
    let output = child.stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && text.contains("1 passed"), "{}: {text}", output.status);
}

/// What a test that runs in a process of its own was told.
pub fn told(variable: &str) -> PathBuf {
    std::env::var_os(variable).unwrap_or_else(|| panic!("{variable} is not set: run by another test")).into()
}
