//! Molecules a second on one core: structural alerts of each catalogue, and single patterns.
//!
//! The larger sets are in the shared test data (`SOYAKU_TEST_DATA`). RDKit's filter catalogues on the
//! same compounds: peers/rdkit_properties.py.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use soyaku_benches::{esol, test_data};
use soyaku_chem::alerts::{AlertScratch, Alerts, Catalogue};
use soyaku_chem::smarts::{MatchScratch, Pattern};
use soyaku_chem::{Molecule, Parser};

/// Single patterns: a common group, a rare one, rings, and a recursive one.
const PATTERNS: [(&str, &str); 4] = [
    ("carboxylic acid", "[CX3](=O)[OX2H1]"),
    ("boronic acid", "B(O)O"),
    ("biphenyl", "c1ccccc1-c1ccccc1"),
    ("rotatable bond", "[!$(*#*)&!D1]-&!@[!$(*#*)&!D1]"),
];

fn substructure(criterion: &mut Criterion) {
    for (name, smiles) in [("esol", Some(esol())), ("chembl_10k", test_data("smiles/chembl_10k.smi"))] {
        let Some(smiles) = smiles else {
            println!("skipped: {name} is not in the test data");
            continue;
        };
        let mut parser = Parser::new();
        let molecules: Vec<Molecule> =
            smiles.iter().filter_map(|smiles| parser.parse(smiles.as_bytes()).ok().cloned()).collect();
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(molecules.len() as u64));
        group.sample_size(10);
        for (title, catalogues) in [
            ("pains", &[Catalogue::Pains][..]),
            ("brenk", &[Catalogue::Brenk][..]),
            ("nih", &[Catalogue::Nih][..]),
            ("all alerts", &Catalogue::ALL[..]),
        ] {
            let alerts = Alerts::new(catalogues);
            let mut scratch = AlertScratch::new();
            group.bench_function(title, |bencher| {
                bencher.iter(|| {
                    for molecule in &molecules {
                        let _ = black_box(alerts.find(&mut scratch, molecule));
                    }
                });
            });
        }
        let mut scratch = MatchScratch::new();
        for (title, smarts) in PATTERNS {
            let Ok(pattern) = Pattern::parse(smarts) else { continue };
            group.bench_function(title, |bencher| {
                bencher.iter(|| {
                    for molecule in &molecules {
                        let _ = black_box(pattern.matches(molecule, &mut scratch));
                    }
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, substructure);
criterion_main!(benches);
