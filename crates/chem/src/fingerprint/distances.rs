//! All pairs of atoms with the number of bonds between them.

use std::ops::RangeInclusive;

use super::features::{MAX_FEATURES, too_many};
use crate::{Error, Molecule};

/// Working memory of the search.
#[derive(Clone, Debug, Default)]
pub(super) struct Distances {
    small: Small,
    any: Any,
}

impl Distances {
    /// Calls `each` with both atoms, the smaller number first, and the distance of every pair
    /// whose distance is in `range`. Atoms of different components have none.
    pub fn each_pair(
        &mut self,
        molecule: &Molecule,
        range: RangeInclusive<u32>,
        each: impl FnMut(usize, usize, u32),
    ) -> Result<(), Error> {
        if molecule.atoms().len() <= 64 && *range.end() < 1 << PLANES {
            self.small.each_pair(molecule, range, each);
            Ok(())
        } else {
            self.any.each_pair(molecule, range, each)
        }
    }
}

/// Bits of a distance that a word of [`Small`] keeps apart.
const PLANES: usize = 5;

/// Up to 64 atoms, and distances below 32: the atoms at one distance from each atom are bits of a
/// word. Those at the next distance are at this distance from one of its neighbours, and not met
/// before. The distances are collected in binary, one word for each digit.
#[derive(Clone, Debug, Default)]
struct Small {
    met: Vec<u64>,
    here: Vec<u64>,
    next: Vec<u64>,
    planes: Vec<[u64; PLANES]>,
}

impl Small {
    fn each_pair(
        &mut self,
        molecule: &Molecule,
        range: RangeInclusive<u32>,
        mut each: impl FnMut(usize, usize, u32),
    ) {
        self.measure(molecule, *range.end());
        for (first, planes) in self.planes.iter().enumerate() {
            for second in first + 1..self.planes.len() {
                let digit = |digit: usize| (planes[digit] >> second & 1) as u32;
                let distance = (0..PLANES).fold(0, |distance, place| distance | digit(place) << place);
                // none at all, or further than asked for, counts as zero
                if distance > 0 && distance >= *range.start() {
                    each(first, second, distance);
                }
            }
        }
    }

    /// Finds all distances up to `max`.
    fn measure(&mut self, molecule: &Molecule, max: u32) {
        let atoms = molecule.atoms().len();
        self.here.clear();
        self.here.extend((0..atoms).map(|atom| 1u64 << atom));
        self.met.clone_from(&self.here);
        self.next.resize(atoms, 0);
        self.planes.clear();
        self.planes.resize(atoms, [0; PLANES]);
        for distance in 1..=max {
            let mut any = 0;
            for atom in 0..atoms {
                let around = molecule.neighbors(atom).iter();
                let reached = around.fold(0, |reached, entry| reached | self.here[entry.atom as usize]);
                let new = reached & !self.met[atom];
                self.met[atom] |= new;
                self.next[atom] = new;
                any |= new;
                for (digit, plane) in self.planes[atom].iter_mut().enumerate() {
                    *plane |= new & u64::from(distance >> digit & 1).wrapping_neg();
                }
            }
            if any == 0 {
                break;
            }
            std::mem::swap(&mut self.here, &mut self.next);
        }
    }
}

/// Any number of atoms: breadth first from each.
#[derive(Clone, Debug, Default)]
struct Any {
    /// The last atom from which each atom was reached, plus one.
    reached_from: Vec<u32>,
    queue: Vec<u32>,
}

impl Any {
    fn each_pair(
        &mut self,
        molecule: &Molecule,
        range: RangeInclusive<u32>,
        mut each: impl FnMut(usize, usize, u32),
    ) -> Result<(), Error> {
        let atoms = molecule.atoms().len();
        self.reached_from.clear();
        self.reached_from.resize(atoms, 0);
        let mut pairs = 0;
        for start in 0..atoms {
            let mark = start as u32 + 1;
            self.reached_from[start] = mark;
            self.queue.clear();
            self.queue.push(start as u32);
            let mut level = 0;
            for distance in 1..=*range.end() {
                let end = self.queue.len();
                for place in level..end {
                    for entry in molecule.neighbors(self.queue[place] as usize) {
                        let found = entry.atom as usize;
                        if self.reached_from[found] != mark {
                            self.reached_from[found] = mark;
                            self.queue.push(entry.atom);
                            if found > start && distance >= *range.start() {
                                each(start, found, distance);
                            }
                        }
                    }
                }
                level = end;
                if self.queue.len() == end {
                    break;
                }
            }
            // every pair is met from both sides
            pairs += self.queue.len() - 1;
            if pairs > 2 * MAX_FEATURES {
                return Err(too_many("number of atom pairs"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ErrorKind, Parser};

    fn sorted(find: impl FnOnce(&mut dyn FnMut(usize, usize, u32))) -> Vec<(usize, usize, u32)> {
        let mut pairs = Vec::new();
        find(&mut |first, second, distance| pairs.push((first, second, distance)));
        pairs.sort_unstable();
        pairs
    }

    #[test]
    fn both_ways_find_the_same_pairs() {
        let mut parser = Parser::new();
        let mut scratch = Distances::default();
        for smiles in ["C", "CCO", "C.CC", "C1CC2CCC1C2", &"C".repeat(64), "c1ccc2ccccc2c1.OC(=O)C1CC1"] {
            let molecule = parser.parse(smiles.as_bytes()).unwrap();
            for range in [1..=30, 0..=3, 3..=31, 0..=0] {
                let small = sorted(|each| scratch.small.each_pair(molecule, range.clone(), each));
                let any = sorted(|each| scratch.any.each_pair(molecule, range, each).unwrap());
                assert_eq!(small, any, "{smiles}");
            }
        }
    }

    #[test]
    fn a_ring_has_two_ways_round() {
        let mut parser = Parser::new();
        let molecule = parser.parse(b"C1CCCC1").unwrap();
        let pairs = sorted(|each| Distances::default().each_pair(molecule, 1..=30, each).unwrap());
        assert_eq!(pairs.iter().map(|pair| pair.2).collect::<Vec<_>>(), [1, 2, 2, 1, 1, 2, 2, 1, 2, 1]);
    }

    #[test]
    fn a_huge_star_of_stars_is_refused() {
        let mut smiles = String::from("*");
        for _ in 0..250 {
            smiles += &format!("(*{})", "(*)".repeat(40));
        }
        let mut parser = Parser::new();
        let molecule = parser.parse(smiles.as_bytes()).unwrap();
        assert_eq!(molecule.atoms().len(), 10_251);
        let error = Distances::default().each_pair(molecule, 1..=30, |_, _, _| {}).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge);
        assert_eq!(error.to_string(), "number of atom pairs exceeds the limit of 16777216");
    }
}
