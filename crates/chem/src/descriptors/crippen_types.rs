//! The type of every atom: the place in the table of the first pattern that begins at it. The patterns reach two bonds
//! at most, so they are written out here, by element, and compared with the table's SMARTS in the tests.

use super::counts::hydrogens;
use crate::molecule::{Atom, BondOrder, Molecule};

/// What an atom is bound to, hydrogens left out.
#[derive(Default)]
struct Around {
    /// Aliphatic neighbours across single or aromatic bonds; of those, carbons, [`is_common_hetero`] and the rest.
    aliphatic: u32,
    carbons: u32,
    hetero: u32,
    others: u32,
    /// Aromatic neighbours across single or aromatic bonds; of those, carbons.
    aromatic: u32,
    aromatic_carbons: u32,
    /// Neighbours across double bonds: aliphatic carbons, other aliphatic atoms, aromatic carbons and others.
    double_carbons: u32,
    double_others: u32,
    double_aromatic_carbons: u32,
    double_aromatic_others: u32,
    /// Aliphatic neighbours across triple bonds.
    triple: u32,
}

impl Around {
    fn double_aliphatic(&self) -> u32 {
        self.double_carbons + self.double_others
    }

    fn double(&self) -> u32 {
        self.double_aliphatic() + self.double_aromatic_carbons + self.double_aromatic_others
    }

    fn of(molecule: &Molecule, index: u32) -> Self {
        let mut found = Self::default();
        for (order, atom) in neighbors(molecule, index) {
            let is_carbon = atom.atomic_number == 6;
            match order {
                _ if atom.atomic_number == 1 => {}
                BondOrder::Single | BondOrder::Aromatic if atom.is_aromatic => {
                    found.aromatic += 1;
                    found.aromatic_carbons += u32::from(is_carbon);
                }
                BondOrder::Single | BondOrder::Aromatic => {
                    found.aliphatic += 1;
                    match atom.atomic_number {
                        6 => found.carbons += 1,
                        number if is_common_hetero(number) => found.hetero += 1,
                        _ => found.others += 1,
                    }
                }
                BondOrder::Double => match (atom.is_aromatic, is_carbon) {
                    (false, true) => found.double_carbons += 1,
                    (false, false) => found.double_others += 1,
                    (true, true) => found.double_aromatic_carbons += 1,
                    (true, false) => found.double_aromatic_others += 1,
                },
                BondOrder::Triple => found.triple += u32::from(!atom.is_aromatic),
                _ => {}
            }
        }
        found
    }
}

/// Nitrogen, oxygen, phosphorus, sulfur and halogens.
fn is_common_hetero(number: u8) -> bool {
    matches!(number, 7 | 8 | 9 | 15 | 16 | 17 | 35 | 53)
}

/// Bond order and atom of every neighbour in the graph.
fn neighbors(molecule: &Molecule, index: u32) -> impl Iterator<Item = (BondOrder, &Atom)> {
    numbered(molecule, index).map(|(order, other)| (order, &molecule.atoms()[other as usize]))
}

fn numbered(molecule: &Molecule, index: u32) -> impl Iterator<Item = (BondOrder, u32)> {
    let entries = molecule.neighbors(index as usize).iter();
    entries.map(|entry| (molecule.bonds()[entry.bond as usize].order, entry.atom))
}

fn is_plain(order: BondOrder) -> bool {
    matches!(order, BondOrder::Single | BondOrder::Aromatic)
}

fn is_aliphatic(atom: &Atom, number: u8) -> bool {
    atom.atomic_number == number && !atom.is_aromatic
}

/// Type of an atom of the graph that is no hydrogen.
pub(super) fn heavy(molecule: &Molecule, index: u32) -> Option<usize> {
    let atom = &molecule.atoms()[index as usize];
    let charge = atom.formal_charge;
    Some(match atom.atomic_number {
        6 if atom.is_aromatic => aromatic_carbon(molecule, index),
        6 => carbon(molecule, index),
        7 if atom.is_aromatic => match charge {
            0 => 59,
            1..=3 => 60,
            _ => 67,
        },
        7 => nitrogen(molecule, index),
        8 if atom.is_aromatic => 68,
        8 => oxygen(molecule, index),
        9 if charge == 0 => 89,
        17 if charge == 0 => 90,
        35 if charge == 0 => 91,
        53 if charge == 0 => 92,
        9 | 17 | 35 | 53 if charge == -1 => 93,
        53 if (1..=3).contains(&charge) => 94,
        3 | 11 | 19 | 37 | 55 => {
            if charge == 1 {
                95
            } else {
                101
            }
        }
        15 => 96,
        16 if atom.is_aromatic => 100,
        16 => sulfur(molecule, index),
        4 | 12 | 20 | 38 | 56 => 102,
        5 | 13 | 31 | 49 | 81 => 103,
        14 | 32 | 50 | 82 => 104,
        33 | 51 | 83 => 105,
        34 | 52 | 84 => 106,
        21..=30 => 107,
        39..=48 => 108,
        72..=80 => 109,
        _ => return None,
    })
}

fn carbon(molecule: &Molecule, index: u32) -> usize {
    let atom = &molecule.atoms()[index as usize];
    let (hydrogens, is_x4) = (hydrogens(atom), atom.total_degree() == 4);
    let around = Around::of(molecule, index);
    let Around { aliphatic, carbons, hetero, aromatic, aromatic_carbons, double_carbons, .. } = around;
    match hydrogens {
        4 => return 0,
        3 if carbons >= 1 => return 1,
        2 if carbons >= 2 => return 2,
        1 if carbons >= 3 => return 3,
        _ if carbons >= 4 => return 4,
        3 if hetero >= 1 => return 5,
        2 if is_x4 && hetero >= 1 && aliphatic >= 2 => return 6,
        1 if is_x4 && hetero >= 1 && aliphatic >= 3 => return 7,
        0 if is_x4 && hetero >= 1 && aliphatic >= 4 => return 8,
        _ => {}
    }
    if around.double_others >= 1 {
        return 9;
    }
    match hydrogens {
        2 if double_carbons >= 1 => return 10,
        1 if double_carbons >= 1 && aliphatic >= 1 => return 11,
        0 if double_carbons >= 1 && aliphatic >= 2 => return 12,
        _ if double_carbons >= 2 => return 13,
        _ if around.triple >= 1 && atom.total_degree() == 2 => return 14,
        3 if aromatic_carbons >= 1 => return 15,
        3 if aromatic >= 1 => return 16,
        2 if is_x4 && aromatic >= 1 => return 17,
        1 if is_x4 && aromatic >= 1 => return 18,
        0 if is_x4 && aromatic >= 1 => return 19,
        _ => {}
    }
    if double_carbons >= 1 {
        if aromatic >= 1 && aliphatic >= 1 {
            return 33;
        }
        if aromatic_carbons >= 1 && aromatic >= 2 {
            return 34;
        }
        if hydrogens == 1 && aromatic >= 1 {
            return 35;
        }
    }
    if around.double_aromatic_carbons >= 1 {
        return 36;
    }
    if is_x4 && around.others >= 1 { 37 } else { 38 }
}

fn aromatic_carbon(molecule: &Molecule, index: u32) -> usize {
    let (mut halogen, mut metal) = (u8::MAX, false);
    let (mut in_ring, mut single_aromatic) = (0, false);
    let (mut single, mut double) = ([false; 4], false);
    for (order, atom) in neighbors(molecule, index) {
        let number = atom.atomic_number;
        if is_plain(order) && matches!(number, 9 | 17 | 35 | 53) {
            halogen = halogen.min(number);
        }
        match order {
            BondOrder::Aromatic => in_ring += u32::from(atom.is_aromatic),
            BondOrder::Single if atom.is_aromatic => single_aromatic = true,
            BondOrder::Single => match number {
                6 => single[0] = true,
                7 => single[1] = true,
                8 => single[2] = true,
                16 => single[3] = true,
                1 | 9 | 17 | 35 | 53 => {}
                _ => metal = true,
            },
            BondOrder::Double => double |= !atom.is_aromatic && matches!(number, 6..=8),
            _ => {}
        }
    }
    let hydrogens = hydrogens(&molecule.atoms()[index as usize]);
    match halogen {
        _ if metal && hydrogens == 0 => 20,
        9 => 21,
        17 => 22,
        35 => 23,
        53 => 24,
        _ if hydrogens == 1 => 25,
        _ if in_ring >= 3 => 26,
        _ if in_ring < 2 => 38,
        _ if single_aromatic => 27,
        _ => match single.iter().position(|&is_there| is_there) {
            Some(place) => 28 + place,
            None if double => 32,
            None => 38,
        },
    }
}

fn nitrogen(molecule: &Molecule, index: u32) -> usize {
    let atom = &molecule.atoms()[index as usize];
    let around = Around::of(molecule, index);
    let (aliphatic, aromatic) = (around.aliphatic, around.aromatic);
    let single = aliphatic + aromatic;
    match (atom.formal_charge, hydrogens(atom)) {
        (0, 2) if aliphatic >= 1 => 48,
        (0, 1) if aliphatic >= 2 => 49,
        (0, 2) if aromatic >= 1 => 50,
        (0, 1) if aromatic >= 1 && single >= 2 => 51,
        (0, 1) if around.double() >= 1 => 52,
        (0, _) if around.double() >= 1 && single >= 1 => 53,
        (0, _) if aliphatic >= 3 => 54,
        (0, _) if aromatic >= 1 && aliphatic >= 1 && single >= 3 => 55,
        (0, _) if aromatic >= 3 => 56,
        (0, _) if around.triple >= 1 => 57,
        (1..=3, 1..=3) => 58,
        (1..=3, 0) if aliphatic >= 4 => 61,
        (1..=3, 0) if around.double_aliphatic() >= 1 && aliphatic >= 1 && single >= 2 => 62,
        (1..=3, 0) if has_double(molecule, index, 6) && has_double(molecule, index, 7) => 63,
        (1..=3, _) if around.triple >= 1 => 64,
        (-3..=-1, _) => 65,
        (1..=3, _) if is_amid(molecule, index) => 66,
        _ => 67,
    }
}

/// Doubly bound to an atom of the element.
fn has_double(molecule: &Molecule, index: u32, number: u8) -> bool {
    neighbors(molecule, index).any(|(order, atom)| order == BondOrder::Double && atom.atomic_number == number)
}

/// Doubly bound to two nitrogens, one of them negative.
fn is_amid(molecule: &Molecule, index: u32) -> bool {
    let nitrogens = || {
        neighbors(molecule, index)
            .filter(|(order, atom)| *order == BondOrder::Double && is_aliphatic(atom, 7))
    };
    nitrogens().count() >= 2 && nitrogens().any(|(_, atom)| (-3..=-1).contains(&atom.formal_charge))
}

fn oxygen(molecule: &Molecule, index: u32) -> usize {
    let atom = &molecule.atoms()[index as usize];
    if matches!(hydrogens(atom), 1 | 2) {
        return 69;
    }
    let around = Around::of(molecule, index);
    if around.aliphatic >= 2 {
        return 70;
    }
    if around.aromatic >= 1 && around.aliphatic + around.aromatic >= 2 {
        return 71;
    }
    let charge = atom.formal_charge;
    let is_end = atom.total_degree() == 1;
    let has = |is_meant: &dyn Fn(BondOrder, &Atom) -> bool| {
        neighbors(molecule, index).any(|(order, atom)| is_meant(order, atom))
    };
    if has(&|order, atom| order == BondOrder::Double && matches!(atom.atomic_number, 7 | 8)) {
        return 72;
    }
    if is_end && charge < 0 {
        if charge >= -3 && has(&|order, atom| is_plain(order) && atom.atomic_number == 7) {
            return 73;
        }
        if charge >= -2 && has(&|order, atom| is_plain(order) && atom.atomic_number == 16) {
            return 74;
        }
    }
    if charge == 0
        && has(&|order, atom| {
            order == BondOrder::Double && atom.atomic_number == 16 && atom.formal_charge == 0
        })
    {
        return 75;
    }
    if charge == -1 && is_carboxylate(molecule, index) {
        return 76;
    }
    let is_counted = |order, atom: &Atom| {
        is_plain(order) && atom.atomic_number != 1 && !is_aliphatic(atom, 7) && !is_aliphatic(atom, 16)
    };
    if is_end && (-3..=-1).contains(&charge) && has(&is_counted) {
        return 77;
    }
    let carbons = numbered(molecule, index).filter(|&(order, other)| {
        order == BondOrder::Double && molecule.atoms()[other as usize].atomic_number == 6
    });
    carbons.map(|(_, carbon)| carbonyl(molecule, carbon)).min().unwrap_or(88)
}

/// Bound to an aliphatic carbon that is doubly bound to an aliphatic oxygen.
fn is_carboxylate(molecule: &Molecule, index: u32) -> bool {
    numbered(molecule, index).any(|(order, other)| {
        is_plain(order)
            && is_aliphatic(&molecule.atoms()[other as usize], 6)
            && neighbors(molecule, other)
                .any(|(order, atom)| order == BondOrder::Double && is_aliphatic(atom, 8))
    })
}

/// Type of an oxygen doubly bound to this carbon.
fn carbonyl(molecule: &Molecule, carbon: u32) -> usize {
    let atom = &molecule.atoms()[carbon as usize];
    if atom.is_aromatic {
        return 78;
    }
    let hydrogens = hydrogens(atom);
    let around = Around::of(molecule, carbon);
    let Around { aliphatic, carbons, aromatic, aromatic_carbons, .. } = around;
    let single_n_or_o = || {
        neighbors(molecule, carbon)
            .any(|(order, atom)| is_plain(order) && (is_aliphatic(atom, 7) || is_aliphatic(atom, 8)))
    };
    let double_oxygens = || {
        neighbors(molecule, carbon)
            .filter(|(order, atom)| *order == BondOrder::Double && is_aliphatic(atom, 8))
            .count()
    };
    match hydrogens {
        1 if carbons >= 1 => 79,
        _ if carbons >= 1 && aliphatic >= 2 => 80,
        1 if single_n_or_o() => 81,
        2 => 82,
        _ if atom.total_degree() == 2 && double_oxygens() >= 2 => 83,
        1 if aromatic_carbons >= 1 => 84,
        _ if (carbons >= 1 && aromatic >= 1) || (aromatic_carbons >= 1 && aromatic >= 2) => 85,
        _ if aromatic_carbons >= 1 && aliphatic >= 1 => 86,
        _ if aliphatic - carbons + aromatic - aromatic_carbons >= 2 => 87,
        _ => 88,
    }
}

fn sulfur(molecule: &Molecule, index: u32) -> usize {
    let is_double = |(order, atom): (BondOrder, &Atom)| {
        order == BondOrder::Double && !atom.is_aromatic && matches!(atom.atomic_number, 7 | 8 | 15 | 16)
    };
    match molecule.atoms()[index as usize].formal_charge {
        -4..=-1 | 1..=3 | 5 | 6 => 97,
        0 if neighbors(molecule, index).any(is_double) => 98,
        _ => 99,
    }
}

/// Type of a hydrogen atom of the graph.
pub(super) fn hydrogen(molecule: &Molecule, index: u32) -> usize {
    let atom = &molecule.atoms()[index as usize];
    let plain = numbered(molecule, index).filter(|&(order, _)| is_plain(order));
    let own = if atom.total_hydrogens() > 0 { 39 } else { 47 };
    plain.map(|(_, other)| hydrogen_of(molecule, other)).fold(own, usize::min)
}

/// Type of a hydrogen bound to this atom, which need not be in the graph.
pub(super) fn hydrogen_of(molecule: &Molecule, index: u32) -> usize {
    let atom = &molecule.atoms()[index as usize];
    match atom.atomic_number {
        1 | 6 => 39,
        7 => 43,
        8 if atom.is_aromatic => 47,
        8 => hydroxyl(molecule, index),
        _ => 42,
    }
}

/// Type of a hydrogen of this aliphatic oxygen.
fn hydroxyl(molecule: &Molecule, oxygen: u32) -> usize {
    // another hydrogen of the oxygen counts as a neighbour that is no carbon, nitrogen, oxygen or sulfur
    let own = if hydrogens(&molecule.atoms()[oxygen as usize]) >= 2 { 41 } else { 47 };
    let plain = numbered(molecule, oxygen).filter(|&(order, _)| is_plain(order));
    let of_neighbor = |other: u32| {
        let atom = &molecule.atoms()[other as usize];
        match (atom.atomic_number, atom.is_aromatic) {
            (6, true) => 40,
            (6, false) if atom.total_degree() == 4 => 40,
            (6, false) if neighbors(molecule, other).any(is_unsaturated) => 45,
            (6, false) => 47,
            (7, _) => 44,
            (8 | 16, false) => 46,
            (8 | 16, true) => 47,
            (1, _) => 47,
            _ => 41,
        }
    };
    plain.map(|(_, other)| of_neighbor(other)).fold(own, usize::min)
}

/// Doubly bound to carbon, nitrogen, or aliphatic oxygen or sulfur.
fn is_unsaturated((order, atom): (BondOrder, &Atom)) -> bool {
    order == BondOrder::Double
        && (matches!(atom.atomic_number, 6 | 7)
            || (matches!(atom.atomic_number, 8 | 16) && !atom.is_aromatic))
}
