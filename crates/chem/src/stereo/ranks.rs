//! Priorities of atoms: the approximate CIP ranking of RDKit's legacy perception.
//!
//! After Labute, "An Efficient Algorithm for the Determination of Topological RS Chirality",
//! Journal of the Chemical Computing Group (1996): start from element and isotope, then split
//! classes again and again by the sorted, bond-weighted classes of the neighbours.

use super::isotope_table::most_common_isotope;
use super::rounds::Rounds;
use crate::{Bond, BondOrder, BondStereo, Molecule};

/// Rounds after which a molecule counts as long: from then on only what changes is looked at.
const PATIENCE: usize = 24;

/// Working memory and result of the ranking.
#[derive(Clone, Debug, Default)]
pub(super) struct Ranks {
    /// Rank of each atom, from 0 without gaps after a full ranking; atoms of one class share theirs.
    pub(super) values: Vec<u64>,
    /// Atoms by rank.
    pub(super) order: Vec<u32>,
    /// Start value and atom, while sorting.
    seeds: Vec<u64>,
    /// Whether the atom at each place of `order` is of one class with the one before.
    joined: Vec<bool>,
    /// Packed neighbour lists of the atoms of one class, with the atoms.
    packed: Vec<(u128, u32)>,
    /// Neighbour list of one atom, and those of a class, where one does not fit when packed.
    runs: Vec<u64>,
    lists: Vec<(Vec<u64>, u32)>,
    rounds: Rounds,
}

impl Ranks {
    pub fn of(&self, atom: u32) -> u64 {
        self.values[atom as usize]
    }

    /// Forgets all ranks.
    pub fn clear(&mut self, atom_count: usize) {
        self.values.clear();
        self.values.resize(atom_count, 0);
    }

    /// Sets the rank of one atom.
    pub fn set(&mut self, atom: u32, rank: u64) {
        self.values[atom as usize] = rank;
    }

    /// Ranks from element, isotope and map number. Stops early once `enough`: later rounds only
    /// split classes, they never reorder them.
    pub fn start(&mut self, molecule: &Molecule, enough: impl FnMut(&Self) -> bool) {
        self.start_patiently(molecule, PATIENCE, enough);
    }

    /// The same, with the rounds after which the molecule counts as long.
    fn start_patiently(&mut self, molecule: &Molecule, patience: usize, enough: impl FnMut(&Self) -> bool) {
        self.seeds.clear();
        self.seeds.extend((0..molecule.atoms.len()).map(|atom| seed(molecule, atom) << 32 | atom as u64));
        self.refine(molecule, patience, enough);
    }

    /// Ranks that also tell R from S and E from Z, from the ranks so far.
    pub fn restart(&mut self, molecule: &Molecule) {
        self.seeds.clear();
        for (index, atom) in molecule.atoms.iter().enumerate() {
            let mut seed = self.values[index] * 100;
            seed += match atom.cip_label {
                b'R' => 20,
                b'S' => 10,
                _ => 0,
            };
            for neighbor in molecule.neighbors(index) {
                seed += match molecule.bonds[neighbor.bond as usize].stereo {
                    BondStereo::E => 1,
                    BondStereo::Z => 2,
                    _ => 0,
                };
            }
            self.seeds.push(seed << 32 | index as u64);
        }
        self.refine(molecule, PATIENCE, |_| false);
    }

    /// Ranks the seeds, then splits classes by their neighbours until nothing changes.
    fn refine(&mut self, molecule: &Molecule, patience: usize, mut enough: impl FnMut(&Self) -> bool) {
        let atom_count = molecule.atoms.len();
        self.seeds.sort_unstable();
        self.order.clear();
        self.order.extend(self.seeds.iter().map(|&seed| seed as u32));
        self.clear(atom_count);
        let mut rank = 0;
        for pair in self.seeds.windows(2) {
            rank += u64::from(pair[0] >> 32 != pair[1] >> 32);
            self.values[pair[1] as u32 as usize] = rank;
        }
        let mut classes = rank as usize + 1;
        let rounds = atom_count / 2 + 1;
        for round in 0..rounds {
            if round == patience {
                let mut long = std::mem::take(&mut self.rounds);
                long.run(molecule, self, rounds - round, enough);
                self.rounds = long;
                break;
            }
            if classes == atom_count || enough(self) {
                break;
            }
            let before = classes;
            classes = self.split(molecule);
            if classes == before {
                break;
            }
        }
    }

    /// One round; returns the number of classes.
    fn split(&mut self, molecule: &Molecule) -> usize {
        self.joined.clear();
        self.joined.resize(self.order.len(), false);
        let mut start = 0;
        while start < self.order.len() {
            let rank = self.of(self.order[start]);
            let length = self.order[start..].iter().take_while(|&&atom| self.of(atom) == rank).count();
            if length > 1 {
                self.split_class(molecule, start, start + length);
            }
            start += length;
        }
        let mut rank = 0;
        for (place, (&atom, &joined)) in self.order.iter().zip(&self.joined).enumerate() {
            rank += u64::from(place > 0 && !joined);
            self.values[atom as usize] = rank;
        }
        rank as usize + 1
    }

    /// Sorts the class at places `start` to `end` by neighbour lists, and notes which are equal.
    fn split_class(&mut self, molecule: &Molecule, start: usize, end: usize) {
        self.packed.clear();
        for place in start..end {
            let atom = self.order[place];
            self.collect(molecule, atom);
            match pack(&self.runs) {
                Some(key) => self.packed.push((key, atom)),
                None => return self.split_wide_class(molecule, start, end),
            }
        }
        self.packed.sort_unstable();
        for (place, &(key, atom)) in (start..end).zip(&self.packed) {
            self.order[place] = atom;
            self.joined[place] = place > start && key == self.packed[place - start - 1].0;
        }
    }

    /// The same without packing.
    fn split_wide_class(&mut self, molecule: &Molecule, start: usize, end: usize) {
        self.lists.clear();
        for place in start..end {
            let atom = self.order[place];
            self.collect(molecule, atom);
            self.lists.push((self.runs.clone(), atom));
        }
        self.lists.sort_unstable();
        for (place, (list, atom)) in (start..end).zip(&self.lists) {
            self.order[place] = *atom;
            self.joined[place] = place > start && *list == self.lists[place - start - 1].0;
        }
    }

    fn collect(&mut self, molecule: &Molecule, atom: u32) {
        self.runs.clear();
        let values = &self.values;
        collect(molecule, atom, |neighbor| values[neighbor as usize], &mut self.runs);
    }
}

/// Appends an atom's neighbour list: (rank + 1, weight) from the highest rank, each rank once, then
/// hydrogens as (0, number).
pub(super) fn collect(molecule: &Molecule, atom: u32, rank: impl Fn(u32) -> u64, list: &mut Vec<u64>) {
    let start = list.len();
    for neighbor in molecule.neighbors(atom as usize) {
        let weight = weight(molecule, &molecule.bonds[neighbor.bond as usize], neighbor.atom);
        if weight == 0 {
            continue;
        }
        let rank = rank(neighbor.atom) + 1;
        if let Some(run) = list[start..].iter_mut().find(|run| **run >> 32 == rank) {
            *run += weight;
            continue;
        }
        list.push(rank << 32 | weight);
        let mut place = list.len() - 1;
        while place > start && list[place - 1] < list[place] {
            list.swap(place - 1, place);
            place -= 1;
        }
    }
    let hydrogens = molecule.atoms[atom as usize].total_hydrogens();
    if hydrogens > 0 {
        list.push(u64::from(hydrogens));
    }
}

/// A neighbour list as one number of the same order. `None` where it does not fit.
fn pack(runs: &[u64]) -> Option<u128> {
    const PLACES: usize = 5;
    const RANK_BITS: u32 = 18;
    const WEIGHT_BITS: u32 = 7;
    if runs.len() > PLACES {
        return None;
    }
    let mut key = 0;
    for place in 0..PLACES {
        let run = runs.get(place).copied().unwrap_or(0);
        let (rank, weight) = (run >> 32, run & u64::from(u32::MAX));
        if rank >> RANK_BITS != 0 || weight >> WEIGHT_BITS != 0 {
            return None;
        }
        key = key << (RANK_BITS + WEIGHT_BITS) | u128::from(rank << WEIGHT_BITS | weight);
    }
    Some(key)
}

/// Element, then isotope, then map number.
pub(super) fn seed(molecule: &Molecule, index: usize) -> u64 {
    const MASS_RANGE: i32 = 1024;
    let atom = &molecule.atoms[index];
    let mut mass = 0;
    if atom.isotope != 0 {
        mass = i32::from(atom.isotope) - i32::from(most_common_isotope(atom.atomic_number));
        mass += i32::from(mass >= 0);
    }
    let mass = (mass + MASS_RANGE / 2).max(0) % MASS_RANGE;
    // An atom without a map number counts as 0, map number n as n + 1.
    let map = if atom.atom_map == 0 { 0 } else { (u64::from(atom.atom_map) + 1) % 1024 };
    u64::from(atom.atomic_number) << 20 | (mass as u64) << 10 | map
}

/// How often a neighbour is listed: twice the bond order.
pub(super) fn weight(molecule: &Molecule, bond: &Bond, neighbor: u32) -> u64 {
    match bond.order {
        BondOrder::Single | BondOrder::Dative => 2,
        BondOrder::Double => {
            // d orbitals of phosphorus with three or four neighbours do not count.
            let neighbor = &molecule.atoms[neighbor as usize];
            if neighbor.atomic_number == 15 && matches!(neighbor.degree, 3 | 4) { 1 } else { 4 }
        }
        BondOrder::Triple => 6,
        BondOrder::Quadruple => 8,
        BondOrder::Aromatic => 3,
        BondOrder::Zero | BondOrder::Unspecified => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_lists_are_ordered_like_lists() {
        let lists: [&[u64]; 7] = [
            &[],
            &[3],
            &[1 << 32 | 2],
            &[1 << 32 | 2, 3],
            &[1 << 32 | 4],
            &[2 << 32 | 2],
            &[2 << 32 | 2, 1 << 32 | 2],
        ];
        assert!(lists.is_sorted());
        assert!(lists.map(|list| pack(list).unwrap()).is_sorted());
        assert_eq!(pack(&[1 << 60]), None);
        assert_eq!(pack(&[128]), None);
        assert_eq!(pack(&[1; 6]), None);
    }

    #[test]
    fn looking_at_what_changed_gives_the_same_ranks() {
        let odd = include_str!("../../tests/data/odd.smi").lines().map(str::to_owned);
        let units =
            ["C[C@H](F)", "CC(C)", "[C@H]1C[C@@H]1C", "C/C=C/C", "CC1(CC1)N", "NC(C)C(=O)", "*(*)", "C~C"];
        let polymer =
            |unit: &&str| (1..60).step_by(7).map(|count| format!("O{}C", unit.repeat(count))).collect();
        let polymers: Vec<String> = units.iter().flat_map::<Vec<String>, _>(polymer).collect();
        let mut parser = crate::Parser::new();
        let (mut all, mut changed) = (Ranks::default(), Ranks::default());
        let mut compared = 0;
        for smiles in odd.chain(polymers) {
            let Ok(molecule) = parser.parse(smiles.as_bytes()) else { continue };
            all.start_patiently(molecule, usize::MAX, |_| false);
            for patience in [0, 1, 3] {
                changed.start_patiently(molecule, patience, |_| false);
                assert_eq!(changed.values, all.values, "{smiles} after {patience} rounds");
                compared += 1;
            }
            // stopped before its end
            let limit = 3;
            let stop = |rounds: &mut usize| {
                *rounds += 1;
                *rounds > limit
            };
            let (mut first, mut second) = (0, 0);
            all.start_patiently(molecule, usize::MAX, |_| stop(&mut first));
            changed.start_patiently(molecule, 1, |_| stop(&mut second));
            assert_eq!(changed.values, all.values, "{smiles} stopped");
        }
        assert!(compared > 3000, "{compared}");
    }
}
