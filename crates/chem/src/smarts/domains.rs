//! The sets of atoms of one molecule, each found when it is asked for.

use super::error::MatchError;
use super::nodes::{Node, NodeId};
use super::program::{Program, bond_kind};
use super::query::{AtomTest, Expression, Joint};
use super::search::Budget;
use super::tables::Tables;
use crate::molecule::{Atom, Molecule};

/// Sets of atoms of a molecule, for the nodes of a program.
#[derive(Debug, Default)]
pub(super) struct Domains {
    /// Number of the molecule; places that were filled for another one are empty.
    molecule: u32,
    /// Of every node: number of the molecule, and where in `sets` its set is.
    places: Vec<(u32, u32)>,
    sets: Vec<u64>,
    /// Words of a set.
    words: usize,
    all: Vec<u64>,
    tables: Tables,
    /// Kinds of the bonds in the adjacency.
    kinds: Vec<u8>,
}

/// Positions of the bits of a set.
pub(super) fn bits(set: &[u64]) -> impl Iterator<Item = u32> {
    set.iter().enumerate().flat_map(|(place, &word)| {
        let mut left = word;
        std::iter::from_fn(move || {
            let bit = left.trailing_zeros();
            left &= left.wrapping_sub(1);
            (bit < 64).then_some(64 * place as u32 + bit)
        })
    })
}

/// Whether the set has the atom.
#[inline]
pub(super) fn has(set: &[u64], atom: u32) -> bool {
    set[atom as usize / 64] >> (atom % 64) & 1 == 1
}

impl Domains {
    /// Begins with another molecule.
    pub fn start(&mut self, program: &Program, molecule: &Molecule) {
        if self.molecule == u32::MAX {
            self.places.clear();
            self.molecule = 0;
        }
        self.molecule += 1;
        if self.places.len() < program.nodes.len() {
            self.places.resize(program.nodes.len(), (0, 0));
        }
        self.sets.clear();
        self.tables.clear();
        let atoms = molecule.atoms().len();
        self.words = atoms.div_ceil(64);
        self.all.clear();
        self.all.resize(self.words, !0);
        if atoms % 64 > 0
            && let Some(last) = self.all.last_mut()
        {
            *last = (1 << (atoms % 64)) - 1;
        }
        self.kinds.clear();
        let bonds = molecule.bonds();
        self.kinds.extend(molecule.neighbors.iter().map(|entry| bond_kind(&bonds[entry.bond as usize])));
    }

    /// Kinds of the bonds of an atom, in the order of its neighbours.
    #[inline]
    pub fn kinds<'a>(&'a self, molecule: &Molecule, atom: u32) -> &'a [u8] {
        let offsets = &molecule.neighbor_offsets;
        &self.kinds[offsets[atom as usize] as usize..offsets[atom as usize + 1] as usize]
    }

    /// Where the set of a node is, if it was found before.
    #[inline]
    fn place(&self, node: NodeId) -> Option<usize> {
        let (molecule, place) = self.places[node as usize];
        (molecule == self.molecule).then_some(place as usize)
    }

    /// The set that lies at a place.
    #[inline]
    pub fn at(&self, place: usize) -> &[u64] {
        &self.sets[place..place + self.words]
    }

    /// Keeps a set as that of a node.
    pub fn keep(&mut self, node: NodeId, set: &[u64]) -> usize {
        let place = self.sets.len();
        self.sets.extend_from_slice(set);
        self.places[node as usize] = (self.molecule, place as u32);
        place
    }

    /// Whether the set of a node is known.
    pub fn knows(&self, node: NodeId) -> bool {
        self.place(node).is_some()
    }

    /// Finds the set of a node, and returns where it is. Those of recursive patterns must be known.
    pub fn find(
        &mut self,
        program: &Program,
        molecule: &Molecule,
        node: NodeId,
        budget: &mut Budget,
    ) -> Result<usize, MatchError> {
        if let Some(place) = self.place(node) {
            return Ok(place);
        }
        budget.spend(1 + self.words as u64 / 4)?;
        let place = match &program.nodes[node as usize] {
            Node::Test(test) => {
                let place = self.add_empty();
                self.test(test, molecule, place);
                place
            }
            // an unknown one is empty: those that are needed are found first
            Node::Starts(_) => self.add_empty(),
            Node::Logic(expression) => {
                for term in &expression.0 {
                    self.find(program, molecule, term.test, budget)?;
                }
                let place = self.add_empty();
                for word in 0..self.words {
                    self.sets[place + word] = self.logic_word(expression, word);
                }
                place
            }
            &Node::Beside { of, kinds, to } => {
                let of = self.find(program, molecule, of, budget)?;
                let to = self.find(program, molecule, to, budget)?;
                let place = self.add_empty();
                self.add_beside(molecule, of, kinds, to, place);
                place
            }
        };
        self.places[node as usize] = (self.molecule, place as u32);
        Ok(place)
    }

    /// Adds an empty set, and returns where it is.
    fn add_empty(&mut self) -> usize {
        let place = self.sets.len();
        self.sets.resize(place + self.words, 0);
        place
    }

    /// Adds the atoms of one set that are bonded to an atom of the other to an empty set.
    fn add_beside(&mut self, molecule: &Molecule, of: usize, kinds: u16, to: usize, place: usize) {
        if self.at(to).iter().all(|word| *word == 0) {
            return;
        }
        for word in 0..self.words {
            let mut found = 0;
            let set = self.at(to);
            for bit in bits(&self.sets[of + word..=of + word]) {
                let atom = 64 * word as u32 + bit;
                let mut around = molecule.neighbors(atom as usize).iter().zip(self.kinds(molecule, atom));
                let is_beside = around.any(|(entry, kind)| kinds >> kind & 1 == 1 && has(set, entry.atom));
                found |= u64::from(is_beside) << bit;
            }
            self.sets[place + word] = found;
        }
    }

    /// One word of a combined set.
    fn logic_word(&self, expression: &Expression<NodeId>, word: usize) -> u64 {
        let (mut all, mut clause, mut alternative) = (self.all[word], 0, !0);
        for term in &expression.0 {
            let bits = self.sets[self.places[term.test as usize].1 as usize + word];
            alternative &= if term.negate { !bits } else { bits };
            if term.joint == Joint::And {
                continue;
            }
            clause |= alternative;
            alternative = !0;
            if term.joint == Joint::End {
                all &= clause;
                clause = 0;
            }
        }
        all
    }

    /// Adds the atoms that pass a test to an empty set.
    fn test(&mut self, test: &AtomTest, molecule: &Molecule, place: usize) {
        let Self { sets, words, all, tables, .. } = self;
        let set = &mut sets[place..place + *words];
        let mut add = |is_in: &dyn Fn(&Atom) -> bool| {
            for (index, atom) in molecule.atoms().iter().enumerate() {
                set[index / 64] |= u64::from(is_in(atom)) << (index % 64);
            }
        };
        match test {
            AtomTest::Any => set.copy_from_slice(all),
            AtomTest::Aromatic => add(&|atom| atom.is_aromatic),
            AtomTest::Aliphatic => add(&|atom| !atom.is_aromatic),
            AtomTest::InRing => add(&|atom| atom.is_in_ring),
            AtomTest::Element { number, is_aromatic } => {
                add(&|atom| atom.atomic_number == *number && atom.is_aromatic == *is_aromatic);
            }
            AtomTest::Within(property, low, high) => tables.add_within(*property, *low, *high, molecule, set),
            AtomTest::RingOfSize(low, high) => {
                for ring in (0..molecule.ring_count()).map(|ring| molecule.ring_atoms(ring)) {
                    if i32::try_from(ring.len()).is_ok_and(|size| (*low..=*high).contains(&size)) {
                        ring.iter().for_each(|&atom| set[atom as usize / 64] |= 1 << (atom % 64));
                    }
                }
            }
            // nodes have neither: the compiler takes the first apart, and the second has its own node
            AtomTest::Isotope(..) | AtomTest::Recursive(_) => {}
        }
    }

    /// Whether the set of a node, which must be known, has the atom.
    pub fn holds(&self, node: NodeId, atom: u32) -> bool {
        self.place(node).is_some_and(|place| has(self.at(place), atom))
    }
}
