//! What a compiled kernel depends on.

use std::fmt;
use std::fs::Metadata;
use std::path::Path;
use std::time::UNIX_EPOCH;

use sha2::{Digest as _, Sha256};

use crate::{Source, Unit};

/// SHA-256 over everything that a CUBIN depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key([u8; 32]);

impl Key {
    /// The key of `source` for `architecture`, compiled with `options` after its own by `compiler`
    /// ([`crate::nvrtc::Library::identity`]).
    pub fn of(source: &Source, architecture: &str, options: &[&str], compiler: &str) -> Self {
        Self::of_unit(&source.whole(), architecture, options, compiler)
    }

    /// The same for a part of a source.
    pub fn of_unit(unit: &Unit<'_>, architecture: &str, options: &[&str], compiler: &str) -> Self {
        let source = unit.source;
        let mut hash = Sha256::new();
        // Lengths go first, so that no two lists of texts read the same.
        let mut text = |text: &str| {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        };
        text(&format!("soyaku kernel {}", super::entry::FORMAT));
        text(compiler);
        text(architecture);
        // stands in the line information and in messages
        text(source.name);
        text(&unit.text);
        text(&format!("{} headers", source.headers.len()));
        for header in source.headers {
            text(header.name);
            text(header.text);
        }
        for option in source.options.iter().chain(options) {
            text(option);
        }
        Self(hash.finalize().into())
    }

    /// The key of what is known about a compiler's file, while that has this length and this time of change.
    pub(crate) fn of_file(path: &Path, metadata: &Metadata) -> Self {
        let mut hash = Sha256::new();
        hash.update(format!("soyaku compiler {}\n", super::entry::FORMAT));
        let changed = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        hash.update(changed.unwrap_or_default().as_nanos().to_le_bytes());
        hash.update(metadata.len().to_le_bytes());
        hash.update(path.as_os_str().as_encoded_bytes());
        Self(hash.finalize().into())
    }

    /// The hash.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(super) fn file_name(&self) -> String {
        format!("{self}{SUFFIX}")
    }

    pub(super) fn note_name(&self) -> String {
        format!("{self}{NOTE}")
    }
}

const SUFFIX: &str = ".cubin";
const NOTE: &str = ".nvrtc";

/// Whether a file of that name is an entry, and not somebody else's.
pub(super) fn is_entry(name: &str) -> bool {
    has_key(name, SUFFIX)
}

/// Whether a file of that name is a note about a compiler.
pub(super) fn is_note(name: &str) -> bool {
    has_key(name, NOTE)
}

fn has_key(name: &str, suffix: &str) -> bool {
    name.strip_suffix(suffix).is_some_and(|key| {
        key.len() == 64 && key.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    })
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
