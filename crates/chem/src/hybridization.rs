//! Hybridization from bonds and lone pairs.

use crate::elements::element;
use crate::molecule::{Atom, BondOrder, Chirality, Hybridization, Molecule};

/// Sets the hybridization of every atom. Valences, radicals and conjugation must be known.
pub(crate) fn assign(molecule: &mut Molecule) {
    for index in 0..molecule.atoms.len() {
        molecule.atoms[index].hybridization = of(molecule, index);
    }
}

fn of(molecule: &Molecule, index: usize) -> Hybridization {
    let atom = &molecule.atoms[index];
    if atom.atomic_number == 0 {
        return Hybridization::Unspecified;
    }
    let total_degree = atom.total_degree();
    match atom.chirality {
        Chirality::Tetrahedral | Chirality::Clockwise | Chirality::CounterClockwise if total_degree == 4 => {
            return Hybridization::Sp3;
        }
        Chirality::SquarePlanar if (2..=4).contains(&total_degree) => return Hybridization::Sp2d,
        Chirality::TrigonalBipyramidal if (2..=5).contains(&total_degree) => return Hybridization::Sp3d,
        Chirality::Octahedral if (2..=6).contains(&total_degree) => return Hybridization::Sp3d2,
        _ => {}
    }
    let orbitals = if atom.atomic_number < 89 {
        bonds_and_lone_pairs(molecule, index, atom)
    } else {
        total_degree as i32
    };
    match orbitals {
        0 | 1 => Hybridization::S,
        2 => Hybridization::Sp,
        3 => Hybridization::Sp2,
        4 if total_degree <= 3 && has_conjugated_bond(molecule, index) => Hybridization::Sp2,
        4 => Hybridization::Sp3,
        5 => Hybridization::Sp3d,
        6 => Hybridization::Sp3d2,
        _ => Hybridization::Unspecified,
    }
}

fn has_conjugated_bond(molecule: &Molecule, index: usize) -> bool {
    molecule.neighbors(index).iter().any(|entry| molecule.bonds[entry.bond as usize].is_conjugated)
}

fn bonds_and_lone_pairs(molecule: &Molecule, index: usize, atom: &Atom) -> i32 {
    let mut degree = atom.total_degree() as i32;
    // only dative and zero-order bonds leave an end without an orbital
    let neighbors = if molecule.has_idle_bonds { molecule.neighbors(index) } else { &[] };
    for entry in neighbors {
        let bond = &molecule.bonds[entry.bond as usize];
        let gives_none =
            bond.order == BondOrder::Zero || (bond.order == BondOrder::Dative && bond.end != index as u32);
        degree -= i32::from(gives_none);
    }
    if atom.atomic_number <= 1 {
        return degree;
    }
    let outer = i32::from(element(atom.atomic_number).outer_electrons);
    let total = i32::from(atom.explicit_valence) + i32::from(atom.implicit_hydrogens);
    let charge = i32::from(atom.formal_charge);
    let free = outer - (total + charge);
    if total + outer - charge < 8 {
        let radicals = i32::from(atom.radical_electrons);
        degree + (free - radicals) / 2 + radicals
    } else {
        degree + free / 2
    }
}

#[cfg(test)]
mod tests {
    use crate::{Hybridization, Hybridization::*, Parser};

    fn hybridizations(smiles: &str) -> Vec<Hybridization> {
        let mut parser = Parser::new();
        parser.parse(smiles.as_bytes()).unwrap().atoms().iter().map(|atom| atom.hybridization).collect()
    }

    #[test]
    fn known_cases() {
        assert_eq!(hybridizations("CC=C"), [Sp3, Sp2, Sp2]);
        assert_eq!(hybridizations("C#N"), [Sp, Sp]);
        assert_eq!(hybridizations("CC(=O)N"), [Sp3, Sp2, Sp2, Sp2]);
        assert_eq!(hybridizations("[Na+].[H]"), [S, S]);
        assert_eq!(hybridizations("FS(F)(F)(F)(F)F")[1], Sp3d2);
        assert_eq!(hybridizations("*C"), [Unspecified, Sp3]);
    }
}
