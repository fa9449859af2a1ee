//! Direction marks for the configurations of double bonds.

use crate::canonical::colors::{is_cis, is_configured};
use crate::molecule::{BondDirection, BondOrder, Molecule};

/// Makes the direction marks of a molecule say what the configurations of its double bonds say.
/// Marks that already do are kept.
pub(super) fn place(molecule: &mut Molecule) {
    let configured: Vec<u32> = (0..molecule.bonds.len() as u32)
        .filter(|&bond| is_configured(&molecule.bonds[bond as usize]))
        .collect();
    if configured.iter().all(|&bond| agrees(molecule, bond)) && !has_stray_marks(molecule) {
        return;
    }
    for bond in &mut molecule.bonds {
        bond.direction = BondDirection::None;
    }
    // every end of a configured double bond needs one mark: chosen first, set afterwards
    let mut is_chosen = vec![false; molecule.bonds.len()];
    for &double in &configured {
        let bond = molecule.bonds[double as usize];
        for end in [bond.begin, bond.end] {
            choose(molecule, end, double, &mut is_chosen);
        }
    }
    let mut pending = Vec::new();
    for first in 0..molecule.bonds.len() as u32 {
        if !is_chosen[first as usize] || molecule.bonds[first as usize].direction != BondDirection::None {
            continue;
        }
        molecule.bonds[first as usize].direction = BondDirection::Up;
        pending.push(first);
        while let Some(known) = pending.pop() {
            spread(molecule, known, &is_chosen, &mut pending);
        }
    }
}

/// The direction of a bond as if it began at `atom`, where it has one: upwards or not.
fn seen_from(molecule: &Molecule, bond: u32, atom: u32) -> Option<bool> {
    let bond = &molecule.bonds[bond as usize];
    match bond.direction {
        BondDirection::None => None,
        direction => Some((direction == BondDirection::Up) == (bond.begin == atom)),
    }
}

/// The direction to the reference atom at an end of a double bond, from any mark there; `None` if
/// there is none or two contradict each other.
fn reference_direction(molecule: &Molecule, double: u32, end: u32) -> Option<bool> {
    let bond = &molecule.bonds[double as usize];
    let reference = bond.stereo_atoms[usize::from(bond.begin != end)];
    let marks = molecule.neighbors(end as usize).iter().filter(|entry| entry.bond != double);
    let mut found =
        marks.filter_map(|entry| Some(seen_from(molecule, entry.bond, end)? == (entry.atom == reference)));
    let first = found.next()?;
    found.all(|other| other == first).then_some(first)
}

/// The marks at both ends give the configuration of the double bond.
fn agrees(molecule: &Molecule, double: u32) -> bool {
    let bond = &molecule.bonds[double as usize];
    let ends = [bond.begin, bond.end].map(|end| reference_direction(molecule, double, end));
    match ends {
        [Some(begin), Some(end)] => (begin == end) == is_cis(bond),
        _ => false,
    }
}

/// Some mark touches no configured double bond.
fn has_stray_marks(molecule: &Molecule) -> bool {
    molecule.bonds.iter().any(|bond| {
        bond.direction != BondDirection::None
            && ![bond.begin, bond.end].iter().any(|&end| {
                molecule
                    .neighbors(end as usize)
                    .iter()
                    .any(|entry| is_configured(&molecule.bonds[entry.bond as usize]))
            })
    })
}

/// Chooses a bond to mark at an end of a double bond, unless there is one; bonds beside another
/// double bond without configuration come last, as a mark could give it one.
fn choose(molecule: &Molecule, end: u32, double: u32, is_chosen: &mut [bool]) {
    let others = molecule.neighbors(end as usize).iter().filter(|entry| entry.bond != double);
    if others.clone().any(|entry| is_chosen[entry.bond as usize]) {
        return;
    }
    let can_be_marked =
        |bond: u32| matches!(molecule.bonds[bond as usize].order, BondOrder::Single | BondOrder::Aromatic);
    let best = others.filter(|entry| can_be_marked(entry.bond)).min_by_key(|entry| {
        let beyond = molecule.neighbors(entry.atom as usize).iter();
        let risk = beyond.map(|entry| {
            let bond = &molecule.bonds[entry.bond as usize];
            match bond.order {
                BondOrder::Double if is_configured(bond) => 1,
                BondOrder::Double => 2,
                _ => 0,
            }
        });
        risk.max()
    });
    if let Some(entry) = best {
        is_chosen[entry.bond as usize] = true;
    }
}

/// Sets the chosen marks that depend on a known one.
fn spread(molecule: &mut Molecule, known: u32, is_chosen: &[bool], pending: &mut Vec<u32>) {
    let ends = [molecule.bonds[known as usize].begin, molecule.bonds[known as usize].end];
    for atom in ends {
        let doubles = molecule.neighbors(atom as usize).iter().map(|entry| entry.bond);
        let doubles: Vec<u32> =
            doubles.filter(|&bond| is_configured(&molecule.bonds[bond as usize])).collect();
        for double in doubles {
            let bond = molecule.bonds[double as usize];
            let Some(direction) = reference_direction(molecule, double, atom) else { continue };
            for end in [bond.begin, bond.end] {
                let wanted = direction ^ (end != atom && !is_cis(&bond));
                let reference = bond.stereo_atoms[usize::from(bond.begin != end)];
                for place in 0..molecule.neighbors(end as usize).len() {
                    let entry = molecule.neighbors(end as usize)[place];
                    let marked = &mut molecule.bonds[entry.bond as usize];
                    let is_open = is_chosen[entry.bond as usize] && marked.direction == BondDirection::None;
                    if entry.bond != double && is_open {
                        let is_up = (wanted == (entry.atom == reference)) == (marked.begin == end);
                        marked.direction = if is_up { BondDirection::Up } else { BondDirection::Down };
                        pending.push(entry.bond);
                    }
                }
            }
        }
    }
}
