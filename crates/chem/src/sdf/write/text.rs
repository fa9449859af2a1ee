//! The text of blocks and data items.

use std::io::Write as _;

use super::super::block::{Block, Drawn, NO_VALENCE};
use crate::molecule::{BondOrder, Molecule};

/// Comment line of every block.
const COMMENT: &[u8] = b"schematic drawing, made from the structure";
/// Entries of a V2000 property line.
const ENTRIES: usize = 8;

/// A molecule as drawn.
pub(super) struct Table<'a> {
    pub molecule: &'a Molecule,
    pub block: &'a Block,
    pub crossed: &'a [bool],
    /// Its configurations are those drawn, not a mixture with their mirror images.
    pub is_absolute: bool,
}

/// Appends text; memory takes everything.
macro_rules! put {
    ($out:expr, $($argument:tt)*) => {
        let _ = write!($out, $($argument)*);
    };
}

/// The three lines in front of the counts.
pub(super) fn header(out: &mut Vec<u8>, title: &[u8]) {
    let title = title.trim_ascii();
    if title.starts_with(b"$$$$") {
        out.push(b' ');
    }
    out.extend(title.iter().map(|&byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte }));
    put!(out, "\n  {:<18}2D\n", "Soyaku");
    out.extend_from_slice(COMMENT);
    out.push(b'\n');
}

/// A data item.
pub(super) fn item(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    out.extend_from_slice(b">  <");
    out.extend(name.iter().map(|&byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte }));
    out.extend_from_slice(b">\n");
    for line in value.split(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() || line.starts_with(b"$$$$") {
            out.push(b' ');
        }
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    out.push(b'\n');
}

impl Table<'_> {
    fn symbol(&self, index: usize) -> &'static str {
        let atom = &self.molecule.atoms[index];
        if atom.atomic_number == 0 { "R" } else { atom.symbol() }
    }

    /// Coordinates as they are written, without a minus in front of zero.
    fn point(&self, index: usize) -> [f64; 3] {
        self.block.points[index].map(|value| if value.abs() < 5e-5 { 0.0 } else { value })
    }

    fn order(&self, bond: usize) -> u8 {
        match self.molecule.bonds[bond].order {
            BondOrder::Double => 2,
            BondOrder::Triple => 3,
            BondOrder::Aromatic => 4,
            BondOrder::Dative => 9,
            BondOrder::Unspecified | BondOrder::Zero | BondOrder::Quadruple => 8,
            BondOrder::Single => 1,
        }
    }

    /// Unpaired electrons as the number of a block: doublet or triplet.
    fn radical(&self, index: usize) -> u8 {
        match self.molecule.atoms[index].radical_electrons {
            0 => 0,
            odd if odd % 2 == 1 => 2,
            _ => 3,
        }
    }

    pub fn v2000(&self, out: &mut Vec<u8>) {
        let Molecule { atoms, bonds, .. } = self.molecule;
        let flag = u8::from(self.is_absolute);
        put!(out, "{:3}{:3}  0  0{flag:3}  0  0  0  0  0999 V2000\n", atoms.len(), bonds.len());
        for (index, atom) in atoms.iter().enumerate() {
            let [x, y, z] = self.point(index);
            let valence =
                if self.block.valences[index] == NO_VALENCE { 15 } else { self.block.valences[index] };
            // charges from -3 to 3 have a number here; all of them follow in lines of their own
            let charge = match atom.formal_charge {
                charge @ (-3..=-1 | 1..=3) => 4 - charge,
                _ => 0,
            };
            put!(out, "{x:10.4}{y:10.4}{z:10.4} {:<3} 0{charge:3}  0  0  0", self.symbol(index));
            put!(out, "{valence:3}  0  0  0{:3}  0  0\n", atom.atom_map);
        }
        for (index, bond) in bonds.iter().enumerate() {
            let mark = match self.block.drawn[index] {
                Drawn::Wedge => 1,
                Drawn::Hash => 6,
                Drawn::Wavy => 4,
                Drawn::Plain => 3 * u8::from(self.crossed[index]),
            };
            put!(out, "{:3}{:3}{:3}{mark:3}\n", bond.begin + 1, bond.end + 1, self.order(index));
        }
        self.entries(out, "CHG", |index| i32::from(atoms[index].formal_charge));
        self.entries(out, "RAD", |index| i32::from(self.radical(index)));
        self.entries(out, "ISO", |index| i32::from(atoms[index].isotope));
        out.extend_from_slice(b"M  END\n");
    }

    /// Lines of atoms with a value that is not zero.
    fn entries(&self, out: &mut Vec<u8>, name: &str, value: impl Fn(usize) -> i32) {
        let atoms: Vec<usize> = (0..self.molecule.atoms.len()).filter(|&index| value(index) != 0).collect();
        for part in atoms.chunks(ENTRIES) {
            put!(out, "M  {name}{:3}", part.len());
            for &index in part {
                put!(out, "{:4}{:4}", index + 1, value(index));
            }
            out.push(b'\n');
        }
    }

    pub fn v3000(&self, out: &mut Vec<u8>) {
        let Molecule { atoms, bonds, .. } = self.molecule;
        put!(out, "  0  0  0     0  0            999 V3000\nM  V30 BEGIN CTAB\n");
        let flag = u8::from(self.is_absolute);
        put!(out, "M  V30 COUNTS {} {} 0 0 {flag}\nM  V30 BEGIN ATOM\n", atoms.len(), bonds.len());
        for (index, atom) in atoms.iter().enumerate() {
            let [x, y, z] = self.point(index);
            put!(out, "M  V30 {} {} {x:.4} {y:.4} {z:.4} {}", index + 1, self.symbol(index), atom.atom_map);
            let radical = self.radical(index);
            let values = [
                ("CHG", i32::from(atom.formal_charge)),
                ("RAD", i32::from(radical)),
                ("MASS", i32::from(atom.isotope)),
                ("VAL", self.block.valences[index]),
            ];
            for (name, value) in values.iter().filter(|(_, value)| *value != 0) {
                put!(out, " {name}={value}");
            }
            out.push(b'\n');
        }
        put!(out, "M  V30 END ATOM\n");
        if !bonds.is_empty() {
            put!(out, "M  V30 BEGIN BOND\n");
        }
        for (index, bond) in bonds.iter().enumerate() {
            put!(out, "M  V30 {} {} {} {}", index + 1, self.order(index), bond.begin + 1, bond.end + 1);
            let mark = match self.block.drawn[index] {
                Drawn::Wedge => 1,
                Drawn::Hash => 3,
                Drawn::Wavy => 2,
                Drawn::Plain => 2 * u8::from(self.crossed[index]),
            };
            if mark != 0 {
                put!(out, " CFG={mark}");
            }
            out.push(b'\n');
        }
        if !bonds.is_empty() {
            put!(out, "M  V30 END BOND\n");
        }
        put!(out, "M  V30 END CTAB\nM  END\n");
    }
}
