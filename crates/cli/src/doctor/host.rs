//! The machine as files and variables tell it. Tests put others in its place.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where `/proc` and `/sys` are read from, and the environment.
pub struct Host {
    root: PathBuf,
    variables: BTreeMap<String, String>,
}

impl Host {
    /// The machine that this process runs on.
    pub fn this() -> Self {
        let text = |value: std::ffi::OsString| value.to_string_lossy().into_owned();
        Self {
            root: PathBuf::from("/"),
            variables: std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect(),
        }
    }

    /// The content of a file, given by its absolute path, without blanks around it; none where it cannot be read.
    pub fn read(&self, path: impl AsRef<Path>) -> Option<String> {
        let path = path.as_ref();
        let below = path.strip_prefix("/").unwrap_or(path);
        let bytes = std::fs::read(self.root.join(below)).ok()?;
        Some(String::from_utf8_lossy(&bytes).trim().to_owned())
    }

    /// A variable of the environment that is set and not empty.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// A whole number in a variable.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.variable(name)?.parse().ok()
    }
}

/// A machine made of files and variables, which lives as long as its folder.
#[cfg(test)]
pub fn made_of(files: &[(&str, &str)], variables: &[(&str, &str)]) -> (Host, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    for (path, content) in files {
        let path = folder.path().join(path.trim_start_matches('/'));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    (Host { root: folder.path().to_path_buf(), variables }, folder)
}
