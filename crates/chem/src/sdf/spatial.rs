//! Tetrahedral tags from a conformation.

use super::block::{Block, Drawn};
use super::geometry::{direction, dot, minus, volume};
use crate::error::Reason;
use crate::molecule::{Atom, Chirality, Molecule};
use crate::stereo::arranges;
use crate::valence::{Sums, explicit_valence, implicit_hydrogens};

/// Volumes below this (cubic angstroms) are flat.
const FLAT: f64 = 0.1;
/// Two bonds are opposite where the cosine between them is below this.
const OPPOSITE: f64 = -0.9;
/// First element that can have an arrangement other than the tetrahedral one.
const FIRST_HEAVY: u8 = 15;

/// Sets the tags of all atoms whose neighbours span a volume.
pub(super) fn assign(molecule: &mut Molecule, block: &Block, sums: &Sums) -> Result<(), Reason> {
    for index in 0..molecule.atoms.len() {
        molecule.atoms[index].chirality = tag(molecule, block, sums, index)?;
    }
    Ok(())
}

fn tag(molecule: &Molecule, block: &Block, sums: &Sums, index: usize) -> Result<Chirality, Reason> {
    let atom = &molecule.atoms[index];
    let arranged = |place: &&crate::Neighbor| arranges(&molecule.bonds[place.bond as usize], index as u32);
    let neighbors = molecule.neighbors(index);
    let degree = neighbors.iter().filter(arranged).count();
    let total = degree + hydrogens(atom, sums, index);
    if degree < 3 || total > 6 {
        return Ok(Chirality::None);
    }
    let is_wavy = neighbors.iter().any(|neighbor| {
        let bond = neighbor.bond as usize;
        molecule.bonds[bond].begin == index as u32 && block.drawn[bond] == Drawn::Wavy
    });
    if atom.atomic_number >= FIRST_HEAVY && !is_wavy && has_other_arrangement(molecule, block, index) {
        return Err(Reason::Arrangement { atom: index as u32, symbol: atom.symbol() });
    }
    if total > 4 || is_wavy || (total != 4 && !matches!(atom.atomic_number, 16 | 34)) {
        return Ok(Chirality::None);
    }
    let origin = block.points[index];
    let mut vectors = [[0.0; 3]; 4];
    for (vector, neighbor) in vectors.iter_mut().zip(neighbors.iter().filter(arranged)) {
        *vector = minus(block.points[neighbor.atom as usize], origin);
    }
    let [first, second, third, fourth] = vectors;
    let mut value = volume(first, second, third);
    if value.abs() <= FLAT && degree == 4 {
        value = -volume(first, second, fourth);
    }
    Ok(if value < -FLAT {
        Chirality::Clockwise
    } else if value > FLAT {
        Chirality::CounterClockwise
    } else {
        Chirality::None
    })
}

/// Hydrogens that are not atoms of the graph.
fn hydrogens(atom: &Atom, sums: &Sums, index: usize) -> usize {
    let sum = sums.of(index);
    let implicit = implicit_hydrogens(index, atom, sum, explicit_valence(atom, sum)).unwrap_or(0);
    usize::from(atom.explicit_hydrogens) + usize::try_from(implicit).unwrap_or(0)
}

/// Three to six bonds, some of them in opposite pairs: T-shaped, square, bipyramidal or octahedral.
fn has_other_arrangement(molecule: &Molecule, block: &Block, index: usize) -> bool {
    let neighbors = molecule.neighbors(index);
    let count = neighbors.len();
    if !(3..=6).contains(&count) {
        return false;
    }
    let mut vectors = [[0.0; 3]; 6];
    for (vector, neighbor) in vectors.iter_mut().zip(neighbors) {
        *vector = direction(block.points[index], block.points[neighbor.atom as usize]);
    }
    let mut is_paired = [false; 6];
    let mut pairs = 0;
    for first in 0..count {
        for second in first + 1..count {
            if dot(vectors[first], vectors[second]) < OPPOSITE {
                if is_paired[first] || is_paired[second] {
                    return false;
                }
                (is_paired[first], is_paired[second]) = (true, true);
                pairs += 1;
            }
        }
    }
    matches!((pairs, count), (1, 3..=5) | (2, 4 | 5) | (3, 6))
}
