//! Why a pattern was refused, and why a search was given up.

use thiserror::Error;

/// A SMARTS pattern that was refused: where, and why.
///
/// ```
/// use soyaku_chem::smarts::Pattern;
///
/// let error = Pattern::parse("C[N,]").unwrap_err();
/// assert_eq!(error.position(), 4);
/// assert_eq!(error.to_string(), "SMARTS byte 4: unexpected ']', expected an atom property");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("SMARTS byte {position}: {problem}")]
pub struct SmartsError {
    position: usize,
    problem: Problem,
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum Problem {
    #[error("unexpected {found}, expected {expected}")]
    Unexpected { found: Found, expected: &'static str },
    #[error("number is too large, expected at most 2147483639")]
    Number,
    #[error("stereo permutation {number}, expected 1 to {limit}")]
    Permutation { number: i32, limit: i32 },
    #[error("branch is not closed, expected ')'")]
    OpenBranch,
    #[error("ring {0} is not closed")]
    OpenRing(u32),
    #[error("ring closure bonds an atom to itself")]
    RingToItself,
    #[error("ring closure repeats a bond")]
    RepeatedBond,
    #[error("CXSMARTS extensions are not supported, expected a plain SMARTS")]
    Extension,
    #[error("pattern of {0} bytes, expected at most {limit}", limit = super::MAX_LENGTH)]
    TooLong(usize),
}

/// The byte at fault, or the end of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Byte(u8),
    End,
}

impl std::fmt::Display for Found {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Byte(byte) if byte.is_ascii_graphic() || *byte == b' ' => {
                write!(formatter, "'{}'", char::from(*byte))
            }
            Self::Byte(byte) => write!(formatter, "byte 0x{byte:02x}"),
            Self::End => formatter.write_str("end"),
        }
    }
}

impl SmartsError {
    pub(super) fn new(position: usize, problem: Problem) -> Self {
        Self { position, problem }
    }

    /// Byte of the pattern at fault, counted from 0.
    pub fn position(&self) -> usize {
        self.position
    }
}

/// A search that was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MatchError {
    /// The pattern fits in too many ways, or almost fits in too many ways.
    #[error(
        "substructure search stopped after {limit} steps: the pattern is too ambiguous for this molecule"
    )]
    TooManySteps {
        /// The limit, as given to [`MatchScratch::with_limit`](super::MatchScratch::with_limit).
        limit: u64,
    },
}
