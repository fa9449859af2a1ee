//! The stereo elements of a molecule that are not decided yet.

use super::colors::is_configured;
use super::partition::Partition;
use super::stereo::{bond_parity, center_parity};
use crate::Molecule;

const NONE: u32 = u32::MAX;

/// A centre or a double bond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    /// An atom.
    Center(u32),
    /// A bond.
    DoubleBond(u32),
}

/// All elements; keeps its buffers.
#[derive(Clone, Debug, Default)]
pub(super) struct Elements {
    /// The first `open` are not decided.
    list: Vec<Element>,
    open: usize,
    /// Place in the list of every atom and every bond, or `NONE`.
    places: [Vec<u32>; 2],
}

impl Elements {
    /// Collects all elements, none if not `isomeric`.
    pub fn start(&mut self, molecule: &Molecule, isomeric: bool) {
        self.list.clear();
        self.open = 0;
        if !isomeric {
            return;
        }
        let atoms = molecule.atoms().iter().enumerate();
        let centers = atoms.filter(|(_, atom)| atom.chirality.is_tetrahedral());
        self.list.extend(centers.map(|(index, _)| Element::Center(index as u32)));
        let bonds = molecule.bonds().iter().enumerate();
        let configured = bonds.filter(|(_, bond)| is_configured(bond));
        self.list.extend(configured.map(|(index, _)| Element::DoubleBond(index as u32)));
        self.open = self.list.len();
        if self.open == 0 {
            return;
        }
        for (places, length) in self.places.iter_mut().zip([molecule.atoms().len(), molecule.bonds().len()]) {
            places.clear();
            places.resize(length, NONE);
        }
        for place in 0..self.open {
            self.set_place(place);
        }
    }

    fn set_place(&mut self, place: usize) {
        let slot = match self.list[place] {
            Element::Center(atom) => &mut self.places[0][atom as usize],
            Element::DoubleBond(bond) => &mut self.places[1][bond as usize],
        };
        *slot = place as u32;
    }

    /// Number of elements that are not decided.
    pub fn open(&self) -> usize {
        self.open
    }

    /// Goes back to where there were more open elements.
    pub fn reopen(&mut self, open: usize) {
        self.open = open;
    }

    /// Hands out what is decided now and was not before, with its handedness, and closes it.
    pub fn decide_all(
        &mut self,
        molecule: &Molecule,
        partition: &Partition,
        mut decided: impl FnMut(Element, bool),
    ) {
        let mut place = 0;
        while place < self.open {
            if !self.decide(molecule, partition, place, &mut decided) {
                place += 1;
            }
        }
    }

    /// The same for elements that an atom is a neighbour of. `work` counts the steps.
    pub fn decide_near(
        &mut self,
        molecule: &Molecule,
        partition: &Partition,
        atom: u32,
        work: &mut u64,
        mut decided: impl FnMut(Element, bool),
    ) {
        for entry in molecule.neighbors(atom as usize) {
            *work += 1;
            self.decide(molecule, partition, self.places[0][entry.atom as usize] as usize, &mut decided);
            for beyond in molecule.neighbors(entry.atom as usize) {
                self.decide(molecule, partition, self.places[1][beyond.bond as usize] as usize, &mut decided);
            }
        }
    }

    /// Decides the element at a place of the list, if there is an open one and that is possible.
    fn decide(
        &mut self,
        molecule: &Molecule,
        partition: &Partition,
        place: usize,
        decided: &mut impl FnMut(Element, bool),
    ) -> bool {
        if place >= self.open {
            return false;
        }
        let element = self.list[place];
        let cell = |atom| partition.cell(atom);
        let parity = match element {
            Element::Center(atom) => center_parity(molecule, atom, cell),
            Element::DoubleBond(bond) => bond_parity(molecule, bond, cell),
        };
        let Some(parity) = parity else { return false };
        self.open -= 1;
        self.list.swap(place, self.open);
        self.set_place(place);
        self.set_place(self.open);
        decided(element, parity);
        true
    }
}
