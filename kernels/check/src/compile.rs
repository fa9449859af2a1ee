//! Every source for every architecture, in as many threads as there are processors.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use soyaku_device::nvrtc::{self, Library};
use soyaku_device::{ComputeCapability, Entry, Source};

use crate::Finding;
use crate::cubin;
use crate::disassembly;
use crate::log::{self, Log};
use crate::promises::Promises;
use crate::record::Record;
use crate::resources::{self, Key, measure, number};

/// What every source is compiled for: from Volta on that is in use.
pub const ARCHITECTURES: [&str; 8] =
    ["sm_70", "sm_75", "sm_80", "sm_86", "sm_89", "sm_90", "sm_100", "sm_120"];

/// A compiler, and the architectures that it is asked for.
pub struct Compiler {
    /// The library.
    pub library: Library,
    /// `12.9`.
    pub version: String,
    /// `sm_90`, ...
    pub architectures: Vec<&'static str>,
}

impl Compiler {
    /// The compiler of the matrix: [`ARCHITECTURES`].
    ///
    /// # Errors
    /// No usable NVRTC in that folder.
    pub fn complete(folder: &Path) -> Result<Self, nvrtc::Error> {
        Self::open(folder, ARCHITECTURES.to_vec())
    }

    /// A second compiler for one architecture: kernels must not be tied to one version.
    ///
    /// # Errors
    /// No usable NVRTC in that folder.
    pub fn single(folder: &Path, architecture: &'static str) -> Result<Self, nvrtc::Error> {
        Self::open(folder, vec![architecture])
    }

    fn open(folder: &Path, architectures: Vec<&'static str>) -> Result<Self, nvrtc::Error> {
        let library = Library::open(folder)?;
        let (major, minor) = library.version();
        Ok(Self { library, version: format!("{major}.{minor}"), architectures })
    }

    /// What `source` is compiled for: everything, or, where it is for one architecture, `sm_90a` of `sm_90`.
    pub(crate) fn architectures_of(&self, source: &Source) -> Vec<String> {
        let asked = self.architectures.iter().copied().map(str::to_owned);
        match source.specific {
            None => asked.collect(),
            Some(only) => asked
                .filter(|architecture| *architecture == only.architecture())
                .filter_map(|_| source.specific_architecture())
                .collect(),
        }
    }
}

/// One compilation.
struct Task<'a> {
    compiler: &'a Compiler,
    source: &'static Source,
    architecture: String,
    /// Those that its devices can run.
    entries: Vec<&'static Entry>,
}

/// What came out of the whole matrix.
#[derive(Default)]
pub struct Matrix {
    /// Numbers of every machine code.
    pub record: Record,
    /// Warnings and broken promises.
    pub findings: Vec<Finding>,
    /// How many compilations there were.
    pub compilations: usize,
    /// How many CUBINs were disassembled.
    pub disassemblies: usize,
    /// Bytes of all CUBINs.
    pub bytes: usize,
    /// Processor time of the threads that compiled, about.
    pub work: Duration,
}

/// Why a source has no numbers.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It does not compile.
    #[error(transparent)]
    Compile(#[from] nvrtc::Error),
    /// Its CUBIN cannot be read.
    #[error("{what}: {error}")]
    Cubin {
        /// Source, architecture and compiler.
        what: String,
        /// Why.
        error: cubin::Error,
    },
    /// Its numbers cannot be had.
    #[error("{what}: {error}")]
    Measure {
        /// Source, architecture and compiler.
        what: String,
        /// Why.
        error: resources::Error,
    },
    /// It cannot be disassembled.
    #[error("{what}: {error}")]
    Disassembly {
        /// Source, architecture and compiler.
        what: String,
        /// Why.
        error: disassembly::Error,
    },
}

/// Compiles and measures everything, and holds it against the promises.
///
/// # Errors
/// The first of any source that gives no numbers.
pub fn compile(
    sources: &[&'static Source],
    compilers: &[Compiler],
    promises: &Promises,
    nvdisasm: &Path,
    threads: usize,
) -> Result<Matrix, Error> {
    let tasks = tasks(sources, compilers);
    let next = AtomicUsize::new(0);
    let matrix = Mutex::new(Ok(Matrix::default()));
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, tasks.len().max(1)) {
            scope.spawn(|| {
                while let Some(task) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let done = task.run(promises, nvdisasm);
                    let mut matrix = matrix.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    match (&mut *matrix, done) {
                        (Ok(matrix), Ok(done)) => matrix.add(done),
                        (Ok(_), Err(error)) => *matrix = Err(error),
                        (Err(_), _) => return,
                    }
                }
            });
        }
    });
    let mut matrix = matrix.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)?;
    matrix.findings.sort_by_key(Finding::to_string);
    Ok(matrix)
}

fn tasks<'a>(sources: &[&'static Source], compilers: &'a [Compiler]) -> Vec<Task<'a>> {
    let mut tasks = Vec::new();
    for &source in sources {
        for compiler in compilers {
            for architecture in compiler.architectures_of(source) {
                let entries: Vec<_> =
                    source.entries.iter().filter(|entry| runs_on(entry.minimum, &architecture)).collect();
                // Compiled even if no entry counts: a source must hold out anywhere.
                tasks.push(Task { compiler, source, architecture, entries });
            }
        }
    }
    tasks
}

/// Whether devices of that architecture reach the capability: `sm_90a` is 9.0.
pub(crate) fn runs_on(minimum: ComputeCapability, architecture: &str) -> bool {
    let number = number(architecture);
    ComputeCapability { major: number / 10, minor: number % 10 } >= minimum
}

impl Matrix {
    fn add(&mut self, other: Self) {
        self.record.extend(other.record);
        self.findings.extend(other.findings);
        self.compilations += other.compilations;
        self.disassemblies += other.disassemblies;
        self.bytes += other.bytes;
        self.work += other.work;
    }
}

impl Task<'_> {
    fn run(&self, promises: &Promises, nvdisasm: &Path) -> Result<Matrix, Error> {
        let started = Instant::now();
        let compiled =
            self.compiler.library.compile(self.source, &self.architecture, &["--ptxas-options=-v"])?;
        let what = || {
            let Self { source, architecture, compiler, .. } = self;
            format!("{} on {architecture} by NVRTC {}", source.name, compiler.version)
        };
        let log = log::read(&compiled.log);
        let cubin = cubin::read(&compiled.cubin).map_err(|error| Error::Cubin { what: what(), error })?;
        let mut matrix = Matrix { compilations: 1, bytes: compiled.cubin.len(), ..Matrix::default() };
        matrix.findings = self.warnings(&log);
        for entry in &self.entries {
            let resources = measure(entry.name, &self.architecture, &log, &cubin)
                .map_err(|error| Error::Measure { what: what(), error })?;
            matrix.record.insert(self.key(entry), resources);
        }
        if self.entries.iter().any(|entry| promises.speak_of(entry.name, &self.architecture)) {
            let code = disassembly::disassemble(nvdisasm, &compiled.cubin)
                .map_err(|error| Error::Disassembly { what: what(), error })?;
            let broken = self.entries.iter().flat_map(|entry| promises.broken(&self.key(entry), &code));
            matrix.findings.extend(broken);
            matrix.disassemblies = 1;
        }
        matrix.work = started.elapsed();
        Ok(matrix)
    }

    fn key(&self, entry: &Entry) -> Key {
        Key {
            source: self.source.name.to_owned(),
            entry: entry.name.to_owned(),
            compiler: self.compiler.version.clone(),
            architecture: self.architecture.clone(),
        }
    }

    fn warnings(&self, log: &Log) -> Vec<Finding> {
        let warning = |text: &String| Finding::Warning {
            source_name: self.source.name.to_owned(),
            architecture: self.architecture.clone(),
            compiler: self.compiler.version.clone(),
            text: text.clone(),
        };
        log.warnings.iter().map(warning).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_count_where_devices_have_what_they_need() {
        let ampere = ComputeCapability { major: 8, minor: 6 };
        assert!(!runs_on(ampere, "sm_80") && runs_on(ampere, "sm_86") && runs_on(ampere, "sm_90a"));
        assert!(runs_on(ampere, "sm_100"));
    }
}
