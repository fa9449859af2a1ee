//! Splitting cells by the cells of the neighbours, until all atoms of a cell look the same.
//!
//! Only cells next to a split are looked at again, and the largest part of a split cell is not
//! (Hopcroft, 1971), which makes a full refinement take n log n steps. Stereo elements tell atoms
//! apart as soon as all their neighbours are in different cells.

use std::collections::VecDeque;

use super::colors::{Features, atom_color, bond_color};
use super::elements::{Element, Elements};
use super::partition::{Mark, Partition, mix};
use crate::Molecule;

/// Refines a partition of the atoms of one molecule.
#[derive(Clone, Debug, Default)]
pub(super) struct Refiner {
    pub partition: Partition,
    /// Color of every adjacency entry, as seen from the atom that owns the list.
    edge_colors: Vec<u64>,
    elements: Elements,
    /// Elements just decided, with their handedness.
    decided: Vec<(Element, bool)>,
    /// Cells whose neighbours must be looked at, each once.
    queue: VecDeque<u32>,
    queued: Vec<bool>,
    /// What was seen of each atom in the current step, and the atoms of which something was.
    seen: Vec<u64>,
    touched: Vec<u32>,
    members: Vec<u32>,
    colors: Vec<(u64, u32, u32)>,
    /// Parts of the cell being split: (size, what was seen, start in `touched`).
    parts: Vec<(u32, u64, u32)>,
    /// A number for everything that was seen, equal for equivalent atoms.
    trace: u64,
    /// Steps taken so far.
    pub work: u64,
}

/// A state to go back to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct State {
    pub partition: Mark,
    open: usize,
}

impl Refiner {
    /// Starts from the atoms themselves.
    pub fn start(&mut self, molecule: &Molecule, features: Features) {
        let count = molecule.atoms().len();
        self.work = 0;
        self.trace = 0;
        self.edge_colors.clear();
        for atom in 0..count {
            let own = molecule.neighbors(atom).iter();
            self.edge_colors.extend(own.map(|entry| bond_color(molecule, entry.bond, atom as u32, features)));
        }
        self.elements.start(molecule, features.isomeric);
        self.seen.clear();
        self.seen.resize(count, 0);
        self.queued.clear();
        self.queued.resize(count, false);
        self.colors.clear();
        self.colors.extend(molecule.atoms().iter().enumerate().map(|(index, atom)| {
            let (color, map) = atom_color(atom, features);
            (color, map, index as u32)
        }));
        self.colors.sort_unstable();
        self.partition.start(&self.colors, |key| key.2, |a, b| (a.0, a.1) == (b.0, b.1));
        let mut cell = 0;
        while cell < count as u32 {
            self.enqueue(cell);
            cell += self.partition.length(cell);
        }
        self.run(molecule, None);
    }

    /// Some stereo element is not decided by the cells of its neighbours.
    pub fn has_open_elements(&self) -> bool {
        self.elements.open() > 0
    }

    pub fn state(&self) -> State {
        State { partition: self.partition.mark(), open: self.elements.open() }
    }

    pub fn restore(&mut self, state: State) {
        self.partition.undo(state.partition);
        self.elements.reopen(state.open);
    }

    /// Sets an atom of a larger cell apart and refines; what was seen comes back as a number.
    pub fn individualize(&mut self, molecule: &Molecule, atom: u32) -> u64 {
        let before = self.partition.split_count();
        let cell = self.partition.cell(atom);
        let last = cell + self.partition.length(cell) - 1;
        self.partition.put(atom, last);
        self.partition.split_off(cell, last, 1);
        self.partition.shrink(cell, last - cell);
        self.trace = mix(u64::from(cell));
        self.enqueue(last);
        self.run(molecule, Some(before));
        self.trace
    }

    fn enqueue(&mut self, cell: u32) {
        if !std::mem::replace(&mut self.queued[cell as usize], true) {
            self.queue.push_back(cell);
        }
    }

    /// Works off the queue. Elements beside splits from `from` on are looked at, or all.
    fn run(&mut self, molecule: &Molecule, mut from: Option<usize>) {
        loop {
            while let Some(cell) = self.queue.pop_front() {
                self.queued[cell as usize] = false;
                self.look_from(molecule, cell);
                self.split_touched();
            }
            let splits = self.partition.split_count();
            if !self.decide_elements(molecule, from) {
                return;
            }
            from = Some(splits);
            self.split_touched();
        }
    }

    /// Notes something about an atom.
    fn note(&mut self, atom: u32, what: u64) {
        let seen = &mut self.seen[atom as usize];
        if *seen == 0 {
            self.touched.push(atom);
        }
        *seen = seen.wrapping_add(what);
    }

    /// Notes on the neighbours of a cell's atoms that they are.
    fn look_from(&mut self, molecule: &Molecule, cell: u32) {
        self.members.clear();
        self.members.extend_from_slice(self.partition.atoms(cell));
        self.trace = mix(self.trace ^ u64::from(cell));
        for index in 0..self.members.len() {
            let member = self.members[index];
            let first = molecule.neighbor_offsets[member as usize] as usize;
            for (place, entry) in molecule.neighbors(member as usize).iter().enumerate() {
                self.note(entry.atom, self.edge_colors[first + place]);
                self.work += 1;
            }
        }
    }

    /// Notes the handedness of elements that splits since `from` made decidable (with `None`, of
    /// all that are); says whether there were any.
    fn decide_elements(&mut self, molecule: &Molecule, from: Option<usize>) -> bool {
        if self.elements.open() == 0 {
            return false;
        }
        let (partition, decided) = (&self.partition, &mut self.decided);
        decided.clear();
        let mut keep = |element, parity| decided.push((element, parity));
        match from {
            None => self.elements.decide_all(molecule, partition, keep),
            Some(from) => {
                for index in from..partition.split_count() {
                    for &atom in partition.atoms(partition.split(index)) {
                        self.elements.decide_near(molecule, partition, atom, &mut self.work, &mut keep);
                    }
                }
            }
        }
        for index in 0..self.decided.len() {
            let (element, parity) = self.decided[index];
            match element {
                Element::Center(atom) => self.note(atom, mix(1 + u64::from(parity))),
                Element::DoubleBond(bond) => {
                    let bond = &molecule.bonds()[bond as usize];
                    for (end, other) in [(bond.begin, bond.end), (bond.end, bond.begin)] {
                        let other = u64::from(self.partition.cell(other));
                        self.note(end, mix(3 + u64::from(parity) + (other << 8)));
                    }
                }
            }
        }
        !self.decided.is_empty()
    }

    /// Splits the cells of all atoms that something was noted of.
    fn split_touched(&mut self) {
        let mut touched = std::mem::take(&mut self.touched);
        touched.sort_unstable_by_key(|&atom| (self.partition.cell(atom), self.seen[atom as usize]));
        let mut start = 0;
        while start < touched.len() {
            let cell = self.partition.cell(touched[start]);
            let in_cell = touched[start..].iter().take_while(|&&atom| self.partition.cell(atom) == cell);
            let end = start + in_cell.count();
            self.split(cell, &touched, start, end);
            start = end;
        }
        for &atom in &touched {
            self.seen[atom as usize] = 0;
        }
        touched.clear();
        self.touched = touched;
    }

    /// Splits a cell by what was seen of its atoms, those at `start..end` of `touched`. Atoms of
    /// which nothing was seen stay in front, smaller parts come last.
    fn split(&mut self, cell: u32, touched: &[u32], start: usize, end: usize) {
        let length = self.partition.length(cell);
        let untouched = length - (end - start) as u32;
        self.parts.clear();
        let mut place = start;
        while place < end {
            let seen = self.seen[touched[place] as usize];
            let same =
                touched[place..end].iter().take_while(|&&atom| self.seen[atom as usize] == seen).count();
            self.parts.push((same as u32, seen, place as u32));
            place += same;
        }
        if self.parts.len() > 1 {
            self.parts.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        }
        self.trace = mix(self.trace ^ (u64::from(cell) << 32 | u64::from(untouched)));
        for &(size, seen, _) in &self.parts {
            self.trace = mix(self.trace ^ seen).wrapping_add(u64::from(size));
        }
        if untouched == 0 && self.parts.len() == 1 {
            return;
        }
        let kept = usize::from(untouched == 0);
        let mut bound = cell + length;
        for index in (kept..self.parts.len()).rev() {
            let (size, _, from) = self.parts[index];
            for &atom in &touched[from as usize..(from + size) as usize] {
                bound -= 1;
                self.partition.put(atom, bound);
            }
        }
        let rest = bound - cell;
        let was_queued = self.queued[cell as usize];
        let mut largest = (rest, cell);
        for index in kept..self.parts.len() {
            let size = self.parts[index].0;
            self.partition.split_off(cell, bound, size);
            if size > largest.0 {
                largest = (size, bound);
            }
            bound += size;
        }
        self.partition.shrink(cell, rest);
        let mut part = cell;
        while part < cell + length {
            if was_queued || part != largest.1 {
                self.enqueue(part);
            }
            part += self.partition.length(part);
        }
    }
}
