//! What only GPUs do: tiles, several devices, outboxes that are too small, libraries that stay. Nothing where
//! `SOYAKU_TEST_DEVICE` names no GPU; `emulated` runs these again on emulated ones.

use soyaku_device::{Device, Error};

use super::Resident;
use super::scanner::{FIRST_HITS, Library, Outbox, Scanner};
use crate::tanimoto::selection::Found;
use crate::tanimoto::{
    Hit, Measure, Nearest, References, Rows, Search, Selection, Threshold, nearest, popcount,
};
use crate::testing::{Random, cpu, limited_device};

/// Fingerprints of all densities, some without any bit, some twice.
struct Fingerprints {
    bits: Vec<u64>,
    popcounts: Vec<u16>,
    words: usize,
}

impl Fingerprints {
    fn random(count: usize, words: usize, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let mut bits = Vec::with_capacity(count * words);
        for row in 0..count {
            match row % 16 {
                7 => bits.extend(std::iter::repeat_n(0, words)),
                9 => bits.extend_from_within((row - 5) * words..(row - 4) * words),
                kind => bits.extend((0..words).map(|_| match kind % 4 {
                    0 => random.next() & random.next() & random.next(),
                    1 => random.next() & random.next(),
                    2 => random.next(),
                    _ => random.next() & random.next() & random.next() & random.next(),
                })),
            }
        }
        let popcounts = bits.chunks(words).map(popcount).collect();
        Self { bits, popcounts, words }
    }

    fn rows(&self) -> Rows<'_> {
        Rows { bits: &self.bits, popcounts: &self.popcounts, words: self.words }
    }

    fn row(&self, index: usize) -> Rows<'_> {
        Rows {
            bits: &self.bits[index * self.words..(index + 1) * self.words],
            popcounts: &self.popcounts[index..=index],
            words: self.words,
        }
    }
}

fn selections() -> Vec<Selection> {
    let at_least = ["0", "0.2", "0.35", "1"].map(|text| Selection::AtLeast(text.parse().unwrap()));
    [0, 1, 10, 5000].map(Selection::Top).into_iter().chain(at_least).collect()
}

fn search(device: &Device, queries: Rows<'_>, selection: Selection, rows: Rows<'_>) -> Vec<Vec<Hit>> {
    let mut search = Search::new(device, queries, selection).unwrap();
    search.scan(1000, rows).unwrap();
    search.finish()
}

/// A device with a GPU.
fn with_gpu(memory: Option<u64>) -> Option<Device> {
    let device = limited_device(memory);
    (!device.gpus().is_empty()).then_some(device)
}

#[test]
fn gpu_library_that_stays() {
    let Some(device) = with_gpu(None) else { return };
    for words in [1, 2, 3, 6, 32, 66, 131] {
        let library = Fingerprints::random(700, words, words as u64);
        let mut resident = Resident::new(&device.gpus()[0], words, 700).unwrap();
        assert!(resident.is_empty());
        // In two parts, neither of which begins at a round number.
        let cut = 333;
        let (bits, popcounts) = (library.bits.split_at(cut * words), library.popcounts.split_at(cut));
        resident.append(&device, Rows { bits: bits.0, popcounts: popcounts.0, words }).unwrap();
        resident.append(&device, Rows { bits: bits.1, popcounts: popcounts.1, words }).unwrap();
        assert_eq!(resident.len(), 700);
        for selection in selections() {
            for query in [0, 7, 14] {
                let got = resident.search(library.row(query), selection).unwrap();
                let mut expected = search(&cpu(), library.row(query), selection, library.rows());
                expected[0].iter_mut().for_each(|hit| hit.row -= 1000);
                assert_eq!(got, expected[0], "{words} words, query {query}, {selection:?}");
            }
        }
    }
}

#[test]
fn gpu_tiles_in_any_size() {
    let library = Fingerprints::random(3000, 4, 11);
    let queries = Fingerprints::random(3, 4, 12);
    // Two tiles of 256 rows, which are 34 bytes each, with three outboxes of 8 bytes for each row, and up.
    for memory in [32_000, 50_000, 100_000, 1_000_000] {
        let Some(device) = with_gpu(Some(memory)) else { return };
        for selection in selections() {
            let got = search(&device, queries.rows(), selection, library.rows());
            assert_eq!(
                got,
                search(&cpu(), queries.rows(), selection, library.rows()),
                "{memory}, {selection:?}"
            );
        }
    }
}

#[test]
fn gpu_scans_of_growing_size() {
    let Some(device) = with_gpu(None) else { return };
    let library = Fingerprints::random(2000, 4, 21);
    let queries = Fingerprints::random(3, 4, 22);
    let mut search_gpu = Search::new(&device, queries.rows(), Selection::Top(40)).unwrap();
    let mut search_cpu = Search::new(&cpu(), queries.rows(), Selection::Top(40)).unwrap();
    let mut from = 0;
    for count in [0, 1, 2, 30, 500, 7, 1460] {
        let range = from..from + count;
        let rows = Rows {
            bits: &library.bits[range.start * 4..range.end * 4],
            popcounts: &library.popcounts[range.clone()],
            words: 4,
        };
        search_gpu.scan(range.start as u64, rows).unwrap();
        search_cpu.scan(range.start as u64, rows).unwrap();
        from = range.end;
    }
    assert_eq!(from, 2000);
    assert_eq!(search_gpu.finish(), search_cpu.finish());
}

#[test]
fn gpu_outbox_that_is_too_small() {
    let Some(device) = with_gpu(None) else { return };
    let gpu = &device.gpus()[0];
    let stream = gpu.stream().unwrap();
    let library = Fingerprints::random(1500, 2, 31);
    let query = library.row(4);
    let scanner = Scanner::new(gpu, &stream, query).unwrap();
    let bits = stream.copy_of(&library.bits).unwrap();
    let popcounts = stream.copy_of(&library.popcounts).unwrap();
    let rows = Library { bits: &bits, popcounts: &popcounts, rows: 1500, first_row: 1000 };
    for capacity in [1, 50, 1499, 1500] {
        let mut outbox = Outbox::new(gpu, &stream, capacity, FIRST_HITS).unwrap();
        // All rows are hits: some do not fit, and none is offered then.
        let mut found =
            Found::new(Measure::Tanimoto, query.popcounts[0], Selection::AtLeast(Threshold::ZERO));
        scanner.launch(&stream, rows, 0..1500, 0, Threshold::ZERO, &mut outbox).unwrap();
        let fitted = scanner.collect(&stream, 1000, 0, &mut outbox, &mut found).unwrap().is_some();
        assert_eq!(fitted, capacity == 1500);
        assert_eq!(found.into_ranked().is_empty(), !fitted);
        if capacity == 1 {
            continue;
        }
        // All at once, which overflows with some selections, and little by little.
        for (selection, piece) in selections().into_iter().zip([1, 4000, 100, 5000].into_iter().cycle()) {
            let mut found = Found::new(Measure::Tanimoto, query.popcounts[0], selection);
            scanner.sweep(&stream, rows, 0, piece, &mut outbox, &mut found).unwrap();
            assert_eq!(found.into_ranked(), search(&cpu(), query, selection, library.rows())[0]);
        }
    }
}

#[test]
fn gpu_many_rows_for_each_warp() {
    let Some(device) = with_gpu(None) else { return };
    let gpu = &device.gpus()[0];
    let stream = gpu.stream().unwrap();
    // Queues of eight warps that fill and wrap around: with 1 and 2 words a batch takes as much as a chunk brings.
    for words in [1, 2, 4, 16] {
        let library = Fingerprints::random(5000, words, 60 + words as u64);
        let query = library.row(1);
        let mut scanner = Scanner::new(gpu, &stream, query).unwrap();
        scanner.blocks = 1;
        let bits = stream.copy_of(&library.bits).unwrap();
        let popcounts = stream.copy_of(&library.popcounts).unwrap();
        let rows = Library { bits: &bits, popcounts: &popcounts, rows: 5000, first_row: 1000 };
        let mut outbox = Outbox::new(gpu, &stream, 5000, 1 << words).unwrap();
        // All at once, which overflows with some selections, and little by little.
        for (selection, piece) in selections().into_iter().zip([1, 4000, 100, 5000].into_iter().cycle()) {
            let mut found = Found::new(Measure::Tanimoto, query.popcounts[0], selection);
            scanner.sweep(&stream, rows, 0, piece, &mut outbox, &mut found).unwrap();
            let expected = search(&cpu(), query, selection, library.rows());
            assert_eq!(found.into_ranked(), expected[0], "{words} words, {selection:?}");
        }
    }
}

#[test]
fn gpu_nearest_in_tiles_and_chunks() {
    let rows = Fingerprints::random(1100, 5, 41);
    for count in [1, 15, 16, 17, 48, 49, 64, 65, 200, 400] {
        let references = Fingerprints::random(count, 5, 42 + count as u64);
        let mut expected = Vec::new();
        nearest(&cpu(), rows.rows(), references.rows(), &mut expected).unwrap();
        // With 30 kB, a quarter of which is for references, 178 of them fit.
        for memory in [None, Some(37_000), Some(60_000)] {
            let Some(device) = with_gpu(memory) else { return };
            let mut got = vec![Nearest { similarity: 9.0, index: 9 }; 3];
            nearest(&device, rows.rows(), references.rows(), &mut got).unwrap();
            assert_eq!(got, expected, "{count} references, {memory:?}");
        }
    }
}

#[test]
fn gpu_batches_of_any_size() {
    let Some(device) = with_gpu(Some(60_000)) else { return };
    let rows = Fingerprints::random(1100, 5, 71);
    for count in [20, 400] {
        let references = Fingerprints::random(count, 5, 72);
        let mut expected = Vec::new();
        nearest(&cpu(), rows.rows(), references.rows(), &mut expected).unwrap();
        let mut kept = References::new(&device, references.rows());
        for batch in [3, 700, 0, 1, 260, 1100] {
            let part = Rows { bits: &rows.bits[..batch * 5], popcounts: &rows.popcounts[..batch], words: 5 };
            let mut got = Vec::new();
            kept.nearest(part, &mut got).unwrap();
            assert_eq!(got, expected[..batch], "{count} references, {batch} rows");
        }
    }
}

#[test]
fn gpu_without_room() {
    let Some(device) = with_gpu(Some(20_000)) else { return };
    let library = Fingerprints::random(600, 32, 51);
    let mut search = Search::new(&device, library.row(0), Selection::Top(3)).unwrap();
    let error = search.scan(0, library.rows()).unwrap_err();
    assert!(matches!(error, Error::Memory { .. }) && error.is_out_of_memory(), "{error:?}");
    assert!(error.to_string().contains("raise --device-memory"), "{error}");
    let error = nearest(&device, library.rows(), library.row(0), &mut Vec::new()).unwrap_err();
    assert!(matches!(error, Error::Memory { .. }), "{error:?}");
    let error = Resident::new(&device.gpus()[0], 32, 600).err().unwrap();
    assert!(error.to_string().contains("let it stream"), "{error}");
    // What is small enough is still done.
    search.scan(0, library.row(0)).unwrap();
    assert_eq!(search.finish()[0].len(), 1);
}
