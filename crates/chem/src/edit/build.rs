//! From an edited molecule to a graph that can be perceived.

use super::{Editor, marks};
use crate::error::Reason;
use crate::molecule::{Atom, Bond, BondDirection, BondOrder, BondStereo, Molecule};
use crate::syntax::Seen;

impl Editor {
    /// Writes what is left into `molecule`: atoms and bonds, with direction marks in the place of
    /// configurations and nothing that perception finds.
    pub(crate) fn build(&self, molecule: &mut Molecule) -> Result<Seen, Reason> {
        molecule.atoms.clear();
        molecule.bonds.clear();
        let mut index = Vec::with_capacity(self.molecule.atoms.len());
        let mut seen = Seen::default();
        for (atom, &is_removed) in self.molecule.atoms.iter().zip(&self.removed_atoms) {
            index.push(molecule.atoms.len() as u32);
            if !is_removed {
                seen.note_atom(atom);
                molecule.atoms.push(unperceived(atom));
            }
        }
        if molecule.atoms.is_empty() {
            return Err(Reason::Empty);
        }
        for (bond, &is_removed) in self.molecule.bonds.iter().zip(&self.removed_bonds) {
            if is_removed {
                continue;
            }
            seen.aromatic |= bond.order == BondOrder::Aromatic;
            seen.idle_bond |=
                matches!(bond.order, BondOrder::Dative | BondOrder::Unspecified | BondOrder::Zero);
            let (begin, end) = (index[bond.begin as usize], index[bond.end as usize]);
            let atoms = bond.stereo_atoms.map(|atom| index.get(atom as usize).copied().unwrap_or(0));
            molecule.bonds.push(Bond {
                begin,
                end,
                stereo_atoms: atoms,
                is_conjugated: false,
                is_in_ring: false,
                ..*bond
            });
        }
        molecule.count_degrees();
        molecule.build_adjacency()?;
        molecule.refuse_repeated_bonds()?;
        marks::place(molecule);
        for bond in &mut molecule.bonds {
            if bond.stereo != BondStereo::Any {
                bond.stereo = BondStereo::None;
            }
            bond.stereo_atoms = [0; 2];
            if !matches!(bond.order, BondOrder::Single | BondOrder::Aromatic) {
                bond.direction = BondDirection::None;
            }
        }
        Ok(seen)
    }
}

/// An atom as a reader makes it.
fn unperceived(atom: &Atom) -> Atom {
    Atom {
        atomic_number: atom.atomic_number,
        formal_charge: atom.formal_charge,
        isotope: atom.isotope,
        explicit_hydrogens: atom.explicit_hydrogens,
        no_implicit: atom.no_implicit,
        // those of other atoms are counted by perception
        radical_electrons: if atom.no_implicit { 0 } else { atom.radical_electrons },
        is_aromatic: atom.is_aromatic,
        chirality: atom.chirality,
        permutation: atom.permutation,
        atom_map: atom.atom_map,
        ..Atom::default()
    }
}
