//! Many patterns, searched in one molecule after another.

use super::error::MatchError;
use super::program::Program;
use super::screen::Screen;
use super::search::{Budget, Search};
use super::seen::Seen;
use super::{MatchScratch, Pattern};
use crate::molecule::Molecule;

/// Patterns that are searched together: what they have in common is looked for once in a molecule,
/// and most of them are ruled out without a search. Nothing is lost: the answers are those of the
/// patterns searched one by one.
///
/// ```
/// use soyaku_chem::Parser;
/// use soyaku_chem::smarts::{MatchScratch, Pattern, PatternSet};
///
/// let patterns = ["[CX3](=O)[OX2H1]", "c1ccccc1", "[#7]"].map(Pattern::parse);
/// let set = PatternSet::new(patterns.into_iter().collect::<Result<_, _>>()?);
/// let mut parser = Parser::new();
/// let aspirin = parser.parse(b"CC(=O)Oc1ccccc1C(=O)O")?;
/// let (mut scratch, mut found) = (MatchScratch::new(), Vec::new());
/// set.matching(aspirin, &mut scratch, &mut found)?;
/// assert_eq!(found, [0, 1]);
/// let mut search = set.search(aspirin, &mut scratch);
/// assert!(!search.matches(2)?);
/// assert_eq!(search.find(0, true, 10)?, [[10, 11, 12]]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct PatternSet {
    patterns: Vec<Pattern>,
    program: Program,
    screen: Screen,
}

impl PatternSet {
    /// Compiles the patterns, which takes tens of milliseconds for a thousand.
    pub fn new(patterns: Vec<Pattern>) -> Self {
        let program = Program::new(patterns.iter().map(Pattern::source));
        let screen = Screen::new(&program);
        Self { patterns, program, screen }
    }

    /// The patterns.
    pub fn patterns(&self) -> &[Pattern] {
        &self.patterns
    }

    /// Number of patterns.
    pub fn len(&self) -> usize {
        self.patterns.len()
    }

    /// Whether there are no patterns.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Begins with a molecule, in which any of the patterns can then be searched.
    pub fn search<'a>(&'a self, molecule: &'a Molecule, scratch: &'a mut MatchScratch) -> SetSearch<'a> {
        let MatchScratch { limit, domains, placement, passed } = scratch;
        domains.start(&self.program, molecule);
        let budget = Budget::new(*limit);
        let search = Search { program: &self.program, molecule, domains, placement, budget };
        SetSearch { limit: *limit, screen: &self.screen, search, passed }
    }

    /// Writes the numbers of the patterns that occur in the molecule to `found`, in ascending order.
    ///
    /// # Errors
    /// [`MatchError::TooManySteps`] when the search for one pattern reaches the limit of `scratch`.
    pub fn matching(
        &self,
        molecule: &Molecule,
        scratch: &mut MatchScratch,
        found: &mut Vec<u32>,
    ) -> Result<(), MatchError> {
        self.search(molecule, scratch).matching(found)
    }

    /// How many of the patterns occur in the molecule.
    ///
    /// # Errors
    /// [`MatchError::TooManySteps`] when the search for one pattern reaches the limit of `scratch`.
    pub fn count_matching(
        &self,
        molecule: &Molecule,
        scratch: &mut MatchScratch,
    ) -> Result<usize, MatchError> {
        let mut count = 0;
        self.search(molecule, scratch).each_matching(|_| count += 1)?;
        Ok(count)
    }
}

/// A molecule that is being searched for the patterns of a [`PatternSet`]; see [`PatternSet::search`].
///
/// Patterns are given by their numbers, in the order of the set. A number that no pattern has panics.
pub struct SetSearch<'a> {
    limit: u64,
    screen: &'a Screen,
    search: Search<'a>,
    passed: &'a mut Vec<u32>,
}

impl SetSearch<'_> {
    /// Whether a pattern occurs in the molecule.
    ///
    /// # Errors
    /// [`MatchError::TooManySteps`] when the limit of the scratch is reached.
    pub fn matches(&mut self, pattern: usize) -> Result<bool, MatchError> {
        self.is_found(pattern, false)
    }

    /// Up to `max` matches of a pattern; see [`Pattern::find`].
    ///
    /// # Errors
    /// [`MatchError::TooManySteps`] when the limit of the scratch is reached.
    pub fn find(&mut self, pattern: usize, unique: bool, max: usize) -> Result<Vec<Vec<u32>>, MatchError> {
        let mut matches = Vec::new();
        self.each_unique(pattern, unique, max, |atoms| matches.push(atoms.to_vec()))?;
        Ok(matches)
    }

    /// Number of matches of a pattern, counted up to `max`; see [`Pattern::find`].
    ///
    /// # Errors
    /// [`MatchError::TooManySteps`] when the limit of the scratch is reached.
    pub fn count(&mut self, pattern: usize, unique: bool, max: usize) -> Result<usize, MatchError> {
        let mut count = 0;
        self.each_unique(pattern, unique, max, |_| count += 1)?;
        Ok(count)
    }

    /// Writes the numbers of the patterns that occur in the molecule to `found`, in ascending order.
    ///
    /// # Errors
    /// [`MatchError::TooManySteps`] when the search for one pattern reaches the limit of the scratch.
    pub fn matching(&mut self, found: &mut Vec<u32>) -> Result<(), MatchError> {
        found.clear();
        self.each_matching(|pattern| found.push(pattern))?;
        found.sort_unstable();
        Ok(())
    }

    fn each_matching(&mut self, mut found: impl FnMut(u32)) -> Result<(), MatchError> {
        let mut passed = std::mem::take(self.passed);
        self.search.restart(u64::MAX);
        let mut result = self.screen.passing(&mut self.search, &mut passed);
        for &pattern in &passed {
            match self.is_found(pattern as usize, true) {
                Ok(true) => found(pattern),
                Ok(false) => {}
                Err(error) => result = Err(error),
            }
        }
        *self.passed = passed;
        result
    }

    fn is_found(&mut self, pattern: usize, is_checked: bool) -> Result<bool, MatchError> {
        let mut is_found = false;
        self.search.restart(self.limit);
        self.search.pattern(pattern, is_checked, true, |_| {
            is_found = true;
            false
        })?;
        Ok(is_found)
    }

    pub(super) fn each_unique(
        &mut self,
        pattern: usize,
        unique: bool,
        max: usize,
        mut found: impl FnMut(&[u32]),
    ) -> Result<(), MatchError> {
        if max == 0 {
            return Ok(());
        }
        let mut seen = Seen::default();
        let mut left = max;
        self.search.restart(self.limit);
        self.search.pattern(pattern, false, unique, |atoms| {
            if unique && atoms.len() > 1 && !seen.insert(atoms) {
                return true;
            }
            found(atoms);
            left -= 1;
            left > 0
        })
    }
}
