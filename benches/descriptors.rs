//! Descriptors, one core: all of them, the physico-chemical columns of ADMET-AI's table, and the dear ones alone. The
//! set is the ChEMBL sample (`SOYAKU_TEST_DATA`); its molecules are read beforehand.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use soyaku_benches::test_data;
use soyaku_chem::descriptors::{Calculator, Descriptor};
use soyaku_chem::{Molecule, Parser};

/// What ADMET-AI computes beside its predictions, but for the alerts.
const ADMET_AI: [Descriptor; 8] = [
    Descriptor::MolWt,
    Descriptor::MolLogP,
    Descriptor::NumHAcceptors,
    Descriptor::NumHDonors,
    Descriptor::Lipinski,
    Descriptor::Qed,
    Descriptor::NumAtomStereoCenters,
    Descriptor::Tpsa,
];

fn descriptors(criterion: &mut Criterion) {
    let Some(smiles) = test_data("smiles/chembl_10k.smi") else {
        println!("skipped: chembl_10k is not in the test data");
        return;
    };
    let mut parser = Parser::new();
    let molecules: Vec<Molecule> =
        smiles.iter().filter_map(|smiles| parser.parse(smiles.as_bytes()).ok().cloned()).collect();
    let mut group = criterion.benchmark_group("chembl_10k");
    group.throughput(Throughput::Elements(molecules.len() as u64));
    group.sample_size(10);
    let choices: [(&str, &[Descriptor]); 8] = [
        ("all", Descriptor::ALL),
        ("eight of ADMET-AI", &ADMET_AI),
        ("MolWt", &[Descriptor::MolWt]),
        ("MolLogP", &[Descriptor::MolLogP]),
        ("TPSA", &[Descriptor::Tpsa]),
        ("NumAtomStereoCenters", &[Descriptor::NumAtomStereoCenters]),
        ("QED", &[Descriptor::Qed]),
        ("SAscore", &[Descriptor::SaScore]),
    ];
    for (name, wanted) in choices {
        let mut calculator = Calculator::for_descriptors(wanted);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                for molecule in &molecules {
                    let _ = black_box(calculator.compute(molecule));
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, descriptors);
criterion_main!(benches);
