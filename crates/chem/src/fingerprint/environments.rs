//! The rounds: growing every atom's environment by one bond and naming it.
//!
//! In each round an atom's new identifier is the hash of the round, its own identifier and the
//! sorted (bond, identifier) pairs around it; its environment is the set of bonds reached. Of
//! several atoms with the same bond set in a round the one with the smallest identifier speaks for
//! it, the others fall silent, and so does an atom whose bond set was already there in an earlier
//! round. A silent atom keeps its bond set but counts as identifier 0 from the round after next:
//! what RDKit does, and its fingerprints depend on it.

use super::hash::{combine, pair};
use super::small::Small;
use super::table::{Entry, Table};
use super::{AtomInvariants, MorganOptions, all_distinct, invariants, label_code, pharmacophore};
use crate::{Chirality, Molecule};

/// Working memory of one generator.
#[derive(Clone, Debug, Default)]
pub(super) struct Environments {
    atoms: Vec<u32>,
    emitted: Vec<u32>,
    small: Small<1>,
    medium: Small<2>,
    large: Small<4>,
    any: Any,
}

impl Environments {
    /// Identifiers of all environments of a molecule.
    pub fn find(&mut self, molecule: &Molecule, options: MorganOptions) -> &[u32] {
        let (atoms, emitted) = (&mut self.atoms, &mut self.emitted);
        atoms.clear();
        match options.invariants {
            AtomInvariants::Connectivity => atoms.extend(molecule.atoms().iter().map(invariants::atom)),
            AtomInvariants::Features => {
                atoms.extend((0..molecule.atoms().len()).map(|index| pharmacophore::roles(molecule, index)));
            }
        }
        emitted.clear();
        emitted.extend_from_slice(atoms);
        let bonds = molecule.bonds().len();
        let degree = molecule.atoms().iter().map(|atom| atom.degree).max().unwrap_or(0);
        if options.radius == 0 || bonds == 0 {
            // Atoms are all there is.
        } else if Small::<1>::fits(bonds, degree) {
            self.small.find(molecule, options, atoms, emitted);
        } else if Small::<2>::fits(bonds, degree) {
            self.medium.find(molecule, options, atoms, emitted);
        } else if Small::<4>::fits(bonds, degree) {
            self.large.find(molecule, options, atoms, emitted);
        } else {
            self.any.find(molecule, options, atoms, emitted);
        }
        emitted
    }
}

/// The rounds for molecules of any size and shape.
#[derive(Clone, Debug, Default)]
struct Any {
    identifiers: Vec<u32>,
    next_identifiers: Vec<u32>,
    /// Bond sets of the atoms before the round, and as the round changes them.
    sets: Vec<u64>,
    next_sets: Vec<u64>,
    silent: Vec<bool>,
    chiral: Vec<bool>,
    bond_codes: Vec<u32>,
    neighbors: Vec<u64>,
    table: Table,
}

impl Any {
    /// Appends the identifiers of all environments beyond the atoms themselves, whose identifiers
    /// are `atoms`.
    fn find(&mut self, molecule: &Molecule, options: MorganOptions, atoms: &[u32], emitted: &mut Vec<u32>) {
        let words = molecule.bonds().len().div_ceil(64);
        self.identifiers.clear();
        self.identifiers.extend_from_slice(atoms);
        reset(&mut self.next_identifiers, atoms.len(), 0);
        reset(&mut self.sets, atoms.len() * words, 0);
        reset(&mut self.next_sets, atoms.len() * words, 0);
        reset(&mut self.silent, atoms.len(), false);
        reset(&mut self.chiral, atoms.len(), false);
        self.bond_codes.clear();
        self.bond_codes.extend(molecule.bonds().iter().map(|bond| invariants::bond(bond, options)));
        self.table.clear();
        for round in 0..options.radius {
            self.table.reserve(atoms.len(), words);
            let start = self.table.entries.len();
            let mut anyone_spoke = false;
            for atom in 0..atoms.len() {
                self.silent[atom] |= molecule.neighbors(atom).is_empty();
                if !self.silent[atom] {
                    anyone_spoke = true;
                    self.speak(molecule, options, round, atom, words);
                }
            }
            if !anyone_spoke {
                break;
            }
            emitted.extend(self.table.entries[start..].iter().map(|entry| entry.identifier));
            std::mem::swap(&mut self.identifiers, &mut self.next_identifiers);
            self.next_identifiers.fill(0);
            self.sets.copy_from_slice(&self.next_sets);
        }
    }

    /// One atom's turn in a round.
    fn speak(&mut self, molecule: &Molecule, options: MorganOptions, round: u32, atom: usize, words: usize) {
        let set = &mut self.next_sets[atom * words..][..words];
        self.neighbors.clear();
        for neighbor in molecule.neighbors(atom) {
            set[neighbor.bond as usize / 64] |= 1 << (neighbor.bond % 64);
            let reached = &self.sets[neighbor.atom as usize * words..][..words];
            for (word, &bits) in set.iter_mut().zip(reached) {
                *word |= bits;
            }
            self.neighbors.push(
                u64::from(self.bond_codes[neighbor.bond as usize]) << 32
                    | u64::from(self.identifiers[neighbor.atom as usize]),
            );
        }
        self.neighbors.sort_unstable();
        let mut identifier = combine(round, self.identifiers[atom]);
        for &neighbor in &self.neighbors {
            identifier = combine(identifier, pair((neighbor >> 32) as u32, neighbor as u32));
        }
        if options.use_chirality && molecule.atoms()[atom].chirality != Chirality::None {
            self.chiral[atom] = self.chiral[atom] || all_distinct(&self.neighbors);
            if self.chiral[atom] {
                identifier = combine(identifier, label_code(molecule.atoms()[atom].cip_label));
            }
        }
        self.next_identifiers[atom] = identifier;
        let entry = Entry { round, identifier, atom: atom as u32 };
        if let Some(found) = self.table.find_or_insert(set, entry) {
            // Atoms come in order, so an equal identifier belongs to a smaller atom.
            if found.round == round && identifier < found.identifier {
                self.silent[found.atom as usize] = true;
                *found = entry;
            } else {
                self.silent[atom] = true;
            }
        }
    }
}

fn reset<T: Clone>(values: &mut Vec<T>, length: usize, value: T) {
    values.clear();
    values.resize(length, value);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Parser;

    /// Molecules of many kinds; the last has more than 128 bonds.
    fn molecules() -> Vec<Molecule> {
        let mut parser = Parser::new();
        let chain = "C[C@H](N)CC(=O)/C=C/c1ccccc1".repeat(14);
        [
            "C",
            "CC",
            "CCO",
            "C.C",
            "[2H]C([2H])C",
            "C[C@H](N)C(=O)O",
            "FC(F)(F)c1ccccc1",
            "C1CC2CCC1C2",
            "F/C=C\\F",
            &chain,
        ]
        .map(|smiles| parser.parse(smiles.as_bytes()).unwrap().clone())
        .to_vec()
    }

    fn sorted(mut identifiers: Vec<u32>) -> Vec<u32> {
        identifiers.sort_unstable();
        identifiers
    }

    #[test]
    fn all_ways_give_the_same_identifiers() {
        for molecule in molecules() {
            for radius in 0..7 {
                for (use_chirality, invariants) in [
                    (false, AtomInvariants::Connectivity),
                    (true, AtomInvariants::Connectivity),
                    (true, AtomInvariants::Features),
                ] {
                    let options =
                        MorganOptions { radius, use_chirality, invariants, ..MorganOptions::default() };
                    let mut environments = Environments::default();
                    let ours = sorted(environments.find(&molecule, options).to_vec());
                    let atoms = environments.atoms.clone();
                    let mut theirs = atoms.clone();
                    Any::default().find(&molecule, options, &atoms, &mut theirs);
                    assert_eq!(ours, sorted(theirs));
                    let mut theirs = atoms.clone();
                    if radius > 0 {
                        Small::<4>::default().find(&molecule, options, &atoms, &mut theirs);
                        assert_eq!(ours, sorted(theirs));
                    }
                }
            }
        }
    }

    #[test]
    fn identifiers_of_ethanol_and_labelled_methanol() {
        // RDKit: GetMorganGenerator(radius=2).GetSparseCountFingerprint
        let find = |smiles: &[u8]| {
            let mut environments = Environments::default();
            sorted(environments.find(Parser::new().parse(smiles).unwrap(), MorganOptions::default()).to_vec())
        };
        let ethanol = [864662311, 1535166686, 2245384272, 2246728737, 3542456614, 4018048386];
        assert_eq!(find(b"CCO"), ethanol);
        assert_eq!(find(b"[13CH3]O"), [864662311, 1533899907, 2246728737]);
    }
}
