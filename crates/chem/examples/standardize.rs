//! Standardizes the SMILES of stdin: one line of SMILES and changes each.
//!
//! `standardize [STEPS] [REPEATS]`: with REPEATS nothing is written but how long it takes.

use std::io::{Read, Write};
use std::time::Instant;

use soyaku_chem::standardize::{StandardizeOptions, Standardizer};
use soyaku_chem::{Parser, SmilesWriter};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let options: StandardizeOptions = arguments.next().unwrap_or_else(|| "all".into()).parse()?;
    let repeats: Option<u32> = arguments.next().map(|text| text.parse()).transpose()?;
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let mut parser = Parser::new();
    let mut standardizer = Standardizer::new(options);
    if let Some(repeats) = repeats {
        let molecules: Vec<_> =
            text.lines().filter_map(|line| parser.parse(line.as_bytes()).ok().cloned()).collect();
        for kind in ["all", "unchanged", "changed"] {
            let mut chosen = Vec::new();
            for molecule in &molecules {
                let is_changed =
                    standardizer.standardize(molecule).is_ok_and(|done| !done.changes.is_empty());
                if kind == "all" || is_changed == (kind == "changed") {
                    chosen.push(molecule);
                }
            }
            let start = Instant::now();
            for molecule in chosen.iter().cycle().take(chosen.len() * repeats as usize) {
                std::hint::black_box(standardizer.standardize(molecule).is_ok());
            }
            let count = (chosen.len() as u32 * repeats) as f64;
            println!("{kind}: {} molecules, {:.0}/s", chosen.len(), count / start.elapsed().as_secs_f64());
        }
        return Ok(());
    }
    let mut writer = SmilesWriter::default();
    let mut output = std::io::BufWriter::new(std::io::stdout().lock());
    for line in text.lines() {
        let done = parser.parse(line.as_bytes()).map_err(|error| error.to_string()).and_then(|molecule| {
            let done = standardizer.standardize(molecule).map_err(|error| error.to_string())?;
            let changes: Vec<_> = done.changes.iter().map(ToString::to_string).collect();
            Ok((writer.write(done.molecule).to_owned(), changes.join("; ")))
        });
        match done {
            Ok((text, changes)) => writeln!(output, "{text}\t{changes}")?,
            Err(error) => writeln!(output, "error\t{error}")?,
        }
    }
    Ok(())
}
