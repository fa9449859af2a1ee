//! The parts of a molecule, and the largest of them: RDKit's `LargestFragmentChooser`.

use super::{Change, Failure, Work};
use crate::edit::{Editor, Vacancy};
use crate::molecule::Molecule;

/// Number of the part of every atom, and of parts; they are numbered by their first atoms.
pub(super) fn parts(molecule: &Molecule) -> (Vec<u32>, u32) {
    let mut part = vec![u32::MAX; molecule.atoms.len()];
    let mut count = 0;
    let mut stack = Vec::new();
    for first in 0..molecule.atoms.len() as u32 {
        if part[first as usize] != u32::MAX {
            continue;
        }
        part[first as usize] = count;
        stack.push(first);
        while let Some(atom) = stack.pop() {
            for entry in molecule.neighbors(atom as usize) {
                if part[entry.atom as usize] == u32::MAX {
                    part[entry.atom as usize] = count;
                    stack.push(entry.atom);
                }
            }
        }
        count += 1;
    }
    (part, count)
}

pub(super) fn has_several(molecule: &Molecule) -> bool {
    parts(molecule).1 > 1
}

/// Loads the parts for which `keep` is true.
pub(super) fn load(editor: &mut Editor, molecule: &Molecule, part: &[u32], keep: impl Fn(u32) -> bool) {
    editor.load(molecule);
    editor.retain(|atom, _| keep(part[atom as usize]), Vacancy::Open);
}

/// What makes a part large, most important first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Size {
    /// Hydrogens included.
    atoms: u32,
    protons: u32,
    heavy_atoms: u32,
    negative_charge: i32,
    isotopes: u32,
}

fn sizes(molecule: &Molecule, part: &[u32], count: u32) -> Vec<Size> {
    let mut sizes = vec![Size::default(); count as usize];
    for (atom, &part) in molecule.atoms.iter().zip(part) {
        let size = &mut sizes[part as usize];
        let hydrogens = atom.total_hydrogens();
        size.atoms += 1 + hydrogens;
        size.protons += u32::from(atom.atomic_number) + hydrogens;
        size.heavy_atoms += u32::from(atom.atomic_number > 1);
        size.negative_charge -= i32::from(atom.formal_charge);
        size.isotopes += u32::from(atom.isotope);
    }
    sizes
}

/// Keeps the largest part; of several the one whose SMILES comes first.
pub(super) fn keep_largest(work: &mut Work) -> Result<(), Failure> {
    let (part, count) = parts(&work.molecule);
    let sizes = sizes(&work.molecule, &part, count);
    let Some(&largest) = sizes.iter().max() else { return Ok(()) };
    let candidates: Vec<u32> = (0..count).filter(|&one| sizes[one as usize] == largest).collect();
    if count < 2 {
        return Ok(());
    }
    let mut best = candidates[0];
    if candidates.len() > 1 {
        let mut text: Option<String> = None;
        for one in candidates {
            load(&mut work.editor, &work.molecule, &part, |other| other == one);
            let own = work.writer.write(work.parser.perceive_edited(&work.editor)?);
            if text.as_deref().is_none_or(|before| own < before) {
                text = Some(own.to_owned());
                best = one;
            }
        }
    }
    load(&mut work.editor, &work.molecule, &part, |other| other == best);
    work.commit()?;
    work.changes.push(Change::KeptLargestFragment);
    Ok(())
}
