//! Relevant cycles of blocks with few independent rings, by going through the whole cycle space.
//!
//! Chains of atoms with two ring neighbours are contracted to edges, so that a cycle is a few bits.

use super::{Blocks, RingList};
use crate::molecule::Molecule;

/// Most independent rings treated here: 2^9 - 1 cycles, at most 24 edges.
pub(super) const MAX_RANK: usize = 9;

const NONE: u32 = u32::MAX;

/// A path between two branching atoms.
#[derive(Clone, Copy, Debug)]
struct Chain {
    from: u32,
    to: u32,
    /// Its bonds in `Scratch::bonds`; atom `i` of `Scratch::atoms` is where bond `i` starts.
    start: u32,
    end: u32,
}

/// Buffers of the search.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    chains: Vec<Chain>,
    atoms: Vec<u32>,
    bonds: Vec<u32>,
    /// By atom: number of neighbours in the block, then the node number of branching atoms.
    node: Vec<u32>,
    nodes: Vec<u32>,
    tree: Vec<u32>,
    cycles: Vec<(u32, u32)>,
    used: Vec<bool>,
}

/// Adds the relevant cycles of a block of rank 2 to [`MAX_RANK`].
pub(super) fn find(
    molecule: &Molecule,
    blocks: &Blocks,
    block: usize,
    list: &mut RingList,
    scratch: &mut Scratch,
) {
    contract(molecule, blocks, block, scratch);
    let rank = fundamental_masks(scratch);
    // all elements of the cycle space by length, then by content
    let count = scratch.cycles.len();
    debug_assert_eq!(count, (1 << rank) - 1);
    scratch.cycles.sort_unstable();
    let mut span = [0u32; MAX_RANK];
    let mut dimension = 0;
    let mut at = 0;
    while at < count && dimension < rank {
        let length = scratch.cycles[at].0;
        let end = at + scratch.cycles[at..].iter().take_while(|cycle| cycle.0 == length).count();
        let shorter = span;
        let shorter_dimension = dimension;
        for index in at..end {
            let mask = scratch.cycles[index].1;
            if reduce(mask, &shorter[..shorter_dimension]) != 0 {
                emit(molecule, mask, list, scratch);
                let rest = reduce(mask, &span[..dimension]);
                if rest != 0 {
                    span[dimension] = rest;
                    dimension += 1;
                }
            }
        }
        at = end;
    }
}

/// What is left of a cycle modulo the span; each vector's highest bit is unique in the order kept.
#[inline]
fn reduce(mut mask: u32, span: &[u32]) -> u32 {
    for &vector in span {
        mask = mask.min(mask ^ vector);
    }
    mask
}

/// Finds the branching atoms and the chains between them.
fn contract(molecule: &Molecule, blocks: &Blocks, block: usize, scratch: &mut Scratch) {
    let Scratch { chains, atoms, bonds, node, nodes, used, .. } = scratch;
    chains.clear();
    atoms.clear();
    bonds.clear();
    nodes.clear();
    node.resize(node.len().max(molecule.atoms.len()), NONE);
    used.resize(used.len().max(molecule.bonds.len()), false);
    for &atom in blocks.atoms(block) {
        let inside = |bond: u32| blocks.contains(block, bond);
        let degree = molecule.neighbors(atom as usize).iter().filter(|entry| inside(entry.bond)).count();
        node[atom as usize] = NONE;
        if degree > 2 {
            node[atom as usize] = nodes.len() as u32;
            nodes.push(atom);
        }
    }
    for &bond in blocks.bonds(block) {
        used[bond as usize] = false;
    }
    for (from, &first) in nodes.iter().enumerate() {
        for entry in molecule.neighbors(first as usize) {
            if !blocks.contains(block, entry.bond) || used[entry.bond as usize] {
                continue;
            }
            let start = bonds.len() as u32;
            let (mut atom, mut bond) = (first, entry.bond);
            let to = loop {
                used[bond as usize] = true;
                atoms.push(atom);
                bonds.push(bond);
                atom = molecule.bonds[bond as usize].other(atom);
                if node[atom as usize] != NONE {
                    break node[atom as usize];
                }
                let onward = molecule
                    .neighbors(atom as usize)
                    .iter()
                    .find(|next| next.bond != bond && blocks.contains(block, next.bond));
                match onward {
                    Some(next) => bond = next.bond,
                    None => break from as u32,
                }
            };
            chains.push(Chain { from: from as u32, to, start, end: bonds.len() as u32 });
        }
    }
}

/// Builds a spanning tree and writes every element of the cycle space as (length, chain mask).
fn fundamental_masks(scratch: &mut Scratch) -> usize {
    let Scratch { chains, nodes, tree, cycles, .. } = scratch;
    // mask of chains from node 0, NONE while not reached
    tree.clear();
    tree.resize(nodes.len(), NONE);
    tree[0] = 0;
    let mut in_tree = 0u32;
    let mut reached = 1;
    while reached < nodes.len() {
        let before = reached;
        for (index, chain) in chains.iter().enumerate() {
            let (from, to) = (tree[chain.from as usize], tree[chain.to as usize]);
            let (known, new) = match (from, to) {
                (NONE, known) if known != NONE => (known, chain.from),
                (known, NONE) if known != NONE => (known, chain.to),
                _ => continue,
            };
            tree[new as usize] = known ^ (1 << index);
            in_tree |= 1 << index;
            reached += 1;
        }
        if reached == before {
            break;
        }
    }
    cycles.clear();
    let mut rank = 0;
    for (index, chain) in chains.iter().enumerate() {
        if in_tree >> index & 1 == 1 {
            continue;
        }
        let mask = tree[chain.from as usize] ^ tree[chain.to as usize] ^ (1 << index);
        rank += 1;
        for position in 0..cycles.len() {
            let sum = cycles[position].1 ^ mask;
            cycles.push((0, sum));
        }
        cycles.push((0, mask));
    }
    for cycle in cycles.iter_mut() {
        let mut rest = cycle.1;
        while rest != 0 {
            let chain = &chains[rest.trailing_zeros() as usize];
            cycle.0 += chain.end - chain.start;
            rest &= rest - 1;
        }
    }
    rank
}

/// Adds the cycle made of the chains in `mask`.
fn emit(molecule: &Molecule, mut mask: u32, list: &mut RingList, scratch: &Scratch) {
    let Scratch { chains, atoms, bonds, .. } = scratch;
    let first = mask.trailing_zeros() as usize;
    let mut node = chains[first].from;
    while mask != 0 {
        let mut rest = mask;
        let found = loop {
            if rest == 0 {
                break None;
            }
            let index = rest.trailing_zeros() as usize;
            if chains[index].from == node || chains[index].to == node {
                break Some(index);
            }
            rest &= rest - 1;
        };
        let Some(index) = found else { break };
        mask &= !(1 << index);
        let chain = chains[index];
        let range = chain.start as usize..chain.end as usize;
        if chain.from == node {
            list.atoms.extend_from_slice(&atoms[range.clone()]);
            list.bonds.extend_from_slice(&bonds[range]);
            node = chain.to;
        } else {
            for position in range.rev() {
                let bond = bonds[position];
                list.atoms.push(molecule.bonds[bond as usize].other(atoms[position]));
                list.bonds.push(bond);
            }
            node = chain.from;
        }
    }
    list.finish();
}
