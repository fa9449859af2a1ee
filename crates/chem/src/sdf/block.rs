//! A connection table as read, nothing perceived yet.

use super::lines::{Lines, columns, show};
use super::{v2000, v3000};
use crate::error::Reason;
use crate::molecule::{Atom, Bond, BondOrder, BondStereo, Molecule};
use crate::syntax::Seen;

/// How a bond is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Drawn {
    #[default]
    Plain,
    /// Solid wedge, narrow end at the first atom.
    Wedge,
    /// Hashed wedge, narrow end at the first atom.
    Hash,
    /// Wavy: the configuration is unknown.
    Wavy,
}

/// What the block says beyond the molecule's atoms and bonds.
#[derive(Debug, Default)]
pub(crate) struct Block {
    /// Coordinates by atom.
    pub(super) points: Vec<[f64; 3]>,
    /// Specified total valence by atom: 0 for none, `NO_VALENCE` for zero.
    pub(super) valences: Vec<i32>,
    /// By bond.
    pub(super) drawn: Vec<Drawn>,
    /// Some bond is a wedge or a crossed double bond.
    pub(super) has_stereo_marks: bool,
    /// The coordinates are those of a conformation, not of a drawing.
    pub(super) is_3d: bool,
    pub(crate) seen: Seen,
}

/// Valence field of an atom without any bonds or hydrogens.
pub(super) const NO_VALENCE: i32 = -1;

/// Coordinates out of the plane below this do not make a conformation.
const FLAT: f64 = 1e-3;

impl Block {
    /// Reads a mol block up to its `M  END` into the atoms and bonds of `molecule`.
    pub fn read(&mut self, text: &[u8], molecule: &mut Molecule) -> Result<(), Reason> {
        self.points.clear();
        self.valences.clear();
        self.drawn.clear();
        self.has_stereo_marks = false;
        self.seen = Seen::default();
        molecule.atoms.clear();
        molecule.bonds.clear();
        if text.trim_ascii().is_empty() {
            return Err(Reason::Empty);
        }
        let mut lines = Lines::new(text);
        lines.expect("a title line")?;
        let info = lines.expect("a program line")?;
        lines.expect("a comment line")?;
        let counts = lines.expect("a counts line")?;
        if counts.len() < 6 {
            return Err(lines.bad(format!("the counts line '{}' is too short", show(counts))));
        }
        let atoms = count(&lines, counts, 0, "number of atoms")?;
        let bonds = count(&lines, counts, 3, "number of bonds")?;
        match version(&lines, counts)? {
            2000 => v2000::read(self, molecule, &mut lines, atoms, bonds)?,
            _ if atoms != 0 || bonds != 0 => {
                return Err(lines.bad("the first counts line of a V3000 block must have no atoms and bonds"));
            }
            _ => v3000::read(self, molecule, &mut lines)?,
        }
        if molecule.atoms.is_empty() {
            return Err(Reason::Empty);
        }
        let is_tagged_3d = matches!(columns(info, 20, 2), b"3D" | b"3d");
        let is_flat = self.points.iter().all(|point| point[2].abs() <= FLAT);
        self.is_3d = !is_flat || (is_tagged_3d && !self.has_stereo_marks);
        Ok(())
    }

    pub(super) fn add_atom(&mut self, molecule: &mut Molecule, atom: Atom, point: [f64; 3], valence: i32) {
        self.seen.note_atom(&atom);
        molecule.atoms.push(atom);
        self.points.push(point);
        self.valences.push(valence);
    }

    /// Adds a bond between existing atoms (indices from 0), or says what is wrong with it.
    pub(super) fn add_bond(
        &mut self,
        molecule: &mut Molecule,
        ends: [u32; 2],
        order: BondOrder,
        drawn: Drawn,
        is_crossed: bool,
    ) -> Result<(), String> {
        let [begin, end] = ends;
        if begin == end {
            return Err(format!("atom {} is bonded to itself", begin + 1));
        }
        match order {
            BondOrder::Aromatic => self.seen.aromatic = true,
            BondOrder::Dative | BondOrder::Unspecified => self.seen.idle_bond = true,
            _ => {}
        }
        let is_aromatic = order == BondOrder::Aromatic;
        let stereo = if is_crossed { BondStereo::Any } else { BondStereo::None };
        molecule.bonds.push(Bond { begin, end, order, is_aromatic, stereo, ..Bond::default() });
        self.drawn.push(drawn);
        self.has_stereo_marks |= is_crossed || matches!(drawn, Drawn::Wedge | Drawn::Hash);
        Ok(())
    }
}

/// A number of atoms or bonds in the first counts line.
fn count(lines: &Lines, line: &[u8], from: usize, what: &str) -> Result<usize, Reason> {
    let value = lines.integer(line, from, 3, what)?;
    usize::try_from(value).map_err(|_| lines.bad(format!("{what}: expected 0 to 999, found {value}")))
}

fn version(lines: &Lines, counts: &[u8]) -> Result<u32, Reason> {
    if counts.len() <= 35 {
        return Ok(2000);
    }
    match columns(counts, 34, 5) {
        b"V2000" => Ok(2000),
        b"V3000" => Ok(3000),
        other => {
            Err(lines.bad(format!("version '{}' in the counts line: expected V2000 or V3000", show(other))))
        }
    }
}

/// The order that a number in a bond line stands for.
pub(super) fn bond_order(lines: &Lines, number: u32) -> Result<BondOrder, Reason> {
    Ok(match number {
        0 | 8 => BondOrder::Unspecified,
        1 => BondOrder::Single,
        2 => BondOrder::Double,
        3 => BondOrder::Triple,
        4 => BondOrder::Aromatic,
        9 => BondOrder::Dative,
        5..=7 => return Err(lines.unsupported(format!("query bond of type {number}"))),
        10 => return Err(lines.unsupported("hydrogen bond (type 10)")),
        _ => return Err(lines.bad(format!("bond type {number}: expected 1, 2, 3, 4, 8 or 9"))),
    })
}

/// Index of an atom counted from 1 in the block.
pub(super) fn atom_index(lines: &Lines, number: i32, atoms: usize) -> Result<u32, Reason> {
    match usize::try_from(number) {
        Ok(number @ 1..) if number <= atoms => Ok(number as u32 - 1),
        _ => Err(lines.bad(format!("atom {number}: expected 1 to {atoms}"))),
    }
}

/// A formal charge that fits.
pub(super) fn charge(lines: &Lines, value: i32) -> Result<i8, Reason> {
    i8::try_from(value).map_err(|_| lines.bad(format!("charge {value}: expected -128 to 127")))
}

/// Unpaired electrons of a radical number: 1 and 3 are singlet and triplet, 2 is a doublet.
pub(super) fn radical_electrons(lines: &Lines, value: i32) -> Result<u8, Reason> {
    match value {
        0 => Ok(0),
        1 | 3 => Ok(2),
        2 => Ok(1),
        _ => Err(lines.bad(format!("radical {value}: expected 0 to 3"))),
    }
}
