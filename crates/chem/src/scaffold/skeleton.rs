//! The rings of a molecule and the ways between them.

use crate::molecule::Molecule;

/// Which atoms are part of it; keeps its buffers.
#[derive(Debug, Default)]
pub(super) struct Skeleton {
    is_kept: Vec<bool>,
    /// Neighbours of every atom that are kept.
    degree: Vec<u32>,
    pending: Vec<u32>,
}

impl Skeleton {
    /// The atom is in a ring or on the way from one to another.
    pub fn keeps(&self, atom: u32) -> bool {
        self.is_kept[atom as usize]
    }

    /// Takes away atoms at the end of chains as long as there are any: time is linear.
    pub fn find(&mut self, molecule: &Molecule) {
        let Self { is_kept, degree, pending } = self;
        is_kept.clear();
        is_kept.resize(molecule.atoms.len(), true);
        degree.clear();
        degree.extend((0..molecule.atoms.len()).map(|atom| molecule.neighbors(atom).len() as u32));
        let is_end = |atom: u32, degree: &[u32]| {
            degree[atom as usize] <= 1 && !molecule.atoms[atom as usize].is_in_ring
        };
        pending.clear();
        pending.extend((0..molecule.atoms.len() as u32).filter(|&atom| is_end(atom, degree)));
        while let Some(atom) = pending.pop() {
            if !std::mem::replace(&mut is_kept[atom as usize], false) {
                continue;
            }
            for entry in molecule.neighbors(atom as usize) {
                degree[entry.atom as usize] -= 1;
                if is_kept[entry.atom as usize] && is_end(entry.atom, degree) {
                    pending.push(entry.atom);
                }
            }
        }
    }
}
