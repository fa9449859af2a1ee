//! Properties of compounds in a library: what is written is what is read, also what comes up late.

#![allow(clippy::unwrap_used)]

use std::path::Path;

use soyaku_store::{Category, FingerprintKind, LibraryReader, LibraryWriter, Records, TextColumn};

/// Value of a property in a row, if the row has it.
fn value(name: &str, row: usize) -> Option<String> {
    match name {
        "ID" => Some(format!("Z{row:05}")),
        "IC50 / nM" if row.is_multiple_of(3) => Some(format!("{}\nsecond line", row * 7)),
        "late" if row >= 9_000 && row != 9_500 => Some("x".repeat(row % 50)),
        "never twice" if row == 4_096 => Some("薬".into()),
        _ => None,
    }
}

const NAMES: [&str; 4] = ["ID", "IC50 / nM", "late", "never twice"];

fn build(path: &Path, rows: usize, batch: usize) {
    let mut writer = LibraryWriter::create(path, &[FingerprintKind::new("tiny_64", 64)]).unwrap();
    let mut records = Records::new();
    for start in (0..rows).step_by(batch) {
        records.clear();
        let end = rows.min(start + batch);
        for row in start..end {
            records.push(b"CCO", b"", row as u64 + 1);
            for name in NAMES {
                if let Some(value) = value(name, row) {
                    // of two values the last counts, and a property without name is none
                    records.push_property(name.as_bytes(), b"first");
                    records.push_property(b"", b"lost");
                    records.push_property(name.as_bytes(), value.as_bytes());
                }
            }
        }
        let all: Vec<u32> = (0..records.len() as u32).collect();
        writer.append(&records, &all, &[&vec![1; records.len()]]).unwrap();
    }
    writer.finish(&serde_json::json!({})).unwrap();
}

#[test]
fn properties_come_back_for_any_batch() {
    const ROWS: usize = 20_000;
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = Vec::new();
    for batch in [ROWS, 4096, 777] {
        let path = folder.path().join(format!("{batch}.h5"));
        build(&path, ROWS, batch);
        bytes.push(std::fs::read(&path).unwrap());
    }
    assert!(bytes.windows(2).all(|pair| pair[0] == pair[1]), "the bytes depend on the batches");

    let reader = LibraryReader::open(&folder.path().join("777.h5")).unwrap();
    assert_eq!(
        reader.info().properties,
        ["ID", "IC50 / nM", "never twice", "late"],
        "in the order they came up"
    );
    let mut text = TextColumn::new();
    for (place, name) in reader.info().properties.iter().enumerate() {
        for range in [0..ROWS, 8_999..9_002, 9_499..9_501, 19_999..20_000] {
            reader.read_property(place, range.start as u64..range.end as u64, &mut text).unwrap();
            for (got, row) in text.iter().zip(range) {
                assert_eq!(got, value(name, row).unwrap_or_default().as_bytes(), "{name} of row {row}");
            }
        }
    }
    assert_eq!(reader.read_property(4, 0..1, &mut text).unwrap_err().category(), Category::Internal);
}

#[test]
fn a_property_that_comes_after_a_hundred_thousand_rows_is_filled_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("late.h5");
    let mut writer = LibraryWriter::create(&path, &[]).unwrap();
    let mut records = Records::new();
    (0..100_000).for_each(|row| records.push(b"C", b"", row));
    records.push_property(b"last", b"only");
    let all: Vec<u32> = (0..100_000).collect();
    writer.append(&records, &all, &[]).unwrap();
    writer.finish(&serde_json::json!({})).unwrap();
    let reader = LibraryReader::open(&path).unwrap();
    let mut text = TextColumn::new();
    reader.read_property(0, 0..100_000, &mut text).unwrap();
    assert_eq!((text.get(99_999), text.byte_len()), (&b"only"[..], 4));
}

#[test]
fn awkward_names_and_too_many_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("names.h5");
    let names: [&[u8]; 7] = [b"a/b", b"a%2Fb", b"..", b"tab\there", b"\xff\xfe", "pKa ±".as_bytes(), b" "];
    let mut writer = LibraryWriter::create(&path, &[]).unwrap();
    let mut records = Records::new();
    records.push(b"C", b"", 1);
    names.iter().for_each(|name| records.push_property(name, name));
    writer.append(&records, &[0], &[]).unwrap();
    writer.finish(&serde_json::json!({})).unwrap();
    let reader = LibraryReader::open(&path).unwrap();
    let lossy = names.map(|name| String::from_utf8_lossy(name).into_owned());
    assert_eq!(reader.info().properties, lossy);
    let mut text = TextColumn::new();
    for (place, name) in names.iter().enumerate() {
        reader.read_property(place, 0..1, &mut text).unwrap();
        assert_eq!(text.get(0), *name);
    }

    let mut writer = LibraryWriter::create(&folder.path().join("many.h5"), &[]).unwrap();
    records.clear();
    records.push(b"C", b"", 1);
    (0..=1024).for_each(|place| records.push_property(format!("p{place}").as_bytes(), b"1"));
    let error = writer.append(&records, &[0], &[]).unwrap_err();
    assert_eq!(error.category(), Category::Conflict);
    assert!(error.to_string().contains("more than 1024 different properties"), "{error}");
    assert!(writer.finish(&serde_json::json!({})).is_err(), "nothing is published after an error");
}
