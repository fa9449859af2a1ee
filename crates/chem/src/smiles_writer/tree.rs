//! The walk through a molecule: what is a branch, what closes a ring, and with which number.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::{BondOrder, Molecule};

pub(super) const NONE: u32 = u32::MAX;

/// What is written, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// An atom, with the bond to the one it hangs on and its ring numbers.
    Atom(u32),
    /// `(`.
    Open,
    /// `)`.
    Close,
}

/// A bond that is written as a pair of equal numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Closure {
    pub bond: u32,
    /// The atom written first, and the other one.
    pub first: u32,
    pub second: u32,
    pub number: u32,
}

/// The walk; keeps its buffers.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    pub steps: Vec<Step>,
    /// Atom and bond that an atom hangs on, or `NONE`.
    pub parent: Vec<(u32, u32)>,
    /// Place of every atom in the text.
    pub position: Vec<u32>,
    /// By place of the first atom, then of the second.
    pub closures: Vec<Closure>,
    /// Indices of closures by place of the second atom, then of the first.
    pub closing: Vec<u32>,
    starts: Vec<u32>,
    /// Neighbours of all atoms in the order in which they are walked to: (atom, bond).
    sorted: Vec<(u32, u32)>,
    cursor: Vec<u32>,
    visited: Vec<u32>,
    size: Vec<u32>,
    free: BinaryHeap<Reverse<u32>>,
}

impl Tree {
    /// Walks through all atoms, those of low rank first.
    pub fn walk(&mut self, molecule: &Molecule, ranks: &[u32]) {
        let count = molecule.atoms().len();
        self.sort_neighbors(molecule, ranks);
        self.parent.clear();
        self.parent.resize(count, (NONE, NONE));
        self.position.clear();
        self.position.resize(count, NONE);
        self.closures.clear();
        self.visited.clear();
        self.starts.clear();
        self.starts.resize(count, 0);
        for (atom, &rank) in ranks.iter().enumerate() {
            self.starts[rank as usize] = atom as u32;
        }
        let mut roots = 0;
        for index in 0..count {
            let atom = self.starts[index];
            if self.position[atom as usize] == NONE {
                self.span(molecule, atom);
                self.starts[roots] = atom;
                roots += 1;
            }
        }
        self.starts.truncate(roots);
        self.order_branches(molecule, ranks);
        self.lay_out(molecule);
        self.number_rings();
    }

    fn sort_neighbors(&mut self, molecule: &Molecule, ranks: &[u32]) {
        self.sorted.clear();
        self.cursor.clear();
        for atom in 0..molecule.atoms().len() {
            let start = self.sorted.len();
            self.cursor.push(start as u32);
            self.sorted.extend(molecule.neighbors(atom).iter().map(|entry| (entry.atom, entry.bond)));
            // a bond of no order cannot close a ring
            self.sorted[start..].sort_unstable_by_key(|&(atom, bond)| {
                let is_any = molecule.bonds()[bond as usize].order == BondOrder::Unspecified;
                (!is_any, ranks[atom as usize])
            });
        }
    }

    /// Walks depth first from an atom. `position` holds the order of the visits until that of writing replaces it.
    fn span(&mut self, molecule: &Molecule, start: u32) {
        let mut atom = start;
        self.position[atom as usize] = self.visited.len() as u32;
        self.visited.push(atom);
        loop {
            let end = molecule.neighbor_offsets[atom as usize + 1];
            let cursor = &mut self.cursor[atom as usize];
            if *cursor == end {
                atom = self.parent[atom as usize].0;
                if atom == NONE {
                    return;
                }
                continue;
            }
            let (next, bond) = self.sorted[*cursor as usize];
            *cursor += 1;
            let position = self.position[next as usize];
            if position == NONE {
                self.position[next as usize] = self.visited.len() as u32;
                self.parent[next as usize] = (atom, bond);
                self.visited.push(next);
                atom = next;
            } else if bond != self.parent[atom as usize].1 && position < self.position[atom as usize] {
                self.closures.push(Closure { bond, first: next, second: atom, number: 0 });
            }
        }
    }

    /// Leaves in `sorted`, for each atom, what hangs on it: small branches first.
    fn order_branches(&mut self, molecule: &Molecule, ranks: &[u32]) {
        let count = molecule.atoms().len();
        self.size.clear();
        self.size.resize(count, 1);
        for &atom in self.visited.iter().rev() {
            let (parent, _) = self.parent[atom as usize];
            if parent != NONE {
                self.size[parent as usize] += self.size[atom as usize];
            }
        }
        for atom in 0..count {
            let start = molecule.neighbor_offsets[atom] as usize;
            let end = molecule.neighbor_offsets[atom + 1] as usize;
            let mut kept = start;
            for index in start..end {
                let (child, bond) = self.sorted[index];
                if self.parent[child as usize] == (atom as u32, bond) {
                    self.sorted[kept] = (child, bond);
                    kept += 1;
                }
            }
            let size = &self.size;
            self.sorted[start..kept]
                .sort_unstable_by_key(|&(child, _)| (size[child as usize], ranks[child as usize]));
            self.cursor[atom] = kept as u32;
        }
    }

    /// Atoms that hang on an atom, in the order of the text.
    pub fn children(&self, molecule: &Molecule, atom: u32) -> &[(u32, u32)] {
        let start = molecule.neighbor_offsets[atom as usize] as usize;
        &self.sorted[start..self.cursor[atom as usize] as usize]
    }

    fn lay_out(&mut self, molecule: &Molecule) {
        self.steps.clear();
        let mut pending = std::mem::take(&mut self.visited);
        let mut position = 0;
        // two marks that are no atoms
        const OPEN: u32 = NONE;
        const CLOSE: u32 = NONE - 1;
        for &start in &self.starts {
            pending.clear();
            pending.push(start);
            while let Some(atom) = pending.pop() {
                match atom {
                    OPEN => self.steps.push(Step::Open),
                    CLOSE => self.steps.push(Step::Close),
                    _ => {
                        self.steps.push(Step::Atom(atom));
                        self.position[atom as usize] = position;
                        position += 1;
                        let first = molecule.neighbor_offsets[atom as usize] as usize;
                        let children = &self.sorted[first..self.cursor[atom as usize] as usize];
                        let Some((&(last, _), branches)) = children.split_last() else { continue };
                        pending.push(last);
                        for &(branch, _) in branches.iter().rev() {
                            pending.extend([CLOSE, branch, OPEN]);
                        }
                    }
                }
            }
        }
        self.visited = pending;
    }

    /// Gives every ring bond the lowest number that is free where it opens.
    fn number_rings(&mut self) {
        let position = &self.position;
        self.closures
            .sort_unstable_by_key(|one| (position[one.first as usize], position[one.second as usize]));
        let closures = &mut self.closures;
        self.closing.clear();
        self.closing.extend(0..closures.len() as u32);
        self.closing.sort_unstable_by_key(|&index| {
            let one = &closures[index as usize];
            (position[one.second as usize], position[one.first as usize])
        });
        self.free.clear();
        let mut highest = 0;
        let mut closed = 0;
        for index in 0..closures.len() {
            // a number may be used again behind the atom where its ring closes
            let here = position[closures[index].first as usize];
            while let Some(&other) = self.closing.get(closed) {
                let other = closures[other as usize];
                if position[other.second as usize] >= here {
                    break;
                }
                self.free.push(Reverse(other.number));
                closed += 1;
            }
            closures[index].number = match self.free.pop() {
                Some(Reverse(number)) => number,
                None => {
                    highest += 1;
                    highest
                }
            };
        }
    }

    /// Ring bonds that open at an atom, in the order of the text.
    pub fn opening_at(&self, atom: u32) -> &[Closure] {
        let place = |one: &Closure| self.position[one.first as usize];
        let here = self.position[atom as usize];
        let start = self.closures.partition_point(|one| place(one) < here);
        let length = self.closures[start..].iter().take_while(|one| place(one) == here).count();
        &self.closures[start..start + length]
    }

    /// Indices of ring bonds that close at an atom, in the order of the text.
    pub fn closing_at(&self, atom: u32) -> &[u32] {
        let place = |index: u32| self.position[self.closures[index as usize].second as usize];
        let here = self.position[atom as usize];
        let start = self.closing.partition_point(|&index| place(index) < here);
        let length = self.closing[start..].iter().take_while(|&&index| place(index) == here).count();
        &self.closing[start..start + length]
    }
}
