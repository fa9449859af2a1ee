//! An order of atoms that does not depend on how they are numbered, up to symmetry: by neighbours,
//! element, isotope, hydrogens and charge, then by the same of the neighbours, and so on. It decides
//! which of several charges goes first.

use crate::molecule::Molecule;

/// Equal sites that are told apart.
const MAX_TIES: usize = 64;

/// Rank of every atom, from 0; equal for atoms that cannot be told apart, but for `sites`: where
/// several of those are equal, one is chosen and the others are ranked by where they are from it.
pub(super) fn ranks(molecule: &Molecule, sites: &[u32]) -> Vec<u32> {
    let first: Vec<_> = molecule
        .atoms
        .iter()
        .map(|atom| {
            (atom.degree, atom.atomic_number, atom.isotope, atom.total_hydrogens(), atom.formal_charge)
        })
        .collect();
    let (mut ranks, mut classes) = rank(&first);
    refine(molecule, &mut ranks, &mut classes);
    for _ in 0..sites.len().min(MAX_TIES) {
        let mut own: Vec<(u32, u32)> = sites.iter().map(|&site| (ranks[site as usize], site)).collect();
        own.sort_unstable();
        let Some(tie) = own.windows(2).find(|pair| pair[0].0 == pair[1].0) else { break };
        let chosen = tie[0].1;
        let keys: Vec<(u32, bool)> =
            (0..).zip(&ranks).map(|(atom, &rank)| (rank, rank == tie[0].0 && atom != chosen)).collect();
        (ranks, classes) = rank(&keys);
        refine(molecule, &mut ranks, &mut classes);
    }
    ranks
}

/// Tells atoms apart by the ranks of their neighbours as long as that helps.
fn refine(molecule: &Molecule, ranks: &mut Vec<u32>, classes: &mut usize) {
    loop {
        let around: Vec<(u32, Vec<(u8, u32)>)> = (0..molecule.atoms.len())
            .map(|index| {
                let neighbors = molecule.neighbors(index).iter();
                let bond = |bond: u32| molecule.bonds[bond as usize].order as u8;
                let mut list: Vec<_> =
                    neighbors.map(|entry| (bond(entry.bond), ranks[entry.atom as usize])).collect();
                list.sort_unstable_by(|first, second| second.cmp(first));
                (ranks[index], list)
            })
            .collect();
        let (finer, count) = rank(&around);
        if count == *classes {
            return;
        }
        (*ranks, *classes) = (finer, count);
    }
}

/// Ranks by keys, and the number of different ones.
fn rank<K: Ord>(keys: &[K]) -> (Vec<u32>, usize) {
    let mut order: Vec<usize> = (0..keys.len()).collect();
    order.sort_by(|&first, &second| keys[first].cmp(&keys[second]));
    let mut ranks = vec![0; keys.len()];
    let mut count = 0;
    for (place, &index) in order.iter().enumerate() {
        if place > 0 && keys[order[place - 1]] != keys[index] {
            count += 1;
        }
        ranks[index] = count as u32;
    }
    (ranks, count + 1)
}
