//! Libraries and results that are truncated, damaged, foreign or from the future.

#![allow(clippy::unwrap_used)]

use std::path::Path;

use serde_json::json;
use soyaku_store::{
    Category, Error, FingerprintKind, LibraryReader, LibraryWriter, Records, ResultRows, ResultsLayout,
    ResultsReader, ResultsWriter, Status, TaskColumn, is_hdf5,
};

fn library(path: &Path) {
    let mut records = Records::new();
    let mut bits = Vec::new();
    for row in 0..6000_u64 {
        records.push(format!("C{row}").as_bytes(), format!("name {row}").as_bytes(), row + 1);
        bits.extend([row.wrapping_mul(0x9e37_79b9_7f4a_7c15), row]);
    }
    let rows: Vec<u32> = (0..6000).collect();
    let mut writer = LibraryWriter::create(path, &[FingerprintKind::new("test_128", 128)]).unwrap();
    writer.append(&records, &rows, &[&bits]).unwrap();
    writer.reject(7, b"x", "y").unwrap();
    writer.finish(&json!({})).unwrap();
}

fn results(path: &Path) {
    let task =
        TaskColumn { name: "t".into(), units: String::new(), kind: "regression".into(), model: "m".into() };
    let layout = ResultsLayout { tasks: vec![task], ..Default::default() };
    let mut rows = ResultRows::new(&layout);
    (0..5000).for_each(|row| rows.push_failed(row, Status::Failed, "reason").unwrap());
    let mut writer = ResultsWriter::create(path, &layout).unwrap();
    writer.append(&rows).unwrap();
    writer.finish("run", &json!({})).unwrap();
}

/// Reads everything in a library; what was read, as text.
fn read_library(path: &Path) -> Result<String, Error> {
    let reader = LibraryReader::open(path)?;
    let (mut records, mut columns) = (Records::new(), Vec::new());
    reader.read_records(0..reader.len(), &mut records)?;
    for kind in 0..reader.info().kinds.len() {
        let (mut words, mut counts) = (Vec::new(), Vec::new());
        reader.read_fingerprints(kind, 0..reader.len(), &mut words, &mut counts)?;
        columns.push((words, counts));
    }
    Ok(format!("{records:?} {columns:?} {:?}", reader.read_rejected(0, 100)?))
}

fn read_results(path: &Path) -> Result<String, Error> {
    let reader = ResultsReader::open(path)?;
    let mut rows = ResultRows::new(reader.layout());
    reader.read_rows(0..reader.len(), &mut rows)?;
    let columns = (rows.lines(), rows.mean(0), rows.std(0));
    let reasons: Vec<_> = (0..rows.len()).map(|row| (rows.status(row), rows.reason(row))).collect();
    Ok(format!("{columns:?} {reasons:?}"))
}

#[test]
fn foreign_files_are_refused_with_what_is_needed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.h5");
    let cases: [(&[u8], &str); 4] = [
        (b"", "is not an HDF5 file"),
        (b"CCO ethanol\n", "is not an HDF5 file"),
        (b"\x89HDF\r\n\x1a\n", "truncated or damaged"),
        (
            b"\x89HDF\r\n\x1a\ngarbage garbage garbage garbage garbage garbage garbage garbage",
            "truncated or damaged",
        ),
    ];
    for (bytes, expected) in cases {
        std::fs::write(&path, bytes).unwrap();
        for error in [read_library(&path).unwrap_err(), read_results(&path).unwrap_err()] {
            assert!(
                error.category() == Category::Malformed && error.to_string().contains(expected),
                "{error}"
            );
            assert!(error.to_string().contains("x.h5"));
        }
    }
    hdf5::File::create(&path).unwrap().close().unwrap();
    let error = read_library(&path).unwrap_err();
    assert!(error.to_string().contains("another program"), "{error}");
    results(&path);
    let error = read_library(&path).unwrap_err();
    assert!(
        error.to_string().contains("`results/1`") && error.to_string().contains("`library/1`"),
        "{error}"
    );
    let missing = folder.path().join("none.h5");
    assert_eq!(read_library(&missing).unwrap_err().category(), Category::NotFound);
    assert_eq!(is_hdf5(&missing).unwrap_err().category(), Category::NotFound);
    assert!(!is_hdf5(folder.path()).unwrap());
    assert_eq!(read_library(folder.path()).unwrap_err().category(), Category::Malformed);
}

fn set_text(file: &hdf5::File, name: &str, text: &str) {
    let value: hdf5::types::VarLenUnicode = text.parse().unwrap();
    file.attr(name).unwrap().write_scalar(&value).unwrap();
}

#[test]
fn newer_schemas_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.h5");
    for (schema, expected) in [
        ("library/2", "a newer one is needed"),
        ("library/x", "unknown schema"),
        ("library", "holds `library`"),
    ] {
        library(&path);
        let file = hdf5::File::open_rw(&path).unwrap();
        set_text(&file, "soyaku_schema", schema);
        file.close().unwrap();
        let error = read_library(&path).unwrap_err();
        assert!(error.category() == Category::Malformed && error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn links_to_elsewhere_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.h5");
    library(&path);
    let file = hdf5::File::open_rw(&path).unwrap();
    file.unlink("smiles").unwrap();
    file.link_external("/etc/passwd", "/", "smiles").unwrap();
    file.close().unwrap();
    let error = read_library(&path).unwrap_err();
    assert!(error.to_string().contains("link `smiles` to elsewhere"), "{error}");
}

#[test]
fn columns_must_agree() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.h5");
    type Change = fn(&hdf5::File);
    let changes: [(Change, &str); 5] = [
        (|file| file.unlink("name/offsets").unwrap(), "no dataset `/name/offsets`"),
        (|file| file.dataset("source/line").unwrap().resize(5000).unwrap(), "has 5000 rows"),
        (|file| file.dataset("source/line").unwrap().resize(1 << 50).unwrap(), "chunks instead of"),
        (
            |file| file.dataset("fingerprints/test_128/bits").unwrap().resize((6000, 1)).unwrap(),
            "rows of 2 is needed",
        ),
        (|file| file.unlink("fingerprints").unwrap(), "no group `/fingerprints`"),
    ];
    for (change, expected) in changes {
        library(&path);
        let file = hdf5::File::open_rw(&path).unwrap();
        change(&file);
        file.close().unwrap();
        let error = read_library(&path).unwrap_err();
        assert!(error.category() == Category::Malformed && error.to_string().contains(expected), "{error}");
    }
    // Offsets that run backwards or out of the text.
    for values in [vec![5_u64, 3, 9], vec![0, 1, 1 << 40]] {
        library(&path);
        let file = hdf5::File::open_rw(&path).unwrap();
        file.dataset("smiles/offsets").unwrap().write_slice(&values, 0..3).unwrap();
        file.close().unwrap();
        let error = read_library(&path).unwrap_err();
        assert!(error.to_string().contains("does not ascend"), "{error}");
    }
}

#[test]
fn rewritten_by_another_program_it_still_reads() {
    // What h5repack or h5py may do: other chunks, no compression, other filters.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.h5");
    library(&path);
    let expected = {
        let reader = LibraryReader::open(&path).unwrap();
        let (mut words, mut counts) = (Vec::new(), Vec::new());
        reader.read_fingerprints(0, 0..6000, &mut words, &mut counts).unwrap();
        (words, counts)
    };
    let file = hdf5::File::open_rw(&path).unwrap();
    let group = file.group("fingerprints/test_128").unwrap();
    let bits = group.dataset("bits").unwrap().read_2d::<u64>().unwrap();
    group.unlink("bits").unwrap();
    group.new_dataset_builder().with_data(bits.view()).create("bits").unwrap();
    let counts = group.dataset("popcount").unwrap().read_1d::<u16>().unwrap();
    group.unlink("popcount").unwrap();
    group.new_dataset_builder().with_data(counts.view()).chunk(1000).fletcher32().create("popcount").unwrap();
    drop((bits, counts, group));
    file.close().unwrap();
    let reader = LibraryReader::open(&path).unwrap();
    let (mut words, mut counts) = (Vec::new(), Vec::new());
    for range in [0..6000_u64, 999..1001, 17..18] {
        reader.read_fingerprints(0, range.clone(), &mut words, &mut counts).unwrap();
        let (from, to) = (range.start as usize, range.end as usize);
        assert_eq!(words, expected.0[2 * from..2 * to]);
        assert_eq!(counts, expected.1[from..to]);
    }
}

#[test]
fn popcounts_that_are_not_those_of_the_fingerprints_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.h5");
    library(&path);
    let file = hdf5::File::open_rw(&path).unwrap();
    let counts = file.dataset("fingerprints/test_128/popcount").unwrap();
    let wrong = counts.read_1d::<u16>().unwrap().mapv(|count| count + 1);
    counts.write(wrong.view()).unwrap();
    drop(counts);
    file.close().unwrap();
    let reader = LibraryReader::open(&path).unwrap();
    for range in [0..6000_u64, 4999..5000] {
        let error = reader.read_fingerprints(0, range.clone(), &mut Vec::new(), &mut Vec::new()).unwrap_err();
        assert_eq!(error.category(), Category::Malformed, "{error}");
        let row = format!("row {} has a fingerprint of ", range.start);
        assert!(error.to_string().contains(&row) && error.to_string().contains("x.h5"), "{error}");
    }
}

#[test]
fn truncation_anywhere_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.h5");
    type Make = fn(&Path);
    type Read = fn(&Path) -> Result<String, Error>;
    for (make, read) in [(library as Make, read_library as Read), (results, read_results)] {
        make(&path);
        read(&path).unwrap();
        let whole = std::fs::read(&path).unwrap();
        for size in (0..whole.len()).step_by(1 + whole.len() / 150).chain(whole.len() - 40..whole.len()) {
            std::fs::write(&path, &whole[..size]).unwrap();
            let error = read(&path).unwrap_err();
            assert_eq!(error.category(), Category::Malformed, "at {size}: {error}");
        }
    }
}

#[test]
fn flipped_bytes_give_errors_or_the_same_data() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.h5");
    type Make = fn(&Path);
    type Read = fn(&Path) -> Result<String, Error>;
    for (make, read) in [(library as Make, read_library as Read), (results, read_results)] {
        make(&path);
        let whole = std::fs::read(&path).unwrap();
        let expected = read(&path).unwrap();
        let (mut noticed, mut harmless) = (0, 0);
        for (round, at) in (0..whole.len()).step_by(1 + whole.len() / 600).enumerate() {
            let mut bytes = whole.clone();
            bytes[at] ^= [0xff, 0x01, 0x80][round % 3];
            std::fs::write(&path, &bytes).unwrap();
            match read(&path) {
                Err(error) => {
                    assert_ne!(error.category(), Category::Internal, "byte {at}: {error}");
                    noticed += 1;
                }
                Ok(data) => {
                    assert!(data == expected, "byte {at} of {} changes the data unnoticed", whole.len());
                    harmless += 1;
                }
            }
        }
        println!("{noticed} noticed, {harmless} harmless");
        assert!(noticed > 20);
    }
}
