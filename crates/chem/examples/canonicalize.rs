//! Canonical SMILES of the SMILES on standard input, one a line; a refused line gives `error: ...`.
//!
//! `canonicalize [--flat] [--as-read] [--kekule]`: without isotopes and stereo; without a canonical
//! order; with single and double bonds in aromatic rings.
use std::io::{BufRead, BufWriter, Write};

use soyaku_chem::{Parser, SmilesOptions, SmilesWriter};

fn main() -> std::io::Result<()> {
    let mut options = SmilesOptions::default();
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--flat" => options.isomeric = false,
            "--as-read" => options.canonical = false,
            "--kekule" => options.kekule = true,
            _ => {
                eprintln!("usage: canonicalize [--flat] [--as-read] [--kekule] < SMILES");
                std::process::exit(64);
            }
        }
    }
    let (mut parser, mut writer) = (Parser::new(), SmilesWriter::new(options));
    let mut output = BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        match parser.parse(line?.as_bytes()) {
            Ok(molecule) => writeln!(output, "{}", writer.write(molecule))?,
            Err(error) => writeln!(output, "error: {error}")?,
        }
    }
    output.flush()
}
