//! Backtracking over the atoms of a query, with a stack of our own.

use super::domains::{Domains, bits, has};
use super::error::MatchError;
use super::program::{Link, Plan, Program};
use crate::molecule::Molecule;

const NONE: u32 = u32::MAX;

/// Buffers of a search.
#[derive(Debug, Default)]
pub(super) struct Placement {
    /// Atom of the molecule for every atom of the query.
    atoms: Vec<u32>,
    /// Next candidate of every step.
    cursors: Vec<u32>,
    /// Where the set of every step is.
    sets: Vec<usize>,
    is_used: Vec<u64>,
}

/// Steps that may still be taken.
#[derive(Debug)]
pub(super) struct Budget {
    left: u64,
    limit: u64,
}

impl Budget {
    pub fn new(limit: u64) -> Self {
        Self { left: limit, limit }
    }

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

/// Whether a set has so many atoms.
#[inline]
fn has_at_least(set: &[u64], count: u32) -> bool {
    match set {
        [word] => word.count_ones() >= count,
        _ => set.iter().map(|word| u64::from(word.count_ones())).sum::<u64>() >= u64::from(count),
    }
}

/// A molecule that is searched for patterns of a program.
pub(super) struct Search<'a> {
    pub program: &'a Program,
    pub molecule: &'a Molecule,
    pub domains: &'a mut Domains,
    pub placement: &'a mut Placement,
    pub budget: Budget,
}

impl Search<'_> {
    /// Finds the set of a node, and returns where it is.
    pub fn find(&mut self, node: u32) -> Result<usize, MatchError> {
        self.domains.find(self.program, self.molecule, node, &mut self.budget)
    }

    /// Whether all sets of a pattern's checks have as many atoms as they need.
    fn passes(&mut self, checks: &[(u32, u32)]) -> Result<bool, MatchError> {
        for &(node, count) in checks {
            let place = self.find(node)?;
            if !has_at_least(self.domains.at(place), count) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Begins the search for another pattern: it may take `limit` steps.
    pub fn restart(&mut self, limit: u64) {
        self.budget = Budget::new(limit);
    }

    /// Whether the set of a node has so many atoms.
    pub fn check(&mut self, (node, count): (u32, u32)) -> Result<bool, MatchError> {
        self.passes(&[(node, count)])
    }

    /// Gives the matches of a pattern to `found` until it returns false. If `is_checked`, it passed
    /// its checks before; if `unique`, some of those that have the atoms of another are left out.
    pub fn pattern(
        &mut self,
        number: usize,
        is_checked: bool,
        unique: bool,
        found: impl FnMut(&[u32]) -> bool,
    ) -> Result<(), MatchError> {
        let program = self.program;
        let main = &program.mains[number];
        let fits = main.plan.placings.len() <= self.molecule.atoms().len();
        if !fits || !(is_checked || self.passes(&main.counts)?) {
            return Ok(());
        }
        self.find_recursive(&main.recursive)?;
        self.all(&main.plan, unique, found)
    }

    /// Finds the atoms that recursive patterns begin at.
    fn find_recursive(&mut self, numbers: &[u32]) -> Result<(), MatchError> {
        for &number in numbers {
            let inner = &self.program.recursive[number as usize];
            if !self.domains.knows(inner.starts) {
                match inner.exact {
                    Some(exact) => {
                        let place = self.find(exact)?;
                        self.domains.keep_place(inner.starts, place);
                    }
                    None => {
                        let starts = self.starts(&inner.plan, |_| !0)?;
                        self.domains.keep(inner.starts, &starts);
                    }
                }
            }
        }
        Ok(())
    }

    /// Finds the sets that the steps of a plan ask for. Returns false where one is empty.
    fn prepare(&mut self, plan: &Plan) -> Result<bool, MatchError> {
        self.domains.find_kinds(self.molecule);
        let mut sets = std::mem::take(&mut self.placement.sets);
        sets.clear();
        let mut is_possible = true;
        for placing in &plan.placings {
            for (begin, end) in placing.links.iter().filter_map(|link| link.ends) {
                self.find(begin)?;
                self.find(end)?;
            }
            let place = self.find(placing.set)?;
            is_possible &= !self.domains.is_empty(place);
            sets.push(place);
            if !is_possible {
                break;
            }
        }
        self.placement.sets = sets;
        Ok(is_possible)
    }

    /// Finds the atoms that a match begins at, of those in the words that `among` gives. The recursive
    /// patterns that it needs must be known.
    fn starts(&mut self, plan: &Plan, among: impl Fn(usize) -> u64) -> Result<Vec<u64>, MatchError> {
        let begin = self.find(plan.begin)?;
        let mut begin = self.domains.at(begin).to_vec();
        begin.iter_mut().enumerate().for_each(|(word, bits)| *bits &= among(word));
        let mut found = vec![0; begin.len()];
        if begin.iter().all(|word| *word == 0) || !self.prepare(plan)? {
            return Ok(found);
        }
        if plan.placings.len() == 1 {
            return Ok(begin);
        }
        for atom in bits(&begin) {
            let mut is_start = false;
            self.from(plan, atom, false, |_| {
                is_start = true;
                false
            })?;
            found[atom as usize / 64] |= u64::from(is_start) << (atom % 64);
        }
        Ok(found)
    }

    /// Gives every match (atoms of the molecule by atom of the query) to `found` until it returns
    /// false; if `unique`, equal parts are not exchanged.
    fn all(
        &mut self,
        plan: &Plan,
        unique: bool,
        mut found: impl FnMut(&[u32]) -> bool,
    ) -> Result<(), MatchError> {
        if plan.placings.len() > self.molecule.atoms().len() {
            return Ok(());
        }
        let begin = self.find(plan.begin)?;
        if self.domains.is_empty(begin) || !self.prepare(plan)? {
            return Ok(());
        }
        let begin = self.domains.at(begin).to_vec();
        let mut goes_on = true;
        for atom in bits(&begin) {
            self.from(plan, atom, unique, |atoms| {
                goes_on = found(atoms);
                goes_on
            })?;
            if !goes_on {
                break;
            }
        }
        Ok(())
    }

    /// Gives every match whose first placed atom is `first` to `found` until it returns false. The
    /// atom must fit, and the sets of the plan must be prepared.
    fn from(
        &mut self,
        plan: &Plan,
        first: u32,
        unique: bool,
        mut found: impl FnMut(&[u32]) -> bool,
    ) -> Result<(), MatchError> {
        let molecule = self.molecule;
        let atom_count = molecule.atoms().len();
        let domains = &*self.domains;
        let Placement { atoms, cursors, sets, is_used } = &mut *self.placement;
        self.budget.spend(1)?;
        atoms.clear();
        atoms.resize(plan.placings.len(), NONE);
        atoms[plan.placings[0].atom as usize] = first;
        if plan.placings.len() == 1 {
            // one atom has no neighbours to be arranged
            found(atoms);
            return Ok(());
        }
        let stereo = plan.stereo.as_deref();
        if plan.placings.len() > atom_count {
            return Ok(());
        }
        cursors.clear();
        cursors.resize(plan.placings.len(), 0);
        is_used.clear();
        is_used.resize(atom_count.div_ceil(64), 0);
        is_used[first as usize / 64] |= 1 << (first % 64);
        let fits_link = |link: &Link, candidate: u32, atoms: &[u32]| {
            let other = atoms[link.before as usize];
            let around = molecule.neighbors(candidate as usize);
            let Some(place) = around.iter().position(|entry| entry.atom == other) else { return false };
            let kind = domains.kinds(molecule, candidate)[place];
            link.kinds >> kind & 1 == 1
                && link.ends.is_none_or(|(begin, end)| {
                    let bond = &molecule.bonds()[around[place].bond as usize];
                    domains.holds(begin, bond.begin) && domains.holds(end, bond.end)
                })
        };
        let mut depth = 1;
        loop {
            let placing = &plan.placings[depth];
            let slot = placing.atom as usize;
            if atoms[slot] != NONE {
                is_used[atoms[slot] as usize / 64] &= !(1 << (atoms[slot] % 64));
                atoms[slot] = NONE;
            }
            let set = domains.at(sets[depth]);
            let mut cursor = cursors[depth] as usize;
            let mut tried = 1;
            let mut placed = NONE;
            match placing.links.split_first() {
                Some((link, more)) => {
                    let before = atoms[link.before as usize];
                    let around = molecule.neighbors(before as usize);
                    let kinds = domains.kinds(molecule, before);
                    while let Some(entry) = around.get(cursor) {
                        let candidate = entry.atom;
                        let kind = kinds[cursor];
                        cursor += 1;
                        tried += 1;
                        if link.kinds >> kind & 1 == 1
                            && has(set, candidate)
                            && !has(is_used, candidate)
                            && (link.ends.is_none() || fits_link(link, candidate, atoms))
                            && more.iter().all(|link| fits_link(link, candidate, atoms))
                        {
                            placed = candidate;
                            break;
                        }
                    }
                }
                None => {
                    if let (true, Some(before)) = (unique, placing.after) {
                        cursor = cursor.max(atoms[before as usize] as usize + 1);
                    }
                    while cursor < atom_count {
                        let candidate = cursor as u32;
                        cursor += 1;
                        tried += 1;
                        if has(set, candidate) && !has(is_used, candidate) {
                            placed = candidate;
                            break;
                        }
                    }
                }
            }
            self.budget.spend(tried)?;
            cursors[depth] = cursor as u32;
            if placed != NONE {
                atoms[slot] = placed;
                if depth + 1 == plan.placings.len() {
                    is_used[placed as usize / 64] |= 1 << (placed % 64);
                    let fits = stereo.is_none_or(|stereo| stereo.fits(molecule, atoms));
                    if fits && !found(atoms) {
                        return Ok(());
                    }
                } else {
                    is_used[placed as usize / 64] |= 1 << (placed % 64);
                    depth += 1;
                    cursors[depth] = 0;
                }
            } else if depth == 1 {
                return Ok(());
            } else {
                depth -= 1;
            }
        }
    }
}
