//! SMARTS patterns and substructure search, with the meaning that RDKit gives them.
//!
//! A [`Pattern`] is read once and searched in many molecules; a [`MatchScratch`] holds the buffers
//! of one thread.
//!
//! ```
//! use soyaku_chem::Parser;
//! use soyaku_chem::smarts::{MatchScratch, Pattern};
//!
//! let mut parser = Parser::new();
//! let molecule = parser.parse(b"CC(=O)Oc1ccccc1C(=O)O")?;
//! let mut scratch = MatchScratch::new();
//! let acid = Pattern::parse("C(=O)[OX2H1]")?;
//! assert!(acid.matches(molecule, &mut scratch)?);
//! let carbonyl = Pattern::parse("[#6]=O")?;
//! assert_eq!(carbonyl.find(molecule, &mut scratch, true, 100)?, [[1, 2], [10, 11]]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is read
//! Atoms: `*`, `a`, `A`, symbols, `#n`, `D`, `d`, `X`, `H`, `h`, `R`, `r`, `k`, `x`, `v`, `z`, `Z` (with a number or,
//! but for `H`, a range `{2-4}`, `{2-}`, `{-4}`), charges, masses, `^0` to `^5`, `@`, atom maps, `$(...)`. Bonds: `-`,
//! `=`, `#`, `$`, `:`, `~`, `@`, `/`, `\`, `->`, `<-`. Logic: `!`, `&`, `,`, `;`.
//!
//! `r` and `k` without a number mean any ring, `R` likewise; `r5` is an atom whose smallest ring has
//! five members, `k5` one in some ring of five. As in RDKit's search by default, `@`, `/` and `\`
//! constrain nothing unless [`Pattern::with_stereo`] asks for it, and what is bonded without a sign is single or aromatic. Component grouping
//! (`(C).(C)`), which RDKit refuses too, reactions and CXSMARTS extensions are refused.
//!
//! # Differences from RDKit
//! An empty pattern is an error, where RDKit has one without atoms that matches nothing. CXSMARTS
//! extensions are refused, where RDKit reads them. A mass number that follows a recursive pattern
//! (`[$(C)13]`) counts as it does anywhere else, where RDKit forgets it.

mod bonds;
mod domains;
mod error;
mod nodes;
mod order;
mod parser;
mod primitives;
mod program;
mod query;
mod sample;
mod screen;
mod search;
mod seen;
mod set;
mod stereo;
mod tables;
mod text;

use std::sync::OnceLock;

use domains::Domains;
pub use error::{MatchError, SmartsError};
use program::{Program, Source};
use query::Query;
use search::{Budget, Placement, Search};
use seen::Seen;
pub use set::{PatternSet, SetSearch};

use crate::molecule::Molecule;

/// Longest pattern that is read, in bytes.
pub const MAX_LENGTH: usize = 1 << 20;

/// Steps of a search after which it is given up, by default: about a second.
pub const DEFAULT_STEPS: u64 = 30_000_000;

/// Buffers of a search: one for each thread.
#[derive(Debug)]
pub struct MatchScratch {
    limit: u64,
    domains: Domains,
    placement: Placement,
    passed: Vec<u32>,
}

impl Default for MatchScratch {
    fn default() -> Self {
        Self::with_limit(DEFAULT_STEPS)
    }
}

impl MatchScratch {
    /// Empty buffers; every search may take [`DEFAULT_STEPS`].
    pub fn new() -> Self {
        Self::default()
    }

    /// Empty buffers; every search may try `limit` candidates before it is given up.
    pub fn with_limit(limit: u64) -> Self {
        Self { limit, domains: Domains::default(), placement: Placement::default(), passed: Vec::new() }
    }
}

/// A SMARTS pattern, ready to be searched.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// The recursive patterns, each after those inside it, then the pattern itself.
    queries: Vec<Query>,
    /// Atoms that every match needs, as (atomic number, count).
    needed: Vec<(u8, u32)>,
    uses_stereo: bool,
    /// Compiled when it is searched by itself for the first time.
    program: OnceLock<Program>,
}

impl Pattern {
    /// Reads a pattern. Blanks around it and a name after a blank are not looked at.
    ///
    /// # Errors
    /// Where RDKit's `MolFromSmarts` returns no molecule, for an empty pattern, for a CXSMARTS
    /// extension, and for patterns longer than [`MAX_LENGTH`].
    pub fn parse(text: &str) -> Result<Self, SmartsError> {
        let queries = parser::read(text)?;
        let needed = queries.last().map(order::needed_elements).unwrap_or_default();
        Ok(Self { queries, needed, uses_stereo: false, program: OnceLock::new() })
    }

    /// A pattern that is part of this program: tests read all of them, and no input reaches this.
    #[allow(clippy::expect_used)]
    pub(crate) fn built_in(text: &str) -> Self {
        Self::parse(text).expect("patterns that are part of the program are read in its tests")
    }

    /// The same pattern with its stereo asked for, or not, as it is by default: whether the marks `@` and
    /// `@@` of atoms with three or four neighbours, and the `/` and `\` around double bonds, constrain
    /// matches, as in RDKit with `useChirality`. What has an arrangement in the pattern then matches
    /// neither the other arrangement nor none.
    ///
    /// As in RDKit, marks on atoms with fewer neighbours only ask for some tag, double bonds in recursive
    /// patterns constrain nothing, and nothing is asked of other arrangements than the tetrahedral one.
    ///
    /// ```
    /// use soyaku_chem::Parser;
    /// use soyaku_chem::smarts::{MatchScratch, Pattern};
    ///
    /// let alanine = Pattern::parse("N[C@@H](C)C(=O)O")?.with_stereo(true);
    /// let mut parser = Parser::new();
    /// let mut scratch = MatchScratch::new();
    /// assert!(alanine.matches(parser.parse(b"C[C@H](N)C(=O)O")?, &mut scratch)?);
    /// assert!(!alanine.matches(parser.parse(b"C[C@@H](N)C(=O)O")?, &mut scratch)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_stereo(mut self, uses_stereo: bool) -> Self {
        self.uses_stereo = uses_stereo;
        self.program = OnceLock::new();
        self
    }

    fn source(&self) -> Source<'_> {
        Source { queries: &self.queries, uses_stereo: self.uses_stereo }
    }

    fn program(&self) -> &Program {
        self.program.get_or_init(|| Program::new([self.source()]))
    }

    fn main(&self) -> &Query {
        // a pattern that was read has at least itself
        &self.queries[self.queries.len() - 1]
    }

    /// The molecule has the elements of the pattern.
    fn has_elements(&self, molecule: &Molecule) -> bool {
        self.needed.iter().all(|&(number, count)| {
            let mut left = count;
            molecule.atoms().iter().any(|atom| {
                left -= u32::from(atom.atomic_number == number);
                left == 0
            })
        })
    }

    /// Number of atoms of the pattern.
    pub fn atom_count(&self) -> usize {
        self.main().atoms.len()
    }

    /// Atom map number (`[C:1]`) of every atom of the pattern, 0 where none is given.
    pub fn atom_maps(&self) -> &[u32] {
        &self.main().maps
    }

    /// Whether the pattern occurs in the molecule.
    ///
    /// # Errors
    /// [`MatchError::TooManySteps`] when the limit of `scratch` is reached.
    pub fn matches(&self, molecule: &Molecule, scratch: &mut MatchScratch) -> Result<bool, MatchError> {
        let mut is_found = false;
        self.each(molecule, scratch, true, |_| {
            is_found = true;
            false
        })?;
        Ok(is_found)
    }

    /// Up to `max` matches, each the atom of the molecule for every atom of the pattern. If
    /// `unique`, one match for every set of atoms, as `GetSubstructMatches` with `uniquify`.
    ///
    /// # Errors
    /// [`MatchError::TooManySteps`] when the limit of `scratch` is reached.
    pub fn find(
        &self,
        molecule: &Molecule,
        scratch: &mut MatchScratch,
        unique: bool,
        max: usize,
    ) -> Result<Vec<Vec<u32>>, MatchError> {
        let mut matches = Vec::new();
        self.each_unique(molecule, scratch, unique, max, |atoms| matches.push(atoms.to_vec()))?;
        Ok(matches)
    }

    /// Number of matches, counted up to `max`; see [`Pattern::find`].
    ///
    /// # Errors
    /// [`MatchError::TooManySteps`] when the limit of `scratch` is reached.
    pub fn count(
        &self,
        molecule: &Molecule,
        scratch: &mut MatchScratch,
        unique: bool,
        max: usize,
    ) -> Result<usize, MatchError> {
        let mut count = 0;
        self.each_unique(molecule, scratch, unique, max, |_| count += 1)?;
        Ok(count)
    }

    fn each_unique(
        &self,
        molecule: &Molecule,
        scratch: &mut MatchScratch,
        unique: bool,
        max: usize,
        mut found: impl FnMut(&[u32]),
    ) -> Result<(), MatchError> {
        if max == 0 {
            return Ok(());
        }
        let mut seen = Seen::default();
        let mut left = max;
        self.each(molecule, scratch, unique, |atoms| {
            if unique && atoms.len() > 1 && !seen.insert(atoms) {
                return true;
            }
            found(atoms);
            left -= 1;
            left > 0
        })
    }

    /// Gives every match to `found` until it returns false; if `unique`, some of those that have the atoms
    /// of another are left out.
    fn each(
        &self,
        molecule: &Molecule,
        scratch: &mut MatchScratch,
        unique: bool,
        found: impl FnMut(&[u32]) -> bool,
    ) -> Result<(), MatchError> {
        if self.atom_count() > molecule.atoms().len() || !self.has_elements(molecule) {
            return Ok(());
        }
        let MatchScratch { limit, domains, placement, .. } = scratch;
        let program = self.program();
        domains.start(program, molecule);
        let budget = Budget::new(*limit);
        Search { program, molecule, domains, placement, budget }.pattern(0, false, unique, found)
    }
}

#[cfg(test)]
mod tests;
