//! A short cut past the full ranking: most centres have neighbours that differ in their element or
//! in what is bound to them, and that alone puts them in their final order.

use super::ranks::{Ranks, weight};
use crate::Molecule;

/// Bits for an element (plus one) and for a weight in a packed key.
const ELEMENT_BITS: u32 = 7;
const WEIGHT_BITS: u32 = 5;
/// Neighbours (all hydrogens count as one) that fit into a packed key.
const PLACES: usize = 4;

/// An atom whose neighbours must rank differently, leaving out the one across `excluded`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Need {
    pub atom: u32,
    /// A bond, or `u32::MAX`.
    pub excluded: u32,
}

impl Need {
    /// Whether the neighbours rank differently.
    pub fn is_met(&self, molecule: &Molecule, ranks: &Ranks) -> bool {
        let neighbors = molecule.neighbors(self.atom as usize);
        (1..neighbors.len()).filter(|&place| neighbors[place].bond != self.excluded).all(|place| {
            let rank = ranks.of(neighbors[place].atom);
            neighbors[..place]
                .iter()
                .all(|earlier| earlier.bond == self.excluded || ranks.of(earlier.atom) != rank)
        })
    }
}

/// Ranks the neighbours that `needs` are about, and nothing else, by element and then by their
/// neighbours' elements. Says whether that meets all needs; if not, the ranks are of no use.
pub(super) fn is_enough(molecule: &Molecule, ranks: &mut Ranks, needs: &[Need]) -> bool {
    if molecule.atoms.iter().any(|atom| atom.isotope != 0 || atom.atom_map != 0) {
        return false;
    }
    ranks.clear(molecule.atoms.len());
    needs.iter().all(|need| {
        let all_fit = molecule.neighbors(need.atom as usize).iter().all(|neighbor| {
            key(molecule, neighbor.atom).is_some_and(|key| {
                ranks.set(neighbor.atom, key);
                true
            })
        });
        all_fit && need.is_met(molecule, ranks)
    })
}

/// Element, then runs of (neighbour element + 1, weight) from the heaviest, then hydrogens: ordered
/// as the first round of the full ranking orders. `None` where it does not fit.
pub(super) fn key(molecule: &Molecule, index: u32) -> Option<u64> {
    let atom = &molecule.atoms[index as usize];
    let neighbors = molecule.neighbors(index as usize);
    let hydrogens = atom.total_hydrogens();
    if neighbors.len() + usize::from(hydrogens > 0) > PLACES {
        return None;
    }
    // Elements from the heaviest, one entry for each.
    let mut runs = [(0, 0); PLACES];
    let mut length = 0;
    for neighbor in neighbors {
        let weight = weight(molecule, &molecule.bonds[neighbor.bond as usize], neighbor.atom);
        if weight == 0 {
            continue;
        }
        let element = u64::from(molecule.atoms[neighbor.atom as usize].atomic_number) + 1;
        let mut place = length;
        while place > 0 && runs[place - 1].0 < element {
            place -= 1;
        }
        if place > 0 && runs[place - 1].0 == element {
            runs[place - 1].1 += weight;
        } else {
            runs.copy_within(place..length, place + 1);
            runs[place] = (element, weight);
            length += 1;
        }
    }
    if hydrogens > 0 {
        runs[length] = (0, u64::from(hydrogens));
    }
    let mut key = u64::from(atom.atomic_number);
    for (element, weight) in runs {
        if weight >> WEIGHT_BITS != 0 {
            return None;
        }
        key = (key << ELEMENT_BITS | element) << WEIGHT_BITS | weight;
    }
    Some(key)
}
