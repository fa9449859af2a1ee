//! `/` and `\`: which bonds get a direction mark, and which one.

use super::tree::Tree;
use crate::canonical::colors::{is_cis, is_configured};
use crate::molecule::{BondOrder, Molecule};

use super::atoms::is_lower_case;

/// The mark of a bond.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Mark {
    #[default]
    None,
    /// To be marked, not known how.
    Open,
    Up,
    Down,
}

impl Mark {
    fn new(is_up: bool) -> Self {
        if is_up { Self::Up } else { Self::Down }
    }
}

/// Marks of all bonds; keeps its buffers.
#[derive(Clone, Debug, Default)]
pub(super) struct Marks {
    of_bond: Vec<Mark>,
    /// Marked bonds, by their place in the text.
    marked: Vec<u32>,
    /// Ends of configured double bonds: (place in the text, atom, double bond).
    ends: Vec<(u32, u32, u32)>,
    pending: Vec<u32>,
}

impl Marks {
    /// The mark of a bond, written after its first atom (or at the second of two ring numbers).
    pub fn of(&self, bond: u32) -> Mark {
        self.of_bond.get(bond as usize).copied().unwrap_or_default()
    }

    /// No marks.
    pub fn clear(&mut self) {
        self.of_bond.clear();
    }

    /// Marks what the configurations need.
    pub fn place(&mut self, molecule: &Molecule, tree: &Tree) {
        self.ends.clear();
        for (index, bond) in molecule.bonds().iter().enumerate() {
            if is_configured(bond) {
                let place = |atom: u32| (tree.position[atom as usize], atom, index as u32);
                self.ends.extend([place(bond.begin), place(bond.end)]);
            }
        }
        if self.ends.is_empty() {
            return;
        }
        self.ends.sort_unstable();
        self.of_bond.resize(molecule.bonds().len(), Mark::None);
        self.marked.clear();
        for index in 0..self.ends.len() {
            let (_, end, double_bond) = self.ends[index];
            self.choose(molecule, tree, end, double_bond);
        }
        let marked = &mut self.marked;
        marked.sort_unstable_by_key(|&bond| written_at(molecule, tree, bond));
        for index in 0..self.marked.len() {
            let bond = self.marked[index];
            if self.of_bond[bond as usize] == Mark::Open {
                // the first mark that is free to choose goes up
                self.of_bond[bond as usize] = self.contradiction(molecule, tree, bond).unwrap_or(Mark::Up);
                self.follow(molecule, tree, bond);
            }
        }
    }

    /// Chooses a bond to mark at an end of a double bond, unless there is one. A mark beside a
    /// double bond without configuration could give it one, so that such bonds come last.
    fn choose(&mut self, molecule: &Molecule, tree: &Tree, end: u32, double_bond: u32) {
        let others = molecule.neighbors(end as usize).iter().filter(|entry| entry.bond != double_bond);
        if others.clone().any(|entry| self.of_bond[entry.bond as usize] != Mark::None) {
            return;
        }
        let best = others.filter(|entry| can_be_marked(molecule, entry.bond)).min_by_key(|entry| {
            let beyond = molecule.neighbors(entry.atom as usize).iter();
            let risk = beyond.map(|entry| {
                let bond = &molecule.bonds()[entry.bond as usize];
                match bond.order {
                    BondOrder::Double if is_configured(bond) => 1,
                    BondOrder::Double => 2,
                    _ => 0,
                }
            });
            (risk.max(), written_at(molecule, tree, entry.bond))
        });
        if let Some(entry) = best {
            self.of_bond[entry.bond as usize] = Mark::Open;
            self.marked.push(entry.bond);
        }
    }

    /// The mark that leaves a double bond beside it without configuration: to the side to which
    /// another mark at the same end points already.
    fn contradiction(&self, molecule: &Molecule, tree: &Tree, bond: u32) -> Option<Mark> {
        let own = &molecule.bonds()[bond as usize];
        [own.begin, own.end].into_iter().find_map(|end| {
            let mut around = molecule.neighbors(end as usize).iter().map(|entry| entry.bond);
            around.clone().find(|&other| {
                let other = &molecule.bonds()[other as usize];
                other.order == BondOrder::Double && !is_configured(other)
            })?;
            let other = around.find(|&other| matches!(self.of(other), Mark::Up | Mark::Down))?;
            let is_backward = |bond| written_from(molecule, tree, bond) != end;
            Some(Mark::new((self.of(other) == Mark::Up) ^ is_backward(other) ^ is_backward(bond)))
        })
    }

    /// Sets all marks that depend on a bond's.
    fn follow(&mut self, molecule: &Molecule, tree: &Tree, bond: u32) {
        self.pending.clear();
        self.pending.push(bond);
        while let Some(known) = self.pending.pop() {
            let bond = &molecule.bonds()[known as usize];
            for end in [bond.begin, bond.end] {
                let configured = molecule.neighbors(end as usize).iter().map(|entry| entry.bond);
                for double_bond in
                    configured.filter(|&other| is_configured(&molecule.bonds()[other as usize]))
                {
                    let is_up = self.of(known) == Mark::Up;
                    let reference = is_up ^ turns(molecule, tree, double_bond, end, known);
                    self.spread(molecule, tree, double_bond, reference);
                }
            }
        }
    }

    /// Sets the open marks beside a double bond, given the direction to its first reference atom.
    fn spread(&mut self, molecule: &Molecule, tree: &Tree, double_bond: u32, reference: bool) {
        let bond = &molecule.bonds()[double_bond as usize];
        for end in [bond.begin, bond.end] {
            for entry in molecule.neighbors(end as usize) {
                if self.of_bond[entry.bond as usize] == Mark::Open {
                    let is_up = reference ^ turns(molecule, tree, double_bond, end, entry.bond);
                    self.of_bond[entry.bond as usize] = Mark::new(is_up);
                    self.pending.push(entry.bond);
                }
            }
        }
    }
}

/// Whether the mark of a bond at an end of a double bond differs from the direction, seen from the
/// double bond, to its first reference atom.
fn turns(molecule: &Molecule, tree: &Tree, double_bond: u32, end: u32, bond: u32) -> bool {
    let double = &molecule.bonds()[double_bond as usize];
    let other = molecule.bonds()[bond as usize].other(end);
    let at_begin = end == double.begin;
    let is_reference = other == double.stereo_atoms[usize::from(!at_begin)];
    let is_opposite = !at_begin && !is_cis(double);
    let is_backward = written_from(molecule, tree, bond) != end;
    !is_reference ^ is_opposite ^ is_backward
}

/// The atom after which the symbol of a bond is written.
fn written_from(molecule: &Molecule, tree: &Tree, bond: u32) -> u32 {
    let own = &molecule.bonds()[bond as usize];
    let (first, second) = if tree.position[own.begin as usize] < tree.position[own.end as usize] {
        (own.begin, own.end)
    } else {
        (own.end, own.begin)
    };
    if tree.parent[second as usize].1 == bond { first } else { second }
}

/// Where in the text the symbol of a bond is.
fn written_at(molecule: &Molecule, tree: &Tree, bond: u32) -> (u32, u32) {
    let own = &molecule.bonds()[bond as usize];
    let places = [own.begin, own.end].map(|atom| tree.position[atom as usize]);
    let (first, second) = (places[0].min(places[1]), places[0].max(places[1]));
    let later = if places[0] == second { own.begin } else { own.end };
    // the bond that leads to an atom comes before its ring numbers
    let is_ring = tree.parent[later as usize].1 != bond;
    (second, if is_ring { first + 1 } else { 0 })
}

/// A bond that needs no symbol of its own can have a mark.
fn can_be_marked(molecule: &Molecule, bond: u32) -> bool {
    let own = &molecule.bonds()[bond as usize];
    let both = [own.begin, own.end].iter().all(|&atom| is_lower_case(&molecule.atoms()[atom as usize]));
    match own.order {
        BondOrder::Single => !both,
        BondOrder::Aromatic => both,
        _ => false,
    }
}
