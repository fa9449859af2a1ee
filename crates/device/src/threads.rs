//! How many threads to use when nobody says.

/// Environment variables by which schedulers say how many CPUs a task has.
const SCHEDULER_HINTS: [&str; 6] =
    ["SLURM_CPUS_PER_TASK", "NCPUS", "PBS_NUM_PPN", "LSB_DJOB_NUMPROC", "NSLOTS", "HQ_CPUS_COUNT"];

/// CPUs this process may use: the scheduler's hint where there is one, never more than the
/// affinity mask and the cgroup quota allow.
pub fn default_threads() -> usize {
    let allowed = std::thread::available_parallelism().map_or(1, usize::from);
    hint(|name| std::env::var(name).ok()).map_or(allowed, |hint| hint.min(allowed))
}

fn hint(variable: impl Fn(&str) -> Option<String>) -> Option<usize> {
    SCHEDULER_HINTS.iter().find_map(|name| variable(name)?.trim().parse().ok()).filter(|&count| count > 0)
}

/// Runs `other` on a thread of its own while `own` runs on this one, and waits for both.
pub(crate) fn beside<A: Send, B>(
    name: &str,
    other: &(impl Fn() -> A + Sync),
    own: impl FnOnce() -> B,
) -> (A, B) {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn_scoped(scope, other);
        let mine = own();
        let done = match thread {
            Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            // a low limit on threads
            Err(_) => other(),
        };
        (done, mine)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_readable_hint_wins() {
        let environment = |name: &str| match name {
            "SLURM_CPUS_PER_TASK" => Some("many".to_owned()),
            "NCPUS" => Some("4".to_owned()),
            "NSLOTS" => Some("9".to_owned()),
            _ => None,
        };
        assert_eq!(hint(environment), Some(4));
        assert_eq!(hint(|_| None), None);
        assert_eq!(hint(|_| Some("0".into())), None);
    }

    #[test]
    fn at_least_one() {
        assert!(default_threads() >= 1);
    }
}
