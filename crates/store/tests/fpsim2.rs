//! Files of FPSim2: those in `fixtures/fpsim2`, whole, packed in other ways, and damaged.

#![allow(clippy::unwrap_used)]

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use soyaku_store::{Category, Error, Fpsim2Reader, LibraryReader, is_fpsim2};

fn unpacked(name: &str) -> Vec<u8> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/fpsim2").join(format!("{name}.h5.gz"));
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(File::open(path).unwrap()).read_to_end(&mut bytes).unwrap();
    bytes
}

fn file(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(format!("{name}.h5"));
    std::fs::write(&path, unpacked(name)).unwrap();
    path
}

type Table = (Vec<i64>, Vec<u64>);

fn table(path: &Path) -> Result<Table, Error> {
    let reader = Fpsim2Reader::open(path)?;
    let (mut ids, mut words) = (Vec::new(), Vec::new());
    reader.read(0..reader.len(), &mut ids, &mut words)?;
    assert_eq!(words.len(), ids.len() * reader.words());
    Ok((ids, words))
}

/// Numbers in the order of `molecules.smi`.
fn numbers() -> Vec<i64> {
    let text = include_str!("fixtures/fpsim2/molecules.smi");
    text.lines().map(|line| line.split_once('\t').unwrap().1.parse().unwrap()).collect()
}

#[test]
fn what_a_file_says() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bits, words, kind, parameters) in [
        ("morgan", 2048, 32, "Morgan", r#"{"radius":2,"fpSize":2048}"#),
        ("maccs", 167, 3, "MACCSKeys", "{}"),
        ("morgan_1000", 1000, 16, "Morgan", r#"{"radius":2,"fpSize":1000}"#),
    ] {
        let path = file(folder.path(), name);
        assert!(is_fpsim2(&path).unwrap());
        let reader = Fpsim2Reader::open(&path).unwrap();
        let info = reader.info();
        assert_eq!((info.rows, info.bits, reader.words()), (120, bits, words), "{name}");
        assert_eq!((&*info.kind, &*info.rdkit, &*info.fpsim2), (kind, "2026.09.1", "0.7.4"));
        assert_eq!(serde_json::Value::Object(info.parameters.clone()).to_string(), parameters);
        let (ids, words) = table(&path).unwrap();
        let sorted = |mut ids: Vec<i64>| {
            ids.sort();
            ids
        };
        assert_eq!(sorted(ids.clone()), sorted(numbers()));
        let counts: Vec<u32> =
            words.chunks(reader.words()).map(|row| row.iter().map(|word| word.count_ones()).sum()).collect();
        assert!(counts.is_sorted() && counts[0] > 5);
        let (mut part_ids, mut part) = (Vec::new(), Vec::new());
        reader.read(17..43, &mut part_ids, &mut part).unwrap();
        assert_eq!(
            (&part_ids[..], &part[..]),
            (&ids[17..43], &words[17 * reader.words()..43 * reader.words()])
        );
        assert!(reader.read(0..121, &mut part_ids, &mut part).is_err());
    }
}

#[test]
fn known_bits_of_known_molecules() {
    let folder = tempfile::tempdir().unwrap();
    let bits = |name: &str, width: usize, number: i64| -> Vec<usize> {
        let (ids, words) = table(&file(folder.path(), name)).unwrap();
        let row = ids.iter().position(|id| *id == number).unwrap();
        let words = &words[row * width..(row + 1) * width];
        (0..64 * width).filter(|bit| words[bit / 64] >> (bit % 64) & 1 == 1).collect()
    };
    // RDKit 2026.9.1 of the first molecule, GetOnBits() of the fingerprint
    assert_eq!(bits("morgan", 32, 1000), MORGAN);
    assert_eq!(bits("maccs", 3, 1000), MACCS);
    assert_eq!(bits("morgan_1000", 16, 1000), MORGAN_1000);
}

const MORGAN: [usize; 40] = [
    30, 76, 80, 119, 294, 427, 458, 460, 634, 650, 695, 725, 794, 807, 841, 875, 917, 1057, 1114, 1152, 1252,
    1256, 1265, 1380, 1414, 1529, 1633, 1690, 1692, 1694, 1731, 1740, 1745, 1750, 1761, 1873, 1901, 1917,
    1939, 2008,
];
const MACCS: [usize; 62] = [
    23, 25, 43, 51, 54, 59, 60, 61, 64, 65, 67, 73, 77, 78, 79, 81, 83, 88, 93, 96, 97, 101, 102, 105, 106,
    110, 114, 115, 117, 118, 119, 120, 121, 123, 124, 125, 126, 131, 132, 133, 135, 136, 137, 142, 146, 147,
    148, 149, 151, 153, 154, 155, 156, 157, 158, 159, 160, 161, 162, 163, 164, 165,
];
const MORGAN_1000: [usize; 39] = [
    70, 99, 129, 144, 149, 189, 236, 260, 272, 273, 337, 338, 345, 363, 364, 414, 424, 426, 457, 463, 487,
    492, 553, 557, 568, 603, 614, 690, 708, 730, 737, 774, 781, 815, 828, 834, 914, 969, 995,
];

#[test]
fn packing_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for (one, others) in
        [("morgan", &["morgan_blosc1"][..]), ("maccs", &["maccs_blosc1_lz4", "maccs_zlib", "maccs_ptrepack"])]
    {
        let expected = table(&file(folder.path(), one)).unwrap();
        for other in others {
            assert!(table(&file(folder.path(), other)).unwrap() == expected, "{other}");
        }
    }
    assert_eq!(table(&file(folder.path(), "none")).unwrap(), (Vec::new(), Vec::new()));
}

#[test]
fn foreign_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let error = table(&file(folder.path(), "maccs_bzip2")).unwrap_err();
    assert_eq!(error.category(), Category::Malformed);
    assert!(error.to_string().contains("bzip2") && error.to_string().contains("ptrepack"), "{error}");
    let error = LibraryReader::open(&file(folder.path(), "morgan")).err().unwrap();
    assert!(error.to_string().contains("library build"), "{error}");
    let path = folder.path().join("x.h5");
    for bytes in [&b""[..], b"CCO", b"\x89HDF\r\n\x1a\n", b"\x89HDF\r\n\x1a\n and so on and so on"] {
        std::fs::write(&path, bytes).unwrap();
        assert!(!is_fpsim2(&path).unwrap());
        assert_eq!(table(&path).unwrap_err().category(), Category::Malformed);
    }
    let missing = folder.path().join("none such.h5");
    assert_eq!(table(&missing).unwrap_err().category(), Category::NotFound);
    assert_eq!(is_fpsim2(&missing).unwrap_err().category(), Category::NotFound);
}

#[test]
fn other_tables_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.h5");
    let expect = |words: &[&str]| {
        let error = table(&path).unwrap_err();
        assert_eq!(error.category(), Category::Malformed, "{error}");
        assert!(words.iter().all(|word| error.to_string().contains(word)), "{error}");
    };
    let write = |make: &dyn Fn(&hdf5::File)| {
        let file = hdf5::File::create(&path).unwrap();
        make(&file);
        file.close().unwrap();
    };
    write(&|_| {});
    expect(&["without the datasets", "`/fps`"]);
    write(&|file| {
        file.new_dataset::<u64>().shape(4).create("fps").unwrap();
        file.new_dataset::<u64>().shape(4).create("config").unwrap();
    });
    expect(&["`/config`", "no list of pickled objects"]);
    write(&|file| {
        file.create_group("fps").unwrap();
        file.create_group("config").unwrap();
    });
    expect(&["damaged"]);
    // FPSim2's own configuration beside another table
    std::fs::write(&path, unpacked("morgan")).unwrap();
    let file = hdf5::File::open_rw(&path).unwrap();
    file.unlink("fps").unwrap();
    file.new_dataset::<u64>().shape(4).create("fps").unwrap();
    file.close().unwrap();
    expect(&["`/fps`", "fp_id", "popcnt"]);
}

#[test]
fn truncated_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let whole = unpacked("morgan");
    let path = folder.path().join("x.h5");
    for part in 0..60 {
        std::fs::write(&path, &whole[..whole.len() * part / 60]).unwrap();
        assert_eq!(table(&path).unwrap_err().category(), Category::Malformed, "{part}");
    }
}

/// Bytes anywhere in what is not empty are replaced, one to eight at a time.
#[test]
fn damaged_bytes_are_errors_or_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (mut errors, started) = (0, Instant::now());
    for name in ["morgan", "maccs_blosc1_lz4", "morgan_blosc1", "maccs_zlib"] {
        let whole = unpacked(name);
        let path = file(folder.path(), name);
        let expected = table(&path).unwrap();
        let used: Vec<usize> = (0..whole.len()).filter(|at| whole[*at] != 0).collect();
        let handle = OpenOptions::new().write(true).open(&path).unwrap();
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut random = move |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as usize % below
        };
        for _ in 0..1200 {
            let at = used[random(used.len())].saturating_sub(random(3));
            let count = 1 + random(8).min(whole.len() - at - 1);
            let bytes: Vec<u8> =
                (0..count).map(|_| [0, 1, 0x7f, 0x80, 0xff, random(256) as u8][random(6)]).collect();
            handle.write_all_at(&bytes, at as u64).unwrap();
            match table(&path) {
                // what does not say how fingerprints look may be damaged without a trace
                Ok((ids, words)) => {
                    assert_eq!((ids.len(), words.len()), (expected.0.len(), expected.1.len()))
                }
                Err(error) => {
                    assert!(matches!(error.category(), Category::Malformed | Category::Io), "{error}");
                    errors += 1;
                }
            }
            handle.write_all_at(&whole[at..at + count], at as u64).unwrap();
        }
        assert!(table(&path).unwrap() == expected);
    }
    assert!(errors > 1000, "{errors}");
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
}
