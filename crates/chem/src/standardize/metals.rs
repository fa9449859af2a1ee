//! Cutting bonds between metals and non-metals, as RDKit's `MetalDisconnector` does.

use super::{Change, Failure, Work};
use crate::edit::Vacancy;
use crate::elements::element;
use crate::molecule::{Atom, BondOrder, Molecule};

/// Metals that are cut from nitrogen, oxygen and fluorine.
pub(super) fn is_metal(number: u8) -> bool {
    matches!(number, 3 | 4 | 11..=13 | 19..=31 | 37..=50 | 55 | 56 | 72..=83 | 87 | 88)
}

/// Metals that are cut from other non-metals, too: those that do not form Grignard-like compounds.
fn cuts_any(number: u8) -> bool {
    matches!(number, 13 | 21..=30 | 39..=48 | 72..=79)
}

fn is_cut(metal: &Atom, other: &Atom) -> bool {
    match (other.atomic_number, other.is_aromatic) {
        (7 | 8, _) | (9, false) => is_metal(metal.atomic_number),
        (5 | 6 | 15 | 16, false) => cuts_any(metal.atomic_number),
        (17 | 35 | 53, _) | (14 | 33 | 34 | 51 | 52 | 85, _) => cuts_any(metal.atomic_number),
        _ => false,
    }
}

/// A non-metal and the bonds that it loses.
struct Cut {
    atom: u32,
    bonds: Vec<u32>,
}

pub(super) fn disconnect(work: &mut Work) -> Result<(), Failure> {
    let Work { molecule, editor, .. } = work;
    let cuts = find(molecule);
    if cuts.is_empty() {
        return Ok(());
    }
    editor.load(molecule);
    let mut metals: Vec<(u32, i32)> = Vec::new();
    for cut in &cuts {
        let charge = charge_after(molecule, cut);
        let mut left = match is_neutral_ligand(molecule, cut) {
            true => 0,
            false => -charge,
        };
        for &bond in &cut.bonds {
            let order = order_of(molecule.bonds[bond as usize].order);
            let metal = molecule.bonds[bond as usize].other(cut.atom);
            // the last of several metals has what is left
            let share = match order {
                0 => 0,
                _ if cut.bonds.last() == Some(&bond) => left,
                _ => left.min(order),
            };
            left -= share;
            match metals.iter_mut().find(|(atom, _)| *atom == metal) {
                Some((_, sum)) => *sum += share,
                None => metals.push((metal, share)),
            }
            editor.remove_bond(bond, Vacancy::Open);
        }
        editor.set_charge(cut.atom, charge.clamp(-128, 127) as i8);
        let atom = &molecule.atoms[cut.atom as usize];
        if charge == 0 && atom.explicit_hydrogens == 0 && is_unsaturated(molecule, cut) {
            editor.set_implicit(cut.atom, true);
            editor.set_radical_electrons(cut.atom, 0);
        }
    }
    for (metal, gained) in metals {
        let atom = &molecule.atoms[metal as usize];
        let before = i32::from(atom.formal_charge);
        let mut charge = before.max(0) + gained;
        let valences = element(atom.atomic_number).valences().iter();
        let highest = valences.map(|&valence| i32::from(valence)).max().unwrap_or(0);
        if before != 0 && highest > 0 && gained > 0 {
            charge = charge.min(highest.max(before));
        }
        editor.set_charge(metal, charge.clamp(-128, 127) as i8);
        editor.set_explicit_hydrogens(metal, 0);
        editor.set_radical_electrons(metal, 0);
        editor.set_implicit(metal, true);
    }
    work.commit()?;
    work.changes.push(Change::DisconnectedMetal);
    Ok(())
}

fn find(molecule: &Molecule) -> Vec<Cut> {
    let mut cuts: Vec<Cut> = Vec::new();
    for (index, other) in molecule.atoms.iter().enumerate() {
        let bonds = molecule.neighbors(index).iter();
        let bonds = bonds.filter(|entry| is_cut(&molecule.atoms[entry.atom as usize], other));
        let bonds: Vec<u32> = bonds.map(|entry| entry.bond).collect();
        if !bonds.is_empty() {
            cuts.push(Cut { atom: index as u32, bonds });
        }
    }
    cuts
}

/// Charges that cutting a bond of this order leaves: none for dative and unspecified ones.
fn order_of(order: BondOrder) -> i32 {
    match order {
        BondOrder::Single | BondOrder::Aromatic => 1,
        BondOrder::Double => 2,
        BondOrder::Triple => 3,
        BondOrder::Quadruple => 4,
        BondOrder::Unspecified | BondOrder::Zero | BondOrder::Dative => 0,
    }
}

/// The charge of a non-metal without its metals: what it lacks to its lowest valence that is not
/// below what is left. Atoms of one double bond (vinyl, acyl) stay neutral.
fn charge_after(molecule: &Molecule, cut: &Cut) -> i32 {
    let atom = &molecule.atoms[cut.atom as usize];
    let lost: i32 = cut.bonds.iter().map(|&bond| order_of(molecule.bonds[bond as usize].order)).sum();
    if lost == 0 {
        return i32::from(atom.formal_charge);
    }
    let left = i32::from(atom.explicit_valence) + i32::from(atom.implicit_hydrogens) - lost;
    if lost == 1 && is_unsaturated(molecule, cut) {
        return 0;
    }
    let valences = element(atom.atomic_number).valences();
    let fitting = valences.iter().map(|&valence| i32::from(valence)).find(|&valence| valence >= left);
    match fitting {
        Some(valence) => left - valence,
        None => i32::from(atom.formal_charge) - lost,
    }
}

/// The atom has one double bond to what stays.
fn is_unsaturated(molecule: &Molecule, cut: &Cut) -> bool {
    multiple_bonds(molecule, cut) == 1 && !molecule.atoms[cut.atom as usize].is_aromatic
}

/// Multiple bonds to what stays, a triple bond counted twice.
fn multiple_bonds(molecule: &Molecule, cut: &Cut) -> i32 {
    let bonds = molecule.neighbors(cut.atom as usize).iter();
    let left = bonds.filter(|entry| !cut.bonds.contains(&entry.bond));
    left.map(|entry| (order_of(molecule.bonds[entry.bond as usize].order) - 1).max(0)).sum()
}

/// Carbon at the end of a triple bond (carbon monoxide, cyanide, acetylide) leaves no charge on
/// the metal.
fn is_neutral_ligand(molecule: &Molecule, cut: &Cut) -> bool {
    molecule.atoms[cut.atom as usize].atomic_number == 6
        && cut.bonds.len() == 1
        && molecule.neighbors(cut.atom as usize).iter().any(|entry| {
            molecule.bonds[entry.bond as usize].order == BondOrder::Triple && !cut.bonds.contains(&entry.bond)
        })
}
