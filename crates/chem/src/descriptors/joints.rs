//! Atoms at which rings meet: spiro atoms and bridgeheads.

use crate::molecule::Molecule;

/// Working memory: rings of every atom and of every bond, and what the ring in hand shares with later ones.
#[derive(Debug, Default)]
pub(super) struct Joints {
    by_atom: Memberships,
    by_bond: Memberships,
    /// Of every ring: members shared with the ring in hand.
    shared: Vec<u32>,
    /// Rings with something in `shared`.
    touched: Vec<u32>,
    /// Bonds of the ring in hand.
    is_member: Vec<bool>,
    /// Atoms with one of the bonds in hand.
    is_end: Vec<bool>,
    is_spiro: Vec<bool>,
    is_bridgehead: Vec<bool>,
}

/// For every atom or bond, its rings.
#[derive(Debug, Default)]
struct Memberships {
    offsets: Vec<u32>,
    rings: Vec<u32>,
}

impl Memberships {
    fn fill<'a>(&mut self, members: usize, rings: usize, ring: impl Fn(usize) -> &'a [u32]) {
        self.offsets.clear();
        self.offsets.resize(members + 1, 0);
        let mut total = 0;
        for index in 0..rings {
            for &member in ring(index) {
                self.offsets[member as usize] += 1;
                total += 1;
            }
        }
        let mut end = 0;
        for offset in &mut self.offsets {
            end += *offset;
            *offset = end;
        }
        self.rings.clear();
        self.rings.resize(total, 0);
        for index in (0..rings).rev() {
            for &member in ring(index) {
                let slot = &mut self.offsets[member as usize];
                *slot -= 1;
                self.rings[*slot as usize] = index as u32;
            }
        }
    }

    fn of(&self, member: u32) -> &[u32] {
        let member = member as usize;
        &self.rings[self.offsets[member] as usize..self.offsets[member + 1] as usize]
    }
}

impl Joints {
    /// Numbers of spiro atoms and of bridgeheads. A spiro atom is all that two rings share; a bridgehead is an end of
    /// the bonds, two or more, that two rings share.
    pub fn count(&mut self, molecule: &Molecule) -> (u32, u32) {
        let rings = molecule.ring_count();
        if rings < 2 {
            return (0, 0);
        }
        let atoms = molecule.atoms().len();
        self.by_atom.fill(atoms, rings, |ring| molecule.ring_atoms(ring));
        self.by_bond.fill(molecule.bonds().len(), rings, |ring| molecule.ring_bonds(ring));
        self.shared.clear();
        self.shared.resize(rings, 0);
        for flags in [&mut self.is_spiro, &mut self.is_bridgehead, &mut self.is_end] {
            flags.clear();
            flags.resize(atoms, false);
        }
        self.is_member.clear();
        self.is_member.resize(molecule.bonds().len(), false);
        for ring in 0..rings {
            self.spiro(molecule, ring);
            self.bridgeheads(molecule, ring);
        }
        let count = |flags: &[bool]| flags.iter().filter(|&&flag| flag).count() as u32;
        (count(&self.is_spiro), count(&self.is_bridgehead))
    }

    /// Spiro atoms of a ring and those after it.
    fn spiro(&mut self, molecule: &Molecule, ring: usize) {
        let Self { by_atom, shared, touched, is_spiro, .. } = self;
        let members = molecule.ring_atoms(ring);
        share(by_atom, ring, members, shared, touched);
        for &atom in members {
            let is_alone = |&&other: &&u32| other as usize > ring && shared[other as usize] == 1;
            is_spiro[atom as usize] |= by_atom.of(atom).iter().any(|other| is_alone(&other));
        }
        touched.drain(..).for_each(|other| shared[other as usize] = 0);
    }

    /// Bridgeheads of a ring and those after it. What two rings share are paths: their ends are the atoms with one
    /// shared bond, those with two are inside.
    fn bridgeheads(&mut self, molecule: &Molecule, ring: usize) {
        let Self { by_bond, shared, touched, is_member, is_end, is_bridgehead, .. } = self;
        let members = molecule.ring_bonds(ring);
        share(by_bond, ring, members, shared, touched);
        members.iter().for_each(|&bond| is_member[bond as usize] = true);
        for other in touched.drain(..) {
            if std::mem::take(&mut shared[other as usize]) < 2 {
                continue;
            }
            let common = || {
                let bonds =
                    molecule.ring_bonds(other as usize).iter().filter(|&&bond| is_member[bond as usize]);
                bonds.flat_map(|&bond| {
                    let bond = &molecule.bonds()[bond as usize];
                    [bond.begin as usize, bond.end as usize]
                })
            };
            common().for_each(|atom| is_end[atom] ^= true);
            common().for_each(|atom| is_bridgehead[atom] |= std::mem::take(&mut is_end[atom]));
        }
        members.iter().for_each(|&bond| is_member[bond as usize] = false);
    }
}

/// Counts what each ring after this one shares with it.
fn share(
    memberships: &Memberships,
    ring: usize,
    members: &[u32],
    shared: &mut [u32],
    touched: &mut Vec<u32>,
) {
    for &member in members {
        for &other in memberships.of(member).iter().filter(|&&other| other as usize > ring) {
            if shared[other as usize] == 0 {
                touched.push(other);
            }
            shared[other as usize] += 1;
        }
    }
}
