//! `soyaku cluster`.

use std::path::{Path, PathBuf};

use soyaku_device::{Device, DeviceRequest};
use soyaku_screen::{ClusterConfig, ClusterSummary, cluster};

use super::memory::limit;
use super::output::{is_same_file, separator, write_to};
use super::{announce, device};
use crate::args::{Cluster, Global};
use crate::exit::Usage;
use crate::format::{count, duration};
use crate::log::{Log, event};
use crate::progress::Reporter;
use crate::signals::stop_on_signals;

pub fn run(args: Cluster, global: &Global, log: &Log) -> anyhow::Result<()> {
    let separator_of_centroids = separator(args.centroids.as_deref())?;
    let separator = separator(args.output.as_deref())?;
    if let (Some(output), Some(centroids)) = (&args.output, &args.centroids)
        && is_same_file(output, centroids)
    {
        return Err(Usage("--centroids and --output name the same file".into()).into());
    }
    let method = args.method()?;
    let config = ClusterConfig {
        library: args.library,
        fingerprint: args.fingerprint,
        method,
        threshold: args.threshold,
        measure: args.measure,
        memory: Some(limit(args.memory)),
        work: args.output.as_deref().filter(|path| is_file(path)).map(work_file),
        restart: args.restart,
        may_fall_back: global.device == DeviceRequest::Auto,
    };
    let device = device(global)?;
    announce(&device, log);
    let reporter = Reporter::new(*log, "clustered");
    let stop = stop_on_signals()?;
    let mut clustering = cluster(&config, &device, &reporter, stop)?;
    soyaku_screen::Progress::finishing(&reporter, "writing clusters");
    if let Some(path) = &args.centroids {
        write_to(Some(path), |out| {
            clustering.write_centroids(separator_of_centroids, stop, |text| {
                Ok::<_, anyhow::Error>(out.write_all(text)?)
            })
        })?;
    }
    write_to(args.output.as_deref(), |out| {
        clustering.write(separator, stop, |text| Ok::<_, anyhow::Error>(out.write_all(text)?))
    })?;
    clustering.finish()?;
    drop(reporter);
    report(&clustering.summary, &config, &device, log);
    Ok(())
}

/// Whether this is or will be a file, beside which there can be another.
fn is_file(path: &Path) -> bool {
    !path.exists() || path.is_file()
}

fn work_file(output: &Path) -> PathBuf {
    let mut name = output.as_os_str().to_owned();
    name.push(".work");
    PathBuf::from(name)
}

fn report(summary: &ClusterSummary, config: &ClusterConfig, device: &Device, log: &Log) {
    for note in device.notes() {
        log.warn(&note);
    }
    let text = format!(
        "{} compounds in {} clusters by {} ({} at {}), {} of them of one compound, the largest of {}, on {} in {}",
        count(summary.compounds),
        count(summary.clusters),
        summary.fingerprint,
        summary.method,
        config.threshold,
        count(summary.singletons),
        count(summary.largest),
        summary.device,
        duration(summary.seconds),
    );
    let mut fields = event("cluster", summary);
    fields["threshold"] = config.threshold.to_string().into();
    log.event(&text, fields);
}
