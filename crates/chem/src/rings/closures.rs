//! Blocks the quick way, for the order of atoms and bonds that a SMILES gives: the bonds to earlier
//! atoms form a spanning forest, every other bond closes one ring with it, and rings that share a
//! bond are in one block.

use super::blocks::{Blocks, NONE};
use crate::molecule::Molecule;

impl Blocks {
    /// Finds the blocks from the rings of the spanning forest. Returns false where following the rings takes too long.
    pub(super) fn follow_closures(&mut self, molecule: &Molecule) -> bool {
        let (atom_count, bond_count) = (molecule.atoms.len(), molecule.bonds.len());
        self.clear();
        self.block_of.clear();
        self.block_of.resize(bond_count, NONE);
        // bond to the earlier atom; the first such bond of an atom is its tree bond
        self.depth.clear();
        self.depth.resize(atom_count, NONE);
        self.stack.clear();
        self.walked.clear();
        for (index, bond) in molecule.bonds.iter().enumerate() {
            let later = bond.begin.max(bond.end) as usize;
            if self.depth[later] == NONE {
                self.depth[later] = index as u32;
            } else {
                self.stack.push(index as u32);
            }
        }
        let tree_bond = &self.depth;
        let group = &mut self.low;
        group.clear();
        let mut budget = 16 * bond_count;
        for (number, &closure) in self.stack.iter().enumerate() {
            group.push(number as u32);
            self.walked.push(closure);
            self.block_of[closure as usize] = number as u32;
            let bond = &molecule.bonds[closure as usize];
            let (mut low, mut high) = (bond.begin.min(bond.end), bond.begin.max(bond.end));
            while low != high {
                let Some(left) = budget.checked_sub(1) else { return false };
                budget = left;
                let tree = tree_bond[high as usize];
                // atoms without an earlier neighbour end the walk: the closure joins two trees
                let Some(step) = molecule.bonds.get(tree as usize) else { return false };
                let slot = &mut self.block_of[tree as usize];
                if *slot == NONE {
                    *slot = number as u32;
                    self.walked.push(tree);
                } else {
                    join(group, *slot, number as u32);
                }
                high = step.begin.min(step.end);
                if high < low {
                    std::mem::swap(&mut low, &mut high);
                }
            }
        }
        self.collect(molecule)
    }

    /// Numbers the groups and sorts the bonds into them.
    fn collect(&mut self, molecule: &Molecule) -> bool {
        let group = &mut self.low;
        // the lowest number of a group stands for it; blocks are numbered without gaps
        let block_of_group = &mut self.stamp;
        block_of_group.clear();
        self.offsets.push(0);
        for number in 0..group.len() {
            let first = root(group, number as u32) as usize;
            if first == number {
                block_of_group.push(self.offsets.len() as u32 - 1);
                self.offsets.push(0);
            } else {
                block_of_group.push(block_of_group[first]);
            }
        }
        for &bond in &self.walked {
            let slot = &mut self.block_of[bond as usize];
            *slot = block_of_group[*slot as usize];
            self.offsets[*slot as usize + 1] += 1;
        }
        let blocks = self.offsets.len() - 1;
        for block in 0..blocks {
            self.offsets[block + 1] += self.offsets[block];
        }
        self.bonds.resize(self.offsets[blocks] as usize, 0);
        for &bond in &self.walked {
            let end = &mut self.offsets[self.block_of[bond as usize] as usize + 1];
            *end -= 1;
            self.bonds[*end as usize] = bond;
        }
        // every end moved down to its block's start
        self.offsets.remove(0);
        self.offsets.push(self.bonds.len() as u32);
        self.stamp.clear();
        self.stamp.resize(molecule.atoms.len(), NONE);
        self.atom_offsets.push(0);
        for block in 0..blocks {
            for &bond in &self.bonds[self.offsets[block] as usize..self.offsets[block + 1] as usize] {
                let bond = &molecule.bonds[bond as usize];
                for atom in [bond.begin, bond.end] {
                    if self.stamp[atom as usize] != block as u32 {
                        self.stamp[atom as usize] = block as u32;
                        self.atoms.push(atom);
                    }
                }
            }
            self.atom_offsets.push(self.atoms.len() as u32);
        }
        self.stack.clear();
        true
    }
}

fn root(group: &mut [u32], mut number: u32) -> u32 {
    while group[number as usize] != number {
        group[number as usize] = group[group[number as usize] as usize];
        number = group[number as usize];
    }
    number
}

/// Joins two groups under the lower number.
fn join(group: &mut [u32], first: u32, second: u32) {
    let (first, second) = (root(group, first), root(group, second));
    group[first.max(second) as usize] = first.min(second);
}
