//! `soyaku doctor`.

use std::io::Write;

use crate::args::{Doctor, Global};
use crate::doctor::{examine, text};

pub fn run(args: &Doctor, global: &Global) -> anyhow::Result<()> {
    let report = examine(global.threads.map(usize::from));
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
    } else {
        out.write_all(text(&report).as_bytes())?;
    }
    Ok(())
}
