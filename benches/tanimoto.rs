//! Fingerprint pairs a second: the nearest of some references for each row, and the scan of a library for queries,
//! beside the rate at which the same memory can be read at all.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use soyaku_benches::Random;
use soyaku_device::{Device, DeviceRequest, default_threads, prefer_large_pages, read_bandwidth_of};
use soyaku_kernels::tanimoto::{Rows, Search, Selection, Tile, nearest, popcount};

const WORDS: usize = 2048 / 64;
/// 460 MiB: many times the last-level cache.
const LIBRARY: usize = 1_900_000;

/// About 64 of 2,048 bits set, as in a Morgan fingerprint of radius 2.
fn fingerprints(count: usize, random: &mut Random) -> (Vec<u64>, Vec<u16>) {
    let word = |random: &mut Random| (0..5).fold(u64::MAX, |word, _| word & random.bits());
    let mut bits = Vec::with_capacity(count * WORDS);
    prefer_large_pages(&bits);
    bits.extend((0..count * WORDS).map(|_| word(random)));
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
    for count in [1, 64, 2000] {
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

fn scan(criterion: &mut Criterion) {
    let mut random = Random(11);
    let (bits, popcounts) = fingerprints(LIBRARY, &mut random);
    let rows = Rows { bits: &bits, popcounts: &popcounts, words: WORDS };
    let Ok(threshold) = "0.7".parse() else { return };
    let mut threads = vec![1, default_threads()];
    threads.dedup();
    for threads in threads {
        let Ok(device) = Device::open(DeviceRequest::Cpu, Some(threads)) else { return };
        let readable = read_bandwidth_of(threads, &bits) / 1e9;
        println!("{threads} threads read this library at {readable:.1} GB/s");
        let mut group =
            criterion.benchmark_group(format!("tanimoto scan, 1.9 M x 2048 bits, {threads} threads"));
        group.sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(4));
        let Ok(tile) = Tile::new(&device, 0, rows) else { return };
        for (name, queries, selection) in [
            ("1000 queries, top 10", 1000, Selection::Top(10)),
            ("1000 queries, at least 0.7", 1000, Selection::AtLeast(threshold)),
        ] {
            let queries = rows.part(0..queries);
            group.throughput(Throughput::Elements((rows.len() * queries.len()) as u64));
            group.bench_function(format!("laid out, {name}"), |bencher| {
                bencher.iter(|| {
                    let search = Search::new(&device, queries, selection);
                    search.and_then(|mut search| search.scan_tile(&tile).map(|()| search.finish()))
                });
            });
        }
        for (name, queries, selection) in [
            ("1 query, top 10", 1, Selection::Top(10)),
            ("1 query, top 1000", 1, Selection::Top(1000)),
            ("1 query, at least 0.7", 1, Selection::AtLeast(threshold)),
            ("16 queries, top 10", 16, Selection::Top(10)),
        ] {
            let queries = rows.part(0..queries);
            if queries.len() == 1 {
                group.throughput(Throughput::Bytes(size_of_val(&bits[..]) as u64));
            } else {
                group.throughput(Throughput::Elements((rows.len() * queries.len()) as u64));
            }
            group.bench_function(name, |bencher| {
                bencher.iter(|| {
                    let search = Search::new(&device, queries, selection);
                    search.and_then(|mut search| search.scan(0, rows).map(|()| search.finish()))
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, tanimoto, scan);
criterion_main!(benches);
