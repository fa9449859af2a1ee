//! The processor, and how many threads are used on it.

use serde::Serialize;

use super::cgroup::Limits;
use super::finding::Finding;
use super::host::Host;
use super::scheduler::Scheduler;

/// The processor.
#[derive(Debug, PartialEq, Serialize)]
pub struct Cpu {
    /// As it calls itself.
    pub model: Option<String>,
    /// Logical processors that are switched on.
    pub online: Option<u64>,
    /// Those that this process may run on.
    pub affinity: Option<u64>,
    /// CPU time that the control group allows, in CPUs.
    pub cgroup_quota: Option<f64>,
    /// Instruction sets beyond the oldest of this architecture, of those that matter here.
    pub features: Vec<&'static str>,
}

/// Threads of a run.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Threads {
    /// How many are used.
    pub used: usize,
    /// What decided.
    pub because: String,
}

impl Cpu {
    /// Of this machine; `features` are those of the processor that runs this.
    pub fn of(host: &Host, limits: &Limits, features: Vec<&'static str>) -> Self {
        let table = host.read("/proc/cpuinfo").unwrap_or_default();
        let values = |key: &'static str| {
            let entries = table.lines().filter_map(|line| line.split_once(':'));
            entries.filter(move |(name, _)| name.trim() == key).map(|(_, value)| value.trim())
        };
        let status = host.read("/proc/self/status").unwrap_or_default();
        let allowed = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
        Self {
            model: values("model name").next().map(str::to_owned),
            online: Some(values("processor").count() as u64).filter(|&count| count > 0),
            affinity: allowed.and_then(listed),
            cgroup_quota: limits.cpus,
            features,
        }
    }

    /// What to tell.
    pub fn finding(&self) -> Finding {
        let model = self.model.as_deref().unwrap_or("unknown model");
        let online = self.online.map_or("?".to_owned(), |count| count.to_string());
        let features = if self.features.is_empty() { "none".to_owned() } else { self.features.join(" ") };
        let message = format!("{model}, {online} logical processors, features: {features}");
        let has = |name| self.features.contains(&name);
        if cfg!(target_arch = "x86_64") && !(has("avx2") && has("popcnt")) {
            return Finding::warn("cpu", message, "results are the same without AVX2, only slower");
        }
        Finding::ok("cpu", message)
    }
}

/// Members of a list such as `0-3,8,10-11`.
fn listed(text: &str) -> Option<u64> {
    let mut count: u64 = 0;
    for part in text.trim().split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
        count = count.checked_add(last.checked_sub(first)?.checked_add(1)?)?;
    }
    Some(count)
}

impl Threads {
    /// `used` threads, of `allowed` ones by affinity and control group.
    pub fn of(
        used: usize,
        allowed: usize,
        is_demanded: bool,
        cpu: &Cpu,
        scheduler: Option<&Scheduler>,
    ) -> Self {
        let hint =
            scheduler.and_then(|job| job.cpus).filter(|(_, cpus)| *cpus == used as u64 && used < allowed);
        let is_quota = cpu.cgroup_quota.is_some_and(|quota| (quota.floor() as usize).max(1) == allowed);
        let because = match hint {
            _ if is_demanded => "--threads or SOYAKU_THREADS".to_owned(),
            Some((name, _)) => format!("{name} of the scheduler"),
            None if is_quota && cpu.affinity.is_none_or(|affinity| affinity > allowed as u64) => {
                "the control group's quota".to_owned()
            }
            None if cpu.affinity < cpu.online => "the affinity of this process".to_owned(),
            None => "all processors".to_owned(),
        };
        Self { used, because }
    }

    /// What to tell.
    pub fn finding(&self, allowed: usize) -> Finding {
        let message = format!("{} ({})", self.used, self.because);
        if self.used > allowed {
            return Finding::warn(
                "threads",
                message,
                format!("this process may run on {allowed} processors: --threads {allowed}"),
            );
        }
        Finding::ok("threads", message)
    }
}

/// Instruction sets of the processor that runs this, of those that kernels ask for.
pub fn features() -> Vec<&'static str> {
    #[cfg(target_arch = "x86_64")]
    let known = [
        ("popcnt", std::is_x86_feature_detected!("popcnt")),
        ("avx2", std::is_x86_feature_detected!("avx2")),
        ("fma", std::is_x86_feature_detected!("fma")),
        ("bmi2", std::is_x86_feature_detected!("bmi2")),
        ("avx512f", std::is_x86_feature_detected!("avx512f")),
        ("avx512bw", std::is_x86_feature_detected!("avx512bw")),
        ("avx512dq", std::is_x86_feature_detected!("avx512dq")),
        ("avx512vl", std::is_x86_feature_detected!("avx512vl")),
        ("avx512vpopcntdq", std::is_x86_feature_detected!("avx512vpopcntdq")),
    ];
    #[cfg(target_arch = "aarch64")]
    let known = [
        ("neon", std::arch::is_aarch64_feature_detected!("neon")),
        ("sve", std::arch::is_aarch64_feature_detected!("sve")),
    ];
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let known: [(&'static str, bool); 0] = [];
    known.into_iter().filter(|(_, is_there)| *is_there).map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Level;
    use crate::doctor::host::made_of;

    const TABLE: &str = "processor\t: 0\nmodel name\t: AMD EPYC 9454\nflags\t\t: fpu\n\nprocessor\t: 1\nmodel name\t: AMD EPYC 9454\nprocessor\t: 2\nprocessor\t: 3\n";

    fn cpu(status: &str, cpus: Option<f64>) -> Cpu {
        let files = [("/proc/cpuinfo", TABLE), ("/proc/self/status", status)];
        let (host, _folder) = made_of(&files, &[]);
        Cpu::of(&host, &Limits { memory: None, cpus }, vec!["popcnt", "avx2"])
    }

    #[test]
    fn the_processor() {
        let cpu = cpu("Name:\tsoyaku\nCpus_allowed_list:\t0-1,3\n", None);
        assert_eq!((cpu.online, cpu.affinity), (Some(4), Some(3)));
        let told = cpu.finding();
        assert_eq!(told.message, "AMD EPYC 9454, 4 logical processors, features: popcnt avx2");
        assert_eq!(told.level, Level::Ok);
        let (host, _folder) = made_of(&[], &[]);
        let unknown = Cpu::of(&host, &Limits::default(), Vec::new());
        assert_eq!((unknown.model.as_deref(), unknown.online, unknown.affinity), (None, None, None));
    }

    #[test]
    fn lists() {
        assert_eq!(["0", "0-3,8,10-11"].map(listed), [Some(1), Some(7)]);
        assert_eq!(["", "3-1", "a", "0-18446744073709551615"].map(listed), [None; 4]);
    }

    #[test]
    fn what_decides_the_threads() {
        let because = |used, allowed, is_demanded, cpu: &Cpu, job: Option<&Scheduler>| {
            Threads::of(used, allowed, is_demanded, cpu, job).because
        };
        let (free, bound) = (cpu("Cpus_allowed_list: 0-3", None), cpu("Cpus_allowed_list: 0", None));
        let metered = cpu("Cpus_allowed_list: 0-3", Some(2.5));
        let (host, _folder) = made_of(&[], &[("SLURM_JOB_ID", "1"), ("SLURM_CPUS_PER_TASK", "2")]);
        let job = Scheduler::of(&host);
        assert_eq!(because(4, 4, false, &free, None), "all processors");
        assert_eq!(because(1, 1, false, &bound, None), "the affinity of this process");
        assert_eq!(because(2, 2, false, &metered, None), "the control group's quota");
        assert_eq!(because(2, 4, false, &free, job.as_ref()), "SLURM_CPUS_PER_TASK of the scheduler");
        assert_eq!(because(1, 1, false, &bound, job.as_ref()), "the affinity of this process");
        assert_eq!(because(9, 4, true, &free, job.as_ref()), "--threads or SOYAKU_THREADS");
        assert_eq!(Threads::of(9, 4, true, &free, None).finding(4).level, Level::Warn);
        assert_eq!(Threads::of(4, 4, false, &free, None).finding(4).level, Level::Ok);
    }
}
