//! Relevant cycles of blocks with many independent rings (Vismara's algorithm).
//!
//! Every relevant cycle has a highest atom `r` and runs along two shortest paths through lower
//! atoms that meet in an edge or in an atom. Candidates are these pairs of paths; the relevant
//! ones are found by elimination, shortest first; all of a family are then written out.

use super::{Blocks, RingList};
use crate::error::Reason;
use crate::molecule::Molecule;

const NONE: u32 = u32::MAX;
/// Most rings of one block that are written out.
const MAX_RINGS: usize = 10_000;
/// Most atoms of a block (the search takes their square).
const MAX_ATOMS: usize = 20_000;

/// A family of cycles through `root`, along shortest paths to `left` and `right`; `tip` joins them
/// unless they are bonded.
#[derive(Clone, Copy, Debug)]
struct Family {
    length: u32,
    root: u32,
    left: u32,
    right: u32,
    tip: u32,
}

/// Buffers of the search.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    local: Vec<u32>,
    atoms: Vec<u32>,
    offsets: Vec<u32>,
    /// (local atom, bond, chord number or NONE).
    neighbors: Vec<(u32, u32, u32)>,
    distance: Vec<u32>,
    /// Last atom on a shortest path through lower atoms, NONE where there is none.
    parent: Vec<u32>,
    queue: Vec<u32>,
    families: Vec<Family>,
    span: Vec<(usize, Vec<u64>)>,
    paths: [Vec<Vec<u32>>; 2],
}

/// Adds the relevant cycles of a block of any rank.
pub(super) fn find(
    molecule: &Molecule,
    blocks: &Blocks,
    block: usize,
    list: &mut RingList,
    scratch: &mut Scratch,
) -> Result<(), Reason> {
    if blocks.atoms(block).len() > MAX_ATOMS {
        return Err(Reason::TooLarge { what: "number of atoms in one ring system", limit: MAX_ATOMS });
    }
    localize(molecule, blocks, block, scratch);
    scratch.families.clear();
    for root in 0..scratch.atoms.len() as u32 {
        search_from(root, scratch);
        collect_families(root, scratch);
    }
    scratch.families.sort_by_key(|family| family.length);
    select(molecule, blocks.rank(block), list, scratch)
}

/// Numbers the atoms of the block, the most branched last, and finds a spanning tree's chords.
fn localize(molecule: &Molecule, blocks: &Blocks, block: usize, scratch: &mut Scratch) {
    let Scratch { local, atoms, offsets, neighbors, queue, .. } = scratch;
    atoms.clear();
    atoms.extend_from_slice(blocks.atoms(block));
    let degree = |atom: u32| {
        molecule.neighbors(atom as usize).iter().filter(|entry| blocks.contains(block, entry.bond)).count()
    };
    atoms.sort_by_key(|&atom| (degree(atom), atom));
    local.clear();
    local.resize(molecule.atoms.len(), NONE);
    for (index, &atom) in atoms.iter().enumerate() {
        local[atom as usize] = index as u32;
    }
    offsets.clear();
    offsets.push(0);
    neighbors.clear();
    for &atom in atoms.iter() {
        let inside =
            molecule.neighbors(atom as usize).iter().filter(|entry| blocks.contains(block, entry.bond));
        neighbors.extend(inside.map(|entry| (local[entry.atom as usize], entry.bond, NONE)));
        offsets.push(neighbors.len() as u32);
    }
    // chords of a breadth-first tree, numbered from 0: a cycle is known by its chords
    let mut parent_bond = vec![NONE; atoms.len()];
    let mut seen = vec![false; atoms.len()];
    let mut chord_of = vec![NONE; molecule.bonds.len()];
    seen[0] = true;
    queue.clear();
    queue.push(0);
    let mut at = 0;
    let mut chords = 0;
    while let Some(&atom) = queue.get(at) {
        at += 1;
        for slot in offsets[atom as usize]..offsets[atom as usize + 1] {
            let (other, bond, _) = neighbors[slot as usize];
            if !seen[other as usize] {
                seen[other as usize] = true;
                parent_bond[other as usize] = bond;
                queue.push(other);
            } else if parent_bond[atom as usize] != bond
                && parent_bond[other as usize] != bond
                && chord_of[bond as usize] == NONE
            {
                chord_of[bond as usize] = chords;
                chords += 1;
            }
        }
    }
    for entry in neighbors.iter_mut() {
        entry.2 = chord_of[entry.1 as usize];
    }
}

impl Scratch {
    fn range(&self, atom: u32) -> std::ops::Range<usize> {
        self.offsets[atom as usize] as usize..self.offsets[atom as usize + 1] as usize
    }

    fn edge(&self, from: u32, to: u32) -> (u32, u32) {
        let found = self.neighbors[self.range(from)].iter().find(|entry| entry.0 == to);
        found.map_or((NONE, NONE), |entry| (entry.1, entry.2))
    }
}

/// Distances from `root`, and the atoms reached on a shortest path through lower atoms only.
fn search_from(root: u32, scratch: &mut Scratch) {
    let count = scratch.atoms.len();
    scratch.distance.clear();
    scratch.distance.resize(count, NONE);
    scratch.parent.clear();
    scratch.parent.resize(count, NONE);
    scratch.queue.clear();
    scratch.queue.push(root);
    scratch.distance[root as usize] = 0;
    scratch.parent[root as usize] = root;
    let mut at = 0;
    while let Some(&atom) = scratch.queue.get(at) {
        at += 1;
        let next = scratch.distance[atom as usize] + 1;
        for slot in scratch.range(atom) {
            let other = scratch.neighbors[slot].0;
            if scratch.distance[other as usize] == NONE {
                scratch.distance[other as usize] = next;
                scratch.queue.push(other);
            }
            let is_lower = other < root && scratch.parent[atom as usize] != NONE;
            if is_lower && scratch.distance[other as usize] == next && scratch.parent[other as usize] == NONE
            {
                scratch.parent[other as usize] = atom;
            }
        }
    }
}

fn collect_families(root: u32, scratch: &mut Scratch) {
    let mut families = std::mem::take(&mut scratch.families);
    for position in 0..scratch.queue.len() {
        let atom = scratch.queue[position];
        if atom >= root || scratch.parent[atom as usize] == NONE {
            continue;
        }
        let distance = scratch.distance[atom as usize];
        let entries = &scratch.neighbors[scratch.range(atom)];
        let reached = |other: u32| scratch.parent[other as usize] != NONE;
        for (index, &(other, ..)) in entries.iter().enumerate() {
            if !reached(other) {
                continue;
            }
            let other_distance = scratch.distance[other as usize];
            if other_distance == distance && other < atom && are_apart(root, atom, other, scratch) {
                families.push(Family { length: 2 * distance + 1, root, left: atom, right: other, tip: NONE });
            }
            if other_distance + 1 != distance {
                continue;
            }
            for &(second, ..) in &entries[index + 1..] {
                if reached(second)
                    && scratch.distance[second as usize] + 1 == distance
                    && are_apart(root, other, second, scratch)
                {
                    families.push(Family {
                        length: 2 * distance,
                        root,
                        left: other,
                        right: second,
                        tip: atom,
                    });
                }
            }
        }
    }
    scratch.families = families;
}

/// The stored paths from two atoms at the same distance meet only at the root.
fn are_apart(root: u32, mut left: u32, mut right: u32, scratch: &Scratch) -> bool {
    while left != root && right != root {
        if left == right {
            return false;
        }
        left = scratch.parent[left as usize];
        right = scratch.parent[right as usize];
    }
    left == root && right == root
}

/// Takes the families that are no sum of shorter cycles and writes out their members.
fn select(
    molecule: &Molecule,
    rank: usize,
    list: &mut RingList,
    scratch: &mut Scratch,
) -> Result<(), Reason> {
    let words = rank.div_ceil(64);
    scratch.span.clear();
    let families = std::mem::take(&mut scratch.families);
    let start = list.len();
    let mut searched = NONE;
    let mut at = 0;
    while at < families.len() && scratch.span.len() < rank {
        let length = families[at].length;
        let end = at + families[at..].iter().take_while(|family| family.length == length).count();
        let mut fresh: Vec<Vec<u64>> = Vec::new();
        for family in &families[at..end] {
            if searched != family.root {
                search_from(family.root, scratch);
                searched = family.root;
            }
            let mut vector = chords_of(family, words, scratch);
            if reduce(&mut vector, &scratch.span).is_none() {
                continue;
            }
            fresh.push(vector);
            write_out(molecule, family, list, scratch)?;
            if list.len() - start > MAX_RINGS {
                return Err(Reason::TooLarge {
                    what: "number of rings in one ring system",
                    limit: MAX_RINGS,
                });
            }
        }
        for mut vector in fresh {
            if let Some(pivot) = reduce(&mut vector, &scratch.span) {
                scratch.span.push((pivot, vector));
            }
        }
        at = end;
    }
    scratch.families = families;
    Ok(())
}

/// The chords of a family's first member.
fn chords_of(family: &Family, words: usize, scratch: &Scratch) -> Vec<u64> {
    let mut vector = vec![0; words];
    let mut toggle = |from: u32, to: u32| {
        let (_, chord) = scratch.edge(from, to);
        if chord != NONE {
            vector[chord as usize / 64] ^= 1 << (chord % 64);
        }
    };
    if family.tip == NONE {
        toggle(family.left, family.right);
    } else {
        toggle(family.left, family.tip);
        toggle(family.right, family.tip);
    }
    for end in [family.left, family.right] {
        let mut atom = end;
        while atom != family.root {
            let parent = scratch.parent[atom as usize];
            toggle(atom, parent);
            atom = parent;
        }
    }
    vector
}

/// Reduces a vector; its first set bit, or `None` where nothing is left.
fn reduce(vector: &mut [u64], span: &[(usize, Vec<u64>)]) -> Option<usize> {
    for (pivot, other) in span {
        if vector[pivot / 64] >> (pivot % 64) & 1 == 1 {
            for (word, add) in vector.iter_mut().zip(other) {
                *word ^= add;
            }
        }
    }
    let word = vector.iter().position(|&word| word != 0)?;
    Some(word * 64 + vector[word].trailing_zeros() as usize)
}

/// Adds every cycle of a family: all pairs of shortest paths through atoms below the root.
fn write_out(
    molecule: &Molecule,
    family: &Family,
    list: &mut RingList,
    scratch: &mut Scratch,
) -> Result<(), Reason> {
    let mut paths = std::mem::take(&mut scratch.paths);
    for (paths, end) in paths.iter_mut().zip([family.left, family.right]) {
        all_paths(family.root, end, paths, scratch)?;
    }
    if paths[0].len().saturating_mul(paths[1].len()) > MAX_RINGS {
        return Err(Reason::TooLarge { what: "number of rings in one ring system", limit: MAX_RINGS });
    }
    for left in &paths[0] {
        for right in &paths[1] {
            // root ... left, (tip), right ... back to the atom before the root
            let start = list.atoms.len();
            list.atoms.extend(left.iter().rev());
            if family.tip != NONE {
                list.atoms.push(family.tip);
            }
            list.atoms.extend(&right[..right.len() - 1]);
            let end = list.atoms.len();
            for position in start..end {
                let next = if position + 1 == end { start } else { position + 1 };
                let (bond, _) = scratch.edge(list.atoms[position], list.atoms[next]);
                list.bonds.push(bond);
            }
            for atom in &mut list.atoms[start..] {
                *atom = scratch.atoms[*atom as usize];
            }
            debug_assert!(list.bonds[start..].iter().all(|&bond| (bond as usize) < molecule.bonds.len()));
            list.finish();
        }
    }
    scratch.paths = paths;
    Ok(())
}

/// All shortest paths from `end` to `root` through atoms below the root, both ends included.
fn all_paths(root: u32, end: u32, paths: &mut Vec<Vec<u32>>, scratch: &Scratch) -> Result<(), Reason> {
    paths.clear();
    paths.push(vec![end]);
    loop {
        let Some(last) = paths[0].last().copied().filter(|&atom| atom != root) else { return Ok(()) };
        let distance = scratch.distance[last as usize];
        for index in 0..paths.len() {
            let Some(&atom) = paths[index].last() else { continue };
            let mut first = None;
            for slot in scratch.range(atom) {
                let other = scratch.neighbors[slot].0;
                if scratch.distance[other as usize] + 1 != distance || scratch.parent[other as usize] == NONE
                {
                    continue;
                }
                if first.is_none() {
                    first = Some(other);
                } else {
                    let mut copy = paths[index].clone();
                    copy.push(other);
                    paths.push(copy);
                }
            }
            if let Some(other) = first {
                paths[index].push(other);
            }
        }
        if paths.len() > MAX_RINGS {
            return Err(Reason::TooLarge { what: "number of rings in one ring system", limit: MAX_RINGS });
        }
    }
}
