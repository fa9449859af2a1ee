//! Stereochemistry as RDKit's `MolFromSmiles` leaves it: the legacy perception.
//!
//! Tags and direction marks come from the parser. Here the centres get their R or S, the double
//! bonds their E or Z, and what turns out to be no stereo element loses its tag or mark. Labels
//! can make neighbours different that were not before, so labelling and ranking take turns.

mod centers;
mod classes;
mod cleanup;
mod double_bonds;
mod first_look;
mod isotope_table;
mod possible;
mod ranks;
mod ring_stereo;
mod rings;
mod rounds;
#[cfg(test)]
mod tests;

pub(crate) use centers::arranges;
pub(crate) use isotope_table::most_common_isotope;
pub(crate) use possible::Possible;

use crate::{BondDirection, BondOrder, BondStereo, Chirality, Molecule};
use double_bonds::has_mark;
use first_look::Need;
use rings::allows_double_bond_stereo;

/// Working memory, reused from molecule to molecule.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scratch {
    ranks: ranks::Ranks,
    search: ring_stereo::Search,
    needs: Vec<Need>,
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
        label(molecule, scratch, has_marks);
        if molecule.atoms.iter().any(|atom| atom.chirality != Chirality::None && atom.cip_label == 0) {
            scratch.search.run(molecule, &scratch.ranks);
            cleanup::idle_tags(molecule, &scratch.search);
        }
    }
    if has_marks {
        cleanup::idle_marks(molecule);
    }
}

/// Bonds of unknown configuration that could not have one are like any other.
pub(crate) fn drop_idle_any(molecule: &mut Molecule) {
    for index in 0..molecule.bonds.len() {
        let bond = molecule.bonds[index];
        let has_neighbors = |atom: u32| molecule.atoms[atom as usize].degree > 1;
        if bond.stereo == BondStereo::Any
            && !(has_neighbors(bond.begin)
                && has_neighbors(bond.end)
                && allows_double_bond_stereo(molecule, index as u32))
        {
            molecule.bonds[index].stereo = BondStereo::None;
        }
    }
}

/// Labels atoms and bonds, ranking again as long as that can tell more of them apart.
fn label(molecule: &mut Molecule, scratch: &mut Scratch, has_marks: bool) {
    let ranks = &mut scratch.ranks;
    let (mut marked, unmarked) = if has_marks { double_bond_kinds(molecule) } else { (false, true) };
    let needs = &mut scratch.needs;
    let is_decidable = collect_needs(molecule, has_marks, needs);
    // a need that was met stays so
    let mut met = 0;
    let mut are_met = |ranks: &ranks::Ranks| {
        met += needs[met..].iter().take_while(|need| is_decidable && need.is_met(molecule, ranks)).count();
        is_decidable && met == needs.len()
    };
    if !is_decidable || !first_look::is_enough(molecule, ranks, needs) {
        ranks.start(molecule, &mut are_met);
    }
    let is_decided = are_met(ranks);
    loop {
        let mut pass = centers::label(molecule, ranks);
        if has_marks && (marked || unmarked) {
            let bonds = double_bonds::configure(molecule, ranks, &mut scratch.conflicting);
            marked = bonds.unassigned;
            pass.changed |= bonds.changed;
            pass.pending |= bonds.pending;
        }
        // Further rounds would not label anything unless something marked is still open.
        if is_decided || !pass.changed || !pass.pending {
            return;
        }
        // RDKit goes on as long as anything could be labelled, marked or not.
        if !has_marks {
            marked = double_bonds::configure(molecule, ranks, &mut scratch.conflicting).unassigned;
        }
        if !marked && !pass.unassigned && !centers::any_unlabelled(molecule) {
            return;
        }
        ranks.restart(molecule);
    }
}

/// Collects the atoms whose neighbours must be told apart: tagged ones and marked ends of double
/// bonds. Returns whether that is all that matters: no atom is tagged that cannot be a centre.
fn collect_needs(molecule: &Molecule, has_marks: bool, needs: &mut Vec<Need>) -> bool {
    needs.clear();
    for index in 0..molecule.atoms.len() as u32 {
        if molecule.atoms[index as usize].chirality != Chirality::None {
            if !centers::can_be_center(molecule, index) {
                return false;
            }
            needs.push(Need { atom: index, excluded: u32::MAX });
        }
    }
    if has_marks {
        for (index, bond) in molecule.bonds.iter().enumerate() {
            if bond.order == BondOrder::Double {
                let ends = [bond.begin, bond.end].into_iter().filter(|&end| has_mark(molecule, end));
                needs.extend(ends.map(|atom| Need { atom, excluded: index as u32 }));
            }
        }
    }
    true
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
