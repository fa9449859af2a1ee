//! `--must-match` and `--must-not-match`: which compounds are looked at at all.

use soyaku_chem::Molecule;
use soyaku_chem::smarts::{MatchError, MatchScratch, Pattern};

use crate::Error;

/// Matches of one pattern in a hit whose atoms are listed.
const HIGHLIGHTS: usize = 100;

/// Patterns that a compound must hold, and patterns that it must not.
#[derive(Clone, Debug, Default)]
pub struct SubstructureFilter {
    wanted: Vec<Named>,
    unwanted: Vec<Named>,
}

#[derive(Clone, Debug)]
struct Named {
    smarts: String,
    pattern: Pattern,
}

impl SubstructureFilter {
    /// Reads the patterns, SMARTS as RDKit reads them.
    ///
    /// # Errors
    /// [`Error::Configuration`] for a text that is no SMARTS, with the option, the place and the reason.
    pub fn new(must_match: &[String], must_not_match: &[String]) -> Result<Self, Error> {
        let read = |option: &str, texts: &[String]| -> Result<Vec<Named>, Error> {
            let one = |smarts: &String| match Pattern::parse(smarts) {
                Ok(pattern) => Ok(Named { smarts: smarts.clone(), pattern }),
                Err(error) => Err(Error::Configuration(format!("{option} '{smarts}': {error}"))),
            };
            texts.iter().map(one).collect()
        };
        Ok(Self {
            wanted: read("--must-match", must_match)?,
            unwanted: read("--must-not-match", must_not_match)?,
        })
    }

    /// Whether every compound passes.
    pub fn is_empty(&self) -> bool {
        self.wanted.is_empty() && self.unwanted.is_empty()
    }

    /// Why a compound is left out; none where it passes.
    ///
    /// # Errors
    /// A search takes too many steps.
    pub fn objection(
        &self,
        molecule: &Molecule,
        scratch: &mut MatchScratch,
    ) -> Result<Option<String>, MatchError> {
        for Named { smarts, pattern } in &self.wanted {
            if !pattern.matches(molecule, scratch)? {
                return Ok(Some(format!("does not match {smarts}")));
            }
        }
        for Named { smarts, pattern } in &self.unwanted {
            if pattern.matches(molecule, scratch)? {
                return Ok(Some(format!("matches {smarts}")));
            }
        }
        Ok(None)
    }

    /// The wanted patterns as they were given.
    pub fn wanted(&self) -> impl Iterator<Item = &str> {
        self.wanted.iter().map(|named| named.smarts.as_str())
    }

    /// The atoms of every match of every wanted pattern, each match in the order of the pattern's atoms. Atoms are
    /// counted from 0 as RDKit counts them: in the order of the SMILES, without the hydrogens that it removes.
    ///
    /// # Errors
    /// A search takes too many steps.
    pub fn highlights(
        &self,
        molecule: &Molecule,
        scratch: &mut MatchScratch,
    ) -> Result<Vec<Vec<Vec<u32>>>, MatchError> {
        self.wanted.iter().map(|named| named.pattern.find(molecule, scratch, true, HIGHLIGHTS)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use soyaku_chem::Parser;

    fn filter(wanted: &[&str], unwanted: &[&str]) -> SubstructureFilter {
        let owned = |texts: &[&str]| texts.iter().map(|text| text.to_string()).collect::<Vec<_>>();
        SubstructureFilter::new(&owned(wanted), &owned(unwanted)).unwrap()
    }

    #[test]
    fn all_wanted_and_none_unwanted() {
        let mut parser = Parser::new();
        let mut scratch = MatchScratch::new();
        let filter = filter(&["C(=O)[OX2H1]", "c1ccccc1"], &["[N+](=O)[O-]"]);
        let mut objection =
            |smiles: &str| filter.objection(parser.parse(smiles.as_bytes()).unwrap(), &mut scratch).unwrap();
        assert_eq!(objection("OC(=O)c1ccccc1"), None);
        assert_eq!(objection("COC(=O)c1ccccc1").as_deref(), Some("does not match C(=O)[OX2H1]"));
        assert_eq!(objection("OC(=O)C").as_deref(), Some("does not match c1ccccc1"));
        assert_eq!(objection("OC(=O)c1ccccc1[N+](=O)[O-]").as_deref(), Some("matches [N+](=O)[O-]"));
    }

    #[test]
    fn atoms_of_matches() {
        let mut parser = Parser::new();
        let molecule = parser.parse(b"CC(=O)Oc1ccccc1C(=O)O").unwrap();
        let highlights = filter(&["[#6]=O", "C(=O)[OH]"], &[]).highlights(molecule, &mut MatchScratch::new());
        assert_eq!(highlights.unwrap(), [vec![vec![1, 2], vec![10, 11]], vec![vec![10, 11, 12]]]);
    }

    #[test]
    fn errors_name_the_option_and_the_text() {
        let error = SubstructureFilter::new(&["C(".into()], &[]).unwrap_err().to_string();
        assert!(error.starts_with("--must-match 'C('"), "{error}");
        let error = SubstructureFilter::new(&[], &["[".into()]).unwrap_err().to_string();
        assert!(error.starts_with("--must-not-match '['"), "{error}");
    }
}
