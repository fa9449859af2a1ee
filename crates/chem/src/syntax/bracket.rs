//! Bracket atoms: `[isotope symbol chirality hydrogens charge :map]`.

use super::{numbers::number, symbols};
use crate::error::Reason;
use crate::molecule::{Atom, Chirality};

/// Reads the bracket atom at `at`; returns it with the byte after `]`.
///
/// Isotope, hydrogen count and charge wrap at 16, 8 and 8 bits, as they do in RDKit.
pub(super) fn read(line: &[u8], at: usize, shift: usize) -> Result<(Atom, usize), Reason> {
    let fail = |position: usize, expected: &'static str| match line.get(position) {
        Some(&found) => Reason::Unexpected { position: shift + position, found, expected },
        None => Reason::End { position: shift + position, expected },
    };
    let mut at = at + 1;
    let mut isotope = 0;
    if let Some((value, end)) = number(line, at, shift)? {
        isotope = value as u16;
        at = end;
    }
    let (mut atom, is_hydrogen) = if line.get(at) == Some(&b'#') {
        let Some((value, end)) = number(line, at + 1, shift)? else {
            return Err(fail(at + 1, "an element number"));
        };
        if value as u8 > 118 {
            return Err(Reason::ElementNumber { position: shift + at + 1, number: value as u8 });
        }
        at = end;
        (Atom { atomic_number: value as u8, ..Atom::default() }, false)
    } else {
        let Some((atom, length)) = symbols::element(line, at) else {
            return Err(fail(at, "an element symbol"));
        };
        at += length;
        (atom, atom.atomic_number == 1)
    };
    atom.isotope = isotope;
    atom.no_implicit = true;
    if !is_hydrogen && line.get(at) == Some(&b'@') {
        at = chirality(line, at, shift, &mut atom)?;
    }
    if line.get(at) == Some(&b'H') {
        at += 1;
        atom.explicit_hydrogens = 1;
        if let Some((value, end)) = number(line, at, shift)? {
            atom.explicit_hydrogens = value as u8;
            at = end;
        }
    }
    if let Some(&sign @ (b'+' | b'-')) = line.get(at) {
        at += 1;
        let mut charge = 1;
        if line.get(at) == Some(&sign) {
            charge = 2;
            at += 1;
        } else if let Some((value, end)) = number(line, at, shift)? {
            charge = value as i32;
            at = end;
        }
        atom.formal_charge = if sign == b'+' { charge } else { -charge } as i8;
    }
    if line.get(at) == Some(&b':') {
        let Some((value, end)) = number(line, at + 1, shift)? else {
            return Err(fail(at + 1, "an atom map number"));
        };
        atom.atom_map = value;
        at = end;
    }
    if line.get(at) != Some(&b']') {
        return Err(fail(at, "']' or a later part of a bracket atom"));
    }
    Ok((atom, at + 1))
}

/// Reads `@`, `@@`, or a class with an optional permutation number.
fn chirality(line: &[u8], at: usize, shift: usize, atom: &mut Atom) -> Result<usize, Reason> {
    let class = match line.get(at + 1..at + 3) {
        Some(b"TH") => Some((Chirality::Tetrahedral, 2)),
        Some(b"AL") => Some((Chirality::Allene, 2)),
        Some(b"SP") => Some((Chirality::SquarePlanar, 3)),
        Some(b"TB") => Some((Chirality::TrigonalBipyramidal, 20)),
        Some(b"OH") => Some((Chirality::Octahedral, 30)),
        _ => None,
    };
    let Some((tag, limit)) = class else {
        let clockwise = line.get(at + 1) == Some(&b'@');
        atom.chirality = if clockwise { Chirality::Clockwise } else { Chirality::CounterClockwise };
        return Ok(at + 1 + usize::from(clockwise));
    };
    let (permutation, end) = number(line, at + 3, shift)?.unwrap_or((0, at + 3));
    if permutation > u32::from(limit) {
        return Err(Reason::Permutation { position: shift + at + 3, number: permutation, limit });
    }
    atom.chirality = match (tag, permutation) {
        (Chirality::Tetrahedral, 2) => Chirality::Clockwise,
        (Chirality::Tetrahedral, _) => Chirality::CounterClockwise,
        (tag, _) => tag,
    };
    if tag != Chirality::Tetrahedral {
        atom.permutation = permutation as u8;
    }
    Ok(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Atom {
        read(text.as_bytes(), 0, 0).unwrap().0
    }

    #[test]
    fn all_parts() {
        let atom = parse("[13C@@H2+2:7]");
        assert_eq!((atom.atomic_number, atom.isotope, atom.formal_charge), (6, 13, 2));
        assert_eq!((atom.explicit_hydrogens, atom.atom_map), (2, 7));
        assert_eq!(atom.chirality, Chirality::Clockwise);
        assert!(atom.no_implicit);
        assert_eq!(parse("[O--]").formal_charge, -2);
        assert_eq!(parse("[Fe++]").formal_charge, 2);
        assert_eq!(parse("[#44]").atomic_number, 44);
        assert_eq!(parse("[2H]").isotope, 2);
        assert_eq!(parse("[HH1]").explicit_hydrogens, 1);
        assert_eq!(parse("[C@TH2]").chirality, Chirality::Clockwise);
        let octahedral = parse("[Co@OH12]");
        assert_eq!((octahedral.chirality, octahedral.permutation), (Chirality::Octahedral, 12));
    }

    #[test]
    fn refused() {
        let bad = [
            "[",
            "[]",
            "[C",
            "[13]",
            "[C@@@]",
            "[C:]",
            "[C:01]",
            "[001C]",
            "[C+-]",
            "[Fe+++]",
            "[H@]",
            "[C@SP4]",
            "[#]",
            "[#200]",
            "[C:99999999999]",
            "[ C]",
            "[Xx]",
        ];
        for text in bad {
            assert!(read(text.as_bytes(), 0, 0).is_err(), "{text}");
        }
    }
}
