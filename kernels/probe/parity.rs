//! The results of every kernel are those of the CPU: `measure_with` compares them and would fail. Nothing where
//! `SOYAKU_TEST_DEVICE` names no GPU.

use super::{Effort, measure_with};
use crate::testing::device;

#[test]
fn gives_what_the_cpu_gives() {
    for gpu in device().gpus() {
        // One pair of words, less than a block's, not a multiple of it, several blocks; fewer rounds than are unrolled
        // or under way, as many, more.
        for (bytes, rounds) in [(1, 1), (16, 4), (4000, 7), (16_400, 8), (200_000, 21)] {
            let effort = Effort { bytes, rounds, blocks: Some(2), runs: 1 };
            let peaks = measure_with(gpu, &effort).unwrap();
            assert!(peaks.named().iter().all(|(_, peak)| peak.is_finite() && *peak > 0.0), "{peaks:?}");
            let has_matrix = gpu.info().compute_capability.major >= 8;
            assert_eq!(peaks.bit_pairs.is_some(), has_matrix);
            assert_eq!(peaks.named().len(), if has_matrix { 18 } else { 16 });
        }
    }
}
