//! The measurements, and the kernels that they time.

mod bus;
mod compute;
mod launches;
mod memory;
pub mod warpgroup;

use std::time::Instant;

use soyaku_device::cuda::{Buffer, Event, Kernel, Launch, Stream};
use soyaku_device::{ComputeCapability, Element, Entry, Gpu, Header, Parameter, Scalar, Source};

use super::{Error, Peaks, cpu};

/// Kernels that show what a device can do: its memory, and what its processors compute.
pub static SOURCE: Source = Source {
    name: "probe/probe.cu",
    text: include_str!("../probe.cu"),
    headers: &[SOYAKU, MIXED, Header { name: "mma.cuh", text: include_str!("../../include/mma.cuh") }],
    options: &[],
    specific: None,
    entries: &[
        entry("probe_fill", &[OUT_U64, U64, U64, U64]),
        entry("probe_copy", &[IN_U64, OUT_U64, U64]),
        entry("probe_read", &[IN_U64, OUT_U64, U64]),
        entry("probe_popcount", COMPUTES),
        entry("probe_logic", COMPUTES),
        Entry { minimum: MATRIX, ..entry("probe_matrix", COMPUTES) },
        Entry { minimum: MATRIX, ..entry("probe_matrix_bytes", COMPUTES) },
        entry("probe_multiply_add", &[Parameter::Output(Scalar::F32), U32, F32, F32]),
    ],
};

/// The same for what happens on the chip: shared memory, the second-level cache, atomics; and launches.
pub static ONCHIP_SOURCE: Source = Source {
    name: "probe/onchip.cu",
    text: include_str!("../onchip.cu"),
    headers: &[
        SOYAKU,
        MIXED,
        Header { name: "async_copy.cuh", text: include_str!("../../include/async_copy.cuh") },
    ],
    options: &[],
    specific: None,
    entries: &[
        entry("probe_shared", COMPUTES),
        entry("probe_shared_wide", COMPUTES),
        entry("probe_logic_shared", COMPUTES),
        entry("probe_cached", &[IN_U64, OUT_U64, U32, U32]),
        entry("probe_outbox", &[OUT_U64, OUT_U64, U32]),
        entry("probe_scatter", &[OUT_U64, U32, U32, U32]),
        Entry { threads: 32, ..entry("probe_launch", &[OUT_U64]) },
    ],
};

const SOYAKU: Header = Header { name: "soyaku.cuh", text: include_str!("../../include/soyaku.cuh") };
const MIXED: Header = Header { name: "mixed.cuh", text: include_str!("../../include/mixed.cuh") };

const fn entry(name: &'static str, parameters: &'static [Parameter]) -> Entry {
    Entry { name, parameters, threads: THREADS as u32, minimum: ComputeCapability::OLDEST }
}

const IN_U64: Parameter = Parameter::Input(Scalar::U64);
const OUT_U64: Parameter = Parameter::Output(Scalar::U64);
const U64: Parameter = Parameter::Value(Scalar::U64);
const U32: Parameter = Parameter::Value(Scalar::U32);
const F32: Parameter = Parameter::Value(Scalar::F32);
/// A result for each thread, rounds, a seed.
const COMPUTES: &[Parameter] = &[Parameter::Output(Scalar::U32), U32, U32];

const THREADS: u64 = cpu::THREADS as u64;
/// The first devices with matrix instructions of single bits that AND.
const MATRIX: ComputeCapability = ComputeCapability { major: 8, minor: 0 };
const SEED: u32 = 0x5eed;
/// Results of each run that are held against the CPU's.
const CHECKED: usize = 40;
/// Launches between two events: what lies between two of them counts for as little as between those of a program.
const REPEATED: usize = 4;

/// How much work each measurement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Bytes of memory to copy, and to read; less where the device's budget does not hold it twice. A sixth of it, and
    /// 64 MiB at most, goes over the bus, 2 MiB at most stay in the second-level cache.
    pub bytes: u64,
    /// Rounds of the loops that compute.
    pub rounds: u32,
    /// Blocks of the kernels that compute; `None`: as many as the device runs at a time.
    pub blocks: Option<u64>,
    /// Runs, of which the median counts.
    pub runs: usize,
}

impl Default for Effort {
    /// A millisecond and more a run on a data-center GPU, far beyond its caches, in less than 1 GiB of its memory.
    fn default() -> Self {
        Self { bytes: 384 << 20, rounds: 8192, blocks: None, runs: 9 }
    }
}

/// Measures a GPU, which takes some two seconds: compiling the kernels, and some ten to fifty milliseconds for each of
/// the peaks. What warp groups do is [`warpgroup::measure`]d apart from it.
///
/// # Errors
/// [`Error::Device`] for what the device layer says, [`Error::Wrong`] when the GPU computes something wrong.
pub fn measure(gpu: &Gpu) -> Result<Peaks, Error> {
    measure_with(gpu, &Effort::default())
}

/// As [`measure`], with more or less work.
///
/// # Errors
/// As there.
pub fn measure_with(gpu: &Gpu, effort: &Effort) -> Result<Peaks, Error> {
    let bench = Bench { gpu, stream: gpu.stream()?, effort };
    let (copy, read) = bench.memory()?;
    let has_matrix = gpu.info().compute_capability >= MATRIX;
    let (upload, download, both_ways) = bench.bus()?;
    let (launch_seconds, launches) = bench.launches()?;
    Ok(Peaks {
        copy,
        read,
        popcounts: bench.popcounts()?,
        logic: bench.logic()?,
        bit_pairs: if has_matrix { Some(bench.bit_pairs()?) } else { None },
        byte_multiply_adds: if has_matrix { Some(bench.byte_multiply_adds()?) } else { None },
        multiply_adds: bench.multiply_adds()?,
        shared: bench.shared("probe_shared", 1)?,
        shared_wide: bench.shared("probe_shared_wide", 4)?,
        logic_shared: bench.logic_shared()?,
        cached: bench.cached()?,
        upload,
        download,
        both_ways,
        launch_seconds,
        launches,
        outbox: bench.outbox()?,
        scatter: bench.scatter()?,
    })
}

struct Bench<'a> {
    gpu: &'a Gpu,
    stream: Stream,
    effort: &'a Effort,
}

impl Bench<'_> {
    /// Runs a kernel that gives one result for each thread: how many threads, the seconds of one run, the first
    /// results.
    fn compute<T: Element + Default>(
        &self,
        source: &'static Source,
        name: &'static str,
        values: impl for<'b> Fn(Launch<'b>) -> Launch<'b>,
    ) -> Result<(f64, f64, Vec<T>), Error> {
        let kernel = self.gpu.kernel(source, name)?;
        let blocks = self.blocks(&kernel)?;
        let threads = blocks * u64::from(kernel.entry().threads);
        let mut results: Buffer<T> = self.stream.zeros(threads as usize)?;
        let seconds = self.time(|| {
            let launch = kernel.launch(&self.stream).blocks(blocks).output(&mut results);
            // SAFETY: there is a result for each thread.
            Ok(unsafe { values(launch).run() }?)
        })?;
        Ok((threads as f64, seconds, self.beginning(&results)?))
    }

    /// The first elements.
    fn beginning<T: Element + Default>(&self, buffer: &Buffer<T>) -> Result<Vec<T>, Error> {
        let mut first = vec![T::default(); CHECKED.min(buffer.len())];
        self.stream.read(buffer, &mut first)?;
        Ok(first)
    }

    /// How many blocks of a kernel that computes.
    fn blocks(&self, kernel: &Kernel) -> Result<u64, Error> {
        match self.effort.blocks {
            Some(blocks) => Ok(blocks),
            None => self.all_blocks(kernel),
        }
    }

    /// Blocks that the device runs at a time.
    fn all_blocks(&self, kernel: &Kernel) -> Result<u64, Error> {
        Ok(self.gpu.resident_blocks(kernel, 0)?)
    }

    /// Seconds of device time that one run takes: the median of several, after one that does not count.
    fn time(&self, mut run: impl FnMut() -> Result<(), Error>) -> Result<f64, Error> {
        run()?;
        let mut seconds = Vec::new();
        for _ in 0..self.effort.runs.max(1) {
            let begin: Event = self.stream.record()?;
            (0..REPEATED).try_for_each(|_| run())?;
            seconds.push(begin.seconds_until(&self.stream.record()?)? / REPEATED as f64);
        }
        Ok(median(seconds))
    }

    /// As often as [`Bench::time`] does it, by the clock on the wall: `run` waits for its own end.
    fn wall(&self, mut run: impl FnMut() -> Result<(), Error>) -> Result<f64, Error> {
        run()?;
        let mut seconds = Vec::new();
        for _ in 0..self.effort.runs.max(1) {
            let begin = Instant::now();
            run()?;
            seconds.push(begin.elapsed().as_secs_f64());
        }
        Ok(median(seconds))
    }

    fn check<T: PartialEq + std::fmt::Display>(
        &self,
        kernel: &'static str,
        results: &[T],
        expected: impl IntoIterator<Item = T>,
    ) -> Result<(), Error> {
        for (index, (got, expected)) in results.iter().zip(expected).enumerate() {
            if *got != expected {
                let device = self.gpu.to_string();
                let (got, expected) = (got.to_string(), expected.to_string());
                return Err(Error::Wrong { kernel, device, index, got, expected });
            }
        }
        Ok(())
    }
}

/// Of some seconds, of which there is at least one.
fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_unstable_by(f64::total_cmp);
    // Timers tick: nothing takes no time at all.
    seconds.get(seconds.len() / 2).map_or(f64::NAN, |middle| middle.max(1e-7))
}
