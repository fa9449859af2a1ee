//! A schematic drawing: where the atoms are.

use std::collections::VecDeque;
use std::f64::consts::{FRAC_PI_3, PI, TAU};

use super::plane::{Numbers, Point, angle, cross, minus, plus, toward, turned, unit};
use super::rings::{LENGTH, RingDrawing};
use super::sides::Sides;
use crate::molecule::{BondOrder, Molecule};

/// How far atoms are moved in a second drawing, and in each after it.
const SHIFT: f64 = 0.15;

/// Coordinates of a molecule, and buffers.
#[derive(Clone, Debug, Default)]
pub(super) struct Drawing {
    pub points: Vec<Point>,
    is_placed: Vec<bool>,
    rings: RingDrawing,
    /// Atoms whose neighbours are to be placed, with the side to which the chain turns next.
    queue: VecDeque<(u32, f64)>,
    /// Neighbours without place.
    open: Vec<u32>,
    /// Directions of those that have one.
    taken: Vec<f64>,
}

impl Drawing {
    /// Draws a molecule so that its double bonds have their configuration. Attempts after the first
    /// (0) move all atoms a little.
    pub fn draw(&mut self, molecule: &Molecule, sides: &Sides, attempt: u32) {
        let count = molecule.atoms.len();
        self.points.clear();
        self.points.resize(count, [0.0; 2]);
        self.is_placed.clear();
        self.is_placed.resize(count, false);
        self.rings.reset(molecule);
        let mut right = 0.0;
        for atom in 0..count as u32 {
            if !self.is_placed[atom as usize] {
                right = self.component(molecule, sides, atom, right) + 2.0 * LENGTH;
            }
        }
        let mut numbers = Numbers::new(attempt);
        if attempt > 0 {
            for point in &mut self.points {
                *point = plus(*point, numbers.vector(SHIFT * f64::from(attempt)));
            }
        }
        sides.mend(&mut self.points, &mut numbers);
    }

    /// Draws what is connected with an atom, to the right of `left`; returns its right end.
    fn component(&mut self, molecule: &Molecule, sides: &Sides, start: u32, left: f64) -> f64 {
        let mut atoms = Vec::new();
        self.queue.clear();
        if self.rings.has(start) {
            self.rings.place(molecule, start, &mut self.points, &mut self.is_placed);
            self.queue.extend(self.rings.atoms.iter().map(|&atom| (atom, 1.0)));
        } else {
            self.is_placed[start as usize] = true;
            self.queue.push_back((start, 1.0));
        }
        while let Some((atom, turn)) = self.queue.pop_front() {
            atoms.push(atom);
            self.spread(molecule, sides, atom, turn);
        }
        let bounds = atoms.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &atom| {
            let x = self.points[atom as usize][0];
            (low.min(x), high.max(x))
        });
        for &atom in &atoms {
            self.points[atom as usize][0] += left - bounds.0;
        }
        left + bounds.1 - bounds.0
    }

    /// Places the neighbours of an atom.
    fn spread(&mut self, molecule: &Molecule, sides: &Sides, atom: u32, turn: f64) {
        self.open.clear();
        self.taken.clear();
        let point = self.points[atom as usize];
        let mut parent = None;
        for entry in molecule.neighbors(atom as usize) {
            if self.is_placed[entry.atom as usize] {
                self.taken.push(angle(minus(self.points[entry.atom as usize], point)));
                parent = Some(*entry);
            } else {
                self.open.push(entry.atom);
            }
        }
        if self.open.is_empty() {
            return;
        }
        let (from, step) = match (&self.taken[..], self.open.len()) {
            ([], count) => (0.0, TAU / count as f64),
            ([back], 1) if is_straight(molecule, atom) => (back + PI, 0.0),
            ([back], 1) => (back + PI + turn * FRAC_PI_3, 0.0),
            _ => self.widest_gap(),
        };
        // a double bond to the atom from which the drawing came
        let side = parent.filter(|_| self.taken.len() == 1).and_then(|entry| {
            let side = sides.of(entry.bond)?;
            let (own, other) = side.references_from(atom)?;
            let axis = minus(point, self.points[entry.atom as usize]);
            let arm = minus(self.points[other as usize], self.points[entry.atom as usize]);
            let is_left = (cross(axis, arm) > 0.0) == side.is_cis;
            Some((own, axis, is_left, angle(axis)))
        });
        let (mut from, mut step, mut turn) = (from, step, turn);
        if let Some((own, axis, is_left, forward)) = side
            && let Some(place) = self.open.iter().position(|&other| other == own)
            && (cross(axis, toward(from + step * place as f64, 1.0)) > 0.0) != is_left
        {
            // mirrored at the axis
            (from, step, turn) = (2.0 * forward - from, -step, -turn);
        }
        for place in 0..self.open.len() {
            let other = self.open[place];
            let direction = from + step * place as f64;
            if self.is_placed[other as usize] {
                continue;
            }
            if self.rings.has(other) {
                self.attach(molecule, sides, other, atom, direction);
            } else {
                self.points[other as usize] = plus(point, toward(direction, LENGTH));
                self.is_placed[other as usize] = true;
                self.queue.push_back((other, -turn));
            }
        }
    }

    /// First direction and step for the open neighbours in the widest gap between the placed ones.
    fn widest_gap(&mut self) -> (f64, f64) {
        self.taken.sort_by(f64::total_cmp);
        let count = self.taken.len();
        let mut widest = (0.0, 0.0);
        for place in 0..count {
            let start = self.taken[place];
            let end = if place + 1 < count { self.taken[place + 1] } else { self.taken[0] + TAU };
            if end - start > widest.1 {
                widest = (start, end - start);
            }
        }
        let step = widest.1 / (self.open.len() + 1) as f64;
        (widest.0 + step, step)
    }

    /// Places a ring system with its atom `entry` beside `parent`.
    fn attach(&mut self, molecule: &Molecule, sides: &Sides, entry: u32, parent: u32, direction: f64) {
        self.rings.place(molecule, entry, &mut self.points, &mut self.is_placed);
        let origin = self.points[entry as usize];
        // the system lies ahead of the entry
        let neighbors = molecule.neighbors(entry as usize);
        let inside = neighbors
            .iter()
            .filter(|other| self.rings.atoms.contains(&other.atom))
            .fold([0.0; 2], |sum, other| plus(sum, minus(self.points[other.atom as usize], origin)));
        let ahead = unit(inside);
        let wanted = toward(direction, 1.0);
        let by = [wanted[0] * ahead[0] + wanted[1] * ahead[1], cross(ahead, wanted)];
        let place = plus(self.points[parent as usize], toward(direction, LENGTH));
        for &atom in &self.rings.atoms {
            let local = minus(self.points[atom as usize], origin);
            self.points[atom as usize] = plus(place, turned(local, by));
        }
        if let Some(bond) = neighbors.iter().find(|other| other.atom == parent).map(|other| other.bond)
            && let Some(side) = sides.of(bond)
            && let Some((own, other)) = side.references_from(entry)
            && self.is_placed[other as usize]
        {
            let start = self.points[parent as usize];
            let at = |atom: u32| cross(wanted, minus(self.points[atom as usize], start));
            if (at(own) * at(other) > 0.0) != side.is_cis {
                // mirrored at the bond
                for &atom in &self.rings.atoms {
                    let local = minus(self.points[atom as usize], place);
                    let height = cross(wanted, local);
                    let across = [-wanted[1] * height, wanted[0] * height];
                    self.points[atom as usize] =
                        plus(place, minus(local, [2.0 * across[0], 2.0 * across[1]]));
                }
            }
        }
        self.queue.extend(self.rings.atoms.iter().map(|&atom| (atom, 1.0)));
    }
}

/// Two neighbours of the atom are opposite each other.
fn is_straight(molecule: &Molecule, atom: u32) -> bool {
    let orders =
        molecule.neighbors(atom as usize).iter().map(|entry| molecule.bonds[entry.bond as usize].order);
    let (mut doubles, mut triples) = (0, 0);
    for order in orders {
        doubles += usize::from(order == BondOrder::Double);
        triples += usize::from(matches!(order, BondOrder::Triple | BondOrder::Quadruple));
    }
    triples > 0 || doubles > 1
}
