//! What can go wrong while reading or writing a model.

use std::path::Path;

use crate::import::PickleError;

/// A model that could not be read, written or used. Every message names the file.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The path does not exist, or a folder holds no model.
    #[error("{file}: {reason}")]
    NotFound {
        /// The path asked for.
        file: String,
        /// What was looked for.
        reason: String,
    },
    /// The operating system refused.
    #[error("{file}: {source}")]
    Io {
        /// The path in question.
        file: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The bytes are not what the format promises: truncated, corrupted or another kind of file.
    #[error("{file}: {reason}")]
    Malformed {
        /// The file, followed by the entry if it is inside an archive.
        file: String,
        /// What is wrong, and what was expected.
        reason: String,
    },
    /// The pickle stream inside a torch file cannot be interpreted.
    #[error("{file}: {source}")]
    Pickle {
        /// The file, followed by the entry.
        file: String,
        /// What is wrong, with the position in the stream.
        source: PickleError,
    },
    /// A weight is missing, has the wrong type or shape, or is not finite.
    #[error("{file}: tensor `{tensor}`: {reason}")]
    Tensor {
        /// The file.
        file: String,
        /// Name of the tensor in that file.
        tensor: String,
        /// What is wrong, and what was expected.
        reason: String,
    },
    /// A valid file that asks for something this version does not do.
    #[error("{file}: {what} is not supported; accepted: {accepted}")]
    Unsupported {
        /// The file.
        file: String,
        /// What the file asks for.
        what: String,
        /// What would be accepted instead.
        accepted: String,
    },
    /// The file was written by a later version of Soyaku.
    #[error("{file}: schema `{found}` is newer than this version reads (`{known}`); update soyaku")]
    NewerSchema {
        /// The file.
        file: String,
        /// Schema in the file.
        found: String,
        /// Latest schema understood.
        known: String,
    },
    /// Networks that should form one ensemble differ in architecture or tasks.
    #[error(
        "{file}: {what} differs from `{first}`: networks of one ensemble must agree in architecture and tasks"
    )]
    Disagreement {
        /// The file that differs.
        file: String,
        /// The first file of the ensemble.
        first: String,
        /// What differs, with both values.
        what: String,
    },
}

/// What kind of trouble an [`Error`] is, for exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// The input does not exist.
    NotFound,
    /// The input exists, but is damaged or of another format.
    Malformed,
    /// The input is valid, but asks for something not implemented.
    Unsupported,
    /// The operating system failed.
    Io,
}

impl Error {
    /// What kind of trouble this is.
    pub fn category(&self) -> Category {
        match self {
            Self::NotFound { .. } => Category::NotFound,
            Self::Io { .. } => Category::Io,
            Self::Malformed { .. } | Self::Tensor { .. } | Self::Disagreement { .. } => Category::Malformed,
            Self::Unsupported { .. } | Self::NewerSchema { .. } => Category::Unsupported,
            Self::Pickle { source, .. } => {
                if source.is_unsupported() {
                    Category::Unsupported
                } else {
                    Category::Malformed
                }
            }
        }
    }

    pub(crate) fn io(path: &Path, source: std::io::Error) -> Self {
        let file = path.display().to_string();
        match source.kind() {
            std::io::ErrorKind::NotFound => Self::NotFound { file, reason: "no such file or folder".into() },
            _ => Self::Io { file, source },
        }
    }

    pub(crate) fn malformed(file: &str, reason: impl Into<String>) -> Self {
        Self::Malformed { file: file.into(), reason: reason.into() }
    }

    pub(crate) fn tensor(file: &str, tensor: &str, reason: impl Into<String>) -> Self {
        Self::Tensor { file: file.into(), tensor: tensor.into(), reason: reason.into() }
    }

    pub(crate) fn unsupported(file: &str, what: impl Into<String>, accepted: impl Into<String>) -> Self {
        Self::Unsupported { file: file.into(), what: what.into(), accepted: accepted.into() }
    }
}
