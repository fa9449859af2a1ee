//! Hash-consed atom and bond environments of a batch of molecules.
//!
//! In a directed message passing network the message on a directed edge after `t` steps depends
//! only on the edge's radius-`t` environment: the features of the edge and of its source atom, and
//! the multiset of environments one step smaller that flow into the source (except the reverse
//! edge). A library has few distinct ones. This table numbers the distinct environments of each
//! radius, so that each is computed once: an exact saving, not an approximation.
//!
//! The incoming messages of an environment are kept in an order fixed by their content, so a sum
//! over them has the same bits whatever else is in the batch.

use super::digest::absorb;
use super::level::{Leaves, Level};

const ATOM_DOMAIN: u64 = 0;
const BOND_DOMAIN: u64 = 1;

/// A bond of a molecule that is being added: local atom indices and the key of its features.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyedBond {
    /// First atom.
    pub begin: u32,
    /// Second atom.
    pub end: u32,
    /// Key of the bond's features (the same in both directions).
    pub key: u64,
}

/// Counts of one level: how many environments there are, and how many distinct ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LevelCount {
    /// Occurrences in the batch.
    pub total: u64,
    /// Distinct environments.
    pub distinct: u64,
}

/// The distinct environments of a batch of molecules, for networks of one depth.
#[derive(Clone, Default)]
pub struct Environments {
    pub(super) atoms: Leaves,
    pub(super) bonds: Leaves,
    /// Level 0: base atom leaf, child bond leaf. Level t: base of level 0, children of level t-1.
    pub(super) levels: Vec<Level>,
    /// Base atom leaf, children of the last level: what an atom's hidden vector depends on.
    pub(super) centres: Level,
    /// Centre of each atom, molecule by molecule.
    pub(super) molecule_atoms: Vec<u32>,
    pub(super) molecule_ends: Vec<u32>,
    edges: u64,
    scratch: Scratch,
}

#[derive(Clone, Default)]
struct Scratch {
    atoms: Vec<u32>,
    incoming_ends: Vec<u32>,
    incoming: Vec<u32>,
    first: Vec<u32>,
    current: Vec<u32>,
    next: Vec<u32>,
    children: Vec<u32>,
    maps: [Vec<u32>; 2],
}

impl Environments {
    /// An empty table for networks of `depth` message steps (Chemprop's `depth`, at least 1).
    ///
    /// # Panics
    /// When `depth` is 0.
    pub fn new(depth: usize) -> Self {
        assert!(depth >= 1, "a message passing network has a depth of at least 1");
        Self { levels: vec![Level::default(); depth], ..Self::default() }
    }

    /// Forgets all molecules and environments, keeping the memory.
    pub fn clear(&mut self) {
        self.atoms.clear();
        self.bonds.clear();
        self.levels.iter_mut().for_each(Level::clear);
        self.centres.clear();
        self.molecule_atoms.clear();
        self.molecule_ends.clear();
        self.edges = 0;
    }

    /// Forgets all molecules after the first `molecules`, and what an addition that did not come to
    /// its end has left. Environments stay.
    pub fn truncate(&mut self, molecules: usize) {
        self.molecule_ends.truncate(molecules);
        self.molecule_atoms.truncate(self.molecule_ends.last().map_or(0, |&end| end as usize));
    }

    /// Message steps.
    pub fn depth(&self) -> usize {
        self.levels.len()
    }

    /// Molecules added.
    pub fn molecules(&self) -> usize {
        self.molecule_ends.len()
    }

    /// Atoms added.
    pub fn atoms(&self) -> usize {
        self.molecule_atoms.len()
    }

    /// Distinct atom keys, in the order of their ids.
    pub fn atom_keys(&self) -> &[u64] {
        self.atoms.keys()
    }

    /// Distinct bond keys, in the order of their ids.
    pub fn bond_keys(&self) -> &[u64] {
        self.bonds.keys()
    }

    /// Occurrences and distinct environments of each level of directed edges.
    pub fn edge_counts(&self) -> Vec<LevelCount> {
        self.levels
            .iter()
            .map(|level| LevelCount { total: self.edges, distinct: level.len() as u64 })
            .collect()
    }

    /// Occurrences and distinct environments of atoms, at full radius.
    pub fn atom_counts(&self) -> LevelCount {
        LevelCount { total: self.molecule_atoms.len() as u64, distinct: self.centres.len() as u64 }
    }

    /// Centre ids of the atoms of a molecule, in atom order.
    pub(super) fn molecule(&self, molecule: usize) -> &[u32] {
        let start = if molecule == 0 { 0 } else { self.molecule_ends[molecule - 1] as usize };
        &self.molecule_atoms[start..self.molecule_ends[molecule] as usize]
    }

    /// Adds a molecule: the key of each atom's features, and its bonds.
    ///
    /// # Panics
    /// When a bond names an atom that is not there.
    pub fn add(&mut self, atom_keys: &[u64], bonds: &[KeyedBond]) {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.atoms.clear();
        scratch.atoms.extend(atom_keys.iter().map(|&key| self.atoms.intern(ATOM_DOMAIN, key)));
        index_incoming(atom_keys.len(), bonds, &mut scratch);

        // Directed edge 2k runs begin -> end of bond k, 2k + 1 back.
        scratch.first.clear();
        for bond in bonds {
            let leaf = self.bonds.intern(BOND_DOMAIN, bond.key);
            for source in [bond.begin, bond.end] {
                let atom = scratch.atoms[source as usize];
                let digest = absorb(self.atoms.digest(atom), self.bonds.digest(leaf));
                scratch.first.push(self.levels[0].intern(atom, &[leaf], digest));
            }
        }
        scratch.current.clone_from(&scratch.first);
        for step in 1..self.levels.len() {
            let (below, above) = self.levels.split_at_mut(step);
            scratch.next.clear();
            for (k, bond) in bonds.iter().enumerate() {
                for (edge, source) in [(2 * k, bond.begin), (2 * k + 1, bond.end)] {
                    let reverse = (edge ^ 1) as u32;
                    scratch.children.clear();
                    for &incoming in incoming_of(&scratch.incoming_ends, &scratch.incoming, source) {
                        if incoming != reverse {
                            insert_sorted(
                                &mut scratch.children,
                                scratch.current[incoming as usize],
                                &below[step - 1],
                            );
                        }
                    }
                    let base = scratch.first[edge];
                    let mut digest = below[0].digest(base);
                    for &child in &scratch.children {
                        digest = absorb(digest, below[step - 1].digest(child));
                    }
                    scratch.next.push(above[0].intern(base, &scratch.children, digest));
                }
            }
            std::mem::swap(&mut scratch.current, &mut scratch.next);
        }
        self.add_centres(&mut scratch);
        self.edges += 2 * bonds.len() as u64;
        self.molecule_ends.push(self.molecule_atoms.len() as u32);
        self.scratch = scratch;
    }

    fn add_centres(&mut self, scratch: &mut Scratch) {
        let last = &self.levels[self.levels.len() - 1];
        for (index, &atom) in scratch.atoms.iter().enumerate() {
            scratch.children.clear();
            for &incoming in incoming_of(&scratch.incoming_ends, &scratch.incoming, index as u32) {
                insert_sorted(&mut scratch.children, scratch.current[incoming as usize], last);
            }
            let mut digest = self.atoms.digest(atom);
            for &child in &scratch.children {
                digest = absorb(digest, last.digest(child));
            }
            self.molecule_atoms.push(self.centres.intern(atom, &scratch.children, digest));
        }
    }

    /// Appends the molecules of `other` (a table of the same depth) after this table's own.
    ///
    /// # Panics
    /// When the depths differ.
    pub fn append(&mut self, other: &Self) {
        assert_eq!(self.depth(), other.depth(), "tables of one depth");
        let mut scratch = std::mem::take(&mut self.scratch);
        let atoms: Vec<u32> =
            other.atoms.keys().iter().map(|&key| self.atoms.intern(ATOM_DOMAIN, key)).collect();
        let bonds: Vec<u32> =
            other.bonds.keys().iter().map(|&key| self.bonds.intern(BOND_DOMAIN, key)).collect();
        let first =
            append_level(&mut self.levels[0], &other.levels[0], &atoms, &bonds, &mut scratch.children);
        let mut below = first.clone();
        for (mine, theirs) in self.levels[1..].iter_mut().zip(&other.levels[1..]) {
            below = append_level(mine, theirs, &first, &below, &mut scratch.children);
        }
        let centres = append_level(&mut self.centres, &other.centres, &atoms, &below, &mut scratch.children);
        let start = self.molecule_atoms.len() as u32;
        self.molecule_atoms.extend(other.molecule_atoms.iter().map(|&id| centres[id as usize]));
        self.molecule_ends.extend(other.molecule_ends.iter().map(|&end| start + end));
        self.edges += other.edges;
        self.scratch = scratch;
    }
}

/// Interns every environment of `theirs` into `mine`; returns their new ids.
fn append_level(
    mine: &mut Level,
    theirs: &Level,
    bases: &[u32],
    below: &[u32],
    children: &mut Vec<u32>,
) -> Vec<u32> {
    (0..theirs.len())
        .map(|id| {
            children.clear();
            // The order is by content, so it is the same in both tables.
            children.extend(theirs.children(id).iter().map(|&child| below[child as usize]));
            mine.intern_many(bases[theirs.base(id)], children, theirs.digest(id as u32), theirs.count(id))
        })
        .collect()
}

/// Counting sort of directed edges by the atom they run into.
fn index_incoming(atoms: usize, bonds: &[KeyedBond], scratch: &mut Scratch) {
    let ends = &mut scratch.incoming_ends;
    ends.clear();
    ends.resize(atoms + 1, 0);
    for bond in bonds {
        ends[bond.begin as usize + 1] += 1;
        ends[bond.end as usize + 1] += 1;
    }
    for atom in 1..=atoms {
        ends[atom] += ends[atom - 1];
    }
    let [cursor, _] = &mut scratch.maps;
    cursor.clear();
    cursor.extend_from_slice(ends);
    scratch.incoming.clear();
    scratch.incoming.resize(2 * bonds.len(), 0);
    for (k, bond) in bonds.iter().enumerate() {
        for (edge, target) in [(2 * k, bond.end), (2 * k + 1, bond.begin)] {
            let place = &mut cursor[target as usize];
            scratch.incoming[*place as usize] = edge as u32;
            *place += 1;
        }
    }
}

#[inline(always)]
fn incoming_of<'a>(ends: &[u32], incoming: &'a [u32], atom: u32) -> &'a [u32] {
    &incoming[ends[atom as usize] as usize..ends[atom as usize + 1] as usize]
}

/// Inserts `id` so that `children` stays sorted by digest.
#[inline(always)]
fn insert_sorted(children: &mut Vec<u32>, id: u32, level: &Level) {
    let digest = level.digest(id);
    let mut place = children.len();
    children.push(id);
    while place > 0 && level.digest(children[place - 1]) > digest {
        children[place] = children[place - 1];
        place -= 1;
    }
    children[place] = id;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(keys: &[u64]) -> Vec<KeyedBond> {
        (1..keys.len() as u32).map(|end| KeyedBond { begin: end - 1, end, key: 5 }).collect()
    }

    #[test]
    fn a_long_chain_has_few_environments() {
        let keys = vec![6; 40];
        let mut table = Environments::new(3);
        table.add(&keys, &chain(&keys));
        // Directed edges differ only by how far the end of the chain behind them is: 0, 1, or 2+.
        let distinct: Vec<u64> = table.edge_counts().iter().map(|count| count.distinct).collect();
        assert_eq!(distinct, [1, 2, 3]);
        assert_eq!(table.edge_counts()[0].total, 78);
        // Atoms at distance 0, 1, 2 from an end, and the rest (radius 3 = three bonds each side).
        assert_eq!(table.atom_counts(), LevelCount { total: 40, distinct: 4 });
    }

    #[test]
    fn a_copy_adds_nothing_new() {
        let keys = [6, 7, 8, 6, 6];
        let mut table = Environments::new(3);
        table.add(&keys, &chain(&keys));
        let once = table.atom_counts().distinct;
        table.add(&keys, &chain(&keys));
        assert_eq!(table.atom_counts().distinct, once);
        assert_eq!(table.molecule(0), table.molecule(1));
    }

    #[test]
    fn atom_order_does_not_matter_to_the_environments() {
        let mut table = Environments::new(3);
        // N-C(-O)-C written in two orders.
        let bond = |begin, end, key| KeyedBond { begin, end, key };
        table.add(&[7, 6, 8, 6], &[bond(0, 1, 1), bond(1, 2, 1), bond(1, 3, 1)]);
        let before = table.atom_counts().distinct;
        table.add(&[6, 8, 6, 7], &[bond(2, 1, 1), bond(3, 2, 1), bond(0, 2, 1)]);
        assert_eq!(table.atom_counts().distinct, before);
    }

    #[test]
    fn appended_tables_equal_one_table() {
        let molecules: Vec<Vec<u64>> =
            (0..60).map(|m| (0..3 + m % 9).map(|a| 6 + (a * m) % 4).collect()).collect();
        let mut whole = Environments::new(3);
        molecules.iter().for_each(|keys| whole.add(keys, &chain(keys)));
        let mut merged = Environments::new(3);
        for part in molecules.chunks(7).rev().collect::<Vec<_>>().into_iter().rev() {
            let mut local = Environments::new(3);
            part.iter().for_each(|keys| local.add(keys, &chain(keys)));
            merged.append(&local);
        }
        assert_eq!(whole.edge_counts(), merged.edge_counts());
        assert_eq!(whole.atom_counts(), merged.atom_counts());
        assert_eq!(whole.molecules(), merged.molecules());
        for m in 0..whole.molecules() {
            let digests = |table: &Environments| -> Vec<u128> {
                table.molecule(m).iter().map(|&id| table.centres.digest(id)).collect()
            };
            assert_eq!(digests(&whole), digests(&merged));
        }
    }

    #[test]
    fn truncated_tables_go_on_as_if_nothing_had_been_there() {
        let keys = [6, 7, 8];
        let mut table = Environments::new(2);
        table.add(&keys, &chain(&keys));
        table.add(&[9, 9], &chain(&[9, 9]));
        table.truncate(1);
        assert_eq!((table.molecules(), table.atoms()), (1, 3));
        table.add(&keys, &chain(&keys));
        assert_eq!(table.molecule(0), table.molecule(1));
        table.truncate(0);
        assert_eq!((table.molecules(), table.atoms()), (0, 0));
    }

    #[test]
    fn an_atom_without_bonds_has_an_environment() {
        let mut table = Environments::new(3);
        table.add(&[11], &[]);
        table.add(&[], &[]);
        assert_eq!(table.molecules(), 2);
        assert_eq!(table.molecule(0).len(), 1);
        assert!(table.molecule(1).is_empty());
    }
}
