//! What this machine offers, and what to do about what it lacks.
//!
//! Each part is collected by functions of a [`host::Host`], which tests replace by folders and variables of
//! their own.

mod cgroup;
mod cpu;
mod cuda;
mod finding;
mod hdf5;
mod host;
mod kernel_cache;
mod memory;
mod mounts;
mod nvrtc;
mod scheduler;
mod storage;
mod text;

use serde::Serialize;
use soyaku_device::cache::{CacheStatus, KernelCache};
use soyaku_device::nvrtc::Library;
use soyaku_device::{Device, DeviceRequest, Probe};

pub use text::text;

use cpu::{Cpu, Threads};
use cuda::Cuda;
use finding::Finding;
use hdf5::Hdf5;
use host::Host;
use memory::Memory;
use nvrtc::Nvrtc;
use scheduler::Scheduler;
use storage::Folder;

/// Everything that was found; as JSON the object that `soyaku doctor --json` prints.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Layout of this object.
    pub schema: &'static str,
    /// Version of this program.
    pub soyaku_version: &'static str,
    cuda: Cuda,
    nvrtc: Nvrtc,
    kernel_cache: CacheStatus,
    cpu: Cpu,
    threads: Threads,
    memory: Memory,
    hdf5: Hdf5,
    scheduler: Option<Scheduler>,
    temporary_folder: Folder,
    working_folder: Folder,
    /// One line for each part, in the order in which they are printed.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Why no GPU can be used; none where one can.
    pub fn without_gpu(&self) -> Option<String> {
        if self.cuda.usable {
            return None;
        }
        let device = self.cuda.devices.iter().find_map(|device| device.problem.clone());
        let reason = self.cuda.problem.clone().or(device).or(self.nvrtc.problem.clone());
        Some(reason.unwrap_or_else(|| "no device".into()))
    }
}

/// Bytes of memory that this process could have, where the system tells.
pub fn usable_memory() -> Option<u64> {
    let host = Host::this();
    Memory::of(&host, &cgroup::limits(&host)).usable_bytes()
}

/// Looks at the machine. `threads` is what the command line asks for.
pub fn examine(threads: Option<usize>) -> Report {
    let host = Host::this();
    let limits = cgroup::limits(&host);
    let mounts = mounts::mounts(&host);
    let scheduler = Scheduler::of(&host);
    let cpu = Cpu::of(&host, &limits, cpu::features());
    let allowed = std::thread::available_parallelism().map_or(1, usize::from);
    let used = threads.unwrap_or_else(soyaku_device::default_threads);
    let threads = Threads::of(used, allowed, threads.is_some(), &cpu, scheduler.as_ref());
    let memory = Memory::of(&host, &limits);
    let hdf5 = Hdf5::built_in();
    let temporary_folder = Folder::of(std::env::temp_dir(), &mounts);
    let working_folder = Folder::of(std::env::current_dir().unwrap_or_else(|_| ".".into()), &mounts);
    let (cuda, nvrtc) = accelerator();
    let kernel_cache = KernelCache::open().status();
    let mut findings = cuda.findings();
    findings.extend([
        nvrtc.finding(),
        kernel_cache::finding(&kernel_cache),
        cpu.finding(),
        threads.finding(allowed),
        memory.finding(),
        hdf5.finding(),
        Scheduler::finding(scheduler.as_ref()),
        temporary_folder.as_temporary_folder(),
        working_folder.as_working_folder(),
    ]);
    Report {
        schema: "soyaku.doctor/1",
        soyaku_version: env!("CARGO_PKG_VERSION"),
        cuda,
        nvrtc,
        kernel_cache,
        cpu,
        threads,
        memory,
        hdf5,
        scheduler,
        temporary_folder,
        working_folder,
        findings,
    }
}

/// The driver, its devices, and the compiler for them. Devices are opened, which tells whether they can be.
fn accelerator() -> (Cuda, Nvrtc) {
    let probe = Probe::run();
    let compiler = Library::open_for(probe.driver.as_ref().ok().map(|driver| driver.version));
    let open = |request: &DeviceRequest| match Device::open(request.clone(), Some(1)) {
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    };
    // Without a compiler no device opens, which is no fault of the device.
    let cuda = Cuda::of(probe, compiler.is_ok().then_some(&open as _));
    (cuda, Nvrtc::of(&compiler))
}
