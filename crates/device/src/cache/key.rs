//! What a compiled kernel depends on.

use std::fmt;

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

    /// The hash.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(super) fn file_name(&self) -> String {
        format!("{self}{SUFFIX}")
    }
}

const SUFFIX: &str = ".cubin";

/// Whether a file of that name is an entry, and not somebody else's.
pub(super) fn is_entry(name: &str) -> bool {
    name.strip_suffix(SUFFIX).is_some_and(|key| {
        key.len() == 64 && key.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    })
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
