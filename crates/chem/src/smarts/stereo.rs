//! What a pattern says about arrangements: tags of atoms, and configurations of double bonds.

use std::collections::{HashMap, HashSet};

use super::query::{AtomTest, BondTest, Expression, Joint, Property, Query};
use crate::molecule::{BondOrder, BondStereo, Chirality, Molecule};

/// A chirality mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Tag {
    /// `@`, `@TH1`.
    CounterClockwise,
    /// `@@`, `@TH2`.
    Clockwise,
    /// Not tetrahedral: asks for nothing.
    Other,
}

impl Tag {
    /// Reads a mark as written.
    pub fn read(text: &[u8]) -> Self {
        match text {
            b"@" | b"@TH1" | b"@TH" => Self::CounterClockwise,
            b"@@" | b"@TH2" | b"@@TH" => Self::Clockwise,
            _ => Self::Other,
        }
    }
}

/// The arrangement of an atom's neighbours.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Center {
    atom: u32,
    is_clockwise: bool,
    /// Neighbours in the order of the text; those that are not written follow.
    around: Vec<u32>,
}

/// The configuration of a double bond.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct DoubleBond {
    begin: u32,
    end: u32,
    /// A neighbour of each, which lie on the same side or on different sides.
    beside: [u32; 2],
    is_trans: bool,
}

/// The arrangements that a query asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Stereo {
    centers: Vec<Center>,
    double_bonds: Vec<DoubleBond>,
}

impl Stereo {
    pub fn is_empty(&self) -> bool {
        self.centers.is_empty() && self.double_bonds.is_empty()
    }

    /// Atoms that need a tag, whichever.
    pub fn tagged_atoms(&self) -> Vec<u32> {
        self.centers.iter().map(|center| center.atom).collect()
    }

    /// Whether a match, given as the atom of the molecule for every atom of the query, has the
    /// arrangements.
    pub fn fits(&self, molecule: &Molecule, atoms: &[u32]) -> bool {
        self.centers.iter().all(|center| center.fits(molecule, atoms))
            && self.double_bonds.iter().all(|bond| bond.fits(molecule, atoms))
    }
}

impl Center {
    fn fits(&self, molecule: &Molecule, atoms: &[u32]) -> bool {
        if self.around.len() < 3 {
            return true;
        }
        let atom = atoms[self.atom as usize] as usize;
        // places of the neighbours in the order of the molecule's bonds, those of no query atom last
        let neighbors = molecule.neighbors(atom);
        let place = |query: &u32| neighbors.iter().position(|entry| entry.atom == atoms[*query as usize]);
        let mut places: Vec<usize> = self.around.iter().filter_map(place).collect();
        places.extend((0..neighbors.len()).filter(|place| !places.contains(place)).collect::<Vec<_>>());
        let inversions =
            |index: usize| places[..index].iter().filter(|before| **before > places[index]).count();
        let is_odd = (0..places.len()).map(inversions).sum::<usize>() % 2 == 1;
        let is_clockwise = molecule.atoms()[atom].chirality == Chirality::Clockwise;
        is_clockwise == (self.is_clockwise != is_odd)
    }
}

impl DoubleBond {
    fn fits(&self, molecule: &Molecule, atoms: &[u32]) -> bool {
        let (begin, end) = (atoms[self.begin as usize], atoms[self.end as usize]);
        let Some(entry) = molecule.neighbors(begin as usize).iter().find(|entry| entry.atom == end) else {
            return false;
        };
        let bond = &molecule.bonds()[entry.bond as usize];
        // as in `=,~`, where the pattern allows other bonds
        if bond.order != BondOrder::Double {
            return true;
        }
        let is_trans = match bond.stereo {
            BondStereo::E | BondStereo::Trans => true,
            BondStereo::Z | BondStereo::Cis => false,
            BondStereo::None | BondStereo::Any => return false,
        };
        let [first, second] = self.beside.map(|atom| atoms[atom as usize]);
        let [at_begin, at_end] = bond.stereo_atoms;
        let (at_begin, at_end) = if bond.begin == begin { (at_begin, at_end) } else { (at_end, at_begin) };
        let is_turned = (first == at_begin) != (second == at_end);
        self.is_trans == (is_trans != is_turned)
    }
}

/// Marks of a pattern that is being read.
#[derive(Debug, Default)]
pub(super) struct StereoText {
    /// Tagged atoms: the tag, whether a part begins there, and the neighbours in the order of the text.
    tagged: HashMap<u32, (Tag, bool, Vec<u32>)>,
    /// Ring digits at tagged atoms.
    digits: HashMap<u32, u32>,
    /// Of every bond: what it is written with first, and its direction.
    bonds: Vec<(BondTest, Option<bool>)>,
}

impl StereoText {
    pub fn add_atom(&mut self, atom: u32, tag: Tag, is_start: bool) {
        if tag != Tag::Other {
            self.tagged.insert(atom, (tag, is_start, Vec::new()));
        }
    }

    pub fn add_neighbor(&mut self, atom: u32, neighbor: u32) {
        if let Some((_, _, around)) = self.tagged.get_mut(&atom) {
            around.push(neighbor);
        }
    }

    /// Keeps a place for the atom that closes a ring, and returns it.
    pub fn open_closure(&mut self, atom: u32) -> usize {
        let Some((_, _, around)) = self.tagged.get_mut(&atom) else { return 0 };
        *self.digits.entry(atom).or_default() += 1;
        around.push(atom);
        around.len() - 1
    }

    pub fn close_closure(&mut self, (opening, place): (u32, usize), closing: u32) {
        if let Some((_, _, around)) = self.tagged.get_mut(&opening) {
            around[place] = closing;
        }
        if let Some((_, _, around)) = self.tagged.get_mut(&closing) {
            *self.digits.entry(closing).or_default() += 1;
            around.push(opening);
        }
    }

    /// Notes the next bond.
    pub fn add_bond(&mut self, bond: u32, first: BondTest, direction: Option<bool>) {
        debug_assert_eq!(bond as usize, self.bonds.len());
        self.bonds.push((first, direction));
    }

    /// The arrangements of the query. Double bonds of recursive patterns are not looked at.
    pub fn finish(self, query: &Query, is_recursive: bool) -> Stereo {
        if self.tagged.is_empty() && self.bonds.iter().all(|(_, direction)| direction.is_none()) {
            return Stereo::default();
        }
        let unsaturated = self.unsaturated(query);
        let mut centers: Vec<Center> =
            self.tagged.keys().map(|atom| self.center(query, *atom, &unsaturated)).collect();
        centers.sort_unstable_by_key(|center| center.atom);
        let double_bonds = if is_recursive { Vec::new() } else { self.double_bonds(query) };
        Stereo { centers, double_bonds }
    }

    fn center(&self, query: &Query, atom: u32, unsaturated: &HashSet<u32>) -> Center {
        let (tag, is_start, around) = &self.tagged[&atom];
        let expression = &query.atoms[atom as usize];
        // a hydrogen that is written first in a part comes before the neighbours, others count as last;
        // and RDKit takes the missing neighbour of a saturated ring atom for the one before the ring
        let is_turned = around.len() == 3
            && ((*is_start && has_written_hydrogen(expression))
                || (!has_one_hydrogen(expression)
                    && self.digits.get(&atom) == Some(&1)
                    && !unsaturated.contains(&atom)));
        Center { atom, is_clockwise: (*tag == Tag::Clockwise) != is_turned, around: around.clone() }
    }

    /// Atoms with a bond of higher order.
    fn unsaturated(&self, query: &Query) -> HashSet<u32> {
        let is_higher = |first: &BondTest| {
            let BondTest::Order(order) = first else { return false };
            matches!(
                order,
                BondOrder::Double | BondOrder::Triple | BondOrder::Quadruple | BondOrder::Aromatic
            )
        };
        let bonds = query.bonds.iter().zip(&self.bonds).filter(|(_, (first, _))| is_higher(first));
        bonds.flat_map(|(bond, _)| [bond.begin, bond.end]).collect()
    }

    fn double_bonds(&self, query: &Query) -> Vec<DoubleBond> {
        // the first marked bond of every atom: its other atom, and whether it goes up from there
        let mut marked: HashMap<u32, (u32, bool)> = HashMap::new();
        for (bond, (_, direction)) in query.bonds.iter().zip(&self.bonds) {
            let Some(is_up) = *direction else { continue };
            marked.entry(bond.end).or_insert((bond.begin, is_up));
            marked.entry(bond.begin).or_insert((bond.end, !is_up));
        }
        let mut double_bonds = Vec::new();
        for (bond, (first, _)) in query.bonds.iter().zip(&self.bonds) {
            let (Some(&before), Some(&after)) = (marked.get(&bond.begin), marked.get(&bond.end)) else {
                continue;
            };
            if *first == BondTest::Order(BondOrder::Double) {
                // up towards the one and up away from the other: on different sides
                double_bonds.push(DoubleBond {
                    begin: bond.begin,
                    end: bond.end,
                    beside: [before.0, after.0],
                    is_trans: before.1 != after.1,
                });
            }
        }
        double_bonds
    }
}

/// Counts of hydrogens in an expression.
fn hydrogen_terms(expression: &Expression<AtomTest>) -> impl Iterator<Item = (bool, i32)> {
    expression.0.iter().filter_map(|term| match term.test {
        AtomTest::Within(Property::Hydrogens, low, high) if low == high => Some((term.negate, low)),
        _ => None,
    })
}

/// `H` is written among primitives that are joined closely, and no other number of hydrogens is.
fn has_written_hydrogen(expression: &Expression<AtomTest>) -> bool {
    let is_close = expression.0.iter().rev().skip(1).all(|term| term.joint == Joint::And);
    is_close
        && hydrogen_terms(expression).next().is_some()
        && hydrogen_terms(expression).all(|(_, count)| count == 1)
}

/// Exactly one hydrogen is asked for.
fn has_one_hydrogen(expression: &Expression<AtomTest>) -> bool {
    expression.0.iter().all(|term| term.joint != Joint::Or)
        && hydrogen_terms(expression).next() == Some((false, 1))
}
