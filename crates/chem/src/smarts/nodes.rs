//! Sets of atoms that patterns ask for, each written down once, whichever patterns need it.

use std::collections::HashMap;

use super::query::{AtomTest, Expression, Joint, Property, Term};

/// Place of a node in its list.
pub(super) type NodeId = u32;

/// Deepest chain of nodes that is built to screen molecules out.
const DEEPEST: u16 = 12;

/// How a set of atoms is found. Nodes refer to nodes before them only.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Node {
    /// The atoms that pass a test which is neither recursive nor of two parts.
    Test(AtomTest),
    /// The atoms that a match of a recursive pattern begins at.
    Starts(u32),
    /// Other sets, combined.
    Logic(Expression<NodeId>),
    /// The atoms of one set that have a bond of certain kinds, given by their place in the list of
    /// kinds, to an atom of the other.
    Beside { of: NodeId, kinds: u32, to: NodeId },
}

/// The nodes of a set of patterns while it is built.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    pub list: Vec<Node>,
    /// Kinds of bonds, one bit each.
    pub kinds: Vec<u16>,
    known_kinds: HashMap<u16, u32>,
    known: HashMap<Node, NodeId>,
    /// Estimated share of the atoms of a drug-like molecule that are in the set.
    shares: Vec<f32>,
    depths: Vec<u16>,
}

impl Nodes {
    pub fn add(&mut self, node: Node) -> NodeId {
        if let Some(&known) = self.known.get(&node) {
            return known;
        }
        let (share, depth) = match &node {
            Node::Test(test) => (test_share(test), 0),
            Node::Starts(_) => (0.1, 0),
            Node::Logic(expression) => {
                let deepest = expression.0.iter().map(|term| self.depths[term.test as usize]).max();
                (self.logic_share(expression), 1 + deepest.unwrap_or(0))
            }
            Node::Beside { of, kinds, to } => {
                let deepest = self.depths[*of as usize].max(self.depths[*to as usize]);
                let none = 1.0 - kinds_share(self.kinds[*kinds as usize]) * self.share(*to);
                // an atom has about two bonds
                (self.share(*of) * (1.0 - none * none), 1 + deepest)
            }
        };
        self.shares.push(share);
        self.depths.push(depth);
        self.list.push(node.clone());
        let id = self.list.len() as NodeId - 1;
        self.known.insert(node, id);
        id
    }

    /// Estimated share of the atoms of a drug-like molecule that are in the set.
    pub fn share(&self, node: NodeId) -> f32 {
        self.shares[node as usize]
    }

    fn logic_share(&self, expression: &Expression<NodeId>) -> f32 {
        let (mut all, mut clause, mut alternative) = (1.0f32, 0.0f32, 1.0f32);
        for term in &expression.0 {
            let share = self.share(term.test);
            alternative *= if term.negate { 1.0 - share } else { share };
            if term.joint == Joint::And {
                continue;
            }
            clause = (clause + alternative).min(1.0);
            alternative = 1.0;
            if term.joint == Joint::End {
                all *= clause;
                clause = 0.0;
            }
        }
        all
    }

    /// The atoms of one set that have a bond of one of the kinds to an atom of the other.
    pub fn beside(&mut self, of: NodeId, kinds: u16, to: NodeId) -> NodeId {
        let kinds = *self.known_kinds.entry(kinds).or_insert_with(|| {
            self.kinds.push(kinds);
            self.kinds.len() as u32 - 1
        });
        self.add(Node::Beside { of, kinds, to })
    }

    /// The atoms that are in all of the sets.
    pub fn all_of(&mut self, nodes: &[NodeId]) -> NodeId {
        let mut nodes = nodes.to_vec();
        // the rarest first: when no atom is left, the others need not be looked for
        let rarity = |node: &NodeId| (self.shares[*node as usize].to_bits(), *node);
        nodes.sort_unstable_by_key(rarity);
        nodes.dedup();
        match nodes[..] {
            [] => self.any(),
            [node] => node,
            _ => {
                let term = |&test| Term { test, negate: false, joint: Joint::End };
                self.add(Node::Logic(Expression(nodes.iter().map(term).collect())))
            }
        }
    }

    /// All atoms.
    pub fn any(&mut self) -> NodeId {
        self.add(Node::Test(AtomTest::Any))
    }

    /// The atoms that pass a test; `recursive` gives the set of a recursive pattern.
    fn test(&mut self, test: &AtomTest, recursive: &dyn Fn(&mut Self, u32) -> NodeId) -> NodeId {
        match test {
            AtomTest::Isotope(isotope, other) => {
                let mass = self.add(Node::Test(AtomTest::exactly(Property::Isotope, *isotope)));
                let other = self.add(Node::Test((**other).clone()));
                self.all_of(&[mass, other])
            }
            AtomTest::Recursive(query) => recursive(self, *query),
            _ => self.add(Node::Test(test.clone())),
        }
    }

    /// The atoms that fit the expression and have at least so many bonds. Recursive patterns have the
    /// numbers that they have in the expression.
    pub fn exact(&mut self, expression: &Expression<AtomTest>, degree: usize) -> NodeId {
        let starts = |nodes: &mut Self, query: u32| nodes.add(Node::Starts(query));
        let terms: Vec<Term<NodeId>> = expression
            .0
            .iter()
            .map(|term| Term { test: self.test(&term.test, &starts), negate: term.negate, joint: term.joint })
            .collect();
        self.of_degree(terms, degree)
    }

    /// Atoms among which all are that fit the expression, found without recursive patterns: those
    /// stand for the set that `begins` gives for them.
    pub fn relaxed(&mut self, expression: &Expression<AtomTest>, degree: usize, begins: &[NodeId]) -> NodeId {
        let begin = |_: &mut Self, query: u32| begins[query as usize];
        let mut terms: Vec<Term<NodeId>> = Vec::new();
        // terms from here on belong to the clause, and to the alternative, that are being read
        let (mut clause, mut alternative) = (0, 0);
        let mut is_free = false;
        for term in &expression.0 {
            // what must not be there says nothing when it is only known roughly
            if !(term.negate && matches!(term.test, AtomTest::Recursive(_))) {
                let test = self.test(&term.test, &begin);
                terms.push(Term { test, negate: term.negate, joint: Joint::And });
            }
            if term.joint == Joint::And {
                continue;
            }
            is_free |= terms.len() == alternative;
            if let Some(last) = terms.last_mut() {
                last.joint = Joint::Or;
            }
            alternative = terms.len();
            if term.joint == Joint::End {
                if is_free {
                    terms.truncate(clause);
                }
                if let Some(last) = terms.last_mut() {
                    last.joint = Joint::End;
                }
                is_free = false;
                clause = terms.len();
                alternative = clause;
            }
        }
        let node = self.of_degree(terms, degree);
        if self.depths[node as usize] > DEEPEST { self.any() } else { node }
    }

    fn of_degree(&mut self, mut terms: Vec<Term<NodeId>>, degree: usize) -> NodeId {
        if let Ok(degree @ 2..) = i32::try_from(degree) {
            let test = AtomTest::Within(Property::Degree, degree, i32::MAX);
            let test = self.add(Node::Test(test));
            terms.push(Term { test, negate: false, joint: Joint::End });
        }
        match terms[..] {
            [] => self.any(),
            [Term { test, negate: false, .. }] => test,
            _ => self.add(Node::Logic(Expression(terms))),
        }
    }
}

/// Share of the bonds of drug-like molecules that are of one of the kinds, roughly: by order in the order
/// of [`bond_kind`](super::program::bond_kind), outside and inside rings.
fn kinds_share(kinds: u16) -> f32 {
    const SHARES: [f32; 16] =
        [0.0, 0.0, 0.34, 0.16, 0.08, 0.02, 0.005, 0.0, 0.0, 0.0, 0.0, 0.4, 0.0, 0.0, 0.0, 0.0];
    SHARES.iter().enumerate().map(|(kind, share)| if kinds >> kind & 1 == 1 { *share } else { 0.0 }).sum()
}

/// Share of the atoms of drug-like molecules that pass a test, roughly.
fn test_share(test: &AtomTest) -> f32 {
    let element = |number: i32, aromatic: f32, aliphatic: f32| match number {
        6 => 0.33 * aromatic + 0.36 * aliphatic,
        7 => 0.05 * aromatic + 0.09 * aliphatic,
        8 => 0.005 * aromatic + 0.14 * aliphatic,
        16 => 0.008 * aromatic + 0.012 * aliphatic,
        9 | 17 => 0.015 * aliphatic,
        35 => 0.003 * aliphatic,
        15 => 0.002 * aliphatic,
        _ => 0.0005,
    };
    // shares of the values from 0 on
    let listed = |low: i32, high: i32, shares: &[f32]| {
        let of =
            |(value, share): (usize, &f32)| if (low..=high).contains(&(value as i32)) { *share } else { 0.0 };
        shares.iter().enumerate().map(of).sum::<f32>().max(0.0005)
    };
    match test {
        AtomTest::Any => 1.0,
        AtomTest::Aromatic => 0.4,
        AtomTest::Aliphatic => 0.6,
        AtomTest::Element { number, is_aromatic: true } => element(i32::from(*number), 1.0, 0.0),
        AtomTest::Element { number, is_aromatic: false } => element(i32::from(*number), 0.0, 1.0),
        AtomTest::InRing => 0.55,
        AtomTest::RingOfSize(low, high) => {
            listed(*low, *high, &[0.0, 0.0, 0.0, 0.01, 0.01, 0.13, 0.42, 0.02])
        }
        AtomTest::Within(property, low, high) => match property {
            Property::AtomicNumber if low == high => element(*low, 1.0, 1.0),
            Property::Isotope | Property::Charge | Property::NegatedCharge => {
                if (*low..=*high).contains(&0) {
                    0.99
                } else {
                    0.004
                }
            }
            Property::Degree | Property::HeavyDegree => listed(*low, *high, &[0.002, 0.25, 0.45, 0.26, 0.03]),
            Property::TotalDegree => listed(*low, *high, &[0.001, 0.12, 0.13, 0.5, 0.25]),
            Property::TotalValence => listed(*low, *high, &[0.001, 0.03, 0.15, 0.13, 0.68, 0.005, 0.01]),
            Property::Hydrogens | Property::ImplicitHydrogens => listed(*low, *high, &[0.4, 0.33, 0.17, 0.1]),
            Property::RingCount => listed(*low, *high, &[0.45, 0.46, 0.08, 0.01]),
            Property::SmallestRing => listed(*low, *high, &[0.45, 0.0, 0.0, 0.01, 0.01, 0.12, 0.4, 0.01]),
            Property::RingBonds => listed(*low, *high, &[0.45, 0.0, 0.46, 0.08, 0.01]),
            _ => 0.3,
        },
        AtomTest::Isotope(..) => 0.001,
        AtomTest::Recursive(_) => 0.1,
    }
}
