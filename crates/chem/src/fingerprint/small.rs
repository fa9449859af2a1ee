//! The rounds for ordinary molecules: at most four neighbours an atom and a known, small number of
//! words for a bond set. Atoms are taken by their number of neighbours, so that the hot loops have
//! no branches on it.

use super::hash::{combine, pair};
use super::{MorganOptions, all_distinct, invariants, label_code};
use crate::{Chirality, Molecule};

/// Most neighbours of an atom.
const MOST: usize = 4;

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
    /// Of each atom, the codes of its bonds (in the upper half) and the neighbours across them.
    edges: Vec<[u64; MOST]>,
    degrees: Vec<u8>,
    sets: Vec<[u64; WORDS]>,
    next_sets: Vec<[u64; WORDS]>,
    identifiers: Vec<u32>,
    next_identifiers: Vec<u32>,
    /// Atoms that still speak, by their number of neighbours; those with `n` end at `ends[n]`.
    speaking: Vec<u32>,
    ends: [usize; MOST + 1],
    silent: Vec<bool>,
    chiral: Vec<bool>,
    entries: Vec<Entry<WORDS>>,
    /// Open-addressing table over `entries`: index plus one, 0 is free.
    slots: Vec<u32>,
    slot_count: usize,
}

impl<const WORDS: usize> Small<WORDS> {
    /// Whether a molecule with so many bonds, and so many on one atom, fits.
    pub fn fits(bonds: usize, degree: u8) -> bool {
        bonds <= 64 * WORDS && usize::from(degree) <= MOST
    }

    /// Appends the identifiers of all environments beyond the atoms themselves, whose identifiers
    /// are `atoms`.
    pub fn find(
        &mut self,
        molecule: &Molecule,
        options: MorganOptions,
        atoms: &[u32],
        emitted: &mut Vec<u32>,
    ) {
        self.prepare(molecule, options, atoms);
        for round in 0..options.radius {
            if round > 0 {
                self.drop_silent(round + 1 == options.radius);
                self.grow();
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
        }
    }

    fn prepare(&mut self, molecule: &Molecule, options: MorganOptions, atoms: &[u32]) {
        reset(&mut self.edges, atoms.len(), [0; MOST]);
        reset(&mut self.degrees, atoms.len(), 0);
        reset(&mut self.sets, atoms.len(), [0; WORDS]);
        reset(&mut self.silent, atoms.len(), false);
        reset(&mut self.next_identifiers, atoms.len(), 0);
        if options.use_chirality {
            reset(&mut self.chiral, atoms.len(), false);
        }
        let (edges, degrees, sets) = (&mut self.edges[..], &mut self.degrees[..], &mut self.sets[..]);
        for (index, bond) in molecule.bonds().iter().enumerate() {
            let code = u64::from(invariants::bond(bond, options)) << 32;
            for (atom, other) in [(bond.begin as usize, bond.end), (bond.end as usize, bond.begin)] {
                let place = usize::from(degrees[atom]) % MOST;
                degrees[atom] += 1;
                edges[atom][place] = code | u64::from(other);
                sets[atom][index / 64] |= 1 << (index % 64);
            }
        }
        self.identifiers.clear();
        self.identifiers.extend_from_slice(atoms);
        self.order_by_degree();
        self.entries.clear();
        self.slots[..self.slot_count].fill(0);
        self.slot_count = self.slot_count.min(SMALLEST);
        self.reserve(2 * atoms.len());
    }

    /// Makes all atoms with neighbours speak, ordered by how many those are.
    fn order_by_degree(&mut self) {
        let mut starts = [0; MOST + 2];
        for &degree in &self.degrees {
            starts[usize::from(degree) + 1] += 1;
        }
        // Atoms without neighbours have no turn.
        starts[1] = 0;
        for degree in 1..=MOST {
            starts[degree + 1] += starts[degree];
        }
        self.ends[1..].copy_from_slice(&starts[2..]);
        reset(&mut self.speaking, self.ends[MOST], 0);
        for (atom, &degree) in self.degrees.iter().enumerate() {
            if degree > 0 {
                let place = &mut starts[usize::from(degree)];
                self.speaking[*place] = atom as u32;
                *place += 1;
            }
        }
    }

    /// Takes silent atoms out. In the last round those with one neighbour have nothing to say
    /// either: what they reach now, the neighbour reached a round ago.
    fn drop_silent(&mut self, is_last: bool) {
        let (mut place, mut kept) = (0, 0);
        for (degree, end) in self.ends.iter_mut().enumerate() {
            if is_last && degree == 1 {
                place = *end;
            }
            while place < *end {
                let atom = self.speaking[place];
                self.speaking[kept] = atom;
                kept += usize::from(!self.silent[atom as usize]);
                place += 1;
            }
            *end = kept;
        }
        self.speaking.truncate(kept);
    }

    /// Adds the neighbours' bond sets to those of the speaking atoms.
    fn grow(&mut self) {
        self.next_sets.clone_from(&self.sets);
        let (sets, next_sets) = (&self.sets[..], &mut self.next_sets[..]);
        for degree in 1..=MOST {
            for &atom in &self.speaking[self.ends[degree - 1]..self.ends[degree]] {
                let set = &mut next_sets[atom as usize];
                for &edge in &self.edges[atom as usize][..degree] {
                    let reached = &sets[edge as u32 as usize];
                    for (word, bits) in set.iter_mut().zip(reached) {
                        *word |= bits;
                    }
                }
            }
        }
        std::mem::swap(&mut self.sets, &mut self.next_sets);
    }

    /// All speaking atoms' turns. `start` is the first entry of this round.
    fn round<const CHIRAL: bool>(&mut self, molecule: &Molecule, round: u32, start: usize) {
        self.next_identifiers.fill(0);
        self.identify::<1, CHIRAL>(molecule, round);
        self.identify::<2, CHIRAL>(molecule, round);
        self.identify::<3, CHIRAL>(molecule, round);
        self.identify::<4, CHIRAL>(molecule, round);
        std::mem::swap(&mut self.identifiers, &mut self.next_identifiers);
        self.settle(start);
    }

    /// New identifiers of the atoms with `DEGREE` neighbours.
    #[inline(always)]
    fn identify<const DEGREE: usize, const CHIRAL: bool>(&mut self, molecule: &Molecule, round: u32) {
        let turns = self.ends[DEGREE - 1]..self.ends[DEGREE];
        let (edges, identifiers) = (&self.edges[..], &self.identifiers[..]);
        let next_identifiers = &mut self.next_identifiers[..];
        for &atom in &self.speaking[turns] {
            let atom = atom as usize;
            let mut keys = [0; DEGREE];
            for (key, edge) in keys.iter_mut().zip(edges[atom]) {
                *key = edge >> 32 << 32 | u64::from(identifiers[edge as u32 as usize]);
            }
            sort(&mut keys);
            let mut identifier = combine(round, identifiers[atom]);
            for key in keys {
                identifier = combine(identifier, pair((key >> 32) as u32, key as u32));
            }
            if CHIRAL && molecule.atoms()[atom].chirality != Chirality::None {
                self.chiral[atom] = self.chiral[atom] || all_distinct(&keys);
                if self.chiral[atom] {
                    identifier = combine(identifier, label_code(molecule.atoms()[atom].cip_label));
                }
            }
            next_identifiers[atom] = identifier;
        }
    }

    /// Enters the speaking atoms' environments, and silences those that another one stands for.
    fn settle(&mut self, start: usize) {
        let slots = &mut self.slots[..self.slot_count];
        let (entries, silent) = (&mut self.entries, &mut self.silent[..]);
        for &atom in &self.speaking {
            let identifier = self.identifiers[atom as usize];
            let entry = Entry { set: self.sets[atom as usize], identifier, atom };
            let mut slot = home(&entry.set, slots.len());
            loop {
                let found = slots[slot] as usize;
                if found == 0 {
                    entries.push(entry);
                    slots[slot] = entries.len() as u32;
                    break;
                }
                let earlier = &mut entries[found - 1];
                if earlier.set == entry.set {
                    let order = |entry: &Entry<WORDS>| (entry.identifier, entry.atom);
                    if found > start && order(&entry) < order(earlier) {
                        silent[earlier.atom as usize] = true;
                        *earlier = entry;
                    } else {
                        silent[atom as usize] = true;
                    }
                    break;
                }
                slot = (slot + 1) & (slots.len() - 1);
            }
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

/// Sorts up to four keys without branches.
#[inline(always)]
fn sort<const DEGREE: usize>(keys: &mut [u64; DEGREE]) {
    let mut order = |low: usize, high: usize| {
        let (a, b) = (keys[low], keys[high]);
        keys[low] = a.min(b);
        keys[high] = a.max(b);
    };
    match DEGREE {
        0 | 1 => {}
        2 => order(0, 1),
        3 => {
            order(0, 1);
            order(1, 2);
            order(0, 1);
        }
        4 => {
            order(0, 1);
            order(2, 3);
            order(0, 2);
            order(1, 3);
            order(1, 2);
        }
        _ => keys.sort_unstable(),
    }
}

fn reset<T: Clone>(values: &mut Vec<T>, length: usize, value: T) {
    values.clear();
    values.resize(length, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_keys_are_sorted_in_any_order() {
        fn check<const DEGREE: usize>() {
            for code in 0..256 {
                let mut keys: [u64; DEGREE] = std::array::from_fn(|place| code >> (2 * place) & 3);
                let mut expected = keys;
                expected.sort_unstable();
                sort(&mut keys);
                assert_eq!(keys, expected);
            }
        }
        check::<1>();
        check::<2>();
        check::<3>();
        check::<4>();
    }
}
