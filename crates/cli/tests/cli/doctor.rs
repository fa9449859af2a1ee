//! `soyaku doctor`: what a machine offers, for people and for programs.

use serde_json::Value;

use crate::harness::Scratch;

/// The parts that every report has.
const PARTS: [&str; 10] = [
    "cuda",
    "nvrtc",
    "kernel_cache",
    "cpu",
    "threads",
    "memory",
    "hdf5",
    "scheduler",
    "temporary_folder",
    "working_folder",
];

fn report(scratch: &Scratch, args: &[&str], variables: &[(&str, &str)]) -> Value {
    let mut command = scratch.command([&["doctor", "--json"], args].concat());
    let output = command.envs(variables.iter().copied()).output().expect("start soyaku");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn every_part_is_in_the_report_and_has_a_line() {
    let scratch = Scratch::new();
    let report = report(&scratch, &[], &[]);
    assert_eq!(report["schema"], "soyaku.doctor/1");
    assert_eq!(report["soyaku_version"], env!("CARGO_PKG_VERSION"));
    let findings = report["findings"].as_array().expect("findings");
    let lines = scratch.ok(&["doctor"]).stdout();
    for part in PARTS {
        assert!(report.get(part).is_some(), "{part}: {report}");
        let finding = findings.iter().find(|finding| finding["part"] == part).expect(part);
        let level = finding["level"].as_str().expect("a level");
        assert!(["ok", "warn", "missing"].contains(&level), "{finding}");
        assert_eq!(level == "ok", finding.get("advice").is_none(), "what to do, unless it is ok: {finding}");
        let start = format!("{level:7}  {:16}  ", part.replace('_', " "));
        assert!(lines.lines().any(|line| line.starts_with(&start)), "{start}\n{lines}");
    }
    assert_eq!(report["hdf5"]["zlib"], true);
    assert!(report["memory"]["total_bytes"].as_u64() > Some(1 << 20), "{report}");
}

#[test]
fn a_job_of_a_scheduler_is_recognized() {
    let scratch = Scratch::new();
    let job = [("SLURM_JOB_ID", "812"), ("SLURM_ARRAY_TASK_ID", "17"), ("SLURM_CPUS_PER_TASK", "1")];
    let in_job = report(&scratch, &[], &job);
    assert_eq!(
        (&in_job["scheduler"]["job"], &in_job["scheduler"]["array_index"]),
        (&"812".into(), &17.into())
    );
    assert_eq!(in_job["threads"]["used"], 1);
    let asked = report(&scratch, &["--threads", "3"], &job);
    assert_eq!(
        (&asked["threads"]["used"], &asked["threads"]["because"]),
        (&3.into(), &"--threads or SOYAKU_THREADS".into())
    );
}

#[test]
fn a_folder_that_cannot_be_written_is_missing_and_told() {
    let scratch = Scratch::new();
    let nowhere = scratch.path("nowhere");
    let report = report(&scratch, &[], &[("TMPDIR", nowhere.to_str().expect("UTF-8"))]);
    let findings = report["findings"].as_array().expect("findings");
    let finding = findings.iter().find(|finding| finding["part"] == "temporary_folder").expect("a line");
    assert_eq!(finding["level"], "missing");
    assert!(finding["advice"].as_str().expect("advice").contains("TMPDIR"), "{finding}");
}

#[test]
fn a_required_gpu_that_is_absent_is_69_with_the_whole_report() {
    if std::path::Path::new("/dev/nvidiactl").exists() {
        println!("skipped: this machine has an NVIDIA GPU");
        return;
    }
    let scratch = Scratch::new();
    let run = scratch.run(&["doctor", "--require", "cuda"]);
    run.expect_code(69).expect_message(&["device cuda is unavailable", "libcuda.so.1"]);
    // Free memory and room change from moment to moment, parts do not.
    let parts =
        |text: String| text.lines().map(|line| line.chars().take(25).collect()).collect::<Vec<String>>();
    assert_eq!(parts(run.stdout()), parts(scratch.ok(&["doctor"]).stdout()));
    scratch.run(&["doctor", "--require", "luck"]).expect_code(2).expect_message(&["luck", "cuda"]);
}
