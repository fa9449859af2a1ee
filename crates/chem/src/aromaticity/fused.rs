//! Hückel's rule on connected sets of rings, from single rings to sets of six.

use super::Donor;
use crate::molecule::{Atom, Bond, BondOrder, Molecule};

/// Larger rings are tested alone, never together with others.
const MAX_FUSED_RING: usize = 24;
/// Largest set of rings tested together.
const MAX_SET: usize = 6;
/// Systems with more rings are only tested ring by ring and pair by pair.
const MAX_SYSTEM: usize = 300;
/// Words of a set of rings in the largest system that is tested fully.
const WORDS: usize = MAX_SYSTEM.div_ceil(64);

/// Buffers of the search.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    /// First ring seen at each bond, + 1.
    ring_of_bond: Vec<u32>,
    pairs: Vec<(u32, u32)>,
    neighbor_offsets: Vec<u32>,
    neighbors: Vec<u32>,
    system: Vec<u32>,
    place: Vec<u32>,
    stack: Vec<u32>,
    atom_counts: Vec<u8>,
    bond_counts: Vec<u8>,
    done: Vec<bool>,
}

/// Applies the rule to `rings`, the candidate rings, and marks what is aromatic.
pub(super) fn apply(molecule: &mut Molecule, rings: &[u32], donors: &[Donor], scratch: &mut Scratch) {
    scratch.done.clear();
    scratch.done.resize(molecule.bonds.len(), false);
    let mut is_complete = true;
    for &ring in rings {
        let holds = Electrons::of(molecule.ring_atoms(ring as usize), donors).follow_huckel();
        is_complete &= holds;
        if holds {
            mark_ring(molecule, ring as usize, &mut scratch.done);
        }
    }
    if is_complete || rings.len() == 1 {
        return;
    }
    scratch.atom_counts.clear();
    scratch.atom_counts.resize(molecule.atoms.len(), 0);
    scratch.bond_counts.clear();
    scratch.bond_counts.resize(molecule.bonds.len(), 0);
    find_neighbors(molecule, rings, scratch);
    scratch.place.clear();
    scratch.place.resize(rings.len(), u32::MAX);
    for start in 0..rings.len() {
        if scratch.place[start] != u32::MAX {
            continue;
        }
        collect_system(start as u32, scratch);
        if scratch.system.len() > 1 {
            State::new(molecule, rings, donors, scratch).run();
        }
    }
}

/// Range of the electron count of a set of atoms.
#[derive(Clone, Copy, Debug, Default)]
struct Electrons {
    lowest: i32,
    highest: i32,
    /// Atoms that give one or two.
    any: i32,
}

impl Electrons {
    fn of(atoms: &[u32], donors: &[Donor]) -> Self {
        let mut sum = Self::default();
        for &atom in atoms {
            sum.add(donors[atom as usize], 1);
        }
        sum
    }

    #[inline]
    fn add(&mut self, donor: Donor, sign: i32) {
        let (low, high) = donor.range();
        self.lowest += sign * low;
        self.highest += sign * high;
        self.any += sign * i32::from(donor == Donor::Any);
    }

    /// Two electrons, or 4n + 2 within the range from six on; at most one atom of choice.
    fn follow_huckel(self) -> bool {
        self.any <= 1
            && if self.highest >= 6 {
                (self.lowest..=self.highest).any(|electrons| electrons % 4 == 2)
            } else {
                self.highest == 2
            }
    }
}

fn mark_ring(molecule: &mut Molecule, ring: usize, done: &mut [bool]) {
    let Molecule { atoms, bonds, ring_offsets, ring_bonds, .. } = molecule;
    for &bond in &ring_bonds[ring_offsets[ring] as usize..ring_offsets[ring + 1] as usize] {
        mark_bond(atoms, &mut bonds[bond as usize]);
        done[bond as usize] = true;
    }
}

#[inline]
fn mark_bond(atoms: &mut [Atom], bond: &mut Bond) {
    bond.is_aromatic = true;
    if matches!(bond.order, BondOrder::Single | BondOrder::Double) {
        bond.order = BondOrder::Aromatic;
    }
    atoms[bond.begin as usize].is_aromatic = true;
    atoms[bond.end as usize].is_aromatic = true;
}

/// Rings that share exactly one bond, both ways, ascending.
fn find_neighbors(molecule: &Molecule, rings: &[u32], scratch: &mut Scratch) {
    let Scratch { ring_of_bond, pairs, neighbor_offsets, neighbors, .. } = scratch;
    pairs.clear();
    ring_of_bond.clear();
    ring_of_bond.resize(molecule.bonds.len(), 0);
    let mut crowded = false;
    for (index, &ring) in rings.iter().enumerate() {
        let bonds = molecule.ring_bonds(ring as usize);
        if bonds.len() > MAX_FUSED_RING {
            continue;
        }
        for &bond in bonds {
            let slot = &mut ring_of_bond[bond as usize];
            match *slot {
                0 => *slot = index as u32 + 1,
                u32::MAX => crowded = true,
                other => {
                    pairs.push((other - 1, index as u32));
                    *slot = u32::MAX;
                }
            }
        }
    }
    if crowded {
        all_pairs(molecule, rings, pairs);
    }
    pairs.sort_unstable();
    // pairs that occur once share one bond
    let mut kept = 0;
    let mut at = 0;
    while at < pairs.len() {
        let run = pairs[at..].iter().take_while(|pair| **pair == pairs[at]).count();
        if run == 1 {
            pairs[kept] = pairs[at];
            kept += 1;
        }
        at += run;
    }
    pairs.truncate(kept);
    neighbor_offsets.clear();
    neighbor_offsets.resize(rings.len() + 1, 0);
    for &(first, second) in pairs.iter() {
        neighbor_offsets[first as usize + 1] += 1;
        neighbor_offsets[second as usize + 1] += 1;
    }
    for ring in 0..rings.len() {
        neighbor_offsets[ring + 1] += neighbor_offsets[ring];
    }
    neighbors.clear();
    neighbors.resize(2 * pairs.len(), 0);
    for &(first, second) in pairs.iter() {
        for (from, to) in [(first, second), (second, first)] {
            neighbors[neighbor_offsets[from as usize] as usize] = to;
            neighbor_offsets[from as usize] += 1;
        }
    }
    for ring in (1..=rings.len()).rev() {
        neighbor_offsets[ring] = neighbor_offsets[ring - 1];
    }
    neighbor_offsets[0] = 0;
}

/// One entry for every bond two rings share, where some bonds belong to three rings or more.
fn all_pairs(molecule: &Molecule, rings: &[u32], pairs: &mut Vec<(u32, u32)>) {
    pairs.clear();
    let mut members: Vec<(u32, u32)> = Vec::new();
    for (index, &ring) in rings.iter().enumerate() {
        let bonds = molecule.ring_bonds(ring as usize);
        if bonds.len() <= MAX_FUSED_RING {
            members.extend(bonds.iter().map(|&bond| (bond, index as u32)));
        }
    }
    members.sort_unstable();
    for group in members.chunk_by(|first, second| first.0 == second.0) {
        for (at, &(_, first)) in group.iter().enumerate() {
            pairs.extend(group[at + 1..].iter().map(|&(_, second)| (first, second)));
        }
    }
}

/// The rings connected with `start`, as indices into the candidate rings.
fn collect_system(start: u32, scratch: &mut Scratch) {
    let Scratch { neighbor_offsets, neighbors, system, place, stack, .. } = scratch;
    system.clear();
    stack.clear();
    stack.push(start);
    place[start as usize] = 0;
    while let Some(ring) = stack.pop() {
        place[ring as usize] = system.len() as u32;
        system.push(ring);
        let range = neighbor_offsets[ring as usize] as usize..neighbor_offsets[ring as usize + 1] as usize;
        for &next in &neighbors[range] {
            if place[next as usize] == u32::MAX {
                place[next as usize] = 0;
                stack.push(next);
            }
        }
    }
}

/// A set of rings of one system.
#[derive(Clone, Copy)]
struct RingSet([u64; WORDS]);

impl RingSet {
    const EMPTY: Self = Self([0; WORDS]);

    fn insert(&mut self, ring: u32) {
        self.0[ring as usize / 64] |= 1 << (ring % 64);
    }

    fn contains(&self, ring: u32) -> bool {
        self.0[ring as usize / 64] >> (ring % 64) & 1 == 1
    }

    fn pop(&mut self) -> Option<u32> {
        let word = self.0.iter().position(|&word| word != 0)?;
        let bit = self.0[word].trailing_zeros();
        self.0[word] &= self.0[word] - 1;
        Some(word as u32 * 64 + bit)
    }
}

/// Electrons of the current set of rings, kept up to date as rings come and go.
struct State<'a> {
    molecule: &'a mut Molecule,
    rings: &'a [u32],
    donors: &'a [Donor],
    neighbor_offsets: &'a [u32],
    neighbors: &'a [u32],
    system: &'a [u32],
    place: &'a [u32],
    atom_counts: &'a mut [u8],
    bond_counts: &'a mut [u8],
    done: &'a mut [bool],
    done_count: usize,
    bond_total: usize,
    electrons: Electrons,
    set: [u32; MAX_SET],
    length: usize,
}

impl<'a> State<'a> {
    fn new(
        molecule: &'a mut Molecule,
        rings: &'a [u32],
        donors: &'a [Donor],
        scratch: &'a mut Scratch,
    ) -> Self {
        let Scratch { neighbor_offsets, neighbors, system, place, atom_counts, bond_counts, done, .. } =
            scratch;
        Self {
            molecule,
            rings,
            donors,
            neighbor_offsets,
            neighbors,
            system,
            place,
            atom_counts,
            bond_counts,
            done,
            done_count: 0,
            bond_total: 0,
            electrons: Electrons::default(),
            set: [0; MAX_SET],
            length: 0,
        }
    }

    /// Tests sets of two and more rings; single rings were tested before.
    fn run(&mut self) {
        self.count_bonds();
        let largest = if self.system.len() > MAX_SYSTEM { 2 } else { self.system.len().min(MAX_SET) };
        for size in 2..=largest {
            if self.done_count >= self.bond_total {
                return;
            }
            if size == 2 {
                self.test_pairs();
                continue;
            }
            for root in 0..self.system.len() as u32 {
                // sets whose lowest member is `root`, each once (Wernicke's ESU)
                let mut extension = RingSet::EMPTY;
                let mut reached = RingSet::EMPTY;
                for position in 0..=root {
                    reached.insert(position);
                }
                self.for_neighbors(root, |next| {
                    if next > root {
                        extension.insert(next);
                        reached.insert(next);
                    }
                });
                self.push(root);
                self.extend(extension, reached, size);
                self.pop();
            }
        }
    }

    fn test_pairs(&mut self) {
        for first in 0..self.system.len() as u32 {
            let ring = self.system[first as usize] as usize;
            for slot in self.neighbor_offsets[ring]..self.neighbor_offsets[ring + 1] {
                let second = self.place[self.neighbors[slot as usize] as usize];
                if second > first {
                    self.push(first);
                    self.push(second);
                    self.test();
                    self.pop();
                    self.pop();
                }
            }
        }
    }

    /// Number of different bonds in the rings of the system, and of those already aromatic.
    fn count_bonds(&mut self) {
        for add in [true, false] {
            for &member in self.system {
                for &bond in self.molecule.ring_bonds(self.rings[member as usize] as usize) {
                    let count = &mut self.bond_counts[bond as usize];
                    let is_new = add && *count == 0;
                    self.bond_total += usize::from(is_new);
                    self.done_count += usize::from(is_new && self.done[bond as usize]);
                    *count = u8::from(add);
                }
            }
        }
    }

    fn for_neighbors(&self, position: u32, mut visit: impl FnMut(u32)) {
        let ring = self.system[position as usize] as usize;
        for slot in self.neighbor_offsets[ring]..self.neighbor_offsets[ring + 1] {
            visit(self.place[self.neighbors[slot as usize] as usize]);
        }
    }

    /// Tests all sets of `size` rings that contain the current one and grow into `extension`.
    fn extend(&mut self, mut extension: RingSet, reached: RingSet, size: usize) {
        if self.length == size {
            self.test();
            return;
        }
        while let Some(next) = extension.pop() {
            let mut wider = extension;
            let mut seen = reached;
            self.for_neighbors(next, |other| {
                if !seen.contains(other) {
                    seen.insert(other);
                    wider.insert(other);
                }
            });
            self.push(next);
            self.extend(wider, seen, size);
            self.pop();
        }
    }

    fn push(&mut self, position: u32) {
        let ring = self.rings[self.system[position as usize] as usize] as usize;
        for &atom in self.molecule.ring_atoms(ring) {
            let count = &mut self.atom_counts[atom as usize];
            *count += 1;
            // atoms in three rings and more do not count
            match *count {
                1 => self.electrons.add(self.donors[atom as usize], 1),
                3 => self.electrons.add(self.donors[atom as usize], -1),
                _ => {}
            }
        }
        for &bond in self.molecule.ring_bonds(ring) {
            self.bond_counts[bond as usize] += 1;
        }
        self.set[self.length] = position;
        self.length += 1;
    }

    fn pop(&mut self) {
        self.length -= 1;
        let ring = self.rings[self.system[self.set[self.length] as usize] as usize] as usize;
        for &atom in self.molecule.ring_atoms(ring) {
            let count = &mut self.atom_counts[atom as usize];
            *count -= 1;
            match *count {
                0 => self.electrons.add(self.donors[atom as usize], -1),
                2 => self.electrons.add(self.donors[atom as usize], 1),
                _ => {}
            }
        }
        for &bond in self.molecule.ring_bonds(ring) {
            self.bond_counts[bond as usize] -= 1;
        }
    }

    /// Hückel's rule on the current set; marks its perimeter where it holds.
    fn test(&mut self) {
        if !self.electrons.follow_huckel() {
            return;
        }
        for member in 0..self.length {
            let ring = self.rings[self.system[self.set[member] as usize] as usize] as usize;
            for slot in self.molecule.ring_offsets[ring]..self.molecule.ring_offsets[ring + 1] {
                let index = self.molecule.ring_bonds[slot as usize] as usize;
                if self.bond_counts[index] != 1 {
                    continue;
                }
                mark_bond(&mut self.molecule.atoms, &mut self.molecule.bonds[index]);
                self.done_count += usize::from(!self.done[index]);
                self.done[index] = true;
            }
        }
    }
}
