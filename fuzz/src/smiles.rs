//! SMILES: what was read can be written, and is the same molecule when read again.

use soyaku_chem::Parser;

use super::round_trip::RoundTrip;

/// Checks one text after the other.
#[derive(Debug, Default)]
pub struct Smiles {
    parser: Parser,
    round_trip: RoundTrip,
}

impl Smiles {
    /// Checks one text.
    ///
    /// # Panics
    /// If something does not hold that must.
    pub fn check(&mut self, text: &[u8]) {
        match self.parser.parse(text) {
            Ok(molecule) => self.round_trip.check(molecule),
            Err(error) => {
                assert!(!error.to_string().is_empty());
                assert!(error.position().is_none_or(|position| position <= text.len()), "{error}");
                assert_eq!(error.line(), None, "{error}");
            }
        }
    }
}
