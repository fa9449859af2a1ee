//! Running the scripts in tests/parity.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::{fail_or_skip, workspace};

/// The version every comparison is about.
const VERSION: &str = "rdkit 2026.09.1";

/// The Python that has the packages of tests/parity/requirements.txt.
pub fn python() -> Option<PathBuf> {
    let path = std::env::var_os("SOYAKU_PYTHON")
        .map_or_else(|| workspace().join("target/venv/bin/python"), PathBuf::from);
    if path.is_file() {
        return Some(path);
    }
    fail_or_skip("SOYAKU_REQUIRE_ORACLES", &format!("{} (Python with RDKit)", path.display()));
    None
}

/// RDKit's own data files.
pub fn rdkit_data_folder() -> Option<PathBuf> {
    let output = Command::new(python()?)
        .args(["-c", "from rdkit import RDConfig; print(RDConfig.RDDataDir)"])
        .output()
        .expect("python starts");
    if !output.status.success() {
        fail_or_skip("SOYAKU_REQUIRE_ORACLES", "the Python package rdkit");
        return None;
    }
    Some(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}

/// One line of the oracle's output for each SMILES.
pub fn describe(name: &str, lines: &[String]) -> Option<Vec<String>> {
    let answers = run(name, "rdkit_oracle.py", &[], lines)?;
    assert_eq!(answers.len(), lines.len(), "one answer for each line of {name}");
    Some(answers)
}

/// The lines that a script in tests/parity writes, without the first one that tells the version.
pub fn run(name: &str, script: &str, arguments: &[&str], lines: &[String]) -> Option<Vec<String>> {
    rdkit_data_folder()?;
    let mut child = Command::new(python()?)
        .arg(workspace().join("tests/parity").join(script))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python starts");
    let mut input = child.stdin.take().expect("a pipe");
    let text = lines.iter().fold(String::new(), |text, line| text + line + "\n");
    let writer =
        std::thread::spawn(move || input.write_all(text.as_bytes()).expect("the oracle reads its input"));
    let output = child.wait_with_output().expect("the oracle ends");
    writer.join().expect("the input was written");
    assert!(output.status.success(), "the oracle failed on {name}: {}", output.status);
    let text = String::from_utf8(output.stdout).expect("the oracle writes UTF-8");
    let mut answers = text.lines().map(str::to_owned);
    assert_eq!(answers.next().as_deref(), Some(VERSION), "version of the reference");
    Some(answers.collect())
}
