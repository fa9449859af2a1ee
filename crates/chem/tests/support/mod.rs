//! Shared parts of the RDKit comparison.

pub mod compare;
pub mod oracle;
// not every comparison takes its compounds from here
#[allow(dead_code)]
pub mod sets;

use std::path::{Path, PathBuf};

use compare::Comparison;

/// Root of the workspace.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Folder of the shared test data.
pub fn data_folder() -> PathBuf {
    std::env::var_os("SOYAKU_TEST_DATA").map_or_else(|| workspace().join("../shared/data"), PathBuf::from)
}

/// Reports a missing part: fails if the environment variable demands it, else only says so.
pub fn fail_or_skip(variable: &str, missing: &str) {
    assert!(
        std::env::var_os(variable).is_none_or(|value| value != "1"),
        "{variable}=1, but missing: {missing}"
    );
    println!("skipped: {missing}");
}

/// Compares all lines of a set with what RDKit makes of them, prints the totals and fails on a
/// difference that is not in `known`.
pub fn check(name: &str, lines: &[String], known: &[(&str, &str)]) {
    let Some(answers) = oracle::describe(name, lines) else { return };
    let mut comparison = Comparison::new(known);
    for (line, answer) in lines.iter().zip(&answers) {
        comparison.add(line, answer);
    }
    println!("{name}: {comparison}");
    assert!(comparison.is_equal(), "{name} differs from RDKit:\n{}", comparison.differences());
}
