//! Symmetries of a molecule: found by comparing two orders, checked atom by atom, kept as classes.

use super::colors::is_cis;
use super::stereo::{center_parity, configured_bonds};
use crate::Molecule;

const SAME: u32 = u32::MAX;

/// A mapping of the atoms, of which only those that move are looked at.
#[derive(Clone, Debug, Default)]
pub(super) struct Mapping {
    image: Vec<u32>,
    origin: Vec<u32>,
    /// (atom, image), different ones.
    pub moved: Vec<(u32, u32)>,
}

impl Mapping {
    pub fn start(&mut self, count: usize) {
        for list in [&mut self.image, &mut self.origin] {
            list.clear();
            list.resize(count, SAME);
        }
        self.moved.clear();
    }

    /// Replaces the mapping; all other atoms stay. Where a row of pairs has an end, that atom goes
    /// to the start of the row: what moves there must come from somewhere.
    pub fn set(&mut self, pairs: impl Iterator<Item = (u32, u32)>) {
        for (atom, image) in self.moved.drain(..) {
            self.image[atom as usize] = SAME;
            self.origin[image as usize] = SAME;
        }
        self.moved.extend(pairs.filter(|(atom, image)| atom != image));
        for &(atom, image) in &self.moved {
            self.image[atom as usize] = image;
            self.origin[image as usize] = atom;
        }
        for index in 0..self.moved.len() {
            let (start, mut end) = self.moved[index];
            if self.origin[start as usize] == SAME {
                while self.image[end as usize] != SAME {
                    end = self.image[end as usize];
                }
                self.image[end as usize] = start;
                self.origin[start as usize] = end;
                self.moved.push((end, start));
            }
        }
    }

    fn of(&self, atom: u32) -> u32 {
        match self.image[atom as usize] {
            SAME => atom,
            image => image,
        }
    }

    /// Whether the mapping leaves the molecule as it is. `color` is asked for one of the atoms of a
    /// bond and the bond; colors of atoms are known to be equal. `work` counts the steps.
    pub fn is_symmetry(
        &self,
        molecule: &Molecule,
        isomeric: bool,
        color: impl Fn(u32, u32) -> u64,
        work: &mut u64,
    ) -> bool {
        for &(atom, image) in &self.moved {
            let (own, others) = (molecule.neighbors(atom as usize), molecule.neighbors(image as usize));
            *work += (own.len() * others.len()) as u64;
            if own.len() != others.len() {
                return false;
            }
            for entry in own {
                let target = self.of(entry.atom);
                let Some(other) = others.iter().find(|other| other.atom == target) else { return false };
                if color(atom, entry.bond) != color(image, other.bond) {
                    return false;
                }
            }
        }
        !isomeric
            || self.moved.iter().all(|&(atom, _)| {
                self.keeps_stereo(molecule, atom)
                    && molecule
                        .neighbors(atom as usize)
                        .iter()
                        .all(|entry| self.keeps_stereo(molecule, entry.atom))
            })
    }

    /// Whether the centre and the double bonds of an atom look the same after the mapping.
    fn keeps_stereo(&self, molecule: &Molecule, atom: u32) -> bool {
        let image = self.of(atom);
        if molecule.atoms()[atom as usize].chirality.is_tetrahedral() {
            // the images of the neighbours, against the neighbours of the image
            let own = center_parity(molecule, atom, |neighbor| self.of(neighbor));
            if own != center_parity(molecule, image, |neighbor| neighbor) {
                return false;
            }
        }
        configured_bonds(molecule, atom).all(|(_, bond)| {
            let (begin, end) = (self.of(bond.begin), self.of(bond.end));
            let found = configured_bonds(molecule, begin).find(|(_, other)| other.other(begin) == end);
            let Some((number, other)) = found else { return false };
            let references = bond.stereo_atoms.map(|atom| self.of(atom));
            let expected = if other.begin == begin { references } else { [references[1], references[0]] };
            let turns = [(other.begin, 0), (other.end, 1)].map(|(end, side)| {
                let is_there = molecule
                    .neighbors(end as usize)
                    .iter()
                    .any(|entry| entry.bond != number && entry.atom == expected[side]);
                is_there.then_some(expected[side] != other.stereo_atoms[side])
            });
            let [Some(first), Some(second)] = turns else { return false };
            is_cis(bond) == (is_cis(other) ^ first ^ second)
        })
    }
}

/// Classes of equivalent atoms.
#[derive(Clone, Debug, Default)]
pub(super) struct Classes {
    parent: Vec<u32>,
    size: Vec<u32>,
}

impl Classes {
    /// Every atom is a class of its own.
    pub fn clear(&mut self, count: usize) {
        self.parent.clear();
        self.parent.extend(0..count as u32);
        self.size.clear();
        self.size.resize(count, 1);
    }

    /// Number of atoms in the class of an atom.
    pub fn size(&mut self, atom: u32) -> u32 {
        let class = self.find(atom);
        self.size[class as usize]
    }

    pub fn find(&mut self, mut atom: u32) -> u32 {
        while self.parent[atom as usize] != atom {
            let above = self.parent[self.parent[atom as usize] as usize];
            self.parent[atom as usize] = above;
            atom = above;
        }
        atom
    }

    pub fn join(&mut self, first: u32, second: u32) {
        let (first, second) = (self.find(first), self.find(second));
        if first == second {
            return;
        }
        let is_larger = self.size[first as usize] >= self.size[second as usize];
        let (kept, gone) = if is_larger { (first, second) } else { (second, first) };
        self.parent[gone as usize] = kept;
        self.size[kept as usize] += self.size[gone as usize];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Parser;

    fn swaps(smiles: &str, pairs: &[(u32, u32)]) -> bool {
        let mut parser = Parser::new();
        let molecule = parser.parse(smiles.as_bytes()).unwrap();
        let mut mapping = Mapping::default();
        mapping.start(molecule.atoms().len());
        mapping.set(pairs.iter().copied());
        let color = |_, bond: u32| molecule.bonds()[bond as usize].order as u64;
        mapping.is_symmetry(molecule, true, color, &mut 0)
    }

    #[test]
    fn rows_are_closed() {
        let mut mapping = Mapping::default();
        mapping.start(6);
        mapping.set([(0, 1), (1, 2), (3, 4), (4, 3), (5, 5)].into_iter());
        assert_eq!([0, 1, 2, 3, 4, 5].map(|atom| mapping.of(atom)), [1, 2, 0, 4, 3, 5]);
        mapping.set([(0, 5)].into_iter());
        assert_eq!([0, 1, 2, 3, 4, 5].map(|atom| mapping.of(atom)), [5, 1, 2, 3, 4, 0]);
    }

    #[test]
    fn bonds_and_stereo_must_be_kept() {
        assert!(swaps("CCC", &[(0, 2)]));
        assert!(!swaps("CC=C", &[(0, 2)]));
        assert!(!swaps("CCCC", &[(0, 3)]));
        assert!(
            swaps("C[C@H](O)[C@@H](O)C", &[(0, 5), (1, 3), (2, 4)])
                != swaps("C[C@H](O)[C@H](O)C", &[(0, 5), (1, 3), (2, 4)])
        );
        assert!(swaps("C/C=C/C", &[(0, 3), (1, 2)]));
        assert!(!swaps("C/C=C/CC/C=C\\C", &[(0, 7), (1, 6), (2, 5), (3, 4)]));
        assert!(swaps("C/C=C/CC/C=C/C", &[(0, 7), (1, 6), (2, 5), (3, 4)]));
    }

    #[test]
    fn classes_grow() {
        let mut classes = Classes::default();
        classes.clear(5);
        classes.join(3, 1);
        classes.join(4, 3);
        classes.join(1, 4);
        assert_eq!([0, 1, 2, 3, 4].map(|atom| classes.size(atom)), [1, 3, 1, 3, 3]);
        assert_eq!(classes.find(1), classes.find(4));
        assert_ne!(classes.find(1), classes.find(0));
    }
}
