//! The rounds of the ranking of a long molecule, which needs as many as it is long.
//!
//! A round changes nothing but classes beside those that the round before it has split, and of their
//! atoms only those beside the smaller parts: the others see what they saw, under another name
//! (Hopcroft, 1971). So all rounds together look at every atom a few times only, with the result that
//! looking at all atoms in every round has.

use super::ranks::{Ranks, collect};
use crate::Molecule;

/// A neighbour list in `lists`, and the atom.
#[derive(Clone, Copy, Debug)]
struct Key {
    from: usize,
    to: usize,
    atom: u32,
}

/// Working memory. A class has a number, which [`Ranks::values`] hold meanwhile, and a range of
/// places in [`Ranks::order`]; the ranges are in the order of the ranks.
#[derive(Clone, Debug, Default)]
pub(super) struct Rounds {
    /// First place and number of atoms of each class.
    starts: Vec<u32>,
    lengths: Vec<u32>,
    /// Place of each atom.
    places: Vec<u32>,
    /// Atoms whose class has a new number, given in the round before.
    moved: Vec<u32>,
    /// Atoms beside those, with their classes.
    touched: Vec<(u64, u32)>,
    is_touched: Vec<bool>,
    lists: Vec<u64>,
    keys: Vec<Key>,
    /// Classes to be split, each with the end of its keys.
    groups: Vec<(u32, usize)>,
    /// First place and number of atoms of the parts of a class.
    parts: Vec<(u32, u32)>,
}

impl Rounds {
    /// Goes on from ranks without gaps, until nothing changes or it is `enough`.
    pub fn run(
        &mut self,
        molecule: &Molecule,
        ranks: &mut Ranks,
        most: usize,
        mut enough: impl FnMut(&Ranks) -> bool,
    ) {
        self.start(ranks);
        for round in 0..most {
            if self.starts.len() == ranks.order.len() || enough(ranks) {
                break;
            }
            self.touch(molecule, ranks, round == 0);
            self.list_neighbors(molecule, ranks);
            let before = self.starts.len();
            self.split(ranks);
            if self.starts.len() == before {
                break;
            }
        }
        // back to ranks without gaps
        let mut rank = 0;
        let mut last = None;
        for &atom in &ranks.order {
            let class = ranks.values[atom as usize];
            rank += u64::from(last.is_some_and(|last| last != class));
            last = Some(class);
            ranks.values[atom as usize] = rank;
        }
    }

    fn start(&mut self, ranks: &Ranks) {
        self.starts.clear();
        self.lengths.clear();
        self.places.clear();
        self.places.resize(ranks.order.len(), 0);
        self.is_touched.clear();
        self.is_touched.resize(ranks.order.len(), false);
        for (place, &atom) in ranks.order.iter().enumerate() {
            self.places[atom as usize] = place as u32;
            if ranks.of(atom) == self.starts.len() as u64 {
                self.starts.push(place as u32);
                self.lengths.push(0);
            }
            self.lengths[ranks.of(atom) as usize] += 1;
        }
    }

    /// Finds the atoms that may see something new, in the first round all, in classes of more than one.
    fn touch(&mut self, molecule: &Molecule, ranks: &Ranks, is_first: bool) {
        self.touched.clear();
        let is_alone = |class: u64| self.lengths[class as usize] == 1;
        if is_first {
            let all = ranks.order.iter().map(|&atom| (ranks.of(atom), atom));
            self.touched.extend(all.filter(|&(class, _)| !is_alone(class)));
            return;
        }
        for &atom in &self.moved {
            for entry in molecule.neighbors(atom as usize) {
                let class = ranks.of(entry.atom);
                let is_touched = &mut self.is_touched[entry.atom as usize];
                if !*is_touched && !is_alone(class) {
                    *is_touched = true;
                    self.touched.push((class, entry.atom));
                }
            }
        }
        self.touched.iter().for_each(|&(_, atom)| self.is_touched[atom as usize] = false);
        self.touched.sort_unstable();
    }

    /// Lists what the touched atoms of each class see, and one that stands for the others.
    fn list_neighbors(&mut self, molecule: &Molecule, ranks: &mut Ranks) {
        self.groups.clear();
        self.keys.clear();
        self.lists.clear();
        let touched = std::mem::take(&mut self.touched);
        for group in touched.chunk_by(|one, other| one.0 == other.0) {
            let class = group[0].0 as usize;
            let (start, length) = (self.starts[class] as usize, self.lengths[class] as usize);
            for (place, &(_, atom)) in (start..).zip(group) {
                self.put(ranks, atom, place);
            }
            for place in start..start + length.min(group.len() + 1) {
                let (from, atom) = (self.lists.len(), ranks.order[place]);
                let rank = |atom| u64::from(self.starts[ranks.of(atom) as usize]);
                collect(molecule, atom, rank, &mut self.lists);
                self.keys.push(Key { from, to: self.lists.len(), atom });
            }
            self.groups.push((class as u32, self.keys.len()));
        }
        self.touched = touched;
    }

    /// Splits the classes by the lists.
    fn split(&mut self, ranks: &mut Ranks) {
        self.moved.clear();
        let (mut keys, groups) = (std::mem::take(&mut self.keys), std::mem::take(&mut self.groups));
        let mut from = 0;
        for &(class, to) in &groups {
            self.split_class(ranks, class as usize, &mut keys[from..to]);
            from = to;
        }
        (self.keys, self.groups) = (keys, groups);
    }

    /// The last of `keys` stands for itself and for the atoms of the class that have none.
    fn split_class(&mut self, ranks: &mut Ranks, class: usize, keys: &mut [Key]) {
        let (start, length) = (self.starts[class] as usize, self.lengths[class] as usize);
        let others = length - keys.len();
        let Some(standing) = keys.last().map(|key| key.atom) else { return };
        let list = |key: &Key| &self.lists[key.from..key.to];
        keys.sort_unstable_by(|one, other| list(one).cmp(list(other)));
        self.parts.clear();
        let mut begin = start;
        for part in keys.chunk_by(|one, other| list(one) == list(other)) {
            let stands = part.iter().any(|key| key.atom == standing);
            let size = part.len() + if stands { others } else { 0 };
            self.parts.push((begin as u32, size as u32));
            begin += size;
        }
        if self.parts.len() == 1 {
            return;
        }
        // those before the one that stands for others to the front, those behind it to the end
        let middle = keys.iter().position(|key| key.atom == standing).unwrap_or(0);
        for (place, key) in (start..).zip(&keys[..middle]) {
            self.put(ranks, key.atom, place);
        }
        for (place, key) in (start..start + length).rev().zip(keys[middle + 1..].iter().rev()) {
            self.put(ranks, key.atom, place);
        }
        // the largest part keeps the number
        let largest = (0..self.parts.len()).max_by_key(|&part| self.parts[part].1).unwrap_or(0);
        for index in 0..self.parts.len() {
            let (begin, size) = self.parts[index];
            if index == largest {
                (self.starts[class], self.lengths[class]) = (begin, size);
                continue;
            }
            let number = self.starts.len() as u64;
            self.starts.push(begin);
            self.lengths.push(size);
            for &atom in &ranks.order[begin as usize..(begin + size) as usize] {
                ranks.values[atom as usize] = number;
                self.moved.push(atom);
            }
        }
    }

    /// Exchanges an atom with that at a place of its class.
    fn put(&mut self, ranks: &mut Ranks, atom: u32, place: usize) {
        let (from, other) = (self.places[atom as usize], ranks.order[place]);
        ranks.order.swap(from as usize, place);
        self.places[other as usize] = from;
        self.places[atom as usize] = place as u32;
    }
}
