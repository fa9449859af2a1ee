//! Molecules a second on one core: reading SMILES, Morgan fingerprints (radius 2, 2048 bits), both.
//!
//! `cargo bench -p soyaku-chem`. Needs the shared data (`SOYAKU_TEST_DATA`).

use std::hint::black_box;
use std::path::{Path, PathBuf};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use soyaku_chem::fingerprint::{Morgan, MorganOptions};
use soyaku_chem::{Molecule, Parser};

/// Large and small molecules with much stereochemistry, and drug-like ones as in screening sets.
const SETS: [(&str, &str); 2] = [("chembl_10k", "smiles/chembl_10k.smi"), ("lipo", "moleculenet/lipo.csv")];

fn data_folder() -> PathBuf {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    std::env::var_os("SOYAKU_TEST_DATA").map_or_else(default, PathBuf::from)
}

/// SMILES of a file that can be read (a header line cannot).
fn read(path: &Path) -> Option<Vec<String>> {
    let text = std::fs::read_to_string(path).ok()?;
    let mut parser = Parser::new();
    let smiles = text.lines().filter_map(|line| line.split([',', ' ', '\t']).next());
    Some(smiles.filter(|smiles| parser.parse(smiles.as_bytes()).is_ok()).map(str::to_owned).collect())
}

fn parse_morgan(criterion: &mut Criterion) {
    for (name, file) in SETS {
        let path = data_folder().join(file);
        let Some(smiles) = read(&path) else {
            println!("skipped: {}", path.display());
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
