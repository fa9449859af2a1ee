//! The rounds for ordinary molecules: at most four neighbours an atom and a known, small number of
//! words for a bond set. Every atom has four neighbour places; those left over point to a phantom
//! atom and sort last, so that the hot loop has no branches on the number of neighbours.

use super::hash::{combine, pair};
use super::{MorganOptions, invariants, label_code};
use crate::{Chirality, Molecule};

/// Neighbour places of an atom.
pub(super) const PLACES: usize = 4;

/// Upper half of the sort key of an empty place.
const EMPTY: u64 = u64::MAX << 32;

/// Slots of an empty table.
const SMALLEST: usize = 64;

/// A bond set, and the environment that stands for it.
#[derive(Clone, Copy, Debug)]
struct Entry<const WORDS: usize> {
    set: [u64; WORDS],
    identifier: u32,
    atom: u32,
}

/// Working memory; bond sets have `WORDS` words.
#[derive(Clone, Debug, Default)]
pub(super) struct Small<const WORDS: usize> {
    /// Bond code of each place in the upper half.
    codes: Vec<[u64; PLACES]>,
    neighbors: Vec<[u32; PLACES]>,
    filled: Vec<u8>,
    sets: Vec<[u64; WORDS]>,
    next_sets: Vec<[u64; WORDS]>,
    identifiers: Vec<u32>,
    next_identifiers: Vec<u32>,
    /// Atoms that still speak.
    speaking: Vec<u32>,
    silent: Vec<bool>,
    chiral: Vec<bool>,
    entries: Vec<Entry<WORDS>>,
    /// Open-addressing table over `entries`: index plus one, 0 is free.
    slots: Vec<u32>,
    slot_count: usize,
}

impl<const WORDS: usize> Small<WORDS> {
    /// Whether the molecule fits.
    pub fn fits(molecule: &Molecule) -> bool {
        molecule.bonds().len() <= 64 * WORDS
            && molecule.atoms().iter().all(|atom| usize::from(atom.degree) <= PLACES)
    }

    /// Appends the identifiers of all environments beyond the atoms themselves, whose identifiers
    /// are `atoms`.
    pub fn find(&mut self, molecule: &Molecule, options: MorganOptions, atoms: &[u32], emitted: &mut Vec<u32>) {
        self.prepare(molecule, options, atoms);
        for round in 0..options.radius {
            if round > 0 {
                self.grow();
            }
            let last = round + 1 == options.radius;
            if last && round > 0 {
                // What an atom with one neighbour reaches now, the neighbour reached a round ago.
                let filled = &self.filled;
                keep(&mut self.speaking, |atom| filled[atom as usize] > 1);
            }
            if self.speaking.is_empty() {
                break;
            }
            let start = self.entries.len();
            self.reserve(self.speaking.len());
            if options.use_chirality {
                self.round::<true>(molecule, round, start);
            } else {
                self.round::<false>(molecule, round, start);
            }
            emitted.extend(self.entries[start..].iter().map(|entry| entry.identifier));
            let silent = &self.silent;
            keep(&mut self.speaking, |atom| !silent[atom as usize]);
            std::mem::swap(&mut self.identifiers, &mut self.next_identifiers);
        }
    }

    fn prepare(&mut self, molecule: &Molecule, options: MorganOptions, atoms: &[u32]) {
        let phantom = atoms.len();
        reset(&mut self.codes, phantom, [EMPTY; PLACES]);
        reset(&mut self.neighbors, phantom, [phantom as u32; PLACES]);
        reset(&mut self.filled, phantom, 0);
        reset(&mut self.sets, phantom + 1, [0; WORDS]);
        reset(&mut self.silent, phantom, false);
        reset(&mut self.next_identifiers, phantom + 1, 0);
        if options.use_chirality {
            reset(&mut self.chiral, phantom, false);
        }
        for (index, bond) in molecule.bonds().iter().enumerate() {
            let code = u64::from(invariants::bond(bond, options)) << 32;
            for (atom, other) in [(bond.begin as usize, bond.end), (bond.end as usize, bond.begin)] {
                let place = usize::from(self.filled[atom]) % PLACES;
                self.filled[atom] += 1;
                self.codes[atom][place] = code;
                self.neighbors[atom][place] = other;
                self.sets[atom][index / 64] |= 1 << (index % 64);
            }
        }
        self.identifiers.clear();
        self.identifiers.extend_from_slice(atoms);
        self.identifiers.push(0);
        self.speaking.clear();
        self.speaking.extend(0..phantom as u32);
        let filled = &self.filled;
        keep(&mut self.speaking, |atom| filled[atom as usize] > 0);
        self.entries.clear();
        self.slots[..self.slot_count].fill(0);
        self.slot_count = self.slot_count.min(SMALLEST);
        self.reserve(2 * phantom);
    }

    /// Adds the neighbours' bond sets to those of the speaking atoms.
    fn grow(&mut self) {
        self.next_sets.clone_from(&self.sets);
        for &atom in &self.speaking {
            let set = &mut self.next_sets[atom as usize];
            for neighbor in self.neighbors[atom as usize] {
                let reached = &self.sets[neighbor as usize];
                for (word, bits) in set.iter_mut().zip(reached) {
                    *word |= bits;
                }
            }
        }
        std::mem::swap(&mut self.sets, &mut self.next_sets);
    }

    fn round<const CHIRAL: bool>(&mut self, molecule: &Molecule, round: u32, start: usize) {
        self.next_identifiers.fill(0);
        for place in 0..self.speaking.len() {
            let atom = self.speaking[place] as usize;
            let neighbors = self.neighbors[atom];
            let mut keys = self.codes[atom];
            for (key, neighbor) in keys.iter_mut().zip(neighbors) {
                *key |= u64::from(self.identifiers[neighbor as usize]);
            }
            sort(&mut keys);
            let filled = usize::from(self.filled[atom]);
            let mut hashes = [0; PLACES];
            let mut identifier = combine(round, self.identifiers[atom]);
            for (hash, key) in hashes.iter_mut().zip(keys) {
                identifier = combine(identifier, pair((key >> 32) as u32, key as u32));
                *hash = identifier;
            }
            identifier = hashes[(filled - 1) % PLACES];
            if CHIRAL && molecule.atoms()[atom].chirality != Chirality::None {
                self.chiral[atom] = self.chiral[atom] || super::all_distinct(&keys[..filled]);
                if self.chiral[atom] {
                    identifier = combine(identifier, label_code(molecule.atoms()[atom].cip_label));
                }
            }
            self.next_identifiers[atom] = identifier;
            self.enter(Entry { set: self.sets[atom], identifier, atom: atom as u32 }, start);
        }
    }

    /// Enters an environment, or silences its atom or the one it takes precedence over. `start` is
    /// the first entry of this round.
    #[inline(always)]
    fn enter(&mut self, entry: Entry<WORDS>, start: usize) {
        let mut slot = home(&entry.set, self.slot_count);
        loop {
            let found = self.slots[slot] as usize;
            if found == 0 {
                self.entries.push(entry);
                self.slots[slot] = self.entries.len() as u32;
                return;
            }
            let earlier = &mut self.entries[found - 1];
            if earlier.set == entry.set {
                // Atoms come in order, so an equal identifier belongs to a smaller atom.
                if found > start && entry.identifier < earlier.identifier {
                    self.silent[earlier.atom as usize] = true;
                    *earlier = entry;
                } else {
                    self.silent[entry.atom as usize] = true;
                }
                return;
            }
            slot = (slot + 1) & (self.slot_count - 1);
        }
    }

    /// Makes room for more entries at a load of at most one half.
    fn reserve(&mut self, additional: usize) {
        let wanted = (2 * (self.entries.len() + additional)).next_power_of_two().max(SMALLEST);
        if self.slot_count >= wanted {
            return;
        }
        if self.slots.len() < wanted {
            self.slots.resize(wanted, 0);
        }
        self.slots[..wanted].fill(0);
        self.slot_count = wanted;
        for (index, entry) in self.entries.iter().enumerate() {
            let mut slot = home(&entry.set, wanted);
            while self.slots[slot] != 0 {
                slot = (slot + 1) & (wanted - 1);
            }
            self.slots[slot] = index as u32 + 1;
        }
    }
}

/// Where a bond set belongs in a table of `slot_count` slots.
#[inline(always)]
fn home<const WORDS: usize>(set: &[u64; WORDS], slot_count: usize) -> usize {
    let mut hash = 0u64;
    for word in set {
        hash = (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        hash ^= hash >> 32;
    }
    hash.wrapping_mul(0xbf58_476d_1ce4_e5b9).rotate_left(20) as usize & (slot_count - 1)
}

/// Sorts four keys without branches.
#[inline(always)]
fn sort(keys: &mut [u64; PLACES]) {
    for (low, high) in [(0, 1), (2, 3), (0, 2), (1, 3), (1, 2)] {
        let (a, b) = (keys[low], keys[high]);
        keys[low] = a.min(b);
        keys[high] = a.max(b);
    }
}

/// `Vec::retain` without branches on the outcome.
#[inline(always)]
fn keep(atoms: &mut Vec<u32>, is_kept: impl Fn(u32) -> bool) {
    let mut kept = 0;
    for place in 0..atoms.len() {
        let atom = atoms[place];
        atoms[kept] = atom;
        kept += usize::from(is_kept(atom));
    }
    atoms.truncate(kept);
}

fn reset<T: Clone>(values: &mut Vec<T>, length: usize, value: T) {
    values.clear();
    values.resize(length, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeping_is_retaining() {
        let mut atoms = vec![4, 7, 1, 8, 2, 3];
        keep(&mut atoms, |atom| atom % 2 == 0);
        assert_eq!(atoms, [4, 8, 2]);
    }

    #[test]
    fn four_keys_are_sorted_in_any_order() {
        for code in 0..256u64 {
            let mut keys = [code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6];
            let mut expected = keys;
            expected.sort_unstable();
            sort(&mut keys);
            assert_eq!(keys, expected);
        }
    }
}
