//! Wedges: which bond of each centre shows its configuration.

use super::super::block::{Block, Drawn};
use super::super::wedges::tag;
use crate::molecule::{BondOrder, Chirality, Molecule};

const NONE: u32 = u32::MAX;

/// Buffers of the choice.
#[derive(Clone, Debug, Default)]
pub(super) struct Wedges {
    /// By bond: the centre that has it.
    owner: Vec<u32>,
    /// By centre: bonds that show it, with their mark, the best first.
    choices: Vec<(u32, Vec<(u32, Drawn)>)>,
    /// Places in `choices` from which the search came to a bond.
    came_from: Vec<(u32, u32)>,
}

impl Wedges {
    /// Draws a wedge for every centre that the drawing can show. `drawn` gets the bonds turned so that
    /// they begin at the centre.
    pub fn choose(&mut self, drawn: &mut Molecule, block: &mut Block, molecule: &Molecule) {
        block.drawn.fill(Drawn::Plain);
        self.owner.clear();
        self.owner.resize(drawn.bonds.len(), NONE);
        self.choices.clear();
        for (index, atom) in molecule.atoms.iter().enumerate() {
            if matches!(atom.chirality, Chirality::Clockwise | Chirality::CounterClockwise) {
                let bonds = self.options(drawn, block, molecule, index);
                self.choices.push((index as u32, bonds));
            }
        }
        for place in 0..self.choices.len() {
            self.give(place as u32);
        }
        for (bond, &owner) in self.owner.iter().enumerate() {
            if owner != NONE {
                let (center, options) = &self.choices[owner as usize];
                let mark = options.iter().find(|(other, _)| *other as usize == bond);
                block.drawn[bond] = mark.map_or(Drawn::Plain, |(_, mark)| *mark);
                turn(drawn, bond as u32, *center);
            }
        }
    }

    /// The bonds of a centre that show it when drawn as a wedge.
    fn options(
        &self,
        drawn: &mut Molecule,
        block: &mut Block,
        molecule: &Molecule,
        index: usize,
    ) -> Vec<(u32, Drawn)> {
        let mut options = Vec::new();
        for entry in molecule.neighbors(index) {
            let bond = entry.bond as usize;
            if drawn.bonds[bond].order != BondOrder::Single {
                continue;
            }
            let before = (drawn.bonds[bond].begin, drawn.bonds[bond].end);
            turn(drawn, entry.bond, index as u32);
            for mark in [Drawn::Wedge, Drawn::Hash] {
                block.drawn[bond] = mark;
                if tag(drawn, block, entry.bond) == Some(molecule.atoms[index].chirality) {
                    let other = &molecule.atoms[entry.atom as usize];
                    let is_center = other.chirality != Chirality::None;
                    let cost = (is_center, molecule.bonds[bond].is_in_ring, other.degree, entry.bond);
                    options.push((cost, mark));
                    break;
                }
            }
            block.drawn[bond] = Drawn::Plain;
            (drawn.bonds[bond].begin, drawn.bonds[bond].end) = before;
        }
        options.sort_unstable_by_key(|(cost, _)| *cost);
        options.into_iter().map(|((.., bond), mark)| (bond, mark)).collect()
    }

    /// Gives a centre a bond, and those that had it another one: along the shortest way to a free bond.
    fn give(&mut self, place: u32) {
        self.came_from.clear();
        let mut queue = vec![place];
        let mut seen = std::collections::HashSet::from([place]);
        let mut next = 0;
        while next < queue.len() {
            let place = queue[next];
            for &(bond, _) in &self.choices[place as usize].1 {
                let owner = self.owner[bond as usize];
                if owner == NONE {
                    return self.take(place, bond);
                }
                if seen.insert(owner) {
                    // the owner would give up this bond for the centre at `place`
                    self.came_from.push((owner, place));
                    queue.push(owner);
                }
            }
            next += 1;
        }
    }

    /// Hands `bond` to the centre at `place`, and the bond that it had to the one that asked for it.
    fn take(&mut self, mut place: u32, mut bond: u32) {
        loop {
            let had = self.owner.iter().position(|&owner| owner == place);
            self.owner[bond as usize] = place;
            let asked = self.came_from.iter().find(|(owner, _)| *owner == place);
            match (had, asked) {
                (Some(had), Some(&(_, asking))) => (bond, place) = (had as u32, asking),
                _ => return,
            }
        }
    }
}

/// Lets a bond begin at an atom.
fn turn(molecule: &mut Molecule, bond: u32, atom: u32) {
    let bond = &mut molecule.bonds[bond as usize];
    if bond.begin != atom {
        std::mem::swap(&mut bond.begin, &mut bond.end);
    }
}
