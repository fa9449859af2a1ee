//! What this machine offers, and what to do about what it lacks.
//!
//! Each part is collected by functions of a [`Host`](host::Host), which tests replace by folders and variables of
//! their own.

mod cgroup;
mod cpu;
mod finding;
mod hdf5;
mod host;
mod memory;
mod mounts;
mod scheduler;
mod storage;
mod text;

use serde::Serialize;

pub use text::text;

use cpu::{Cpu, Threads};
use finding::Finding;
use hdf5::Hdf5;
use host::Host;
use memory::Memory;
use scheduler::Scheduler;
use storage::Folder;

/// Everything that was found; as JSON the object that `soyaku doctor --json` prints.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Layout of this object.
    pub schema: &'static str,
    /// Version of this program.
    pub soyaku_version: &'static str,
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
    let findings = vec![
        cpu.finding(),
        threads.finding(allowed),
        memory.finding(),
        hdf5.finding(),
        Scheduler::finding(scheduler.as_ref()),
        temporary_folder.as_temporary_folder(),
        working_folder.as_working_folder(),
    ];
    Report {
        schema: "soyaku.doctor/1",
        soyaku_version: env!("CARGO_PKG_VERSION"),
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
