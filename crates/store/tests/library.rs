//! Libraries: what is written is what is read, whatever the batches.

#![allow(clippy::unwrap_used)]

use soyaku_store::{
    AttributeValue, Category, FingerprintKind, LibraryReader, LibraryWriter, Records, is_library,
};

/// Readers are shared between threads, and writers and inputs move to one.
const _: fn() = || {
    fn shared<T: Send + Sync>() {}
    fn moved<T: Send>() {}
    shared::<LibraryReader>();
    shared::<soyaku_store::ResultsReader>();
    moved::<LibraryWriter>();
    moved::<soyaku_store::RunDirectory>();
    moved::<soyaku_store::CompoundReader>();
};

/// A reproducible stream of numbers.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

fn kinds() -> Vec<FingerprintKind> {
    vec![
        FingerprintKind::new("morgan2_2048", 2048).with_integer("radius", 2).with_text("software", "soyaku"),
        FingerprintKind::new("maccs_192", 192),
    ]
}

fn compounds(rows: usize) -> (Records, Vec<u64>, Vec<u64>) {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let (mut records, mut wide, mut narrow) = (Records::new(), Vec::new(), Vec::new());
    for row in 0..rows {
        let smiles = format!("C{}O", "C".repeat((numbers.next() % 60) as usize));
        let name = if row % 7 == 0 { String::new() } else { format!("化合物 {row}") };
        records.push(smiles.as_bytes(), name.as_bytes(), 2 * row as u64 + 1);
        wide.extend((0..32).map(|_| numbers.next() & numbers.next() & numbers.next() & numbers.next()));
        narrow.extend((0..3).map(|_| numbers.next()));
    }
    (records, wide, narrow)
}

/// Builds a library in batches of `batch` rows.
fn build(path: &std::path::Path, rows: usize, batch: usize) {
    let (records, wide, narrow) = compounds(rows);
    let mut writer = LibraryWriter::create(path, &kinds()).unwrap();
    let all: Vec<u32> = (0..rows as u32).collect();
    for part in all.chunks(batch) {
        let (from, to) = (part[0] as usize, part[part.len() - 1] as usize + 1);
        writer.append(&records, part, &[&wide[from * 32..to * 32], &narrow[from * 3..to * 3]]).unwrap();
    }
    writer.reject(2, b"C1CC", "ring bond 1 is never closed").unwrap();
    writer.reject(4, b"\xff\xfe", "not a molecule").unwrap();
    writer.finish(&serde_json::json!({"inputs": ["a.smi"], "seed": 1})).unwrap();
}

#[test]
fn what_is_written_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("library.h5");
    build(&path, 10_000, 777);
    assert!(is_library(&path).unwrap());
    let reader = LibraryReader::open(&path).unwrap();
    let info = reader.info();
    assert_eq!((info.rows, info.rejected, info.schema.as_str()), (10_000, 2, "library/1"));
    assert_eq!(info.provenance["seed"], 1);
    // Kinds come back by name.
    assert_eq!(info.kinds[1].name, "morgan2_2048");
    assert!(info.kinds[1].attributes.contains(&("radius".into(), AttributeValue::Integer(2))));
    assert!(info.kinds[1].attributes.contains(&("software".into(), AttributeValue::Text("soyaku".into()))));
    assert_eq!(reader.kind("maccs_192"), Some(0));

    let (records, wide, narrow) = compounds(10_000);
    let (mut got, mut words, mut counts) = (Records::new(), Vec::new(), Vec::new());
    for range in [0..10_000, 0..1, 4095..4097, 8191..8193, 9_999..10_000, 5..5, 1000..9000] {
        reader.read_records(range.clone(), &mut got).unwrap();
        assert_eq!(got.len() as u64, range.end - range.start);
        for (at, row) in range.clone().enumerate() {
            let row = row as usize;
            assert_eq!(got.smiles(at), records.smiles(row));
            assert_eq!(got.name(at), records.name(row));
            assert_eq!(got.line(at), records.line(row));
        }
        let (from, to) = (range.start as usize, range.end as usize);
        reader.read_fingerprints(1, range.clone(), &mut words, &mut counts).unwrap();
        assert_eq!(words, wide[from * 32..to * 32]);
        reader.read_fingerprints(0, range, &mut words, &mut counts).unwrap();
        assert_eq!(words, narrow[from * 3..to * 3]);
        let expected =
            words.chunks(3).map(|bits| bits.iter().map(|word| word.count_ones()).sum::<u32>() as u16);
        assert!(expected.eq(counts.iter().copied()));
    }
    let rejected = reader.read_rejected(0, 10).unwrap();
    assert_eq!(rejected.len(), 2);
    assert_eq!((rejected[0].line, rejected[0].text.as_slice()), (2, &b"C1CC"[..]));
    assert_eq!(rejected[1].text, b"\xff\xfe");
    assert_eq!(reader.read_rejected(1, 1).unwrap()[0].reason, "not a molecule");
    assert!(reader.read_rejected(9, 1).unwrap().is_empty());
}

#[test]
fn bytes_do_not_depend_on_batches_or_threads() {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<_> = (0..4).map(|i| folder.path().join(format!("{i}.h5"))).collect();
    build(&paths[0], 9_000, 9_000);
    build(&paths[1], 9_000, 1);
    build(&paths[2], 9_000, 4096);
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    one.install(|| build(&paths[3], 9_000, 1234));
    let first = std::fs::read(&paths[0]).unwrap();
    for path in &paths[1..] {
        assert!(std::fs::read(path).unwrap() == first, "{} differs", path.display());
    }
}

#[test]
fn bytes_do_not_depend_on_when_rows_are_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let (records, wide, narrow) = compounds(5000);
    let build = |name: &str, step: usize| {
        let path = folder.path().join(name);
        let mut writer = LibraryWriter::create(&path, &kinds()).unwrap();
        let all: Vec<u32> = (0..5000).collect();
        for part in all.chunks(step) {
            let (from, to) = (part[0] as usize, part[part.len() - 1] as usize + 1);
            for row in part.iter().flat_map(|row| [*row; 20]) {
                writer
                    .reject(u64::from(row), b"C1CC", &format!("compound {row} of a batch of unknown size"))
                    .unwrap();
            }
            writer.append(&records, part, &[&wide[from * 32..to * 32], &narrow[from * 3..to * 3]]).unwrap();
        }
        writer.finish(&serde_json::json!({})).unwrap();
        std::fs::read(path).unwrap()
    };
    assert!(build("a.h5", 5000) == build("b.h5", 333));
    let reader = LibraryReader::open(&folder.path().join("a.h5")).unwrap();
    assert_eq!(reader.info().rejected, 100_000);
    let last = reader.read_rejected(99_999, 5).unwrap();
    assert_eq!((last.len(), last[0].line), (1, 4999));
}

#[test]
fn an_empty_library_is_a_library() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("library.h5");
    LibraryWriter::create(&path, &[]).unwrap().finish(&serde_json::json!({})).unwrap();
    let reader = LibraryReader::open(&path).unwrap();
    assert!(reader.is_empty() && reader.info().kinds.is_empty());
    reader.read_records(0..0, &mut Records::new()).unwrap();
    assert_eq!(reader.read_records(0..1, &mut Records::new()).unwrap_err().category(), Category::Internal);
}

#[test]
fn an_unfinished_library_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("library.h5");
    let mut writer = LibraryWriter::create(&path, &kinds()).unwrap();
    let (records, wide, narrow) = compounds(5000);
    let rows: Vec<u32> = (0..5000).collect();
    writer.append(&records, &rows, &[&wide, &narrow]).unwrap();
    drop(writer);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn what_does_not_fit_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("library.h5");
    for kind in
        [FingerprintKind::new("a/b", 64), FingerprintKind::new("", 64), FingerprintKind::new("a", 100)]
    {
        assert!(LibraryWriter::create(&path, &[kind]).is_err());
    }
    let twice = [FingerprintKind::new("a", 64), FingerprintKind::new("a", 64)];
    assert!(LibraryWriter::create(&path, &twice).is_err());
    let mut writer = LibraryWriter::create(&path, &twice[..1]).unwrap();
    let (records, ..) = compounds(2);
    assert!(writer.append(&records, &[0, 1], &[&[1]]).is_err());
    assert!(writer.append(&records, &[0, 2], &[&[1, 2]]).is_err());
    assert!(writer.append(&records, &[0], &[]).is_err());
    writer.append(&records, &[1], &[&[3]]).unwrap();
    assert_eq!(writer.len(), 1);
}
