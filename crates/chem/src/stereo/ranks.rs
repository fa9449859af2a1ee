//! Priorities of atoms: the approximate CIP ranking of RDKit's legacy perception.
//!
//! After Labute, "An Efficient Algorithm for the Determination of Topological RS Chirality",
//! Journal of the Chemical Computing Group (1996): start from element and isotope, then split
//! classes again and again by the sorted, bond-weighted classes of the neighbours.

use super::isotope_table::most_common_isotope;
use crate::{Bond, BondOrder, BondStereo, Molecule};

/// Working memory and result of the ranking.
#[derive(Clone, Debug, Default)]
pub(super) struct Ranks {
    /// Rank of each atom, from 0 without gaps after a full ranking; atoms of one class share theirs.
    values: Vec<u64>,
    /// Atoms by rank.
    order: Vec<u32>,
    /// Start value and atom, while sorting.
    seeds: Vec<u64>,
    /// Neighbour lists of atoms that share their rank: runs of (rank + 1, weight), from the highest.
    runs: Vec<u64>,
    /// Where an atom's list is in `runs`.
    spans: Vec<(u32, u32)>,
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
    pub fn start(&mut self, molecule: &Molecule, enough: impl Fn(&Self) -> bool) {
        self.seeds.clear();
        self.seeds.extend((0..molecule.atoms.len()).map(|atom| seed(molecule, atom) << 32 | atom as u64));
        self.refine(molecule, enough);
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
        self.refine(molecule, |_| false);
    }

    /// Ranks the seeds, then splits classes by their neighbours until nothing changes.
    fn refine(&mut self, molecule: &Molecule, enough: impl Fn(&Self) -> bool) {
        let atom_count = molecule.atoms.len();
        self.seeds.sort_unstable();
        self.order.clear();
        self.order.extend(self.seeds.iter().map(|&seed| seed as u32));
        self.clear(atom_count);
        self.spans.clear();
        self.spans.resize(atom_count, (0, 0));
        let mut rank = 0;
        for pair in self.seeds.windows(2) {
            rank += u64::from(pair[0] >> 32 != pair[1] >> 32);
            self.values[pair[1] as u32 as usize] = rank;
        }
        let mut classes = rank as usize + 1;
        for _ in 0..atom_count / 2 + 1 {
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
        self.runs.clear();
        let mut start = 0;
        while start < self.order.len() {
            let rank = self.of(self.order[start]);
            let length = self.order[start..].iter().take_while(|&&atom| self.of(atom) == rank).count();
            if length > 1 {
                for place in start..start + length {
                    self.collect(molecule, self.order[place]);
                }
                let (runs, spans) = (&self.runs, &self.spans);
                self.order[start..start + length].sort_unstable_by(|&left, &right| {
                    list(runs, spans[left as usize]).cmp(list(runs, spans[right as usize]))
                });
            }
            start += length;
        }
        let mut rank = 0;
        let mut previous: Option<(u32, u64)> = None;
        for place in 0..self.order.len() {
            let atom = self.order[place];
            let class = self.of(atom);
            if let Some((last, last_class)) = previous {
                let same = class == last_class
                    && list(&self.runs, self.spans[last as usize])
                        == list(&self.runs, self.spans[atom as usize]);
                rank += u64::from(!same);
            }
            self.values[atom as usize] = rank;
            previous = Some((atom, class));
        }
        rank as usize + 1
    }

    /// Appends an atom's neighbour list to `runs`.
    fn collect(&mut self, molecule: &Molecule, atom: u32) {
        let start = self.runs.len();
        for neighbor in molecule.neighbors(atom as usize) {
            let weight = weight(molecule, &molecule.bonds[neighbor.bond as usize], neighbor.atom);
            if weight == 0 {
                continue;
            }
            let rank = self.of(neighbor.atom) + 1;
            let mut place = self.runs.len();
            while place > start && self.runs[place - 1] >> 32 < rank {
                place -= 1;
            }
            if place > start && self.runs[place - 1] >> 32 == rank {
                self.runs[place - 1] += weight;
            } else {
                self.runs.insert(place, rank << 32 | weight);
            }
        }
        let hydrogens = molecule.atoms[atom as usize].total_hydrogens();
        if hydrogens > 0 {
            self.runs.push(u64::from(hydrogens));
        }
        self.spans[atom as usize] = (start as u32, self.runs.len() as u32);
    }
}

fn list(runs: &[u64], span: (u32, u32)) -> &[u64] {
    &runs[span.0 as usize..span.1 as usize]
}

/// Element, then isotope, then map number.
fn seed(molecule: &Molecule, index: usize) -> u64 {
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
