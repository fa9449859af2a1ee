//! Molecules per second on one thread: `throughput FILE [SECONDS]`, one SMILES per line.
use std::time::{Duration, Instant};

use soyaku_chem::Parser;

const CHUNK: usize = 100;

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
    // the best time of every chunk: short enough that other work on the machine rarely interrupts
    let mut best = vec![Duration::MAX; lines.len().div_ceil(CHUNK)];
    let mut atoms = 0;
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    while best[0] == Duration::MAX || Instant::now() < end {
        atoms = 0;
        for (chunk, best) in lines.chunks(CHUNK).zip(&mut best) {
            let started = Instant::now();
            for line in chunk {
                atoms += parser.parse(line).map_or(0, |molecule| molecule.atoms().len());
            }
            *best = started.elapsed().min(*best);
        }
    }
    let best: Duration = best.iter().sum();
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
