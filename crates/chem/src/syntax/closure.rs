//! Ring closures: pairing of the numbers, and the bonds they make.

use super::{BondToken, Seen, make_bond};
use crate::error::Reason;
use crate::molecule::{BondDirection, BondOrder, Molecule};
use crate::valence::Sums;

const OPEN: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
struct Closure {
    number: u32,
    first: u32,
    second: u32,
    first_token: BondToken,
    second_token: BondToken,
    opened: u32,
    closed: u32,
    bond: u32,
}

/// The closures of the molecule being read.
#[derive(Debug, Default)]
pub(super) struct Closures {
    closures: Vec<Closure>,
    /// By ring number: index of the open closure + 1, or 0.
    open: Vec<u32>,
    /// Closure digits of every atom, in the order of the text: (atom, index of the closure).
    digits: Vec<(u32, u32)>,
    order: Vec<u32>,
}

impl Closures {
    /// Notes the ring number `number` on `atom`.
    #[inline]
    pub fn add(&mut self, number: u32, atom: u32, token: BondToken, position: usize) {
        let slot = number as usize;
        if slot >= self.open.len() {
            self.open.resize((slot + 1).max(16), 0);
        }
        let found = self.open[slot];
        if found == 0 {
            self.closures.push(Closure {
                number,
                first: atom,
                second: OPEN,
                first_token: token,
                second_token: BondToken::Implicit,
                opened: position as u32,
                closed: 0,
                bond: 0,
            });
            self.open[slot] = self.closures.len() as u32;
            self.digits.push((atom, self.open[slot] - 1));
        } else {
            let closure = &mut self.closures[found as usize - 1];
            closure.second = atom;
            closure.second_token = token;
            closure.closed = position as u32;
            self.open[slot] = 0;
            self.digits.push((atom, found - 1));
        }
    }

    pub fn is_empty(&self) -> bool {
        self.closures.is_empty()
    }

    /// Forgets everything, keeping the buffers.
    pub fn clear(&mut self) {
        for closure in &self.closures {
            self.open[closure.number as usize] = 0;
        }
        self.closures.clear();
        self.digits.clear();
        self.order.clear();
    }

    /// Adds the ring bonds, by ring number and then in the order they were opened.
    pub fn close(&mut self, molecule: &mut Molecule, sums: &mut Sums, seen: &mut Seen) -> Result<(), Reason> {
        if self.closures.is_empty() {
            return Ok(());
        }
        self.order.extend(0..self.closures.len() as u32);
        let closures = &mut self.closures;
        if !closures.is_sorted_by_key(|closure| closure.number) {
            self.order.sort_unstable_by_key(|&index| (closures[index as usize].number, index));
        }
        for &index in &self.order {
            let closure = &mut closures[index as usize];
            let (number, first, second) = (closure.number, closure.first, closure.second);
            if second == OPEN {
                return Err(Reason::UnclosedRing { number, position: closure.opened as usize });
            }
            if first == second {
                let position = closure.closed as usize;
                return Err(Reason::RingToItself { number, position, atom: first });
            }
            let atoms = &mut molecule.atoms;
            let aromatic = atoms[first as usize].is_aromatic && atoms[second as usize].is_aromatic;
            for atom in [first, second] {
                let degree = &mut atoms[atom as usize].degree;
                *degree = degree.saturating_add(1);
            }
            // the first given order counts; a bond without one starts at the later atom
            let (token, other, from, to) = if closure.first_token.has_order() {
                (closure.first_token, closure.second_token, first, second)
            } else {
                (closure.second_token, closure.first_token, second, first)
            };
            let token = if token == BondToken::Any { BondToken::Implicit } else { token };
            let mut bond = make_bond(token, from, to, aromatic);
            if bond.direction == BondDirection::None && other.direction() != BondDirection::None {
                let same_begin = bond.begin == to;
                bond.direction = if same_begin { other.direction() } else { opposite(other.direction()) };
            }
            seen.note_bond(&bond);
            sums.add_bond(&bond);
            debug_assert!(bond.order != BondOrder::Unspecified);
            closure.bond = molecule.bonds.len() as u32;
            molecule.bonds.push(bond);
        }
        Ok(())
    }

    /// Refuses a closure that repeats another bond; the adjacency must be built.
    pub fn check_repeats(&self, molecule: &Molecule) -> Result<(), Reason> {
        for &index in &self.order {
            let closure = &self.closures[index as usize];
            let Closure { number, first, second, .. } = *closure;
            let count =
                molecule.neighbors(first as usize).iter().filter(|entry| entry.atom == second).count();
            if count > 1 {
                let position = closure.closed as usize;
                return Err(Reason::RepeatedBond { number, position, first, second });
            }
        }
        Ok(())
    }

    /// Sorts the digits by atom, for [`Self::of`].
    pub fn sort_digits(&mut self) {
        if !self.digits.is_sorted_by_key(|digit| digit.0) {
            self.digits.sort_by_key(|digit| digit.0);
        }
    }

    /// Ring bonds of an atom in the order of its digits; [`Self::sort_digits`] must have run.
    pub fn of(&self, atom: u32) -> impl Iterator<Item = u32> + '_ {
        let start = self.digits.partition_point(|digit| digit.0 < atom);
        self.digits[start..]
            .iter()
            .take_while(move |digit| digit.0 == atom)
            .map(|digit| self.closures[digit.1 as usize].bond)
    }
}

fn opposite(direction: BondDirection) -> BondDirection {
    match direction {
        BondDirection::None => BondDirection::None,
        BondDirection::Up => BondDirection::Down,
        BondDirection::Down => BondDirection::Up,
    }
}
