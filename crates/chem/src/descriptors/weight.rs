//! Molecular weight and exact mass.

use super::isotope_table::COMMONEST;
use crate::elements::element;
use crate::molecule::Molecule;

/// Mass of an electron in unified atomic mass units.
const ELECTRON: f64 = 5.485_799_090_7e-4;

/// Average molecular weight in g/mol: standard weights, or the isotope's mass where one is given
/// (RDKit `MolWt`).
pub fn molecular_weight(molecule: &Molecule) -> f64 {
    let hydrogen = element(1).weight;
    molecule.atoms().iter().map(|atom| atom.mass() + f64::from(atom.total_hydrogens()) * hydrogen).sum()
}

/// Monoisotopic mass in unified atomic mass units: every atom is its element's commonest isotope,
/// or the one given; charged molecules lack or have electrons (RDKit `ExactMolWt`).
pub fn exact_mass(molecule: &Molecule) -> f64 {
    let mass = |atom: &crate::Atom| {
        let own =
            if atom.isotope == 0 { COMMONEST[usize::from(atom.atomic_number).min(118)] } else { atom.mass() };
        own + f64::from(atom.total_hydrogens()) * COMMONEST[1]
    };
    let charge = f64::from(super::formal_charge(molecule));
    molecule.atoms().iter().map(mass).sum::<f64>() - charge * ELECTRON
}
