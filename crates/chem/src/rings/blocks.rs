//! Blocks: maximal sets of bonds any two of which lie on a common cycle (R. E. Tarjan, 1972).

use crate::molecule::{BondOrder, Molecule};

pub(super) const NONE: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
struct Frame {
    atom: u32,
    parent_bond: u32,
    next: u32,
}

/// The blocks of a molecule that contain a ring.
#[derive(Debug, Default)]
pub(crate) struct Blocks {
    pub(super) offsets: Vec<u32>,
    pub(super) bonds: Vec<u32>,
    pub(super) atom_offsets: Vec<u32>,
    pub(super) atoms: Vec<u32>,
    /// By bond: its block, or `u32::MAX`.
    pub(super) block_of: Vec<u32>,
    pub(super) depth: Vec<u32>,
    pub(super) low: Vec<u32>,
    pub(super) stamp: Vec<u32>,
    frames: Vec<Frame>,
    pub(super) stack: Vec<u32>,
    pub(super) walked: Vec<u32>,
}

impl Blocks {
    pub fn len(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// Forgets the blocks of the molecule before.
    pub fn clear(&mut self) {
        self.offsets.clear();
        self.bonds.clear();
        self.atom_offsets.clear();
        self.atoms.clear();
    }

    /// Bonds of a block.
    pub fn bonds(&self, block: usize) -> &[u32] {
        &self.bonds[self.offsets[block] as usize..self.offsets[block + 1] as usize]
    }

    /// Atoms of a block.
    pub fn atoms(&self, block: usize) -> &[u32] {
        &self.atoms[self.atom_offsets[block] as usize..self.atom_offsets[block + 1] as usize]
    }

    /// Number of independent rings of a block.
    pub fn rank(&self, block: usize) -> usize {
        self.bonds(block).len() + 1 - self.atoms(block).len()
    }

    /// The block of a ring bond.
    pub fn of(&self, bond: u32) -> usize {
        self.block_of[bond as usize] as usize
    }

    /// The bond is in a ring.
    pub fn is_in_ring(&self, bond: u32) -> bool {
        self.block_of[bond as usize] != NONE
    }

    /// The bond belongs to the block.
    #[inline]
    pub fn contains(&self, block: usize, bond: u32) -> bool {
        self.block_of[bond as usize] == block as u32
    }

    /// Finds the blocks; dative and zero-order bonds take no part.
    pub fn find(&mut self, molecule: &Molecule) {
        if molecule.has_idle_bonds || !self.follow_closures(molecule) {
            self.search(molecule);
        }
    }

    /// Depth-first search, for any graph.
    fn search(&mut self, molecule: &Molecule) {
        self.clear();
        self.stack.clear();
        self.offsets.push(0);
        self.atom_offsets.push(0);
        let count = molecule.atoms.len();
        self.block_of.clear();
        self.block_of.resize(molecule.bonds.len(), NONE);
        self.depth.clear();
        self.depth.resize(count, 0);
        self.low.clear();
        self.low.resize(count, 0);
        self.stamp.clear();
        self.stamp.resize(count, NONE);
        let mut time = 0;
        for root in 0..count as u32 {
            if self.depth[root as usize] != 0 || molecule.atoms[root as usize].degree == 0 {
                continue;
            }
            time += 1;
            self.depth[root as usize] = time;
            self.low[root as usize] = time;
            self.frames.push(Frame {
                atom: root,
                parent_bond: NONE,
                next: molecule.neighbor_offsets[root as usize],
            });
            self.descend(molecule, &mut time);
        }
    }

    fn descend(&mut self, molecule: &Molecule, time: &mut u32) {
        while let Some(frame) = self.frames.last_mut() {
            let atom = frame.atom as usize;
            if frame.next < molecule.neighbor_offsets[atom + 1] {
                let entry = molecule.neighbors[frame.next as usize];
                frame.next += 1;
                let order = molecule.bonds[entry.bond as usize].order;
                if entry.bond == frame.parent_bond || matches!(order, BondOrder::Dative | BondOrder::Zero) {
                    continue;
                }
                let other = entry.atom as usize;
                if self.depth[other] == 0 {
                    *time += 1;
                    self.depth[other] = *time;
                    if molecule.atoms[other].degree == 1 {
                        continue;
                    }
                    self.low[other] = *time;
                    self.stack.push(entry.bond);
                    let next = molecule.neighbor_offsets[other];
                    self.frames.push(Frame { atom: entry.atom, parent_bond: entry.bond, next });
                } else if self.depth[other] < self.depth[atom] {
                    self.stack.push(entry.bond);
                    self.low[atom] = self.low[atom].min(self.depth[other]);
                }
                continue;
            }
            let parent_bond = frame.parent_bond;
            self.frames.pop();
            let Some(parent) = self.frames.last() else { break };
            let parent = parent.atom as usize;
            self.low[parent] = self.low[parent].min(self.low[atom]);
            if self.low[atom] >= self.depth[parent] {
                self.take_block(molecule, parent_bond);
            }
        }
    }

    /// Pops a finished block down to `first`; single bonds are bridges.
    fn take_block(&mut self, molecule: &Molecule, first: u32) {
        let block = self.len() as u32;
        let start = self.stack.iter().rposition(|&bond| bond == first).unwrap_or(0);
        if self.stack.len() - start > 1 {
            for &bond in &self.stack[start..] {
                self.block_of[bond as usize] = block;
                let bond = &molecule.bonds[bond as usize];
                for atom in [bond.begin, bond.end] {
                    if self.stamp[atom as usize] != block {
                        self.stamp[atom as usize] = block;
                        self.atoms.push(atom);
                    }
                }
            }
            self.bonds.extend_from_slice(&self.stack[start..]);
            self.offsets.push(self.bonds.len() as u32);
            self.atom_offsets.push(self.atoms.len() as u32);
        }
        self.stack.truncate(start);
    }
}
