//! Main memory and how much of it may be used.

use serde::Serialize;

use super::cgroup::Limits;
use super::finding::Finding;
use super::host::Host;
use crate::format::bytes;

/// Main memory, in bytes.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Memory {
    /// Of the machine.
    pub total_bytes: Option<u64>,
    /// What could be had now without swapping.
    pub available_bytes: Option<u64>,
    /// What the control group allows.
    pub cgroup_limit_bytes: Option<u64>,
}

/// Below this, libraries with many properties and large models do not fit beside each other.
const LITTLE: u64 = 1 << 30;

impl Memory {
    /// Of this machine.
    pub fn of(host: &Host, limits: &Limits) -> Self {
        let table = host.read("/proc/meminfo").unwrap_or_default();
        let entry = |name: &str| -> Option<u64> {
            let line = table.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
            line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
        };
        let total_bytes = entry("MemTotal");
        // A limit above what is there limits nothing.
        let cgroup_limit_bytes = limits.memory.filter(|&limit| total_bytes.is_none_or(|total| limit < total));
        Self { total_bytes, available_bytes: entry("MemAvailable"), cgroup_limit_bytes }
    }

    /// What a process could have.
    pub fn usable_bytes(&self) -> Option<u64> {
        [self.available_bytes, self.cgroup_limit_bytes].into_iter().flatten().min()
    }

    /// What to tell.
    pub fn finding(&self) -> Finding {
        let size = |value: Option<u64>| value.map_or("unknown".to_owned(), bytes);
        let mut message =
            format!("{} in all, {} available", size(self.total_bytes), size(self.available_bytes));
        if let Some(limit) = self.cgroup_limit_bytes {
            message.push_str(&format!(", limited to {} by the control group", bytes(limit)));
        }
        match self.usable_bytes() {
            Some(usable) if usable < LITTLE => Finding::warn(
                "memory",
                message,
                "ask the scheduler for more (Slurm: --mem=4G), or lower --batch-size",
            ),
            _ => Finding::ok("memory", message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Level;
    use crate::doctor::host::made_of;

    const TABLE: &str =
        "MemTotal:       24684096 kB\nMemFree: 1 kB\nMemAvailable:   24188896 kB\nHugePages_Total: 0\n";

    #[test]
    fn limits_of_the_group_count_where_they_are_smaller() {
        let (host, _folder) = made_of(&[("/proc/meminfo", TABLE)], &[]);
        let memory = Memory::of(&host, &Limits { memory: Some(512 << 20), cpus: None });
        assert_eq!(memory.total_bytes, Some(24_684_096 << 10));
        assert_eq!(memory.available_bytes, Some(24_188_896 << 10));
        let finding = memory.finding();
        assert_eq!(finding.level, Level::Warn);
        assert!(finding.message.ends_with("limited to 512.0 MiB by the control group"), "{finding:?}");
        let roomy = Memory::of(&host, &Limits { memory: Some(1 << 50), cpus: None });
        assert_eq!((roomy.cgroup_limit_bytes, roomy.finding().level), (None, Level::Ok));
    }

    #[test]
    fn no_table_is_unknown() {
        let (host, _folder) = made_of(&[], &[]);
        let finding = Memory::of(&host, &Limits::default()).finding();
        assert_eq!(finding.message, "unknown in all, unknown available");
    }
}
