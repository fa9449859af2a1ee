//! Molecules a second through one message passing network of Chemprop's default size (hidden 300,
//! depth 3), on one thread: collecting environments, and computing with and without kept rows.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use soyaku_benches::{Random, esol};
use soyaku_chem::Parser;
use soyaku_device::{Device, DeviceRequest};
use soyaku_kernels::mpnn::{
    Aggregation, EncodeScratch, EnvironmentCache, Environments, Features, KeptRows, KeyedBond, Network,
    NetworkWeights, encode,
};
use soyaku_kernels::rows::Activation;
use soyaku_property::FeaturizerKind;
use soyaku_property::features::{atom_features, atom_key, bond_features, bond_key};

const KIND: FeaturizerKind = FeaturizerKind::V2;
const HIDDEN: usize = 300;
const DEPTH: usize = 3;

fn network() -> Network {
    let (a, b) = (KIND.atom_features(), KIND.bond_features());
    let mut random = Random(42);
    Network::new(&NetworkWeights {
        hidden: HIDDEN,
        atom_features: a,
        bond_features: b,
        depth: DEPTH,
        w_i: &random.values(HIDDEN * (a + b)),
        b_i: None,
        w_h: &random.values(HIDDEN * HIDDEN),
        b_h: None,
        w_o: &random.values(HIDDEN * (a + HIDDEN)),
        b_o: &random.values(HIDDEN),
        activation: Activation::Relu,
        aggregation: Aggregation::Norm(100.0),
    })
}

type Keyed = (Vec<u64>, Vec<KeyedBond>);

fn keyed(smiles: &[String]) -> Vec<Keyed> {
    let mut parser = Parser::new();
    let molecules = smiles.iter().filter_map(|smiles| {
        let molecule = parser.parse(smiles.as_bytes()).ok()?;
        let atoms = molecule.atoms().iter().map(|atom| atom_key(KIND, atom)).collect();
        let bonds = molecule.bonds().iter();
        let bonds =
            bonds.map(|bond| KeyedBond { begin: bond.begin, end: bond.end, key: bond_key(KIND, bond) });
        Some((atoms, bonds.collect()))
    });
    molecules.collect()
}

fn collect(molecules: &[Keyed], table: &mut Environments) {
    table.clear();
    molecules.iter().for_each(|(atoms, bonds)| table.add(atoms, bonds));
}

fn features(table: &Environments) -> Features {
    let mut features = Features::default();
    for &key in table.atom_keys() {
        let start = features.atoms.len();
        features.atoms.resize(start + KIND.atom_features(), 0.0);
        atom_features(KIND, key, &mut features.atoms[start..]);
    }
    for &key in table.bond_keys() {
        let start = features.bonds.len();
        features.bonds.resize(start + KIND.bond_features(), 0.0);
        bond_features(KIND, key, &mut features.bonds[start..]);
    }
    features
}

fn mpnn(criterion: &mut Criterion) {
    let Ok(device) = Device::open(DeviceRequest::Cpu, Some(1)) else { return };
    let molecules = keyed(&esol());
    let network = network();
    let mut table = Environments::new(DEPTH);
    let mut group = criterion.benchmark_group("mpnn");
    group.throughput(Throughput::Elements(molecules.len() as u64)).sample_size(20);
    group.bench_function("environments", |bencher| {
        bencher.iter(|| collect(black_box(&molecules), &mut table));
    });
    collect(&molecules, &mut table);
    let features = features(&table);
    let (mut scratch, mut output) = (EncodeScratch::default(), Vec::new());
    group.bench_function("encode, nothing kept", |bencher| {
        let resolution = EnvironmentCache::new(DEPTH, 0).resolve(&table);
        let mut kept = KeptRows::default();
        bencher.iter(|| {
            encode(&device, &table, &resolution, &features, &network, &mut kept, &mut scratch, &mut output);
            black_box(&output);
        });
    });
    group.bench_function("encode, repeated rows kept", |bencher| {
        bencher.iter_batched(
            || {
                let mut cache = EnvironmentCache::new(DEPTH, 100_000);
                let mut kept = KeptRows::default();
                let first = cache.resolve(&table);
                encode(&device, &table, &first, &features, &network, &mut kept, &mut scratch, &mut output);
                (cache.resolve(&table), kept)
            },
            |(resolution, mut kept)| {
                let (mut scratch, mut output) = (EncodeScratch::default(), Vec::new());
                encode(
                    &device,
                    &table,
                    &resolution,
                    &features,
                    &network,
                    &mut kept,
                    &mut scratch,
                    &mut output,
                );
                black_box(output)
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

criterion_group!(benches, mpnn);
criterion_main!(benches);
