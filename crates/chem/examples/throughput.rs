//! Molecules per second on one thread: `throughput FILE [SECONDS]`, one SMILES per line.
use std::time::{Duration, Instant};

use soyaku_chem::Parser;

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let Some(file) = arguments.next() else {
        eprintln!("usage: throughput FILE [SECONDS]");
        std::process::exit(64);
    };
    let seconds = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(3.0);
    let text = std::fs::read(file)?;
    let lines: Vec<&[u8]> = text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).collect();
    let mut parser = Parser::new();
    let mut pass = || {
        let started = Instant::now();
        let mut atoms = 0;
        for line in &lines {
            atoms += parser.parse(line).map_or(0, |molecule| molecule.atoms().len());
        }
        (started.elapsed(), atoms)
    };
    let (mut best, atoms) = pass();
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    while Instant::now() < end {
        best = best.min(pass().0);
    }
    let each = best.as_secs_f64() / lines.len() as f64;
    println!(
        "{} molecules of {:.1} atoms: {:.2} us each, {:.0} per second",
        lines.len(),
        atoms as f64 / lines.len() as f64,
        each * 1e6,
        1.0 / each
    );
    Ok(())
}
