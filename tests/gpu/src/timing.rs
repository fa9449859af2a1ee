//! Medians of repeated runs.

use std::time::{Duration, Instant};

use serde::Serialize;

/// Seconds of some runs of the same work.
#[derive(Clone, Debug, Serialize)]
pub struct Timing {
    /// Of each run, in order.
    pub samples_s: Vec<f64>,
    /// The middle one.
    pub median_s: f64,
    /// Median distance from the median.
    pub mad_s: f64,
}

impl Timing {
    /// Of the seconds of each run.
    pub fn of(samples: Vec<f64>) -> Self {
        let middle = median(&samples);
        let distances: Vec<f64> = samples.iter().map(|sample| (sample - middle).abs()).collect();
        Self { median_s: middle, mad_s: median(&distances), samples_s: samples }
    }
}

/// How long to repeat.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Runs that are not counted.
    pub warm_up: usize,
    /// At least so many that are.
    pub least: usize,
    /// At most so many.
    pub most: usize,
    /// And until this much time has passed.
    pub time: Duration,
}

impl Effort {
    /// For figures that are reported.
    pub const FULL: Self = Self { warm_up: 3, least: 10, most: 200, time: Duration::from_secs(1) };
    /// To see that everything runs.
    pub const QUICK: Self = Self { warm_up: 1, least: 2, most: 3, time: Duration::from_millis(1) };
    /// For profilers, which look at single launches.
    pub const ONCE: Self = Self { warm_up: 0, least: 1, most: 1, time: Duration::ZERO };
    /// For many points of a curve.
    pub const SWEEP: Self = Self { warm_up: 1, least: 3, most: 50, time: Duration::from_millis(500) };
    /// For work on the CPU that takes seconds.
    pub const CPU: Self = Self { warm_up: 1, least: 3, most: 50, time: Duration::from_secs(2) };
}

/// Repeats `run`, which returns the seconds that it took by its own clock.
pub fn repeat<E>(effort: Effort, mut run: impl FnMut() -> Result<f64, E>) -> Result<Timing, E> {
    for _ in 0..effort.warm_up {
        run()?;
    }
    let (started, mut samples) = (Instant::now(), Vec::new());
    while samples.len() < effort.least || (samples.len() < effort.most && started.elapsed() < effort.time) {
        samples.push(run()?);
    }
    Ok(Timing::of(samples))
}

/// Seconds of `work` by the clock on the wall.
pub fn wall<T, E>(work: impl FnOnce() -> Result<T, E>) -> Result<f64, E> {
    let started = Instant::now();
    work()?;
    Ok(started.elapsed().as_secs_f64())
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => sorted[count / 2],
        count => (sorted[count / 2 - 1] + sorted[count / 2]) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        let mut answers = [9.0, 1.0, 4.0, 2.0].into_iter();
        let effort = Effort { warm_up: 1, least: 3, most: 3, time: Duration::ZERO };
        let timing = repeat(effort, || answers.next().ok_or("too many runs")).unwrap();
        assert_eq!((timing.median_s, timing.mad_s), (2.0, 1.0));
        assert_eq!(timing.samples_s, [1.0, 4.0, 2.0]);
    }
}
