//! Tetrahedral tags from a flat drawing with wedges.
//!
//! A wedge lifts its far end a little out of the plane, a hashed one lowers it. The tag is then
//! the sign of a volume spanned by three of the bonds, with rules for drawings that are drawn
//! badly: those that RDKit accepts are accepted, those that it finds ambiguous get no tag.

use super::block::{Block, Drawn};
use super::geometry::{Vector, cross, direction, dot, length_squared, minus};
use crate::molecule::{BondOrder, Chirality, Molecule};
use crate::valence::{Sums, explicit_valence, implicit_hydrogens};

/// Height of a wedge's far end, in lengths of the wedge.
const LIFT: f64 = 0.1;
/// Heights below this are flat.
const FLAT: f64 = 1e-4;
/// Squared lengths and products below this are zero.
const ZERO: f64 = 1e-3;
/// Volumes below this are no volumes.
const SMALLEST_VOLUME: f64 = 0.00174;
/// Squared sine of the angle between two bonds below which they are one line (just under 178 degrees).
const LINE: f64 = 0.00031;

/// Sets the tags of all atoms at the narrow end of a wedge. The first wedge that gives a tag
/// counts, and a wavy bond takes the tag away.
pub(super) fn assign(molecule: &mut Molecule, block: &Block, sums: &Sums) {
    let mut is_settled = vec![false; molecule.atoms.len()];
    for bond in 0..molecule.bonds.len() {
        let index = molecule.bonds[bond].begin as usize;
        match block.drawn[bond] {
            Drawn::Plain => {}
            Drawn::Wavy => {
                molecule.atoms[index].chirality = Chirality::None;
                is_settled[index] = true;
            }
            Drawn::Wedge | Drawn::Hash if is_settled[index] => {}
            Drawn::Wedge | Drawn::Hash => {
                let tag = tag(molecule, block, bond as u32).unwrap_or_default();
                is_settled[index] = tag != Chirality::None;
                molecule.atoms[index].chirality = tag;
                keep_hydrogen(molecule, sums, index);
            }
        }
    }
}

/// The one hydrogen that an atom with three neighbours implies is a neighbour of the centre.
fn keep_hydrogen(molecule: &mut Molecule, sums: &Sums, index: usize) {
    let atom = &mut molecule.atoms[index];
    if atom.degree == 3 && atom.explicit_hydrogens == 0 {
        let explicit = explicit_valence(atom, sums.of(index));
        if implicit_hydrogens(index, atom, sums.of(index), explicit) == Ok(1) {
            atom.explicit_hydrogens = 1;
        }
    }
}

/// Bonds around an atom, as unit vectors with wedges lifted, in an order to be sorted.
struct Center {
    vectors: [Vector; 4],
    count: usize,
    /// Places in `vectors`: the wedge first, then the others around the atom.
    order: [usize; 4],
    /// The order is an odd permutation of that of the bonds.
    is_odd: bool,
}

pub(super) fn tag(molecule: &Molecule, block: &Block, wedge: u32) -> Option<Chirality> {
    let mut center = collect(molecule, block, wedge)?;
    if center.count == 4 {
        center.bend_straight_pair();
        center.sort_four();
    } else {
        center.sort_three();
    }
    if center.has_contradiction() || (center.count == 3 && center.has_split_sides()) {
        return None;
    }
    let volume = if center.count == 3 { center.volume_of_three() } else { center.volume_of_four()? };
    let volume = if center.is_odd { -volume } else { volume };
    if volume > SMALLEST_VOLUME {
        Some(Chirality::CounterClockwise)
    } else if volume < -SMALLEST_VOLUME {
        Some(Chirality::Clockwise)
    } else {
        None
    }
}

/// The bonds at the narrow end of a wedge, `None` where they cannot show a centre.
fn collect(molecule: &Molecule, block: &Block, wedge: u32) -> Option<Center> {
    let index = molecule.bonds[wedge as usize].begin;
    let neighbors = molecule.neighbors(index as usize);
    let count = neighbors.len();
    if !matches!(count, 3 | 4) {
        return None;
    }
    let flat = |atom: u32, height: f64| {
        let point = block.points[atom as usize];
        [point[0], point[1], height]
    };
    let origin = flat(index, 0.0);
    let mut center = Center { vectors: [[0.0; 3]; 4], count, order: [0, 1, 2, 3], is_odd: false };
    let length =
        length_squared(minus(origin, block.points[molecule.bonds[wedge as usize].end as usize])).sqrt();
    let lift = if length > 0.0 { LIFT * length } else { LIFT };
    let mut all_single = true;
    for (place, neighbor) in neighbors.iter().enumerate() {
        let bond = &molecule.bonds[neighbor.bond as usize];
        let height = match block.drawn[neighbor.bond as usize] {
            Drawn::Wedge if bond.begin == index => lift,
            Drawn::Hash if bond.begin == index => -lift,
            _ => 0.0,
        };
        let point = flat(neighbor.atom, height);
        if neighbor.bond == wedge {
            center.order.swap(0, place);
            center.is_odd = place != 0;
        } else if length_squared(minus(origin, point)) < ZERO {
            return None;
        }
        all_single &= bond.order == BondOrder::Single;
        center.vectors[place] = direction(origin, point);
    }
    let may_have_double_bonds = matches!(molecule.atoms[index as usize].atomic_number, 15 | 16);
    let overlap = (0..count).any(|place| {
        (0..place).any(|other| length_squared(minus(center.vectors[place], center.vectors[other])) < ZERO)
    });
    (!overlap && (all_single || may_have_double_bonds)).then_some(center)
}

impl Center {
    fn at(&self, place: usize) -> Vector {
        self.vectors[self.order[place]]
    }

    fn at_mut(&mut self, place: usize) -> &mut Vector {
        &mut self.vectors[self.order[place]]
    }

    /// The bond as drawn, without its height.
    fn flat(&self, place: usize) -> Vector {
        let [x, y, _] = self.at(place);
        [x, y, 0.0]
    }

    /// Two of the other bonds in one line, the wedge not in it: they bend away from the wedge.
    fn bend_straight_pair(&mut self) {
        let across = |other: usize| length_squared(cross(self.at(1), self.at(other)));
        if across(2) < 10.0 * ZERO && across(0) > 10.0 * ZERO {
            self.at_mut(1)[2] = -self.at(0)[2];
        }
    }

    /// Puts the second and third bond in the order in which they come around the atom.
    fn sort_three(&mut self) {
        let wedge = self.at(0);
        let turns = [1, 2].map(|place| cross(wedge, self.at(place))[2]);
        let along = [1, 2].map(|place| dot(wedge, self.at(place)));
        let swap = if along[0].abs() - 1.0 > -ZERO {
            turns[1] < 0.0
        } else if along[1].abs() - 1.0 > -ZERO && turns[0] < 0.0 {
            true
        } else if turns[0] * turns[1] < -ZERO {
            turns[0] < turns[1]
        } else if along[0] * along[1] < -ZERO {
            along[0] < along[1]
        } else {
            along[0].abs() > along[1].abs()
        };
        if swap {
            self.order.swap(1, 2);
            self.is_odd = !self.is_odd;
        }
    }

    /// Puts the three others in the order in which they come around the atom.
    fn sort_four(&mut self) {
        let wedge = self.at(0);
        let mut keys = [1, 2, 3].map(|place| {
            let vector = self.at(place);
            let side = if cross(wedge, vector)[2] < -ZERO { -1.0 } else { 1.0 };
            (side, side * dot(wedge, vector), self.order[place])
        });
        keys.sort_by(|first, second| second.partial_cmp(first).unwrap_or(std::cmp::Ordering::Equal));
        let moved = (1..4).filter(|&place| self.order[place] != keys[place - 1].2).count();
        for (place, key) in keys.into_iter().enumerate() {
            self.order[place + 1] = key.2;
        }
        // three that moved went round in a circle
        self.is_odd ^= moved == 2;
    }

    /// Two bonds in opposite directions, one up and one down. Allowed between neighbours of four,
    /// as sugars are often drawn: then the second counts as flat.
    fn has_contradiction(&mut self) -> bool {
        for first in 0..self.count {
            for second in first + 1..self.count {
                let (a, b) = (self.at(first), self.at(second));
                if a[2] * b[2] >= -ZERO || length_squared(cross(a, b)) >= 0.01 {
                    continue;
                }
                let are_neighbors = second - first == 1 || (first, second) == (0, 3);
                if self.count == 4 && (dot(a, b) + 1.0).abs() < ZERO && are_neighbors {
                    self.at_mut(second)[2] = 0.0;
                    continue;
                }
                return true;
            }
        }
        false
    }

    /// Of three bonds one is up, one down, and the flat one stands between them.
    fn has_split_sides(&self) -> bool {
        let is_between = |flat: usize, other: usize| {
            let turn = |place: usize| cross(self.at(flat), self.at(place))[2];
            self.at(other)[2] * self.at(0)[2] < -FLAT
                && self.at(flat)[2].abs() < FLAT
                && turn(0) * turn(other) < -FLAT
        };
        is_between(2, 1) || is_between(1, 2)
    }

    fn volume_of_three(&self) -> f64 {
        let (mut second, mut third) = (self.flat(1), self.flat(2));
        let mut normal = cross(second, third);
        if length_squared(normal) < LINE {
            // a T: the bar bends away from the wedge
            second[2] = -self.at(0)[2];
            third[2] = second[2];
            normal = cross(second, third);
        }
        dot(normal, self.at(0))
    }

    /// From the wedge, the second bond, and the third or the fourth: whichever shows more.
    fn volume_of_four(&mut self) -> Option<f64> {
        let normal = cross(self.flat(1), self.flat(2));
        if length_squared(normal) < 10.0 * ZERO && self.at(3)[2].abs() < FLAT {
            self.at_mut(3)[2] = -self.at(0)[2];
        }
        let by_third = dot(normal, self.at(0));
        let by_fourth = dot(cross(self.flat(1), self.flat(3)), self.at(0));
        let along = [2, 3].map(|place| dot(self.at(1), self.at(place)));
        let mut volume = by_third;
        if by_third.abs() < ZERO {
            if by_fourth.abs() < ZERO {
                return None;
            }
            volume = by_fourth;
            self.is_odd = !self.is_odd;
        } else if by_third * by_fourth > 0.0 && by_fourth.abs() > SMALLEST_VOLUME && along[0] < along[1] {
            volume = by_fourth;
            self.is_odd = !self.is_odd;
        } else if by_third.abs() < SMALLEST_VOLUME && by_fourth.abs() > SMALLEST_VOLUME {
            volume = by_fourth;
            self.is_odd ^= by_third * by_fourth < 0.0;
        }
        Some(volume)
    }
}
