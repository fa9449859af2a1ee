//! What can go wrong with files, and what a caller should do about it.

use std::io;
use std::path::{Path, PathBuf};

/// What kind of failure an [`Error`] is; a command line maps it to an exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// An input is missing (exit 66).
    NotFound,
    /// An input exists but cannot be used (exit 65).
    Malformed,
    /// The file system refused: disk full, quota, permission, device error (exit 74).
    Io,
    /// The request contradicts what is on disk, such as a run directory of another configuration (exit 2).
    Conflict,
    /// A bug of the caller or of this crate (exit 70).
    Internal,
}

/// Failure of reading or writing a dataset. Messages name the file, and the line where there is one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file does not exist.
    #[error("{}: no such file", show(.path))]
    NotFound {
        /// The missing file.
        path: PathBuf,
    },
    /// The content of a file is not what it should be.
    #[error("{}{}: {reason}", show(.path), at(*.line))]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Line (from 1) where the problem was seen, for text.
        line: Option<u64>,
        /// What is wrong and what would be accepted.
        reason: String,
    },
    /// The operating system reported an error.
    #[error("cannot {action} {}: {source}", show(.path))]
    Io {
        /// The file.
        path: PathBuf,
        /// What was attempted: `open`, `write`, `rename`...
        action: &'static str,
        /// The system's reason.
        source: io::Error,
    },
    /// What is asked does not fit what exists.
    #[error("{}: {reason}", show(.path))]
    Conflict {
        /// The file or folder.
        path: PathBuf,
        /// What contradicts what, and the way out.
        reason: String,
    },
    /// libhdf5 failed in a way that is neither a bad file nor a system error.
    #[error("cannot {action} {}: hdf5: {reason}", show(.path))]
    Hdf5 {
        /// The file.
        path: PathBuf,
        /// What was attempted.
        action: &'static str,
        /// libhdf5's description.
        reason: String,
    },
    /// The caller passed values that do not belong together.
    #[error("{0}")]
    Misuse(String),
}

impl Error {
    /// Which reaction the error calls for.
    pub fn category(&self) -> Category {
        match self {
            Error::NotFound { .. } => Category::NotFound,
            Error::Malformed { .. } => Category::Malformed,
            Error::Io { .. } => Category::Io,
            Error::Conflict { .. } => Category::Conflict,
            Error::Hdf5 { .. } | Error::Misuse(_) => Category::Internal,
        }
    }

    pub(crate) fn malformed(path: &Path, reason: impl Into<String>) -> Self {
        Error::Malformed { path: path.to_path_buf(), line: None, reason: reason.into() }
    }

    pub(crate) fn malformed_at(path: &Path, line: u64, reason: impl Into<String>) -> Self {
        Error::Malformed { path: path.to_path_buf(), line: Some(line), reason: reason.into() }
    }

    /// For inputs: a missing file is its own category.
    pub(crate) fn io(path: &Path, action: &'static str, source: io::Error) -> Self {
        if source.kind() == io::ErrorKind::NotFound && (action == "open" || action == "read") {
            return Error::NotFound { path: path.to_path_buf() };
        }
        Error::Io { path: path.to_path_buf(), action, source }
    }

    pub(crate) fn conflict(path: &Path, reason: impl Into<String>) -> Self {
        Error::Conflict { path: path.to_path_buf(), reason: reason.into() }
    }
}

fn show(path: &Path) -> std::borrow::Cow<'_, str> {
    if path == Path::new("-") { "standard input".into() } else { path.to_string_lossy() }
}

fn at(line: Option<u64>) -> String {
    line.map(|line| format!(", line {line}")).unwrap_or_default()
}
