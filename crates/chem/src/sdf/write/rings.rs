//! Rings of a drawing: polygons beside each other, and arcs where rings share more than a bond.

use std::collections::VecDeque;
use std::f64::consts::{PI, TAU};

use super::plane::{Point, cross, length, minus, plus, times, turned, unit};
use crate::molecule::Molecule;

/// Length of a bond.
pub(super) const LENGTH: f64 = 1.5;
/// Atoms closer than this are on top of each other.
const CLOSE: f64 = 0.5;
/// Systems with more atoms than this are drawn without looking for atoms on top of each other.
const MAX_CHECKED: usize = 500;
/// Heights of an arc that are tried, in heights of the regular one.
const HEIGHTS: [f64; 9] = [1.0, -1.0, 0.5, -0.5, 1.6, -1.6, 0.2, 2.2, -2.2];

/// Which rings share atoms, and buffers.
#[derive(Clone, Debug, Default)]
pub(super) struct RingDrawing {
    /// Rings of an atom: `of_atom[starts[atom]..starts[atom + 1]]`.
    starts: Vec<u32>,
    of_atom: Vec<u32>,
    /// By ring.
    is_done: Vec<bool>,
    queue: VecDeque<u32>,
    /// Atoms of the system that is being drawn, in the order in which they were placed.
    pub atoms: Vec<u32>,
}

impl RingDrawing {
    pub fn reset(&mut self, molecule: &Molecule) {
        let count = molecule.atoms.len();
        self.starts.clear();
        self.starts.resize(count + 1, 0);
        for &atom in &molecule.ring_atoms {
            self.starts[atom as usize + 1] += 1;
        }
        for atom in 0..count {
            self.starts[atom + 1] += self.starts[atom];
        }
        let mut next = self.starts.clone();
        self.of_atom.clear();
        self.of_atom.resize(molecule.ring_atoms.len(), 0);
        for ring in 0..molecule.ring_count() {
            for &atom in molecule.ring_atoms(ring) {
                self.of_atom[next[atom as usize] as usize] = ring as u32;
                next[atom as usize] += 1;
            }
        }
        self.is_done.clear();
        self.is_done.resize(molecule.ring_count(), false);
    }

    fn rings_of(&self, atom: u32) -> &[u32] {
        &self.of_atom[self.starts[atom as usize] as usize..self.starts[atom as usize + 1] as usize]
    }

    /// Whether the atom is in a ring.
    pub fn has(&self, atom: u32) -> bool {
        !self.rings_of(atom).is_empty()
    }

    /// Places the ring system of an atom somewhere. `atoms` are those that were placed.
    pub fn place(&mut self, molecule: &Molecule, entry: u32, points: &mut [Point], is_placed: &mut [bool]) {
        self.atoms.clear();
        let Some(&first) = self.rings_of(entry).first() else { return };
        self.queue.clear();
        self.queue.push_back(first);
        self.is_done[first as usize] = true;
        while let Some(ring) = self.queue.pop_front() {
            let from = self.atoms.len();
            self.place_ring(molecule, molecule.ring_atoms(ring as usize), points, is_placed);
            // rings that share a bond with this one are drawn before those that share an atom
            for place in from..self.atoms.len() {
                for index in 0..self.rings_of(self.atoms[place]).len() {
                    let other = self.rings_of(self.atoms[place])[index];
                    if !std::mem::replace(&mut self.is_done[other as usize], true) {
                        self.queue.push_back(other);
                    }
                }
            }
        }
    }

    fn place_ring(
        &mut self,
        molecule: &Molecule,
        ring: &[u32],
        points: &mut [Point],
        is_placed: &mut [bool],
    ) {
        let count = ring.len();
        let Some(start) = ring.iter().position(|&atom| is_placed[atom as usize]) else {
            let radius = LENGTH / (2.0 * (PI / count as f64).sin());
            for (place, &atom) in ring.iter().enumerate() {
                let angle = TAU * place as f64 / count as f64;
                self.set(atom, [radius * angle.cos(), radius * angle.sin()], points, is_placed);
            }
            return;
        };
        // runs of atoms without place, between two that have one
        let at = |place: usize| ring[(start + place) % count];
        let mut place = 1;
        while place <= count {
            if place == count || is_placed[at(place) as usize] {
                place += 1;
                continue;
            }
            let from = place - 1;
            while place < count && !is_placed[at(place) as usize] {
                place += 1;
            }
            let run: Vec<u32> = (from + 1..place).map(at).collect();
            self.place_run(molecule, at(from), at(place), &run, points, is_placed);
        }
    }

    /// Places atoms between `from` and `to`, which may be the same.
    fn place_run(
        &mut self,
        molecule: &Molecule,
        from: u32,
        to: u32,
        run: &[u32],
        points: &mut [Point],
        is_placed: &mut [bool],
    ) {
        let (start, end) = (points[from as usize], points[to as usize]);
        let neighbors = |atom: u32| molecule.neighbors(atom as usize).iter().map(|entry| entry.atom);
        let placed = neighbors(from).chain(neighbors(to)).filter(|&atom| is_placed[atom as usize]);
        let away = placed.fold([0.0; 2], |sum, atom| plus(sum, minus(start, points[atom as usize])));
        let mut best: Option<(f64, Vec<Point>)> = None;
        for height in HEIGHTS {
            let trial = if from == to {
                polygon(start, unit(away), run.len(), height)
            } else {
                let axis = minus(end, start);
                let side = if cross(axis, away) < -1e-6 { -1.0 } else { 1.0 };
                arc(start, end, run.len(), side * height)
            };
            let closest = self.closest(&trial, points);
            if best.as_ref().is_none_or(|(distance, _)| closest > *distance) {
                best = Some((closest, trial));
            }
            if closest > CLOSE {
                break;
            }
        }
        for (&atom, &point) in run.iter().zip(best.iter().flat_map(|(_, trial)| trial)) {
            self.set(atom, point, points, is_placed);
        }
    }

    /// Distance from the closest atom of the system.
    fn closest(&self, trial: &[Point], points: &[Point]) -> f64 {
        if self.atoms.len() > MAX_CHECKED {
            return f64::INFINITY;
        }
        let distances = trial.iter().flat_map(|point| {
            self.atoms.iter().map(move |&atom| length(minus(*point, points[atom as usize])))
        });
        distances.fold(f64::INFINITY, f64::min)
    }

    fn set(&mut self, atom: u32, point: Point, points: &mut [Point], is_placed: &mut [bool]) {
        points[atom as usize] = point;
        is_placed[atom as usize] = true;
        self.atoms.push(atom);
    }
}

/// The corners of a polygon behind its corner `start`, in a direction.
fn polygon(start: Point, direction: Point, count: usize, size: f64) -> Vec<Point> {
    let corners = (count + 1) as f64;
    let radius = LENGTH / (2.0 * (PI / corners).sin()) * size;
    let center = plus(start, times(direction, radius));
    let back = times(direction, -radius);
    (1..=count)
        .map(|place| {
            let angle = TAU * place as f64 / corners;
            plus(center, turned(back, [angle.cos(), angle.sin()]))
        })
        .collect()
}

/// Points on an arc between two others, to the left for a positive height.
fn arc(start: Point, end: Point, count: usize, height: f64) -> Vec<Point> {
    let axis = minus(end, start);
    let chord = length(axis).max(1e-3);
    let steps = (count + 1) as f64;
    let middle = times(plus(start, end), 0.5);
    let along = unit(axis);
    let left = [-along[1], along[0]];
    let at = |x: f64, y: f64| plus(middle, plus(times(along, x), times(left, y * height)));
    if steps * LENGTH <= 1.02 * chord {
        return (1..=count)
            .map(|place| {
                let part = place as f64 / steps;
                at((part - 0.5) * chord, 0.5 * (PI * part).sin())
            })
            .collect();
    }
    // the angle of the arc whose chord and steps have these lengths: larger angles, shorter chords
    let ratio = |angle: f64| (angle / 2.0).sin() / (angle / (2.0 * steps)).sin();
    let (mut low, mut high) = (1e-6, TAU - 1e-6);
    for _ in 0..60 {
        let angle = (low + high) / 2.0;
        if ratio(angle) * LENGTH > chord { low = angle } else { high = angle }
    }
    let angle = (low + high) / 2.0;
    let radius = LENGTH / (2.0 * (angle / (2.0 * steps)).sin());
    (1..=count)
        .map(|place| {
            let own = angle * (place as f64 / steps - 0.5);
            at(radius * own.sin(), radius * (own.cos() - (angle / 2.0).cos()))
        })
        .collect()
}
