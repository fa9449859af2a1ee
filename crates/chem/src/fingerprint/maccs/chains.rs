//! Keys of chains of three to five atoms with given ends, and of chains that go on from a methylene
//! at their end.

use super::atoms::{CH2, CH3, N, O, QH, Site};
use super::keys::Keys;
use crate::fingerprint::features::{MAX_FEATURES, too_many};
use crate::{Error, Molecule, Neighbor};

/// Bonds of the longest chain.
const LONGEST: usize = 4;

/// The chain's last atom is a methylene that goes on: to an atom beyond the chain,
const GOES_ON: usize = 4;
/// or back to an atom of the chain but the one before, by ring bonds only,
const CLOSES: usize = 5;
/// or back to the second atom.
const CLOSES_ON_SECOND: usize = 6;

/// Keys of chains by number of bonds and what is at the ends.
const KEYS: [(usize, usize, usize, usize); 19] = [
    (2, QH, GOES_ON, 104),
    (2, N, GOES_ON, 111),
    (2, CH3, GOES_ON, 115),
    (2, O, GOES_ON, 132),
    (3, O, O, 72),
    (3, N, N, 79),
    (3, N, O, 95),
    (3, QH, QH, 54),
    (3, QH, GOES_ON, 90),
    (3, QH, CLOSES, 90),
    (3, CH3, GOES_ON, 116),
    (3, CH3, CLOSES_ON_SECOND, 116),
    (4, N, N, 80),
    (4, O, O, 89),
    (4, N, O, 97),
    (4, QH, QH, 53),
    (4, QH, GOES_ON, 91),
    (4, QH, CLOSES, 91),
    (4, CH3, GOES_ON, 108),
];

/// Classes that a chain may start from, apart from methylenes.
const STARTS: u16 = 1 << N | 1 << O | 1 << QH | 1 << CH3;

/// A chain that grows, and what was found at the ends of all chains.
struct Chain<'a> {
    molecule: &'a Molecule,
    sites: &'a [Site],
    /// Atoms, and the bonds between them.
    atoms: [u32; LONGEST + 1],
    bonds: [u32; LONGEST],
    /// For every number of bonds and class at the start (a byte each), classes at the end.
    ends: [u64; LONGEST + 1],
    /// One byte of `ends` for each class of the start.
    start_lanes: u64,
    starts_with_methylene: bool,
    /// The third atom of a triangle with two methylenes.
    apex: Option<u32>,
    /// Chains that were looked at.
    count: usize,
}

pub(super) fn keys(molecule: &Molecule, sites: &[Site], keys: &mut Keys) -> Result<(), Error> {
    let mut chain = Chain {
        molecule,
        sites,
        atoms: [0; LONGEST + 1],
        bonds: [0; LONGEST],
        ends: [0; LONGEST + 1],
        start_lanes: 0,
        starts_with_methylene: false,
        apex: None,
        count: 0,
    };
    for (index, site) in sites.iter().enumerate() {
        let start = site.class & STARTS;
        let is_methylene = site.is(CH2) && site.degree > 1;
        if start == 0 && !is_methylene {
            continue;
        }
        chain.start_lanes =
            (0..4).fold(0, |lanes, class| lanes | u64::from(start >> class & 1) << (8 * class));
        chain.starts_with_methylene = is_methylene;
        chain.atoms[0] = index as u32;
        for &entry in molecule.neighbors(index) {
            if is_methylene {
                chain.ethylene(entry, keys);
            }
            chain.atoms[1] = entry.atom;
            chain.bonds[0] = entry.bond;
            chain.extend(2, keys)?;
        }
    }
    for (bonds, start, end, key) in KEYS {
        keys.set(key, chain.ends[bonds] >> (8 * start + end) & 1 == 1);
    }
    Ok(())
}

impl Chain<'_> {
    /// Adds one bond, the `bonds`th, in all ways, and so on.
    fn extend(&mut self, bonds: usize, keys: &mut Keys) -> Result<(), Error> {
        let last = self.atoms[bonds - 1];
        for entry in self.molecule.neighbors(last as usize) {
            if self.atoms[..bonds].contains(&entry.atom) {
                continue;
            }
            self.atoms[bonds] = entry.atom;
            self.bonds[bonds - 1] = entry.bond;
            self.count += 1;
            if self.count > MAX_FEATURES {
                return Err(too_many("number of chains of MACCS keys"));
            }
            let site = self.sites[entry.atom as usize];
            let mut end = u64::from(site.class & STARTS);
            if site.is(CH2) && site.degree > 1 {
                end |= self.tail(bonds);
                if self.starts_with_methylene && bonds > 2 {
                    self.between_methylenes(bonds, keys);
                }
            }
            self.ends[bonds] |= self.start_lanes * end;
            if bonds < LONGEST {
                self.extend(bonds + 1, keys)?;
            }
        }
        Ok(())
    }

    /// How the methylene at the end of a chain goes on.
    fn tail(&self, bonds: usize) -> u64 {
        let chain = &self.atoms[..=bonds];
        let mut tail = 0;
        for entry in self.molecule.neighbors(chain[bonds] as usize) {
            match chain.iter().position(|&atom| atom == entry.atom) {
                None => tail |= 1 << GOES_ON,
                Some(place) if place + 1 < bonds => {
                    tail |= u64::from(self.is_ring(place, bonds, *entry)) << CLOSES;
                    tail |= u64::from(place == 1) << CLOSES_ON_SECOND;
                }
                Some(_) => {}
            }
        }
        tail
    }

    /// The chain from `place` on and the bond that closes it are ring bonds.
    fn is_ring(&self, place: usize, bonds: usize, closure: Neighbor) -> bool {
        let is_in_ring = |&bond: &u32| self.molecule.bonds()[bond as usize].is_in_ring;
        is_in_ring(&closure.bond) && self.bonds[place..bonds].iter().all(is_in_ring)
    }

    /// A chain of three or four bonds between methylenes: keys 129 and 128, if it goes on at the first
    /// one, and at the last one to another atom, to the same in a ring, or back into the chain.
    fn between_methylenes(&self, bonds: usize, keys: &mut Keys) {
        let key = if bonds == 3 { 129 } else { 128 };
        let chain = &self.atoms[..=bonds];
        if keys.has(key) {
            return;
        }
        for before in self.molecule.neighbors(chain[0] as usize) {
            if chain.contains(&before.atom) {
                continue;
            }
            for after in self.molecule.neighbors(chain[bonds] as usize) {
                let is_set = match chain.iter().position(|&atom| atom == after.atom) {
                    Some(place) => place > 0 && place + 1 < bonds && self.is_ring(place, bonds, *after),
                    None if after.atom != before.atom => true,
                    None => {
                        self.is_ring(0, bonds, *after)
                            && self.molecule.bonds()[before.bond as usize].is_in_ring
                    }
                };
                keys.set(key, is_set);
            }
        }
    }

    /// The bond from the first atom, a methylene, to another one: keys 118 and 147, if it goes on at both
    /// ends. 118 wants two atoms to which it goes on: a triangle has but one, unless all are methylenes.
    fn ethylene(&mut self, second: Neighbor, keys: &mut Keys) {
        let first = self.atoms[0];
        if keys.has(118) && keys.has(147) || !self.sites[second.atom as usize].is(CH2) {
            return;
        }
        let is_in_ring = |bond: u32| self.molecule.bonds()[bond as usize].is_in_ring;
        for before in self.molecule.neighbors(first as usize) {
            for after in self.molecule.neighbors(second.atom as usize) {
                if before.atom == second.atom || after.atom == first {
                    continue;
                }
                if before.atom != after.atom {
                    keys.set(118, true);
                    keys.set(147, true);
                } else {
                    let is_ring =
                        is_in_ring(before.bond) && is_in_ring(after.bond) && is_in_ring(second.bond);
                    keys.set(147, is_ring);
                    keys.set(118, *self.apex.get_or_insert(before.atom) != before.atom);
                }
            }
        }
    }
}
