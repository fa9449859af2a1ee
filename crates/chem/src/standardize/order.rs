//! An order of atoms that does not depend on how they are numbered: by neighbours, element, isotope,
//! hydrogens and charge, then by where the neighbours are in that order. It decides which of several
//! charges goes first.
//!
//! Classes of equal atoms are split one at a time, those of the highest rank first, and what is split
//! counts at once for the others: RDKit's canonical ranking comes to its order in this way.

use crate::molecule::Molecule;

/// Equal sites that are told apart.
const MAX_TIES: usize = 64;
/// Atoms that are looked at, each as often as its class comes up.
const MAX_VISITS: usize = 1_000_000;

/// Ranks as numbers of atoms that come before; equal atoms have the same.
struct Partition<'a> {
    molecule: &'a Molecule,
    ranks: Vec<u32>,
    /// Atoms in their order; those of a class stand together.
    order: Vec<u32>,
    /// Ranks of the classes to be looked at, the next one last.
    pending: Vec<u32>,
    is_pending: Vec<bool>,
    /// Atoms that may still be looked at: in long regular chains classes are split one atom at a time.
    budget: usize,
}

/// Rank of every atom; equal for atoms that cannot be told apart, but for `sites`: where several of
/// those are equal, one is chosen and the others are ranked by where they are from it.
pub(super) fn ranks(molecule: &Molecule, sites: &[u32]) -> Vec<u32> {
    let count = molecule.atoms.len() as u32;
    let mut partition = Partition {
        molecule,
        ranks: vec![0; molecule.atoms.len()],
        order: (0..count).collect(),
        pending: Vec::new(),
        is_pending: vec![false; molecule.atoms.len()],
        budget: MAX_VISITS,
    };
    partition.split(0, |_, atom| {
        let atom = &molecule.atoms[atom as usize];
        (atom.degree, atom.atomic_number, atom.isotope, atom.total_hydrogens(), atom.formal_charge)
    });
    partition.pending.clear();
    partition.is_pending.fill(false);
    for place in 0..count {
        if partition.ranks[partition.order[place as usize] as usize] == place {
            partition.touch(place);
        }
    }
    partition.refine();
    for _ in 0..sites.len().min(MAX_TIES) {
        let mut own: Vec<(u32, u32)> =
            sites.iter().map(|&site| (partition.ranks[site as usize], site)).collect();
        own.sort_unstable();
        let Some(tie) = own.windows(2).find(|pair| pair[0].0 == pair[1].0) else { break };
        let (rank, chosen) = tie[0];
        partition.split(rank, |_, atom| atom != chosen);
        partition.refine();
    }
    partition.ranks
}

impl Partition<'_> {
    /// The atoms of a class.
    fn class(&self, rank: u32) -> &[u32] {
        let start = rank as usize;
        let rest = &self.order[start..];
        let length = rest.iter().take_while(|&&atom| self.ranks[atom as usize] == rank).count();
        &rest[..length]
    }

    /// Looks at a class again, if it has several atoms.
    fn touch(&mut self, rank: u32) {
        let is_single =
            self.order.get(rank as usize + 1).is_none_or(|&next| self.ranks[next as usize] != rank);
        if !is_single && !std::mem::replace(&mut self.is_pending[rank as usize], true) {
            self.pending.push(rank);
        }
    }

    /// Splits a class by a key; classes beside what moved are looked at again.
    fn split<K: Ord>(&mut self, rank: u32, key: impl Fn(&Self, u32) -> K) {
        let mut keyed: Vec<(K, u32)> = self.class(rank).iter().map(|&atom| (key(self, atom), atom)).collect();
        keyed.sort_by(|first, second| first.0.cmp(&second.0));
        let mut touched = Vec::new();
        let mut current = rank;
        for place in 0..keyed.len() {
            let atom = keyed[place].1;
            if place > 0 && keyed[place].0 != keyed[place - 1].0 {
                current = rank + place as u32;
            }
            self.order[rank as usize + place] = atom;
            self.ranks[atom as usize] = current;
            if current != rank {
                touched.extend(self.molecule.neighbors(atom as usize).iter().map(|entry| entry.atom));
            }
        }
        let mut classes: Vec<u32> = touched.iter().map(|&atom| self.ranks[atom as usize]).collect();
        classes.sort_unstable();
        classes.dedup();
        for class in classes {
            self.touch(class);
        }
    }

    /// Splits classes by their neighbours as long as that helps.
    fn refine(&mut self) {
        while let Some(rank) = self.pending.pop() {
            self.is_pending[rank as usize] = false;
            let size = self.class(rank).len();
            if size > self.budget {
                continue;
            }
            self.budget -= size;
            self.split(rank, |own, atom| {
                let neighbors = own.molecule.neighbors(atom as usize).iter();
                let order = |bond: u32| own.molecule.bonds[bond as usize].order as u8;
                let mut list: Vec<_> =
                    neighbors.map(|entry| (order(entry.bond), own.ranks[entry.atom as usize])).collect();
                list.sort_unstable_by(|first, second| second.cmp(first));
                list
            });
        }
    }
}
