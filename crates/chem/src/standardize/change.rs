//! What a standardization did.

use std::fmt::{self, Display, Formatter};

/// One change. Its text (`Display`) is short and stable: a word, and where there is more to say a
/// blank and the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// `disconnected-metal`: bonds between metals and non-metals were cut.
    DisconnectedMetal,
    /// `normalized RULE`: a rule was applied, once or several times in a row.
    Normalized(&'static str),
    /// `corrected-charge`: a bare atom that only occurs as an ion got its charge.
    CorrectedCharge,
    /// `reionized`: protons were moved from strong acids to weak ones, or removed.
    Reionized,
    /// `removed-fragment NAME`: parts that are this counter-ion or solvent were removed.
    RemovedFragment(&'static str),
    /// `kept-largest-fragment`: smaller parts were removed.
    KeptLargestFragment,
    /// `neutralized N`: so many charges were removed by adding or removing hydrogens.
    Neutralized {
        /// Number of charges that are gone.
        charges: u32,
    },
}

impl Display for Change {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::DisconnectedMetal => formatter.write_str("disconnected-metal"),
            Self::Normalized(rule) => write!(formatter, "normalized {rule}"),
            Self::CorrectedCharge => formatter.write_str("corrected-charge"),
            Self::Reionized => formatter.write_str("reionized"),
            Self::RemovedFragment(name) => write!(formatter, "removed-fragment {name}"),
            Self::KeptLargestFragment => formatter.write_str("kept-largest-fragment"),
            Self::Neutralized { charges } => write!(formatter, "neutralized {charges}"),
        }
    }
}
