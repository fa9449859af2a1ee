//! Prints what was perceived, one line per SMILES, for comparison with RDKit.
//!
//! Reads SMILES (first column) from the files given or from standard input.
//! `line<TAB>ok<TAB>atoms<TAB>bonds`, atoms and bonds as comma tuples separated by spaces:
//! Z,charge,isotope,chirality,explicitH,totalH,totalDegree,aromatic,inring,hybridization,radicals,mass,cip
//! and begin,end,order,conjugated,inring,stereo; or `line<TAB>error<TAB>kind<TAB>message`.
use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};

use soyaku_chem::{Molecule, Parser};

fn main() -> io::Result<()> {
    let mut parser = Parser::new();
    let mut out = BufWriter::new(io::stdout().lock());
    let files: Vec<String> = std::env::args().skip(1).collect();
    if files.is_empty() {
        dump(io::stdin().lock(), &mut parser, &mut out)?;
    }
    for file in &files {
        dump(std::fs::File::open(file)?, &mut parser, &mut out)?;
    }
    out.flush()
}

fn dump(input: impl Read, parser: &mut Parser, out: &mut impl Write) -> io::Result<()> {
    let mut line = String::new();
    for (number, text) in BufReader::new(input).split(b'\n').enumerate() {
        let text = text?;
        line.clear();
        match parser.parse(&text) {
            Ok(molecule) => describe(molecule, &mut line),
            Err(error) => {
                let _ = write!(line, "error\t{}\t{error}", error.kind().as_str());
            }
        }
        writeln!(out, "{}\t{line}", number + 1)?;
    }
    Ok(())
}

fn describe(molecule: &Molecule, line: &mut String) {
    line.push_str("ok\t");
    for (index, atom) in molecule.atoms().iter().enumerate() {
        let separator = if index > 0 { " " } else { "" };
        let cip = if atom.cip_label == 0 { '0' } else { char::from(atom.cip_label) };
        let _ = write!(
            line,
            "{separator}{},{},{},{},{},{},{},{},{},{},{},{:.4},{cip}",
            atom.atomic_number,
            atom.formal_charge,
            atom.isotope,
            atom.chirality as u8,
            atom.explicit_hydrogens,
            atom.total_hydrogens(),
            atom.total_degree(),
            u8::from(atom.is_aromatic),
            u8::from(atom.is_in_ring),
            atom.hybridization as u8,
            atom.radical_electrons,
            atom.mass(),
        );
    }
    line.push('\t');
    for (index, bond) in molecule.bonds().iter().enumerate() {
        let separator = if index > 0 { " " } else { "" };
        let _ = write!(
            line,
            "{separator}{},{},{},{},{},{}",
            bond.begin,
            bond.end,
            bond.order as u8,
            u8::from(bond.is_conjugated),
            u8::from(bond.is_in_ring),
            bond.stereo as u8,
        );
    }
}
