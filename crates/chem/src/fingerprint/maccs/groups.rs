//! Keys of bonds, and of atoms with their neighbours.

use super::atoms::{C, CH2, CH3, N, O, Q, QH, S, Site, X};
use super::keys::Keys;
use crate::{Bond, BondOrder, Molecule};

/// Keys of an atom and what is around it.
pub(super) fn center_keys(molecule: &Molecule, sites: &[Site], keys: &mut Keys) {
    let [mut hetero_ends, mut hetero_methylenes] = [0u32; 2];
    for (index, site) in sites.iter().enumerate() {
        let count = |class| site.count(class);
        let (carbons, nitrogens, oxygens, hetero) = (count(C), count(N), count(O), count(Q));
        let degree = site.degree;
        keys.set(43, count(QH) > 1);
        keys.set(47, count(S) > 0 && nitrogens > 0);
        keys.set(74, count(CH3) > 1);
        keys.set(77, nitrogens > 1);
        keys.set(117, nitrogens > 0 && oxygens > 0);
        if degree >= 3 {
            keys.set(81, count(S) > 0);
            keys.set(105, site.ring_bonds >= 3);
            keys.set(106, hetero >= 3);
            keys.set(107, count(X) > 0);
            keys.set(112, degree >= 4);
            keys.set(156, nitrogens > 0);
        }
        if site.is(C) {
            keys.set(110, nitrogens > 0 && oxygens > 0);
            keys.set(123, oxygens > 1);
            if degree >= 3 {
                keys.set(15, oxygens > 2);
                keys.set(23, nitrogens > 0 && oxygens > 1);
                keys.set(25, nitrogens > 2);
                keys.set(37, nitrogens > 1 && oxygens > 0);
                keys.set(38, nitrogens > 1 && carbons > 0);
                keys.set(66, carbons > 2 && degree > 3);
                keys.set(92, oxygens > 0 && nitrogens > 0 && carbons > 0);
                keys.set(152, oxygens > 0 && carbons > 1);
            }
            keys.set(93, site.is(CH3) && hetero > 0);
            if site.is(CH2) {
                keys.set(28, hetero > 1);
                keys.set(155, site.chain_bonds() > 1);
                if degree > 1 {
                    keys.set(82, count(QH) > 0);
                    keys.set(100, nitrogens > 0);
                    keys.set(109, oxygens > 0);
                    keys.set(114, count(CH3) > 0);
                    keys.set(153, hetero > 0);
                    if hetero > 0 && hetero_methylenes < 2 {
                        hetero_methylenes += hetero_pairs(molecule, sites, index);
                    }
                }
            }
        }
        if !site.is(Q) {
            continue;
        }
        hetero_ends += u32::from(hetero);
        keys.set(124, hetero > 0);
        keys.set(69, site.is(QH) && hetero > 0);
        keys.set(68, site.is(QH) && count(QH) > 0);
        keys.set(30, carbons > 2 && degree > 3);
        keys.set(48, oxygens > 2);
        keys.set(148, degree > 2);
        keys.set(31, site.is(X) && hetero > 0);
        if carbons > 1 && !keys.has(86) {
            keys.set(86, joins_alkyls(molecule, index));
        }
        if site.is(N) {
            keys.set(13, oxygens > 0 && carbons > 1);
            keys.set(56, oxygens > 1 && carbons > 0);
            keys.set(70, hetero > 1);
            keys.set(75, site.chain_bonds() > 0 && site.ring_bonds > 0);
            keys.set(85, carbons > 2);
            keys.set(94, hetero > 0);
            keys.set(122, degree > 2);
        } else if site.is(O) {
            keys.set(102, hetero > 0);
            keys.set(126, site.chain_bonds() > 1);
        } else if site.is(S) {
            keys.set(32, carbons > 0 && nitrogens > 0);
            keys.set(39, oxygens > 2);
            keys.set(51, carbons > 0 && oxygens > 0);
            keys.set(55, oxygens > 1);
            keys.set(58, hetero > 1);
            keys.set(61, degree > 2);
            keys.set(67, hetero > 0);
        }
    }
    // every bond between two has two ends
    keys.set(130, hetero_ends > 2);
    keys.set(138, hetero_methylenes > 1);
}

/// Single or aromatic bonds to two aliphatic carbons with two or three hydrogens.
fn joins_alkyls(molecule: &Molecule, index: usize) -> bool {
    let neighbors = molecule.neighbors(index).iter();
    let alkyls = neighbors.filter(|entry| {
        let atom = &molecule.atoms()[entry.atom as usize];
        let hydrogens = atom.total_hydrogens() + u32::from(atom.hydrogen_neighbors);
        let order = molecule.bonds()[entry.bond as usize].order;
        atom.atomic_number == 6
            && !atom.is_aromatic
            && matches!(hydrogens, 2 | 3)
            && matches!(order, BondOrder::Single | BondOrder::Aromatic)
    });
    alkyls.count() > 1
}

/// Sets of three atoms, a methylene in the middle and a heteroatom beside it. A triangle is counted
/// from the first of its methylenes that can be the middle.
fn hetero_pairs(molecule: &Molecule, sites: &[Site], middle: usize) -> u32 {
    let neighbors = molecule.neighbors(middle);
    let is_bonded =
        |atom: u32, other: u32| molecule.neighbors(atom as usize).iter().any(|entry| entry.atom == other);
    let is_earlier_middle = |atom: u32, other: u32| {
        (atom as usize) < middle && sites[atom as usize].is(CH2) && is_bonded(atom, other)
    };
    let mut pairs = 0;
    for (place, first) in neighbors.iter().enumerate() {
        for second in &neighbors[..place] {
            let (first, second) = (first.atom, second.atom);
            let (first_hetero, second_hetero) = (sites[first as usize].is(Q), sites[second as usize].is(Q));
            if !first_hetero && !second_hetero
                || second_hetero && is_earlier_middle(first, second)
                || first_hetero && is_earlier_middle(second, first)
            {
                continue;
            }
            pairs += 1;
        }
    }
    pairs
}

/// Keys of a bond and what is around its ends.
pub(super) fn bond_keys(molecule: &Molecule, sites: &[Site], keys: &mut Keys) {
    let mut carbonyls = 0;
    for bond in molecule.bonds() {
        let ends = [&sites[bond.begin as usize], &sites[bond.end as usize]];
        let joins = |first, second| {
            ends[0].is(first) && ends[1].is(second) || ends[0].is(second) && ends[1].is(first)
        };
        let one_is = |class| ends[0].is(class) || ends[1].is(class);
        match bond.order {
            BondOrder::Single => {
                keys.set(14, joins(S, S));
                keys.set(24, joins(N, O));
                keys.set(40, joins(S, O));
                keys.set(157, joins(C, O));
                keys.set(158, joins(C, N));
            }
            BondOrder::Double => {
                carbonyls += u32::from(one_is(O));
                keys.set(34, one_is(CH2));
                keys.set(60, joins(S, O));
                keys.set(63, joins(N, O));
                keys.set(73, one_is(S));
                keys.set(78, joins(C, N));
                keys.set(119, one_is(N));
                keys.set(154, joins(C, O));
                if joins(C, C) {
                    let either = |test: fn(&Site) -> bool| test(ends[0]) || test(ends[1]);
                    keys.set(99, true);
                    keys.set(21, either(|site| site.count(Q) > 1));
                    keys.set(26, bond.is_in_ring && either(|site| site.ring_bonds > 2));
                    keys.set(45, either(|site| site.count(N) > 0));
                    keys.set(50, either(|site| site.count(C) > 2));
                    keys.set(76, either(|site| site.degree > 2));
                }
            }
            BondOrder::Triple => {
                keys.set(17, joins(C, C));
                keys.set(41, joins(C, N));
            }
            BondOrder::Aromatic => {
                let [begin, end] = [bond.begin, bond.end].map(|atom| &molecule.atoms()[atom as usize]);
                keys.set(65, joins(C, N) && begin.is_aromatic && end.is_aromatic);
                if !keys.has(144) && ends.iter().all(|site| site.degree > site.aromatic_bonds) {
                    keys.set(144, has_branches(molecule, bond, |bond| bond.order != BondOrder::Aromatic));
                }
            }
            _ => {}
        }
        keys.set(33, joins(N, S));
        keys.set(52, joins(N, N));
        keys.set(71, joins(N, O));
        if bond.is_in_ring {
            if !keys.has(150) && ends.iter().all(|site| site.chain_bonds() > 0) {
                keys.set(150, has_branches(molecule, bond, |bond| !bond.is_in_ring));
            }
        } else {
            keys.set(62, ends[0].ring_bonds > 0 && ends[1].ring_bonds > 0);
        }
        for (site, other) in [(ends[0], ends[1]), (ends[1], ends[0])] {
            if !bond.is_in_ring && other.ring_bonds > 0 {
                keys.set(64, site.is(S));
                keys.set(87, site.is(X));
                keys.set(133, site.is(N));
                keys.set(143, site.is(O));
                // every other ring bond of the neighbour makes a match
                keys.set(127, site.is(O) && other.ring_bonds > 1);
            }
            if bond.order != BondOrder::Aromatic && other.aromatic_bonds > 0 {
                keys.set(59, site.is(S));
                keys.set(113, site.is(O));
                keys.set(135, site.is(N));
            }
        }
    }
    keys.set(136, carbonyls > 1);
}

/// Bonds that fit lead from both ends of the bond to different atoms.
fn has_branches(molecule: &Molecule, bond: &Bond, fits: impl Fn(&Bond) -> bool) -> bool {
    let branches = |atom: u32| {
        let neighbors = molecule.neighbors(atom as usize).iter();
        neighbors.filter(|entry| fits(&molecule.bonds()[entry.bond as usize])).map(|entry| entry.atom)
    };
    let (begin, end) = (bond.begin, bond.end);
    branches(begin)
        .filter(|&first| first != end)
        .any(|first| branches(end).any(|second| second != begin && second != first))
}
