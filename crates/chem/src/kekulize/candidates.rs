//! Which atoms need a double bond.

use super::Scratch;
use crate::elements::{element, is_early};
use crate::molecule::{BondOrder, Molecule};
use crate::valence::{Sums, contribution};

/// Finds the atoms that need a double bond, and makes the aromatic bonds of the system single.
pub(super) fn mark_candidates(molecule: &mut Molecule, sums: &mut Sums, scratch: &mut Scratch) {
    let Scratch { atoms, in_system, candidate, questions, make_single, open_rings, worker, .. } = scratch;
    questions.clear();
    make_single.clear();
    for &index in atoms.iter() {
        let atom = &molecule.atoms[index as usize];
        in_system[index as usize] = true;
        if atom.atomic_number != 0 && !sums.of(index as usize).aromatic {
            worker.finish(index);
            continue;
        }
        let mut sigma = 0i32;
        let mut ignored = 0i32;
        let mut saturated = 0;
        for entry in molecule.neighbors(index as usize) {
            let bond = &molecule.bonds[entry.bond as usize];
            let other = &molecule.atoms[entry.atom as usize];
            let is_saturated = other.atomic_number != 0 && !sums.of(entry.atom as usize).aromatic;
            saturated += usize::from(is_saturated && in_system[entry.atom as usize]);
            if bond.is_aromatic
                && matches!(bond.order, BondOrder::Single | BondOrder::Double | BondOrder::Aromatic)
            {
                sigma += 1;
                make_single.push(entry.bond);
            } else {
                let order = (i32::from(contribution(bond, index)) + 1) / 2;
                sigma += order;
                ignored += i32::from(order == 0);
            }
        }
        // a dummy can have a double bond when some ring of it has an aromatic atom of its own
        if atom.atomic_number == 0
            && saturated < open_rings[index as usize].0 as usize
            && open_rings[index as usize].1 > 0
        {
            candidate[index as usize] = true;
            questions.push(index);
            continue;
        }
        candidate[index as usize] = needs_double_bond(molecule, index, sigma, ignored);
    }
    for &atom in atoms.iter() {
        in_system[atom as usize] = false;
    }
    for &bond in make_single.iter() {
        sums.set_order(molecule, bond, BondOrder::Single);
    }
}

/// Per atom: how many rings it is in, and how many of these have an aromatic atom of their own.
pub(super) fn count_rings(
    molecule: &Molecule,
    rings: &[usize],
    sums: &Sums,
    open_rings: &mut Vec<(u32, u32)>,
) {
    open_rings.clear();
    open_rings.resize(molecule.atoms.len(), (0, 0));
    for &atom in rings.iter().flat_map(|&ring| molecule.ring_atoms(ring)) {
        open_rings[atom as usize].0 += 1;
    }
    for &ring in rings {
        let own = |&atom: &u32| sums.of(atom as usize).aromatic && open_rings[atom as usize].0 == 1;
        if molecule.ring_atoms(ring).iter().any(own) {
            for &atom in molecule.ring_atoms(ring) {
                open_rings[atom as usize].1 += 1;
            }
        }
    }
}

/// The atom's bonds, hydrogens and one more bond fill an allowed valence.
fn needs_double_bond(molecule: &Molecule, index: u32, sigma: i32, ignored: i32) -> bool {
    let atom = &molecule.atoms[index as usize];
    let own = element(atom.atomic_number);
    let sigma = sigma + atom.total_hydrogens() as i32;
    let mut charge = i32::from(atom.formal_charge);
    if is_early(atom.atomic_number) || (atom.atomic_number == 6 && charge > 0) {
        charge = -charge;
    }
    let implicit = i32::from(atom.implicit_hydrogens);
    let total = i32::from(atom.explicit_valence) + implicit;
    let degree = i32::from(atom.degree) + implicit - ignored;
    let mut allowed = own.default_valence() + charge;
    for &higher in &own.valences()[1..] {
        if total <= allowed || higher <= 0 {
            break;
        }
        allowed = i32::from(higher) + charge;
    }
    let is_oxide = total == 5 && sigma == 4 && allowed == 3 && degree == 3;
    if is_oxide && charge == 0 && atom.total_hydrogens() == 0 && matches!(atom.atomic_number, 7 | 15 | 33) {
        allowed = 5;
    }
    degree < allowed && (allowed == sigma + 1 || (atom.no_implicit && allowed == sigma + 2))
}
