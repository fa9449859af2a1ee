//! Charges on the strongest acids: RDKit's `Reionizer` with its list of acids.

use super::list_table::ACIDS;
use super::{Change, Failure, Work};
use crate::edit::Editor;
use crate::molecule::{Atom, Molecule};
use crate::smarts::{MatchError, MatchScratch, Pattern};

/// Acids and their bases, strongest first.
#[derive(Debug)]
pub(super) struct Reionizer {
    pairs: Vec<(Pattern, Pattern)>,
}

/// The charge of a bare atom that only occurs as an ion.
fn corrected_charge(atom: &Atom) -> Option<i8> {
    let is_bare = atom.degree == 0 && atom.total_hydrogens() == 0 && atom.formal_charge == 0;
    match atom.atomic_number {
        3 | 11 | 19 if is_bare => Some(1),
        12 | 20 if is_bare => Some(2),
        17 if is_bare => Some(-1),
        _ => None,
    }
}

fn total_charge(molecule: &Molecule) -> i32 {
    molecule.atoms.iter().map(|atom| i32::from(atom.formal_charge)).sum()
}

impl Reionizer {
    pub fn new() -> Self {
        let read = |text: &str| Pattern::parse(text).ok();
        Self { pairs: ACIDS.iter().filter_map(|(_, acid, base)| Some((read(acid)?, read(base)?))).collect() }
    }

    pub fn run(&self, work: &mut Work) -> Result<(), Failure> {
        let excess = correct_charges(work)?;
        if excess > 0 && total_charge(&work.molecule) != 0 {
            self.ionize(work, excess)?;
        }
        self.move_protons(work)
    }

    /// Takes up to `count` protons from the strongest acids.
    fn ionize(&self, work: &mut Work, count: i32) -> Result<(), Failure> {
        for _ in 0..count {
            let Some((_, acid)) = self.strongest_acid(&work.molecule, &mut work.search)? else { break };
            work.editor.load(&work.molecule);
            take_proton(&mut work.editor, &work.molecule, acid);
            work.commit()?;
            work.changes.push(Change::Reionized);
        }
        Ok(())
    }

    /// Moves protons from stronger acids to the bases of weaker ones.
    fn move_protons(&self, work: &mut Work) -> Result<(), Failure> {
        let mut moved: Vec<(u32, u32)> = Vec::new();
        while work.molecule.atoms.iter().any(|atom| atom.formal_charge < 0) {
            let Work { molecule, editor, search, .. } = work;
            let Some((strength, base)) = self.weakest_base(molecule, search)? else { break };
            let Some((acid_strength, acid)) = self.strongest_acid(molecule, search)? else { break };
            let pair = (acid.min(base), acid.max(base));
            if acid_strength >= strength || acid == base || moved.contains(&pair) {
                break;
            }
            moved.push(pair);
            editor.load(molecule);
            take_proton(editor, molecule, acid);
            give_proton(editor, molecule, base);
            work.commit()?;
            work.changes.push(Change::Reionized);
        }
        Ok(())
    }

    /// The place in the list of the strongest acid, and its atom with the proton.
    fn strongest_acid(
        &self,
        molecule: &Molecule,
        search: &mut MatchScratch,
    ) -> Result<Option<(usize, u32)>, MatchError> {
        for (place, (acid, _)) in self.pairs.iter().enumerate() {
            if let Some(atom) = first_site(acid, molecule, search)? {
                return Ok(Some((place, atom)));
            }
        }
        Ok(None)
    }

    /// The place in the list of the weakest acid whose base is there, and its charged atom.
    fn weakest_base(
        &self,
        molecule: &Molecule,
        search: &mut MatchScratch,
    ) -> Result<Option<(usize, u32)>, MatchError> {
        for (place, (_, base)) in self.pairs.iter().enumerate().rev() {
            if let Some(atom) = first_site(base, molecule, search)? {
                return Ok(Some((place, atom)));
            }
        }
        Ok(None)
    }
}

/// The last atom of the first match.
fn first_site(
    pattern: &Pattern,
    molecule: &Molecule,
    search: &mut MatchScratch,
) -> Result<Option<u32>, MatchError> {
    let found = pattern.find(molecule, search, true, 1)?;
    Ok(found.first().and_then(|place| place.last().copied()))
}

/// Charges bare ions. Returns by how much the total charge grew.
fn correct_charges(work: &mut Work) -> Result<i32, Failure> {
    let Work { molecule, editor, .. } = work;
    let mut grown = 0;
    let mut is_changed = false;
    for (index, atom) in molecule.atoms.iter().enumerate() {
        let Some(charge) = corrected_charge(atom) else { continue };
        if !std::mem::replace(&mut is_changed, true) {
            editor.load(molecule);
        }
        editor.set_charge(index as u32, charge);
        grown += i32::from(charge);
    }
    if is_changed {
        work.commit()?;
        work.changes.push(Change::CorrectedCharge);
    }
    Ok(grown)
}

fn take_proton(editor: &mut Editor, molecule: &Molecule, index: u32) {
    let atom = &molecule.atoms[index as usize];
    editor.set_charge(index, atom.formal_charge - 1);
    editor.set_explicit_hydrogens(index, (atom.total_hydrogens().max(1) - 1) as u8);
    editor.set_implicit(index, false);
}

fn give_proton(editor: &mut Editor, molecule: &Molecule, index: u32) {
    let atom = &molecule.atoms[index as usize];
    editor.set_charge(index, atom.formal_charge + 1);
    editor.set_explicit_hydrogens(index, (atom.total_hydrogens() + 1).min(255) as u8);
    editor.set_implicit(index, false);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_acid_is_read() {
        assert_eq!(Reionizer::new().pairs.len(), ACIDS.len());
    }
}
