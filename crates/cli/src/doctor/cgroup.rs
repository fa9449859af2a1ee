//! Limits of control groups, versions 1 and 2 (cgroups(7)): this process's group and all above it.

use std::path::{Path, PathBuf};

use super::host::Host;
use super::mounts::{Mount, mounts};

/// What a group may use at most; none is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Limits {
    /// Bytes of memory.
    pub memory: Option<u64>,
    /// CPUs: 1.5 is one and a half of every moment.
    pub cpus: Option<f64>,
}

/// Version 1 says "no limit" by a number of bytes near 2^63.
const NO_LIMIT: u64 = 1 << 60;

/// The smallest limits on the way from this process's groups to the roots.
pub fn limits(host: &Host) -> Limits {
    let mounts = mounts(host);
    let memberships = host.read("/proc/self/cgroup").unwrap_or_default();
    let mut limits = Limits::default();
    for line in memberships.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(group)) = (parts.next(), parts.next()) else { continue };
        let named = |name: &str| controllers.split(',').any(|controller| controller == name);
        if controllers.is_empty() {
            for folder in folders(&mounts, group, |mount| mount.kind == "cgroup2") {
                limits.add_memory(host.read(folder.join("memory.max")));
                limits.add_quota(host.read(folder.join("cpu.max")));
            }
        }
        if named("memory") {
            for folder in folders(&mounts, group, |mount| is_first(mount, "memory")) {
                limits.add_memory(host.read(folder.join("memory.limit_in_bytes")));
            }
        }
        if named("cpu") {
            for folder in folders(&mounts, group, |mount| is_first(mount, "cpu")) {
                let [quota, period] = ["cpu.cfs_quota_us", "cpu.cfs_period_us"]
                    .map(|name| host.read(folder.join(name)).unwrap_or_default());
                limits.add_quota(Some(format!("{quota} {period}")));
            }
        }
    }
    limits
}

/// Whether a mount is one of version 1 with this controller.
fn is_first(mount: &Mount, controller: &str) -> bool {
    mount.kind == "cgroup" && mount.options.split(',').any(|option| option == controller)
}

/// The folder of a group below the first fitting mount, and all folders above it there.
fn folders(mounts: &[Mount], group: &str, fits: impl Fn(&Mount) -> bool) -> Vec<PathBuf> {
    let Some(mount) = mounts.iter().find(|mount| fits(mount)) else { return Vec::new() };
    // A container sees its own group as the root of what is mounted.
    let group = Path::new(group);
    let below = group.strip_prefix(&mount.root).or_else(|_| group.strip_prefix("/")).unwrap_or(group);
    let folder = mount.point.join(below);
    folder.ancestors().take_while(|folder| folder.starts_with(&mount.point)).map(Path::to_path_buf).collect()
}

impl Limits {
    fn add_memory(&mut self, text: Option<String>) {
        let bytes = text.and_then(|text| text.parse().ok()).filter(|&bytes| bytes < NO_LIMIT);
        self.memory = [self.memory, bytes].into_iter().flatten().min();
    }

    /// Microseconds of CPU time in a period, and the period.
    fn add_quota(&mut self, text: Option<String>) {
        let numbers = text.as_deref().and_then(|text| text.split_once(' '));
        let numbers = numbers.and_then(|(quota, period)| Some((quota.parse().ok()?, period.parse().ok()?)));
        let cpus = numbers.filter(|&(quota, period): &(f64, f64)| quota > 0.0 && period > 0.0);
        let cpus = cpus.map(|(quota, period)| quota / period);
        self.cpus = [self.cpus, cpus].into_iter().flatten().reduce(f64::min);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::host::made_of;

    const SECOND: &str = "30 27 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate";
    const FIRST: &str = "\
33 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
35 31 0:31 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory";

    #[test]
    fn version_2_takes_the_smallest_on_the_way_up() {
        let (host, _folder) = made_of(
            &[
                ("/proc/self/mountinfo", SECOND),
                ("/proc/self/cgroup", "0::/slurm/job_7/step_0\n"),
                ("/sys/fs/cgroup/slurm/job_7/step_0/memory.max", "max\n"),
                ("/sys/fs/cgroup/slurm/job_7/memory.max", "4294967296\n"),
                ("/sys/fs/cgroup/slurm/memory.max", "8589934592\n"),
                ("/sys/fs/cgroup/slurm/job_7/cpu.max", "150000 100000\n"),
                ("/sys/fs/cgroup/slurm/cpu.max", "max 100000\n"),
            ],
            &[],
        );
        assert_eq!(limits(&host), Limits { memory: Some(4 << 30), cpus: Some(1.5) });
    }

    #[test]
    fn version_1_inside_a_container() {
        let (host, _folder) = made_of(
            &[
                ("/proc/self/mountinfo", FIRST),
                ("/proc/self/cgroup", "4:memory:/docker/abc/task\n2:cpu,cpuacct:/task\n"),
                ("/sys/fs/cgroup/memory/task/memory.limit_in_bytes", "9223372036854771712\n"),
                ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "1073741824\n"),
                ("/sys/fs/cgroup/cpu,cpuacct/task/cpu.cfs_quota_us", "50000\n"),
                ("/sys/fs/cgroup/cpu,cpuacct/task/cpu.cfs_period_us", "100000\n"),
                ("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n"),
                ("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n"),
            ],
            &[],
        );
        assert_eq!(limits(&host), Limits { memory: Some(1 << 30), cpus: Some(0.5) });
    }

    #[test]
    fn nothing_and_nonsense_are_no_limit() {
        let (host, _folder) = made_of(&[], &[]);
        assert_eq!(limits(&host), Limits::default());
        let (host, _folder) = made_of(
            &[
                ("/proc/self/mountinfo", SECOND),
                ("/proc/self/cgroup", "0::/a\nnonsense\n1:\n"),
                ("/sys/fs/cgroup/a/memory.max", "lots\n"),
                ("/sys/fs/cgroup/a/cpu.max", "1 0\n"),
            ],
            &[],
        );
        assert_eq!(limits(&host), Limits::default());
    }
}
