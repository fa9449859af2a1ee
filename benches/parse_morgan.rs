//! Molecules a second on one core: reading SMILES, Morgan fingerprints (radius 2, 2048 bits), both.
//!
//! The larger sets are in the shared test data (`SOYAKU_TEST_DATA`).

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use soyaku_benches::{esol, test_data};
use soyaku_chem::fingerprint::{Morgan, MorganOptions};
use soyaku_chem::{Molecule, Parser};

/// Small molecules; large and small ones with much stereochemistry; and drug-like ones as in screening sets.
fn sets() -> [(&'static str, Option<Vec<String>>); 3] {
    [
        ("esol", Some(esol())),
        ("chembl_10k", test_data("smiles/chembl_10k.smi")),
        ("lipo", test_data("moleculenet/lipo.csv")),
    ]
}

fn parse_morgan(criterion: &mut Criterion) {
    for (name, smiles) in sets() {
        let Some(smiles) = smiles else {
            println!("skipped: {name} is not in the test data");
            continue;
        };
        let mut parser = Parser::new();
        let mut morgan = Morgan::new(MorganOptions::default());
        let mut bits = [0; 2048 / 64];
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(smiles.len() as u64));
        group.sample_size(10);
        group.bench_function("parse", |bencher| {
            bencher.iter(|| {
                for smiles in &smiles {
                    let _ = black_box(parser.parse(smiles.as_bytes()));
                }
            });
        });
        let molecules: Vec<Molecule> =
            smiles.iter().filter_map(|smiles| parser.parse(smiles.as_bytes()).ok().cloned()).collect();
        group.bench_function("morgan", |bencher| {
            bencher.iter(|| {
                for molecule in &molecules {
                    morgan.bits(molecule, 2048, &mut bits);
                    black_box(&bits);
                }
            });
        });
        group.bench_function("parse and morgan", |bencher| {
            bencher.iter(|| {
                for smiles in &smiles {
                    if let Ok(molecule) = parser.parse(smiles.as_bytes()) {
                        morgan.bits(molecule, 2048, &mut bits);
                        black_box(&bits);
                    }
                }
            });
        });
        group.finish();
    }
}

criterion_group!(benches, parse_morgan);
criterion_main!(benches);
