//! `soyaku pick`.

use soyaku_device::Device;
use soyaku_screen::{PickConfig, PickSummary, pick};

use super::device;
use super::memory::limit;
use super::output::{separator, write_to};
use crate::args::{Global, Pick, PickMethod};
use crate::exit::Usage;
use crate::format::{count, duration};
use crate::log::{Log, event};
use crate::progress::Reporter;
use crate::signals::stop_on_signals;

pub fn run(args: Pick, global: &Global, log: &Log) -> anyhow::Result<()> {
    if args.start.is_some() && args.seed.is_some() {
        return Err(Usage("--seed draws the first pick: it has no use with --start".into()).into());
    }
    if let Some(option) = args.input.given().filter(|_| args.start.is_none()) {
        return Err(Usage(format!("{option} needs --start: the library was read when it was built")).into());
    }
    // There is one way so far.
    let PickMethod::Maxmin = args.method;
    let config = PickConfig {
        library: args.library,
        start: args.start,
        options: args.input.into(),
        fingerprint: args.fingerprint,
        measure: args.measure,
        count: args.count.get(),
        seed: args.seed.unwrap_or(0),
        threshold: args.threshold,
        memory: Some(limit(args.memory)),
        separator: separator(args.output.as_deref())?,
    };
    let device = device(global)?;
    if !device.gpus().is_empty() {
        let fields = serde_json::json!({ "event": "device", "device": "cpu" });
        log.event("compounds are compared on the CPU: `pick` has no work for a GPU", fields);
    }
    let reporter = Reporter::new(*log, "compared");
    let stop = stop_on_signals()?;
    let summary = write_to(args.output.as_deref(), |out| {
        pick(&config, &device, &reporter, stop, |text| Ok::<_, anyhow::Error>(out.write_all(text)?))
    })?;
    drop(reporter);
    report(&config, &summary, &device, log);
    Ok(())
}

fn report(config: &PickConfig, summary: &PickSummary, device: &Device, log: &Log) {
    for note in device.notes() {
        log.warn(&note);
    }
    if summary.picks < config.count {
        let why = match config.threshold {
            Some(threshold) if summary.picks < summary.compounds => {
                format!("all others are at least {threshold} similar to one of them")
            }
            _ => "the library has no more".into(),
        };
        log.warn(&format!("{} picks instead of {}: {why}", count(summary.picks), count(config.count)));
    }
    let start = match (summary.start, summary.unusable.len()) {
        (0, _) => String::new(),
        (start, 0) => format!(", {} before them", count(start)),
        (start, unusable) => format!(", {} before them ({} left out)", count(start), count(unusable as u64)),
    };
    let passes = match summary.passes {
        0 | 1 => String::new(),
        passes => format!("; the library was read {passes} times, more --memory needs fewer"),
    };
    let similar = summary
        .max_similarity
        .map_or(String::new(), |similarity| format!(" (at most {similarity:.3} similar)"));
    let text = format!(
        "{} of {} compounds picked by {}{similar}{start} in {}{passes}",
        count(summary.picks),
        count(summary.compounds),
        summary.fingerprint,
        duration(summary.seconds),
    );
    log.event(&text, event("pick", summary));
}
