//! Classes of atoms that the legacy ranking does not tell apart, without their order: what counting centres needs.
//!
//! The ranking looks at all atoms in every round, and needs as many rounds as the molecule is long. Here only what is
//! beside a split is looked at again, and not the largest part of it (Hopcroft, 1971): n log n steps, same classes.

use super::ranks::{seed, weight};
use crate::{BondStereo, Molecule};

/// A partition of the atoms. A class is a range of `order`, named by its first place.
#[derive(Clone, Debug, Default)]
pub(super) struct Classes {
    order: Vec<u32>,
    /// Place of every atom in `order`.
    place: Vec<u32>,
    /// Class of every atom.
    class: Vec<u32>,
    /// Number of atoms of the class that begins at a place.
    length: Vec<u32>,
    /// Classes whose neighbours are still to be looked at, each once.
    queue: Vec<u32>,
    is_queued: Vec<bool>,
    /// Bonds of every atom to the class in hand, by weight, and the atoms that have any.
    seen: Vec<u64>,
    touched: Vec<u32>,
    members: Vec<u32>,
    keys: Vec<([u64; 3], u32)>,
}

impl Classes {
    pub fn of(&self, atom: u32) -> u64 {
        u64::from(self.class[atom as usize])
    }

    /// The coarsest classes that elements, isotopes, map numbers, hydrogens, labels and configurations allow.
    pub fn find(&mut self, molecule: &Molecule) {
        let count = molecule.atoms.len();
        self.keys.clear();
        self.keys.extend((0..count as u32).map(|atom| (key(molecule, atom), atom)));
        self.keys.sort_unstable();
        for list in [&mut self.place, &mut self.class, &mut self.length] {
            list.clear();
            list.resize(count, 0);
        }
        self.seen.clear();
        self.seen.resize(count, 0);
        self.is_queued.clear();
        self.is_queued.resize(count, false);
        self.order.clear();
        self.order.extend(self.keys.iter().map(|key| key.1));
        let mut start = 0;
        while start < count {
            let value = self.keys[start].0;
            let length = self.keys[start..].iter().take_while(|key| key.0 == value).count();
            for place in start..start + length {
                self.place[self.order[place] as usize] = place as u32;
            }
            self.make_class(start as u32, length as u32);
            self.enqueue(start as u32);
            start += length;
        }
        while let Some(class) = self.queue.pop() {
            self.is_queued[class as usize] = false;
            self.look_from(molecule, class);
            self.split_touched();
        }
    }

    fn enqueue(&mut self, class: u32) {
        if !std::mem::replace(&mut self.is_queued[class as usize], true) {
            self.queue.push(class);
        }
    }

    fn make_class(&mut self, start: u32, length: u32) {
        self.length[start as usize] = length;
        for &atom in &self.order[start as usize..(start + length) as usize] {
            self.class[atom as usize] = start;
        }
    }

    /// Notes on the neighbours of a class how much of it they see.
    fn look_from(&mut self, molecule: &Molecule, class: u32) {
        self.members.clear();
        let length = self.length[class as usize];
        self.members.extend_from_slice(&self.order[class as usize..(class + length) as usize]);
        for &member in &self.members {
            for entry in molecule.neighbors(member as usize) {
                let weight = weight(molecule, &molecule.bonds[entry.bond as usize], member);
                if weight == 0 {
                    continue;
                }
                let seen = &mut self.seen[entry.atom as usize];
                if *seen == 0 {
                    self.touched.push(entry.atom);
                }
                *seen += weight;
            }
        }
    }

    /// Splits the classes of all atoms that something was noted of.
    fn split_touched(&mut self) {
        let mut touched = std::mem::take(&mut self.touched);
        touched.sort_unstable_by_key(|&atom| (self.class[atom as usize], self.seen[atom as usize]));
        let mut rest = &touched[..];
        while let Some(&first) = rest.first() {
            let class = self.class[first as usize];
            let count = rest.iter().take_while(|&&atom| self.class[atom as usize] == class).count();
            let (these, after) = rest.split_at(count);
            self.split(class, these);
            rest = after;
        }
        touched.iter().for_each(|&atom| self.seen[atom as usize] = 0);
        touched.clear();
        self.touched = touched;
    }

    /// Splits a class by what its atoms see; `touched` are those that see something, sorted by it. Atoms that see
    /// nothing, or the first kind where there are none, keep the name.
    fn split(&mut self, class: u32, touched: &[u32]) {
        let length = self.length[class as usize];
        let kept = if touched.len() == length as usize {
            touched
                .iter()
                .take_while(|&&atom| self.seen[atom as usize] == self.seen[touched[0] as usize])
                .count()
        } else {
            0
        };
        let mut moving = &touched[kept..];
        if moving.is_empty() {
            return;
        }
        let mut bound = class + length;
        let was_queued = self.is_queued[class as usize];
        let mut largest = (length - moving.len() as u32, class);
        let mut parts = Vec::new();
        while let Some(&last) = moving.last() {
            let seen = self.seen[last as usize];
            let size = moving.iter().rev().take_while(|&&atom| self.seen[atom as usize] == seen).count();
            let (before, part) = moving.split_at(moving.len() - size);
            for &atom in part {
                bound -= 1;
                self.put(atom, bound);
            }
            self.make_class(bound, size as u32);
            largest = largest.max((size as u32, bound));
            parts.push(bound);
            moving = before;
        }
        self.length[class as usize] = bound - class;
        parts.push(class);
        parts.retain(|&part| was_queued || part != largest.1);
        parts.into_iter().for_each(|part| self.enqueue(part));
    }

    /// Moves an atom to a place of its class.
    fn put(&mut self, atom: u32, place: u32) {
        let (from, other) = (self.place[atom as usize], self.order[place as usize]);
        self.order.swap(from as usize, place as usize);
        self.place[other as usize] = from;
        self.place[atom as usize] = place;
    }
}

/// What an atom is by itself: its rank at the start, its hydrogens, its label and the configurations beside it.
fn key(molecule: &Molecule, index: u32) -> [u64; 3] {
    let atom = &molecule.atoms[index as usize];
    let configurations = molecule.neighbors(index as usize).iter().map(|entry| {
        match molecule.bonds[entry.bond as usize].stereo {
            BondStereo::E => 1,
            BondStereo::Z => 2,
            _ => 0,
        }
    });
    let label = match atom.cip_label {
        b'R' => 20,
        b'S' => 10,
        _ => 0,
    };
    [seed(molecule, index as usize), u64::from(atom.total_hydrogens()), label + configurations.sum::<u64>()]
}

#[cfg(test)]
mod tests {
    use super::super::ranks::Ranks;
    use super::*;
    use crate::Parser;

    /// The classes are those of the full ranking.
    fn check(smiles: &str) {
        let mut parser = Parser::new();
        let Ok(molecule) = parser.parse(smiles.as_bytes()) else { return };
        let (mut ranks, mut classes) = (Ranks::default(), Classes::default());
        ranks.start(molecule, |_| false);
        ranks.restart(molecule);
        classes.find(molecule);
        let count = molecule.atoms().len() as u32;
        let mut pairs: Vec<_> = (0..count).map(|atom| (ranks.of(atom), classes.of(atom))).collect();
        pairs.sort_unstable();
        pairs.dedup();
        let distinct = |values: Vec<u64>| values.into_iter().collect::<std::collections::HashSet<_>>().len();
        assert_eq!(pairs.len(), distinct(pairs.iter().map(|pair| pair.0).collect()), "{smiles}: too coarse");
        assert_eq!(pairs.len(), distinct(pairs.iter().map(|pair| pair.1).collect()), "{smiles}: too fine");
    }

    #[test]
    fn as_the_full_ranking() {
        include_str!("../../tests/data/odd.smi").lines().for_each(check);
        ["CC(C)".repeat(50), "C1CC1C(F)".repeat(20), "N[C@@H](CC(C)C)C(=O)".repeat(9)]
            .iter()
            .for_each(|smiles| check(smiles));
    }
}
