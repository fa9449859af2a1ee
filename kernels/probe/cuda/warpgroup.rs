//! What the matrix instructions of warp groups do on Hopper (`wgmma`, single bits).
//!
//! Apart from [`super::measure`], for a process of its own: they are the one thing here that no emulation has ever run.
//! An instruction that is refused, or that never ends, costs a process its device for good (the error stays with the
//! context, and a second context of the process is lost with it), and nothing else should be lost with that.

use soyaku_device::{ComputeCapability, Entry, Gpu, Header, Parameter, Scalar, Source};

use super::{Bench, Effort, SOYAKU, U32};
use crate::probe::{Error, cpu};

/// Its kernel.
pub static SOURCE: Source = Source {
    name: "probe/warpgroup.cu",
    text: include_str!("../warpgroup.cu"),
    headers: &[SOYAKU, Header { name: "wgmma.cuh", text: include_str!("../../include/wgmma.cuh") }],
    options: &[],
    specific: Some(HOPPER),
    entries: &[Entry {
        name: NAME,
        parameters: &[Parameter::Input(Scalar::U32), Parameter::Output(Scalar::U32), U32],
        threads: THREADS,
        minimum: HOPPER,
    }],
};

/// The devices that have these instructions.
pub const HOPPER: ComputeCapability = ComputeCapability { major: 9, minor: 0 };
const NAME: &str = "probe_warpgroup";
const THREADS: u32 = 128;
/// Instructions of a round.
const BATCH: u32 = 8;
/// Pairs of bits that one instruction compares.
const BIT_PAIRS: f64 = 64.0 * 256.0 * 256.0;

/// What was seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WarpGroup {
    /// Pairs of bits a second.
    pub bit_pairs: f64,
    /// Whether factors lie in shared memory and products in registers as `kernels/include/wgmma.cuh` has it. The rate
    /// does not depend on that, a kernel that is to use it does.
    pub layout: bool,
}

/// Measures them. A device that has none, and the emulated one, says so as an error.
///
/// # Errors
/// [`Error::Device`] for what the device layer says, [`Error::Wrong`] when they compute something wrong whatever the
/// layout.
pub fn measure(gpu: &Gpu, effort: &Effort) -> Result<WarpGroup, Error> {
    let bench = Bench { gpu, stream: gpu.stream()?, effort };
    let (rows, columns, width) = cpu::GROUP;
    let [a, b] = [0x0f35_5a71_u32, 0x9c3e_11d8];
    // All rows of a factor alike: the products are the same wherever they are.
    let alike: Vec<u32> = [vec![a; rows * width], vec![b; columns * width]].concat();
    let random = cpu::random_words((rows + columns) * width, super::SEED);
    let (_, results) = bench.group(&alike)?;
    let rounds = effort.rounds.div_ceil(BATCH);
    let expected = |words: &[u32]| -> Vec<u32> {
        (0..THREADS).map(|thread| cpu::warpgroup(thread, rounds * BATCH, words)).collect()
    };
    bench.check(NAME, &results, expected(&alike))?;
    let (rate, results) = bench.group(&random)?;
    Ok(WarpGroup { bit_pairs: rate * BIT_PAIRS, layout: results == expected(&random) })
}

impl Bench<'_> {
    /// Instructions a second, and the results of the first block.
    fn group(&self, words: &[u32]) -> Result<(f64, Vec<u32>), Error> {
        let kernel = self.gpu.kernel(&SOURCE, NAME)?;
        let (blocks, rounds) = (self.blocks(&kernel)?, self.effort.rounds.div_ceil(BATCH));
        let words = self.stream.copy_of(words)?;
        let mut sums = self.stream.zeros::<u32>(blocks as usize * THREADS as usize)?;
        let seconds = self.time(|| {
            let launch = kernel.launch(&self.stream).blocks(blocks).input(&words).output(&mut sums);
            // SAFETY: the words are those of both factors, and there is a sum for each thread.
            Ok(unsafe { launch.value(rounds).run() }?)
        })?;
        let mut results = vec![0; THREADS as usize];
        self.stream.read(&sums, &mut results)?;
        Ok((blocks as f64 * f64::from(rounds * BATCH) / seconds, results))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::device;

    // In a process of its own on devices that have them, where the script for GPUs runs the tests of each module in one.
    #[test]
    fn gpu_warp_groups_are_measured_where_they_are() {
        for gpu in device().gpus() {
            let effort = Effort { bytes: 1, rounds: 19, blocks: Some(2), runs: 1 };
            let seen = measure(gpu, &effort);
            let hopper = gpu.info().compute_capability == HOPPER;
            match seen {
                Ok(seen) => assert!(hopper && seen.bit_pairs > 0.0, "{seen:?}"),
                // The compiler of the emulated device says so, other devices that they are others.
                Err(error) => {
                    let expected = if hopper { "not emulated" } else { "9.0 and no other" };
                    assert!(error.to_string().contains(expected), "{error}");
                }
            }
        }
    }
}
