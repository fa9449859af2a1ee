//! Structural alerts: the filter catalogues PAINS, BRENK and NIH as RDKit ships them.
//!
//! ```
//! use soyaku_chem::Parser;
//! use soyaku_chem::alerts::{AlertScratch, Alerts, Catalogue};
//!
//! let alerts = Alerts::new(&[Catalogue::Pains, Catalogue::Brenk, Catalogue::Nih]);
//! let mut scratch = AlertScratch::new();
//! let mut parser = Parser::new();
//! let molecule = parser.parse(b"CC(=O)Oc1ccccc1C(=O)O")?;
//! let found = alerts.find(&mut scratch, molecule)?;
//! let names: Vec<_> = found.iter().map(|alert| (alert.catalogue.name(), alert.name())).collect();
//! assert_eq!(names, [("BRENK", "phenol_ester")]);
//! assert_eq!(alerts.count(found, Catalogue::Brenk), 1);
//! let alert = found[0];
//! let places = alerts.atoms(&mut scratch, molecule, alert)?;
//! assert_eq!((places.len(), places[0].len()), (1, 10));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! An entry counts once, however often it occurs in a molecule: the number of alerts of a catalogue is
//! that of RDKit's `FilterCatalog.GetMatches`, and of the columns `PAINS_alert`, `BRENK_alert` and
//! `NIH_alert` of ADMET-AI. The patterns are those that RDKit searches: in PAINS, the hydrogens of the
//! published patterns are merged into their atoms.

mod brenk_table;
mod catalogue;
mod nih_table;
mod pains_a_table;
mod pains_b_table;
mod pains_c_table;

pub use catalogue::{Catalogue, UnknownCatalogue};

use crate::molecule::Molecule;
use crate::smarts::{MatchError, MatchScratch, Pattern, PatternSet};

/// An entry of a catalogue that occurs in a molecule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AlertMatch {
    /// The catalogue, as it was asked for.
    pub catalogue: Catalogue,
    /// Number of the entry in it, from 0.
    pub entry: u32,
}

impl AlertMatch {
    /// Name of the entry, distinct within its catalogue.
    pub fn name(self) -> &'static str {
        self.catalogue.entry(self.entry as usize).map_or("", |entry| entry.0)
    }

    /// Pattern of the entry.
    pub fn smarts(self) -> &'static str {
        self.catalogue.entry(self.entry as usize).map_or("", |entry| entry.1)
    }
}

/// Buffers of one thread.
#[derive(Debug, Default)]
pub struct AlertScratch {
    search: MatchScratch,
    found: Vec<u32>,
    matches: Vec<AlertMatch>,
}

impl AlertScratch {
    /// Empty buffers.
    pub fn new() -> Self {
        Self::default()
    }
}

/// Catalogues, ready to be searched; shared by all threads.
#[derive(Clone, Debug)]
pub struct Alerts {
    catalogues: Vec<Catalogue>,
    /// What each pattern of the set is, in ascending order of catalogue and entry.
    entries: Vec<AlertMatch>,
    set: PatternSet,
}

impl Alerts {
    /// Compiles catalogues, which takes tens of milliseconds. One that is given twice counts once.
    pub fn new(catalogues: &[Catalogue]) -> Self {
        let mut distinct: Vec<Catalogue> = Vec::new();
        for &catalogue in catalogues {
            if !distinct.contains(&catalogue) {
                distinct.push(catalogue);
            }
        }
        let (mut entries, mut patterns) = (Vec::new(), Vec::new());
        for &catalogue in &distinct {
            for (entry, (_, smarts)) in catalogue.entries().enumerate() {
                entries.push(AlertMatch { catalogue, entry: entry as u32 });
                patterns.push(Pattern::built_in(smarts));
            }
        }
        Self { catalogues: distinct, entries, set: PatternSet::new(patterns) }
    }

    /// The catalogues, in the order they were given.
    pub fn catalogues(&self) -> &[Catalogue] {
        &self.catalogues
    }

    /// Number of entries of all catalogues.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no catalogue was given.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entries that occur in the molecule: those of the first catalogue first, each catalogue's in
    /// its own order.
    ///
    /// # Errors
    /// [`MatchError::TooManySteps`] when a search takes too long, which a molecule of ordinary size
    /// does not cause.
    pub fn find<'a>(
        &self,
        scratch: &'a mut AlertScratch,
        molecule: &Molecule,
    ) -> Result<&'a [AlertMatch], MatchError> {
        let AlertScratch { search, found, matches } = scratch;
        matches.clear();
        self.set.matching(molecule, search, found)?;
        matches.extend(found.iter().map(|&pattern| self.entries[pattern as usize]));
        Ok(matches)
    }

    /// How many of the matches are of a catalogue.
    pub fn count(&self, found: &[AlertMatch], catalogue: Catalogue) -> usize {
        found.iter().filter(|alert| alert.catalogue == catalogue).count()
    }

    /// The places where an entry occurs, distinct in their atoms: each the atom of the molecule for
    /// every atom of the pattern. Empty where it does not occur or its catalogue is not among these.
    ///
    /// # Errors
    /// [`MatchError::TooManySteps`] when the search takes too long.
    pub fn atoms(
        &self,
        scratch: &mut AlertScratch,
        molecule: &Molecule,
        alert: AlertMatch,
    ) -> Result<Vec<Vec<u32>>, MatchError> {
        match self.entries.iter().position(|entry| *entry == alert) {
            Some(number) => {
                self.set.patterns()[number].find(molecule, &mut scratch.search, true, MOST_PLACES)
            }
            None => Ok(Vec::new()),
        }
    }
}

/// Places of one entry that are listed: as many as RDKit's search gives by default.
const MOST_PLACES: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Parser;

    #[test]
    fn all_catalogues_are_read_and_names_are_distinct() {
        let sizes = [
            (Catalogue::PainsA, 16),
            (Catalogue::PainsB, 55),
            (Catalogue::PainsC, 409),
            (Catalogue::Pains, 480),
            (Catalogue::Brenk, 105),
            (Catalogue::Nih, 180),
        ];
        for (catalogue, size) in sizes {
            let alerts = Alerts::new(&[catalogue, catalogue]);
            assert_eq!((alerts.len(), alerts.catalogues()), (size, &[catalogue][..]));
            let mut names: Vec<&str> = catalogue.entries().map(|entry| entry.0).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), size, "{catalogue}");
        }
    }

    #[test]
    fn an_entry_counts_once_and_shows_all_its_places() {
        let alerts = Alerts::new(&[Catalogue::Brenk]);
        let mut scratch = AlertScratch::new();
        let mut parser = Parser::new();
        let molecule = parser.parse(b"O=Cc1ccc(C=O)cc1").unwrap();
        let aldehyde = AlertMatch { catalogue: Catalogue::Brenk, entry: 6 };
        assert_eq!(aldehyde.name(), "aldehyde");
        assert_eq!(alerts.find(&mut scratch, molecule), Ok(&[aldehyde][..]));
        assert_eq!(alerts.atoms(&mut scratch, molecule, aldehyde).unwrap().len(), 2);
        let other = AlertMatch { catalogue: Catalogue::Nih, entry: 6 };
        assert_eq!(alerts.atoms(&mut scratch, molecule, other), Ok(Vec::new()));
        let none = Alerts::new(&[]);
        assert!(none.is_empty());
        assert_eq!(none.find(&mut scratch, molecule), Ok(&[][..]));
    }
}
