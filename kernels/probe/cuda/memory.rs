//! The device's memory, the second-level cache, shared memory.

use soyaku_device::cuda::Buffer;

use super::{Bench, CHECKED, ONCHIP_SOURCE, SEED, SOURCE, THREADS};
use crate::probe::{Error, cpu};

/// Word i of the memory is `FIRST + i * STEP`.
const FIRST: u64 = 0x0123_4567_89AB_CDEF;
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
/// Bytes that stay in the second-level cache of every device that there is a kernel for.
const CACHED: u64 = 2 << 20;
/// Bytes of one thread's copy.
const COPY: u64 = 16;

fn word(index: u64) -> u64 {
    FIRST.wrapping_add(index.wrapping_mul(STEP))
}

impl Bench<'_> {
    /// Bytes a second while copying, and while reading.
    pub(super) fn memory(&self) -> Result<(f64, f64), Error> {
        let bytes = self.effort.bytes.min(self.gpu.memory_budget() / 5 * 2);
        let pairs = (bytes / 16).max(1);
        let words = pairs * 2;
        let from = self.filled(words)?;
        let mut to = self.stream.zeros::<u64>(words as usize)?;

        let copy = self.gpu.kernel(&SOURCE, "probe_copy")?;
        let blocks = self.all_blocks(&copy)?;
        let copying = self.time(|| {
            let launch = copy.launch(&self.stream).blocks(blocks).input(&from).output(&mut to);
            // SAFETY: both buffers have `pairs` pairs of words and begin at multiples of 16 bytes.
            Ok(unsafe { launch.value(pairs).run() }?)
        })?;
        let mut beginning = vec![0; CHECKED.min(words as usize)];
        self.stream.read(&to, &mut beginning)?;
        self.check("probe_copy", &beginning, (0..).map(word))?;

        // Of the copy, so that this shows all of it to be right.
        let read = self.gpu.kernel(&SOURCE, "probe_read")?;
        let blocks = self.all_blocks(&read)?;
        let mut sums = self.stream.zeros::<u64>((blocks * THREADS) as usize)?;
        let reading = self.time(|| {
            let launch = read.launch(&self.stream).blocks(blocks).input(&to).output(&mut sums);
            // SAFETY: the buffer has `pairs` pairs of words and begins at a multiple of 16 bytes; there is a sum for
            // each thread.
            Ok(unsafe { launch.value(pairs).run() }?)
        })?;
        let mut results = vec![0; sums.len()];
        self.stream.read(&sums, &mut results)?;
        let sum = results.into_iter().fold(0, u64::wrapping_add);
        self.check("probe_read", &[sum], [cpu::series(words, FIRST, STEP)])?;

        let bytes = (pairs * 16) as f64;
        Ok((2.0 * bytes / copying, bytes / reading))
    }

    /// Bytes a second that asynchronous copies bring from the second-level cache into shared memory.
    pub(super) fn cached(&self) -> Result<f64, Error> {
        let part = THREADS * COPY;
        let parts = (self.effort.bytes.min(CACHED) / part).max(1);
        let from = self.filled(parts * part / 8)?;
        let rounds = self.effort.rounds;
        let kernel = self.gpu.kernel(&ONCHIP_SOURCE, "probe_cached")?;
        let blocks = self.blocks(&kernel)?;
        let mut sums = self.stream.zeros::<u64>((blocks * THREADS) as usize)?;
        let seconds = self.time(|| {
            let launch = kernel.launch(&self.stream).blocks(blocks).input(&from).output(&mut sums);
            // SAFETY: the buffer has `parts` parts of 4 KiB and begins at a multiple of 16 bytes; there is a sum for
            // each thread.
            Ok(unsafe { launch.value(parts as u32).value(rounds).run() }?)
        })?;
        let expected = (0..).map(|thread| cpu::cached(thread, parts, rounds, word));
        self.check("probe_cached", &self.beginning(&sums)?, expected)?;
        Ok((blocks * part) as f64 * f64::from(rounds) / seconds)
    }

    /// Bytes a second that one of two kernels reads from shared memory, `width` words at a time.
    pub(super) fn shared(&self, name: &'static str, width: u32) -> Result<f64, Error> {
        let rounds = self.effort.rounds;
        let (threads, seconds, results) =
            self.compute(&ONCHIP_SOURCE, name, |launch| launch.value(rounds).value(SEED))?;
        self.check(name, &results, (0..).map(|thread| cpu::shared(thread, rounds, SEED, width)))?;
        Ok(threads * f64::from(rounds) * f64::from(cpu::CHAINS * width * 4) / seconds)
    }

    /// Logical operations of three inputs on 32 bits a second, beside a read of 16 bytes from shared memory for each
    /// eight.
    pub(super) fn logic_shared(&self) -> Result<f64, Error> {
        const NAME: &str = "probe_logic_shared";
        let rounds = self.effort.rounds.div_ceil(cpu::CHAINS);
        let (threads, seconds, results) =
            self.compute(&ONCHIP_SOURCE, NAME, |launch| launch.value(rounds).value(SEED))?;
        self.check(NAME, &results, (0..).map(|thread| cpu::logic_shared(thread, rounds, SEED)))?;
        Ok(threads * f64::from(rounds) * f64::from(cpu::CHAINS * cpu::CHAINS) / seconds)
    }

    /// Memory whose word i is `word(i)`.
    fn filled(&self, words: u64) -> Result<Buffer<u64>, Error> {
        let mut buffer = self.stream.zeros::<u64>(words as usize)?;
        let fill = self.gpu.kernel(&SOURCE, "probe_fill")?;
        let launch = fill.launch(&self.stream).blocks(self.all_blocks(&fill)?).output(&mut buffer);
        // SAFETY: the buffer has `words` words.
        unsafe { launch.value(words).value(FIRST).value(STEP).run() }?;
        Ok(buffer)
    }
}
