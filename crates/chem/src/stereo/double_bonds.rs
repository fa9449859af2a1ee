//! Configuration of double bonds from the direction marks beside them.

use super::centers::Pass;
use super::ranks::Ranks;
use super::rings::allows_double_bond_stereo;
use crate::{BondDirection, BondOrder, BondStereo, Molecule};

/// Direction marks as seen from one end of a double bond, for its one or two other neighbours.
struct End {
    /// Neighbour of the highest rank, and the direction to it.
    atom: u32,
    direction: BondDirection,
    /// Both bonds of the end, where their marks contradict each other.
    conflict: Option<[u32; 2]>,
}

/// Sets every double bond that has direction marks on both sides and different neighbours.
/// `conflicting` is working memory.
pub(super) fn configure(molecule: &mut Molecule, ranks: &Ranks, conflicting: &mut Vec<u32>) -> Pass {
    let mut pass = Pass { unassigned: false, changed: false, pending: false };
    conflicting.clear();
    for index in 0..molecule.bonds.len() as u32 {
        let bond = molecule.bonds[index as usize];
        if bond.order != BondOrder::Double
            || bond.stereo != BondStereo::None
            || !matches!(molecule.atoms[bond.begin as usize].degree, 2 | 3)
            || !matches!(molecule.atoms[bond.end as usize].degree, 2 | 3)
            || !allows_double_bond_stereo(molecule, index)
        {
            continue;
        }
        let (Some(begin), Some(end)) =
            (look(molecule, ranks, bond.begin, index), look(molecule, ranks, bond.end, index))
        else {
            pass.unassigned = true;
            pass.pending |= has_mark(molecule, bond.begin) && has_mark(molecule, bond.end);
            continue;
        };
        pass.changed = true;
        if begin.conflict.is_some() || end.conflict.is_some() {
            conflicting.extend(begin.conflict.into_iter().chain(end.conflict).flatten());
            continue;
        }
        let bond = &mut molecule.bonds[index as usize];
        bond.stereo_atoms = [begin.atom, end.atom];
        bond.stereo = if begin.direction == end.direction { BondStereo::Z } else { BondStereo::E };
    }
    for &bond in conflicting.iter() {
        molecule.bonds[bond as usize].direction = BondDirection::None;
    }
    pass
}

/// Whether a bond of an atom has a direction mark.
pub(super) fn has_mark(molecule: &Molecule, atom: u32) -> bool {
    molecule
        .neighbors(atom as usize)
        .iter()
        .any(|neighbor| molecule.bonds[neighbor.bond as usize].direction != BondDirection::None)
}

/// The marks at one end of a double bond, read as if the marked bonds began there.
fn look(molecule: &Molecule, ranks: &Ranks, atom: u32, double_bond: u32) -> Option<End> {
    let mut others = molecule.neighbors(atom as usize).iter().filter(|neighbor| neighbor.bond != double_bond);
    let first = *others.next()?;
    let mark = |bond: u32| {
        let bond = &molecule.bonds[bond as usize];
        if bond.begin == atom { bond.direction } else { opposite(bond.direction) }
    };
    let first_mark = mark(first.bond);
    let Some(&second) = others.next() else {
        return (first_mark != BondDirection::None).then_some(End {
            atom: first.atom,
            direction: first_mark,
            conflict: None,
        });
    };
    let second_mark = mark(second.bond);
    let ranks = (ranks.of(first.atom), ranks.of(second.atom));
    if (first_mark, second_mark) == (BondDirection::None, BondDirection::None) || ranks.0 == ranks.1 {
        return None;
    }
    // Where only one bond is marked, the other points the opposite way.
    let (atom, direction) = match (ranks.0 > ranks.1, first_mark, second_mark) {
        (true, BondDirection::None, other) => (first.atom, opposite(other)),
        (true, own, _) => (first.atom, own),
        (false, other, BondDirection::None) => (second.atom, opposite(other)),
        (false, _, own) => (second.atom, own),
    };
    let conflict = (first_mark == second_mark).then_some([first.bond, second.bond]);
    Some(End { atom, direction, conflict })
}

fn opposite(direction: BondDirection) -> BondDirection {
    match direction {
        BondDirection::None => BondDirection::None,
        BondDirection::Up => BondDirection::Down,
        BondDirection::Down => BondDirection::Up,
    }
}
