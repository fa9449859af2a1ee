//! A block that is one ring.

use super::{Blocks, RingList};
use crate::molecule::Molecule;

/// Adds the ring that makes up a block.
pub(super) fn find(molecule: &Molecule, blocks: &Blocks, block: usize, list: &mut RingList) {
    let first = blocks.bonds(block)[0];
    let start = molecule.bonds[first as usize].begin;
    let mut atom = start;
    let mut bond = first;
    loop {
        list.atoms.push(atom);
        list.bonds.push(bond);
        atom = molecule.bonds[bond as usize].other(atom);
        if atom == start {
            break;
        }
        let onward = molecule
            .neighbors(atom as usize)
            .iter()
            .find(|entry| entry.bond != bond && blocks.contains(block, entry.bond));
        match onward {
            Some(entry) => bond = entry.bond,
            None => break,
        }
    }
    list.finish();
}
