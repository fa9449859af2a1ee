//! The parts of a molecule, and the largest of them: RDKit's `LargestFragmentChooser`.

use super::{Change, Failure, Work};
use crate::SmilesWriter;
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

/// Atoms with hydrogens, then protons and then electrons in them: what makes a part large.
fn sizes(molecule: &Molecule, part: &[u32], count: u32) -> Vec<(u32, u32, i32)> {
    let mut sizes = vec![(0, 0, 0); count as usize];
    for (atom, &part) in molecule.atoms.iter().zip(part) {
        let size = &mut sizes[part as usize];
        let hydrogens = atom.total_hydrogens();
        size.0 += 1 + hydrogens;
        size.1 += u32::from(atom.atomic_number) + hydrogens;
        size.2 -= i32::from(atom.formal_charge);
    }
    sizes
}

/// Keeps the part with the most atoms, hydrogens included; of several the one with most protons,
/// then electrons, then the one whose SMILES comes first.
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
        let mut writer = SmilesWriter::default();
        let mut text: Option<String> = None;
        for one in candidates {
            load(&mut work.editor, &work.molecule, &part, |other| other == one);
            let own = writer.write(work.parser.perceive_edited(&work.editor)?);
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
