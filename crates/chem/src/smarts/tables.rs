//! The numbers that atoms have, each with the set of atoms that have it.

use super::query::Property;
use crate::molecule::{Atom, Molecule};

/// Distinct values above which no sets are kept: atoms are asked one by one.
const MOST_VALUES: usize = 32;

/// Rings of every atom: how many, and the size of the smallest.
#[derive(Debug, Default)]
struct Rings {
    counts: Vec<u32>,
    smallest: Vec<u32>,
}

impl Rings {
    fn compute(&mut self, molecule: &Molecule) {
        let atoms = molecule.atoms().len();
        self.counts.clear();
        self.counts.resize(atoms, 0);
        self.smallest.clear();
        self.smallest.resize(atoms, 0);
        for ring in 0..molecule.ring_count() {
            let ring = molecule.ring_atoms(ring);
            for &atom in ring {
                self.counts[atom as usize] += 1;
                let smallest = &mut self.smallest[atom as usize];
                if *smallest == 0 || ring.len() < *smallest as usize {
                    *smallest = ring.len() as u32;
                }
            }
        }
    }
}

/// Sets of atoms by their value of one property.
#[derive(Debug, Default)]
struct Table {
    is_filled: bool,
    has_too_many: bool,
    values: Vec<i32>,
    sets: Vec<u64>,
}

/// The properties of one molecule's atoms, each looked up when it is asked for.
#[derive(Debug, Default)]
pub(super) struct Tables {
    tables: [Table; Property::COUNT],
    rings: Rings,
    has_rings: bool,
}

fn count_neighbors(molecule: &Molecule, atom: usize, is_counted: impl Fn(&Atom) -> bool) -> i32 {
    let neighbors = molecule.neighbors(atom).iter();
    neighbors.filter(|entry| is_counted(&molecule.atoms()[entry.atom as usize])).count() as i32
}

fn value(property: Property, molecule: &Molecule, rings: &Rings, index: usize) -> i32 {
    let atom = &molecule.atoms()[index];
    let is_hetero = |number: u8| number != 1 && number != 6;
    match property {
        Property::AtomicNumber => i32::from(atom.atomic_number),
        Property::Isotope => i32::from(atom.isotope),
        Property::Charge => i32::from(atom.formal_charge),
        Property::NegatedCharge => -i32::from(atom.formal_charge),
        Property::Degree => i32::from(atom.degree),
        Property::HeavyDegree => {
            count_neighbors(molecule, index, |other| other.atomic_number != 1 || other.isotope > 1)
        }
        Property::TotalDegree => atom.total_degree() as i32,
        Property::TotalValence => i32::from(atom.explicit_valence) + i32::from(atom.implicit_hydrogens),
        Property::Hydrogens => atom.total_hydrogens() as i32 + i32::from(atom.hydrogen_neighbors),
        Property::ImplicitHydrogens => atom.total_hydrogens() as i32,
        Property::RingCount => rings.counts[index] as i32,
        Property::SmallestRing => rings.smallest[index] as i32,
        Property::RingBonds => {
            let neighbors = molecule.neighbors(index).iter();
            neighbors.filter(|entry| molecule.bonds()[entry.bond as usize].is_in_ring).count() as i32
        }
        Property::HeteroNeighbors => count_neighbors(molecule, index, |other| is_hetero(other.atomic_number)),
        Property::AliphaticHeteroNeighbors => {
            count_neighbors(molecule, index, |other| is_hetero(other.atomic_number) && !other.is_aromatic)
        }
        Property::Hybridization => atom.hybridization as i32,
        Property::Tag => atom.chirality as i32,
    }
}

impl Tables {
    /// Forgets the molecule before.
    pub fn clear(&mut self) {
        self.has_rings = false;
        for table in &mut self.tables {
            table.is_filled = false;
        }
    }

    fn fill(&mut self, property: Property, molecule: &Molecule, words: usize) {
        if matches!(property, Property::RingCount | Property::SmallestRing) && !self.has_rings {
            self.rings.compute(molecule);
            self.has_rings = true;
        }
        let table = &mut self.tables[property as usize];
        table.is_filled = true;
        table.has_too_many = false;
        table.values.clear();
        table.sets.clear();
        for atom in 0..molecule.atoms().len() {
            let value = value(property, molecule, &self.rings, atom);
            let place = match table.values.iter().position(|known| *known == value) {
                Some(place) => place,
                None if table.values.len() == MOST_VALUES => {
                    table.has_too_many = true;
                    return;
                }
                None => {
                    table.values.push(value);
                    table.sets.resize(table.sets.len() + words, 0);
                    table.values.len() - 1
                }
            };
            table.sets[place * words + atom / 64] |= 1 << (atom % 64);
        }
    }

    /// Adds the atoms whose property lies between the two numbers, both included, to an empty set.
    pub fn add_within(
        &mut self,
        property: Property,
        low: i32,
        high: i32,
        molecule: &Molecule,
        set: &mut [u64],
    ) {
        let words = set.len();
        if !self.tables[property as usize].is_filled {
            self.fill(property, molecule, words);
        }
        let table = &self.tables[property as usize];
        if table.has_too_many {
            for atom in 0..molecule.atoms().len() {
                let is_in = (low..=high).contains(&value(property, molecule, &self.rings, atom));
                set[atom / 64] |= u64::from(is_in) << (atom % 64);
            }
            return;
        }
        for (place, value) in table.values.iter().enumerate() {
            if (low..=high).contains(value) {
                for (word, more) in set.iter_mut().zip(&table.sets[place * words..]) {
                    *word |= more;
                }
            }
        }
    }
}
