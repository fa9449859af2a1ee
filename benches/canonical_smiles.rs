//! Molecules a second on one core: canonical ranks, canonical SMILES, SMILES in the order of the
//! input.
//!
//! The larger sets are in the shared test data (`SOYAKU_TEST_DATA`).

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use soyaku_benches::{esol, test_data};
use soyaku_chem::{CanonicalRanking, Molecule, Parser, SmilesOptions, SmilesWriter};

/// Small molecules; large and small ones with much stereochemistry; and drug-like ones as in screening sets.
fn sets() -> [(&'static str, Option<Vec<String>>); 3] {
    [
        ("esol", Some(esol())),
        ("chembl_10k", test_data("smiles/chembl_10k.smi")),
        ("lipo", test_data("moleculenet/lipo.csv")),
    ]
}

fn canonical_smiles(criterion: &mut Criterion) {
    for (name, smiles) in sets() {
        let Some(smiles) = smiles else {
            println!("skipped: {name} is not in the test data");
            continue;
        };
        let mut parser = Parser::new();
        let read = |smiles: &String| parser.parse(smiles.as_bytes()).ok().cloned();
        let molecules: Vec<Molecule> = smiles.iter().filter_map(read).collect();
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(molecules.len() as u64));
        group.sample_size(10);
        let mut ranking = CanonicalRanking::new();
        group.bench_function("canonical ranks", |bencher| {
            bencher.iter(|| {
                for molecule in &molecules {
                    black_box(ranking.ranks(molecule));
                }
            });
        });
        for (what, canonical) in [("canonical SMILES", true), ("SMILES as read", false)] {
            let mut writer = SmilesWriter::new(SmilesOptions { canonical, ..SmilesOptions::default() });
            group.bench_function(what, |bencher| {
                bencher.iter(|| {
                    for molecule in &molecules {
                        black_box(writer.write(molecule));
                    }
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, canonical_smiles);
criterion_main!(benches);
