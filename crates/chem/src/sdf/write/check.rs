//! What a written block is read as, compared with its molecule.

use super::Lost;
use crate::molecule::{Bond, BondStereo, Molecule};

/// A difference that a mark in the block can mend.
pub(super) enum Found {
    /// The atom has another number of hydrogens or unpaired electrons.
    Hydrogens(usize),
    /// The double bond has a configuration that it should not have.
    Configuration(usize),
}

/// Counts what is different and names what can be mended.
pub(super) fn compare(molecule: &Molecule, read: &Molecule, mut mend: impl FnMut(Found)) -> Lost {
    let mut lost = Lost::default();
    if molecule.atoms.len() != read.atoms.len() || molecule.bonds.len() != read.bonds.len() {
        lost.others = molecule.atoms.len().abs_diff(read.atoms.len()).max(1);
        return lost;
    }
    for (index, (ours, theirs)) in molecule.atoms.iter().zip(&read.atoms).enumerate() {
        lost.centers += usize::from(ours.chirality != theirs.chirality);
        let is_same = ours.atomic_number == theirs.atomic_number
            && ours.formal_charge == theirs.formal_charge
            && ours.isotope == theirs.isotope
            && ours.atom_map == theirs.atom_map
            && ours.is_aromatic == theirs.is_aromatic;
        let has_same_valence = ours.total_hydrogens() == theirs.total_hydrogens()
            && ours.radical_electrons == theirs.radical_electrons;
        if !has_same_valence {
            mend(Found::Hydrogens(index));
        }
        lost.others += usize::from(!is_same || !has_same_valence);
    }
    for (index, (ours, theirs)) in molecule.bonds.iter().zip(&read.bonds).enumerate() {
        let same_ends = (ours.begin, ours.end) == (theirs.begin, theirs.end)
            || (ours.begin, ours.end) == (theirs.end, theirs.begin);
        lost.others += usize::from(!same_ends || ours.order != theirs.order);
        if same_ends && is_cis(ours) != is_cis_as(theirs, ours) {
            lost.double_bonds += 1;
            if is_cis(ours).is_none() {
                mend(Found::Configuration(index));
            }
        }
    }
    lost
}

/// Whether the reference atoms are on one side; `None` without configuration.
fn is_cis(bond: &Bond) -> Option<bool> {
    match bond.stereo {
        BondStereo::None | BondStereo::Any => None,
        BondStereo::Z | BondStereo::Cis => Some(true),
        BondStereo::E | BondStereo::Trans => Some(false),
    }
}

/// The same, said of the reference atoms of another bond between the same atoms.
fn is_cis_as(bond: &Bond, other: &Bond) -> Option<bool> {
    let mut references = bond.stereo_atoms;
    if bond.begin != other.begin {
        references.swap(0, 1);
    }
    let cis = is_cis(bond)?;
    let turns = references.iter().zip(&other.stereo_atoms).filter(|(ours, theirs)| ours != theirs).count();
    Some(cis ^ (is_cis(other).is_some() && turns == 1))
}
