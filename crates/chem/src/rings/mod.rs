//! Rings: which atoms and bonds are in one, and the relevant cycles.
//!
//! The molecule is cut into blocks (biconnected components). In each the relevant cycles are
//! found: those that are no sum of shorter ones (P. Vismara, Electron. J. Combin. 4, R9, 1997).
//! They are what RDKit from 2026.09 on has as its symmetrized set of smallest rings.

mod blocks;
mod closures;
mod large;
mod single;
mod small;
mod smallest;

use crate::error::Reason;
use crate::molecule::Molecule;
pub(crate) use blocks::Blocks;
pub(crate) use smallest::smallest_set;

/// Rings as closed walks, before they are sorted.
#[derive(Debug, Default)]
pub(crate) struct RingList {
    /// Start of every ring in `atoms` and `bonds`; one more than there are rings.
    pub offsets: Vec<u32>,
    pub atoms: Vec<u32>,
    /// Bond `i` joins atoms `i` and `i + 1` of the ring.
    pub bonds: Vec<u32>,
}

impl RingList {
    fn clear(&mut self) {
        self.offsets.clear();
        self.offsets.push(0);
        self.atoms.clear();
        self.bonds.clear();
    }

    pub fn len(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    fn range(&self, ring: usize) -> std::ops::Range<usize> {
        self.offsets[ring] as usize..self.offsets[ring + 1] as usize
    }

    pub fn bonds_of(&self, ring: usize) -> &[u32] {
        &self.bonds[self.range(ring)]
    }

    pub fn atoms_of(&self, ring: usize) -> &[u32] {
        &self.atoms[self.range(ring)]
    }

    /// Ends the ring whose atoms and bonds were pushed: turns it so that it starts at its lowest
    /// atom and goes on to the lower of that atom's neighbours.
    fn finish(&mut self) {
        let start = self.offsets[self.offsets.len() - 1] as usize;
        let (atoms, bonds) = (&mut self.atoms[start..], &mut self.bonds[start..]);
        let lowest = (0..atoms.len()).min_by_key(|&at| atoms[at]).unwrap_or(0);
        atoms.rotate_left(lowest);
        bonds.rotate_left(lowest);
        if atoms[atoms.len() - 1] < atoms[1] {
            atoms[1..].reverse();
            bonds.reverse();
        }
        self.offsets.push(self.atoms.len() as u32);
    }
}

/// Buffers of the ring search.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    pub blocks: Blocks,
    list: RingList,
    small: small::Scratch,
    large: large::Scratch,
    order: Vec<u32>,
}

/// Finds the rings of the molecule and marks the atoms and bonds in them.
pub(crate) fn find(molecule: &mut Molecule, scratch: &mut Scratch) -> Result<(), Reason> {
    let Scratch { blocks, list, small, large, order } = scratch;
    blocks.find(molecule);
    list.clear();
    for block in 0..blocks.len() {
        match blocks.rank(block) {
            1 => single::find(molecule, blocks, block, list),
            2..=small::MAX_RANK => small::find(molecule, blocks, block, list, small),
            _ => large::find(molecule, blocks, block, list, large)?,
        }
        for &bond in blocks.bonds(block) {
            let bond = &mut molecule.bonds[bond as usize];
            bond.is_in_ring = true;
            molecule.atoms[bond.begin as usize].is_in_ring = true;
            molecule.atoms[bond.end as usize].is_in_ring = true;
        }
    }
    // by size, then by atoms
    order.clear();
    order.extend(0..list.len() as u32);
    let compare = |&first: &u32, &second: &u32| {
        let (first, second) = (list.atoms_of(first as usize), list.atoms_of(second as usize));
        first.len().cmp(&second.len()).then_with(|| first.cmp(second))
    };
    if order.is_sorted_by(|first, second| compare(first, second).is_le()) {
        std::mem::swap(&mut molecule.ring_offsets, &mut list.offsets);
        std::mem::swap(&mut molecule.ring_atoms, &mut list.atoms);
        std::mem::swap(&mut molecule.ring_bonds, &mut list.bonds);
        return Ok(());
    }
    order.sort_unstable_by(compare);
    molecule.ring_offsets.push(0);
    for &ring in order.iter() {
        molecule.ring_atoms.extend_from_slice(list.atoms_of(ring as usize));
        molecule.ring_bonds.extend_from_slice(list.bonds_of(ring as usize));
        molecule.ring_offsets.push(molecule.ring_atoms.len() as u32);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
