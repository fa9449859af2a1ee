//! The results of every kernel are those of the CPU: `measure_with` compares them and would fail. Nothing where
//! `SOYAKU_TEST_DEVICE` names no GPU.

use super::{Effort, measure_with};
use crate::testing::device;

#[test]
fn gives_what_the_cpu_gives() {
    for gpu in device().gpus() {
        // One pair of words, less than a block's, not a multiple of it, several blocks.
        for bytes in [1, 16, 4000, 16_400, 200_000] {
            let effort = Effort { bytes, rounds: bytes as u32 % 7, blocks: Some(2), runs: 1 };
            let peaks = measure_with(gpu, &effort).unwrap();
            assert!(peaks.copy > 0.0 && peaks.read > 0.0, "{peaks:?}");
            assert_eq!(peaks.bit_pairs.is_some(), gpu.info().compute_capability.major >= 8);
        }
        let peaks = measure_with(gpu, &Effort { bytes: 64, rounds: 3, blocks: Some(1), runs: 2 }).unwrap();
        assert!(peaks.popcounts > 0.0 && peaks.multiply_adds > 0.0, "{peaks:?}");
        assert!(peaks.bit_pairs.is_none_or(|rate| rate > 0.0), "{peaks:?}");
    }
}
