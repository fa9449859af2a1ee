//! `@` or `@@`: from the order of a molecule's bonds to the order of the text.

use super::tree::{NONE, Tree};
use crate::molecule::{BondOrder, Chirality, Molecule};

/// Working memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Scratch {
    /// Ring bonds of an atom in the order of their numbers in the text: (number, opened, bond).
    rings: Vec<(u32, u32, u32)>,
    /// Bonds of an atom in the order in which a reader makes them.
    bonds: Vec<u32>,
}

fn is_odd<T: PartialOrd>(list: &[T]) -> bool {
    let mut odd = false;
    for (place, later) in list.iter().enumerate() {
        odd ^= list[..place].iter().filter(|earlier| *earlier > later).count() % 2 == 1;
    }
    odd
}

/// The tag to be written for an atom that has one.
pub(super) fn tag(molecule: &Molecule, tree: &Tree, atom: u32, scratch: &mut Scratch) -> Chirality {
    let own = &molecule.atoms()[atom as usize];
    let (_, from) = tree.parent[atom as usize];
    let is_start = from == NONE;
    let children = tree.children(molecule, atom);
    let rings = &mut scratch.rings;
    rings.clear();
    rings.extend(tree.closing_at(atom).iter().map(|&index| {
        let closure = tree.closures[index as usize];
        (closure.number, index, closure.bond)
    }));
    let opening = tree.opening_at(atom);
    if let Some(first) = opening.first() {
        let index = tree.closures.partition_point(|one| {
            (tree.position[one.first as usize], tree.position[one.second as usize])
                < (tree.position[first.first as usize], tree.position[first.second as usize])
        });
        let opening = opening.iter().enumerate();
        rings.extend(opening.map(|(place, one)| (one.number, (index + place) as u32, one.bond)));
    }
    // what reading does to the tag; see `syntax::chirality`
    let count = rings.len();
    let mut turned = is_odd(rings) ^ (count * children.len() % 2 == 1);
    let hydrogens = own.total_hydrogens();
    let counts_hydrogen = is_start && hydrogens == 1;
    let counts_pair = hydrogens != 1 && count == 1 && !is_unsaturated(molecule, atom);
    turned ^= molecule.neighbors(atom as usize).len() == 3 && (counts_hydrogen || counts_pair);
    // a reader makes the ring bonds last, by number and then as they were opened
    rings.sort_unstable();
    let bonds = &mut scratch.bonds;
    bonds.clear();
    bonds.extend((!is_start).then_some(from));
    bonds.extend(children.iter().map(|&(_, bond)| bond));
    bonds.extend(rings.iter().map(|&(_, _, bond)| bond));
    if turned ^ is_odd(bonds) { own.chirality.inverted() } else { own.chirality }
}

/// Some bond of the atom is of higher order than single.
fn is_unsaturated(molecule: &Molecule, atom: u32) -> bool {
    molecule.neighbors(atom as usize).iter().any(|entry| {
        matches!(
            molecule.bonds()[entry.bond as usize].order,
            BondOrder::Double | BondOrder::Triple | BondOrder::Quadruple | BondOrder::Aromatic
        )
    })
}
