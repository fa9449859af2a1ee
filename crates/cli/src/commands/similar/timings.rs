//! What took how long, for those who wait for a first answer.

use serde::Serialize;
use soyaku_device::Stage;

use crate::log::Log;

/// A stage, in seconds from the beginning of the process.
#[derive(Debug, Serialize)]
pub struct Timing {
    stage: String,
    began: f64,
    ended: f64,
}

/// In the order of their beginning.
pub fn of(stages: impl Iterator<Item = Stage>, log: &Log) -> Vec<Timing> {
    let timing = |stage: Stage| Timing {
        began: log.seconds_until(stage.began),
        ended: log.seconds_until(stage.began + stage.took),
        stage: stage.what.into_owned(),
    };
    let mut timings: Vec<Timing> = stages.map(timing).collect();
    timings.sort_by(|one, other| one.began.total_cmp(&other.began));
    timings
}

/// For people: stages may go on at the same time.
pub fn text(timings: &[Timing]) -> String {
    let line = |timing: &Timing| format!("{:9.3} to {:.3} s  {}", timing.began, timing.ended, timing.stage);
    timings.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::log::LogFormat;

    #[test]
    fn by_the_beginning() {
        let log = Log::new(true, LogFormat::Human);
        let now = Instant::now() + Duration::from_secs(1);
        let stage = |what: &'static str, after: u64, took: u64| Stage {
            what: what.into(),
            began: now + Duration::from_millis(after),
            took: Duration::from_millis(took),
        };
        let timings = of([stage("later", 500, 20), stage("sooner", 0, 1500)].into_iter(), &log);
        let told = text(&timings);
        let (first, second) = told.split_once('\n').unwrap();
        assert!(first.trim_start().starts_with("1.0") && first.ends_with("sooner"), "{told}");
        assert!(second.contains(" to 1.5") && second.ends_with("later"), "{told}");
    }
}
