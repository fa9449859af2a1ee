//! Adding and removing hydrogens until there are no charges left that can go: RDKit's `Uncharger`.

use super::{Change, Failure, Work, order};
use crate::elements::{element, is_early};
use crate::molecule::{Atom, BondOrder, Molecule};

/// Charged atoms by what can be done about them.
#[derive(Debug, Default)]
struct Sites {
    /// Cations with hydrogens.
    acidic: Vec<u32>,
    /// Sum of charges that no hydrogen can take away.
    fixed: i32,
    /// Anions, those of weak acids first.
    basic: Vec<u32>,
}

pub(super) fn run(work: &mut Work) -> Result<(), Failure> {
    let Work { molecule, editor, .. } = work;
    let sites = find(molecule);
    let excess = sites.basic.len() as i32 - sites.fixed;
    // balanced by charges that stay: left alone; fewer than those: no help, so they go, too
    let to_go = match excess {
        _ if sites.fixed == 0 => sites.basic.len(),
        0 => 0,
        1.. => excess as usize,
        _ => sites.basic.len(),
    };
    let mut targets: Vec<(u32, i8, u32)> = Vec::new();
    let mut left: i32 = molecule.atoms.iter().map(|atom| i32::from(atom.formal_charge)).sum();
    for &atom in &sites.basic {
        if targets.len() == to_go {
            break;
        }
        if let Some((charge, hydrogens)) = neutral(&molecule.atoms[atom as usize], 1) {
            targets.push((atom, charge, hydrogens));
            left += 1;
        }
    }
    // cations as long as there is something to balance
    for &atom in &sites.acidic {
        if left <= 0 {
            break;
        }
        if let Some((charge, hydrogens)) = neutral(&molecule.atoms[atom as usize], left.unsigned_abs()) {
            targets.push((atom, charge, hydrogens));
            left -= i32::from(molecule.atoms[atom as usize].formal_charge) - i32::from(charge);
        }
    }
    if targets.is_empty() {
        return Ok(());
    }
    let charges = targets.iter().map(|&(atom, charge, _)| {
        u32::from(molecule.atoms[atom as usize].formal_charge.unsigned_abs())
            - u32::from(charge.unsigned_abs())
    });
    let charges = charges.sum();
    editor.load(molecule);
    for &(atom, charge, hydrogens) in &targets {
        editor.set_charge(atom, charge);
        editor.set_explicit_hydrogens(atom, hydrogens.min(255) as u8);
        editor.set_implicit(atom, false);
    }
    if work.commit().is_err() {
        return one_by_one(work, &targets);
    }
    work.changes.push(Change::Neutralized { charges });
    Ok(())
}

/// Where not all charges can go together: those that can, aromatic ions that are not aromatic
/// without their charges as Kekulé structures.
fn one_by_one(work: &mut Work, targets: &[(u32, i8, u32)]) -> Result<(), Failure> {
    let mut charges = 0;
    for &(atom, charge, hydrogens) in targets {
        for is_kekulized in [false, true] {
            let Work { molecule, editor, kekulizer, .. } = work;
            editor.load(molecule);
            if is_kekulized {
                editor.set_orders(kekulizer.orders(molecule)?);
            }
            editor.set_charge(atom, charge);
            editor.set_explicit_hydrogens(atom, hydrogens.min(255) as u8);
            editor.set_implicit(atom, false);
            let before = molecule.atoms[atom as usize].formal_charge;
            if work.commit().is_ok() {
                charges += u32::from(before.unsigned_abs()) - u32::from(charge.unsigned_abs());
                break;
            }
        }
    }
    if charges > 0 {
        work.changes.push(Change::Neutralized { charges });
    }
    Ok(())
}

/// Charge and hydrogens of an ion without its charge, or without `most` of it, or with as little of
/// it as hydrogens allow; `None` where nothing changes. Elements left of carbon, and carbon cations, take hydride.
fn neutral(atom: &Atom, most: u32) -> Option<(i8, u32)> {
    let hydrogens = atom.total_hydrogens();
    let charge = i32::from(atom.formal_charge);
    let size = charge.unsigned_abs();
    let takes_hydride = is_early(atom.atomic_number) || (atom.atomic_number == 6 && charge > 0);
    let steps = match (charge > 0) == takes_hydride {
        true => size.min(most),
        false => size.min(most).min(hydrogens),
    };
    let hydrogens = if (charge > 0) == takes_hydride { hydrogens + steps } else { hydrogens - steps };
    let left = (size - steps) as i32 * charge.signum();
    (left != charge && has_room(atom, steps)).then_some((left as i8, hydrogens))
}

/// An anion that takes so many hydrogens does not exceed its element's valences.
fn has_room(atom: &Atom, hydrogens: u32) -> bool {
    let own = element(atom.atomic_number);
    let valence = u32::from(atom.explicit_valence) + u32::from(atom.implicit_hydrogens) + hydrogens;
    let highest = own.highest_valence();
    atom.formal_charge > 0
        || is_early(atom.atomic_number)
        || highest < 0
        || i64::from(valence) <= i64::from(highest)
}

fn find(molecule: &Molecule) -> Sites {
    let mut sites = Sites::default();
    let mut acids = Vec::new();
    for (index, atom) in molecule.atoms.iter().enumerate() {
        let has_neighbor = |fits: &dyn Fn(i8) -> bool| {
            let neighbors = molecule.neighbors(index).iter();
            neighbors.map(|entry| &molecule.atoms[entry.atom as usize]).any(|other| fits(other.formal_charge))
        };
        let number = index as u32;
        match atom.formal_charge {
            1..=4 if oxo_anion(molecule, number).is_some() => acids.extend(oxo_anion(molecule, number)),
            1..=4 if has_neighbor(&|charge| charge == -1) => {}
            1..=4 if atom.total_hydrogens() + u32::from(atom.hydrogen_neighbors) > 0 => {
                sites.acidic.push(number)
            }
            1..=4 => sites.fixed += i32::from(atom.formal_charge),
            -1 if has_neighbor(&|charge| (1..=4).contains(&charge)) => {}
            -1 if is_strong(molecule, number) => acids.push(number),
            -1 => sites.basic.push(number),
            _ => {}
        }
    }
    if sites.fixed > 0 && sites.basic.len() + acids.len() > 1 {
        let all = [&sites.basic[..], &acids].concat();
        let ranks = order::ranks(molecule, &all);
        for list in [&mut sites.basic, &mut acids] {
            list.sort_by_key(|&atom| ranks[atom as usize]);
        }
    }
    sites.basic.append(&mut acids);
    sites
}

/// The oxygen that takes the proton of a nitrate or of a halogen's oxo anion: one that has one negative charge
/// more on its oxygens than positive ones on its center.
fn oxo_anion(molecule: &Molecule, center: u32) -> Option<u32> {
    let atom = &molecule.atoms[center as usize];
    let neighbors = || molecule.neighbors(center as usize).iter();
    let is_anion = |atom: &Atom| matches!(atom.atomic_number, 8 | 16) && atom.formal_charge == -1;
    let anions = || neighbors().filter(|entry| is_anion(&molecule.atoms[entry.atom as usize]));
    let is_oxide = |number: u8| matches!(number, 8 | 16);
    let has_oxide = neighbors().any(|entry| {
        is_oxide(molecule.atoms[entry.atom as usize].atomic_number)
            && molecule.bonds[entry.bond as usize].order == BondOrder::Double
    });
    let fits = match atom.atomic_number {
        7 => atom.degree == 3 && has_oxide,
        17 | 35 | 53 => neighbors().all(|entry| molecule.atoms[entry.atom as usize].atomic_number == 8),
        _ => false,
    };
    let excess = anions().count() as i32 - i32::from(atom.formal_charge);
    (fits && excess == 1).then(|| anions().next().map(|entry| entry.atom)).flatten()
}

/// Carboxylates, sulfonates and tetrazolides keep their charges longest.
fn is_strong(molecule: &Molecule, index: u32) -> bool {
    let atom = &molecule.atoms[index as usize];
    let neighbors = molecule.neighbors(index as usize);
    match atom.atomic_number {
        8 | 16 => neighbors.iter().any(|entry| {
            let has_double = |bond: u32| molecule.bonds[bond as usize].order == BondOrder::Double;
            let is_oxygen = |atom: u32| matches!(molecule.atoms[atom as usize].atomic_number, 8 | 16);
            matches!(molecule.atoms[entry.atom as usize].atomic_number, 6 | 16)
                && molecule
                    .neighbors(entry.atom as usize)
                    .iter()
                    .any(|other| has_double(other.bond) && is_oxygen(other.atom))
        }),
        7 if atom.is_aromatic => (0..molecule.ring_count()).any(|ring| {
            let ring = molecule.ring_atoms(ring);
            let count = |number: u8| {
                ring.iter().filter(|&&atom| molecule.atoms[atom as usize].atomic_number == number).count()
            };
            ring.len() == 5 && ring.contains(&index) && count(7) == 4 && count(6) == 1
        }),
        _ => false,
    }
}
