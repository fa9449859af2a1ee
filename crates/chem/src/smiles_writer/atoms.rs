//! The text of one atom.

use crate::molecule::{Atom, Chirality, Molecule};
use crate::valence::{Sum, contribution, explicit_valence, implicit_hydrogens};

/// Whether an atom is written in lower case.
pub(super) fn is_lower_case(atom: &Atom) -> bool {
    atom.is_aromatic && matches!(atom.atomic_number, 5..=8 | 14..=16 | 33 | 34 | 52)
}

/// Parts of an atom that the options leave to be written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts {
    pub isotope: u16,
    pub tag: Chirality,
    pub map: u32,
}

/// Appends an atom, without brackets where a reader gives it the same hydrogens then.
pub(super) fn write(text: &mut String, molecule: &Molecule, index: usize, parts: Parts) {
    let atom = &molecule.atoms()[index];
    let hydrogens = atom.total_hydrogens();
    let Parts { isotope, tag, map } = parts;
    let is_plain = isotope == 0
        && tag == Chirality::None
        && map == 0
        && atom.formal_charge == 0
        && atom.radical_electrons == 0
        && implied_hydrogens(molecule, index) == Some(hydrogens);
    if is_plain {
        symbol(text, atom);
        return;
    }
    text.push('[');
    if isotope != 0 {
        number(text, u32::from(isotope));
    }
    symbol(text, atom);
    match tag {
        Chirality::CounterClockwise => text.push('@'),
        Chirality::Clockwise => text.push_str("@@"),
        _ => {}
    }
    if hydrogens > 0 {
        text.push('H');
        if hydrogens > 1 {
            number(text, hydrogens);
        }
    }
    if atom.formal_charge != 0 {
        text.push(if atom.formal_charge > 0 { '+' } else { '-' });
        let size = u32::from(atom.formal_charge.unsigned_abs());
        if size > 1 {
            number(text, size);
        }
    }
    if map != 0 {
        text.push(':');
        number(text, map);
    }
    text.push(']');
}

/// Hydrogens that a reader gives an atom without brackets, `None` where it needs some.
fn implied_hydrogens(molecule: &Molecule, index: usize) -> Option<u32> {
    let atom = &molecule.atoms()[index];
    if !matches!(atom.atomic_number, 0 | 5..=9 | 15..=17 | 35 | 53) {
        return None;
    }
    let is_aromatic = is_lower_case(atom);
    let mut sum = Sum { twice: 0, aromatic: is_aromatic };
    for entry in molecule.neighbors(index) {
        let bond = &molecule.bonds()[entry.bond as usize];
        sum.twice += contribution(bond, index as u32);
        sum.aromatic |= bond.is_aromatic;
    }
    let bare = Atom { is_aromatic, no_implicit: false, explicit_hydrogens: 0, radical_electrons: 0, ..*atom };
    let explicit = explicit_valence(&bare, sum);
    implicit_hydrogens(index, &bare, sum, explicit).ok().and_then(|count| u32::try_from(count).ok())
}

fn symbol(text: &mut String, atom: &Atom) {
    if is_lower_case(atom) {
        text.extend(atom.symbol().chars().map(|letter| letter.to_ascii_lowercase()));
    } else {
        text.push_str(atom.symbol());
    }
}

/// Appends a number in decimal digits.
pub(super) fn number(text: &mut String, value: u32) {
    if value >= 10 {
        number(text, value / 10);
    }
    text.push(char::from(b'0' + (value % 10) as u8));
}
