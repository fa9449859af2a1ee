//! Counts of atoms, and the charge.

use super::Descriptors;
use crate::molecule::{Atom, Molecule};

/// Atoms that are neither hydrogen nor a dummy.
pub fn heavy_atoms(molecule: &Molecule) -> u32 {
    molecule.atoms().iter().filter(|atom| atom.atomic_number > 1).count() as u32
}

/// Atoms that are neither carbon nor hydrogen; dummies count (RDKit `NumHeteroatoms`).
pub fn heteroatoms(molecule: &Molecule) -> u32 {
    molecule.atoms().iter().filter(|atom| !matches!(atom.atomic_number, 1 | 6)).count() as u32
}

/// Sum of the formal charges.
pub fn formal_charge(molecule: &Molecule) -> i32 {
    molecule.atoms().iter().map(|atom| i32::from(atom.formal_charge)).sum()
}

/// Share of the carbons that have four neighbours, hydrogens included; 0 without carbon
/// (RDKit `FractionCSP3`).
pub fn fraction_sp3(molecule: &Molecule) -> f64 {
    let carbons = || molecule.atoms().iter().filter(|atom| atom.atomic_number == 6);
    let saturated = carbons().filter(|atom| atom.total_degree() == 4).count();
    match carbons().count() {
        0 => 0.0,
        count => saturated as f64 / count as f64,
    }
}

/// Nitrogens and oxygens: Lipinski's acceptors (RDKit `NOCount`).
pub fn nitrogens_and_oxygens(molecule: &Molecule) -> u32 {
    molecule.atoms().iter().filter(|atom| matches!(atom.atomic_number, 7 | 8)).count() as u32
}

/// All hydrogens of an atom, in the graph or not.
pub(super) fn hydrogens(atom: &Atom) -> u32 {
    atom.total_hydrogens() + u32::from(atom.hydrogen_neighbors)
}

/// Hydrogens on nitrogens and oxygens: Lipinski's donors (RDKit `NHOHCount`).
pub fn polar_hydrogens(molecule: &Molecule) -> u32 {
    let polar = molecule.atoms().iter().filter(|atom| matches!(atom.atomic_number, 7 | 8));
    polar.map(hydrogens).sum()
}

/// Fulfilled rules of Lipinski, Adv. Drug Deliv. Rev. 1997, 23, 3, of four.
pub(super) fn lipinski_rules(of: &Descriptors) -> u32 {
    u32::from(of.molecular_weight <= 500.0)
        + u32::from(of.log_p <= 5.0)
        + u32::from(of.hydrogen_bond_acceptors <= 10)
        + u32::from(of.hydrogen_bond_donors <= 5)
}
