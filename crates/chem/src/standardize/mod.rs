//! Standardization: one drawing for one compound, as RDKit's `rdMolStandardize` makes it.
//!
//! Metals are disconnected, functional groups drawn in one way, protons put where they belong, salts
//! and solvents removed, charges neutralized. Stereochemistry and isotopes are kept; tautomers stay
//! what they are.
//!
//! ```
//! use soyaku_chem::standardize::{StandardizeOptions, Standardizer};
//! use soyaku_chem::{Parser, SmilesWriter};
//!
//! let mut standardizer = Standardizer::new(StandardizeOptions::default());
//! let mut parser = Parser::new();
//! let salt = parser.parse(b"[Na]OC(=O)c1ccccc1N(=O)=O")?;
//! let parent = standardizer.standardize(salt)?;
//! assert_eq!(SmilesWriter::default().write(parent.molecule), "O=[N+]([O-])c1ccccc1C(=O)O");
//! let changes: Vec<String> = parent.changes.iter().map(|change| change.to_string()).collect();
//! assert_eq!(changes, ["disconnected-metal", "kept-largest-fragment", "neutralized 1"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod change;
mod fragments;
mod list_table;
mod metals;
mod normalize;
mod options;
mod order;
mod quick;
mod reionize;
mod salts;
mod template;
#[cfg(test)]
mod tests;
mod uncharge;

pub use change::Change;
pub use options::{StandardizeOptions, Step, UnknownStep};

use thiserror::Error;

use crate::edit::Editor;
use crate::molecule::Molecule;
use crate::smarts::{MatchError, MatchScratch};
use crate::{Kekulizer, Parser, SmilesWriter};

/// Why a molecule could not be standardized.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StandardizeError {
    /// A step made something that is no molecule.
    #[error("step {step}: {error}")]
    Perception {
        /// The step.
        step: Step,
        /// What is wrong with its result.
        error: crate::Error,
    },
    /// The search for a rule's pattern took too long.
    #[error("step {step}: {error}")]
    Search {
        /// The step.
        step: Step,
        /// The limit that was reached.
        error: MatchError,
    },
    /// A very large molecule with very many charges.
    #[error("step {step}: more charges than can be gone through in a molecule of this size")]
    TooMuch {
        /// The step.
        step: Step,
    },
}

/// What a single step can fail with.
#[derive(Debug, Error)]
enum Failure {
    #[error(transparent)]
    Perception(#[from] crate::Error),
    #[error(transparent)]
    Search(#[from] MatchError),
    #[error("too many charges")]
    TooMuch,
}

/// A standardized molecule, until the next one.
#[derive(Clone, Copy, Debug)]
pub struct Standardized<'a> {
    /// The molecule: the one that was given where nothing had to be changed.
    pub molecule: &'a Molecule,
    /// What was done, in order.
    pub changes: &'a [Change],
}

/// What every step works with.
#[derive(Debug, Default)]
struct Work {
    molecule: Molecule,
    parser: Parser,
    editor: Editor,
    search: MatchScratch,
    kekulizer: Kekulizer,
    writer: SmilesWriter,
    changes: Vec<Change>,
}

impl Work {
    /// Takes over what was edited, unless it is no molecule.
    fn commit(&mut self) -> Result<(), crate::Error> {
        self.parser.perceive_edited(&self.editor)?;
        self.parser.swap(&mut self.molecule);
        Ok(())
    }
}

/// Standardizes molecules one after the other: one per thread.
#[derive(Debug)]
pub struct Standardizer {
    options: StandardizeOptions,
    work: Work,
    normalizer: normalize::Normalizer,
    reionizer: reionize::Reionizer,
    salts: salts::Salts,
}

impl Default for Standardizer {
    fn default() -> Self {
        Self::new(StandardizeOptions::default())
    }
}

impl Standardizer {
    /// Reads the rules; the steps of `options` are done in their order.
    pub fn new(options: StandardizeOptions) -> Self {
        Self {
            options,
            work: Work::default(),
            normalizer: normalize::Normalizer::new(),
            reionizer: reionize::Reionizer::new(),
            salts: salts::Salts::new(),
        }
    }

    /// Does all steps.
    ///
    /// # Errors
    /// Where a step makes something that is no molecule: rare, and found in odd drawings only.
    pub fn standardize<'a>(
        &'a mut self,
        molecule: &'a Molecule,
    ) -> Result<Standardized<'a>, StandardizeError> {
        let Self { options, work, normalizer, reionizer, salts } = self;
        work.changes.clear();
        let mut needs = quick::Needs::of(molecule);
        if !options.steps().iter().any(|step| needs.step(*step)) {
            return Ok(Standardized { molecule, changes: &[] });
        }
        work.molecule.copy_from(molecule);
        for &step in options.steps() {
            if !needs.step(step) {
                continue;
            }
            let before = work.changes.len();
            let done = match step {
                Step::Metals => metals::disconnect(work),
                Step::Normalize => normalizer.run(work),
                Step::Reionize => reionizer.run(work),
                Step::Salts => salts.run(work),
                Step::Fragment => fragments::keep_largest(work),
                Step::Uncharge => uncharge::run(work),
            };
            done.map_err(|failure| match failure {
                Failure::Perception(error) => StandardizeError::Perception { step, error },
                Failure::Search(error) => StandardizeError::Search { step, error },
                Failure::TooMuch => StandardizeError::TooMuch { step },
            })?;
            if work.changes.len() != before {
                needs = quick::Needs::of(&work.molecule);
            }
        }
        let molecule = if work.changes.is_empty() { molecule } else { &work.molecule };
        Ok(Standardized { molecule, changes: &work.changes })
    }
}
