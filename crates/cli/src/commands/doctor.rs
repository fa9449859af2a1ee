//! `soyaku doctor`.

use std::collections::BTreeSet;
use std::io::{Error, Write};

use soyaku_device::cache::KernelCache;
use soyaku_device::{ComputeCapability, MemorySize, Probe, Source, compile_ahead};
use soyaku_kernels::sources::SOURCES;

use crate::args::{Doctor, Global, Requirement};
use crate::doctor::{examine, text};
use crate::log::Log;

pub fn run(args: &Doctor, global: &Global, log: &Log) -> anyhow::Result<()> {
    if let Some(capabilities) = &args.compile {
        compile(capabilities, log)?;
    }
    let report = examine(global.threads.map(usize::from));
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
    } else {
        out.write_all(text(&report).as_bytes())?;
    }
    match report.without_gpu().filter(|_| args.require == Some(Requirement::Cuda)) {
        Some(reason) => Err(soyaku_device::Error::Unavailable { device: "cuda".into(), reason }.into()),
        None => Ok(()),
    }
}

/// Fills the cache of kernels, so that no process has to that starts later.
fn compile(named: &[ComputeCapability], log: &Log) -> anyhow::Result<()> {
    let cache = KernelCache::open().status();
    let Some(folder) = cache.folder.filter(|_| cache.writable) else {
        let problem = cache.problem.unwrap_or_else(|| "SOYAKU_CACHE_SIZE=0".into());
        return Err(Error::other(format!("compiled kernels cannot be kept: {problem}")).into());
    };
    let unavailable = |reason| soyaku_device::Error::Unavailable { device: "cuda".into(), reason };
    let probe = Probe::run();
    let driver = probe.driver.as_ref().map(|driver| driver.version);
    let present = || probe.gpus.iter().map(|gpu| gpu.compute_capability).collect::<BTreeSet<_>>();
    let capabilities = match (named, &driver) {
        ([], Err(reason)) => {
            let reason = format!("{reason}; name what to compile for, such as --compile=9.0");
            return Err(unavailable(reason).into());
        }
        ([], Ok(_)) => present(),
        (named, _) => named.iter().copied().collect(),
    };
    // Those that measure the device are used by nothing else.
    let is_used = |source: &&&'static Source| !source.name.starts_with("probe/");
    let sources: Vec<_> = SOURCES.iter().filter(is_used).copied().collect();
    let ahead = |capability| {
        compile_ahead(driver.as_ref().ok().copied(), capability, &sources)
            .map_err(|error| unavailable(error.to_string()))
    };
    for &capability in &capabilities {
        let ahead = ahead(capability)?;
        for note in &ahead.notes {
            log.warn(note);
        }
        let compiled = ahead.stages.iter().filter(|stage| stage.what.ends_with(" compiled"));
        let (count, seconds) =
            compiled.fold((0_u64, 0.0), |(count, sum), stage| (count + 1, sum + stage.took.as_secs_f64()));
        let there = ahead.stages.iter().filter(|stage| stage.what.ends_with(" the cache")).count();
        let fields = serde_json::json!({
            "event": "compiled", "compute_capability": capability.to_string(), "kernels": count,
            "were_there": there, "seconds": seconds, "folder": folder,
        });
        let text = format!(
            "compute capability {capability}: {count} kernels compiled in {seconds:.1} s, {there} were there, in {}",
            folder.display()
        );
        log.event(&text, fields);
    }
    // A full disk and a small cache are odd in a process that goes on; here nothing else was wanted.
    let mut lost = 0;
    for &capability in &capabilities {
        lost += ahead(capability)?.stages.iter().filter(|stage| stage.what.ends_with(" compiled")).count();
    }
    match lost {
        0 => Ok(()),
        _ => {
            let limit = MemorySize::from_bytes(cache.limit);
            let reason = format!(
                "{lost} compiled kernels are not in {}, of {limit} (SOYAKU_CACHE_SIZE)",
                folder.display()
            );
            Err(Error::other(reason).into())
        }
    }
}
