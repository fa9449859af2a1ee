//! A search for double bonds that give every candidate one.

use std::collections::VecDeque;

use crate::molecule::{BondDirection, BondOrder, Molecule, Neighbor};
use crate::valence::Sums;

/// How often a wrong choice is taken back in one ring system.
const MAX_BACKTRACKS: usize = 100;

/// State of one search for a matching.
#[derive(Debug, Default)]
pub(super) struct Worker {
    done: Vec<u32>,
    /// How often an atom is in `done`.
    done_count: Vec<u32>,
    stack: VecDeque<u32>,
    stack_count: Vec<u32>,
    /// Atoms with untried neighbours, latest last: (atom, start, end) in `options`.
    choices: Vec<(u32, u32, u32)>,
    options: Vec<Neighbor>,
    added: Vec<u32>,
    neighbors: Vec<Neighbor>,
}

impl Worker {
    /// Forgets the search before; only atoms of one system are in the counts.
    pub fn reset(&mut self, atom_count: usize, system: &[u32]) {
        self.done_count.resize(atom_count.max(self.done_count.len()), 0);
        self.stack_count.resize(atom_count.max(self.stack_count.len()), 0);
        for &atom in system {
            self.done_count[atom as usize] = 0;
            self.stack_count[atom as usize] = 0;
        }
        self.done.clear();
        self.stack.clear();
        self.choices.clear();
        self.options.clear();
        self.added.clear();
    }

    pub fn finish(&mut self, atom: u32) {
        self.done.push(atom);
        self.done_count[atom as usize] += 1;
    }

    /// Walks through the system breadth first and gives every candidate a double bond; a choice
    /// that leads to a dead end is taken back. Undoes its bonds where it fails.
    pub fn run(
        &mut self,
        molecule: &mut Molecule,
        sums: &mut Sums,
        sorted: &[u32],
        in_system: &[bool],
        candidate: &mut [bool],
    ) -> bool {
        let mut backtracks = 0;
        let mut next = 0;
        while self.done.len() < sorted.len() || !self.stack.is_empty() {
            let atom = match self.stack.pop_front() {
                Some(atom) => {
                    self.stack_count[atom as usize] -= 1;
                    atom
                }
                None => {
                    while next < sorted.len() && self.done_count[sorted[next] as usize] > 0 {
                        next += 1;
                    }
                    let Some(&atom) = sorted.get(next) else { break };
                    atom
                }
            };
            self.finish(atom);
            let returned = self.choices.last().is_some_and(|choice| choice.0 == atom);
            let start = self.options.len() as u32;
            let (mut at, mut end) = (start, start);
            if returned {
                if let Some(&(_, from, to)) = self.choices.last() {
                    (at, end) = (from, to);
                }
            } else {
                self.visit_neighbors(molecule, atom, in_system, candidate);
                end = self.options.len() as u32;
            }
            if !candidate[atom as usize] {
                self.options.truncate(if returned { self.options.len() } else { start as usize });
                continue;
            }
            if at < end {
                let partner = self.options[at as usize];
                at += 1;
                sums.set_order(molecule, partner.bond, BondOrder::Double);
                molecule.bonds[partner.bond as usize].direction = BondDirection::None;
                candidate[atom as usize] = false;
                candidate[partner.atom as usize] = false;
                self.added.push(partner.bond);
                if returned {
                    self.choices.pop();
                }
                if at < end {
                    self.choices.push((atom, at, end));
                }
            } else if molecule.atoms[atom as usize].atomic_number != 0 {
                let Some(&(last, ..)) = self.choices.last().filter(|_| backtracks < MAX_BACKTRACKS) else {
                    for &bond in &self.added {
                        sums.set_order(molecule, bond, BondOrder::Single);
                    }
                    return false;
                };
                self.go_back(molecule, sums, last, candidate);
                next = 0;
                backtracks += 1;
            }
        }
        true
    }

    /// Queues the neighbours not yet done, and lists those that could share a double bond.
    fn visit_neighbors(&mut self, molecule: &Molecule, atom: u32, in_system: &[bool], candidate: &[bool]) {
        let is_dummy = |atom: u32| molecule.atoms[atom as usize].atomic_number == 0;
        self.neighbors.clear();
        for &entry in molecule.neighbors(atom as usize) {
            if in_system[entry.atom as usize] && self.done_count[entry.atom as usize] == 0 {
                let place = self.neighbors.iter().rposition(|other| other.atom < entry.atom);
                self.neighbors.insert(place.map_or(0, |place| place + 1), entry);
            }
        }
        for entry in &self.neighbors {
            if candidate[atom as usize]
                && candidate[entry.atom as usize]
                && (molecule.bonds[entry.bond as usize].is_aromatic || is_dummy(atom) || is_dummy(entry.atom))
            {
                self.options.push(*entry);
            }
            let queued = &mut self.stack_count[entry.atom as usize];
            if *queued == 0 {
                *queued += 1;
                self.stack.push_back(entry.atom);
            }
        }
    }

    /// Returns to the last choice: what was done since is queued again, its double bonds undone.
    fn go_back(&mut self, molecule: &mut Molecule, sums: &mut Sums, last: u32, candidate: &mut [bool]) {
        let first = self.done.iter().position(|&atom| atom == last).unwrap_or(0);
        let again = self.done.iter().rposition(|&atom| atom == last).unwrap_or(0);
        for position in (again..self.done.len()).rev() {
            let atom = self.done[position];
            self.stack.push_front(atom);
            self.stack_count[atom as usize] += 1;
        }
        for &atom in &self.done[first..] {
            self.done_count[atom as usize] -= 1;
        }
        self.done.truncate(first);
        let done = &self.done_count;
        self.added.retain(|&index| {
            let bond = molecule.bonds[index as usize];
            let keep = done[bond.begin as usize] > 0 || done[bond.end as usize] > 0;
            if !keep {
                sums.set_order(molecule, index, BondOrder::Single);
                candidate[bond.begin as usize] = true;
                candidate[bond.end as usize] = true;
            }
            keep
        });
    }
}
