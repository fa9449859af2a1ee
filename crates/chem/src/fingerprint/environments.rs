//! The rounds: growing every atom's environment by one bond and naming it.
//!
//! In each round an atom's new identifier is the hash of the round, its own identifier and the
//! sorted (bond, identifier) pairs around it; its environment is the set of bonds reached. Of
//! several atoms with the same bond set in a round the one with the smallest identifier speaks for
//! it, the others fall silent, and so does an atom whose bond set was already there in an earlier
//! round. A silent atom keeps its bond set but counts as identifier 0 from the round after next:
//! what RDKit does, and its fingerprints depend on it.

use super::hash::{combine, pair};
use super::table::{Entry, Table};
use super::{MorganOptions, invariants};
use crate::{Chirality, Molecule};

/// Code of a single bond, whether or not bond types are used.
const SINGLE: u64 = 1;

/// Working memory of one generator.
#[derive(Clone, Debug, Default)]
pub(super) struct Environments {
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
    emitted: Vec<u32>,
}

impl Environments {
    /// Identifiers of all environments of a molecule.
    pub fn find(&mut self, molecule: &Molecule, options: MorganOptions) -> &[u32] {
        self.identifiers.clear();
        self.identifiers.extend(molecule.atoms().iter().map(invariants::atom));
        self.emitted.clear();
        self.emitted.extend_from_slice(&self.identifiers);
        if options.radius > 0 && !molecule.bonds().is_empty() {
            invariants::bonds(molecule, options.use_bond_types, options.use_chirality, &mut self.bond_codes);
            match (molecule.bonds().len().div_ceil(64), options.use_chirality) {
                (1, false) => self.rounds::<1, false>(molecule, options.radius),
                (2, false) => self.rounds::<2, false>(molecule, options.radius),
                (_, false) => self.rounds::<0, false>(molecule, options.radius),
                (1, true) => self.rounds::<1, true>(molecule, options.radius),
                (_, true) => self.rounds::<0, true>(molecule, options.radius),
            }
        }
        &self.emitted
    }

    /// `WORDS` is the number of words of a bond set where it is known, else 0.
    fn rounds<const WORDS: usize, const CHIRAL: bool>(&mut self, molecule: &Molecule, radius: u32) {
        let atom_count = molecule.atoms().len();
        let words = if WORDS == 0 { molecule.bonds().len().div_ceil(64) } else { WORDS };
        reset(&mut self.next_identifiers, atom_count, 0);
        reset(&mut self.sets, atom_count * words, 0);
        reset(&mut self.next_sets, atom_count * words, 0);
        reset(&mut self.silent, atom_count, false);
        if CHIRAL {
            reset(&mut self.chiral, atom_count, false);
        }
        self.table.clear();

        for round in 0..radius {
            self.table.reserve(atom_count, words);
            let first_entry = self.table.entries.len();
            let mut alive = false;
            for atom in 0..atom_count {
                if self.silent[atom] {
                    continue;
                }
                let neighbors = molecule.neighbors(atom);
                if neighbors.is_empty() {
                    self.silent[atom] = true;
                    continue;
                }
                alive = true;
                let set = &mut self.next_sets[atom * words..][..words];
                if round == 0 {
                    for neighbor in neighbors {
                        set[neighbor.bond as usize / 64] |= 1 << (neighbor.bond % 64);
                    }
                } else {
                    for neighbor in neighbors {
                        let reached = &self.sets[neighbor.atom as usize * words..][..words];
                        for (word, &bits) in set.iter_mut().zip(reached) {
                            *word |= bits;
                        }
                    }
                }
                self.neighbors.clear();
                self.neighbors.extend(neighbors.iter().map(|neighbor| {
                    u64::from(self.bond_codes[neighbor.bond as usize]) << 32
                        | u64::from(self.identifiers[neighbor.atom as usize])
                }));
                sort(&mut self.neighbors);
                let mut identifier = combine(round, self.identifiers[atom]);
                for &neighbor in &self.neighbors {
                    identifier = combine(identifier, pair((neighbor >> 32) as u32, neighbor as u32));
                }
                if CHIRAL && molecule.atoms()[atom].chirality != Chirality::None {
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
            if !alive {
                break;
            }
            self.emitted.extend(self.table.entries[first_entry..].iter().map(|entry| entry.identifier));
            std::mem::swap(&mut self.identifiers, &mut self.next_identifiers);
            self.next_identifiers.fill(0);
            self.sets.copy_from_slice(&self.next_sets);
        }
    }
}

/// Sorts a handful of values.
#[inline(always)]
fn sort(values: &mut [u64]) {
    for end in 1..values.len() {
        let value = values[end];
        let mut place = end;
        while place > 0 && values[place - 1] > value {
            values[place] = values[place - 1];
            place -= 1;
        }
        values[place] = value;
    }
}

/// Whether sorted neighbours are all bound singly and all differ.
fn all_distinct(neighbors: &[u64]) -> bool {
    neighbors.iter().all(|neighbor| neighbor >> 32 == SINGLE)
        && neighbors.windows(2).all(|window| window[0] != window[1])
}

fn label_code(label: u8) -> u32 {
    match label {
        b'R' => 3,
        b'S' => 2,
        _ => 1,
    }
}

fn reset<T: Clone>(values: &mut Vec<T>, length: usize, value: T) {
    values.clear();
    values.resize(length, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_like_the_standard_library() {
        for values in [vec![], vec![5], vec![2, 1], vec![3, 1, 2], vec![9, 9, 1, 0, 7, 7, 2, 4, 1]] {
            let (mut ours, mut theirs) = (values.clone(), values);
            sort(&mut ours);
            theirs.sort_unstable();
            assert_eq!(ours, theirs);
        }
    }

    #[test]
    fn chirality_needs_single_bonds_to_different_neighbors() {
        assert!(all_distinct(&[1 << 32 | 1, 1 << 32 | 2, 1 << 32 | 5]));
        assert!(!all_distinct(&[1 << 32 | 2, 1 << 32 | 2]));
        assert!(!all_distinct(&[1 << 32 | 2, 2 << 32 | 3]));
    }
}
