//! Why a SMILES or a mol block was refused.

use thiserror::Error;

/// The class of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// There is no atom in the input.
    Empty,
    /// The text does not follow the SMILES grammar or the format of a mol block.
    Syntax,
    /// A ring closure is left open, closes on itself, or repeats a bond.
    Ring,
    /// An atom has more bonds than its element and charge allow.
    Valence,
    /// Aromatic atoms for which no alternating single and double bonds exist.
    Kekulize,
    /// The molecule exceeds a limit of this program.
    TooLarge,
    /// A mol block contains a query or another feature that this program does not read.
    Unsupported,
}

impl ErrorKind {
    /// Short name for tables: `empty`, `syntax`, `ring`, `valence`, `kekulize`, `too-large`,
    /// `unsupported`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Syntax => "syntax",
            Self::Ring => "ring",
            Self::Valence => "valence",
            Self::Kekulize => "kekulize",
            Self::TooLarge => "too-large",
            Self::Unsupported => "unsupported",
        }
    }
}

/// A SMILES or mol block that was refused, with the reason and, where there is one, the byte at fault.
///
/// ```
/// use soyaku_chem::{ErrorKind, Parser};
///
/// let error = Parser::new().parse(b"CC1CC").unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Ring);
/// assert_eq!(error.position(), Some(2));
/// assert_eq!(error.to_string(), "unclosed ring 1 opened at byte 2");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(transparent)]
pub struct Error(#[from] pub(crate) Reason);

/// What exactly is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum Reason {
    #[error("no atoms in the input: expected a SMILES or a mol block")]
    Empty,
    #[error("unexpected {} at byte {position}: expected {expected}", show(*.found))]
    Unexpected { position: usize, found: u8, expected: &'static str },
    #[error("input ends at byte {position}: expected {expected}")]
    End { position: usize, expected: &'static str },
    #[error("number at byte {position} is too large: expected less than 2147483647")]
    Number { position: usize },
    #[error("element number {number} at byte {position}: expected 0 to 118")]
    ElementNumber { position: usize, number: u8 },
    #[error("stereo permutation {number} at byte {position}: expected at most {limit}")]
    Permutation { position: usize, number: u32, limit: u8 },
    #[error("unclosed branch opened at byte {position}")]
    UnclosedBranch { position: usize },
    #[error("unclosed ring {number} opened at byte {position}")]
    UnclosedRing { number: u32, position: usize },
    #[error("ring closure {number} at byte {position} bonds atom {atom} to itself")]
    RingToItself { number: u32, position: usize, atom: u32 },
    #[error("ring closure {number} at byte {position} repeats the bond between atoms {first} and {second}")]
    RepeatedBond { number: u32, position: usize, first: u32, second: u32 },
    #[error("atom {atom} ({symbol}): valence {valence} exceeds the allowed {allowed}")]
    Valence { atom: u32, symbol: &'static str, valence: i32, allowed: i32 },
    #[error("atom {atom} ({symbol}): aromatic valence {valence} is not an accepted one")]
    AromaticValence { atom: u32, symbol: &'static str, valence: i32 },
    #[error("atom {atom} (H): charge {charge} is not possible, expected -1, 0 or 1")]
    HydrogenCharge { atom: u32, charge: i8 },
    #[error("atom {atom} ({symbol}): charge {charge} leaves no element of the same electron count")]
    Charge { atom: u32, symbol: &'static str, charge: i8 },
    #[error("cannot kekulize atoms{}", list(.atoms))]
    Kekulize { atoms: Vec<u32> },
    #[error("atom {atom} ({symbol}) is marked aromatic but is in no ring")]
    AromaticChain { atom: u32, symbol: &'static str },
    #[error("line {line} of the mol block: {problem}")]
    Block { line: usize, problem: String },
    #[error("atoms {first} and {second} are bonded twice")]
    BondedTwice { first: u32, second: u32 },
    #[error("line {line} of the mol block: {feature} is not supported")]
    Unsupported { line: usize, feature: String },
    #[error("atom {atom} ({symbol}): an arrangement in space that is not tetrahedral is not supported")]
    Arrangement { atom: u32, symbol: &'static str },
    #[error("{what} exceeds the limit of {limit}")]
    TooLarge { what: &'static str, limit: usize },
}

fn show(byte: u8) -> String {
    if byte.is_ascii_graphic() || byte == b' ' {
        format!("'{}'", char::from(byte))
    } else {
        format!("byte 0x{byte:02x}")
    }
}

fn list(atoms: &[u32]) -> String {
    atoms.iter().map(|atom| format!(" {atom}")).collect()
}

impl Error {
    /// The class of the refusal.
    pub fn kind(&self) -> ErrorKind {
        match self.0 {
            Reason::Empty => ErrorKind::Empty,
            Reason::Unexpected { .. }
            | Reason::End { .. }
            | Reason::Number { .. }
            | Reason::ElementNumber { .. }
            | Reason::Permutation { .. }
            | Reason::UnclosedBranch { .. }
            | Reason::Block { .. }
            | Reason::BondedTwice { .. } => ErrorKind::Syntax,
            Reason::UnclosedRing { .. } | Reason::RingToItself { .. } | Reason::RepeatedBond { .. } => {
                ErrorKind::Ring
            }
            Reason::Valence { .. }
            | Reason::AromaticValence { .. }
            | Reason::HydrogenCharge { .. }
            | Reason::Charge { .. } => ErrorKind::Valence,
            Reason::Kekulize { .. } | Reason::AromaticChain { .. } => ErrorKind::Kekulize,
            Reason::TooLarge { .. } => ErrorKind::TooLarge,
            Reason::Unsupported { .. } | Reason::Arrangement { .. } => ErrorKind::Unsupported,
        }
    }

    /// Line of the mol block at fault, counted from 1, where the fault is in one of its lines.
    pub fn line(&self) -> Option<usize> {
        match self.0 {
            Reason::Block { line, .. } | Reason::Unsupported { line, .. } => Some(line),
            _ => None,
        }
    }

    /// Byte of the input at fault, counted from 0, where the fault is in the text.
    pub fn position(&self) -> Option<usize> {
        match self.0 {
            Reason::Unexpected { position, .. }
            | Reason::End { position, .. }
            | Reason::Number { position }
            | Reason::ElementNumber { position, .. }
            | Reason::Permutation { position, .. }
            | Reason::UnclosedBranch { position }
            | Reason::UnclosedRing { position, .. }
            | Reason::RingToItself { position, .. }
            | Reason::RepeatedBond { position, .. } => Some(position),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_say_what_and_where() {
        let valence = Error(Reason::Valence { atom: 5, symbol: "N", valence: 5, allowed: 3 });
        assert_eq!(valence.to_string(), "atom 5 (N): valence 5 exceeds the allowed 3");
        assert_eq!((valence.kind().as_str(), valence.position()), ("valence", None));
        let kekulize = Error(Reason::Kekulize { atoms: vec![1, 2, 3] });
        assert_eq!(kekulize.to_string(), "cannot kekulize atoms 1 2 3");
        let byte = Error(Reason::Unexpected { position: 2, found: 0xc3, expected: "an atom" });
        assert_eq!(byte.to_string(), "unexpected byte 0xc3 at byte 2: expected an atom");
        assert_eq!((byte.kind(), byte.position()), (ErrorKind::Syntax, Some(2)));
        let empty = Error(Reason::Empty);
        assert_eq!((empty.kind().as_str(), empty.position()), ("empty", None));
    }
}
