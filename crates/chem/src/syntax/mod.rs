//! From SMILES text to atoms and bonds, nothing perceived yet.
//!
//! One pass over the bytes. Chain bonds are added as they are read; ring closures are paired while
//! reading and added at the end, by ring number and then in the order of the text.

mod bracket;
mod chirality;
mod closure;
mod numbers;
mod symbols;

use crate::error::Reason;
use crate::molecule::{Atom, Bond, BondDirection, BondOrder, Molecule};
use crate::valence::Sums;
use closure::Closures;

/// A bond as written. Slashes leave the order open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum BondToken {
    #[default]
    Implicit,
    Up,
    Down,
    Single,
    Double,
    Triple,
    Quadruple,
    Aromatic,
    Any,
    DativeForward,
    DativeBackward,
}

impl BondToken {
    /// The order is given, not left to the atoms.
    fn has_order(self) -> bool {
        !matches!(self, Self::Implicit | Self::Up | Self::Down)
    }

    fn direction(self) -> BondDirection {
        match self {
            Self::Up => BondDirection::Up,
            Self::Down => BondDirection::Down,
            _ => BondDirection::None,
        }
    }
}

/// What the rest of the pipeline can skip when it did not occur.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    /// An atom or bond is marked aromatic.
    pub aromatic: bool,
    /// A hydrogen atom is in the graph.
    pub hydrogen: bool,
    /// An atom carries a tag of the tetrahedral or a higher kind.
    pub chirality: bool,
    /// A metal.
    pub metal: bool,
    /// A dummy atom.
    pub dummy: bool,
    /// A bond that adds nothing to the valence of one of its atoms.
    pub idle_bond: bool,
}

impl Seen {
    /// Notes what an atom brings.
    #[inline]
    pub fn note_atom(&mut self, atom: &Atom) {
        self.aromatic |= atom.is_aromatic;
        self.chirality |= atom.chirality != crate::molecule::Chirality::None;
        match atom.atomic_number {
            6..=8 => {}
            0 => self.dummy = true,
            1 => self.hydrogen = true,
            number => self.metal |= crate::elements::element(number).is_metal,
        }
    }
}

/// Longest text that is read: positions are kept in 32 bits.
const MAX_LENGTH: usize = u32::MAX as usize / 2;

/// Buffers of the reader.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    branches: Vec<(u32, u32)>,
    closures: Closures,
    starts: Vec<u32>,
    pub seen: Seen,
}

/// Where in the grammar the reader is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing read.
    Start,
    /// After an atom, a ring closure or a closed branch.
    Atom,
    /// After a bond.
    Bond,
    /// After `(`.
    Open,
    /// After `(` and a bond.
    OpenBond,
    /// After `.`.
    Dot,
}

impl State {
    fn expected(self) -> &'static str {
        match self {
            State::Start | State::Dot | State::OpenBond => "an atom",
            State::Atom => "an atom, a bond, a ring closure, '(', ')' or '.'",
            State::Bond => "an atom or a ring closure",
            State::Open => "an atom or a bond",
        }
    }
}

/// The part of a line (and where it starts) that is the SMILES: the name or extension after blanks and the blanks are cut.
fn trim(text: &[u8]) -> (usize, &[u8]) {
    let is_blank = |byte: &u8| *byte == b' ' || *byte == b'\t';
    let cut = match text.iter().position(is_blank) {
        Some(0) | None => text,
        Some(end) => &text[..end],
    };
    // bytes from 128 on are trimmed like blanks, as RDKit reads them as negative characters
    let is_text = |byte: &u8| *byte > b' ' && byte.is_ascii();
    let Some(start) = cut.iter().position(is_text) else { return (0, &[]) };
    let end = cut.iter().rposition(is_text).map_or(start, |last| last + 1);
    let line = &cut[start..end];
    // a line break ends the SMILES
    (start, line.iter().position(|byte| *byte == b'\n').map_or(line, |end| &line[..end]))
}

impl Reader {
    /// Reads `text` into the atoms and bonds of `molecule`.
    ///
    /// Degrees and valence sums are kept while reading.
    pub fn read(&mut self, text: &[u8], molecule: &mut Molecule, sums: &mut Sums) -> Result<(), Reason> {
        sums.clear();
        self.seen = Seen::default();
        self.branches.clear();
        self.starts.clear();
        self.closures.clear();
        molecule.atoms.clear();
        molecule.bonds.clear();
        if text.len() > MAX_LENGTH {
            return Err(Reason::TooLarge { what: "SMILES length", limit: MAX_LENGTH });
        }
        let is_plain = text.first().is_some_and(|&first| first > b' ' && first.is_ascii());
        let (shift, line) = if is_plain { (0, text) } else { trim(text) };
        if line.is_empty() {
            let strange =
                text.iter().position(|byte| !byte.is_ascii()).map(|position| (position, text[position]));
            return Err(strange.map_or(Reason::Empty, |(position, found)| Reason::Unexpected {
                position,
                found,
                expected: State::Start.expected(),
            }));
        }
        self.read_line(line, is_plain, shift, molecule, sums)?;
        self.closures.close(molecule, sums, &mut self.seen)
    }

    /// Some ring closure was read.
    pub fn has_closures(&self) -> bool {
        !self.closures.is_empty()
    }

    /// The part that needs the adjacency: repeated bonds, and tags in terms of bond indices.
    pub fn finish(&mut self, molecule: &mut Molecule) -> Result<(), Reason> {
        self.closures.check_repeats(molecule)?;
        if self.seen.chirality {
            chirality::adjust(molecule, &mut self.closures, &self.starts);
        }
        Ok(())
    }

    /// Reads a line that may still have a tail to be cut if it `is_whole`.
    fn read_line(
        &mut self,
        line: &[u8],
        is_whole: bool,
        shift: usize,
        molecule: &mut Molecule,
        sums: &mut Sums,
    ) -> Result<(), Reason> {
        let mut state = State::Start;
        let mut token = BondToken::Implicit;
        let mut active = 0u32;
        let mut at = 0usize;
        while let Some(&byte) = line.get(at) {
            let unexpected = |state: State| Reason::Unexpected {
                position: shift + at,
                found: byte,
                expected: state.expected(),
            };
            if let Some((atom, length)) = symbols::organic(line, at) {
                at += length;
                active = self.add_atom(molecule, sums, atom, state, token, active);
                (state, token) = (State::Atom, BondToken::Implicit);
                continue;
            }
            match byte {
                b'[' => {
                    let (atom, end) = bracket::read(line, at, shift)?;
                    at = end;
                    active = self.add_atom(molecule, sums, atom, state, token, active);
                    (state, token) = (State::Atom, BondToken::Implicit);
                    continue;
                }
                b'0'..=b'9' | b'%' if matches!(state, State::Atom | State::Bond) => {
                    let (number, end) = numbers::ring_number(line, at, shift)?;
                    if molecule.atoms[active as usize].chirality.is_tetrahedral() {
                        chirality::closure_after_branch(molecule, active);
                    }
                    self.closures.add(number, active, token, shift + at);
                    at = end;
                    (state, token) = (State::Atom, BondToken::Implicit);
                    continue;
                }
                b'(' if state == State::Atom => {
                    self.branches.push((active, (shift + at) as u32));
                    state = State::Open;
                }
                b')' if state == State::Atom => {
                    let Some((atom, _)) = self.branches.pop() else {
                        return Err(Reason::Unexpected {
                            position: shift + at,
                            found: byte,
                            expected: "no ')', no branch is open",
                        });
                    };
                    active = atom;
                }
                b'.' if state == State::Atom => state = State::Dot,
                // the name or extension after blanks, or the end of the line
                ..=b' ' | 128.. if is_whole && at == trim(line).1.len() => break,
                _ => {
                    let next = line.get(at + 1).copied();
                    let (read, length) = match (byte, next) {
                        (b'-', Some(b'>')) => (BondToken::DativeForward, 2),
                        (b'<', Some(b'-')) => (BondToken::DativeBackward, 2),
                        (b'-', _) => (BondToken::Single, 1),
                        (b'=', _) => (BondToken::Double, 1),
                        (b'#', _) => (BondToken::Triple, 1),
                        (b'$', _) => (BondToken::Quadruple, 1),
                        (b':', _) => (BondToken::Aromatic, 1),
                        (b'~', _) => (BondToken::Any, 1),
                        (b'/', _) => (BondToken::Up, 1),
                        (b'\\', Some(b'\\')) => (BondToken::Down, 2),
                        (b'\\', _) => (BondToken::Down, 1),
                        _ => return Err(unexpected(state)),
                    };
                    state = match state {
                        State::Atom => State::Bond,
                        State::Open => State::OpenBond,
                        _ => return Err(unexpected(state)),
                    };
                    token = read;
                    at += length;
                    continue;
                }
            }
            at += 1;
        }
        if state != State::Atom {
            return Err(Reason::End { position: shift + at, expected: state.expected() });
        }
        match self.branches.last() {
            Some(&(_, position)) => Err(Reason::UnclosedBranch { position: position as usize }),
            None => Ok(()),
        }
    }

    /// Appends an atom and the bond that leads to it; returns its index.
    #[inline(always)]
    fn add_atom(
        &mut self,
        molecule: &mut Molecule,
        sums: &mut Sums,
        atom: Atom,
        state: State,
        token: BondToken,
        active: u32,
    ) -> u32 {
        let index = molecule.atoms.len() as u32;
        self.seen.note_atom(&atom);
        sums.add_atom(&atom);
        molecule.atoms.push(atom);
        if matches!(state, State::Start | State::Dot) {
            self.starts.push(index);
            return index;
        }
        let before = &mut molecule.atoms[active as usize];
        before.degree = before.degree.saturating_add(1);
        let aromatic = before.is_aromatic && atom.is_aromatic;
        molecule.atoms[index as usize].degree = 1;
        let bond = make_bond(token, active, index, aromatic);
        self.seen.note_bond(&bond);
        sums.add_bond(&bond);
        molecule.bonds.push(bond);
        index
    }
}

impl Seen {
    #[inline]
    fn note_bond(&mut self, bond: &Bond) {
        match bond.order {
            BondOrder::Aromatic => self.aromatic = true,
            BondOrder::Dative | BondOrder::Unspecified => self.idle_bond = true,
            _ => {}
        }
    }
}

/// The bond a token stands for between two atoms, `aromatic` if both are.
#[inline]
fn make_bond(token: BondToken, from: u32, to: u32, aromatic: bool) -> Bond {
    let (mut begin, mut end) = (from, to);
    let order = match token {
        BondToken::Implicit | BondToken::Up | BondToken::Down if aromatic => BondOrder::Aromatic,
        BondToken::Implicit | BondToken::Up | BondToken::Down | BondToken::Single => BondOrder::Single,
        BondToken::Double => BondOrder::Double,
        BondToken::Triple => BondOrder::Triple,
        BondToken::Quadruple => BondOrder::Quadruple,
        BondToken::Aromatic => BondOrder::Aromatic,
        BondToken::Any => BondOrder::Unspecified,
        BondToken::DativeForward => BondOrder::Dative,
        BondToken::DativeBackward => {
            (begin, end) = (to, from);
            BondOrder::Dative
        }
    };
    let is_aromatic = order == BondOrder::Aromatic;
    Bond { begin, end, order, is_aromatic, direction: token.direction(), ..Bond::default() }
}

#[cfg(test)]
mod tests;
