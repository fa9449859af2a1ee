//! Every CUDA source on emulated GPUs: the parity tests of its family again, with the device that `kernels/emulation`
//! makes of this machine's processor.

use soyaku_emulation::{Emulation, Machine, Mode};

use crate::sources::SOURCES;

/// Which tests prove which source: a new source without a line here fails.
const PROVEN_BY: &[(&str, &[&str])] = &[
    ("probe/onchip.cu", &["probe::parity::"]),
    ("probe/probe.cu", &["probe::parity::"]),
    // Which the emulated device does not have: it is to say so.
    ("probe/warpgroup.cu", &[WARPGROUP]),
    ("tanimoto/many.cu", &["tanimoto::cuda::many::tests::", "tanimoto::parity::"]),
    ("tanimoto/planes.cu", &["tanimoto::cuda::many::tests::", "tanimoto::parity::"]),
    ("tanimoto/tanimoto.cu", &["tanimoto::cuda::tests::", "tanimoto::parity::"]),
];

const WARPGROUP: &str = "probe::cuda::warpgroup::tests::";

fn filters() -> Vec<&'static str> {
    PROVEN_BY.iter().flat_map(|(_, filters)| filters.iter().copied()).collect()
}

fn machine(mode: Mode, seed: u32) -> Machine {
    let machine = Emulation::build().unwrap().machine(mode).no_leaks();
    // One multiprocessor: more work than blocks, so that each block goes round its loop.
    machine
        .variable("SOYAKU_EMULATION_SEED", &seed.to_string())
        .variable("SOYAKU_EMULATED_MULTIPROCESSORS", "1")
}

#[test]
fn every_source_is_proven() {
    let mut listed: Vec<_> = PROVEN_BY.iter().map(|(source, _)| *source).collect();
    listed.sort_unstable();
    let mut sources: Vec<_> = SOURCES.iter().map(|source| source.name).collect();
    sources.sort_unstable();
    assert_eq!(listed, sources, "a source needs tests that prove it, listed in PROVEN_BY");
}

#[test]
fn no_access_is_out_of_bounds() {
    machine(Mode::Address, 1).pass(&filters());
}

#[test]
fn no_two_threads_race() {
    machine(Mode::Race, 2).pass(&filters());
}

#[test]
fn an_older_device_does_without_matrix_instructions() {
    let machine = machine(Mode::Plain, 1).capability("7.5");
    machine.pass(&["probe::parity::", WARPGROUP, "tanimoto::parity::nearest_of_equals_is_the_first", FEWER]);
}

/// A test of many queries that goes through every kind of step.
const FEWER: &str = "tanimoto::cuda::many::tests::gpu_queries_of_several_tiles";

#[test]
fn a_newer_device_does_without_matrix_instructions_of_single_bits() {
    machine(Mode::Address, 4).capability("12.0").pass(&[FEWER]);
    machine(Mode::Race, 5)
        .capability("10.0")
        .pass(&["tanimoto::cuda::many::tests::gpu_tiles_of_growing_size"]);
}

#[test]
fn planes_with_other_sizes_of_shared_memory() {
    // 64 KiB, 99 KiB and 227 KiB a block: one, three and seven row tiles of 2,048 bits. What the last two have is taken
    // there without being asked for.
    let planes = "tanimoto::cuda::many::tests::gpu_planes_";
    machine(Mode::Race, 6).capability("7.5").pass(&[planes]);
    machine(Mode::Address, 7).capability("12.0").pass(&[planes]);
    machine(Mode::Plain, 8).capability("10.0").pass(&[planes, "parity::tiles::", "parity::a_search_finds"]);
}

#[test]
fn less_memory_than_was_free() {
    // The first allocation is for the queries, later ones are for tiles, which may become smaller.
    for fault in ["alloc:2=2", "alloc:4=2", "hostalloc:1=2", "hostalloc:4=2"] {
        machine(Mode::Plain, 1)
            .fault(fault)
            .pass_exactly("tanimoto::cuda::faults::less_memory_than_was_free");
    }
    for fault in ["alloc:2=2", "alloc:9=2", "hostalloc:1=2", "hostalloc:6=2", "alloc:20=2"] {
        machine(Mode::Plain, 1)
            .fault(fault)
            .pass_exactly("tanimoto::cuda::faults::less_memory_than_was_free_for_many_queries");
    }
    // By planes: the first two are for the queries.
    for fault in ["alloc:3=2", "alloc:10=2", "hostalloc:3=2"] {
        machine(Mode::Plain, 1)
            .capability("10.0")
            .fault(fault)
            .pass_exactly("tanimoto::cuda::faults::less_memory_than_was_free_for_many_queries");
    }
}

#[test]
fn a_device_that_is_lost() {
    // What it held cannot be freed then.
    let machine = Emulation::build().unwrap().machine(Mode::Plain);
    for fault in ["launch:3=700", "launch:2=719"] {
        machine.clone().fault(fault).pass_exactly("tanimoto::cuda::faults::a_device_that_is_lost");
        machine
            .clone()
            .fault(fault)
            .pass_exactly("tanimoto::cuda::faults::a_device_that_is_lost_with_many_queries");
    }
}

#[test]
fn two_devices_in_another_order_give_the_same() {
    // Work of a stream waits until somebody waits for it, and threads run in an order of their own.
    let machine = machine(Mode::Plain, 3).lazy().devices(2);
    machine.variable("SOYAKU_TEST_DEVICE", "cuda:all").pass(&filters());
}
