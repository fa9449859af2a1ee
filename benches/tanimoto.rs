//! Fingerprint pairs a second on one thread: the nearest of some references for each row.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use soyaku_benches::Random;
use soyaku_device::{Device, DeviceRequest};
use soyaku_kernels::tanimoto::{Rows, nearest, popcount};

const WORDS: usize = 2048 / 64;

/// About 64 of 2,048 bits set, as in a Morgan fingerprint of radius 2.
fn fingerprints(count: usize, random: &mut Random) -> (Vec<u64>, Vec<u16>) {
    let word = |random: &mut Random| (0..5).fold(u64::MAX, |word, _| word & random.bits());
    let bits: Vec<u64> = (0..count * WORDS).map(|_| word(random)).collect();
    let popcounts = bits.chunks(WORDS).map(popcount).collect();
    (bits, popcounts)
}

fn tanimoto(criterion: &mut Criterion) {
    let Ok(device) = Device::open(DeviceRequest::Cpu, Some(1)) else { return };
    let mut random = Random(7);
    let (bits, popcounts) = fingerprints(20_000, &mut random);
    let rows = Rows { bits: &bits, popcounts: &popcounts, words: WORDS };
    let mut output = Vec::new();
    let mut group = criterion.benchmark_group("tanimoto nearest, 2048 bits");
    group.sample_size(20);
    for count in [1, 64] {
        let (bits, popcounts) = fingerprints(count, &mut random);
        let references = Rows { bits: &bits, popcounts: &popcounts, words: WORDS };
        group.throughput(Throughput::Elements((rows.len() * count) as u64));
        group.bench_function(format!("{count} references"), |bencher| {
            bencher.iter(|| {
                let done = nearest(&device, rows, references, &mut output);
                black_box((done.is_ok(), &output));
            });
        });
    }
    group.finish();
}

criterion_group!(benches, tanimoto);
criterion_main!(benches);
