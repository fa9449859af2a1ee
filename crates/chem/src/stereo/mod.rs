//! Stereochemistry as RDKit's `MolFromSmiles` leaves it: the legacy perception.
//!
//! Tags and direction marks come from the parser. Here the centres get their R or S, the double
//! bonds their E or Z, and what turns out to be no stereo element loses its tag or mark. Labels
//! can make neighbours different that were not before, so labelling and ranking take turns.

mod centers;
mod cleanup;
mod double_bonds;
mod isotope_table;
mod ranks;
mod ring_stereo;
mod rings;

use crate::{BondDirection, BondOrder, Chirality, Molecule};
use double_bonds::has_mark;
use rings::allows_double_bond_stereo;

/// Working memory, reused from molecule to molecule.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scratch {
    ranks: ranks::Ranks,
    search: ring_stereo::Search,
    conflicting: Vec<u32>,
}

/// Assigns labels and configurations, and cleans up. The molecule must be perceived otherwise:
/// rings, aromaticity, conjugation, hybridization and hydrogens are final.
pub(crate) fn assign(molecule: &mut Molecule, scratch: &mut Scratch) {
    let is_tagged = |molecule: &Molecule| molecule.atoms.iter().any(|atom| atom.chirality != Chirality::None);
    let has_marks = molecule.bonds.iter().any(|bond| bond.direction != BondDirection::None);
    if !has_marks && !is_tagged(molecule) {
        return;
    }
    cleanup::impossible_tags(molecule);
    if is_tagged(molecule) || has_marks {
        label(molecule, scratch);
        if molecule.atoms.iter().any(|atom| atom.chirality != Chirality::None && atom.cip_label == 0) {
            scratch.search.run(molecule, &scratch.ranks);
            cleanup::idle_tags(molecule, &scratch.search);
        }
    }
    if has_marks {
        cleanup::idle_marks(molecule);
    }
}

/// Labels atoms and bonds, ranking again as long as that can tell more of them apart.
fn label(molecule: &mut Molecule, scratch: &mut Scratch) {
    let ranks = &mut scratch.ranks;
    let (mut marked, unmarked) = double_bond_kinds(molecule);
    ranks.start(molecule, |ranks| {
        centers::all_resolved(molecule, ranks) && double_bonds::all_resolved(molecule, ranks)
    });
    loop {
        let atoms = centers::label(molecule, ranks);
        let mut changed = atoms.changed;
        let mut pending = atoms.pending;
        if marked || unmarked {
            let bonds = double_bonds::configure(molecule, ranks, &mut scratch.conflicting);
            marked = bonds.unassigned;
            changed |= bonds.changed;
            pending |= bonds.pending;
        }
        // Further rounds would not label anything unless something marked is still open.
        if !(atoms.unassigned || marked) || !changed || !pending {
            return;
        }
        ranks.restart(molecule);
    }
}

/// Whether there are double bonds that could have a configuration: with a direction mark beside
/// them, and without (of those, only what comes before the first marked one counts).
fn double_bond_kinds(molecule: &Molecule) -> (bool, bool) {
    let mut unmarked = false;
    for (index, bond) in molecule.bonds.iter().enumerate() {
        if bond.order == BondOrder::Double && allows_double_bond_stereo(molecule, index as u32) {
            if has_mark(molecule, bond.begin) || has_mark(molecule, bond.end) {
                return (true, unmarked);
            }
            unmarked = true;
        }
    }
    (false, unmarked)
}
