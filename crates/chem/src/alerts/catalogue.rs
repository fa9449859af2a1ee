//! The catalogues by name.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::{brenk_table, nih_table, pains_a_table, pains_b_table, pains_c_table};

/// A catalogue of structural alerts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Catalogue {
    /// Pan assay interference compounds, all 480 patterns: Baell, Holloway, J. Med. Chem. 2010, 53,
    /// 2719, doi:10.1021/jm901137j.
    Pains,
    /// Family A of them: the 16 patterns that hit most often.
    PainsA,
    /// Family B of them, 55 patterns.
    PainsB,
    /// Family C of them: the 409 patterns that hit least often.
    PainsC,
    /// Unwanted functional groups, 105 patterns: Brenk et al., ChemMedChem 2008, 3, 435,
    /// doi:10.1002/cmdc.200700139.
    Brenk,
    /// Problematic functional groups, 180 patterns: Jadhav et al., J. Med. Chem. 2010, 53, 37,
    /// doi:10.1021/jm901070c.
    Nih,
}

/// A word that names no catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "unknown catalogue of alerts {word:?}, expected one of pains, pains_a, pains_b, pains_c, brenk, nih, all"
)]
pub struct UnknownCatalogue {
    word: String,
}

impl Catalogue {
    /// All names, each with its catalogue.
    const NAMES: [(&'static str, Self); 6] = [
        ("PAINS", Self::Pains),
        ("PAINS_A", Self::PainsA),
        ("PAINS_B", Self::PainsB),
        ("PAINS_C", Self::PainsC),
        ("BRENK", Self::Brenk),
        ("NIH", Self::Nih),
    ];

    /// The three whole catalogues.
    pub const ALL: [Self; 3] = [Self::Pains, Self::Brenk, Self::Nih];

    /// Name as RDKit writes it: `PAINS`, `PAINS_A`, `BRENK`, ...
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, catalogue)| *catalogue == self).map_or("", |(name, _)| name)
    }

    /// Reads a list of names separated by commas, in any case; `all` stands for PAINS, BRENK and NIH.
    /// Every catalogue is listed once.
    ///
    /// # Errors
    /// For a word that names none, the empty one among them.
    pub fn read_list(text: &str) -> Result<Vec<Self>, UnknownCatalogue> {
        let mut catalogues: Vec<Self> = Vec::new();
        for word in text.split(',').map(str::trim) {
            let named = if word.eq_ignore_ascii_case("all") { &Self::ALL[..] } else { &[word.parse()?] };
            for &catalogue in named {
                if !catalogues.contains(&catalogue) {
                    catalogues.push(catalogue);
                }
            }
        }
        Ok(catalogues)
    }

    /// Name and SMARTS of every entry, in RDKit's order.
    pub fn entries(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.tables().into_iter().flatten().copied()
    }

    /// Name and SMARTS of an entry.
    pub fn entry(self, number: usize) -> Option<(&'static str, &'static str)> {
        let mut left = number;
        for table in self.tables() {
            if let Some(entry) = table.get(left) {
                return Some(*entry);
            }
            left -= table.len();
        }
        None
    }

    fn tables(self) -> [&'static [(&'static str, &'static str)]; 3] {
        let (a, b, c) = (&pains_a_table::ENTRIES, &pains_b_table::ENTRIES, &pains_c_table::ENTRIES);
        match self {
            Self::Pains => [a, b, c],
            Self::PainsA => [a, &[], &[]],
            Self::PainsB => [b, &[], &[]],
            Self::PainsC => [c, &[], &[]],
            Self::Brenk => [&brenk_table::ENTRIES, &[], &[]],
            Self::Nih => [&nih_table::ENTRIES, &[], &[]],
        }
    }
}

impl fmt::Display for Catalogue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Catalogue {
    type Err = UnknownCatalogue;

    fn from_str(text: &str) -> Result<Self, UnknownCatalogue> {
        let found = Self::NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
        found.map(|(_, catalogue)| *catalogue).ok_or_else(|| UnknownCatalogue { word: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_any_case() {
        assert_eq!("pains_a".parse(), Ok(Catalogue::PainsA));
        assert_eq!("Brenk".parse(), Ok(Catalogue::Brenk));
        assert_eq!(Catalogue::Nih.to_string(), "NIH");
        assert_eq!(
            Catalogue::read_list("nih, all"),
            Ok(vec![Catalogue::Nih, Catalogue::Pains, Catalogue::Brenk])
        );
        assert_eq!(
            Catalogue::read_list("pains,").unwrap_err().to_string(),
            "unknown catalogue of alerts \"\", expected one of pains, pains_a, pains_b, pains_c, brenk, nih, all"
        );
    }

    #[test]
    fn entries_are_numbered_through_the_families() {
        for catalogue in [Catalogue::Pains, Catalogue::Nih] {
            let all: Vec<_> = catalogue.entries().collect();
            let one_by_one: Vec<_> = (0..).map_while(|number| catalogue.entry(number)).collect();
            assert_eq!(all, one_by_one);
        }
    }
}
