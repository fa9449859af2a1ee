//! A set of connected bonds that grows and shrinks, and its identifier.
//!
//! A bond's hash depends on its order, its atoms, and how many bonds of the set each of them has.
//! All of these are made once for a molecule; the identifier of a set hashes its sorted bond
//! hashes and the number of its atoms.

use super::features::{MAX_FEATURES, too_many};
use super::hash::combine;
use crate::{Atom, Bond, BondOrder, Error, Molecule};

/// Most bonds that a set can have.
pub(super) const MAX_LENGTH: usize = 15;

/// Where a bond's hashes are: `stride * (bonds of the begin atom - 1) + bonds of the end atom - 1`
/// after `offset`.
#[derive(Clone, Copy, Debug)]
struct Entry {
    begin: u32,
    end: u32,
    offset: u32,
    stride: u32,
}

#[derive(Clone, Debug, Default)]
pub(super) struct BondPath {
    entries: Vec<Entry>,
    hashes: Vec<u32>,
    /// Bonds of the set at each atom.
    degrees: Vec<u8>,
    bonds: [u32; MAX_LENGTH],
    length: usize,
    atoms: u32,
    /// Sets that may still be found.
    budget: usize,
}

impl BondPath {
    /// Makes the hashes for sets of up to `max_length` bonds of a molecule; the set is empty. At most
    /// `budget` sets may then be found.
    pub fn start(
        &mut self,
        molecule: &Molecule,
        max_length: usize,
        use_orders: bool,
        budget: usize,
    ) -> Result<(), Error> {
        (self.length, self.atoms, self.budget) = (0, 0, budget);
        self.degrees.clear();
        self.degrees.resize(molecule.atoms().len(), 0);
        self.entries.clear();
        self.hashes.clear();
        for bond in molecule.bonds() {
            let atoms = [bond.begin, bond.end].map(|atom| &molecule.atoms()[atom as usize]);
            let most = atoms.map(|atom| u32::from(atom.degree).min(max_length as u32));
            let offset = self.hashes.len() as u32;
            self.entries.push(Entry { begin: bond.begin, end: bond.end, offset, stride: most[1] });
            for begin_degree in 1..=most[0] {
                let hash = |end_degree| bond_hash(bond, atoms, [begin_degree, end_degree], use_orders);
                self.hashes.extend((1..=most[1]).map(hash));
            }
            if self.hashes.len() > MAX_FEATURES {
                return Err(too_many("number of paths"));
            }
        }
        Ok(())
    }

    /// Counts one more set that was found.
    #[inline(always)]
    pub fn spend(&mut self) -> Result<(), Error> {
        self.budget = self.budget.checked_sub(1).ok_or_else(|| too_many("number of paths"))?;
        Ok(())
    }

    /// Number of bonds in the set.
    pub fn length(&self) -> usize {
        self.length
    }

    pub fn has_atom(&self, atom: u32) -> bool {
        self.degrees[atom as usize] > 0
    }

    /// Adds a bond; there must be fewer than [`MAX_LENGTH`].
    #[inline(always)]
    pub fn push(&mut self, bond: u32) {
        self.bonds[self.length] = bond;
        self.length += 1;
        let entry = self.entries[bond as usize];
        for atom in [entry.begin, entry.end] {
            let degree = &mut self.degrees[atom as usize];
            self.atoms += u32::from(*degree == 0);
            *degree += 1;
        }
    }

    /// Takes the last bond away.
    #[inline(always)]
    pub fn pop(&mut self) {
        self.length -= 1;
        let entry = self.entries[self.bonds[self.length] as usize];
        for atom in [entry.begin, entry.end] {
            let degree = &mut self.degrees[atom as usize];
            *degree -= 1;
            self.atoms -= u32::from(*degree == 0);
        }
    }

    /// Identifier of the set.
    #[inline(always)]
    pub fn identifier(&self) -> u32 {
        match self.length {
            1 => self.hash(self.bonds[0]),
            // what nearly all sets are, where there are up to seven bonds
            7 => {
                let mut hashes: [u32; 7] = std::array::from_fn(|place| self.hash(self.bonds[place]));
                sort_seven(&mut hashes);
                self.combined(&hashes)
            }
            length => {
                let mut hashes = [0; MAX_LENGTH];
                for (place, &bond) in self.bonds[..length].iter().enumerate() {
                    let hash = self.hash(bond);
                    let mut free = place;
                    while free > 0 && hashes[free - 1] > hash {
                        hashes[free] = hashes[free - 1];
                        free -= 1;
                    }
                    hashes[free] = hash;
                }
                self.combined(&hashes[..length])
            }
        }
    }

    /// Hash of a bond of the set.
    #[inline(always)]
    fn hash(&self, bond: u32) -> u32 {
        let entry = self.entries[bond as usize];
        let degree = |atom: u32| u32::from(self.degrees[atom as usize]) - 1;
        self.hashes[(entry.offset + entry.stride * degree(entry.begin) + degree(entry.end)) as usize]
    }

    #[inline(always)]
    fn combined(&self, sorted: &[u32]) -> u32 {
        combine(sorted.iter().fold(0, |hash, &bond| combine(hash, bond)), self.atoms)
    }
}

/// Sorts without branches: a network of sixteen comparisons, the fewest for seven.
#[inline(always)]
fn sort_seven(values: &mut [u32; 7]) {
    const NETWORK: [(usize, usize); 16] = [
        (0, 6),
        (2, 3),
        (4, 5),
        (0, 2),
        (1, 4),
        (3, 6),
        (0, 1),
        (2, 5),
        (3, 4),
        (1, 2),
        (4, 6),
        (2, 3),
        (4, 5),
        (1, 2),
        (3, 4),
        (5, 6),
    ];
    for (low, high) in NETWORK {
        let (a, b) = (values[low], values[high]);
        values[low] = a.min(b);
        values[high] = a.max(b);
    }
}

/// Hash of a bond in a set in which its atoms have these numbers of bonds.
fn bond_hash(bond: &Bond, atoms: [&Atom; 2], degrees: [u32; 2], use_orders: bool) -> u32 {
    let order = if !use_orders {
        BondOrder::Single
    } else if bond.is_aromatic {
        BondOrder::Aromatic
    } else {
        bond.order
    };
    let ends = [0, 1].map(|end| {
        let atom = atoms[end];
        (u32::from(atom.atomic_number) << 1 | u32::from(atom.is_aromatic), degrees[end])
    });
    let (high, low) = if ends[0] < ends[1] { (ends[1], ends[0]) } else { (ends[0], ends[1]) };
    let neighbors = degrees[0] + degrees[1] - 2;
    [order as u32, high.0, high.1, low.0, low.1].into_iter().fold(neighbors, combine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seven_values_are_sorted_in_any_order() {
        // a network that sorts all zeros and ones sorts everything
        for code in 0..128u32 {
            let mut values = std::array::from_fn(|place| code >> place & 1);
            let mut expected = values;
            expected.sort_unstable();
            sort_seven(&mut values);
            assert_eq!(values, expected);
        }
    }
}
