//! V2000: numbers in fixed columns.

use super::block::{Block, Drawn, NO_VALENCE, atom_index, bond_order, charge, radical_electrons};
use super::lines::{Lines, columns, coordinate, show};
use super::symbols;
use crate::error::Reason;
use crate::molecule::{BondOrder, Molecule};
use crate::stereo::most_common_isotope;

/// Valence number of an atom with no bonds and no hydrogens.
const ZERO_VALENCE: i32 = 15;
/// What most atom lines have behind the symbol.
const NOTHING_ELSE: &[u8; 35] = b" 0  0  0  0  0  0  0  0  0  0  0  0";

/// Reads atoms, bonds and properties, from the line behind the counts line to `M  END`.
pub(super) fn read(
    block: &mut Block,
    molecule: &mut Molecule,
    lines: &mut Lines,
    atoms: usize,
    bonds: usize,
) -> Result<(), Reason> {
    for _ in 0..atoms {
        let line = lines.expect("an atom line")?;
        read_atom(block, molecule, lines, line)?;
    }
    for _ in 0..bonds {
        let line = lines.expect("a bond line")?;
        read_bond(block, molecule, lines, line)?;
    }
    let mut line = lines.expect("a property line or 'M  END'")?;
    match line.first() {
        None => return Err(lines.bad("blank line, expected a property line or 'M  END'")),
        Some(b'M' | b'A' | b'V' | b'G' | b'S' | b'$') => {}
        Some(b' ' | b'0'..=b'9') => return Err(lines.unsupported("atom list")),
        Some(_) => return Err(lines.bad(format!("'{}': expected a property line or 'M  END'", show(line)))),
    }
    let mut has_charges = false;
    while !line.starts_with(b"M  END") {
        if line.starts_with(b"$$$$") {
            return Err(lines.bad("the record ends here, expected 'M  END'"));
        }
        property(molecule, lines, line, &mut has_charges)?;
        line = lines.expect("a property line or 'M  END'")?;
    }
    Ok(())
}

fn read_atom(block: &mut Block, molecule: &mut Molecule, lines: &Lines, line: &[u8]) -> Result<(), Reason> {
    if line.len() < 34 {
        return Err(lines.bad(format!("the atom line '{}' is too short", show(line))));
    }
    let mut point = [0.0; 3];
    for (axis, value) in point.iter_mut().enumerate() {
        let field = columns(line, 10 * axis, 10);
        *value = coordinate(field).ok_or_else(|| lines.bad(format!("coordinate '{}'", show(field))))?;
    }
    let mut atom = symbols::atom(lines, columns(line, 31, 3).trim_ascii())?;
    if line[34..] == *NOTHING_ELSE {
        block.add_atom(molecule, atom, point, 0);
        return Ok(());
    }
    let mass_difference = lines.integer(line, 34, 2, "mass difference")?;
    if mass_difference != 0 {
        let isotope = i32::from(most_common_isotope(atom.atomic_number)) + mass_difference;
        atom.isotope = u16::try_from(isotope)
            .map_err(|_| lines.bad(format!("mass difference {mass_difference} leaves no mass")))?;
    }
    let charge_number = lines.integer(line, 36, 3, "charge")?;
    if charge_number != 0 {
        let value = 4i32.saturating_sub(charge_number);
        atom.formal_charge = charge(lines, value)?;
    }
    if lines.integer(line, 42, 3, "hydrogen count")? >= 1 {
        return Err(lines.unsupported("hydrogen count query"));
    }
    // not used, but must be numbers
    for (from, what) in [(39, "parity"), (45, "stereo care"), (54, "reaction role"), (57, "reaction part")] {
        lines.integer(line, from, 3, what)?;
    }
    let valence = lines.integer(line, 48, 3, "valence")?;
    let map = lines.integer(line, 60, 3, "atom map number")?;
    atom.atom_map = u32::try_from(map).unwrap_or(0);
    for (from, what) in [(63, "inversion flag"), (66, "exact change flag")] {
        lines.integer(line, from, 3, what)?;
    }
    block.add_atom(molecule, atom, point, if valence == ZERO_VALENCE { NO_VALENCE } else { valence });
    Ok(())
}

fn read_bond(block: &mut Block, molecule: &mut Molecule, lines: &Lines, line: &[u8]) -> Result<(), Reason> {
    if line.len() < 9 {
        return Err(lines.bad(format!("the bond line '{}' is too short", show(line))));
    }
    let atoms = molecule.atoms.len();
    let begin = atom_index(lines, lines.integer(line, 0, 3, "first atom")?, atoms)?;
    let end = atom_index(lines, lines.integer(line, 3, 3, "second atom")?, atoms)?;
    let number = lines.integer(line, 6, 3, "bond type")?;
    let order = bond_order(lines, u32::try_from(number).unwrap_or(u32::MAX))?;
    // other than RDKit this refuses what is no number
    let mark = lines.integer(line, 9, 3, "bond stereo")?;
    if lines.integer(line, 15, 3, "bond topology")? != 0 {
        return Err(lines.unsupported("bond topology query"));
    }
    let drawn = match mark {
        1 => Drawn::Wedge,
        6 => Drawn::Hash,
        4 => Drawn::Wavy,
        _ => Drawn::Plain,
    };
    let is_crossed = mark == 3 && order == BondOrder::Double;
    block.add_bond(molecule, [begin, end], order, drawn, is_crossed).map_err(|problem| lines.bad(problem))
}

/// Reads one line of the property block, and those that belong to it.
fn property(
    molecule: &mut Molecule,
    lines: &mut Lines,
    line: &[u8],
    has_charges: &mut bool,
) -> Result<(), Reason> {
    match columns(line, 0, 6) {
        b"M  CHG" | b"M  RAD" => {
            // the first such line replaces all charges of the atom block
            if !std::mem::replace(has_charges, true) {
                molecule.atoms.iter_mut().for_each(|atom| atom.formal_charge = 0);
            }
            let is_charge = line.starts_with(b"M  CHG");
            entries(molecule, lines, line, |lines, atom, value| {
                if is_charge {
                    atom.formal_charge = charge(lines, value)?;
                } else {
                    atom.radical_electrons = radical_electrons(lines, value)?;
                }
                Ok(())
            })
        }
        b"M  ISO" | b"M  RGP" => entries(molecule, lines, line, |lines, atom, value| {
            atom.isotope = u16::try_from(value)
                .map_err(|_| lines.bad(format!("isotope {value}: expected 0 to 65535")))?;
            Ok(())
        }),
        b"M  ALS" | b"M  SUB" | b"M  RBC" | b"M  UNS" | b"M  LIN" | b"M  MRV" => {
            Err(lines.unsupported(format!("query '{}'", show(columns(line, 0, 10)))))
        }
        b"M  ZBO" | b"M  ZCH" | b"M  HYD" => {
            Err(lines.unsupported(format!("zero-order bond '{}'", show(columns(line, 0, 6)))))
        }
        b"M  CRS" => Err(lines.unsupported("S group line 'M  CRS'")),
        b"M  SDT" => s_group_field(lines, columns(line, 11, 30)),
        b"S  SKP" => {
            let count = lines.integer(line, 6, 3, "number of lines to skip")?;
            for _ in 0..count.max(0) {
                lines.expect("a line to skip")?;
            }
            Ok(())
        }
        _ => match line.first() {
            Some(b'A' | b'G') => lines.expect("the text of the line before").map(|_| ()),
            _ => Ok(()),
        },
    }
}

/// Refuses data S groups that change the molecule.
pub(super) fn s_group_field(lines: &Lines, name: &[u8]) -> Result<(), Reason> {
    let name = name.trim_ascii();
    let name = name.strip_prefix(b"\"").unwrap_or(name);
    match name.strip_suffix(b"\"").unwrap_or(name) {
        b"MRV_COORDINATE_BOND_TYPE" | b"MRV_IMPLICIT_H" | b"ZBO" | b"ZCH" | b"HYD" | b"SMARTSQ" | b"SQ" => {
            Err(lines.unsupported(format!("data S group '{}'", show(name))))
        }
        _ => Ok(()),
    }
}

/// Pairs of atom and value: a count, then two fields of four columns each.
fn entries(
    molecule: &mut Molecule,
    lines: &Lines,
    line: &[u8],
    mut set: impl FnMut(&Lines, &mut crate::Atom, i32) -> Result<(), Reason>,
) -> Result<(), Reason> {
    let count = lines.integer(line, 6, 3, "number of entries")?;
    for entry in 0..usize::try_from(count).unwrap_or(0) {
        let from = 9 + 8 * entry;
        if line.len() < from + 5 {
            return Err(
                lines.bad(format!("{count} entries announced, the line ends in number {}", entry + 1))
            );
        }
        let atom = atom_index(lines, lines.integer(line, from, 4, "atom")?, molecule.atoms.len())?;
        let value = lines.integer(line, from + 4, 4, "value")?;
        set(lines, &mut molecule.atoms[atom as usize], value)?;
    }
    Ok(())
}
