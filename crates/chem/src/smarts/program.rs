//! Patterns compiled for the search, what they have in common only once.

use std::collections::{HashMap, HashSet};

use super::bonds::bond_fits;
use super::nodes::{Node, NodeId, Nodes};
use super::query::{AtomTest, Expression, Joint, Property, Query, Term};
use super::stereo::Stereo;
use crate::molecule::{Bond, BondOrder, Chirality};

/// Bond orders in the order of [`bond_kind`].
const ORDERS: [BondOrder; 8] = [
    BondOrder::Unspecified,
    BondOrder::Single,
    BondOrder::Double,
    BondOrder::Triple,
    BondOrder::Quadruple,
    BondOrder::Aromatic,
    BondOrder::Dative,
    BondOrder::Zero,
];

/// Checks of a pattern that are kept, at most: twice as many.
const MOST_CHECKS: usize = 40;

/// What a pattern can tell of a bond, as a number below 16.
pub(super) fn bond_kind(bond: &Bond) -> u8 {
    let order = match bond.order {
        BondOrder::Unspecified => 0,
        BondOrder::Single => 1,
        BondOrder::Double => 2,
        BondOrder::Triple => 3,
        BondOrder::Quadruple => 4,
        BondOrder::Aromatic => 5,
        BondOrder::Dative => 6,
        BondOrder::Zero => 7,
    };
    2 * order + u8::from(bond.is_in_ring)
}

/// The kinds of bonds that fit an expression, one bit each.
fn fitting_kinds(expression: &Expression<super::query::BondTest>) -> u16 {
    let mut kinds = 0;
    for order in ORDERS {
        for is_in_ring in [false, true] {
            let bond = Bond { order, is_in_ring, ..Bond::default() };
            if bond_fits(expression, &bond) {
                kinds |= 1 << bond_kind(&bond);
            }
        }
    }
    kinds
}

/// A bond to an atom placed before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub before: u32,
    pub kinds: u16,
    /// A dative bond: the atoms must fit the sets of its begin and its end.
    pub ends: Option<(NodeId, NodeId)>,
}

/// An atom to be placed.
#[derive(Clone, Debug)]
pub(super) struct Placing {
    pub atom: u32,
    /// Where it may stand, whatever else is placed.
    pub set: NodeId,
    /// None where a part of the pattern begins.
    pub links: Box<[Link]>,
    /// Where an equal part begins before: exchanging the two gives the same atoms once more, so that
    /// it is enough to look at atoms after the one placed there.
    pub after: Option<u32>,
}

/// How a query is searched.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub placings: Box<[Placing]>,
    /// Among these atoms are all that the first placed one can be.
    pub begin: NodeId,
    pub stereo: Option<Box<Stereo>>,
}

/// A pattern of the program.
#[derive(Clone, Debug)]
pub(super) struct Main {
    pub plan: Plan,
    /// Recursive patterns that it needs, each after those that it needs itself.
    pub recursive: Box<[u32]>,
    /// Sets of atoms by themselves that must have so many atoms at least, the rarest first.
    pub counts: Box<[Check]>,
    /// The same for atoms with their neighbours.
    pub beside: Box<[Check]>,
}

/// A set that needs so many atoms; none is a recursive pattern's.
pub(super) type Check = (NodeId, u32);

/// A recursive pattern.
#[derive(Clone, Debug)]
pub(super) struct Inner {
    pub plan: Plan,
    /// A set that has the atoms it begins at and no others, where that needs no search.
    pub exact: Option<NodeId>,
    /// The node of the atoms that it begins at.
    pub starts: NodeId,
}

/// Compiled patterns.
#[derive(Clone, Debug, Default)]
pub(super) struct Program {
    pub nodes: Box<[Node]>,
    /// Kinds of bonds, one bit each.
    pub kinds: Box<[u16]>,
    pub recursive: Box<[Inner]>,
    pub mains: Box<[Main]>,
}

/// A pattern as it was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'a> {
    /// Its recursive patterns in order, then itself.
    pub queries: &'a [Query],
    pub uses_stereo: bool,
}

/// A program being made.
#[derive(Debug, Default)]
struct Compiler {
    nodes: Nodes,
    known: HashMap<Query, u32>,
    recursive: Vec<Inner>,
    /// Of every recursive pattern, a set that has all the atoms that it can begin at.
    begins: Vec<NodeId>,
}

/// What is known of the atoms of a query without searching recursive patterns.
struct Relaxed {
    /// Of every atom: itself, its number of bonds.
    atoms: Vec<NodeId>,
    /// Of every atom: all of that, and its neighbours.
    beside: Vec<NodeId>,
    /// Of every bond.
    bonds: Vec<NodeId>,
}

impl Compiler {
    fn relaxed(&mut self, query: &Query) -> Relaxed {
        let degrees = degrees(query);
        let atoms: Vec<NodeId> = (query.atoms.iter().zip(&degrees))
            .map(|(expression, degree)| self.nodes.relaxed(expression, *degree, &self.begins))
            .collect();
        let mut around: Vec<Vec<NodeId>> = atoms.iter().map(|&atom| vec![atom]).collect();
        let mut bonds = Vec::with_capacity(query.bonds.len());
        for bond in &query.bonds {
            let kinds = fitting_kinds(&bond.expression);
            let (begin, end) = (bond.begin as usize, bond.end as usize);
            let forward = self.nodes.beside(atoms[begin], kinds, atoms[end]);
            let back = self.nodes.beside(atoms[end], kinds, atoms[begin]);
            around[begin].push(forward);
            around[end].push(back);
            // both are empty or none is
            let is_forward = self.nodes.share(atoms[begin]) <= self.nodes.share(atoms[end]);
            bonds.push(if is_forward { forward } else { back });
        }
        let beside = around.iter().map(|sets| self.nodes.all_of(sets)).collect();
        Relaxed { atoms, beside, bonds }
    }

    fn plan(&mut self, query: &Query, relaxed: &Relaxed) -> Plan {
        let degrees = degrees(query);
        let sets: Vec<NodeId> = (query.atoms.iter().zip(&degrees))
            .map(|(expression, degree)| self.nodes.exact(expression, *degree))
            .collect();
        let mut placings: Vec<Placing> = (query.steps.iter())
            .map(|step| {
                let link = |&(before, bond): &(u32, u32)| {
                    let bond = &query.bonds[bond as usize];
                    let ends = |atom: u32| self.nodes.exact(&query.atoms[atom as usize], 0);
                    let mut ends = ends;
                    Link {
                        before,
                        kinds: fitting_kinds(&bond.expression),
                        ends: bond.is_directed.then(|| (ends(bond.begin), ends(bond.end))),
                    }
                };
                let links = step.bonds.iter().map(link).collect();
                Placing { atom: step.atom, set: sets[step.atom as usize], links, after: None }
            })
            .collect();
        let stereo = (!query.stereo.is_empty()).then(|| Box::new(query.stereo.clone()));
        // parts that differ in stereo cannot be exchanged
        if stereo.is_none() {
            mark_equal_parts(&mut placings);
        }
        let first = query.steps.first().map_or(0, |step| step.atom as usize);
        let begin = self.nodes.all_of(&[sets[first], relaxed.beside[first]]);
        Plan { placings: placings.into(), begin, stereo }
    }

    /// Number of a recursive pattern, which is compiled if it is a new one.
    fn inner(&mut self, query: Query) -> u32 {
        if let Some(&known) = self.known.get(&query) {
            return known;
        }
        let relaxed = self.relaxed(&query);
        let plan = self.plan(&query, &relaxed);
        let number = self.recursive.len() as u32;
        let starts = self.nodes.add(Node::Starts(number));
        let exact = self.exact(&query, &plan);
        self.recursive.push(Inner { plan, exact, starts });
        self.begins.push(relaxed.beside[0]);
        self.known.insert(query, number);
        number
    }

    /// The atoms that a pattern of one or two atoms begins at.
    fn exact(&mut self, query: &Query, plan: &Plan) -> Option<NodeId> {
        match (&plan.placings[..], &query.bonds[..]) {
            ([first], _) => Some(first.set),
            ([first, second], [bond]) if !bond.is_directed => {
                Some(self.nodes.beside(first.set, fitting_kinds(&bond.expression), second.set))
            }
            _ => None,
        }
    }

    /// Compiles a pattern: its recursive patterns, then itself.
    fn main(&mut self, Source { queries, uses_stereo }: Source) -> Option<Main> {
        let (main, inner) = queries.split_last()?;
        let mut numbers: Vec<u32> = Vec::with_capacity(inner.len());
        for query in inner {
            numbers.push(self.inner(renumbered(query, &numbers, uses_stereo)));
        }
        let main = renumbered(main, &numbers, uses_stereo);
        let relaxed = self.relaxed(&main);
        let plan = self.plan(&main, &relaxed);
        let mut met = HashSet::new();
        numbers.retain(|number| met.insert(*number));
        let counts = self.checks(&relaxed.atoms, &[]);
        let mut beside = self.checks(&relaxed.beside, &relaxed.bonds);
        beside.retain(|check| !counts.contains(check));
        Some(Main { plan, recursive: numbers.into(), counts: counts.into(), beside: beside.into() })
    }

    /// Checks that as many atoms are there as are asked for, and one of every other set. The rarest
    /// ones, where there are many.
    fn checks(&self, counted: &[NodeId], others: &[NodeId]) -> Vec<Check> {
        let mut counts: HashMap<NodeId, u32> = HashMap::new();
        counted.iter().for_each(|set| *counts.entry(*set).or_default() += 1);
        others.iter().for_each(|set| *counts.entry(*set).or_default() = 1);
        let mut checks: Vec<Check> = counts.into_iter().collect();
        let rarity = |&(set, count): &Check| self.nodes.share(set) / count as f32;
        checks.sort_by(|first, second| rarity(first).total_cmp(&rarity(second)).then(first.cmp(second)));
        checks.truncate(MOST_CHECKS);
        checks
    }
}

/// Notes where a part of a pattern is equal to the one before.
fn mark_equal_parts(placings: &mut [Placing]) {
    let begins: Vec<usize> = (0..placings.len()).filter(|&place| placings[place].links.is_empty()).collect();
    if begins.len() < 2 {
        return;
    }
    let mut places = vec![0; placings.len()];
    placings.iter().enumerate().for_each(|(place, placing)| places[placing.atom as usize] = place);
    // a part that hangs on an earlier one is no copy that could stand in for it
    let start_of = |place: usize| begins.partition_point(|begin| *begin <= place);
    let hangs = |(place, placing): (usize, &Placing)| {
        placing.links.iter().any(|link| start_of(places[link.before as usize]) != start_of(place))
    };
    if placings.iter().enumerate().any(hangs) {
        return;
    }
    // a part with its atoms numbered from its begin on
    let part = |number: usize| {
        let begin = begins[number];
        let end = begins.get(number + 1).copied().unwrap_or(placings.len());
        let link = |link: &Link| (places[link.before as usize] - begin, link.kinds, link.ends);
        let entry = |placing: &Placing| (placing.set, placing.links.iter().map(link).collect());
        placings[begin..end].iter().map(entry).collect()
    };
    let parts: Vec<Vec<(NodeId, Vec<_>)>> = (0..begins.len()).map(part).collect();
    for (number, pair) in parts.windows(2).enumerate() {
        if pair[0] == pair[1] {
            placings[begins[number + 1]].after = Some(placings[begins[number]].atom);
        }
    }
}

fn degrees(query: &Query) -> Vec<usize> {
    let mut degrees = vec![0; query.atoms.len()];
    for bond in &query.bonds {
        degrees[bond.begin as usize] += 1;
        degrees[bond.end as usize] += 1;
    }
    degrees
}

/// The query with other numbers for the recursive patterns that it refers to, and with its stereo asked
/// for or forgotten.
fn renumbered(query: &Query, numbers: &[u32], uses_stereo: bool) -> Query {
    let renumber = |term: &Term<AtomTest>| {
        let mut term = term.clone();
        if let AtomTest::Recursive(number) = &mut term.test {
            *number = numbers[*number as usize];
        }
        term
    };
    let mut query = query.clone();
    for expression in &mut query.atoms {
        *expression = Expression(expression.0.iter().map(renumber).collect());
    }
    if uses_stereo {
        for atom in query.stereo.tagged_atoms() {
            let test = AtomTest::Within(
                Property::Tag,
                Chirality::Clockwise as i32,
                Chirality::CounterClockwise as i32,
            );
            query.atoms[atom as usize].0.push(Term { test, negate: false, joint: Joint::End });
        }
    } else {
        query.stereo = Stereo::default();
    }
    query
}

impl Program {
    /// Compiles patterns.
    pub fn new<'a>(patterns: impl IntoIterator<Item = Source<'a>>) -> Self {
        let mut compiler = Compiler::default();
        let mains = patterns.into_iter().filter_map(|source| compiler.main(source)).collect();
        let Nodes { list, kinds, .. } = compiler.nodes;
        Self { nodes: list.into(), kinds: kinds.into(), recursive: compiler.recursive.into(), mains }
    }
}
