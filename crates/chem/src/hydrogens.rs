//! Removal of hydrogen atoms that carry no information of their own.

use crate::elements::element;
use crate::molecule::{Atom, BondDirection, BondOrder, Chirality, Molecule};
use crate::valence::{Sum, Sums, effective_element, explicit_valence, implicit_hydrogens};

/// Buffers of the removal.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    remove: Vec<bool>,
    /// By atom: it keeps account of the hydrogens it loses.
    counts: Vec<bool>,
    index: Vec<u32>,
}

/// Takes the plain hydrogens out of the graph and counts them on their neighbours.
///
/// Kept are isotopes, hydrides, bridging and lone hydrogens, those on dummy atoms, on hydrogens or
/// on centres of higher coordination, and those that define a double bond's configuration.
/// Returns whether any was removed; the adjacency must then be built anew.
///
/// Given the `sums` of the graph, only those hydrogens are counted that the valence model would
/// not give back: RDKit does so for mol blocks.
pub(crate) fn remove(molecule: &mut Molecule, scratch: &mut Scratch, sums: Option<&Sums>) -> bool {
    let count = molecule.atoms.len();
    scratch.remove.clear();
    scratch.remove.resize(count, false);
    let mut any = false;
    for index in 0..count {
        let removable = molecule.atoms[index].atomic_number == 1 && is_removable(molecule, index);
        scratch.remove[index] = removable;
        any |= removable;
    }
    if !any {
        return false;
    }
    scratch.counts.clear();
    let counts = |(index, atom): (usize, &Atom)| {
        sums.is_none_or(|sums| must_count(index, atom, sums.of(index)) || is_like_pyrrole(molecule, index))
    };
    scratch.counts.extend(molecule.atoms.iter().enumerate().map(counts));
    let mut gone = std::mem::take(&mut scratch.remove);
    for index in (0..count).rev() {
        if gone[index] {
            detach(molecule, index, &gone, &scratch.counts);
        }
    }
    compact(molecule, &gone, &mut scratch.index);
    gone.clear();
    scratch.remove = gone;
    true
}

fn is_removable(molecule: &Molecule, index: usize) -> bool {
    let atom = &molecule.atoms[index];
    let [entry] = molecule.neighbors(index) else { return false };
    if atom.isotope != 0 || atom.formal_charge == -1 {
        return false;
    }
    let neighbor = &molecule.atoms[entry.atom as usize];
    if neighbor.atomic_number <= 1 || is_beyond_tetrahedral(neighbor.chirality) {
        return false;
    }
    let is_marked = molecule.bonds[entry.bond as usize].direction != BondDirection::None;
    let defines_stereo = is_marked
        && neighbor.degree == 2
        && molecule
            .neighbors(entry.atom as usize)
            .iter()
            .any(|other| molecule.bonds[other.bond as usize].order == BondOrder::Double);
    !defines_stereo
}

fn is_beyond_tetrahedral(chirality: Chirality) -> bool {
    matches!(
        chirality,
        Chirality::Allene | Chirality::SquarePlanar | Chirality::TrigonalBipyramidal | Chirality::Octahedral
    )
}

/// Whether a hydrogen that leaves the atom would not come back by itself: the atom takes none, is
/// a centre, is aromatic nitrogen or phosphorus, or has more than its lowest valence.
fn must_count(index: usize, atom: &Atom, sum: Sum) -> bool {
    let explicit = explicit_valence(atom, sum);
    let total = || explicit + implicit_hydrogens(index, atom, sum, explicit).unwrap_or(0);
    let is_higher = |valences: &[i8]| {
        valences.len() > 1 && {
            let total = total();
            valences[1..].iter().any(|&valence| i32::from(valence) == total)
        }
    };
    atom.no_implicit
        || atom.chirality != Chirality::None
        || (sum.aromatic && matches!(atom.atomic_number, 7 | 15))
        || is_higher(element(atom.atomic_number).valences())
}

/// Whether an atom between two aromatic bonds would not get its hydrogen back: its valence is 3.
fn is_like_pyrrole(molecule: &Molecule, index: usize) -> bool {
    let count = |order: BondOrder| {
        let bonds = molecule.neighbors(index).iter().map(|entry| &molecule.bonds[entry.bond as usize]);
        bonds.filter(|bond| bond.order == order).count()
    };
    let atom = &molecule.atoms[index];
    atom.degree == 3
        && count(BondOrder::Aromatic) == 2
        && count(BondOrder::Single) == 1
        && effective_element(atom).1.default_valence() == 3
}

/// Moves what the hydrogen says to its neighbour. Hydrogens after `index` are already gone.
fn detach(molecule: &mut Molecule, index: usize, gone: &[bool], counts: &[bool]) {
    let entry = molecule.neighbors(index)[0];
    let heavy = entry.atom as usize;
    let is_present = |atom: u32| !gone[atom as usize] || atom as usize <= index;
    // the hydrogen's bond moves behind the others
    let moves = molecule
        .neighbors(heavy)
        .iter()
        .filter(|other| other.bond > entry.bond && is_present(other.atom))
        .count();
    let direction = molecule.bonds[entry.bond as usize].direction;
    if direction != BondDirection::None {
        pass_direction_on(molecule, heavy, entry.bond, direction, is_present);
    }
    let atom = &mut molecule.atoms[heavy];
    if counts[heavy] {
        atom.explicit_hydrogens = atom.explicit_hydrogens.wrapping_add(1);
    }
    if moves % 2 == 1 {
        atom.chirality = atom.chirality.inverted();
    }
}

/// Keeps a direction mark alive: it moves to the last unmarked single bond of the neighbour,
/// unless another bond there is marked.
fn pass_direction_on(
    molecule: &mut Molecule,
    heavy: usize,
    lost: u32,
    direction: BondDirection,
    is_present: impl Fn(u32) -> bool,
) {
    let mut target = None;
    for other in molecule.neighbors(heavy) {
        let bond = &molecule.bonds[other.bond as usize];
        if other.bond == lost || !is_present(other.atom) || bond.order != BondOrder::Single {
            continue;
        }
        if bond.direction != BondDirection::None {
            return;
        }
        target = Some(other.bond);
    }
    let Some(target) = target else { return };
    let lost_begins_here = molecule.bonds[lost as usize].begin == heavy as u32;
    let bond = &mut molecule.bonds[target as usize];
    let flip = lost_begins_here && bond.begin == heavy as u32;
    bond.direction = match (direction, flip) {
        (BondDirection::Up, true) => BondDirection::Down,
        (BondDirection::Down, true) => BondDirection::Up,
        (kept, _) => kept,
    };
}

fn compact(molecule: &mut Molecule, gone: &[bool], index: &mut Vec<u32>) {
    index.clear();
    let mut next = 0;
    for &is_gone in gone {
        index.push(next);
        next += u32::from(!is_gone);
    }
    let mut position = 0;
    molecule.atoms.retain(|_| {
        position += 1;
        !gone[position - 1]
    });
    molecule.bonds.retain_mut(|bond| {
        let keep = !gone[bond.begin as usize] && !gone[bond.end as usize];
        bond.begin = index[bond.begin as usize];
        bond.end = index[bond.end as usize];
        keep
    });
}

#[cfg(test)]
mod tests {
    use crate::{Chirality, Parser};

    fn atoms(smiles: &str) -> usize {
        Parser::new().parse(smiles.as_bytes()).unwrap().atoms().len()
    }

    #[test]
    fn plain_hydrogens_go_and_special_ones_stay() {
        let counts = [
            ("[H]O[H]", 1),
            ("[H]C([H])([H])[H]", 1),
            ("[2H]C", 2),
            ("[H][H]", 2),
            ("[H]", 1),
            ("[H]*", 2),
            ("[H+].[Cl-]", 2),
            ("[H]/N=C/C", 4),
            ("[Li][H-]", 2),
        ];
        for (smiles, expected) in counts {
            assert_eq!(atoms(smiles), expected, "{smiles}");
        }
    }

    #[test]
    fn removal_turns_tags_where_the_bond_order_changes() {
        let mut parser = Parser::new();
        let tag = |parser: &mut Parser, smiles: &str| {
            let molecule = parser.parse(smiles.as_bytes()).unwrap();
            molecule.atoms().iter().map(|atom| atom.chirality).find(|tag| *tag != Chirality::None)
        };
        let bracket = tag(&mut parser, "F[C@H](Cl)Br");
        assert!(bracket.is_some());
        assert_eq!(tag(&mut parser, "F[C@]([H])(Cl)Br"), bracket);
        assert_eq!(tag(&mut parser, "F[C@@](Cl)([H])Br"), bracket);
    }
}
