//! A machine with emulated GPUs, described by the environment that its processes get.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::process::Command;

use crate::{Emulation, Outcome, process};

/// How kernels are compiled; `README.md` says what each catches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// With AddressSanitizer.
    Address,
    /// With every access noted, to find races.
    Race,
    /// Without either.
    Plain,
}

impl Mode {
    fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Race => "race",
            Self::Plain => "plain",
        }
    }
}

/// What a process would inherit that points to real devices, other compilers or another emulation.
const REMOVED: [&str; 14] = [
    "LD_PRELOAD",
    "CUDA_HOME",
    "CUDA_PATH",
    "CUDA_VISIBLE_DEVICES",
    "CONDA_PREFIX",
    "VIRTUAL_ENV",
    "SOYAKU_NVRTC",
    "SOYAKU_EMULATED_FAULT",
    "SOYAKU_EMULATED_NVRTC_FAULT",
    "SOYAKU_EMULATED_MIG",
    "SOYAKU_EMULATED_LAZY",
    "SOYAKU_EMULATED_LEAKS",
    "SOYAKU_EMULATION_SEED",
    "RUST_TEST_THREADS",
];

/// A machine in the making. Every method that changes it gives it back.
#[derive(Clone, Debug)]
pub struct Machine {
    emulation: Emulation,
    mode: Mode,
    driver: bool,
    nvrtc: Option<&'static str>,
    faults: Vec<String>,
    variables: BTreeMap<String, String>,
}

impl Machine {
    pub(crate) fn new(emulation: Emulation, mode: Mode) -> Self {
        let (faults, variables) = (Vec::new(), BTreeMap::new());
        Self { emulation, mode, driver: true, nvrtc: Some("nvrtc"), faults, variables }
    }

    /// Any variable of the environment.
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// How many GPUs.
    pub fn devices(self, count: usize) -> Self {
        self.variable("SOYAKU_EMULATED_DEVICES", &count.to_string())
    }

    /// Bytes of memory of each GPU.
    pub fn memory(self, bytes: u64) -> Self {
        self.variable("SOYAKU_EMULATED_MEMORY", &bytes.to_string())
    }

    /// Compute capability of each GPU, such as `8.6`.
    pub fn capability(self, capability: &str) -> Self {
        self.variable("SOYAKU_EMULATED_CAPABILITY", capability)
    }

    /// CUDA version of the driver: 12040 is 12.4.
    pub fn driver_version(self, version: u32) -> Self {
        self.variable("SOYAKU_EMULATED_DRIVER_VERSION", &version.to_string())
    }

    /// No driver at all.
    pub fn without_driver(mut self) -> Self {
        self.driver = false;
        self
    }

    /// No NVRTC in any place that the environment decides.
    pub fn without_nvrtc(mut self) -> Self {
        self.nvrtc = None;
        self.variable("HOME", "/nonexistent")
    }

    /// The NVRTC of CUDA 13, under its own name.
    pub fn nvrtc_13(mut self) -> Self {
        self.nvrtc = Some("nvrtc-13");
        self
    }

    /// Work on a stream runs only when something waits for it.
    pub fn lazy(self) -> Self {
        self.variable("SOYAKU_EMULATED_LAZY", "1")
    }

    /// The process ends with code 97 if it leaves memory of the GPU or page-locked memory behind.
    pub fn no_leaks(self) -> Self {
        self.variable("SOYAKU_EMULATED_LEAKS", "1")
    }

    /// A call that fails: `NAME=CODE` (each) or `NAME:N=CODE` (the Nth), with a number of the driver's API and as
    /// name a function of it or one of `alloc`, `hostalloc`, `memcpy`, `memset`, `module`, `launch`, `sync`.
    /// A launch with a sticky code succeeds, and what follows fails, as on a device.
    pub fn fault(mut self, fault: &str) -> Self {
        self.faults.push(fault.to_owned());
        self
    }

    /// What a process on this machine finds in its environment besides what [`Machine::command`] removes.
    pub fn environment(&self) -> Vec<(String, String)> {
        let folder = &self.emulation.folder;
        let path = |name: &str| folder.join(name).display().to_string();
        let mode = self.mode.name();
        let mut environment = BTreeMap::from([
            ("SOYAKU_EMULATION_MODE".to_owned(), mode.to_owned()),
            ("SOYAKU_CACHE_DIR".to_owned(), path(&format!("cache-{mode}"))),
            ("SOYAKU_TEST_DEVICE".to_owned(), "cuda:0".to_owned()),
            (process::INSIDE.to_owned(), "1".to_owned()),
        ]);
        let parts = [self.driver.then_some("driver"), self.nvrtc];
        let libraries: Vec<_> = parts.into_iter().flatten().map(path).collect();
        environment.insert("LD_LIBRARY_PATH".to_owned(), libraries.join(":"));
        if let Some(nvrtc) = self.nvrtc {
            // Before any other that the machine may have.
            environment.insert("SOYAKU_NVRTC".to_owned(), path(nvrtc));
        }
        if self.mode == Mode::Address {
            environment
                .insert("LD_PRELOAD".to_owned(), self.emulation.address_sanitizer.display().to_string());
            environment.insert("ASAN_OPTIONS".to_owned(), ADDRESS_SANITIZER.to_owned());
        }
        if !self.faults.is_empty() {
            environment.insert("SOYAKU_EMULATED_FAULT".to_owned(), self.faults.join(","));
        }
        environment.extend(self.variables.clone());
        environment.into_iter().collect()
    }

    /// A command that runs on this machine.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        for name in REMOVED {
            command.env_remove(name);
        }
        command.envs(self.environment());
        command
    }

    /// Runs the tests of the running test binary whose names contain one of `filters` again, on this machine, also
    /// the ignored ones. Nothing runs where this process is itself such a run.
    pub fn run(&self, filters: &[&str]) -> Outcome {
        process::run(self, filters, false)
    }

    /// As [`Machine::run`], and they must pass.
    ///
    /// # Panics
    /// When one fails, or none ran.
    pub fn pass(&self, filters: &[&str]) -> Outcome {
        process::pass(self.run(filters), filters)
    }

    /// As [`Machine::pass`], for the one test of exactly that name (`module::test`).
    ///
    /// # Panics
    /// When it fails or is not there.
    pub fn pass_exactly(&self, name: &str) -> Outcome {
        process::pass(process::run(self, &[name], true), &[name])
    }
}

/// Rust frees everything that it allocates, the driver's tables live until the end: leaks are not looked for. One
/// module may be loaded twice. Blocks run on stacks of their own.
const ADDRESS_SANITIZER: &str = "detect_leaks=0:detect_odr_violation=0:detect_stack_use_after_return=0:\
                                 alloc_dealloc_mismatch=0:allocator_may_return_null=1:abort_on_error=1:\
                                 quarantine_size_mb=32:malloc_context_size=8";
