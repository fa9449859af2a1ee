//! Batch systems, by the variables that they set.

use serde::Serialize;

use super::finding::Finding;
use super::host::Host;

/// A job of a batch system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Scheduler {
    /// Its name.
    pub name: &'static str,
    /// The job.
    pub job: String,
    /// Index of this task in an array of them.
    pub array_index: Option<u64>,
    /// CPUs of this task, with the variable that tells them.
    pub cpus: Option<(&'static str, u64)>,
    /// How often the job was started again.
    pub restarts: Option<u64>,
}

/// The variables of a system.
struct Variables {
    name: &'static str,
    job: &'static str,
    array_index: &'static [&'static str],
    cpus: &'static [&'static str],
    restarts: Option<&'static str>,
}

const SYSTEMS: [Variables; 5] = [
    Variables {
        name: "Slurm",
        job: "SLURM_JOB_ID",
        array_index: &["SLURM_ARRAY_TASK_ID"],
        cpus: &["SLURM_CPUS_PER_TASK", "SLURM_CPUS_ON_NODE"],
        restarts: Some("SLURM_RESTART_COUNT"),
    },
    Variables {
        name: "PBS",
        job: "PBS_JOBID",
        array_index: &["PBS_ARRAY_INDEX", "PBS_ARRAYID"],
        cpus: &["NCPUS", "PBS_NUM_PPN"],
        restarts: None,
    },
    Variables {
        name: "LSF",
        job: "LSB_JOBID",
        array_index: &["LSB_JOBINDEX"],
        cpus: &["LSB_DJOB_NUMPROC"],
        restarts: None,
    },
    Variables {
        name: "HyperQueue",
        job: "HQ_JOB_ID",
        array_index: &["HQ_TASK_ID"],
        cpus: &["HQ_CPUS_COUNT"],
        restarts: Some("HQ_INSTANCE_ID"),
    },
    Variables {
        name: "Grid Engine",
        job: "JOB_ID",
        array_index: &["SGE_TASK_ID"],
        cpus: &["NSLOTS"],
        restarts: Some("RESTARTED"),
    },
];

impl Scheduler {
    /// The one that started this process, if any. A system inside another's job is the one that counts:
    /// HyperQueue's workers run in jobs of the others.
    pub fn of(host: &Host) -> Option<Self> {
        let started = |system: &&Variables| {
            // JOB_ID alone could be anybody's.
            let is_certain = system.job != "JOB_ID" || host.variable("SGE_ROOT").is_some();
            is_certain && host.variable(system.job).is_some()
        };
        let inner = SYSTEMS.iter().filter(started).find(|system| system.name == "HyperQueue");
        let system = inner.or_else(|| SYSTEMS.iter().find(started))?;
        let number = |names: &'static [&'static str]| {
            names.iter().find_map(|name| host.number(name).map(|number| (*name, number)))
        };
        // LSF numbers the tasks of an array from 1 and says 0 where there is none.
        let array_index = number(system.array_index).map(|(_, index)| index);
        Some(Self {
            name: system.name,
            job: host.variable(system.job).unwrap_or_default().to_owned(),
            array_index: array_index.filter(|&index| system.name != "LSF" || index > 0),
            cpus: number(system.cpus),
            restarts: system.restarts.and_then(|name| host.number(name)),
        })
    }

    /// What to tell.
    pub fn finding(scheduler: Option<&Self>) -> Finding {
        let Some(job) = scheduler else { return Finding::ok("scheduler", "none") };
        let mut message = format!("{}, job {}", job.name, job.job);
        if let Some(index) = job.array_index {
            message.push_str(&format!(", task {index} of an array"));
        }
        if let Some((_, cpus)) = job.cpus {
            message.push_str(&format!(", {cpus} CPUs"));
        }
        if let Some(restarts) = job.restarts.filter(|&restarts| restarts > 0) {
            message.push_str(&format!(", started again {restarts} times"));
        }
        Finding::ok("scheduler", message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::host::made_of;

    fn found(variables: &[(&str, &str)]) -> Option<Scheduler> {
        let (host, _folder) = made_of(&[], variables);
        Scheduler::of(&host)
    }

    #[test]
    fn each_system_is_known_by_its_variables() {
        let slurm = found(&[
            ("SLURM_JOB_ID", "71"),
            ("SLURM_ARRAY_TASK_ID", "3"),
            ("SLURM_CPUS_ON_NODE", "64"),
            ("SLURM_CPUS_PER_TASK", "8"),
            ("SLURM_RESTART_COUNT", "2"),
        ]);
        let slurm = slurm.unwrap();
        assert_eq!((slurm.name, slurm.array_index, slurm.restarts), ("Slurm", Some(3), Some(2)));
        assert_eq!(slurm.cpus, Some(("SLURM_CPUS_PER_TASK", 8)));
        let told = Scheduler::finding(Some(&slurm)).message;
        assert_eq!(told, "Slurm, job 71, task 3 of an array, 8 CPUs, started again 2 times");

        let torque = found(&[("PBS_JOBID", "9.head"), ("PBS_ARRAYID", "4"), ("PBS_NUM_PPN", "2")]).unwrap();
        assert_eq!(
            (torque.name, torque.array_index, torque.cpus),
            ("PBS", Some(4), Some(("PBS_NUM_PPN", 2)))
        );
        let lsf = found(&[("LSB_JOBID", "5"), ("LSB_JOBINDEX", "0")]).unwrap();
        assert_eq!((lsf.name, lsf.array_index), ("LSF", None));
        let grid = found(&[("JOB_ID", "5"), ("SGE_ROOT", "/sge"), ("SGE_TASK_ID", "undefined")]).unwrap();
        assert_eq!((grid.name, grid.array_index), ("Grid Engine", None));
        let inner = found(&[("SLURM_JOB_ID", "1"), ("HQ_JOB_ID", "2"), ("HQ_TASK_ID", "6")]).unwrap();
        assert_eq!((inner.name, inner.job.as_str(), inner.array_index), ("HyperQueue", "2", Some(6)));
    }

    #[test]
    fn without_a_job_there_is_none() {
        assert_eq!(found(&[("JOB_ID", "5"), ("SLURM_JOB_ID", "")]), None);
        assert_eq!(Scheduler::finding(None).message, "none");
    }
}
