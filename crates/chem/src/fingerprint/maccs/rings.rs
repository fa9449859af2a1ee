//! Keys of rings: cycles of a length in the graph, not only those of the smallest set.
//!
//! A ring that shares no bond is the only cycle through its bonds, and two rings that share one bond
//! with each other and none with others have three cycles. Only what is fused otherwise is searched.

use super::atoms::{Q, Site};
use super::keys::Keys;
use crate::fingerprint::features::{MAX_FEATURES, too_many};
use crate::{Error, Molecule};

/// Length of the longest cycle that a key wants by its exact length.
const LONGEST: usize = 7;
/// Lengths of a cycle of key 101.
const LARGE: std::ops::RangeInclusive<usize> = 8..=14;

/// What is known of a bond.
#[derive(Clone, Copy, Debug, Default)]
struct Shared {
    /// Rings that it is in.
    rings: u32,
    /// Sum of the numbers of these rings, to find the other of two.
    sum: u32,
}

/// Working memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Rings {
    shared: Vec<Shared>,
    /// Bonds that each ring shares, and one of them.
    shares: Vec<(u32, u32)>,
    is_allowed: Vec<bool>,
    is_visited: Vec<bool>,
    path: Vec<u32>,
    /// The atoms of a cycle of six, if there is one.
    six: Option<[u32; 6]>,
    steps: usize,
}

impl Rings {
    pub fn keys(&mut self, molecule: &Molecule, sites: &[Site], keys: &mut Keys) -> Result<(), Error> {
        self.six = None;
        self.steps = 0;
        let rings = molecule.ring_count();
        if rings > 0 {
            self.share(molecule);
            for ring in 0..rings {
                self.ring_keys(molecule, sites, ring, keys);
            }
        }
        let mut is_fused = false;
        self.is_allowed.clear();
        self.is_allowed.resize(molecule.bonds().len(), false);
        for ring in 0..rings {
            if self.shares[ring].0 > 1 || self.shares[ring].0 == 1 && self.partner(ring).is_none() {
                is_fused = true;
                molecule.ring_bonds(ring).iter().for_each(|&bond| self.is_allowed[bond as usize] = true);
            }
        }
        if is_fused {
            // large rings are of ring bonds only
            let longest = if keys.has(101) { LONGEST } else { *LARGE.end() };
            self.search(molecule, sites, longest, keys)?;
        }
        if molecule.has_idle_bonds {
            // a bond that makes no ring to perception may close a cycle
            self.is_allowed.fill(true);
            self.search(molecule, sites, LONGEST, keys)?;
        }
        Ok(())
    }

    /// Counts the rings of every bond.
    fn share(&mut self, molecule: &Molecule) {
        self.shared.clear();
        self.shared.resize(molecule.bonds().len(), Shared::default());
        for ring in 0..molecule.ring_count() {
            for &bond in molecule.ring_bonds(ring) {
                let shared = &mut self.shared[bond as usize];
                shared.rings += 1;
                shared.sum += ring as u32;
            }
        }
        let shared = &self.shared;
        self.shares.clear();
        self.shares.extend((0..molecule.ring_count()).map(|ring| {
            let bonds = molecule.ring_bonds(ring).iter();
            bonds
                .filter(|&&bond| shared[bond as usize].rings > 1)
                .fold((0, 0), |(count, _), &bond| (count + 1, bond))
        }));
    }

    /// The ring with which a ring shares a bond, if neither shares another one.
    fn partner(&self, ring: usize) -> Option<usize> {
        let (count, bond) = self.shares[ring];
        let shared = self.shared[bond as usize];
        if count != 1 || shared.rings != 2 {
            return None;
        }
        let partner = shared.sum as usize - ring;
        (self.shares[partner].0 == 1).then_some(partner)
    }

    /// Keys of a ring of the smallest set, and of what it makes with its neighbours.
    fn ring_keys(&mut self, molecule: &Molecule, sites: &[Site], ring: usize, keys: &mut Keys) {
        let has_hetero =
            |ring: usize| molecule.ring_atoms(ring).iter().any(|&atom| sites[atom as usize].is(Q));
        let atoms = molecule.ring_atoms(ring);
        self.cycle(atoms, || has_hetero(ring), keys);
        if keys.has(101) && atoms.len() > LONGEST {
            return;
        }
        for &bond in molecule.ring_bonds(ring) {
            let shared = self.shared[bond as usize];
            if shared.rings != 2 {
                continue;
            }
            let other = shared.sum as usize - ring;
            let length = atoms.len() + molecule.ring_atoms(other).len() - 2;
            if other < ring || length > *LARGE.end() {
                continue;
            }
            if LARGE.contains(&length) {
                // the two make one ring if they have nothing else in common
                let others = molecule.ring_atoms(other);
                let is_large =
                    keys.has(101) || atoms.iter().filter(|atom| others.contains(atom)).count() == 2;
                keys.set(101, is_large);
            } else if self.partner(ring) == Some(other) {
                let has_hetero = has_hetero(ring) || has_hetero(other);
                keys.set(163, length == 6);
                set_length(length, has_hetero, keys);
                if length == 6 {
                    // rings of three and five, or two of four: not the atoms of either
                    let mut six = [0; 6];
                    let mut all: Vec<u32> = atoms.iter().chain(molecule.ring_atoms(other)).copied().collect();
                    all.sort_unstable();
                    all.dedup();
                    six.iter_mut().zip(all).for_each(|(place, atom)| *place = atom);
                    self.cycle_of_six(six, keys);
                }
            }
        }
    }

    /// Keys of a cycle.
    fn cycle(&mut self, atoms: &[u32], has_hetero: impl Fn() -> bool, keys: &mut Keys) {
        match atoms.len() {
            3..=LONGEST => {
                set_length(atoms.len(), has_hetero(), keys);
                if let Ok(mut six) = <[u32; 6]>::try_from(atoms) {
                    six.sort_unstable();
                    self.cycle_of_six(six, keys);
                }
            }
            length => keys.set(101, LARGE.contains(&length)),
        }
    }

    /// Two cycles of six with different atoms make a key.
    fn cycle_of_six(&mut self, atoms: [u32; 6], keys: &mut Keys) {
        let first = *self.six.get_or_insert(atoms);
        keys.set(145, first != atoms);
    }

    /// Finds all cycles up to a length over the allowed bonds, each from its first atom.
    fn search(
        &mut self,
        molecule: &Molecule,
        sites: &[Site],
        longest: usize,
        keys: &mut Keys,
    ) -> Result<(), Error> {
        self.is_visited.clear();
        self.is_visited.resize(molecule.atoms().len(), false);
        for start in 0..molecule.atoms().len() as u32 {
            self.path.clear();
            self.path.push(start);
            self.walk(molecule, sites, longest, keys)?;
        }
        Ok(())
    }

    /// All ways on from the path, through atoms after its first.
    fn walk(
        &mut self,
        molecule: &Molecule,
        sites: &[Site],
        longest: usize,
        keys: &mut Keys,
    ) -> Result<(), Error> {
        let (start, last) = (self.path[0], self.path[self.path.len() - 1]);
        for entry in molecule.neighbors(last as usize) {
            if !self.is_allowed[entry.bond as usize]
                || entry.atom < start
                || self.is_visited[entry.atom as usize]
            {
                continue;
            }
            self.steps += 1;
            if self.steps > MAX_FEATURES {
                return Err(too_many("number of paths in rings for MACCS keys"));
            }
            if entry.atom == start {
                // each cycle once, in one of its directions
                if self.path.len() > 2 && self.path[1] < last {
                    let path = std::mem::take(&mut self.path);
                    self.cycle(&path, || path.iter().any(|&atom| sites[atom as usize].is(Q)), keys);
                    self.path = path;
                }
                continue;
            }
            let limit = if keys.has(101) { longest.min(LONGEST) } else { longest };
            if self.path.len() < limit {
                self.path.push(entry.atom);
                self.is_visited[entry.atom as usize] = true;
                self.walk(molecule, sites, longest, keys)?;
                self.is_visited[entry.atom as usize] = false;
                self.path.pop();
            }
        }
        Ok(())
    }
}

/// Keys of a cycle of three to seven atoms.
fn set_length(length: usize, has_hetero: bool, keys: &mut Keys) {
    match length {
        3 => {
            keys.set(22, true);
            keys.set(16, has_hetero);
        }
        4 => {
            keys.set(11, true);
            keys.set(8, has_hetero);
        }
        5 => {
            keys.set(96, true);
            keys.set(83, has_hetero);
        }
        6 => {
            keys.set(163, true);
            keys.set(98, has_hetero);
        }
        7 => keys.set(19, true),
        _ => {}
    }
}
