//! A bar on a terminal, a line every 30 seconds elsewhere.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use soyaku_screen::Progress;

use crate::format::{count, duration};
use crate::log::Log;

/// Time between two lines where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(30);

/// Progress of one command.
pub struct Reporter {
    log: Log,
    what: &'static str,
    bar: ProgressBar,
    lines: Mutex<Lines>,
}

struct Lines {
    started: Instant,
    last: Instant,
    done: u64,
    total: Option<u64>,
}

impl Reporter {
    /// For compounds that are being `what` ("screened").
    pub fn new(log: Log, what: &'static str) -> Self {
        let now = Instant::now();
        let drawn = log.is_human() && !log.is_quiet() && std::io::stderr().is_terminal();
        let bar = if drawn { ProgressBar::no_length() } else { ProgressBar::hidden() };
        Self { log, what, bar, lines: Mutex::new(Lines { started: now, last: now, done: 0, total: None }) }
    }

    fn lines(&self) -> std::sync::MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Drop for Reporter {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Reporter {
    fn begin(&self, rows: Option<u64>) {
        let mut lines = self.lines();
        lines.total = rows;
        lines.done = 0;
        self.bar.set_position(0);
        lines.started = Instant::now();
        lines.last = lines.started;
        let template = match rows {
            Some(rows) => {
                self.bar.set_length(rows);
                "{bar:32} {percent:>3}%  {human_pos} of {human_len} compounds  {per_sec}  {eta} left"
            }
            None => "{spinner} {human_pos} compounds  {per_sec}  {elapsed}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style.progress_chars("━╸ "));
        }
        self.bar.enable_steady_tick(Duration::from_millis(200));
    }

    fn advance(&self, rows: u64) {
        self.bar.inc(rows);
        let mut lines = self.lines();
        lines.done += rows;
        if !self.bar.is_hidden() || lines.last.elapsed() < LINE_EVERY {
            return;
        }
        lines.last = Instant::now();
        let elapsed = lines.started.elapsed().as_secs_f64();
        let rate = lines.done as f64 / elapsed.max(1e-9);
        let left = lines.total.map(|total| total.saturating_sub(lines.done) as f64 / rate.max(1e-9));
        let mut message =
            format!("{} compounds {}, {} a second", count(lines.done), self.what, count(rate.round() as u64));
        if let Some(left) = left {
            message.push_str(&format!(", {} left", duration(left)));
        }
        let fields = serde_json::json!({
            "event": "progress", "done": lines.done, "total": lines.total,
            "per_second": rate, "seconds_left": left,
        });
        self.log.event(&message, fields);
    }

    fn finishing(&self, what: &str) {
        self.bar.set_message(what.to_owned());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}  {elapsed}") {
            self.bar.set_style(style);
        }
    }

    fn warn(&self, message: &str) {
        self.bar.suspend(|| self.log.warn(message));
    }
}
