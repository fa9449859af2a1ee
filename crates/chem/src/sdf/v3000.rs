//! V3000: words separated by blanks, on lines that begin with `M  V30`.

use super::block::{Block, Drawn, NO_VALENCE, bond_order, charge, radical_electrons};
use super::lines::{Lines, coordinate, show};
use super::v2000::s_group_field;
use super::{symbols, words::Words};
use crate::error::Reason;
use crate::molecule::{BondOrder, Molecule};

const PREFIX: &[u8] = b"M  V30 ";

/// Reads from the line behind the first counts line to `M  END`.
pub(super) fn read(block: &mut Block, molecule: &mut Molecule, lines: &mut Lines) -> Result<(), Reason> {
    let mut buffer = Vec::new();
    expect(lines, &mut buffer, b"BEGIN CTAB")?;
    next(lines, &mut buffer)?;
    let mut words = Words::new(&buffer);
    if !words.next().is_some_and(|word| word.eq_ignore_ascii_case(b"COUNTS")) {
        return Err(lines.bad(format!("'{}': expected COUNTS", show(&buffer))));
    }
    let mut counts = [0; 5];
    for (place, count) in counts.iter_mut().enumerate() {
        match words.next() {
            Some(word) => *count = number(lines, word, "count")?,
            None if place < 2 => return Err(lines.bad("expected the numbers of atoms and bonds")),
            None => break,
        }
    }
    let [atoms, bonds, _, constraints, _] = counts;
    if constraints > 0 {
        return Err(lines.unsupported("3D constraints"));
    }
    // numbers of the atoms in the file, with their indices
    let mut numbers = Vec::new();
    if atoms > 0 {
        expect(lines, &mut buffer, b"BEGIN ATOM")?;
        for _ in 0..atoms {
            next(lines, &mut buffer)?;
            let number = read_atom(block, molecule, lines, &buffer)?;
            numbers.push((number, numbers.len() as u32));
        }
        expect(lines, &mut buffer, b"END ATOM")?;
    }
    numbers.sort_unstable();
    if let Some(pair) = numbers.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(lines.bad(format!("two atoms have number {}", pair[0].0)));
    }
    if bonds > 0 {
        expect(lines, &mut buffer, b"BEGIN BOND")?;
        for _ in 0..bonds {
            next(lines, &mut buffer)?;
            read_bond(block, molecule, lines, &buffer, &numbers)?;
        }
        expect(lines, &mut buffer, b"END BOND")?;
    }
    skip_blocks(lines, &mut buffer)?;
    match lines.expect("'M  END'")? {
        line if line.starts_with(b"M  END") => Ok(()),
        line => Err(lines.bad(format!("'{}': expected 'M  END'", show(line)))),
    }
}

/// Reads what follows the bonds, up to the end of the table.
fn skip_blocks(lines: &mut Lines, buffer: &mut Vec<u8>) -> Result<(), Reason> {
    loop {
        next(lines, buffer)?;
        if buffer.starts_with(b"END CTAB") {
            return Ok(());
        }
        if buffer.starts_with(b"LINKNODE") {
            return Err(lines.unsupported("link node"));
        }
        if !buffer.starts_with(b"BEGIN ") {
            return Err(lines.bad(format!("'{}': expected BEGIN or END CTAB", show(buffer))));
        }
        while !buffer.starts_with(b"END ") {
            next(lines, buffer)?;
            for word in Words::new(buffer) {
                if let Some((b"FIELDNAME", name)) = assignment(word) {
                    s_group_field(lines, name)?;
                }
            }
        }
    }
}

/// The next line without its prefix, and those it goes on with after a hyphen at its end.
fn next(lines: &mut Lines, buffer: &mut Vec<u8>) -> Result<(), Reason> {
    buffer.clear();
    loop {
        let line = lines.expect("a line that begins with 'M  V30 '")?;
        let Some(content) = line.strip_prefix(PREFIX) else {
            return Err(lines.bad(format!("'{}': expected a line that begins with 'M  V30 '", show(line))));
        };
        match content.strip_suffix(b"-") {
            Some(part) => buffer.extend_from_slice(part),
            None => {
                buffer.extend_from_slice(content);
                return Ok(());
            }
        }
    }
}

fn expect(lines: &mut Lines, buffer: &mut Vec<u8>, what: &[u8]) -> Result<(), Reason> {
    next(lines, buffer)?;
    if buffer.get(..what.len()).is_some_and(|start| start.eq_ignore_ascii_case(what)) {
        return Ok(());
    }
    Err(lines.bad(format!("'{}': expected {}", show(buffer), show(what))))
}

fn number<N: std::str::FromStr>(lines: &Lines, word: &[u8], what: &str) -> Result<N, Reason> {
    std::str::from_utf8(word)
        .ok()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| lines.bad(format!("{what}: expected a whole number, found '{}'", show(word))))
}

/// `NAME=value`.
fn assignment(word: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = word.iter().position(|&byte| byte == b'=')?;
    Some((&word[..at], &word[at + 1..]))
}

/// Reads an atom; returns its number in the file.
fn read_atom(block: &mut Block, molecule: &mut Molecule, lines: &Lines, line: &[u8]) -> Result<u32, Reason> {
    let mut words = Words::new(line);
    let mut word = |what: &str| words.next().ok_or_else(|| lines.bad(format!("expected {what}")));
    let index = number(lines, word("an atom number")?, "atom number")?;
    let symbol = word("an atom symbol")?;
    if symbol.starts_with(b"[") || symbol.eq_ignore_ascii_case(b"NOT") || symbol.starts_with(b"NOT[") {
        return Err(lines.unsupported("atom list"));
    }
    let mut atom = symbols::atom(lines, symbol)?;
    let mut point = [0.0; 3];
    for value in &mut point {
        let field = word("three coordinates")?;
        *value = coordinate(field).ok_or_else(|| lines.bad(format!("coordinate '{}'", show(field))))?;
    }
    atom.atom_map = number(lines, word("an atom map number")?, "atom map number")?;
    let mut valence = 0;
    for word in words {
        let Some((name, value)) = assignment(word) else {
            return Err(lines.bad(format!("'{}': expected NAME=value", show(word))));
        };
        match name.to_ascii_uppercase().as_slice() {
            b"CHG" => atom.formal_charge = charge(lines, number(lines, value, "charge")?)?,
            b"RAD" => atom.radical_electrons = radical_electrons(lines, number(lines, value, "radical")?)?,
            b"MASS" => {
                let mass = coordinate(value).filter(|mass| (0.0..65536.0).contains(mass));
                let mass =
                    mass.ok_or_else(|| lines.bad(format!("mass '{}': expected 0 to 65535", show(value))))?;
                atom.isotope = mass.floor() as u16;
            }
            b"VAL" => valence = number(lines, value, "valence")?,
            b"CFG" if !matches!(value, b"0" | b"1" | b"2" | b"3") => {
                return Err(lines.bad(format!("CFG '{}': expected 0 to 3", show(value))));
            }
            b"HCOUNT" | b"UNSAT" | b"RBCNT" | b"SUBST" if value != b"0" => {
                return Err(lines.unsupported(format!("query '{}'", show(word))));
            }
            b"RGROUPS" => atom.isotope = first_group(lines, value)?,
            _ => {}
        }
    }
    block.add_atom(molecule, atom, point, if valence < 0 { NO_VALENCE } else { valence });
    Ok(index)
}

/// The first label of `(1 3)`: a count, then labels.
fn first_group(lines: &Lines, value: &[u8]) -> Result<u16, Reason> {
    let inside = value.strip_prefix(b"(").and_then(|rest| rest.strip_suffix(b")"));
    let label = inside.and_then(|inside| Words::new(inside).nth(1));
    number(lines, label.unwrap_or_default(), "R group")
}

fn read_bond(
    block: &mut Block,
    molecule: &mut Molecule,
    lines: &Lines,
    line: &[u8],
    numbers: &[(u32, u32)],
) -> Result<(), Reason> {
    let mut words = Words::new(line);
    let mut values = [0u32; 4];
    for (value, what) in values.iter_mut().zip(["bond number", "bond type", "first atom", "second atom"]) {
        let word = words.next().ok_or_else(|| lines.bad(format!("expected the {what}")))?;
        *value = number(lines, word, what)?;
    }
    let [_, kind, begin, end] = values;
    let order = bond_order(lines, kind)?;
    let find = |number: u32| match numbers.binary_search_by_key(&number, |entry| entry.0) {
        Ok(found) => Ok(numbers[found].1),
        Err(_) => Err(lines.bad(format!("there is no atom number {number}"))),
    };
    let ends = [find(begin)?, find(end)?];
    let (mut drawn, mut is_crossed) = (Drawn::Plain, false);
    for word in words {
        let Some((name, value)) = assignment(word) else {
            return Err(lines.bad(format!("'{}': expected NAME=value", show(word))));
        };
        match name.to_ascii_uppercase().as_slice() {
            b"CFG" => match value {
                b"0" => {}
                b"1" => drawn = Drawn::Wedge,
                b"3" => drawn = Drawn::Hash,
                b"2" if order == BondOrder::Single => drawn = Drawn::Wavy,
                b"2" => is_crossed = order == BondOrder::Double,
                _ => return Err(lines.bad(format!("CFG '{}': expected 0 to 3", show(value)))),
            },
            b"TOPO" if value != b"0" => return Err(lines.unsupported("bond topology query")),
            b"ENDPTS" => return Err(lines.unsupported("bond to several atoms (ENDPTS)")),
            _ => {}
        }
    }
    block.add_bond(molecule, ends, order, drawn, is_crossed).map_err(|problem| lines.bad(problem))
}
