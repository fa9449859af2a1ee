//! What it costs to start something, and to count something together.

use super::{Bench, ONCHIP_SOURCE, SEED, THREADS};
use crate::probe::{Error, cpu};

/// Launches one behind the other at most.
const MOST_LAUNCHES: u32 = 1024;
/// Rounds of loops that compute for one round of atomics.
const SLOWER: u32 = 64;
/// Counters that atomics are spread over: 2 MiB, which stay in the second-level cache.
const COUNTERS: usize = 1 << 18;

impl Bench<'_> {
    /// Seconds from a launch to the end of its kernel as the host sees it, and launches a second one behind the other.
    /// Both with a buffer and the device layer's bookkeeping for it, as every launch of a program has.
    pub(super) fn launches(&self) -> Result<(f64, f64), Error> {
        let kernel = self.gpu.kernel(&ONCHIP_SOURCE, "probe_launch")?;
        let mut counter = self.stream.zeros::<u64>(1)?;
        let mut made = 0_u64;
        let mut launch = || {
            made += 1;
            // SAFETY: the kernel changes the first element.
            Ok::<_, Error>(unsafe { kernel.launch(&self.stream).output(&mut counter).run() }?)
        };
        let latency = self.wall(|| {
            launch()?;
            Ok(self.stream.synchronize()?)
        })?;
        let many = self.effort.rounds.clamp(1, MOST_LAUNCHES);
        let seconds = self.wall(|| {
            (0..many).try_for_each(|_| launch())?;
            Ok(self.stream.synchronize()?)
        })?;
        self.check("probe_launch", &self.beginning(&counter)?, [made])?;
        Ok((latency, f64::from(many) / seconds))
    }

    /// Atomic additions a second to one number, one of each warp at a time, as for places in a list of hits.
    pub(super) fn outbox(&self) -> Result<f64, Error> {
        let kernel = self.gpu.kernel(&ONCHIP_SOURCE, "probe_outbox")?;
        let (blocks, rounds) = (self.blocks(&kernel)?, self.effort.rounds.div_ceil(SLOWER));
        let mut next = self.stream.zeros::<u64>(1)?;
        let mut sums = self.stream.zeros::<u64>((blocks * THREADS) as usize)?;
        let mut runs = 0;
        let seconds = self.time(|| {
            runs += 1;
            let launch = kernel.launch(&self.stream).blocks(blocks).output(&mut next).output(&mut sums);
            // SAFETY: there is one number, and a sum for each thread.
            Ok(unsafe { launch.value(rounds).run() }?)
        })?;
        // Every place was given to one warp: those of the last run add up.
        let places = blocks * (THREADS / 32) * u64::from(rounds);
        let mut results = vec![0; sums.len()];
        self.stream.read(&sums, &mut results)?;
        let sum = results.into_iter().fold(0, u64::wrapping_add);
        let [given, expected] = [runs * places, cpu::series(places, (runs - 1) * places, 1)];
        self.check("probe_outbox", &self.beginning(&next)?, [given])?;
        self.check("probe_outbox", &[sum], [expected])?;
        Ok(places as f64 / seconds)
    }

    /// Atomic additions a second to random ones of many numbers.
    pub(super) fn scatter(&self) -> Result<f64, Error> {
        let kernel = self.gpu.kernel(&ONCHIP_SOURCE, "probe_scatter")?;
        let (blocks, rounds) = (self.blocks(&kernel)?, self.effort.rounds.div_ceil(SLOWER));
        // A power of two, as is the number of bytes in a word.
        let count = COUNTERS.min((self.effort.bytes / 8).max(1).next_power_of_two() as usize);
        let mut counters = self.stream.zeros::<u64>(count)?;
        let mut runs = 0;
        let seconds = self.time(|| {
            runs += 1;
            let launch = kernel.launch(&self.stream).blocks(blocks).output(&mut counters);
            // SAFETY: there is a power of two of counters.
            Ok(unsafe { launch.value(count as u32 - 1).value(rounds).value(SEED).run() }?)
        })?;
        let threads = blocks * THREADS;
        let mut expected = vec![0; count];
        cpu::scatter(&mut expected, threads as u32, rounds, SEED);
        let mut counted = vec![0; count];
        self.stream.read(&counters, &mut counted)?;
        self.check("probe_scatter", &counted, expected.into_iter().map(|once| once * runs))?;
        Ok(threads as f64 * f64::from(rounds) / seconds)
    }
}
