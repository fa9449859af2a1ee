//! The search for the order that is the same however the atoms come in.
//!
//! Where refinement leaves equal atoms, one after the other is set apart and the better order is
//! kept (McKay, Practical graph isomorphism, 1981). An order that turns out to be a symmetry of the
//! best one shows that whole branches are equivalent; such a symmetry is recognized before all is
//! decided (Darga, Sakallah and Markov, 2008), so that the many small symmetries of a large molecule
//! cost little each.

use super::certificate::certificate;
use super::colors::{Features, bond_color};
use super::refine::{Refiner, State};
use super::symmetry::{Classes, Mapping};
use crate::Molecule;

/// Steps that the search may take, in total and for each atom, before it takes what it has.
const STEPS: u64 = 10_000_000;
const STEPS_EACH: u64 = 500;

/// A cell whose atoms are tried one after the other.
#[derive(Clone, Copy, Debug, Default)]
struct Node {
    /// The last cell with more than one atom, and the place behind it.
    cell: u32,
    end: u32,
    state: State,
    /// The atom to be tried first, where the candidates are not listed yet.
    first: u32,
    is_listed: bool,
    /// Where the candidates are listed, and the next one.
    candidates: (usize, usize),
    next: usize,
    /// The decisions up to here are better than those of the best order.
    is_better: bool,
}

/// The best order so far.
#[derive(Clone, Debug, Default)]
struct Best {
    elements: Vec<u32>,
    /// After each decision: what refinement saw, and which atoms were undecided.
    seen: Vec<(u64, u64)>,
    certificate: Vec<u64>,
    is_found: bool,
}

/// Finds canonical orders; keeps its buffers.
#[derive(Clone, Debug, Default)]
pub(super) struct Search {
    refiner: Refiner,
    nodes: Vec<Node>,
    /// How many of the nodes the best order goes through.
    shared: usize,
    candidates: Vec<u32>,
    /// As in [`Best`], of the decisions that lead to the last node.
    seen: Vec<(u64, u64)>,
    classes: Classes,
    mapping: Mapping,
    best: Best,
    ranks: Vec<u32>,
}

impl Search {
    /// Ranks of the atoms, from 0; no two are equal.
    pub fn run(&mut self, molecule: &Molecule, features: Features) -> &[u32] {
        let count = molecule.atoms().len();
        self.nodes.clear();
        self.shared = 0;
        self.candidates.clear();
        self.seen.clear();
        self.best.is_found = false;
        self.refiner.start(molecule, features);
        if self.refiner.partition.is_discrete() {
            self.best.elements.clone_from(&self.refiner.partition.elements);
        } else {
            self.classes.clear(count);
            self.mapping.start(count);
            self.explore(molecule, features, STEPS + STEPS_EACH * count as u64);
        }
        self.ranks.clear();
        self.ranks.resize(count, 0);
        for (rank, &atom) in self.best.elements.iter().enumerate() {
            self.ranks[atom as usize] = rank as u32;
        }
        &self.ranks
    }

    /// Steps that the last search took.
    #[cfg(test)]
    pub fn steps(&self) -> u64 {
        self.refiner.work
    }

    fn explore(&mut self, molecule: &Molecule, features: Features, limit: u64) {
        self.open(molecule, molecule.atoms().len() as u32, false, limit);
        while let Some(&node) = self.nodes.last() {
            if self.best.is_found && self.refiner.work > limit {
                return;
            }
            let Some(atom) = self.next_candidate() else {
                self.nodes.pop();
                self.shared = self.shared.min(self.nodes.len());
                self.go_back();
                continue;
            };
            let trace = self.refiner.individualize(molecule, atom);
            let is_better = !self.best.is_found || node.is_better || {
                match self.best.seen.get(self.nodes.len() - 1) {
                    Some(&(best, _)) if trace > best => {
                        self.go_back();
                        continue;
                    }
                    Some(&(best, _)) => trace < best,
                    None => false,
                }
            };
            if !is_better && self.is_symmetric(molecule, features) {
                self.nodes.truncate(self.shared);
                self.go_back();
                continue;
            }
            self.seen.push((trace, self.refiner.partition.loose()));
            if self.refiner.partition.is_discrete() {
                if is_better || self.is_less(molecule, features) {
                    self.take(molecule);
                }
                self.go_back();
            } else {
                self.open(molecule, node.end, is_better, limit);
            }
        }
    }

    /// Back to the state of the last node.
    fn go_back(&mut self) {
        if let Some(node) = self.nodes.last() {
            self.refiner.restore(node.state);
            self.seen.truncate(self.nodes.len() - 1);
            self.candidates.truncate(node.candidates.1);
        }
    }

    /// Opens a node for the last undecided cell before a place.
    fn open(&mut self, molecule: &Molecule, before: u32, is_better: bool, limit: u64) {
        let partition = &self.refiner.partition;
        let Some(cell) = partition.last_open_cell(before) else { return };
        let here = self.candidates.len();
        let mut node = Node {
            cell,
            end: cell + partition.length(cell),
            state: self.refiner.state(),
            first: partition.elements[cell as usize],
            candidates: (here, here),
            is_better,
            ..Node::default()
        };
        let is_leading = is_better || !self.best.is_found;
        if is_leading && self.refiner.has_open_elements() && self.refiner.work <= limit {
            self.list_best(molecule, &mut node, limit);
        }
        self.nodes.push(node);
    }

    /// Lists the atoms of a cell that refinement likes best. Handedness often decides between
    /// atoms that are equal otherwise, and following the wrong one first would cost much.
    fn list_best(&mut self, molecule: &Molecule, node: &mut Node, limit: u64) {
        let start = node.candidates.0;
        self.candidates.extend_from_slice(self.refiner.partition.atoms(node.cell));
        let mut least = u64::MAX;
        let mut kept = start;
        for index in start..self.candidates.len() {
            let trace = self.refiner.individualize(molecule, self.candidates[index]);
            self.refiner.restore(node.state);
            if trace < least {
                (least, kept) = (trace, start);
            }
            if trace == least {
                self.candidates.swap(kept, index);
                kept += 1;
            }
            if self.refiner.work > limit {
                break;
            }
        }
        self.candidates.truncate(kept);
        node.candidates.1 = kept;
        node.next = start;
        node.is_listed = true;
    }

    /// The next atom to try at the last node, none that is known to be equivalent to an earlier one.
    fn next_candidate(&mut self) -> Option<u32> {
        let on_best = self.shared == self.nodes.len();
        let node = self.nodes.last_mut()?;
        if !node.is_listed && !self.best.is_found {
            return Some(node.first);
        }
        // symmetries that keep the decisions so far never leave the cell
        if on_best && self.classes.size(node.first) == node.end - node.cell {
            return None;
        }
        if !node.is_listed {
            self.refiner.work += u64::from(node.end - node.cell);
            let start = self.candidates.len();
            self.candidates.extend_from_slice(self.refiner.partition.atoms(node.cell));
            node.candidates = (start, self.candidates.len());
            node.is_listed = true;
            node.next = start;
            let first = self.candidates[start..].iter().position(|&atom| atom == node.first);
            if let (true, Some(first)) = (on_best, first) {
                self.candidates.swap(start, start + first);
                node.next += 1;
            }
        }
        while node.next < node.candidates.1 {
            let place = node.next;
            node.next += 1;
            let atom = self.candidates[place];
            let tried = &self.candidates[node.candidates.0..place];
            let class = self.classes.find(atom);
            let classes = &mut self.classes;
            let work = &mut self.refiner.work;
            let is_known = on_best
                && tried.iter().any(|&earlier| {
                    *work += 1;
                    classes.find(earlier) == class
                });
            if !is_known {
                return Some(atom);
            }
        }
        None
    }

    /// Whether the current path is a symmetry of the best one; if so, the classes grow.
    fn is_symmetric(&mut self, molecule: &Molecule, features: Features) -> bool {
        let Some(branching) = self.shared.checked_sub(1) else { return false };
        let depth = self.nodes.len() - 1;
        let Some(&(_, loose)) = self.best.seen.get(depth) else { return false };
        let partition = &self.refiner.partition;
        // all undecided is the same; or two parts changed places, which is tried now and then
        if loose != partition.loose() && !(depth - branching + 1).is_power_of_two() {
            return false;
        }
        let places = partition.singles_since(self.nodes[branching].state.partition.singles);
        let best = &self.best.elements;
        let pair = |&place: &u32| (best[place as usize], partition.elements[place as usize]);
        self.mapping.set(places.iter().map(pair));
        let color = |atom, bond| bond_color(molecule, bond, atom, features);
        let work = &mut self.refiner.work;
        *work += places.len() as u64;
        if !self.mapping.is_symmetry(molecule, features.isomeric, color, work) {
            return false;
        }
        for &(atom, image) in &self.mapping.moved {
            self.classes.join(atom, image);
        }
        true
    }

    /// Whether the current order, which looked like the best one all along, is before it.
    fn is_less(&mut self, molecule: &Molecule, features: Features) -> bool {
        if self.best.certificate.is_empty() {
            self.best.certificate = certificate(molecule, features, &self.best.elements);
        }
        certificate(molecule, features, &self.refiner.partition.elements) < self.best.certificate
    }

    /// Makes the current order the best one.
    fn take(&mut self, molecule: &Molecule) {
        if self.best.is_found {
            self.classes.clear(molecule.atoms().len());
        }
        self.best.is_found = true;
        self.best.elements.clone_from(&self.refiner.partition.elements);
        self.best.seen.clone_from(&self.seen);
        self.best.certificate.clear();
        for node in &mut self.nodes[self.shared..] {
            node.is_better = false;
        }
        self.shared = self.nodes.len();
    }
}
