//! The deliberate mistakes are found by the emulated device, each by the mode that is for it, and only there: what
//! `tests/gpu/run` asks of compute-sanitizer can be asked.
#![allow(clippy::unwrap_used)]

use std::process::Output;

use soyaku_emulation::{Emulation, Mode};

fn make(mode: Mode, mistake: &str) -> Output {
    let machine = Emulation::build().unwrap().machine(mode);
    machine.command(env!("CARGO_BIN_EXE_gpu-report")).args(["--mistake", mistake]).output().unwrap()
}

#[track_caller]
fn found(mode: Mode, mistake: &str, words: &str) {
    let output = make(mode, mistake);
    let text =
        String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(!output.status.success(), "{mistake} in {mode:?} was not found: {text}");
    assert!(text.contains(words), "{text}");
}

#[test]
fn writes_behind_the_end_of_a_buffer() {
    found(Mode::Address, "out-of-bounds", "AddressSanitizer");
}

#[test]
fn writes_behind_the_end_of_shared_memory() {
    found(Mode::Address, "shared-out-of-bounds", "AddressSanitizer");
}

#[test]
fn races_in_shared_memory() {
    found(Mode::Race, "race", "race");
    // Other modes let it pass: it is the detector that finds it.
    assert!(make(Mode::Address, "race").status.success());
}
