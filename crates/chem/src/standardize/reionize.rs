//! Charges on the strongest acids: RDKit's `Reionizer` with its list of acids.

use super::list_table::ACIDS;
use super::{Change, Failure, Work};
use crate::molecule::{Atom, Molecule};
use crate::smarts::{MatchError, MatchScratch, Pattern};

/// Protons that are moved, times atoms: each is searched for in the whole molecule.
const MAX_WORK: usize = 100_000;
/// Places for an acid that are looked at.
const MAX_MATCHES: usize = 10_000;

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
        let mut protons = Protons::new(&work.molecule);
        for _ in 0..count {
            let Some((_, acid)) = self.strongest_acid(&work.molecule, &mut work.search)? else { break };
            protons.take(acid);
            protons.apply(work)?;
        }
        Ok(())
    }

    /// Moves protons from stronger acids to the bases of weaker ones.
    fn move_protons(&self, work: &mut Work) -> Result<(), Failure> {
        let mut protons = Protons::new(&work.molecule);
        let mut moved: Vec<(u32, u32)> = Vec::new();
        while work.molecule.atoms.iter().any(|atom| atom.formal_charge < 0) {
            let Work { molecule, search, .. } = work;
            let Some((strength, base)) = self.weakest_base(molecule, search)? else { break };
            let Some((acid_strength, acid)) = self.strongest_acid(molecule, search)? else { break };
            let pair = (acid.min(base), acid.max(base));
            if acid_strength >= strength || acid == base || moved.contains(&pair) {
                break;
            }
            if moved.len() == (MAX_WORK / molecule.atoms.len()).clamp(10, 1000) {
                return Err(Failure::TooMuch);
            }
            moved.push(pair);
            protons.take(acid);
            protons.give(base);
            protons.apply(work)?;
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

/// The last atom of the match that comes first by the atoms of the pattern in their order.
fn first_site(
    pattern: &Pattern,
    molecule: &Molecule,
    search: &mut MatchScratch,
) -> Result<Option<u32>, MatchError> {
    let found = pattern.find(molecule, search, false, MAX_MATCHES)?;
    Ok(found.iter().min().and_then(|place| place.last().copied()))
}

/// Protons moved since the start. Every move starts from the molecule as it was, so that a centre
/// that loses its proton for a moment stays one.
struct Protons {
    start: Molecule,
    gained: Vec<(u32, i32)>,
}

impl Protons {
    fn new(molecule: &Molecule) -> Self {
        Self { start: molecule.clone(), gained: Vec::new() }
    }

    fn add(&mut self, atom: u32, count: i32) {
        match self.gained.iter_mut().find(|(other, _)| *other == atom) {
            Some((_, gained)) => *gained += count,
            None => self.gained.push((atom, count)),
        }
    }

    fn take(&mut self, atom: u32) {
        self.add(atom, -1);
    }

    fn give(&mut self, atom: u32) {
        self.add(atom, 1);
    }

    fn apply(&self, work: &mut Work) -> Result<(), Failure> {
        let Work { editor, .. } = work;
        editor.load(&self.start);
        for &(index, gained) in self.gained.iter().filter(|(_, gained)| *gained != 0) {
            let atom = &self.start.atoms[index as usize];
            let hydrogens = i64::from(atom.total_hydrogens()) + i64::from(gained);
            let charge = i32::from(atom.formal_charge) + gained;
            editor.set_charge(index, charge.clamp(-128, 127) as i8);
            editor.set_explicit_hydrogens(index, hydrogens.clamp(0, 255) as u8);
            editor.set_implicit(index, false);
        }
        work.commit()?;
        work.changes.push(Change::Reionized);
        Ok(())
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_acid_is_read() {
        assert_eq!(Reionizer::new().pairs.len(), ACIDS.len());
    }
}
