//! Alternating single and double bonds for what was written aromatic.

mod candidates;
mod matching;
mod orders;

use crate::error::Reason;
use crate::molecule::{BondOrder, Molecule};
use crate::rings::{Blocks, smallest_set};
use crate::valence::{Sums, explicit_valence, implicit_hydrogens};
use candidates::{count_rings, mark_candidates};
use matching::Worker;
pub use orders::Kekulizer;

/// How many ways of leaving out dummy atoms are tried.
const MAX_PERMUTATIONS: u64 = 4096;

/// Buffers of the search.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    atoms: Vec<u32>,
    sorted: Vec<u32>,
    in_system: Vec<bool>,
    candidate: Vec<bool>,
    trial: Vec<bool>,
    questions: Vec<u32>,
    make_single: Vec<u32>,
    /// Per atom, only filled where there are dummies: rings, and rings open to a double bond.
    open_rings: Vec<(u32, u32)>,
    is_done: Vec<bool>,
    worker: Worker,
}

/// Replaces aromatic bonds by single and double ones and clears the aromatic marks.
///
/// Valences must be assigned and rings known. `sums` are brought up to date.
pub(crate) fn kekulize(
    molecule: &mut Molecule,
    blocks: &Blocks,
    sums: &mut Sums,
    scratch: &mut Scratch,
) -> Result<(), Reason> {
    let count = molecule.atoms.len();
    for flags in [&mut scratch.in_system, &mut scratch.candidate, &mut scratch.trial] {
        flags.clear();
        flags.resize(count, false);
    }
    let is_dummy = |&atom: &u32| molecule.atoms[atom as usize].atomic_number == 0;
    if molecule.ring_atoms.iter().any(is_dummy) {
        by_ring_systems(molecule, blocks, sums, scratch)?;
        return clear_marks(molecule, sums);
    }
    // in the order of the rings: an atom between two systems is settled by the later one
    scratch.is_done.clear();
    scratch.is_done.resize(blocks.len(), false);
    for ring in 0..molecule.ring_count() {
        let block = blocks.of(molecule.ring_bonds(ring)[0]);
        if !std::mem::replace(&mut scratch.is_done[block], true) {
            scratch.atoms.clear();
            scratch.atoms.extend_from_slice(blocks.atoms(block));
            kekulize_system(molecule, sums, scratch)?;
        }
    }
    clear_marks(molecule, sums)
}

/// With dummy atoms: by systems of rings that share bonds, of a smallest set of rings without
/// those made of dummies only. The order in which a system's atoms come up counts here.
fn by_ring_systems(
    molecule: &mut Molecule,
    blocks: &Blocks,
    sums: &mut Sums,
    scratch: &mut Scratch,
) -> Result<(), Reason> {
    let mut rings = smallest_set(molecule, blocks);
    count_rings(molecule, &rings, sums, &mut scratch.open_rings);
    let is_element = |&atom: &u32| molecule.atoms[atom as usize].atomic_number != 0;
    rings.retain(|&ring| molecule.ring_atoms(ring).iter().any(is_element));
    let mut by_bond: Vec<(u32, usize)> = Vec::new();
    for &ring in &rings {
        by_bond.extend(molecule.ring_bonds(ring).iter().map(|&bond| (bond, ring)));
    }
    by_bond.sort_unstable();
    let mut is_done = vec![false; molecule.ring_count()];
    let mut is_listed = vec![false; molecule.atoms.len()];
    let mut stack = Vec::new();
    for &first in &rings {
        scratch.atoms.clear();
        // depth first, lower rings first
        stack.push(first);
        while let Some(ring) = stack.pop() {
            if std::mem::replace(&mut is_done[ring], true) {
                continue;
            }
            let start = stack.len();
            for (&atom, &bond) in molecule.ring_atoms(ring).iter().zip(molecule.ring_bonds(ring)) {
                if !std::mem::replace(&mut is_listed[atom as usize], true) {
                    scratch.atoms.push(atom);
                }
                let from = by_bond.partition_point(|&(other, _)| other < bond);
                let sharing = by_bond[from..].iter().take_while(|&&(other, _)| other == bond);
                stack.extend(sharing.map(|&(_, other)| other).filter(|&other| !is_done[other]));
            }
            stack[start..].sort_unstable_by(|first, second| second.cmp(first));
        }
        for &atom in &scratch.atoms {
            is_listed[atom as usize] = false;
        }
        if !scratch.atoms.is_empty() {
            kekulize_system(molecule, sums, scratch)?;
        }
    }
    Ok(())
}

fn kekulize_system(molecule: &mut Molecule, sums: &mut Sums, scratch: &mut Scratch) -> Result<(), Reason> {
    let is_open =
        |atom: u32| sums.of(atom as usize).aromatic || molecule.atoms[atom as usize].atomic_number == 0;
    if !scratch.atoms.iter().any(|&atom| is_open(atom)) {
        return Ok(());
    }
    scratch.worker.reset(molecule.atoms.len(), &scratch.atoms);
    mark_candidates(molecule, sums, scratch);
    let Scratch { atoms, sorted, in_system, candidate, trial, questions, worker, .. } = scratch;
    sorted.clear();
    sorted.extend_from_slice(atoms);
    sorted.sort_unstable();
    for &atom in atoms.iter() {
        in_system[atom as usize] = true;
    }
    for &atom in atoms.iter() {
        trial[atom as usize] = candidate[atom as usize];
    }
    let mut found = worker.run(molecule, sums, sorted, in_system, trial);
    let permutations = (1u64 << questions.len().min(63)).min(MAX_PERMUTATIONS);
    let mut choice = 1;
    while !found && choice < permutations {
        for &atom in atoms.iter() {
            trial[atom as usize] = candidate[atom as usize];
        }
        for (bit, &atom) in questions.iter().enumerate().take(63) {
            if choice >> bit & 1 == 1 {
                trial[atom as usize] = false;
            }
        }
        worker.reset(molecule.atoms.len(), atoms);
        found = worker.run(molecule, sums, sorted, in_system, trial);
        choice += 1;
    }
    for &atom in atoms.iter() {
        in_system[atom as usize] = false;
    }
    if !found {
        let open = sorted.iter().copied().filter(|&atom| candidate[atom as usize]);
        return Err(Reason::Kekulize { atoms: open.collect() });
    }
    for &atom in atoms.iter() {
        candidate[atom as usize] = false;
    }
    Ok(())
}

/// Clears the aromatic marks; hydrogens written on pyrrole-like N and P become implicit ones.
fn clear_marks(molecule: &mut Molecule, sums: &Sums) -> Result<(), Reason> {
    for bond in &mut molecule.bonds {
        bond.is_aromatic = false;
    }
    for index in 0..molecule.atoms.len() {
        let atom = &mut molecule.atoms[index];
        if !atom.is_aromatic {
            continue;
        }
        if !atom.is_in_ring {
            return Err(Reason::AromaticChain { atom: index as u32, symbol: atom.symbol() });
        }
        atom.is_aromatic = false;
        if matches!(atom.atomic_number, 7 | 15) && atom.formal_charge == 0 && atom.explicit_hydrogens == 1 {
            let before = i32::from(atom.explicit_valence) + i32::from(atom.implicit_hydrogens);
            atom.no_implicit = false;
            atom.explicit_hydrogens = 0;
            let has_aromatic = molecule
                .neighbors(index)
                .iter()
                .any(|entry| molecule.bonds[entry.bond as usize].order == BondOrder::Aromatic);
            let mut sum = sums.of(index);
            sum.aromatic = has_aromatic;
            let atom = &mut molecule.atoms[index];
            let explicit = explicit_valence(atom, sum);
            let implicit = implicit_hydrogens(index, atom, sum, explicit).unwrap_or(0);
            if explicit + implicit != before {
                return Err(Reason::Kekulize { atoms: vec![index as u32] });
            }
            atom.explicit_valence = explicit.clamp(0, 255) as u8;
            atom.implicit_hydrogens = implicit.clamp(0, 255) as u8;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::{ErrorKind, Parser};

    #[test]
    fn accepted() {
        let mut parser = Parser::new();
        for smiles in [
            "c1ccccc1",
            "c1ccncc1",
            "c1cc[nH]c1",
            "O=n1ccccc1",
            "c1ccc2cccc2cc1",
            "*1ccccc1",
            "c1ccccc1c1ccccc1",
        ] {
            assert!(parser.parse(smiles.as_bytes()).is_ok(), "{smiles}");
        }
    }

    #[test]
    fn refused() {
        for smiles in ["c1cccc1", "n1cccc1", "c1ccnc1", "cc", "[c]", "c1cccccc1", "Cc1ccc(C)n1"] {
            let error = Parser::new().parse(smiles.as_bytes()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Kekulize, "{smiles}: {error}");
        }
    }

    #[test]
    fn a_wrong_first_choice_is_taken_back() {
        let mut parser = Parser::new();
        let molecule = parser.parse(b"c1ccc2c(c1)ccc1c3ccccc3ccc21").unwrap();
        assert!(molecule.atoms().iter().all(|atom| atom.is_aromatic));
    }
}
