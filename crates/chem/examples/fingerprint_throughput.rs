//! Fingerprints per second on one thread, kind by kind: `fingerprint_throughput FILE [SECONDS]`, one
//! SMILES per line.
use std::hint::black_box;
use std::time::{Duration, Instant};

use soyaku_chem::fingerprint::{
    AtomInvariants, AtomPair, AtomPairOptions, Fingerprint, MaccsKeys, Morgan, MorganOptions, RdkitPath,
    RdkitPathOptions, TopologicalTorsion, TopologicalTorsionOptions,
};
use soyaku_chem::{Molecule, Parser};

const CHUNK: usize = 10;

/// The best time of every chunk: short enough that other work on the machine rarely interrupts.
fn measure(name: &str, molecules: &[Molecule], seconds: f64, mut make: impl FnMut(&Molecule)) {
    let mut best = vec![Duration::MAX; molecules.len().div_ceil(CHUNK)];
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    while best[0] == Duration::MAX || Instant::now() < end {
        for (chunk, best) in molecules.chunks(CHUNK).zip(&mut best) {
            let started = Instant::now();
            chunk.iter().for_each(&mut make);
            *best = started.elapsed().min(*best);
        }
    }
    let each = best.iter().sum::<Duration>().as_secs_f64() / molecules.len() as f64;
    println!("{name}: {:.2} us each, {:.0} per second", each * 1e6, 1.0 / each);
}

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let Some(file) = arguments.next() else {
        eprintln!("usage: fingerprint_throughput FILE [SECONDS]");
        std::process::exit(64);
    };
    let seconds = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(2.0);
    let text = std::fs::read(file)?;
    let mut parser = Parser::new();
    let molecules: Vec<Molecule> =
        text.split(|&byte| byte == b'\n').filter_map(|line| parser.parse(line).ok().cloned()).collect();
    println!("{} molecules", molecules.len());
    let mut bits = [0u64; 32];
    let options = MorganOptions::default();
    let mut morgan = Morgan::new(options);
    measure("morgan2_2048", &molecules, seconds, |molecule| {
        morgan.bits(molecule, 2048, black_box(&mut bits))
    });
    let mut feature = Morgan::new(MorganOptions { invariants: AtomInvariants::Features, ..options });
    measure("fcfp2_2048", &molecules, seconds, |molecule| feature.bits(molecule, 2048, black_box(&mut bits)));
    let mut maccs = MaccsKeys::new();
    measure("maccs", &molecules, seconds, |molecule| {
        let _ = black_box(maccs.bits(molecule, &mut bits[..3]));
    });
    let mut pairs = AtomPair::new(AtomPairOptions::default());
    measure("atompair_2048", &molecules, seconds, |molecule| {
        let _ = black_box(pairs.count_simulation_bits(molecule, 2048, &mut bits));
    });
    let mut torsions = TopologicalTorsion::new(TopologicalTorsionOptions::default());
    measure("torsion_2048", &molecules, seconds, |molecule| {
        let _ = black_box(torsions.count_simulation_bits(molecule, 2048, &mut bits));
    });
    let mut paths = RdkitPath::new(RdkitPathOptions::default());
    measure("rdkit_2048", &molecules, seconds, |molecule| {
        let _ = black_box(paths.bits(molecule, 2048, &mut bits));
    });
    Ok(())
}
