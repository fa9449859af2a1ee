//! What every test needs: a scratch folder, the binary, the test data, a small model, a Python with h5py.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use soyaku_emulation::Machine;
use tempfile::TempDir;

/// A fresh folder and the ways to run `soyaku` in it.
pub struct Scratch {
    folder: TempDir,
}

impl Scratch {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a scratch folder") }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file and returns its path.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).expect("write a test file");
        path
    }

    /// The command, with a closed standard input and no configuration from the environment.
    pub fn command<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_soyaku"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("SOYAKU_") {
                command.env_remove(name);
            }
        }
        command.args(args).current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    /// Runs and returns whatever came of it.
    pub fn run(&self, args: &[&str]) -> Run {
        Run { args: args.join(" "), output: self.command(args).output().expect("start soyaku") }
    }

    /// Runs on a machine with an emulated GPU and returns whatever came of it.
    pub fn on(&self, machine: &Machine, args: &[&str]) -> Run {
        let mut command = machine.command(env!("CARGO_BIN_EXE_soyaku"));
        let given = machine.environment();
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("SOYAKU_") && given.iter().all(|(known, _)| *known != name) {
                command.env_remove(name.as_ref());
            }
        }
        command.args(args).current_dir(self.folder.path()).stdin(Stdio::null());
        Run { args: args.join(" "), output: command.output().expect("start soyaku") }
    }

    /// Runs and requires success.
    pub fn ok(&self, args: &[&str]) -> Run {
        let run = self.run(args);
        run.expect_code(0);
        run
    }

    /// Imports the small regression checkpoint of the test data and returns the model's file name.
    ///
    /// `None` where the test data are absent; the reason has been printed.
    pub fn small_model(&self) -> Option<&'static str> {
        let checkpoint = test_data("chemprop_checkpoints/regression_mol.pt")?;
        self.ok(&["model", "import", text(&checkpoint), "-o", "small.safetensors"]);
        Some("small.safetensors")
    }

    /// Builds `esol.h5` from the shipped solubility set.
    pub fn esol_library(&self) -> &'static str {
        let esol = shipped("esol.csv");
        self.ok(&["library", "build", text(&esol), "--smiles-column", "smiles", "-o", "esol.h5"]);
        "esol.h5"
    }
}

/// A finished process.
pub struct Run {
    args: String,
    output: Output,
}

impl Run {
    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }

    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    /// Requires this exit code, and that nothing panicked.
    pub fn expect_code(&self, code: i32) -> &Self {
        let (args, stderr) = (&self.args, self.stderr());
        assert_eq!(self.output.status.code(), Some(code), "soyaku {args}\n{stderr}");
        assert!(!stderr.contains("panicked"), "soyaku {args}\n{stderr}");
        self
    }

    /// Requires every one of these words in the error message.
    pub fn expect_message(&self, words: &[&str]) -> &Self {
        let stderr = self.stderr();
        for word in words {
            assert!(stderr.contains(word), "soyaku {}: `{word}` is not in the message\n{stderr}", self.args);
        }
        self
    }
}

/// The path as text; test folders have no odd names.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A file of `data/`, which every checkout has.
pub fn shipped(name: &str) -> PathBuf {
    root().join("data").join(name)
}

/// A file of the shared test data, or `None` (and a line that says so) where they are absent.
pub fn test_data(name: &str) -> Option<PathBuf> {
    let folder =
        std::env::var_os("SOYAKU_TEST_DATA").map_or_else(|| root().join("../shared/data"), PathBuf::from);
    let path = folder.join(name);
    present(path, "SOYAKU_REQUIRE_TEST_DATA")
}

/// The Python that has RDKit and h5py, or `None` (and a line that says so) where it is absent.
pub fn oracle_python() -> Option<PathBuf> {
    let python = std::env::var_os("SOYAKU_PYTHON")
        .map_or_else(|| root().join("target/venv/bin/python"), PathBuf::from);
    present(python, "SOYAKU_REQUIRE_ORACLES")
}

fn present(path: PathBuf, required: &str) -> Option<PathBuf> {
    if path.exists() {
        return Some(path);
    }
    assert!(
        std::env::var_os(required).is_none_or(|v| v != "1"),
        "{required}=1, but {} is missing",
        path.display()
    );
    println!("skipped: {} is missing", path.display());
    None
}

/// Runs one of the Python checks beside these tests; it exits with a traceback where an assertion fails.
pub fn python_check(python: &Path, script: &str, args: &[&Path]) {
    let script = root().join("crates/cli/tests/cli").join(script);
    let output = Command::new(python).arg("-B").arg(&script).args(args).stdin(Stdio::null()).output();
    let output = output.expect("start python");
    assert!(output.status.success(), "{}\n{}", script.display(), String::from_utf8_lossy(&output.stderr));
}

/// The bytes of a file; the path is in the message if there is none.
pub fn bytes(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A JSON file.
pub fn json(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&bytes(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A CSV file without quoted line breaks: header and rows, as cells.
pub fn table(path: &Path) -> (Vec<String>, Vec<Vec<String>>) {
    let content = String::from_utf8(bytes(path)).expect("a table in UTF-8");
    let mut lines = content.lines().map(cells);
    let header = lines.next().unwrap_or_default();
    (header, lines.collect())
}

fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            _ => cells.last_mut().expect("never empty").push(letter),
        }
    }
    cells
}
