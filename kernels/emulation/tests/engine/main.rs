//! The engine by itself, without driver and compiler: every operation against a plain definition, and kernels with a
//! deliberate mistake, each caught in the mode that is there for it.
//!
//! `selftest/` holds the kernels (one module, compiled in each mode) and the program that launches them.
#![allow(clippy::unwrap_used)]

mod build;

use std::process::{Command, Output};

use build::{MODES, built};

const SEEDS: std::ops::Range<u32> = 0..6;

/// Exit codes of the program: those of `engine.h`, and its own.
const WRONG: i32 = 90;
const ADDRESS: i32 = 91;
const TRAP: i32 = 2;
const ASSERT: i32 = 3;
const BARRIER: i32 = 4;
const RACE: i32 = 5;
const MISALIGNED: i32 = 6;
const UNDEFINED: i32 = 7;

fn run(mode: &str, seed: u32, case: &str, mistake: u32) -> (i32, String) {
    started(mode, seed, case, mistake, &[])
}

fn started(mode: &str, seed: u32, case: &str, mistake: u32, environment: &[(&str, &str)]) -> (i32, String) {
    let built = built();
    let mut command = Command::new(built.folder.join("selftest"));
    command.arg(built.folder.join(format!("{mode}.so"))).arg(case).arg(mistake.to_string());
    command.env("SOYAKU_EMULATION_SEED", seed.to_string()).env_remove("LD_PRELOAD");
    command.envs(environment.iter().copied());
    if mode == "address" {
        command.env("LD_PRELOAD", &built.address_sanitizer);
        command.env("ASAN_OPTIONS", format!("exitcode={ADDRESS}:detect_leaks=0"));
    }
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    (status.code().unwrap_or(-1), text)
}

#[test]
fn kernels_without_a_mistake_are_right_in_every_mode_and_order() {
    for mode in MODES {
        for seed in SEEDS {
            let (code, text) = run(mode, seed, "all", 0);
            assert_eq!(code, 0, "{mode}, seed {seed}: {text}");
            assert_eq!(text, "18 cases\n");
        }
    }
}

#[test]
fn a_launch_that_does_not_end_is_ended() {
    for mode in MODES {
        let (code, text) = started(mode, 1, "faults", 9, &[("SOYAKU_EMULATION_SECONDS", "1")]);
        assert_eq!(code, 124, "{mode}: {text}");
        assert!(
            text.contains("kernel faults, block (0,0,0), thread (9,0,0): still running"),
            "{mode}: {text}"
        );
    }
}

/// The mistake ends with `code` and a message that holds all of `words`, under every seed.
fn always(mode: &str, case: &str, mistake: u32, code: i32, words: &[&str]) {
    for seed in 0..3 {
        let (got, text) = run(mode, seed, case, mistake);
        assert_eq!(got, code, "{case} {mistake}, {mode}, seed {seed}: {text}");
        for word in words {
            assert!(text.contains(word), "{case} {mistake}, {mode}, seed {seed}: no {word:?} in {text}");
        }
    }
}

/// The launch succeeds and the result is wrong under one seed at least: what a parity test sees.
fn wrong_under_some_seed(mode: &str, case: &str, mistake: u32) {
    let outcomes: Vec<_> = SEEDS.map(|seed| run(mode, seed, case, mistake)).collect();
    assert!(outcomes.iter().any(|(code, _)| *code == WRONG), "{case} {mistake}, {mode}: {outcomes:?}");
}

#[test]
fn a_missing_barrier_is_a_race_and_a_wrong_result() {
    let both = "with no barrier between them (static shared memory, byte ";
    for (case, mistake, line) in [
        ("tree_sum", 1, "mistakes.cu:13"),
        ("tree_sum", 2, "mistakes.cu:"),
        ("warp_sum", 1, "mistakes.cu:26"),
    ] {
        always("race", case, mistake, RACE, &["race: ", line, both, "thread ("]);
        wrong_under_some_seed("plain", case, mistake);
        wrong_under_some_seed("address", case, mistake);
    }
    always("race", "histogram", 1, RACE, &["changes atomically at mistakes.cu:", both]);
    always("race", "histogram", 2, RACE, &["race: ", both]);
    wrong_under_some_seed("plain", "histogram", 1);
}

#[test]
fn another_seed_is_another_order() {
    let mut results: Vec<_> = (1..8).map(|seed| run("plain", seed, "tree_sum", 1).1).collect();
    results.sort();
    results.dedup();
    assert!(results.len() > 3, "{results:?}");
    assert_eq!(run("plain", 5, "tree_sum", 1), run("plain", 5, "tree_sum", 1));
}

#[test]
fn one_element_too_far_is_an_address_error() {
    for (mistake, kind, access) in [
        (1, "heap-buffer-overflow", "READ of size 4"),
        (2, "heap-buffer-overflow", "WRITE of size 4"),
        (3, "global-buffer-overflow", "READ of size 4"),
        (4, "heap-buffer-overflow", "READ of size 4"),
        (5, "heap-buffer-overflow", "READ of size 8"),
        (6, "heap-buffer-overflow", "of size 4"),
    ] {
        always("address", "bounds", mistake, ADDRESS, &["AddressSanitizer", kind, access, "mistakes.cu"]);
    }
}

#[test]
fn shared_memory_is_unset_at_the_start_of_a_block() {
    for (case, mistake) in [("tree_sum", 3), ("histogram", 3)] {
        always("race", case, mistake, RACE, &["shared memory that no thread of this block has written"]);
        always("plain", case, mistake, WRONG, &[]);
    }
}

#[test]
fn a_barrier_that_not_all_threads_reach_is_reported() {
    for mode in ["plain", "address"] {
        let stand = "kernel barriers, block (0,0,0): its threads stand at different barriers: 32 wait in __syncthreads at ";
        always(mode, "barriers", 1, BARRIER, &[stand, "the first of them thread (32,0,0)"]);
        always(mode, "barriers", 2, BARRIER, &[stand, "the first of them thread (32,0,0)"]);
        let wait = "not all threads reach a barrier: 63 wait in __syncthreads at ";
        always(mode, "barriers", 3, BARRIER, &[wait, "1 wait in __syncwarp", "thread (5,0,0)"]);
    }
}

#[test]
fn warp_operations_that_not_all_lanes_reach_are_reported() {
    for mode in MODES {
        always(mode, "warp_mistakes", 1, BARRIER, &["is not in the mask 0x0000ffff"]);
        always(mode, "warp_mistakes", 2, BARRIER, &["with mask 0x", "wait for it in __shfl_sync at "]);
        always(
            mode,
            "warp_mistakes",
            3,
            BARRIER,
            &["31 wait in __shfl_sync at ", "1 wait in __syncthreads at "],
        );
        always(mode, "warp_mistakes", 4, BARRIER, &["reads a lane that does not take part"]);
    }
}

#[test]
fn a_copy_that_is_not_waited_for_has_not_arrived() {
    for mistake in [1, 4] {
        always(
            "race",
            "copied",
            mistake,
            RACE,
            &["where an asynchronous copy at mistakes.cu:", "has not been waited for"],
        );
        always("plain", "copied", mistake, WRONG, &[]);
    }
    always("race", "copied", 2, RACE, &["mistakes.cu:"]);
    wrong_under_some_seed("plain", "copied", 2);
    always("plain", "copied", 3, MISALIGNED, &["asynchronous copy of 16 bytes"]);
}

#[test]
fn blocks_are_in_no_order_but_that_of_fences_and_atomics() {
    for mistake in [1, 2, 3, 4] {
        always("race", "last_block", mistake, RACE, &["with no order of these two blocks", "of block ("]);
    }
}

#[test]
fn what_a_device_faults_on_or_answers_differently_is_reported() {
    for mode in MODES {
        always(mode, "faults", 1, TRAP, &["kernel faults, block (0,0,0): thread (9,0,0): __trap() at "]);
        always(mode, "faults", 2, ASSERT, &["thread (9,0,0): assertion failed: mistake != 2 || t != 9 at "]);
        always(mode, "faults", 3, MISALIGNED, &["is not aligned to its type at "]);
        let undefined = [
            (4, "shift by a negative number or by the width"),
            (5, "index outside the array"),
            (6, "does not fit the integer type"),
            (7, "division by zero"),
            (8, "signed addition overflows"),
        ];
        for (mistake, words) in undefined {
            always(mode, "faults", mistake, UNDEFINED, &[words, "mistakes.cu:"]);
        }
    }
}
