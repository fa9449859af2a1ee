//! Canonical SMILES of the SMILES on standard input, one a line; a refused line gives `error: ...`.
//!
//! `canonicalize [--flat] [--as-read] [--kekule] [--scaffold | --framework]`: without isotopes and
//! stereo; without a canonical order; with single and double bonds in aromatic rings; of the Murcko
//! scaffold or the generic framework, an empty line where there is none.
use std::io::{BufRead, BufWriter, Write};

use soyaku_chem::{Error, Parser, ScaffoldFinder, SmilesOptions, SmilesWriter};

#[derive(Clone, Copy)]
enum Part {
    All,
    Scaffold,
    Framework,
}

fn main() -> std::io::Result<()> {
    let mut options = SmilesOptions::default();
    let mut part = Part::All;
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--flat" => options.isomeric = false,
            "--as-read" => options.canonical = false,
            "--kekule" => options.kekule = true,
            "--scaffold" => part = Part::Scaffold,
            "--framework" => part = Part::Framework,
            _ => {
                eprintln!(
                    "usage: canonicalize [--flat] [--as-read] [--kekule] [--scaffold | --framework] < SMILES"
                );
                std::process::exit(64);
            }
        }
    }
    let (mut parser, mut writer) = (Parser::new(), SmilesWriter::new(options));
    let mut finder = ScaffoldFinder::new();
    let mut write = |line: &str| -> Result<String, Error> {
        let molecule = parser.parse(line.as_bytes())?;
        let molecule = match part {
            Part::All => Some(molecule),
            Part::Scaffold => finder.murcko(molecule)?,
            Part::Framework => finder.generic(molecule)?,
        };
        Ok(molecule.map(|molecule| writer.write(molecule).to_owned()).unwrap_or_default())
    };
    let mut output = BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        match write(&line?) {
            Ok(text) => writeln!(output, "{text}")?,
            Err(error) => writeln!(output, "error: {error}")?,
        }
    }
    output.flush()
}
