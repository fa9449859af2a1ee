//! The sets of atoms of one molecule, each found when it is asked for.

use super::error::MatchError;
use super::nodes::{Node, NodeId};
use super::program::{Program, bond_kind};
use super::query::{AtomTest, Expression, Joint, Property, Term};
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
    /// Kinds of the bonds in the adjacency, from when they are needed on.
    kinds: Vec<u8>,
    has_kinds: bool,
    /// Of every list of kinds: number of the molecule, and where in `around` its entries are.
    around_places: Vec<(u32, u32)>,
    /// For every atom the atoms that it has a bond to, in molecules of up to 64 atoms.
    around: Vec<u64>,
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

/// Adds the atoms for which a property holds to an empty set.
fn add(molecule: &Molecule, set: &mut [u64], is_in: impl Fn(&Atom) -> bool) {
    for (atoms, word) in molecule.atoms().chunks(64).zip(set) {
        for (bit, atom) in atoms.iter().enumerate() {
            *word |= u64::from(is_in(atom)) << bit;
        }
    }
}

impl Domains {
    /// Begins with another molecule.
    pub fn start(&mut self, program: &Program, molecule: &Molecule) {
        if self.molecule == u32::MAX {
            self.places.clear();
            self.around_places.clear();
            self.molecule = 0;
        }
        self.molecule += 1;
        if self.places.len() < program.nodes.len() {
            self.places.resize(program.nodes.len(), (0, 0));
        }
        if self.around_places.len() < program.kinds.len() {
            self.around_places.resize(program.kinds.len(), (0, 0));
        }
        self.sets.clear();
        self.around.clear();
        self.has_kinds = false;
        self.tables.clear();
        let atoms = molecule.atoms().len();
        self.words = atoms.div_ceil(64);
        self.all.clear();
        self.all.resize(self.words, !0);
        if !atoms.is_multiple_of(64)
            && let Some(last) = self.all.last_mut()
        {
            *last = (1 << (atoms % 64)) - 1;
        }
    }

    /// Looks at the kinds of the bonds, which must be done before they are asked for.
    pub fn find_kinds(&mut self, molecule: &Molecule) {
        if !self.has_kinds {
            self.has_kinds = true;
            let bonds = molecule.bonds();
            self.kinds.clear();
            self.kinds.extend(molecule.neighbors.iter().map(|entry| bond_kind(&bonds[entry.bond as usize])));
        }
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

    /// Keeps the set that lies at a place as that of another node too.
    pub fn keep_place(&mut self, node: NodeId, place: usize) {
        self.places[node as usize] = (self.molecule, place as u32);
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
            Node::Logic(expression) => self.add_logic(program, molecule, expression, budget)?,
            &Node::Beside { of, kinds, to } => {
                let of = self.find(program, molecule, of, budget)?;
                if self.is_empty(of) {
                    of
                } else {
                    let to = self.find(program, molecule, to, budget)?;
                    self.add_beside(program, molecule, of, kinds, to)
                }
            }
        };
        self.places[node as usize] = (self.molecule, place as u32);
        Ok(place)
    }

    /// Whether the set at a place has no atom.
    pub fn is_empty(&self, place: usize) -> bool {
        self.at(place).iter().all(|word| *word == 0)
    }

    /// Adds an empty set, and returns where it is.
    fn add_empty(&mut self) -> usize {
        let place = self.sets.len();
        self.sets.resize(place + self.words, 0);
        place
    }

    /// Adds the atoms of one set that are bonded to an atom of the other. Returns where they are.
    fn add_beside(
        &mut self,
        program: &Program,
        molecule: &Molecule,
        of: usize,
        kinds: u32,
        to: usize,
    ) -> usize {
        if self.is_empty(to) {
            return to;
        }
        self.find_kinds(molecule);
        let place = self.add_empty();
        if self.words == 1 {
            let around = self.find_around(program, molecule, kinds);
            let (mut left, mut found) = (self.sets[to], 0);
            while left != 0 {
                found |= self.around[around + left.trailing_zeros() as usize];
                left &= left - 1;
            }
            self.sets[place] = self.sets[of] & found;
            return place;
        }
        let kinds = program.kinds[kinds as usize];
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
        place
    }

    /// Where the neighbours over bonds of these kinds are, in a molecule of up to 64 atoms.
    fn find_around(&mut self, program: &Program, molecule: &Molecule, kinds: u32) -> usize {
        let (known, place) = self.around_places[kinds as usize];
        if known == self.molecule {
            return place as usize;
        }
        let place = self.around.len();
        self.around_places[kinds as usize] = (self.molecule, place as u32);
        let kinds = program.kinds[kinds as usize];
        self.around.resize(place + molecule.atoms().len(), 0);
        for bond in molecule.bonds() {
            if kinds >> bond_kind(bond) & 1 == 1 {
                self.around[place + bond.begin as usize] |= 1 << bond.end;
                self.around[place + bond.end as usize] |= 1 << bond.begin;
            }
        }
        place
    }

    /// Adds combined sets. What follows when no atom is left is not looked for. Returns where it is.
    fn add_logic(
        &mut self,
        program: &Program,
        molecule: &Molecule,
        expression: &Expression<NodeId>,
        budget: &mut Budget,
    ) -> Result<usize, MatchError> {
        let place = self.add_empty();
        let Self { sets, all, .. } = self;
        sets[place..].copy_from_slice(all);
        let mut terms = &expression.0[..];
        while let Some(last) = terms.iter().position(|term| term.joint == Joint::End) {
            let (clause, others) = terms.split_at(last + 1);
            terms = others;
            for term in clause {
                self.find(program, molecule, term.test, budget)?;
            }
            let mut is_empty = true;
            for word in 0..self.words {
                let left = self.sets[place + word] & self.clause_word(clause, word);
                self.sets[place + word] = left;
                is_empty &= left == 0;
            }
            if is_empty {
                break;
            }
        }
        Ok(place)
    }

    /// One word of alternatives of combined sets, which must be known.
    #[inline]
    fn clause_word(&self, clause: &[Term<NodeId>], word: usize) -> u64 {
        let (mut any, mut alternative) = (0, !0);
        for term in clause {
            let bits = self.sets[self.places[term.test as usize].1 as usize + word];
            alternative &= if term.negate { !bits } else { bits };
            if term.joint != Joint::And {
                any |= alternative;
                alternative = !0;
            }
        }
        any
    }

    /// Adds the atoms that pass a test to an empty set.
    fn test(&mut self, test: &AtomTest, molecule: &Molecule, place: usize) {
        let Self { sets, words, all, tables, .. } = self;
        let set = &mut sets[place..place + *words];
        match test {
            AtomTest::Any => set.copy_from_slice(all),
            AtomTest::Aromatic => add(molecule, set, |atom| atom.is_aromatic),
            AtomTest::Aliphatic => add(molecule, set, |atom| !atom.is_aromatic),
            AtomTest::InRing => add(molecule, set, |atom| atom.is_in_ring),
            AtomTest::Element { number, is_aromatic } => {
                let number = i32::from(*number);
                tables.add_within(Property::AtomicNumber, number, number, molecule, set);
                for (atoms, word) in molecule.atoms().chunks(64).zip(set) {
                    for bit in bits(&[*word]) {
                        let is_other = atoms[bit as usize].is_aromatic != *is_aromatic;
                        *word &= !(u64::from(is_other) << bit);
                    }
                }
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
