//! Topological polar surface area: Ertl, Rohde, Selzer, J. Med. Chem. 2000, 43, 3714.

use crate::molecule::{BondOrder, Molecule};

/// Bonds of an atom by kind, without those to hydrogen atoms.
#[derive(Default)]
struct Surroundings {
    hydrogens: u32,
    neighbors: u32,
    single: u32,
    double: u32,
    triple: u32,
    aromatic: u32,
}

fn surroundings(molecule: &Molecule, index: usize) -> Surroundings {
    let mut found =
        Surroundings { hydrogens: molecule.atoms()[index].total_hydrogens(), ..Default::default() };
    for entry in molecule.neighbors(index) {
        if molecule.atoms()[entry.atom as usize].atomic_number == 1 {
            found.hydrogens += 1;
            continue;
        }
        found.neighbors += 1;
        let bond = &molecule.bonds()[entry.bond as usize];
        match bond.order {
            _ if bond.is_aromatic => found.aromatic += 1,
            BondOrder::Single => found.single += 1,
            BondOrder::Double => found.double += 1,
            BondOrder::Triple => found.triple += 1,
            _ => {}
        }
    }
    found
}

/// The atom is in a ring of three: two neighbours across ring bonds are bound to each other.
fn is_in_triangle(molecule: &Molecule, index: usize) -> bool {
    let in_rings = |atom: usize| {
        let entries = molecule.neighbors(atom).iter();
        let bond = |bond: u32| &molecule.bonds()[bond as usize];
        entries
            .filter(move |entry| {
                let bond = bond(entry.bond);
                bond.is_in_ring && !matches!(bond.order, BondOrder::Dative | BondOrder::Zero)
            })
            .map(|entry| entry.atom)
    };
    molecule.atoms()[index].is_in_ring
        && in_rings(index)
            .any(|first| in_rings(first as usize).any(|second| in_rings(index).any(|other| other == second)))
}

fn nitrogen(molecule: &Molecule, index: usize) -> f64 {
    let charge = molecule.atoms()[index].formal_charge;
    let Surroundings { hydrogens, neighbors, single, double, triple, aromatic } =
        surroundings(molecule, index);
    match (neighbors, hydrogens, charge, single, double, triple, aromatic) {
        (1, 0, 0, _, _, 1, _) => 23.79,
        (1, 1, 0, _, 1, _, _) => 23.85,
        (1, 2, 0, 1, _, _, _) => 26.02,
        (1, 2, 1, _, 1, _, _) => 25.59,
        (1, 3, 1, 1, _, _, _) => 27.64,
        (2, 0, 0, 1, 1, _, _) => 12.36,
        (2, 0, 0, _, 1, 1, _) => 13.60,
        (2, 1, 0, 2, _, _, _) if is_in_triangle(molecule, index) => 21.94,
        (2, 1, 0, 2, _, _, _) => 12.03,
        (2, 0, 1, 1, _, 1, _) => 4.36,
        (2, 1, 1, 1, 1, _, _) => 13.97,
        (2, 2, 1, 2, _, _, _) => 16.61,
        (2, 0, 0, _, _, _, 2) => 12.89,
        (2, 1, 0, _, _, _, 2) => 15.79,
        (2, 1, 1, _, _, _, 2) => 14.14,
        (3, 0, 0, 3, _, _, _) if is_in_triangle(molecule, index) => 3.01,
        (3, 0, 0, 3, _, _, _) => 3.24,
        (3, 0, 0, 1, 2, _, _) => 11.68,
        (3, 0, 1, 2, 1, _, _) => 3.01,
        (3, 1, 1, 3, _, _, _) => 4.44,
        (3, 0, 0, _, _, _, 3) => 4.41,
        (3, 0, 0, 1, _, _, 2) => 4.93,
        (3, 0, 0, _, 1, _, 2) => 8.39,
        (3, 0, 1, _, _, _, 3) => 4.10,
        (3, 0, 1, 1, _, _, 2) => 3.88,
        (4, 0, 1, 4, _, _, _) => 0.0,
        _ => (30.5 - f64::from(neighbors) * 8.2 + f64::from(hydrogens) * 1.5).max(0.0),
    }
}

fn oxygen(molecule: &Molecule, index: usize) -> f64 {
    let charge = molecule.atoms()[index].formal_charge;
    let Surroundings { hydrogens, neighbors, single, double, aromatic, .. } = surroundings(molecule, index);
    match (neighbors, hydrogens, charge, single, double, aromatic) {
        (1, 0, 0, _, 1, _) => 17.07,
        (1, 1, 0, 1, _, _) => 20.23,
        (1, 0, -1, 1, _, _) => 23.06,
        (2, 0, 0, 2, _, _) if is_in_triangle(molecule, index) => 12.53,
        (2, 0, 0, 2, _, _) => 9.23,
        (2, 0, 0, _, _, 2) => 13.14,
        _ => (28.5 - f64::from(neighbors) * 8.6 + f64::from(hydrogens) * 1.5).max(0.0),
    }
}

/// Topological polar surface area in square angstroms, of nitrogens and oxygens (RDKit `TPSA`; its
/// rule for atoms that the paper does not list).
pub fn polar_surface_area(molecule: &Molecule) -> f64 {
    let area = |index: usize| match molecule.atoms()[index].atomic_number {
        7 => nitrogen(molecule, index),
        8 => oxygen(molecule, index),
        _ => 0.0,
    };
    (0..molecule.atoms().len()).map(area).sum()
}
