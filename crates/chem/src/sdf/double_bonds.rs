//! Direction marks beside double bonds, from coordinates.

use std::f64::consts::FRAC_PI_2;

use super::block::{Block, Drawn};
use super::geometry::{Vector, dihedral, dot, length_squared, minus};
use crate::molecule::{Bond, BondDirection, BondOrder, BondStereo, Molecule};
use crate::rings::Blocks;

/// Rings smaller than this fix the configuration of their double bonds.
const SMALLEST_STEREO_RING: usize = 8;
/// Cosine of the angle (178 degrees) from which three atoms count as in line.
const IN_LINE: f64 = -0.999388;

/// Buffers of the search.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// By bond: a single bond still without mark, or a double bond still to be looked at.
    open: Vec<bool>,
    /// By single bond: how many double bonds that may have a configuration are beside it.
    counts: Vec<u32>,
    /// Double bonds with their priority.
    queue: Vec<(u64, u32)>,
    /// Double bonds to be looked at before the next of the queue.
    pending: Vec<u32>,
    /// Atoms reached in the search for small rings.
    reached: Vec<u32>,
}

/// Marks the bonds beside all double bonds that can have a configuration. Where wavy bonds or
/// atoms in line leave it open the double bond says so.
pub(super) fn mark(molecule: &mut Molecule, block: &Block, blocks: &Blocks, scratch: &mut Scratch) {
    find_candidates(molecule, blocks, scratch);
    // the highest priority first, later bonds first among equals
    scratch.queue.sort_unstable();
    while let Some((_, bond)) = scratch.queue.pop() {
        scratch.pending.clear();
        scratch.pending.push(bond);
        while let Some(bond) = scratch.pending.pop() {
            if std::mem::replace(&mut scratch.open[bond as usize], false) {
                configure(molecule, block, bond, scratch);
            }
        }
    }
}

fn find_candidates(molecule: &Molecule, blocks: &Blocks, scratch: &mut Scratch) {
    scratch.open.clear();
    scratch.open.resize(molecule.bonds.len(), false);
    scratch.counts.clear();
    scratch.counts.resize(molecule.bonds.len(), 0);
    scratch.queue.clear();
    for (index, bond) in molecule.bonds.iter().enumerate() {
        let has_neighbors = |atom: u32| molecule.atoms[atom as usize].degree > 1;
        if bond.order != BondOrder::Double
            || bond.stereo == BondStereo::Any
            || !has_neighbors(bond.begin)
            || !has_neighbors(bond.end)
        {
            continue;
        }
        let in_ring = blocks.is_in_ring(index as u32);
        if in_ring && is_in_small_ring(molecule, blocks, index as u32, &mut scratch.reached) {
            continue;
        }
        let mut priority = 0;
        for end in [bond.begin, bond.end] {
            for neighbor in molecule.neighbors(end as usize) {
                if can_be_marked(&molecule.bonds[neighbor.bond as usize]) {
                    scratch.counts[neighbor.bond as usize] += 1;
                    scratch.open[neighbor.bond as usize] = true;
                    scratch.open[index] = true;
                    // RDKit adds up the numbers of the bonds
                    priority += u64::from(neighbor.bond);
                }
            }
        }
        scratch.queue.push((if in_ring { priority } else { 10 * priority }, index as u32));
    }
}

fn can_be_marked(bond: &Bond) -> bool {
    matches!(bond.order, BondOrder::Single | BondOrder::Aromatic)
}

/// Whether a ring bond closes a ring that is too small for a configuration.
fn is_in_small_ring(molecule: &Molecule, blocks: &Blocks, index: u32, reached: &mut Vec<u32>) -> bool {
    let bond = molecule.bonds[index as usize];
    let block = blocks.of(index);
    reached.clear();
    reached.push(bond.begin);
    let mut level = 0;
    // a ring of n atoms: the other end is n - 1 steps away
    for _ in 0..SMALLEST_STEREO_RING - 2 {
        let end = reached.len();
        for place in level..end {
            for neighbor in molecule.neighbors(reached[place] as usize) {
                if neighbor.bond == index || !blocks.contains(block, neighbor.bond) {
                    continue;
                }
                if neighbor.atom == bond.end {
                    return true;
                }
                if !reached.contains(&neighbor.atom) {
                    reached.push(neighbor.atom);
                }
            }
        }
        level = end;
    }
    false
}

/// The bonds at one end of a double bond.
struct End {
    atom: u32,
    /// The bond to be marked, and the other one.
    bond: u32,
    other: Option<u32>,
}

impl End {
    fn swap(&mut self) -> bool {
        match self.other {
            Some(other) => {
                self.other = Some(std::mem::replace(&mut self.bond, other));
                true
            }
            None => false,
        }
    }

    fn neighbor(&self, molecule: &Molecule, block: &Block) -> Vector {
        block.points[molecule.bonds[self.bond as usize].other(self.atom) as usize]
    }
}

/// What one end of a double bond allows.
enum Look {
    Found(End),
    /// Nothing to be marked.
    Nothing,
    /// A wavy bond: any configuration.
    Unknown,
}

/// Chooses the bond to be marked at one end: one that is marked already, or one beside more
/// double bonds.
fn look(molecule: &Molecule, block: &Block, scratch: &Scratch, atom: u32, double_bond: u32) -> Look {
    let mut chosen: Option<u32> = None;
    let mut other = None;
    for neighbor in molecule.neighbors(atom as usize) {
        let bond = neighbor.bond;
        if bond == double_bond || !can_be_marked(&molecule.bonds[bond as usize]) {
            continue;
        }
        if block.drawn[bond as usize] == Drawn::Wavy {
            return Look::Unknown;
        }
        let count = |bond: u32| scratch.counts[bond as usize];
        match chosen {
            Some(before) if scratch.open[bond as usize] && count(bond) <= count(before) => other = Some(bond),
            _ => other = chosen.replace(bond),
        }
    }
    chosen.map_or(Look::Nothing, |bond| Look::Found(End { atom, bond, other }))
}

/// Whether two bonds at an atom point in opposite directions, or one has no length.
fn is_in_line(a: Vector, b: Vector) -> bool {
    let scale = length_squared(a) * length_squared(b);
    scale < 1e-6 || dot(a, b) < IN_LINE * scale.sqrt()
}

fn configure(molecule: &mut Molecule, block: &Block, index: u32, scratch: &mut Scratch) {
    let ends = [molecule.bonds[index as usize].begin, molecule.bonds[index as usize].end];
    let any = |molecule: &mut Molecule| molecule.bonds[index as usize].stereo = BondStereo::Any;
    let mut begin = match look(molecule, block, scratch, ends[0], index) {
        Look::Found(end) => end,
        Look::Nothing => return,
        Look::Unknown => return any(molecule),
    };
    let mut end = match look(molecule, block, scratch, ends[1], index) {
        Look::Found(end) => end,
        Look::Nothing => return,
        Look::Unknown => return any(molecule),
    };
    let points = ends.map(|atom| block.points[atom as usize]);
    let axis = minus(points[1], points[0]);
    let back = minus(points[0], points[1]);
    let straight = |end: &End, molecule: &Molecule, from: Vector, axis: Vector| {
        is_in_line(minus(end.neighbor(molecule, block), from), axis)
    };
    let begin_is_bent = !straight(&begin, molecule, points[0], axis)
        || (begin.swap() && !straight(&begin, molecule, points[0], axis));
    // the second look at this end measures from the other end, as RDKit does
    let end_is_bent = begin_is_bent
        && (!straight(&end, molecule, points[1], back)
            || (end.swap() && !straight(&end, molecule, points[0], back)));
    if !end_is_bent {
        return any(molecule);
    }
    let corners = [begin.neighbor(molecule, block), points[0], points[1], end.neighbor(molecule, block)];
    let is_trans = dihedral(corners) >= FRAC_PI_2;
    // the last one pushed is looked at first
    follow_up(molecule, &end, scratch);
    follow_up(molecule, &begin, scratch);
    set_marks(molecule, scratch, [&begin, &end], is_trans);
}

/// Double bonds beside a bond that is about to be marked come next.
fn follow_up(molecule: &Molecule, end: &End, scratch: &mut Scratch) {
    if !scratch.open[end.bond as usize] {
        return;
    }
    let bond = &molecule.bonds[end.bond as usize];
    let from = scratch.pending.len();
    for atom in [bond.begin, bond.end] {
        for neighbor in molecule.neighbors(atom as usize) {
            let is_double = molecule.bonds[neighbor.bond as usize].order == BondOrder::Double;
            if is_double && scratch.open[neighbor.bond as usize] {
                scratch.pending.push(neighbor.bond);
            }
        }
    }
    scratch.pending[from..].sort_unstable_by(|first, second| second.cmp(first));
}

/// Marks the chosen bonds of both ends, and the others so that they agree.
fn set_marks(molecule: &mut Molecule, scratch: &mut Scratch, ends: [&End; 2], is_trans: bool) {
    let [begin, end] = ends;
    let is_open = [scratch.open[begin.bond as usize], scratch.open[end.bond as usize]];
    // marks are compared as if the bonds began at the double bond: trans has opposite ones
    match is_open {
        [false, false] => {}
        [false, true] => {
            let known = seen_from(&molecule.bonds[begin.bond as usize], begin.atom);
            set(molecule, end.bond, end.atom, if is_trans { opposite(known) } else { known });
        }
        [true, false] => {
            let known = seen_from(&molecule.bonds[end.bond as usize], end.atom);
            set(molecule, begin.bond, begin.atom, if is_trans { opposite(known) } else { known });
        }
        [true, true] => {
            set(molecule, begin.bond, begin.atom, BondDirection::Down);
            let mark = if is_trans { BondDirection::Up } else { BondDirection::Down };
            set(molecule, end.bond, end.atom, mark);
        }
    }
    for end in ends {
        scratch.open[end.bond as usize] = false;
    }
    for end in ends {
        if let Some(other) = end.other.filter(|&other| scratch.open[other as usize]) {
            let known = seen_from(&molecule.bonds[end.bond as usize], end.atom);
            set(molecule, other, end.atom, opposite(known));
            scratch.open[other as usize] = false;
        }
    }
}

fn opposite(direction: BondDirection) -> BondDirection {
    match direction {
        BondDirection::None => BondDirection::None,
        BondDirection::Up => BondDirection::Down,
        BondDirection::Down => BondDirection::Up,
    }
}

/// The mark of a bond, read as if it began at `atom`.
fn seen_from(bond: &Bond, atom: u32) -> BondDirection {
    if bond.begin == atom { bond.direction } else { opposite(bond.direction) }
}

/// Marks a bond so that, read from `atom`, it has this direction.
fn set(molecule: &mut Molecule, bond: u32, atom: u32, direction: BondDirection) {
    let bond = &mut molecule.bonds[bond as usize];
    bond.direction = if bond.begin == atom { direction } else { opposite(direction) };
}
