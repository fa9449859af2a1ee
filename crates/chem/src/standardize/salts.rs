//! Removing listed counter-ions and solvents: RDKit's `FragmentRemover` with its list.

use super::fragments::{load, parts};
use super::list_table::SALTS;
use super::{Change, Failure, Work};
use crate::molecule::Molecule;
use crate::smarts::{MatchError, MatchScratch, Pattern};

/// Counter-ions and solvents by their names.
#[derive(Debug)]
pub(super) struct Salts {
    /// The number of bonds with each pattern.
    patterns: Vec<(&'static str, (Pattern, usize))>,
    largest: usize,
}

impl Salts {
    pub fn new() -> Self {
        let read = |text: &str| {
            let pattern = Pattern::parse(text).ok()?;
            let bonds = pattern.atom_count() - 1 + ring_count(text);
            Some((pattern, bonds))
        };
        let patterns: Vec<_> = SALTS.iter().filter_map(|(name, text)| Some((*name, read(text)?))).collect();
        let largest = patterns.iter().map(|(_, (pattern, _))| pattern.atom_count()).max().unwrap_or(0);
        Self { patterns, largest }
    }

    /// Goes through the list; parts that are the compound in question are removed, unless nothing
    /// would be left.
    pub fn run(&self, work: &mut Work) -> Result<(), Failure> {
        let (part, count) = parts(&work.molecule);
        let mut sizes = vec![0; count as usize];
        for &one in &part {
            sizes[one as usize] += 1;
        }
        // small parts by themselves, to be searched
        let mut small: Vec<(u32, Molecule)> = Vec::new();
        for one in (0..count).filter(|&one| sizes[one as usize] <= self.largest) {
            load(&mut work.editor, &work.molecule, &part, |other| other == one);
            small.push((one, work.parser.perceive_edited(&work.editor)?.clone()));
        }
        let mut is_gone = vec![false; count as usize];
        let mut left = count as usize;
        for (name, pattern) in &self.patterns {
            let fitting = fitting(pattern, &small, &is_gone, &mut work.search)?;
            // the last part stays, whatever it is
            if fitting.len() == left {
                break;
            }
            if !fitting.is_empty() {
                left -= fitting.len();
                for one in fitting {
                    is_gone[one as usize] = true;
                }
                work.changes.push(Change::RemovedFragment(name));
            }
        }
        if left < count as usize {
            load(&mut work.editor, &work.molecule, &part, |one| !is_gone[one as usize]);
            work.commit()?;
        }
        Ok(())
    }
}

/// Rings of a SMARTS: their numbers stand outside brackets, twice.
fn ring_count(text: &str) -> usize {
    let mut is_inside = false;
    let is_number = |byte: u8| {
        is_inside = byte == b'[' || (is_inside && byte != b']');
        !is_inside && byte.is_ascii_digit()
    };
    text.bytes().map(is_number).filter(|&is_number| is_number).count() / 2
}

/// Those of the parts that are left which the pattern fits as a whole.
fn fitting(
    (pattern, bonds): &(Pattern, usize),
    parts: &[(u32, Molecule)],
    is_gone: &[bool],
    search: &mut MatchScratch,
) -> Result<Vec<u32>, MatchError> {
    let mut found = Vec::new();
    for (one, molecule) in parts {
        let is_candidate = !is_gone[*one as usize]
            && molecule.atoms.len() == pattern.atom_count()
            && molecule.bonds.len() == *bonds;
        if is_candidate && pattern.matches(molecule, search)? {
            found.push(*one);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_compound_is_read() {
        assert_eq!(Salts::new().patterns.len(), SALTS.len());
    }
}
