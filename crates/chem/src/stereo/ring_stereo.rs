//! Dependent centres in ring systems: `C[C@H]1CC[C@H](C)CC1` has no R or S, but cis and trans.

use std::collections::VecDeque;

use super::ranks::Ranks;
use super::rings::{is_bridgehead, is_in_three_ring};
use crate::{Chirality, Molecule};

/// Working memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Search {
    kept: Vec<bool>,
    seen: Vec<bool>,
    queued: Vec<bool>,
    bond_seen: Vec<bool>,
    queue: VecDeque<u32>,
}

impl Search {
    /// Whether an atom depends on another one of its ring system, after [`Search::run`].
    pub fn keeps(&self, atom: usize) -> bool {
        self.kept[atom]
    }

    /// Finds tagged atoms without label that stand in a ring system with another such atom.
    pub fn run(&mut self, molecule: &Molecule, ranks: &Ranks) {
        let (atoms, bonds) = (molecule.atoms.len(), molecule.bonds.len());
        for (flags, length) in [
            (&mut self.kept, atoms),
            (&mut self.seen, atoms),
            (&mut self.queued, atoms),
            (&mut self.bond_seen, bonds),
        ] {
            flags.clear();
            flags.resize(length, false);
        }
        for atom in 0..atoms as u32 {
            if self.seen[atom as usize] || !is_candidate(molecule, ranks, atom) {
                continue;
            }
            self.queue.clear();
            self.enqueue_neighbors(molecule, atom);
            while let Some(reached) = self.queue.pop_front() {
                self.seen[reached as usize] = true;
                if is_candidate(molecule, ranks, reached) {
                    self.kept[reached as usize] = true;
                    self.kept[atom as usize] = true;
                }
                self.enqueue_neighbors(molecule, reached);
            }
            self.seen[atom as usize] = true;
        }
    }

    fn enqueue_neighbors(&mut self, molecule: &Molecule, atom: u32) {
        for neighbor in molecule.neighbors(atom as usize) {
            if std::mem::replace(&mut self.bond_seen[neighbor.bond as usize], true)
                || !molecule.bonds[neighbor.bond as usize].is_in_ring
            {
                continue;
            }
            let (seen, queued) = (self.seen[neighbor.atom as usize], self.queued[neighbor.atom as usize]);
            if !seen && !queued {
                self.queued[neighbor.atom as usize] = true;
                self.queue.push_back(neighbor.atom);
            }
        }
    }
}

/// Whether a tagged ring atom without label has the pattern of ranks that a dependent centre has.
fn is_candidate(molecule: &Molecule, ranks: &Ranks, index: u32) -> bool {
    let atom = &molecule.atoms[index as usize];
    if atom.chirality == Chirality::None || atom.cip_label != 0 || !atom.is_in_ring {
        return false;
    }
    if atom.atomic_number == 7
        && atom.total_degree() == 3
        && !is_in_three_ring(molecule, index)
        && !is_bridgehead(molecule, index)
    {
        return false;
    }
    let neighbors = molecule.neighbors(index as usize);
    let in_ring = |place: usize| molecule.bonds[neighbors[place].bond as usize].is_in_ring;
    let rank = |place: usize| ranks.of(neighbors[place].atom);
    let ring_places = || (0..neighbors.len()).filter(|&place| in_ring(place));
    let ring = ring_places().count();
    let different = ring_places()
        .filter(|&place| !(0..place).any(|earlier| in_ring(earlier) && rank(earlier) == rank(place)));
    let different = different.count();
    let mut chain = (0..neighbors.len()).filter(|&place| !in_ring(place));
    match (chain.next(), chain.next(), chain.next()) {
        (None, _, _) => (ring, different) == (4, 3) || (ring, different) == (3, 2),
        (Some(_), None, _) => ring > different,
        (Some(first), Some(second), None) => rank(first) != rank(second) && ring != different,
        _ => false,
    }
}
