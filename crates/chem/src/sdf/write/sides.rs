//! Which atoms beside a double bond are on which side of it.

use super::plane::{Numbers, Point, cross, length, minus, plus};
use crate::molecule::{BondStereo, Molecule};

/// Sine of the angle below which an atom counts as in line with a bond.
const SMALLEST_SINE: f64 = 0.2;
/// Moves that are tried for each double bond that is drawn wrongly, and in all.
const MOVES: usize = 400;
const MAX_MOVES: usize = 40_000;
/// Farthest move of an atom.
const STEP: f64 = 2.0;

/// A double bond with a configuration.
#[derive(Clone, Copy, Debug)]
pub(super) struct Side {
    /// Ends of the bond.
    pub ends: [u32; 2],
    /// A neighbour of each end.
    pub references: [u32; 2],
    /// The other neighbour of each end, where there is one.
    others: [Option<u32>; 2],
    pub is_cis: bool,
}

impl Side {
    /// The reference atom of one end and that of the other, if the end is one of this bond.
    pub fn references_from(&self, end: u32) -> Option<(u32, u32)> {
        match self.ends {
            [first, _] if first == end => Some((self.references[0], self.references[1])),
            [_, second] if second == end => Some((self.references[1], self.references[0])),
            _ => None,
        }
    }

    fn is_drawn(&self, points: &[Point]) -> bool {
        let [a, b] = self.ends.map(|atom| points[atom as usize]);
        let axis = minus(b, a);
        let sine = |atom: u32, end: Point| {
            let arm = minus(points[atom as usize], end);
            cross(axis, arm) / (length(axis) * length(arm)).max(1e-9)
        };
        let ends = [a, b];
        let sines = [0, 1].map(|place| sine(self.references[place], ends[place]));
        let is_bent = sines.iter().all(|sine| sine.abs() > SMALLEST_SINE);
        let others_are_opposite = (0..2).all(|place| {
            self.others[place].is_none_or(|other| sine(other, ends[place]) * sines[place] < 0.0)
        });
        is_bent && others_are_opposite && (sines[0] * sines[1] > 0.0) == self.is_cis
    }

    fn atoms(&self) -> impl Iterator<Item = u32> {
        self.ends.into_iter().chain(self.references).chain(self.others.into_iter().flatten())
    }
}

/// The double bonds of a molecule that have a configuration.
#[derive(Clone, Debug, Default)]
pub(super) struct Sides {
    /// By bond: place in `all`.
    by_bond: Vec<u32>,
    all: Vec<Side>,
    /// Atom and place in `all`, sorted.
    by_atom: Vec<(u32, u32)>,
}

const NONE: u32 = u32::MAX;

impl Sides {
    pub fn find(&mut self, molecule: &Molecule) {
        self.by_bond.clear();
        self.by_bond.resize(molecule.bonds.len(), NONE);
        self.all.clear();
        self.by_atom.clear();
        for (index, bond) in molecule.bonds.iter().enumerate() {
            let is_cis = match bond.stereo {
                BondStereo::None | BondStereo::Any => continue,
                BondStereo::Z | BondStereo::Cis => true,
                BondStereo::E | BondStereo::Trans => false,
            };
            let place = self.all.len() as u32;
            self.by_bond[index] = place;
            let ends = [bond.begin, bond.end];
            let others = [0, 1].map(|end| {
                let known = [ends[1 - end], bond.stereo_atoms[end]];
                let neighbors = molecule.neighbors(ends[end] as usize);
                neighbors.iter().map(|entry| entry.atom).find(|atom| !known.contains(atom))
            });
            let side = Side { ends, references: bond.stereo_atoms, others, is_cis };
            self.by_atom.extend(side.atoms().map(|atom| (atom, place)));
            self.all.push(side);
        }
        self.by_atom.sort_unstable();
    }

    pub fn of(&self, bond: u32) -> Option<&Side> {
        self.all.get(self.by_bond[bond as usize] as usize)
    }

    fn around(&self, atom: u32) -> impl Iterator<Item = &Side> {
        let start = self.by_atom.partition_point(|&(other, _)| other < atom);
        let own = self.by_atom[start..].iter().take_while(move |&&(other, _)| other == atom);
        own.map(|&(_, place)| &self.all[place as usize])
    }

    /// Moves atoms until all double bonds show their configuration, or no more moves are left.
    pub fn mend(&self, points: &mut [Point], numbers: &mut Numbers) {
        let mut wrong: Vec<usize> =
            (0..self.all.len()).filter(|&place| !self.all[place].is_drawn(points)).collect();
        let mut moves = (MOVES * wrong.len()).min(MAX_MOVES);
        while let Some(&place) = wrong.last() {
            let side = &self.all[place];
            if side.is_drawn(points) {
                wrong.pop();
                continue;
            }
            if moves == 0 {
                return;
            }
            moves -= 1;
            let Some(atom) = side.atoms().nth(numbers.below(side.atoms().count())) else { return };
            let count = |points: &[Point]| self.around(atom).filter(|side| side.is_drawn(points)).count();
            let (before, good) = (points[atom as usize], count(points));
            points[atom as usize] = plus(before, numbers.vector(STEP));
            if count(points) < good {
                points[atom as usize] = before;
            }
        }
    }
}
