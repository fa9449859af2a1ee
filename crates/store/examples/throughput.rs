//! How fast libraries are written and read: `cargo run --release -p soyaku-store --example throughput [ROWS]`.
//!
//! Fingerprints are synthetic but as sparse and as unevenly distributed as Morgan fingerprints of drug-like
//! compounds (about 45 of 2048 bits).

#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::time::Instant;

use soyaku_store::{
    AtomicFile, CompoundReader, FingerprintKind, InputOptions, LibraryReader, LibraryWriter, Records,
    ResultRows, ResultsLayout, Row, RunDirectory, Similarity, Status, TaskColumn,
};

const BATCH: usize = 16_384;
const WORDS: usize = 32;

fn main() {
    let rows: usize = std::env::args().nth(1).map_or(1_900_000, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("library.h5");
    let batches: Vec<(Records, Vec<u64>)> = (0..8).map(batch).collect();

    let start = Instant::now();
    let kind = FingerprintKind::new("morgan2_2048", 2048);
    let mut writer = LibraryWriter::create(&path, &[kind]).unwrap();
    let numbers: Vec<u32> = (0..BATCH as u32).collect();
    while writer.len() < rows as u64 {
        let (records, bits) = &batches[(writer.len() as usize / BATCH) % batches.len()];
        let count = BATCH.min(rows - writer.len() as usize);
        writer.append(records, &numbers[..count], &[&bits[..count * WORDS]]).unwrap();
    }
    writer.finish(&serde_json::json!({})).unwrap();
    let bytes = std::fs::metadata(&path).unwrap().len();
    report("write", rows, start);
    println!("{} bytes, {:.1} a compound; peak memory {} MiB", bytes, bytes as f64 / rows as f64, peak());

    let reader = LibraryReader::open(&path).unwrap();
    let (mut words, mut counts, mut records) = (Vec::new(), Vec::new(), Records::new());
    let blocks = |step: u64, mut read: Box<dyn FnMut(std::ops::Range<u64>) + '_>| {
        (0..rows as u64).step_by(step as usize).for_each(|from| read(from..(from + step).min(rows as u64)));
    };
    let start = Instant::now();
    blocks(65_536, Box::new(|range| reader.read_fingerprints(0, range, &mut words, &mut counts).unwrap()));
    report("read fingerprints", rows, start);
    let start = Instant::now();
    blocks(4096, Box::new(|range| reader.read_records(range, &mut records).unwrap()));
    report("read text", rows, start);

    let list = folder.path().join("library.smi");
    let mut file = AtomicFile::create(&list).unwrap();
    for row in 0..rows {
        let (records, _) = &batches[row / BATCH % batches.len()];
        let row = row % BATCH;
        for part in [records.smiles(row), b" ", records.name(row), b"\n"] {
            file.write_all(part).unwrap();
        }
    }
    file.commit().unwrap();
    let start = Instant::now();
    let mut input = CompoundReader::open(&list, &InputOptions::default()).unwrap();
    while input.read(&mut records, 4096).unwrap() > 0 {}
    report("read list and digest", rows, start);
    results(folder.path(), rows.min(300_000));
    println!("peak memory {} MiB", peak());
}

/// A run with 52 tasks in parts of 16,384 rows, and its merging.
fn results(folder: &std::path::Path, rows: usize) {
    let task = |i: usize| TaskColumn {
        name: format!("task {i}"),
        units: String::new(),
        kind: "regression".into(),
        model: "m".into(),
    };
    let layout = ResultsLayout { tasks: (0..52).map(task).collect(), similarity: true, descriptors: vec![] };
    let mut part = ResultRows::new(&layout);
    let mut state = 1_u32;
    let mut noise = || -> Vec<f32> {
        let next = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 1e6
        };
        (0..52).map(next).collect()
    };
    for row in 0..BATCH {
        let (mean, std) = (noise(), noise());
        let similarity = Some(Similarity { max: mean[0], nearest: row as u32 });
        let row = Row {
            line: row as u64,
            status: Status::Ok,
            reason: "",
            mean: &mean,
            std: &std,
            descriptors: &[],
            similarity,
        };
        part.push(&row).unwrap();
    }
    let start = Instant::now();
    let mut run = RunDirectory::open_or_create(&folder.join("run"), &layout, "run", false).unwrap();
    while run.completed_rows() < rows as u64 {
        run.write_part(&part).unwrap();
    }
    let rows = run.completed_rows() as usize;
    report("write parts of 52 tasks", rows, start);
    let start = Instant::now();
    let path = run.finish(&serde_json::json!({})).unwrap();
    report("merge parts", rows, start);
    println!("{:.0} bytes a row", std::fs::metadata(path).unwrap().len() as f64 / rows as f64);
}

fn batch(seed: u64) -> (Records, Vec<u64>) {
    let mut state = 0x9e37_79b9_7f4a_7c15 ^ (seed + 1);
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let (mut records, mut bits) = (Records::new(), vec![0; BATCH * WORDS]);
    for (row, fingerprint) in bits.chunks_exact_mut(WORDS).enumerate() {
        let letters = b"CCCCNOc1ccccc1(=O)Fn";
        let smiles: Vec<u8> =
            (0..30 + random() % 30).map(|_| letters[random() as usize % letters.len()]).collect();
        records.push(&smiles, format!("SYN{:09}", seed as usize * BATCH + row).as_bytes(), row as u64 + 1);
        for _ in 0..45 {
            // Half of the bits come from the 60 most common environments.
            let bit = if random() % 2 == 0 { (random() % 60) * 31 % 2048 } else { random() % 2048 };
            fingerprint[bit as usize / 64] |= 1 << (bit % 64);
        }
    }
    (records, bits)
}

fn report(what: &str, rows: usize, start: Instant) {
    let seconds = start.elapsed().as_secs_f64();
    let rate = rows as f64 / seconds;
    println!("{what}: {rows} rows in {seconds:.2} s, {rate:.0} rows/s");
}

/// Peak resident memory in MiB (Linux), else 0.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}
