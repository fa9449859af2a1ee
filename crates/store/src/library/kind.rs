//! Which fingerprint a column of a library holds.

use crate::Error;

/// Value of an attribute that describes a fingerprint.
#[derive(Clone, Debug, PartialEq)]
pub enum AttributeValue {
    /// Whole number; flags are 0 and 1.
    Integer(i64),
    /// Real number.
    Float(f64),
    /// Text.
    Text(String),
}

/// A fingerprint as stored: its name, its length, and the settings it was made with.
#[derive(Clone, Debug, PartialEq)]
pub struct FingerprintKind {
    /// Name of the group below `/fingerprints`, such as `morgan2_2048`: letters, digits, `_`, `-`, `.`.
    pub name: String,
    /// Number of bits, a multiple of 64.
    pub bits: usize,
    /// Settings, written as attributes of the group; `bits` is written by itself.
    pub attributes: Vec<(String, AttributeValue)>,
}

impl FingerprintKind {
    /// A kind without attributes.
    pub fn new(name: impl Into<String>, bits: usize) -> Self {
        FingerprintKind { name: name.into(), bits, attributes: Vec::new() }
    }

    /// Adds a whole-number attribute.
    pub fn with_integer(mut self, name: &str, value: i64) -> Self {
        self.attributes.push((name.to_owned(), AttributeValue::Integer(value)));
        self
    }

    /// Adds a text attribute.
    pub fn with_text(mut self, name: &str, value: &str) -> Self {
        self.attributes.push((name.to_owned(), AttributeValue::Text(value.to_owned())));
        self
    }

    /// 64-bit words to a fingerprint; bit `b` is bit `b % 64` of word `b / 64`.
    pub fn words(&self) -> usize {
        self.bits / 64
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if self.name.is_empty() || self.name.starts_with('.') || !self.name.chars().all(plain) {
            let reason = "accepted are letters, digits, `_`, `-` and `.`";
            return Err(Error::Misuse(format!("fingerprint name `{}`: {reason}", self.name)));
        }
        if self.bits == 0 || !self.bits.is_multiple_of(64) || self.bits > 1 << 15 {
            let reason = "a multiple of 64 up to 32768 is needed";
            return Err(Error::Misuse(format!(
                "fingerprint `{}` of {} bits: {reason}",
                self.name, self.bits
            )));
        }
        Ok(())
    }
}
