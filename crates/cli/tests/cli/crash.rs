//! Killed, interrupted, started again: the results are those of a run that nothing happened to.

use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::harness::{Scratch, bytes, test_data, text};

/// A library that takes long enough to be interrupted, and the arguments that screen it.
fn screening(scratch: &Scratch) -> Option<Vec<String>> {
    let model = scratch.small_model()?;
    let chembl = test_data("smiles/chembl_10k.smi")?;
    scratch.ok(&["library", "build", text(&chembl), "-o", "chembl.h5"]);
    let args = ["screen", "chembl.h5", "--model", model, "--top", "100", "--batch-size", "256", "-o"];
    Some(args.iter().map(|arg| (*arg).to_owned()).collect())
}

fn start(scratch: &Scratch, args: &[String], out: &str) -> Child {
    let args = args.iter().map(String::as_str).chain([out]);
    scratch.command(args).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("start soyaku")
}

/// Runs to the end and returns the seconds it took and the bytes of what it wrote.
fn finish(scratch: &Scratch, args: &[String], out: &str) -> (Duration, [Vec<u8>; 2]) {
    let started = Instant::now();
    let args: Vec<&str> = args.iter().map(String::as_str).chain([out]).collect();
    scratch.ok(&args);
    let files = ["results.h5", "hits.csv"].map(|name| bytes(&scratch.path(out).join(name)));
    (started.elapsed(), files)
}

#[test]
fn killed_at_any_moment_and_started_again() {
    let scratch = Scratch::new();
    let Some(args) = screening(&scratch) else { return };
    let (whole, expected) = finish(&scratch, &args, "whole");
    let mut killed = 0;
    for attempt in 0..10u32 {
        let out = format!("killed-{attempt}");
        let mut child = start(&scratch, &args, &out);
        sleep(whole.mul_f64(f64::from(attempt + 1) / 11.0));
        // A second kill in the middle of the resumed run, for every other attempt.
        let _ = child.kill();
        let status = child.wait().expect("wait");
        killed += u32::from(status.code().is_none());
        if attempt % 2 == 1 {
            let mut child = start(&scratch, &args, &out);
            sleep(whole / 4);
            let _ = child.kill();
            child.wait().expect("wait");
        }
        let (_, files) = finish(&scratch, &args, &out);
        assert!(files == expected, "attempt {attempt}: not the bytes of an uninterrupted run");
    }
    assert!(killed >= 3, "only {killed} of 10 runs were still at work when they were killed");
}

#[test]
fn a_stop_signal_ends_cleanly_with_its_code() {
    let scratch = Scratch::new();
    let Some(args) = screening(&scratch) else { return };
    let (whole, expected) = finish(&scratch, &args, "whole");
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        let out = format!("stopped-{signal}");
        let mut stopped = false;
        // On a busy machine the moment may be missed: try several, require one.
        for part in [3, 2, 4, 6] {
            let _ = std::fs::remove_dir_all(scratch.path(&out));
            let mut child = start(&scratch, &args, &out);
            sleep(whole / part);
            let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status();
            assert!(sent.expect("kill").success() || child.try_wait().expect("wait").is_some());
            let output = child.wait_with_output().expect("wait");
            let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
            match output.status.code() {
                Some(0) => continue,
                found => assert_eq!(found, Some(code), "SIG{signal}\n{stderr}"),
            }
            assert!(!scratch.path(&out).join("hits.csv").exists(), "a hit list of half a library");
            stopped = true;
            break;
        }
        assert!(stopped, "SIG{signal} never came while the run was at work");
        let (_, files) = finish(&scratch, &args, &out);
        assert!(files == expected, "SIG{signal}: not the bytes of an uninterrupted run");
    }
}

#[test]
fn a_finished_run_is_not_done_again() {
    let scratch = Scratch::new();
    let Some(args) = screening(&scratch) else { return };
    let (_, first) = finish(&scratch, &args, "out");
    let (_, second) = finish(&scratch, &args, "out");
    assert!(first == second);
    // Another configuration does not overwrite it.
    let mut other: Vec<&str> = args.iter().map(String::as_str).collect();
    let top = other.iter().position(|arg| *arg == "100").expect("--top");
    other[top] = "5";
    other.push("out");
    scratch.run(&other).expect_code(2).expect_message(&["out"]);
    let kept = ["results.h5", "hits.csv"].map(|name| bytes(&scratch.path("out").join(name)));
    assert!(kept == first);
}
