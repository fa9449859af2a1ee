//! Atom and bond features of Chemprop 2, and the integer keys that stand for them.
//!
//! A key packs what the features of an atom (or bond) are made of; atoms with equal keys have equal
//! features. The network works on keys until it has collected the distinct ones; only those become
//! vectors.

use soyaku_chem::{Atom, Bond, BondOrder};

use crate::FeaturizerKind;

/// Key of an atom's features.
pub fn atom_key(kind: FeaturizerKind, atom: &Atom) -> u64 {
    let element = u64::from(atom.atomic_number);
    let isotope = u64::from(atom.isotope) << 8;
    let degree = u64::from(atom.total_degree().min(15)) << 24;
    let hydrogens = u64::from(atom.total_hydrogens().min(15)) << 28;
    let shared = element | isotope | degree | hydrogens;
    if kind == FeaturizerKind::Rigr {
        return shared;
    }
    let charge = u64::from(atom.formal_charge as u8) << 32;
    let chirality = (atom.chirality as u64) << 40;
    let hybridization = (atom.hybridization as u64) << 44;
    let aromatic = u64::from(atom.is_aromatic) << 48;
    shared | charge | chirality | hybridization | aromatic
}

/// Key of a bond's features.
pub fn bond_key(kind: FeaturizerKind, bond: &Bond) -> u64 {
    let ring = u64::from(bond.is_in_ring);
    if kind == FeaturizerKind::Rigr {
        return ring;
    }
    ring | u64::from(bond.is_conjugated) << 1 | (bond.order as u64) << 2 | (bond.stereo as u64) << 8
}

/// Elements with a slot of their own, and what else tells the featurizers apart.
struct Slots {
    /// Index of an element's slot, or the number of slots.
    element: fn(u64) -> usize,
    elements: usize,
    /// Hybridizations with a slot, as RDKit numbers them.
    hybridizations: &'static [u64],
}

const V2: Slots = Slots {
    // Hydrogen to krypton, then iodine.
    element: |z| match z {
        1..=36 => z as usize - 1,
        53 => 36,
        _ => 37,
    },
    elements: 37,
    hybridizations: &[1, 2, 3, 5, 4, 6, 7],
};

const V1: Slots = Slots {
    element: |z| if (1..=100).contains(&z) { z as usize - 1 } else { 100 },
    elements: 100,
    hybridizations: &[2, 3, 4, 6, 7],
};

const ORGANIC: Slots = Slots {
    element: |z| [1, 5, 6, 7, 8, 9, 14, 15, 16, 17, 35, 53].iter().position(|&e| e == z).unwrap_or(12),
    elements: 12,
    hybridizations: &[1, 2, 3, 4],
};

/// Formal charges in the order of their slots.
const CHARGES: [i8; 5] = [-1, -2, 1, 2, 0];

/// Features of the atom behind a key: `kind.atom_features()` values.
///
/// # Panics
/// When `out` has another length.
pub fn atom_features(kind: FeaturizerKind, key: u64, out: &mut [f32]) {
    assert_eq!(out.len(), kind.atom_features(), "atom features");
    out.fill(0.0);
    let slots = match kind {
        FeaturizerKind::V2 | FeaturizerKind::Rigr => &V2,
        FeaturizerKind::V1 => &V1,
        FeaturizerKind::Organic => &ORGANIC,
    };
    let mut writer = OneHot { out, next: 0 };
    let (element, isotope) = (key & 0xff, (key >> 8) & 0xffff);
    let (degree, hydrogens) = ((key >> 24) & 0xf, (key >> 28) & 0xf);
    writer.slot((slots.element)(element), slots.elements);
    writer.slot(degree as usize, 6);
    if kind == FeaturizerKind::Rigr {
        writer.slot(hydrogens as usize, 5);
    } else {
        let charge = (key >> 32) as u8 as i8;
        writer.slot(CHARGES.iter().position(|&c| c == charge).unwrap_or(CHARGES.len()), CHARGES.len());
        writer.slot(((key >> 40) & 0xf) as usize, 4);
        writer.slot(hydrogens as usize, 5);
        let hybridization = (key >> 44) & 0xf;
        let slot = slots.hybridizations.iter().position(|&h| h == hybridization);
        writer.slot(slot.unwrap_or(slots.hybridizations.len()), slots.hybridizations.len());
        writer.value(if (key >> 48) & 1 == 1 { 1.0 } else { 0.0 });
    }
    let atom = Atom { atomic_number: element as u8, isotope: isotope as u16, ..Atom::default() };
    writer.value((0.01 * atom.mass()) as f32);
    debug_assert_eq!(writer.next, writer.out.len());
}

/// Features of the bond behind a key: `kind.bond_features()` values.
///
/// # Panics
/// When `out` has another length.
pub fn bond_features(kind: FeaturizerKind, key: u64, out: &mut [f32]) {
    assert_eq!(out.len(), kind.bond_features(), "bond features");
    out.fill(0.0);
    let ring = (key & 1) as f32;
    if kind == FeaturizerKind::Rigr {
        // A flag for "no bond", then ring membership.
        out[1] = ring;
        return;
    }
    let order = (key >> 2) & 0x3f;
    let orders = [BondOrder::Single, BondOrder::Double, BondOrder::Triple, BondOrder::Aromatic];
    if let Some(slot) = orders.iter().position(|&o| o as u64 == order) {
        out[1 + slot] = 1.0;
    }
    out[5] = ((key >> 1) & 1) as f32;
    out[6] = ring;
    let stereo = (key >> 8) & 0xf;
    out[7 + stereo.min(6) as usize] = 1.0;
}

struct OneHot<'a> {
    out: &'a mut [f32],
    next: usize,
}

impl OneHot<'_> {
    /// One of `known` slots, or the one after them for anything else.
    fn slot(&mut self, index: usize, known: usize) {
        self.out[self.next + index.min(known)] = 1.0;
        self.next += known + 1;
    }

    fn value(&mut self, value: f32) {
        self.out[self.next] = value;
        self.next += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use soyaku_chem::{BondStereo, Chirality, Hybridization};

    fn features(kind: FeaturizerKind, atom: &Atom) -> Vec<f32> {
        let mut out = vec![9.0; kind.atom_features()];
        atom_features(kind, atom_key(kind, atom), &mut out);
        out
    }

    fn ones(values: &[f32]) -> Vec<usize> {
        values.iter().enumerate().filter(|(_, v)| **v == 1.0).map(|(i, _)| i).collect()
    }

    fn nitrogen() -> Atom {
        Atom {
            atomic_number: 7,
            formal_charge: 1,
            degree: 3,
            explicit_hydrogens: 1,
            chirality: Chirality::CounterClockwise,
            hybridization: Hybridization::Sp3,
            ..Atom::default()
        }
    }

    #[test]
    fn positions_of_a_charged_chiral_nitrogen() {
        // Element 38, degree 7, charge 6, chirality 5, hydrogens 6, hybridization 8, aromatic, mass.
        let v2 = features(FeaturizerKind::V2, &nitrogen());
        assert_eq!(ones(&v2), [6, 38 + 4, 45 + 2, 51 + 2, 56 + 1, 62 + 4]);
        assert!((v2[71] - 0.14007).abs() < 1e-6);
        let v1 = features(FeaturizerKind::V1, &nitrogen());
        assert_eq!(ones(&v1), [6, 101 + 4, 108 + 2, 114 + 2, 119 + 1, 125 + 2]);
        let organic = features(FeaturizerKind::Organic, &nitrogen());
        assert_eq!(ones(&organic), [3, 13 + 4, 20 + 2, 26 + 2, 31 + 1, 37 + 3]);
        let rigr = features(FeaturizerKind::Rigr, &nitrogen());
        assert_eq!(ones(&rigr), [6, 38 + 4, 45 + 1]);
    }

    #[test]
    fn the_last_slot_takes_what_has_none() {
        let odd = Atom { atomic_number: 92, formal_charge: 6, degree: 8, ..Atom::default() };
        assert_eq!(ones(&features(FeaturizerKind::V2, &odd)), [37, 38 + 6, 45 + 5, 51, 56, 62 + 7]);
        let dummy = Atom::default();
        assert_eq!(features(FeaturizerKind::V1, &dummy)[100], 1.0);
    }

    #[test]
    fn bonds() {
        let mut out = [9.0; 14];
        let bond = Bond {
            order: BondOrder::Double,
            is_conjugated: true,
            is_in_ring: true,
            stereo: BondStereo::E,
            ..Bond::default()
        };
        bond_features(FeaturizerKind::V2, bond_key(FeaturizerKind::V2, &bond), &mut out);
        assert_eq!(ones(&out), [2, 5, 6, 7 + 3]);
        let dative = Bond { order: BondOrder::Dative, ..Bond::default() };
        bond_features(FeaturizerKind::V2, bond_key(FeaturizerKind::V2, &dative), &mut out);
        assert_eq!(ones(&out), [7]);
        let mut short = [9.0; 2];
        bond_features(FeaturizerKind::Rigr, bond_key(FeaturizerKind::Rigr, &bond), &mut short);
        assert_eq!(short, [0.0, 1.0]);
    }
}
