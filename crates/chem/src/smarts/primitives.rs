//! Atom primitives: symbols, and letters with numbers.

use super::error::{Problem, SmartsError};
use super::query::{AtomTest, Property};
use super::text::Text;
use crate::element_table::ELEMENTS;

const EXPECTED: &str = "an atom property";

/// An atom outside brackets, if one is next.
pub(super) fn plain(text: &mut Text) -> Option<AtomTest> {
    let second = text.peek_at(1);
    let (number, is_aromatic, length) = match text.peek()? {
        b'*' => return text.take(b'*').then_some(AtomTest::Any),
        b'a' => return text.take(b'a').then_some(AtomTest::Aromatic),
        b'A' => return text.take(b'A').then_some(AtomTest::Aliphatic),
        b'B' if second == Some(b'r') => (35, false, 2),
        b'C' if second == Some(b'l') => (17, false, 2),
        b'B' => (5, false, 1),
        b'C' => (6, false, 1),
        b'N' => (7, false, 1),
        b'O' => (8, false, 1),
        b'F' => (9, false, 1),
        b'P' => (15, false, 1),
        b'S' => (16, false, 1),
        b'I' => (53, false, 1),
        b'b' => (5, true, 1),
        b'c' => (6, true, 1),
        b'n' => (7, true, 1),
        b'o' => (8, true, 1),
        b'p' => (15, true, 1),
        b's' => (16, true, 1),
        _ => return None,
    };
    text.at += length;
    Some(AtomTest::Element { number, is_aromatic })
}

/// A primitive that can follow a mass number to form one primitive with it (`13C`, `2#1`, `13*`).
fn simple(text: &mut Text) -> Result<Option<AtomTest>, SmartsError> {
    let (first, second) = (text.peek(), text.peek_at(1).unwrap_or(0));
    let two_letters = match (first, second) {
        (Some(b's'), b'i') => 14,
        (Some(b'a'), b's') => 33,
        (Some(b's'), b'e') => 34,
        (Some(b't'), b'e') => 52,
        _ => 0,
    };
    if two_letters > 0 {
        text.at += 2;
        return Ok(Some(AtomTest::Element { number: two_letters, is_aromatic: true }));
    }
    if first == Some(b'#') {
        text.at += 1;
        let number = text.needed_number()?;
        return Ok(Some(AtomTest::exactly(Property::AtomicNumber, number)));
    }
    // the longest symbol wins; the last elements have no symbol in SMARTS
    if second.is_ascii_lowercase() {
        let symbol = [first.unwrap_or(0), second];
        let found = ELEMENTS.iter().position(|element| element.symbol.as_bytes() == symbol);
        if let Some(number) = found.filter(|number| !matches!(number, 113 | 115 | 117 | 118)) {
            text.at += 2;
            return Ok(Some(match number {
                17 | 35 => AtomTest::Element { number: number as u8, is_aromatic: false },
                _ => AtomTest::exactly(Property::AtomicNumber, number as i32),
            }));
        }
    }
    if let Some(test) = plain(text) {
        return Ok(Some(test));
    }
    let number = match first {
        Some(b'K') => 19,
        Some(b'V') => 23,
        Some(b'Y') => 39,
        Some(b'W') => 74,
        Some(b'U') => 92,
        _ => return Ok(None),
    };
    text.at += 1;
    Ok(Some(AtomTest::exactly(Property::AtomicNumber, number)))
}

/// A hydrogen count, at `H`.
fn hydrogen_count(text: &mut Text) -> Result<AtomTest, SmartsError> {
    text.at += 1;
    Ok(AtomTest::exactly(Property::Hydrogens, text.number()?.unwrap_or(1)))
}

/// A charge, at `+` or `-`: `+`, `++`, `+2` or `+{1-2}`.
fn charge(text: &mut Text) -> Result<AtomTest, SmartsError> {
    let is_negative = text.peek() == Some(b'-');
    text.at += 1;
    if let Some((low, high)) = text.range()? {
        let property = if is_negative { Property::NegatedCharge } else { Property::Charge };
        return Ok(AtomTest::Within(property, low, high));
    }
    let value = match text.number()? {
        Some(number) => number,
        None => 1 + i32::from(text.take(if is_negative { b'-' } else { b'+' })),
    };
    Ok(AtomTest::exactly(Property::Charge, if is_negative { -value } else { value }))
}

/// A letter that may have a number or a range: its property, and what it means alone.
fn counted(letter: u8) -> Option<(Property, AtomTest)> {
    use Property::*;
    let one = |property| (property, AtomTest::exactly(property, 1));
    let some = |property| (property, AtomTest::Within(property, 1, i32::MAX));
    Some(match letter {
        b'D' => one(Degree),
        b'd' => one(HeavyDegree),
        b'X' => one(TotalDegree),
        b'v' => one(TotalValence),
        b'h' => some(ImplicitHydrogens),
        b'x' => some(RingBonds),
        b'z' => some(HeteroNeighbors),
        b'Z' => some(AliphaticHeteroNeighbors),
        b'R' => (RingCount, AtomTest::InRing),
        b'r' => (SmallestRing, AtomTest::InRing),
        _ => return None,
    })
}

/// `k`, `k5` or `k{5-6}`: member of a ring of that size, not only of the smallest.
fn ring_of_size(text: &mut Text) -> Result<AtomTest, SmartsError> {
    text.at += 1;
    if let Some((low, high)) = text.range()? {
        return Ok(AtomTest::RingOfSize(low, high));
    }
    Ok(match text.number()? {
        None => AtomTest::InRing,
        // as in RDKit, where no ring of size 0 counts as one
        Some(0) => AtomTest::Any,
        Some(size) => AtomTest::RingOfSize(size, size),
    })
}

/// A chirality mark, at `@`. It says nothing in a search that does not look at chirality.
fn chirality(text: &mut Text) -> Result<AtomTest, SmartsError> {
    text.at += 1;
    text.take(b'@');
    let limit = match (text.peek(), text.peek_at(1)) {
        (Some(b'T'), Some(b'H')) | (Some(b'A'), Some(b'L')) => 2,
        (Some(b'S'), Some(b'P')) => 3,
        (Some(b'T'), Some(b'B')) => 20,
        (Some(b'O'), Some(b'H')) => 30,
        _ => return Ok(AtomTest::Any),
    };
    text.at += 2;
    let start = text.at;
    match text.number()? {
        Some(number) if !(1..=limit).contains(&number) => {
            Err(SmartsError::new(start, Problem::Permutation { number, limit }))
        }
        _ => Ok(AtomTest::Any),
    }
}

/// One primitive inside brackets other than `$(...)`.
pub(super) fn bracketed(text: &mut Text) -> Result<AtomTest, SmartsError> {
    if let Some(isotope) = text.number()? {
        if let Some(test) = simple(text)? {
            return Ok(AtomTest::Isotope(isotope, Box::new(test)));
        }
        if text.peek() == Some(b'H') {
            return Ok(AtomTest::Isotope(isotope, Box::new(hydrogen_count(text)?)));
        }
        return Ok(AtomTest::exactly(Property::Isotope, isotope));
    }
    if let Some(test) = simple(text)? {
        return Ok(test);
    }
    let Some(letter) = text.peek() else { return Err(text.unexpected(EXPECTED)) };
    if let Some((property, alone)) = counted(letter) {
        text.at += 1;
        if let Some((low, high)) = text.range()? {
            return Ok(AtomTest::Within(property, low, high));
        }
        return Ok(text.number()?.map_or(alone, |number| AtomTest::exactly(property, number)));
    }
    match letter {
        b'H' => hydrogen_count(text),
        b'k' => ring_of_size(text),
        b'+' | b'-' => charge(text),
        b'@' => chirality(text),
        b'^' => {
            text.at += 1;
            let Some(digit @ b'0'..=b'5') = text.peek() else {
                return Err(text.unexpected("a hybridization from 0 to 5"));
            };
            text.at += 1;
            // s, sp, sp2, sp3, sp3d, sp3d2 as numbered by `Hybridization`
            let value = [1, 2, 3, 4, 6, 7][usize::from(digit - b'0')];
            Ok(AtomTest::exactly(Property::Hybridization, value))
        }
        _ => Err(text.unexpected(EXPECTED)),
    }
}

/// `[H]`, `[2H]`, `[H+]`, `[H:1]`: a hydrogen atom, where `H` elsewhere counts hydrogens. The
/// opening bracket is read; the tests, up to `:` or `]`.
pub(super) fn hydrogen_atom(text: &mut Text) -> Result<Option<Vec<AtomTest>>, SmartsError> {
    let mut ahead = *text;
    let isotope = ahead.number()?;
    if !ahead.take(b'H') || !matches!(ahead.peek(), Some(b'+' | b'-' | b':' | b']')) {
        return Ok(None);
    }
    let hydrogen = AtomTest::exactly(Property::AtomicNumber, 1);
    let mut tests = vec![match isotope {
        Some(number) => AtomTest::Isotope(number, Box::new(hydrogen)),
        None => hydrogen,
    }];
    if matches!(ahead.peek(), Some(b'+' | b'-')) {
        if ahead.peek_at(1) == Some(b'{') {
            ahead.at += 1;
            return Err(ahead.unexpected("the charge of a hydrogen atom"));
        }
        tests.push(charge(&mut ahead)?);
    }
    if !matches!(ahead.peek(), Some(b':' | b']')) {
        return Err(ahead.unexpected("':' or ']' after a hydrogen atom"));
    }
    *text = ahead;
    Ok(Some(tests))
}
