//! Alternating single and double bonds for what was written aromatic.

use std::collections::VecDeque;

use crate::elements::{element, is_early};
use crate::error::Reason;
use crate::molecule::{BondDirection, BondOrder, Molecule, Neighbor};
use crate::rings::Blocks;
use crate::valence::{Sums, contribution, explicit_valence, implicit_hydrogens};

/// How often a wrong choice is taken back in one ring system.
const MAX_BACKTRACKS: usize = 100;
/// How many ways of leaving out dummy atoms are tried.
const MAX_PERMUTATIONS: u64 = 4096;

/// Buffers of the search.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    atoms: Vec<u32>,
    sorted: Vec<u32>,
    in_system: Vec<bool>,
    candidate: Vec<bool>,
    trial: Vec<bool>,
    questions: Vec<u32>,
    make_single: Vec<u32>,
    /// Per atom, only filled where there are dummies: rings, and rings open to a double bond.
    open_rings: Vec<(u32, u32)>,
    is_done: Vec<bool>,
    worker: Worker,
}

/// State of one search for a matching.
#[derive(Debug, Default)]
struct Worker {
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

/// Replaces aromatic bonds by single and double ones and clears the aromatic marks.
///
/// Valences must be assigned and rings known. `sums` are brought up to date.
pub(crate) fn kekulize(
    molecule: &mut Molecule,
    blocks: &Blocks,
    sums: &mut Sums,
    scratch: &mut Scratch,
) -> Result<(), Reason> {
    let count = molecule.atoms.len();
    for flags in [&mut scratch.in_system, &mut scratch.candidate, &mut scratch.trial] {
        flags.clear();
        flags.resize(count, false);
    }
    // in the order of the rings: an atom between two systems is settled by the later one
    scratch.is_done.clear();
    scratch.is_done.resize(blocks.len(), false);
    for ring in 0..molecule.ring_count() {
        let block = blocks.of(molecule.ring_bonds(ring)[0]);
        if std::mem::replace(&mut scratch.is_done[block], true) {
            continue;
        }
        let has_dummy =
            blocks.atoms(block).iter().any(|&atom| molecule.atoms[atom as usize].atomic_number == 0);
        if has_dummy {
            count_rings(molecule, sums, &mut scratch.open_rings);
            for_ring_systems(molecule, blocks, block, sums, scratch)?;
        } else {
            scratch.atoms.clear();
            scratch.atoms.extend_from_slice(blocks.atoms(block));
            kekulize_system(molecule, sums, scratch)?;
        }
    }
    clear_marks(molecule, sums)
}

/// The block's rings that are not made of dummies only, by connected systems.
fn for_ring_systems(
    molecule: &mut Molecule,
    blocks: &Blocks,
    block: usize,
    sums: &mut Sums,
    scratch: &mut Scratch,
) -> Result<(), Reason> {
    let fits = |molecule: &Molecule, ring: usize| {
        blocks.contains(block, molecule.ring_bonds(ring)[0])
            && molecule.ring_atoms(ring).iter().any(|&atom| molecule.atoms[atom as usize].atomic_number != 0)
    };
    let rings: Vec<usize> = (0..molecule.ring_count()).filter(|&ring| fits(molecule, ring)).collect();
    let mut by_bond: Vec<(u32, usize)> = Vec::new();
    for &ring in &rings {
        by_bond.extend(molecule.ring_bonds(ring).iter().map(|&bond| (bond, ring)));
    }
    by_bond.sort_unstable();
    let mut is_done = vec![false; molecule.ring_count()];
    let mut is_listed = vec![false; molecule.atoms.len()];
    let mut stack = Vec::new();
    for &first in &rings {
        scratch.atoms.clear();
        // depth first, lower rings first
        stack.push(first);
        while let Some(ring) = stack.pop() {
            if std::mem::replace(&mut is_done[ring], true) {
                continue;
            }
            let start = stack.len();
            for (&atom, &bond) in molecule.ring_atoms(ring).iter().zip(molecule.ring_bonds(ring)) {
                if !std::mem::replace(&mut is_listed[atom as usize], true) {
                    scratch.atoms.push(atom);
                }
                let from = by_bond.partition_point(|&(other, _)| other < bond);
                let sharing = by_bond[from..].iter().take_while(|&&(other, _)| other == bond);
                stack.extend(sharing.map(|&(_, other)| other).filter(|&other| !is_done[other]));
            }
            stack[start..].sort_unstable_by(|first, second| second.cmp(first));
        }
        for &atom in &scratch.atoms {
            is_listed[atom as usize] = false;
        }
        if !scratch.atoms.is_empty() {
            kekulize_system(molecule, sums, scratch)?;
        }
    }
    Ok(())
}

fn kekulize_system(molecule: &mut Molecule, sums: &mut Sums, scratch: &mut Scratch) -> Result<(), Reason> {
    let is_open =
        |atom: u32| sums.of(atom as usize).aromatic || molecule.atoms[atom as usize].atomic_number == 0;
    if !scratch.atoms.iter().any(|&atom| is_open(atom)) {
        return Ok(());
    }
    scratch.worker.reset(molecule.atoms.len(), &scratch.atoms);
    mark_candidates(molecule, sums, scratch);
    let Scratch { atoms, sorted, in_system, candidate, trial, questions, worker, .. } = scratch;
    sorted.clear();
    sorted.extend_from_slice(atoms);
    sorted.sort_unstable();
    for &atom in atoms.iter() {
        in_system[atom as usize] = true;
    }
    for &atom in atoms.iter() {
        trial[atom as usize] = candidate[atom as usize];
    }
    let mut found = worker.run(molecule, sums, sorted, in_system, trial);
    let permutations = (1u64 << questions.len().min(63)).min(MAX_PERMUTATIONS);
    let mut choice = 1;
    while !found && choice < permutations {
        for &atom in atoms.iter() {
            trial[atom as usize] = candidate[atom as usize];
        }
        for (bit, &atom) in questions.iter().enumerate().take(63) {
            if choice >> bit & 1 == 1 {
                trial[atom as usize] = false;
            }
        }
        worker.reset(molecule.atoms.len(), atoms);
        found = worker.run(molecule, sums, sorted, in_system, trial);
        choice += 1;
    }
    for &atom in atoms.iter() {
        in_system[atom as usize] = false;
    }
    if !found {
        let open = sorted.iter().copied().filter(|&atom| candidate[atom as usize]);
        return Err(Reason::Kekulize { atoms: open.collect() });
    }
    for &atom in atoms.iter() {
        candidate[atom as usize] = false;
    }
    Ok(())
}

/// Finds the atoms that need a double bond, and makes the aromatic bonds of the system single.
fn mark_candidates(molecule: &mut Molecule, sums: &mut Sums, scratch: &mut Scratch) {
    let Scratch { atoms, in_system, candidate, questions, make_single, open_rings, worker, .. } = scratch;
    questions.clear();
    make_single.clear();
    for &index in atoms.iter() {
        let atom = &molecule.atoms[index as usize];
        in_system[index as usize] = true;
        if atom.atomic_number != 0 && !sums.of(index as usize).aromatic {
            worker.finish(index);
            continue;
        }
        let mut sigma = 0i32;
        let mut ignored = 0i32;
        let mut saturated = 0;
        for entry in molecule.neighbors(index as usize) {
            let bond = &molecule.bonds[entry.bond as usize];
            let other = &molecule.atoms[entry.atom as usize];
            let is_saturated = other.atomic_number != 0 && !sums.of(entry.atom as usize).aromatic;
            saturated += usize::from(is_saturated && in_system[entry.atom as usize]);
            if bond.is_aromatic
                && matches!(bond.order, BondOrder::Single | BondOrder::Double | BondOrder::Aromatic)
            {
                sigma += 1;
                make_single.push(entry.bond);
            } else {
                let order = (i32::from(contribution(bond, index)) + 1) / 2;
                sigma += order;
                ignored += i32::from(order == 0);
            }
        }
        // a dummy can have a double bond when some ring of it has an aromatic atom of its own
        if atom.atomic_number == 0
            && saturated < open_rings[index as usize].0 as usize
            && open_rings[index as usize].1 > 0
        {
            candidate[index as usize] = true;
            questions.push(index);
            continue;
        }
        candidate[index as usize] = needs_double_bond(molecule, index, sigma, ignored);
    }
    for &atom in atoms.iter() {
        in_system[atom as usize] = false;
    }
    for &bond in make_single.iter() {
        sums.set_order(molecule, bond, BondOrder::Single);
    }
}

/// Per atom: how many rings it is in, and how many of these have an aromatic atom of their own.
fn count_rings(molecule: &Molecule, sums: &Sums, open_rings: &mut Vec<(u32, u32)>) {
    open_rings.clear();
    open_rings.resize(molecule.atoms.len(), (0, 0));
    for &atom in &molecule.ring_atoms {
        open_rings[atom as usize].0 += 1;
    }
    for ring in 0..molecule.ring_count() {
        let own = |&atom: &u32| sums.of(atom as usize).aromatic && open_rings[atom as usize].0 == 1;
        if molecule.ring_atoms(ring).iter().any(own) {
            for &atom in molecule.ring_atoms(ring) {
                open_rings[atom as usize].1 += 1;
            }
        }
    }
}

/// The atom's bonds, hydrogens and one more bond fill an allowed valence.
fn needs_double_bond(molecule: &Molecule, index: u32, sigma: i32, ignored: i32) -> bool {
    let atom = &molecule.atoms[index as usize];
    let own = element(atom.atomic_number);
    let sigma = sigma + atom.total_hydrogens() as i32;
    let mut charge = i32::from(atom.formal_charge);
    if is_early(atom.atomic_number) || (atom.atomic_number == 6 && charge > 0) {
        charge = -charge;
    }
    let implicit = i32::from(atom.implicit_hydrogens);
    let total = i32::from(atom.explicit_valence) + implicit;
    let degree = i32::from(atom.degree) + implicit - ignored;
    let mut allowed = own.default_valence() + charge;
    for &higher in &own.valences()[1..] {
        if total <= allowed || higher <= 0 {
            break;
        }
        allowed = i32::from(higher) + charge;
    }
    let is_oxide = total == 5 && sigma == 4 && allowed == 3 && degree == 3;
    if is_oxide && charge == 0 && atom.total_hydrogens() == 0 && matches!(atom.atomic_number, 7 | 15 | 33) {
        allowed = 5;
    }
    degree < allowed && (allowed == sigma + 1 || (atom.no_implicit && allowed == sigma + 2))
}

impl Worker {
    /// Forgets the search before; only atoms of one system are in the counts.
    fn reset(&mut self, atom_count: usize, system: &[u32]) {
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

    fn finish(&mut self, atom: u32) {
        self.done.push(atom);
        self.done_count[atom as usize] += 1;
    }

    /// Walks through the system breadth first and gives every candidate a double bond; a choice
    /// that leads to a dead end is taken back. Undoes its bonds where it fails.
    fn run(
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

/// Clears the aromatic marks; hydrogens written on pyrrole-like N and P become implicit ones.
fn clear_marks(molecule: &mut Molecule, sums: &Sums) -> Result<(), Reason> {
    for bond in &mut molecule.bonds {
        bond.is_aromatic = false;
    }
    for index in 0..molecule.atoms.len() {
        let atom = &mut molecule.atoms[index];
        if !atom.is_aromatic {
            continue;
        }
        if !atom.is_in_ring {
            return Err(Reason::AromaticChain { atom: index as u32, symbol: atom.symbol() });
        }
        atom.is_aromatic = false;
        if matches!(atom.atomic_number, 7 | 15) && atom.formal_charge == 0 && atom.explicit_hydrogens == 1 {
            let before = i32::from(atom.explicit_valence) + i32::from(atom.implicit_hydrogens);
            atom.no_implicit = false;
            atom.explicit_hydrogens = 0;
            let has_aromatic = molecule
                .neighbors(index)
                .iter()
                .any(|entry| molecule.bonds[entry.bond as usize].order == BondOrder::Aromatic);
            let mut sum = sums.of(index);
            sum.aromatic = has_aromatic;
            let atom = &mut molecule.atoms[index];
            let explicit = explicit_valence(atom, sum);
            let implicit = implicit_hydrogens(index, atom, sum, explicit).unwrap_or(0);
            if explicit + implicit != before {
                return Err(Reason::Kekulize { atoms: vec![index as u32] });
            }
            atom.explicit_valence = explicit.clamp(0, 255) as u8;
            atom.implicit_hydrogens = implicit.clamp(0, 255) as u8;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::{ErrorKind, Parser};

    #[test]
    fn accepted() {
        let mut parser = Parser::new();
        for smiles in [
            "c1ccccc1",
            "c1ccncc1",
            "c1cc[nH]c1",
            "O=n1ccccc1",
            "c1ccc2cccc2cc1",
            "*1ccccc1",
            "c1ccccc1c1ccccc1",
        ] {
            assert!(parser.parse(smiles.as_bytes()).is_ok(), "{smiles}");
        }
    }

    #[test]
    fn refused() {
        for smiles in ["c1cccc1", "n1cccc1", "c1ccnc1", "cc", "[c]", "c1cccccc1", "Cc1ccc(C)n1"] {
            let error = Parser::new().parse(smiles.as_bytes()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Kekulize, "{smiles}: {error}");
        }
    }

    #[test]
    fn a_wrong_first_choice_is_taken_back() {
        let mut parser = Parser::new();
        let molecule = parser.parse(b"c1ccc2c(c1)ccc1c3ccccc3ccc21").unwrap();
        assert!(molecule.atoms().iter().all(|atom| atom.is_aromatic));
    }
}
