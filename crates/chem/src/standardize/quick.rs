//! Which steps could do anything: most compounds need none.

use super::Step;
use super::metals::is_metal;
use crate::molecule::{BondOrder, Molecule};

/// What a molecule has that some step looks for. No more than a first look: a step that is needed
/// may still find nothing to do.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Needs {
    /// A bond of a metal.
    metal_bond: bool,
    positive: bool,
    negative: bool,
    /// A bare atom whose charge is corrected.
    bare_ion: bool,
    /// A neutral group that a normalization changes.
    odd_group: bool,
    several_parts: bool,
}

impl Needs {
    pub fn of(molecule: &Molecule) -> Self {
        let mut needs = Self::default();
        for (index, atom) in molecule.atoms.iter().enumerate() {
            needs.positive |= atom.formal_charge > 0;
            needs.negative |= atom.formal_charge < 0;
            match atom.atomic_number {
                6 => {}
                7 | 8 | 15 | 16 | 33 | 51 => needs.odd_group |= is_odd(molecule, index),
                number if is_metal(number) => {
                    needs.metal_bond |= atom.degree > 0;
                    needs.bare_ion |= atom.degree == 0;
                }
                17 => needs.bare_ion |= atom.degree == 0,
                _ => {}
            }
        }
        // a connected molecule has at least one bond less than atoms
        needs.several_parts = molecule.bonds.len() + 1 < molecule.atoms.len()
            || (molecule.ring_count() > 0 && super::fragments::has_several(molecule));
        needs
    }

    /// The step could change the molecule.
    pub fn step(&self, step: Step) -> bool {
        match step {
            Step::Metals => self.metal_bond,
            Step::Normalize => self.odd_group || self.positive || self.negative,
            Step::Reionize => self.negative || self.bare_ion,
            Step::Salts | Step::Fragment => self.several_parts,
            Step::Uncharge => self.positive || self.negative,
        }
    }
}

/// Neutral atoms that a normalization can begin with: sulfoxides, nitrogen and phosphorus with two
/// double bonds or a triple one beside another multiple bond, N-oxides.
fn is_odd(molecule: &Molecule, index: usize) -> bool {
    let atom = &molecule.atoms[index];
    let mut doubles = 0;
    let mut triples = 0;
    for entry in molecule.neighbors(index) {
        match molecule.bonds[entry.bond as usize].order {
            BondOrder::Double => doubles += 1,
            BondOrder::Triple => triples += 1,
            _ => {}
        }
    }
    match atom.atomic_number {
        16 => doubles > 0 && atom.total_degree() == 3,
        8 => doubles > 0 && atom.total_hydrogens() == 0 && atom.degree > 1,
        7 => doubles > 1 || (doubles > 0 && (triples > 0 || atom.is_aromatic)),
        _ => doubles > 1,
    }
}
