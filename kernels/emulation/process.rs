//! The running test binary, run again.

use std::io::Read;
use std::process::{ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::Machine;

/// Set in a process that a test started: tests that would start more do nothing there.
pub(crate) const INSIDE: &str = "SOYAKU_EMULATION_INSIDE";

/// The longest that a run may take: an endless kernel ends here.
const PATIENCE: Duration = Duration::from_secs(600);

/// What came of a run.
#[derive(Debug)]
pub struct Outcome {
    /// How the process ended; nothing where none was started, in a process that is itself such a run.
    pub status: Option<ExitStatus>,
    /// Standard output and standard error.
    pub text: String,
    /// How many tests passed.
    pub passed: usize,
}

pub(crate) fn run(machine: &Machine, filters: &[&str], exact: bool) -> Outcome {
    if std::env::var_os(INSIDE).is_some() {
        return Outcome { status: None, text: String::new(), passed: 0 };
    }
    let failed = |what: &str, error: std::io::Error| -> ! { panic!("{what}: {error}") };
    let program = std::env::current_exe().unwrap_or_else(|error| failed("the running program", error));
    let mut command = machine.command(program);
    command.args(filters).args(["--include-ignored", "--nocapture"]);
    if exact {
        command.arg("--exact");
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| failed("the test binary", error));
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (output, errors) = (thread::spawn(|| read(stdout)), thread::spawn(|| read(stderr)));
    let start = Instant::now();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if start.elapsed() > PATIENCE => {
                let _ = child.kill();
            }
            Ok(None) => thread::sleep(Duration::from_millis(10)),
            Err(error) => failed("the test binary", error),
        }
    };
    let mut text = output.join().unwrap_or_default();
    let passed = passed(&text);
    text.push_str(&errors.join().unwrap_or_default());
    Outcome { status: Some(status), text, passed }
}

fn read(stream: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(mut stream) = stream {
        // What was read until an error is shown all the same.
        let _ = stream.read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// From `test result: ok. 3 passed; ...`.
fn passed(text: &str) -> usize {
    let results = text.lines().filter_map(|line| line.strip_prefix("test result: ok. "));
    results.filter_map(|line| line.split(' ').next()?.parse::<usize>().ok()).sum()
}

pub(crate) fn pass(outcome: Outcome, filters: &[&str]) -> Outcome {
    let Some(status) = outcome.status else { return outcome };
    println!("{}", outcome.text);
    assert!(status.success(), "on the emulated device {filters:?} ended with {status}");
    assert!(outcome.passed > 0, "no test is named like {filters:?}");
    outcome
}

#[cfg(test)]
mod tests {
    #[test]
    fn passed_tests_are_counted() {
        let text = "\nrunning 2 tests\n..\ntest result: ok. 2 passed; 0 failed; 0 ignored; 0 measured\n";
        assert_eq!(super::passed(text), 2);
        assert_eq!(super::passed("test result: FAILED. 1 passed; 1 failed"), 0);
    }
}
