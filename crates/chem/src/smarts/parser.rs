//! From text to queries. Nesting is kept on a stack of our own, so that no depth can exhaust the
//! program's.

use std::collections::{HashMap, HashSet};

use super::bonds::{self, BondText};
use super::error::{Problem, SmartsError};
use super::order;
use super::primitives;
use super::query::{AtomTest, Expression, Joint, Query, QueryBond, Term};
use super::stereo::{StereoText, Tag};
use super::text::Text;

/// Where in the grammar of a chain the reader is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// An atom must follow.
    Start,
    /// After an atom, a ring closure or a closed branch.
    Atom,
    /// After a bond.
    Bond,
    /// After `(`.
    Open,
}

/// An open ring closure.
#[derive(Debug)]
struct Closure {
    atom: u32,
    bond: Option<BondText>,
    position: usize,
    /// Where the atom that closes it is among the neighbours, for a tagged atom.
    place: usize,
}

/// A bracket being read.
#[derive(Debug, Default)]
struct Bracket {
    terms: Vec<Term<AtomTest>>,
    negate: bool,
    /// An operator was read last, or nothing yet: a primitive must follow.
    needs_term: bool,
    /// The first chirality mark.
    tag: Option<Tag>,
}

/// A pattern, or a recursive pattern, being read.
#[derive(Debug)]
struct Level {
    /// Byte of its first atom.
    start: usize,
    query: Query,
    state: State,
    /// The atom that the next bond begins at.
    active: Option<u32>,
    bond: Option<BondText>,
    /// Open branches: where they return to, and the byte of the parenthesis.
    branches: Vec<(u32, usize)>,
    closures: HashMap<u32, Closure>,
    /// Bonds made by closures, each with the byte of the digit that closed it.
    closed: Vec<(usize, usize)>,
    bracket: Bracket,
    stereo: StereoText,
}

impl Level {
    fn new(start: usize) -> Self {
        Self {
            start,
            query: Query::default(),
            state: State::Start,
            active: None,
            bond: None,
            branches: Vec::new(),
            closures: HashMap::new(),
            closed: Vec::new(),
            bracket: Bracket::default(),
            stereo: StereoText::default(),
        }
    }

    fn expected(&self) -> &'static str {
        match self.state {
            State::Start => "an atom",
            State::Atom => "an atom, a bond, a ring closure, '(', ')' or '.'",
            State::Bond => "an atom or a ring closure",
            State::Open => "an atom or a bond",
        }
    }

    fn add_atom(&mut self, expression: Expression<AtomTest>, map: u32) {
        let index = self.query.atoms.len() as u32;
        self.query.atoms.push(expression);
        self.query.maps.push(map);
        let bond = self.bond.take();
        if let Some(tag) = self.bracket.tag.take() {
            self.stereo.add_atom(index, tag, self.active.is_none());
        }
        if let Some(before) = self.active.replace(index) {
            self.stereo.add_neighbor(before, index);
            self.stereo.add_neighbor(index, before);
            self.add_bond(before, index, bond.unwrap_or_else(BondText::unwritten));
        }
        self.state = State::Atom;
    }

    fn add_bond(&mut self, first: u32, second: u32, bond: BondText) {
        let (begin, end) = if bond.is_reversed { (second, first) } else { (first, second) };
        let BondText { expression, is_directed, first, direction, .. } = bond;
        self.stereo.add_bond(self.query.bonds.len() as u32, first, direction);
        self.query.bonds.push(QueryBond { begin, end, expression, is_directed });
    }

    /// Opens or closes a ring at the active atom.
    fn closure(&mut self, number: u32, position: usize) -> Result<(), SmartsError> {
        let Some(atom) = self.active else { return Ok(()) };
        let bond = self.bond.take();
        self.state = State::Atom;
        let Some(opened) = self.closures.remove(&number) else {
            let place = self.stereo.open_closure(atom);
            self.closures.insert(number, Closure { atom, bond, position, place });
            return Ok(());
        };
        if opened.atom == atom {
            return Err(SmartsError::new(position, Problem::RingToItself));
        }
        // the bond at the opening digit counts first
        let is_opening = opened.bond.is_some();
        let mut written = opened.bond.or(bond).map(BondText::at_closure);
        if let Some(direction) = written.as_mut().and_then(|bond| bond.direction.as_mut()) {
            // seen from the atom that the bond is written at
            *direction = *direction == is_opening;
        }
        self.stereo.close_closure((opened.atom, opened.place), atom);
        self.closed.push((self.query.bonds.len(), position));
        self.add_bond(opened.atom, atom, written.unwrap_or_else(BondText::unwritten));
        Ok(())
    }

    /// Refuses a closure between atoms that are bonded already.
    fn check_repeats(&self) -> Result<(), SmartsError> {
        if self.closed.is_empty() {
            return Ok(());
        }
        let mut pairs = HashSet::new();
        for (index, bond) in self.query.bonds.iter().enumerate() {
            if !pairs.insert((bond.begin.min(bond.end), bond.begin.max(bond.end))) {
                let closed = self.closed.iter().find(|(bond, _)| *bond == index);
                return Err(SmartsError::new(closed.map_or(0, |closed| closed.1), Problem::RepeatedBond));
            }
        }
        Ok(())
    }

    /// The query, once nothing is left open.
    fn finish(mut self, text: &Text, is_anchored: bool) -> Result<Query, SmartsError> {
        if self.state != State::Atom {
            return Err(text.unexpected(self.expected()));
        }
        if let Some(&(_, position)) = self.branches.last() {
            return Err(SmartsError::new(position, Problem::OpenBranch));
        }
        if let Some((number, closure)) = self.closures.iter().min_by_key(|(_, closure)| closure.position) {
            return Err(SmartsError::new(closure.position, Problem::OpenRing(*number)));
        }
        self.check_repeats()?;
        self.query.stereo = std::mem::take(&mut self.stereo).finish(&self.query, is_anchored);
        self.query.steps = order::steps(&self.query, is_anchored);
        Ok(self.query)
    }
}

/// A ring number: a digit, `%` and two digits, or `%(` one to five digits `)`.
fn ring_number(text: &mut Text) -> Result<u32, SmartsError> {
    const DIGIT: &str = "a digit of the ring number";
    let digit = |text: &mut Text, lowest: u8| match text.peek() {
        Some(digit) if (lowest..=b'9').contains(&digit) => {
            text.at += 1;
            Ok(u32::from(digit - b'0'))
        }
        _ => Err(text.unexpected(DIGIT)),
    };
    if !text.take(b'%') {
        return digit(text, b'0');
    }
    if !text.take(b'(') {
        return Ok(10 * digit(text, b'1')? + digit(text, b'0')?);
    }
    let mut number = digit(text, b'0')?;
    for _ in 1..5 {
        if matches!(text.peek(), Some(b'0'..=b'9')) {
            number = 10 * number + digit(text, b'0')?;
        }
    }
    text.expect(b')', "')' of the ring number")?;
    Ok(number)
}

/// Longest text of a recursive pattern that is compared with those before, to search it only once.
const MAX_SHARED: usize = 200;

/// Reads a pattern: its queries, every one after those that it refers to, the pattern itself last.
pub(super) fn read(pattern: &str) -> Result<Vec<Query>, SmartsError> {
    let mut text = Text::new(pattern)?;
    let mut queries: Vec<Query> = Vec::new();
    let mut known: HashMap<&[u8], u32> = HashMap::new();
    let mut outer: Vec<Level> = Vec::new();
    let mut level = Level::new(text.at);
    loop {
        let starts_recursion = match text.peek() {
            Some(b'[') => {
                text.at += 1;
                read_bracket(&mut text, &mut level, true)?
            }
            Some(b')') if level.state == State::Atom && level.branches.is_empty() && !outer.is_empty() => {
                let inner_text = text.since(level.start);
                text.at += 1;
                let Some(surrounding) = outer.pop() else { continue };
                let query = std::mem::replace(&mut level, surrounding).finish(&text, true)?;
                let add = || {
                    queries.push(query);
                    queries.len() as u32 - 1
                };
                let is_short = inner_text.len() <= MAX_SHARED;
                let index = if is_short { *known.entry(inner_text).or_insert_with(add) } else { add() };
                skip_label(&mut text)?;
                push_term(&mut level.bracket, AtomTest::Recursive(index));
                read_bracket(&mut text, &mut level, false)?
            }
            None => {
                if !outer.is_empty() {
                    return Err(text.unexpected("')' of a recursive pattern"));
                }
                queries.push(level.finish(&text, false)?);
                return Ok(queries);
            }
            Some(_) => {
                read_token(&mut text, &mut level)?;
                false
            }
        };
        if starts_recursion {
            outer.push(std::mem::replace(&mut level, Level::new(text.at)));
        }
    }
}

/// `_12` after a recursive pattern: a label under which RDKit keeps its matches, without meaning here.
fn skip_label(text: &mut Text) -> Result<(), SmartsError> {
    if text.take(b'_') {
        if text.peek() == Some(b'0') {
            return Err(text.unexpected("a label from 1 on"));
        }
        text.needed_number()?;
    }
    Ok(())
}

/// Reads one token of a chain that is no bracket.
fn read_token(text: &mut Text, level: &mut Level) -> Result<(), SmartsError> {
    let Some(byte) = text.peek() else { return Ok(()) };
    if let Some(test) = primitives::plain(text) {
        level.add_atom(Expression::of(test), 0);
        return Ok(());
    }
    match (byte, level.state) {
        (b'0'..=b'9' | b'%', State::Atom | State::Bond) => {
            let position = text.at;
            let number = ring_number(text)?;
            level.closure(number, position)
        }
        (b'(', State::Atom) => {
            if let Some(active) = level.active {
                level.branches.push((active, text.at));
            }
            level.state = State::Open;
            text.at += 1;
            Ok(())
        }
        (b')', State::Atom) => {
            let Some((atom, _)) = level.branches.pop() else {
                return Err(text.unexpected("no ')', no branch is open"));
            };
            level.active = Some(atom);
            text.at += 1;
            Ok(())
        }
        (b'.', State::Atom) => {
            level.active = None;
            level.state = State::Start;
            text.at += 1;
            Ok(())
        }
        (_, State::Atom | State::Open) => match bonds::read(text)? {
            Some(bond) => {
                let in_branch = level.state == State::Open;
                level.bond = Some(bond);
                level.state = State::Bond;
                if in_branch && matches!(text.peek(), Some(b'0'..=b'9' | b'%')) {
                    return Err(text.unexpected("an atom"));
                }
                Ok(())
            }
            None => Err(text.unexpected(level.expected())),
        },
        _ => Err(text.unexpected(level.expected())),
    }
}

fn push_term(bracket: &mut Bracket, test: AtomTest) {
    bracket.terms.push(Term { test, negate: bracket.negate, joint: Joint::And });
    bracket.negate = false;
    bracket.needs_term = false;
}

/// Reads a bracket from its first primitive, or on after a recursive pattern. Returns whether it
/// stopped at the start of a recursive pattern.
fn read_bracket(text: &mut Text, level: &mut Level, is_start: bool) -> Result<bool, SmartsError> {
    let bracket = &mut level.bracket;
    if is_start {
        bracket.terms.clear();
        bracket.negate = false;
        bracket.needs_term = true;
        bracket.tag = None;
        if let Some(tests) = primitives::hydrogen_atom(text)? {
            for test in tests {
                push_term(bracket, test);
            }
        }
    }
    loop {
        let needs_term = bracket.needs_term;
        match text.peek() {
            Some(b'!') => {
                bracket.negate = !bracket.negate;
                bracket.needs_term = true;
                text.at += 1;
            }
            Some(operator @ (b'&' | b',' | b';')) if !needs_term => {
                let joint = match operator {
                    b',' => Joint::Or,
                    b';' => Joint::End,
                    _ => Joint::And,
                };
                if let Some(last) = bracket.terms.last_mut() {
                    last.joint = joint;
                }
                bracket.needs_term = true;
                text.at += 1;
            }
            Some(b':' | b']') if !needs_term => {
                let map = if text.take(b':') { text.needed_number()? as u32 } else { 0 };
                text.expect(b']', "']'")?;
                if let Some(last) = bracket.terms.last_mut() {
                    last.joint = Joint::End;
                }
                let terms = std::mem::take(&mut bracket.terms);
                level.add_atom(Expression(terms), map);
                return Ok(false);
            }
            Some(b'$') if text.peek_at(1) == Some(b'(') => {
                text.at += 2;
                return Ok(true);
            }
            _ => {
                let start = text.at;
                let test = primitives::bracketed(text)?;
                if text.since(start).first() == Some(&b'@') && bracket.tag.is_none() {
                    bracket.tag = Some(Tag::read(text.since(start)));
                }
                push_term(bracket, test);
            }
        }
    }
}
