//! The molecule with its hydrogens as atoms.

use crate::error::Reason;
use crate::molecule::{Atom, Bond, Molecule};

/// Writes into `target` what `source` is when every hydrogen is an atom of the graph.
pub(super) fn add_hydrogens(source: &Molecule, target: &mut Molecule) -> Result<(), Reason> {
    target.atoms.clear();
    target.bonds.clear();
    target.atoms.extend_from_slice(&source.atoms);
    target.bonds.extend_from_slice(&source.bonds);
    target.ring_offsets.clone_from(&source.ring_offsets);
    target.ring_atoms.clone_from(&source.ring_atoms);
    target.ring_bonds.clone_from(&source.ring_bonds);
    target.has_idle_bonds = source.has_idle_bonds;
    for index in 0..source.atoms.len() {
        let atom = &mut target.atoms[index];
        let hydrogens = atom.total_hydrogens();
        atom.explicit_valence = atom.explicit_valence.saturating_add(atom.implicit_hydrogens);
        atom.implicit_hydrogens = 0;
        atom.explicit_hydrogens = 0;
        atom.hydrogen_neighbors = atom.hydrogen_neighbors.saturating_add(hydrogens.min(255) as u8);
        let hydrogen = Atom {
            atomic_number: 1,
            explicit_valence: 1,
            no_implicit: true,
            hydrogen_neighbors: u8::from(atom.atomic_number == 1),
            ..Atom::default()
        };
        for _ in 0..hydrogens {
            let end = target.atoms.len() as u32;
            target.atoms.push(hydrogen);
            target.bonds.push(Bond { begin: index as u32, end, ..Bond::default() });
        }
    }
    target.count_degrees();
    target.build_adjacency()
}
