//! Backtracking over the atoms of a query, with a stack of our own.

use super::error::MatchError;
use super::facts::{Facts, bond_fits};
use super::query::{Query, Step};
use crate::molecule::Neighbor;

const NONE: u32 = u32::MAX;

/// Buffers of a search.
#[derive(Debug, Default)]
pub(super) struct Placement {
    /// Atom of the molecule for every atom of the query.
    atoms: Vec<u32>,
    /// Next candidate of every step.
    cursors: Vec<u32>,
    is_used: Vec<bool>,
}

/// Steps that may still be taken.
#[derive(Debug)]
pub(super) struct Budget {
    pub left: u64,
    pub limit: u64,
}

impl Budget {
    #[inline]
    pub fn spend(&mut self, steps: u64) -> Result<(), MatchError> {
        match self.left.checked_sub(steps) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(MatchError::TooManySteps { limit: self.limit }),
        }
    }
}

/// The atom can stand at this step, given what is placed.
fn fits(facts: &Facts, query: &Query, step: &Step, placed: &[u32], candidate: u32) -> bool {
    let molecule = facts.molecule;
    if u32::from(molecule.atoms()[candidate as usize].degree) < step.degree
        || !facts.atom_fits(&query.atoms[step.atom as usize], candidate)
    {
        return false;
    }
    step.bonds.iter().all(|&(before, bond)| {
        let other = placed[before as usize];
        let neighbors = molecule.neighbors(candidate as usize);
        let Some(&Neighbor { bond: found, .. }) = neighbors.iter().find(|entry| entry.atom == other) else {
            return false;
        };
        let (query_bond, bond) = (&query.bonds[bond as usize], &molecule.bonds()[found as usize]);
        bond_fits(&query_bond.expression, bond)
            && (!query_bond.is_directed
                || (facts.atom_fits(&query.atoms[query_bond.begin as usize], bond.begin)
                    && facts.atom_fits(&query.atoms[query_bond.end as usize], bond.end)))
    })
}

/// Finds the matches of a query, those whose first placed atom is `anchor` if one is given. Every
/// match (atoms of the molecule by atom of the query) goes to `found`, which says whether to go on.
pub(super) fn search(
    facts: &Facts,
    query: &Query,
    anchor: Option<u32>,
    placement: &mut Placement,
    budget: &mut Budget,
    mut found: impl FnMut(&[u32]) -> bool,
) -> Result<(), MatchError> {
    let molecule = facts.molecule;
    let atom_count = molecule.atoms().len();
    let Placement { atoms, cursors, is_used } = placement;
    if query.atoms.len() > atom_count {
        return Ok(());
    }
    if let Some(anchor) = anchor {
        budget.spend(1)?;
        if !fits(facts, query, &query.steps[0], &[], anchor) {
            return Ok(());
        }
    }
    atoms.clear();
    atoms.resize(query.atoms.len(), NONE);
    cursors.clear();
    cursors.resize(query.atoms.len(), 0);
    is_used.clear();
    is_used.resize(atom_count, false);
    let mut depth = 0;
    loop {
        let step = &query.steps[depth];
        let slot = step.atom as usize;
        if atoms[slot] != NONE {
            is_used[atoms[slot] as usize] = false;
            atoms[slot] = NONE;
        }
        let around =
            step.bonds.first().map(|&(before, _)| molecule.neighbors(atoms[before as usize] as usize));
        let mut placed = false;
        loop {
            let cursor = cursors[depth] as usize;
            cursors[depth] += 1;
            let candidate = match (around, anchor) {
                (Some(neighbors), _) => neighbors.get(cursor).map(|entry| entry.atom),
                (None, Some(anchor)) if depth == 0 => (cursor == 0).then_some(anchor),
                (None, _) => (cursor < atom_count).then_some(cursor as u32),
            };
            let Some(candidate) = candidate else { break };
            budget.spend(1 + step.bonds.len() as u64)?;
            if is_used[candidate as usize] || !fits(facts, query, step, atoms, candidate) {
                continue;
            }
            atoms[slot] = candidate;
            is_used[candidate as usize] = true;
            placed = true;
            break;
        }
        if placed && depth + 1 == query.steps.len() {
            if !found(atoms) {
                return Ok(());
            }
        } else if placed {
            depth += 1;
            cursors[depth] = 0;
        } else if depth == 0 {
            return Ok(());
        } else {
            depth -= 1;
        }
    }
}
