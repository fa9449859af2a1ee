//! The corpora of the fuzz targets, and everything they ever found, once more: what must hold for
//! any input holds for these. The checks are those of the targets, see `docs/fuzzing.md`.

#![allow(clippy::expect_used, clippy::unwrap_used)]

#[path = "../../../fuzz/src/lib.rs"]
#[allow(dead_code)]
mod fuzz;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What one input may take, several times what the slowest takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(10);

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz").join(name)
}

/// Takes back [`slice::escape_ascii`]: one input a line.
fn unescape(line: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = line.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        let [kind, tail @ ..] = rest else { panic!("a line ends in a backslash: {line}") };
        rest = tail;
        bytes.push(match kind {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'x' => {
                let digits = std::str::from_utf8(&rest[..2]).expect("two digits");
                rest = &rest[2..];
                u8::from_str_radix(digits, 16).expect("hexadecimal digits")
            }
            other => *other,
        });
    }
    bytes
}

/// All inputs of a target, each with where it is from.
fn inputs(target: &str) -> Vec<(String, Vec<u8>)> {
    let mut inputs = Vec::new();
    let list = folder("corpus").join(format!("{target}.txt"));
    let text = std::fs::read_to_string(&list).expect("the corpus is part of the repository");
    for (number, line) in text.lines().enumerate() {
        inputs.push((format!("{target}.txt:{}", number + 1), unescape(line)));
    }
    let found = folder("regressions").join(target);
    for entry in std::fs::read_dir(found).into_iter().flatten() {
        let path = entry.expect("a folder can be read").path();
        let bytes = std::fs::read(&path).expect("a file can be read");
        inputs.push((path.file_name().unwrap_or_default().to_string_lossy().into_owned(), bytes));
    }
    inputs
}

/// Checks the inputs, and fails with all that do not hold.
fn replay(target: &str, inputs: &[(String, Vec<u8>)], mut check: impl FnMut(&[u8])) {
    let mut failures = Vec::new();
    let mut slowest = (Duration::ZERO, "none");
    for (name, input) in inputs {
        let start = Instant::now();
        if catch_unwind(AssertUnwindSafe(|| check(input))).is_err() {
            failures.push(format!("{name}: {}", input[..input.len().min(400)].escape_ascii()));
        }
        slowest = slowest.max((start.elapsed(), name));
    }
    println!("{target}: {} inputs, {} ms for {}", inputs.len(), slowest.0.as_millis(), slowest.1);
    assert!(!inputs.is_empty(), "no inputs for {target}");
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), inputs.len(), failures.join("\n"));
    assert!(slowest.0 < LIMIT, "{} took {} s", slowest.1, slowest.0.as_secs());
}

/// A list that the other tests use, as inputs.
fn list(file: &str) -> Vec<(String, Vec<u8>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(file);
    let text = std::fs::read(&path).expect("the list is part of the repository");
    let lines = text.split(|&byte| byte == b'\n').enumerate();
    lines.map(|(number, line)| (format!("{file}:{}", number + 1), line.to_vec())).collect()
}

#[test]
fn smiles() {
    let mut checker = fuzz::smiles::Smiles::default();
    let all = [inputs("smiles"), list("odd.smi"), list("stereo_scaffolds.smi")].concat();
    replay("smiles", &all, |input| checker.check(input));
}

#[test]
fn smarts() {
    let mut checker = fuzz::smarts::Smarts::default();
    let all = [inputs("smarts"), list("smarts.txt")].concat();
    replay("smarts", &all, |input| checker.check(input));
}

#[test]
fn sdf() {
    let mut checker = fuzz::sdf::Sdf::default();
    replay("sdf", &inputs("sdf"), |input| checker.check(input));
}

#[test]
fn fps() {
    replay("fps", &inputs("fps"), |input| fuzz::fps::Fps.check(input));
}

#[test]
fn lines_of_a_corpus_stand_for_any_bytes() {
    let bytes: Vec<u8> = (0..=255).collect();
    let line = bytes.escape_ascii().to_string();
    assert!(!line.contains('\n'));
    assert_eq!(unescape(&line), bytes);
}
