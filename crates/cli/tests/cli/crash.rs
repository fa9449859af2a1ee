//! Killed, interrupted, started again: the results are those of a run that nothing happened to.

use std::fmt::Write as _;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::harness::{Scratch, bytes, json, shipped, test_data, text};

/// Rows after which a screen saves a part of its results.
const PART: u64 = 65_536;

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

/// Rows of a finished run that an earlier start had done.
fn resumed(scratch: &Scratch, out: &str) -> u64 {
    let run = json(&scratch.path(out).join("run.json"));
    run["counts"]["resumed"].as_u64().unwrap_or_else(|| panic!("no count in {run}"))
}

#[test]
fn killed_at_any_moment_and_started_again() {
    let scratch = Scratch::new();
    let Some(args) = screening(&scratch) else { return };
    let (whole, expected) = finish(&scratch, &args, "whole");
    let mut killed = 0;
    for attempt in 0..4u32 {
        let out = format!("killed-{attempt}");
        let mut child = start(&scratch, &args, &out);
        sleep(whole.mul_f64(f64::from(attempt + 1) / 5.0));
        let _ = child.kill();
        let status = child.wait().expect("wait");
        killed += u32::from(status.code().is_none());
        let (_, files) = finish(&scratch, &args, &out);
        assert!(files == expected, "attempt {attempt}: not the bytes of an uninterrupted run");
    }
    assert!(killed >= 1, "all 4 runs had ended before they were killed");
}

/// Compounds enough for a part and some more, each cheap.
fn large_library(scratch: &Scratch) -> u64 {
    const ENDS: [&str; 8] = ["C", "N", "O", "F", "CC", "OC", "C#N", "c1ccccc1"];
    let mut lines = String::new();
    let mut rows = 0;
    for a in ENDS {
        for b in ENDS {
            for c in ENDS {
                for length in 0..200 {
                    // Every thousandth row is no molecule: failures must survive a resume, too.
                    let ring = if rows % 1000 == 7 { "1" } else { "" };
                    let chain = "C".repeat(length % 20);
                    let _ = writeln!(lines, "C({a})N({b})C{ring}({c}){chain} row-{rows}");
                    rows += 1;
                }
            }
        }
    }
    scratch.write("large.smi", lines);
    rows
}

#[test]
fn a_killed_run_goes_on_after_the_last_part() {
    let scratch = Scratch::new();
    let rows = large_library(&scratch);
    let drugs = shipped("cns_drugs.smi");
    let args = ["screen", "large.smi", "--like", text(&drugs), "--batch-size", "1000", "-o"];
    let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
    let (_, expected) = finish(&scratch, &args, "whole");
    assert_eq!(resumed(&scratch, "whole"), 0);
    let run = json(&scratch.path("whole/run.json"));
    assert_eq!(run["counts"]["failed"]["invalid"].as_u64(), Some(rows.div_ceil(1000)), "{run}");

    let mut went_on = false;
    for attempt in 0..5 {
        let out = format!("killed-{attempt}");
        let mut child = start(&scratch, &args, &out);
        // The journal says which parts are finished: it begins with what the run is, then grows.
        let journal = || fs::metadata(scratch.path(&out).join("journal")).map_or(0, |file| file.len());
        let mut begun = 0;
        while child.try_wait().expect("wait").is_none() && (begun == 0 || journal() == begun) {
            begun = if begun == 0 { journal() } else { begun };
            sleep(Duration::from_millis(2));
        }
        let _ = child.kill();
        let status = child.wait().expect("wait");
        let (_, files) = finish(&scratch, &args, &out);
        assert!(files == expected, "attempt {attempt}: not the bytes of an uninterrupted run");
        // On a busy machine the kill may have come after the end.
        if status.code().is_none() && resumed(&scratch, &out) >= PART {
            went_on = true;
            break;
        }
    }
    assert!(went_on, "no run was killed between its first part and its end");
}

#[test]
fn a_stop_signal_ends_cleanly_with_its_code() {
    let scratch = Scratch::new();
    let Some(args) = screening(&scratch) else { return };
    let (whole, expected) = finish(&scratch, &args, "whole");
    for (signal, code) in [("TERM", 143), ("INT", 130), ("USR1", 138), ("USR2", 140), ("XCPU", 152)] {
        let out = format!("stopped-{signal}");
        let mut stopped = false;
        // On a busy machine the moment may be missed: try several, require one.
        for part in [3, 2, 4, 6, 8, 2, 3] {
            let _ = fs::remove_dir_all(scratch.path(&out));
            let mut child = start(&scratch, &args, &out);
            // Before its folder is there the process may not have come to the point of catching signals.
            while child.try_wait().expect("wait").is_none() && !scratch.path(&out).join("journal").exists() {
                sleep(Duration::from_millis(2));
            }
            sleep(whole / part);
            let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status();
            assert!(sent.expect("kill").success() || child.try_wait().expect("wait").is_some());
            let output = child.wait_with_output().expect("wait");
            let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
            match output.status.code() {
                Some(0) => continue,
                found => assert_eq!(found, Some(code), "SIG{signal}\n{stderr}"),
            }
            assert!(stderr.contains("the same command continues from row"), "{stderr}");
            assert!(!scratch.path(&out).join("hits.csv").exists(), "a hit list of half a library");
            stopped = true;
            break;
        }
        assert!(stopped, "SIG{signal} never came while the run was at work");
        let (_, files) = finish(&scratch, &args, &out);
        assert!(files == expected, "SIG{signal}: not the bytes of an uninterrupted run");
        assert!(resumed(&scratch, &out) >= 256, "SIG{signal}: nothing was kept");
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
    scratch.run(&other).expect_code(2).expect_message(&["out", "--restart"]);
    let kept = ["results.h5", "hits.csv"].map(|name| bytes(&scratch.path("out").join(name)));
    assert!(kept == first);
    // Unless that is asked for.
    other.push("--restart");
    scratch.ok(&other);
    let hits = String::from_utf8(bytes(&scratch.path("out/hits.csv"))).expect("UTF-8");
    assert_eq!(hits.lines().count(), 6, "{hits}");
}
