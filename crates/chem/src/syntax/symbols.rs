//! Element symbols.

use crate::element_table::ELEMENTS;
use crate::molecule::Atom;

/// Atomic number + 1 by first letter and second letter (26: none).
static SYMBOLS: [[u8; 27]; 26] = symbol_table();

const fn symbol_table() -> [[u8; 27]; 26] {
    let mut table = [[0; 27]; 26];
    let mut number = 1;
    while number < ELEMENTS.len() {
        let symbol = ELEMENTS[number].symbol.as_bytes();
        let second = if symbol.len() > 1 { (symbol[1] - b'a') as usize } else { 26 };
        table[(symbol[0] - b'A') as usize][second] = number as u8 + 1;
        number += 1;
    }
    table
}

fn plain(atomic_number: u8, is_aromatic: bool) -> Atom {
    Atom { atomic_number, is_aromatic, ..Atom::default() }
}

/// An atom of the organic subset at `at`, and the length of its symbol.
#[inline]
pub(super) fn organic(line: &[u8], at: usize) -> Option<(Atom, usize)> {
    let next = line.get(at + 1).copied();
    let (number, aromatic, length) = match line[at] {
        b'C' if next == Some(b'l') => (17, false, 2),
        b'C' => (6, false, 1),
        b'c' => (6, true, 1),
        b'N' => (7, false, 1),
        b'O' => (8, false, 1),
        b'n' => (7, true, 1),
        b'o' => (8, true, 1),
        b'S' => (16, false, 1),
        b's' => (16, true, 1),
        b'F' => (9, false, 1),
        b'B' if next == Some(b'r') => (35, false, 2),
        b'B' => (5, false, 1),
        b'b' => (5, true, 1),
        b'P' => (15, false, 1),
        b'p' => (15, true, 1),
        b'I' => (53, false, 1),
        b'*' => (0, false, 1),
        _ => return None,
    };
    Some((plain(number, aromatic), length))
}

/// An element inside brackets at `at`, the longest symbol that fits, and its length.
pub(super) fn element(line: &[u8], at: usize) -> Option<(Atom, usize)> {
    let first = *line.get(at)?;
    let next = line.get(at + 1).copied().unwrap_or(0);
    match first {
        b'A'..=b'Z' => {
            let row = &SYMBOLS[usize::from(first - b'A')];
            if next.is_ascii_lowercase() && row[usize::from(next - b'a')] > 0 {
                return Some((plain(row[usize::from(next - b'a')] - 1, false), 2));
            }
            if first == b'U' && next == b'u' {
                let letter = line.get(at + 2)?;
                let found = b"nubtqphso".iter().position(|known| known == letter)?;
                return Some((plain(110 + found as u8, false), 3));
            }
            (row[26] > 0).then(|| (plain(row[26] - 1, false), 1))
        }
        b'*' => Some((plain(0, false), 1)),
        b's' if next == b'i' => Some((plain(14, true), 2)),
        b's' if next == b'e' => Some((plain(34, true), 2)),
        b'a' if next == b's' => Some((plain(33, true), 2)),
        b't' if next == b'e' => Some((plain(52, true), 2)),
        b'b' => Some((plain(5, true), 1)),
        b'c' => Some((plain(6, true), 1)),
        b'n' => Some((plain(7, true), 1)),
        b'o' => Some((plain(8, true), 1)),
        b'p' => Some((plain(15, true), 1)),
        b's' => Some((plain(16, true), 1)),
        // 'Rf' to 'Og' in quotes, as some programs write them
        b'\'' => {
            let (atom, length) = element(line, at + 1).filter(|(atom, _)| atom.atomic_number >= 104)?;
            (length == 2 && line.get(at + 3) == Some(&b'\'')).then_some((atom, 4))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bracketed(text: &str) -> Option<(u8, bool, usize)> {
        element(text.as_bytes(), 0).map(|(atom, length)| (atom.atomic_number, atom.is_aromatic, length))
    }

    #[test]
    fn the_longest_symbol_wins() {
        assert_eq!(bracketed("Cl"), Some((17, false, 2)));
        assert_eq!(bracketed("CH4"), Some((6, false, 1)));
        assert_eq!(bracketed("se"), Some((34, true, 2)));
        assert_eq!(bracketed("sH"), Some((16, true, 1)));
        assert_eq!(bracketed("Uuo"), Some((118, false, 3)));
        assert_eq!(bracketed("'Rf'"), Some((104, false, 4)));
        assert_eq!(bracketed("'Fe'"), None);
        assert_eq!(bracketed("Q"), None);
        assert_eq!(bracketed(""), None);
    }

    #[test]
    fn every_symbol_is_found() {
        for (number, row) in ELEMENTS.iter().enumerate().skip(1) {
            assert_eq!(bracketed(row.symbol).map(|found| usize::from(found.0)), Some(number));
        }
    }

    #[test]
    fn organic_subset() {
        assert_eq!(organic(b"Br", 0).map(|(atom, length)| (atom.atomic_number, length)), Some((35, 2)));
        assert_eq!(organic(b"Na", 0).map(|(atom, _)| atom.atomic_number), Some(7));
        assert!(organic(b"H", 0).is_none());
    }
}
