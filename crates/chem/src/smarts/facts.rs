//! What a molecule's atoms are asked: properties, rings, and matches of recursive patterns.

use super::query::{AtomTest, BondTest, Expression, Property};
use crate::molecule::{Bond, BondOrder, Molecule};

/// Rings of every atom: how many, and the size of the smallest.
#[derive(Debug, Default)]
pub(super) struct Rings {
    counts: Vec<u32>,
    smallest: Vec<u32>,
}

impl Rings {
    pub fn compute(&mut self, molecule: &Molecule) {
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

/// A set of (recursive query, atom) pairs.
#[derive(Debug, Default)]
pub(super) struct Starts {
    words: Vec<u64>,
    atoms: usize,
}

impl Starts {
    /// An empty set.
    pub fn clear(&mut self, queries: usize, atoms: usize) {
        self.atoms = atoms;
        self.words.clear();
        self.words.resize((queries * atoms).div_ceil(64), 0);
    }

    pub fn insert(&mut self, query: usize, atom: usize) {
        let bit = query * self.atoms + atom;
        self.words[bit / 64] |= 1 << (bit % 64);
    }

    fn contains(&self, query: usize, atom: usize) -> bool {
        let bit = query * self.atoms + atom;
        self.words[bit / 64] >> (bit % 64) & 1 == 1
    }
}

/// The molecule that is searched.
#[derive(Clone, Copy)]
pub(super) struct Facts<'a> {
    pub molecule: &'a Molecule,
    pub rings: &'a Rings,
    pub starts: &'a Starts,
}

impl Facts<'_> {
    fn count_neighbors(&self, atom: usize, is_counted: impl Fn(&crate::molecule::Atom) -> bool) -> i32 {
        let neighbors = self.molecule.neighbors(atom).iter();
        neighbors.filter(|entry| is_counted(&self.molecule.atoms()[entry.atom as usize])).count() as i32
    }

    fn value(&self, property: Property, index: usize) -> i32 {
        let atom = &self.molecule.atoms()[index];
        let is_hetero = |number: u8| number != 1 && number != 6;
        match property {
            Property::AtomicNumber => i32::from(atom.atomic_number),
            Property::Isotope => i32::from(atom.isotope),
            Property::Charge => i32::from(atom.formal_charge),
            Property::NegatedCharge => -i32::from(atom.formal_charge),
            Property::Degree => i32::from(atom.degree),
            Property::HeavyDegree => {
                self.count_neighbors(index, |other| other.atomic_number != 1 || other.isotope > 1)
            }
            Property::TotalDegree => atom.total_degree() as i32,
            Property::TotalValence => i32::from(atom.explicit_valence) + i32::from(atom.implicit_hydrogens),
            Property::Hydrogens => atom.total_hydrogens() as i32 + i32::from(atom.hydrogen_neighbors),
            Property::ImplicitHydrogens => atom.total_hydrogens() as i32,
            Property::RingCount => self.rings.counts[index] as i32,
            Property::SmallestRing => self.rings.smallest[index] as i32,
            Property::RingBonds => {
                let neighbors = self.molecule.neighbors(index).iter();
                neighbors.filter(|entry| self.molecule.bonds()[entry.bond as usize].is_in_ring).count() as i32
            }
            Property::HeteroNeighbors => self.count_neighbors(index, |other| is_hetero(other.atomic_number)),
            Property::AliphaticHeteroNeighbors => {
                self.count_neighbors(index, |other| is_hetero(other.atomic_number) && !other.is_aromatic)
            }
            Property::Hybridization => atom.hybridization as i32,
        }
    }

    fn is_in_ring_of_size(&self, atom: usize, low: i32, high: i32) -> bool {
        (0..self.molecule.ring_count())
            .map(|ring| self.molecule.ring_atoms(ring))
            .any(|ring| (low..=high).contains(&(ring.len() as i32)) && ring.contains(&(atom as u32)))
    }

    fn has(&self, test: &AtomTest, index: usize) -> bool {
        let atom = &self.molecule.atoms()[index];
        match test {
            AtomTest::Any => true,
            AtomTest::Aromatic => atom.is_aromatic,
            AtomTest::Aliphatic => !atom.is_aromatic,
            AtomTest::Element { number, is_aromatic } => {
                atom.atomic_number == *number && atom.is_aromatic == *is_aromatic
            }
            AtomTest::Within(property, low, high) => (*low..=*high).contains(&self.value(*property, index)),
            AtomTest::InRing => atom.is_in_ring,
            AtomTest::RingOfSize(low, high) => self.is_in_ring_of_size(index, *low, *high),
            // what stands after a mass number is a plain test: no deeper call
            AtomTest::Isotope(isotope, test) => i32::from(atom.isotope) == *isotope && self.has(test, index),
            AtomTest::Recursive(query) => self.starts.contains(*query as usize, index),
        }
    }

    /// The atom fits the expression.
    #[inline]
    pub fn atom_fits(&self, expression: &Expression<AtomTest>, atom: u32) -> bool {
        expression.holds(|test| self.has(test, atom as usize))
    }
}

/// The bond fits the expression.
#[inline]
pub(super) fn bond_fits(expression: &Expression<BondTest>, bond: &Bond) -> bool {
    expression.holds(|test| match test {
        BondTest::Any => true,
        BondTest::Never => false,
        BondTest::SingleOrAromatic => matches!(bond.order, BondOrder::Single | BondOrder::Aromatic),
        BondTest::Order(order) => bond.order == *order,
        BondTest::InRing => bond.is_in_ring,
    })
}
