//! The measurements, and the kernels of `probe.cu` that they time.

use soyaku_device::cuda::{Buffer, Event, Kernel, Stream};
use soyaku_device::{ComputeCapability, Element, Entry, Gpu, Header, Parameter, Scalar, Source};

use super::{Error, Peaks, cpu};

/// Kernels that show what a device can do.
pub static SOURCE: Source = Source {
    name: "probe/probe.cu",
    text: include_str!("probe.cu"),
    headers: &[
        Header { name: "soyaku.cuh", text: include_str!("../include/soyaku.cuh") },
        Header { name: "mma.cuh", text: include_str!("../include/mma.cuh") },
    ],
    options: &[],
    specific: None,
    entries: &[
        entry("probe_fill", &[OUT_U64, U64, U64, U64], ComputeCapability::OLDEST),
        entry("probe_copy", &[IN_U64, OUT_U64, U64], ComputeCapability::OLDEST),
        entry("probe_read", &[IN_U64, OUT_U64, U64], ComputeCapability::OLDEST),
        entry("probe_popcount", &[OUT_U32, U32, U32], ComputeCapability::OLDEST),
        entry("probe_matrix", &[OUT_U32, U32, U32], MATRIX),
        entry("probe_multiply_add", &[OUT_F32, U32, F32, F32], ComputeCapability::OLDEST),
    ],
};

const fn entry(name: &'static str, parameters: &'static [Parameter], minimum: ComputeCapability) -> Entry {
    Entry { name, parameters, threads: THREADS as u32, minimum }
}

const IN_U64: Parameter = Parameter::Input(Scalar::U64);
const OUT_U64: Parameter = Parameter::Output(Scalar::U64);
const OUT_U32: Parameter = Parameter::Output(Scalar::U32);
const OUT_F32: Parameter = Parameter::Output(Scalar::F32);
const U64: Parameter = Parameter::Value(Scalar::U64);
const U32: Parameter = Parameter::Value(Scalar::U32);
const F32: Parameter = Parameter::Value(Scalar::F32);

const THREADS: u64 = 256;
/// The first devices with matrix instructions of single bits that AND.
const MATRIX: ComputeCapability = ComputeCapability { major: 8, minor: 0 };
/// Pairs of bits that one matrix instruction of a warp compares.
const BIT_PAIRS: f64 = 16.0 * 8.0 * 256.0;
const SEED: u32 = 0x5eed;
/// Word i of the memory is `FIRST + i * STEP`.
const FIRST: u64 = 0x0123_4567_89AB_CDEF;
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
const FACTOR: f32 = 0.999;
const ADDEND: f32 = 0.5;
/// Results of each run that are held against the CPU's.
const CHECKED: usize = 40;

/// How much work each measurement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Bytes of memory to copy, and to read; less where the device's budget does not hold it twice.
    pub bytes: u64,
    /// Rounds of the loops that compute.
    pub rounds: u32,
    /// Blocks of the kernels that compute; `None`: as many as the device runs at a time.
    pub blocks: Option<u64>,
    /// Runs, of which the median counts.
    pub runs: usize,
}

impl Default for Effort {
    /// Some milliseconds a run on a data-center GPU, far beyond its caches.
    fn default() -> Self {
        Self { bytes: 4 << 30, rounds: 16_384, blocks: None, runs: 9 }
    }
}

/// Measures a GPU, which takes about a second.
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
    Ok(Peaks {
        copy,
        read,
        popcounts: bench.popcounts()?,
        bit_pairs: if has_matrix { Some(bench.matrix()?) } else { None },
        multiply_adds: bench.multiply_adds()?,
    })
}

struct Bench<'a> {
    gpu: &'a Gpu,
    stream: Stream,
    effort: &'a Effort,
}

impl Bench<'_> {
    /// Bytes a second while copying, and while reading.
    fn memory(&self) -> Result<(f64, f64), Error> {
        let bytes = self.effort.bytes.min(self.gpu.memory_budget() / 5 * 2);
        let pairs = (bytes / 16).max(1);
        let words = pairs * 2;
        let mut from = self.stream.zeros::<u64>(words as usize)?;
        let mut to = self.stream.zeros::<u64>(words as usize)?;

        let fill = self.gpu.kernel(&SOURCE, "probe_fill")?;
        let launch = fill.launch(&self.stream).blocks(self.all_blocks(&fill)?).output(&mut from);
        // SAFETY: the buffer has `words` words.
        unsafe { launch.value(words).value(FIRST).value(STEP).run() }?;

        let copy = self.gpu.kernel(&SOURCE, "probe_copy")?;
        let blocks = self.all_blocks(&copy)?;
        let copying = self.time(|| {
            let launch = copy.launch(&self.stream).blocks(blocks).input(&from).output(&mut to);
            // SAFETY: both buffers have `pairs` pairs of words and begin at multiples of 16 bytes.
            Ok(unsafe { launch.value(pairs).run() }?)
        })?;
        let mut beginning = vec![0; CHECKED.min(words as usize)];
        self.stream.read(&to, &mut beginning)?;
        let expected = (0..).map(|i: u64| FIRST.wrapping_add(i.wrapping_mul(STEP)));
        self.check("probe_copy", &beginning, expected)?;

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

    fn popcounts(&self) -> Result<f64, Error> {
        let rounds = self.effort.rounds;
        let (threads, seconds, results) =
            self.compute("probe_popcount", |launch| launch.value(rounds).value(SEED))?;
        self.check("probe_popcount", &results, (0..).map(|thread| cpu::popcount(thread, rounds, SEED)))?;
        Ok(threads * f64::from(rounds) * f64::from(cpu::CHAINS) / seconds)
    }

    fn matrix(&self) -> Result<f64, Error> {
        let rounds = self.effort.rounds;
        let (threads, seconds, results) =
            self.compute("probe_matrix", |launch| launch.value(rounds).value(SEED))?;
        self.check("probe_matrix", &results, (0..).map(|thread| cpu::matrix(thread, rounds, SEED)))?;
        Ok(threads / 32.0 * f64::from(rounds) * f64::from(cpu::CHAINS) * BIT_PAIRS / seconds)
    }

    fn multiply_adds(&self) -> Result<f64, Error> {
        // Eight times as fast as popcounts, on most devices.
        let rounds = self.effort.rounds * 8;
        let (threads, seconds, results) = self.compute::<f32>("probe_multiply_add", |launch| {
            launch.value(rounds).value(FACTOR).value(ADDEND)
        })?;
        let expected = (0..).map(|thread| cpu::multiply_add(thread, rounds, FACTOR, ADDEND));
        self.check("probe_multiply_add", &results, expected)?;
        Ok(threads * f64::from(rounds) * f64::from(cpu::CHAINS) / seconds)
    }

    /// Runs a kernel that gives one result for each thread: how many threads, the seconds of one run, the first
    /// results.
    fn compute<T: Element + Default>(
        &self,
        name: &'static str,
        values: impl for<'b> Fn(soyaku_device::cuda::Launch<'b>) -> soyaku_device::cuda::Launch<'b>,
    ) -> Result<(f64, f64, Vec<T>), Error> {
        let kernel = self.gpu.kernel(&SOURCE, name)?;
        let blocks = match self.effort.blocks {
            Some(blocks) => blocks,
            None => self.all_blocks(&kernel)?,
        };
        let mut results: Buffer<T> = self.stream.zeros((blocks * THREADS) as usize)?;
        let seconds = self.time(|| {
            let launch = kernel.launch(&self.stream).blocks(blocks).output(&mut results);
            // SAFETY: there is a result for each thread.
            Ok(unsafe { values(launch).run() }?)
        })?;
        let mut first = vec![T::default(); CHECKED.min(results.len())];
        self.stream.read(&results, &mut first)?;
        Ok(((blocks * THREADS) as f64, seconds, first))
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
            run()?;
            seconds.push(begin.seconds_until(&self.stream.record()?)?);
        }
        seconds.sort_unstable_by(f64::total_cmp);
        // Timers tick: nothing takes no time at all.
        Ok(seconds[seconds.len() / 2].max(1e-7))
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
