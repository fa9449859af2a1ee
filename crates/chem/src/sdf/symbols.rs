//! Atom symbols of connection tables.

use super::lines::{Lines, show};
use crate::element_table::ELEMENTS;
use crate::error::Reason;
use crate::molecule::Atom;

/// Symbols that stand for one of several elements.
const QUERIES: [&[u8]; 9] = [b"A", b"AH", b"Q", b"QH", b"X", b"XH", b"M", b"MH", b"L"];

/// The atom a symbol stands for, without charge; R groups and `*` are dummy atoms, R1 to R99 with
/// their number as isotope.
pub(super) fn atom(lines: &Lines, symbol: &[u8]) -> Result<Atom, Reason> {
    if QUERIES.contains(&symbol) {
        return Err(lines.unsupported(format!("query atom '{}'", show(symbol))));
    }
    let (atomic_number, isotope) = match symbol {
        b"C" => (6, 0),
        b"H" => (1, 0),
        b"N" => (7, 0),
        b"O" => (8, 0),
        b"D" => (1, 2),
        b"T" => (1, 3),
        b"*" | b"R" | b"R#" | b"LP" | b"Pol" | b"Mod" => (0, 0),
        [b'R', digit @ b'0'..=b'9'] => (0, u16::from(digit - b'0')),
        [b'R', tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => {
            (0, 10 * u16::from(tens - b'0') + u16::from(ones - b'0'))
        }
        _ => match element(symbol) {
            Some(number) => (number, 0),
            None => {
                return Err(lines.bad(format!("atom symbol '{}': expected that of an element", show(symbol))));
            }
        },
    };
    let no_implicit = matches!(symbol, b"*" | b"R");
    Ok(Atom { atomic_number, isotope, no_implicit, ..Atom::default() })
}

/// Atomic number of a symbol; the second of two letters may be a capital.
fn element(symbol: &[u8]) -> Option<u8> {
    let small;
    let symbol = match symbol {
        [first, second @ b'A'..=b'Z'] => {
            small = [*first, second.to_ascii_lowercase()];
            &small[..]
        }
        _ => symbol,
    };
    let found = ELEMENTS.iter().skip(1).position(|element| element.symbol.as_bytes() == symbol);
    found.map(|index| index as u8 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols() {
        let lines = Lines::new(b"");
        let read = |symbol: &str| {
            let atom = atom(&lines, symbol.as_bytes()).ok()?;
            Some((atom.atomic_number, atom.isotope))
        };
        assert_eq!(read("Cl"), Some((17, 0)));
        assert_eq!(read("BR"), Some((35, 0)));
        assert_eq!(read("D"), Some((1, 2)));
        assert_eq!(read("R12"), Some((0, 12)));
        assert_eq!([read("Xx"), read(""), read("A"), read("c"), read("R100")], [None; 5]);
    }
}
