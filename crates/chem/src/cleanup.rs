//! Charge separation of groups that are often drawn with too many bonds.

use crate::molecule::{BondOrder, Molecule};
use crate::valence::{Sums, explicit_valence};

/// Rewrites neutral pentavalent nitrogen and phosphorus and halogen oxides.
///
/// - `N(=O)` with five bonds: `[N+][O-]`; `N=N#N` with five bonds on the middle one: `N=[N+]=[N-]`
/// - `C=P(=O)X` with three neighbours: `C=[P+]([O-])X`
/// - `X(=O)(=O)(=O)O`, `X(=O)(=O)O` and `X(=O)O` of Cl, Br, I: all oxygens single, charges on them
pub(crate) fn clean_up(molecule: &mut Molecule, sums: &mut Sums, considered: &mut Vec<u32>) {
    considered.clear();
    let mut has_others = false;
    for index in 0..molecule.atoms.len() {
        let atom = &molecule.atoms[index];
        match atom.atomic_number {
            7 if sums.of(index).twice + 2 * u16::from(atom.explicit_hydrogens) >= 7
                && atom.formal_charge == 0
                && explicit_valence(atom, sums.of(index)) == 5 =>
            {
                considered.push(index as u32);
                separate(molecule, sums, index, 8, BondOrder::Double, BondOrder::Single);
            }
            15 | 17 | 35 | 53 => has_others |= atom.degree > 1,
            _ => {}
        }
    }
    for &index in considered.iter() {
        separate(molecule, sums, index as usize, 7, BondOrder::Triple, BondOrder::Double);
    }
    if !has_others {
        return;
    }
    for index in 0..molecule.atoms.len() {
        match molecule.atoms[index].atomic_number {
            15 => phosphorus(molecule, sums, index),
            17 | 35 | 53 => halogen(molecule, sums, index),
            _ => {}
        }
    }
}

/// Lowers the first bond of order `from` to a neutral `element`, and charges both ends.
fn separate(
    molecule: &mut Molecule,
    sums: &mut Sums,
    index: usize,
    element: u8,
    from: BondOrder,
    to: BondOrder,
) {
    let found = molecule.neighbors(index).iter().find(|entry| {
        let neighbor = &molecule.atoms[entry.atom as usize];
        neighbor.atomic_number == element
            && neighbor.formal_charge == 0
            && molecule.bonds[entry.bond as usize].order == from
    });
    let Some(&entry) = found else { return };
    sums.set_order(molecule, entry.bond, to);
    molecule.atoms[index].formal_charge = 1;
    molecule.atoms[entry.atom as usize].formal_charge = -1;
}

fn phosphorus(molecule: &mut Molecule, sums: &mut Sums, index: usize) {
    let atom = &molecule.atoms[index];
    if atom.formal_charge != 0 || atom.degree != 3 || explicit_valence(atom, sums.of(index)) != 5 {
        return;
    }
    let is_double = |bond: u32| molecule.bonds[bond as usize].order == BondOrder::Double;
    let mut oxygen = None;
    let mut has_other = false;
    for entry in molecule.neighbors(index).iter().filter(|entry| is_double(entry.bond)) {
        let neighbor = &molecule.atoms[entry.atom as usize];
        if neighbor.atomic_number == 8 && neighbor.formal_charge == 0 {
            oxygen = Some(*entry);
        } else if matches!(neighbor.atomic_number, 6 | 7) && neighbor.degree >= 2 {
            has_other = true;
        }
    }
    if let (Some(oxygen), true) = (oxygen, has_other) {
        sums.set_order(molecule, oxygen.bond, BondOrder::Single);
        molecule.atoms[index].formal_charge = 1;
        molecule.atoms[oxygen.atom as usize].formal_charge = -1;
    }
}

fn halogen(molecule: &mut Molecule, sums: &mut Sums, index: usize) {
    let atom = &molecule.atoms[index];
    if atom.formal_charge != 0 || !matches!(explicit_valence(atom, sums.of(index)), 3 | 5 | 7) {
        return;
    }
    if molecule.neighbors(index).iter().any(|entry| molecule.atoms[entry.atom as usize].atomic_number != 8) {
        return;
    }
    let mut charge = 0;
    for position in 0..molecule.neighbors(index).len() {
        let entry = molecule.neighbors(index)[position];
        if molecule.bonds[entry.bond as usize].order == BondOrder::Double {
            sums.set_order(molecule, entry.bond, BondOrder::Single);
            molecule.atoms[entry.atom as usize].formal_charge = -1;
            charge += 1;
        }
    }
    molecule.atoms[index].formal_charge = charge;
}

#[cfg(test)]
mod tests {
    use crate::Parser;

    fn charges(smiles: &str) -> Vec<i8> {
        let mut parser = Parser::new();
        parser.parse(smiles.as_bytes()).unwrap().atoms().iter().map(|atom| atom.formal_charge).collect()
    }

    #[test]
    fn hypervalent_drawings_become_charged() {
        assert_eq!(charges("CN(=O)=O"), [0, 1, -1, 0]);
        assert_eq!(charges("CN=N#N"), [0, 0, 1, -1]);
        assert_eq!(charges("C1=CC=CN(=O)=C1"), [0, 0, 0, 0, 1, -1, 0]);
        assert_eq!(charges("CC=P(=O)C"), [0, 0, 1, -1, 0]);
        assert_eq!(charges("OCl(=O)(=O)=O"), [0, 3, -1, -1, -1]);
        assert_eq!(charges("O=Br(=O)O"), [-1, 2, -1, 0]);
    }

    #[test]
    fn others_stay() {
        assert_eq!(charges("CP(=O)(O)O"), [0; 5]);
        assert_eq!(charges("C[N+](=O)[O-]"), [0, 1, 0, -1]);
    }
}
