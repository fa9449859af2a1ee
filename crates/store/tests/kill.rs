//! A process killed at any moment loses at most the part it was writing.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::json;
use soyaku_store::{ResultRows, ResultsLayout, Row, RunDirectory, Status, TaskColumn};

const TOTAL: u64 = 60_000;
const PART: u64 = 500;

fn layout() -> ResultsLayout {
    let task =
        TaskColumn { name: "t".into(), units: String::new(), kind: "regression".into(), model: "m".into() };
    ResultsLayout { tasks: vec![task], ..Default::default() }
}

fn rows(range: std::ops::Range<u64>) -> ResultRows {
    let mut rows = ResultRows::new(&layout());
    for line in range {
        let row = Row {
            line,
            status: Status::Ok,
            reason: "",
            mean: &[(line as f32).sin()],
            std: &[],
            descriptors: &[],
            similarity: None,
        };
        rows.push(&row).unwrap();
    }
    rows
}

/// Goes on with the run in `folder` to its end.
fn work(folder: &Path) {
    let mut run = RunDirectory::open_or_create(folder, &layout(), "run", false).unwrap();
    while !run.is_finished() && run.completed_rows() < TOTAL {
        let start = run.completed_rows();
        run.write_part(&rows(start..start + PART)).unwrap();
    }
    run.finish(&json!({})).unwrap();
}

/// Not a test of its own: what the killed processes do.
#[test]
fn worker() {
    if let Some(folder) = std::env::var_os("SOYAKU_TEST_WORK_IN") {
        work(Path::new(&folder));
    }
}

#[test]
fn killed_runs_end_with_the_same_bytes() {
    let expected = tempfile::tempdir().unwrap();
    work(expected.path());
    let expected = std::fs::read(expected.path().join("results.h5")).unwrap();

    let folder = tempfile::tempdir().unwrap();
    let mut kills = 0;
    for round in 0..200_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "worker"])
            .env("SOYAKU_TEST_WORK_IN", folder.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(15 + 7 * (round % 13)));
        let _ = child.kill();
        let status = child.wait().unwrap();
        if status.success() {
            break;
        }
        kills += 1;
        let results = folder.path().join("results.h5");
        assert!(!results.exists() || std::fs::read(results).unwrap() == expected);
    }
    work(folder.path());
    assert!(std::fs::read(folder.path().join("results.h5")).unwrap() == expected);
    assert!(kills > 0, "no process was killed before it ended");
}
