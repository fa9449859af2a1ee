//! Adding and removing hydrogens until there are no charges left that can go: RDKit's `Uncharger`.

use super::{Change, Failure, Work, order};
use crate::elements::is_early;
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
    for &atom in &sites.basic {
        if targets.len() == to_go {
            break;
        }
        targets.extend(
            neutral(&molecule.atoms[atom as usize]).map(|(charge, hydrogens)| (atom, charge, hydrogens)),
        );
    }
    for &atom in &sites.acidic {
        targets.extend(
            neutral(&molecule.atoms[atom as usize]).map(|(charge, hydrogens)| (atom, charge, hydrogens)),
        );
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
    if let Err(error) = work.commit() {
        // an aromatic ion that is not aromatic without its charge
        let is_aromatic = |&(atom, ..): &(u32, i8, u32)| work.molecule.atoms[atom as usize].is_aromatic;
        if !targets.iter().any(is_aromatic) {
            return Err(error.into());
        }
        let orders = kekulizer_orders(work)?;
        work.editor.set_orders(&orders);
        work.commit()?;
    }
    work.changes.push(Change::Neutralized { charges });
    Ok(())
}

fn kekulizer_orders(work: &mut Work) -> Result<Vec<BondOrder>, Failure> {
    Ok(work.kekulizer.orders(&work.molecule)?.to_vec())
}

/// Charge and hydrogens of an ion without its charge, or with as little of it as hydrogens allow;
/// `None` where they change nothing. Elements left of carbon, and carbon cations, take hydride.
fn neutral(atom: &Atom) -> Option<(i8, u32)> {
    let hydrogens = atom.total_hydrogens();
    let charge = i32::from(atom.formal_charge);
    let size = charge.unsigned_abs();
    let takes_hydride = is_early(atom.atomic_number) || (atom.atomic_number == 6 && charge > 0);
    let (left, hydrogens) = match (charge > 0) == takes_hydride {
        true => (0, hydrogens + size),
        false => (size - size.min(hydrogens), hydrogens - size.min(hydrogens)),
    };
    let left = left as i32 * charge.signum();
    (left != charge).then_some((left as i8, hydrogens))
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
            1..=4 if is_oxo_cation(molecule, number) => sites.fixed += i32::from(atom.formal_charge),
            1..=4 if has_neighbor(&|charge| charge == -1) => {}
            1..=4 if atom.total_hydrogens() + u32::from(atom.hydrogen_neighbors) > 0 => {
                sites.acidic.push(number)
            }
            1..=4 => sites.fixed += i32::from(atom.formal_charge),
            -1 if is_oxo_anion(molecule, number) => acids.push(number),
            -1 if has_neighbor(&|charge| (1..=4).contains(&charge)) => {}
            -1 if is_strong(molecule, number) => acids.push(number),
            -1 => sites.basic.push(number),
            _ => {}
        }
    }
    if sites.fixed > 0 && sites.basic.len() + acids.len() > 1 {
        let ranks = order::ranks(molecule);
        for list in [&mut sites.basic, &mut acids] {
            list.sort_by_key(|&atom| ranks[atom as usize]);
        }
    }
    sites.basic.append(&mut acids);
    sites
}

/// Nitrogen of nitrate and halogen of an oxo acid, whose oxygens have charges.
fn is_oxo_cation(molecule: &Molecule, atom: u32) -> bool {
    let own = &molecule.atoms[atom as usize];
    let neighbors = || {
        let entries = molecule.neighbors(atom as usize).iter();
        entries.map(|entry| (&molecule.atoms[entry.atom as usize], molecule.bonds[entry.bond as usize].order))
    };
    let is_anion = |atom: &Atom| matches!(atom.atomic_number, 8 | 16) && atom.formal_charge == -1;
    match own.atomic_number {
        7 => {
            own.formal_charge == 1
                && own.degree == 3
                && neighbors().filter(|(other, _)| is_anion(other)).count() == 2
                && neighbors()
                    .any(|(other, order)| matches!(other.atomic_number, 8 | 16) && order == BondOrder::Double)
        }
        17 | 35 | 53 => own.degree > 1 && neighbors().all(|(other, _)| other.atomic_number == 8),
        _ => false,
    }
}

/// Oxygen of such an ion.
fn is_oxo_anion(molecule: &Molecule, atom: u32) -> bool {
    matches!(molecule.atoms[atom as usize].atomic_number, 8 | 16)
        && molecule.neighbors(atom as usize).iter().any(|entry| {
            (1..=4).contains(&molecule.atoms[entry.atom as usize].formal_charge)
                && is_oxo_cation(molecule, entry.atom)
        })
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
