//! `soyaku doctor`.

use std::io::Write;

use crate::args::{Doctor, Global, Requirement};
use crate::doctor::{examine, text};

pub fn run(args: &Doctor, global: &Global) -> anyhow::Result<()> {
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
