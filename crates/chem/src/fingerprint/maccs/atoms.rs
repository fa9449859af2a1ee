//! The classes of atoms in the definitions of the keys, and the keys that ask for single atoms.

use super::keys::Keys;
use crate::{Atom, BondOrder, Molecule};

/// Classes, each a bit of [`Site::class`] and a byte of [`Site::around`].
pub(super) const N: usize = 0;
pub(super) const O: usize = 1;
/// Neither carbon nor hydrogen, with hydrogens.
pub(super) const QH: usize = 2;
pub(super) const CH3: usize = 3;
pub(super) const C: usize = 4;
pub(super) const S: usize = 5;
/// Neither carbon nor hydrogen.
pub(super) const Q: usize = 6;
/// Halogen but astatine.
pub(super) const X: usize = 7;
/// Of the class only, not counted around.
pub(super) const CH2: usize = 8;

/// What the keys ask of an atom.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Site {
    /// A bit for every class that it belongs to.
    pub class: u16,
    /// Bonds, those in rings, and aromatic ones.
    pub degree: u8,
    pub ring_bonds: u8,
    pub aromatic_bonds: u8,
    /// Neighbours of each class, a byte each.
    pub around: u64,
}

impl Site {
    #[inline(always)]
    pub fn is(&self, class: usize) -> bool {
        self.class >> class & 1 == 1
    }

    /// Neighbours of a class.
    #[inline(always)]
    pub fn count(&self, class: usize) -> u8 {
        (self.around >> (8 * class)) as u8
    }

    /// Bonds outside rings.
    #[inline(always)]
    pub fn chain_bonds(&self) -> u8 {
        self.degree - self.ring_bonds
    }
}

/// The atom with a class's bits in byte lanes, to be added up.
#[inline(always)]
fn lanes(class: u16) -> u64 {
    // bit k of the low seven to bit 8 k, and bit 7 by itself: their products do not meet
    let low = u64::from(class & 0x7f).wrapping_mul(0x0002_0408_1020_4081) & 0x0101_0101_0101_0101;
    low | u64::from(class >> X & 1) << (8 * X)
}

/// All hydrogens, those that are atoms of the graph too.
fn hydrogens(atom: &Atom) -> u32 {
    atom.total_hydrogens() + u32::from(atom.hydrogen_neighbors)
}

fn class(atom: &Atom) -> u16 {
    let hydrogens = hydrogens(atom);
    let mut class = match atom.atomic_number {
        1 => return 0,
        6 => {
            let methyl = u16::from(!atom.is_aromatic && hydrogens == 3) << CH3;
            let methylene = u16::from(!atom.is_aromatic && hydrogens == 2) << CH2;
            return 1 << C | methyl | methylene;
        }
        7 => 1 << N,
        8 => 1 << O,
        16 => 1 << S,
        9 | 17 | 35 | 53 => 1 << X,
        _ => 0,
    };
    class |= 1 << Q;
    class | u16::from(hydrogens > 0) << QH
}

/// Fills the sites of a molecule.
pub(super) fn describe(molecule: &Molecule, sites: &mut Vec<Site>) {
    sites.clear();
    let site = |atom: &Atom| Site { class: class(atom), degree: atom.degree, ..Site::default() };
    sites.extend(molecule.atoms().iter().map(site));
    for bond in molecule.bonds() {
        for (atom, other) in [(bond.begin as usize, bond.end), (bond.end as usize, bond.begin)] {
            let other = lanes(sites[other as usize].class);
            let site = &mut sites[atom];
            site.around += other;
            site.ring_bonds += u8::from(bond.is_in_ring);
            site.aromatic_bonds += u8::from(bond.order == BondOrder::Aromatic);
        }
    }
}

/// The key of an element's group, or of the element.
fn element_key(atomic_number: u8) -> Option<usize> {
    Some(match atomic_number {
        104 => 2,
        32..=34 | 50..=52 | 82..=84 => 3,
        89..=103 => 4,
        21 | 22 | 39 | 40 | 72 => 5,
        57..=71 => 6,
        23..=25 | 41..=43 | 73..=75 => 7,
        26..=28 | 44..=46 | 76..=78 => 9,
        4 | 12 | 20 | 38 | 56 | 88 => 10,
        29 | 30 | 47 | 48 | 79 | 80 => 12,
        5 | 13 | 31 | 49 | 81 => 18,
        14 => 20,
        53 => 27,
        15 => 29,
        3 | 11 | 19 | 37 | 55 | 87 => 35,
        9 => 42,
        35 => 46,
        16 => 88,
        17 => 103,
        7 => 161,
        8 => 164,
        _ => return None,
    })
}

/// Sets the keys that ask for single atoms and how many there are.
pub(super) fn keys(molecule: &Molecule, keys: &mut Keys) {
    let [mut nitrogens, mut oxygens, mut methyls, mut carbons, mut ring_hetero, mut with_hydrogen] =
        [0u32; 6];
    for atom in molecule.atoms() {
        let (hydrogens, in_ring) = (hydrogens(atom), atom.is_in_ring);
        keys.set(49, atom.formal_charge != 0);
        keys.set(162, atom.is_aromatic);
        keys.set(165, in_ring);
        ring_hetero += u32::from(in_ring && atom.atomic_number != 6);
        if atom.atomic_number == 6 {
            methyls += u32::from(!atom.is_aromatic && hydrogens == 3);
            carbons += u32::from(!atom.is_aromatic && matches!(hydrogens, 3 | 4));
            continue;
        }
        if let Some(key) = element_key(atom.atomic_number) {
            keys.set(key, true);
        }
        with_hydrogen += u32::from(atom.atomic_number != 1 && hydrogens > 0);
        match atom.atomic_number {
            7 => {
                nitrogens += 1;
                keys.set(84, !atom.is_aromatic && hydrogens == 2);
                keys.set(121, in_ring);
                keys.set(151, hydrogens > 0);
            }
            8 => {
                oxygens += 1;
                keys.set(57, in_ring);
                keys.set(139, !atom.is_aromatic && hydrogens > 0);
            }
            16 => keys.set(36, in_ring),
            9 | 17 | 35 | 53 => keys.set(134, true),
            1 | 14 | 15 => {}
            _ => keys.set(44, true),
        }
    }
    keys.set(120, ring_hetero > 1);
    keys.set(137, ring_hetero > 0);
    keys.set(131, with_hydrogen > 1);
    keys.set(140, oxygens > 3);
    keys.set(146, oxygens > 2);
    keys.set(159, oxygens > 1);
    keys.set(141, methyls > 2);
    keys.set(142, nitrogens > 1);
    keys.set(149, carbons > 1);
    keys.set(160, carbons > 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_has_its_lane() {
        for class in 0..256u16 {
            let expected = (0..8).fold(0, |lanes, bit| lanes | u64::from(class >> bit & 1) << (8 * bit));
            assert_eq!(lanes(class), expected);
        }
        assert_eq!(lanes(1 << CH2 | 1 << C), 1 << (8 * C));
    }
}
