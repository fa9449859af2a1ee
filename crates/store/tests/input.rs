//! Text input: formats, compression, and everything that can be wrong with a file.

#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::path::{Path, PathBuf};

use soyaku_store::input::MAX_LINE;
use soyaku_store::{Category, CompoundReader, Error, Format, InputOptions, Records};

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Folder(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

type Row = (String, String, u64, Option<String>);

fn read_with(path: &Path, options: &InputOptions, max: usize) -> Result<Vec<Row>, Error> {
    let mut reader = CompoundReader::open(path, options)?;
    let (mut records, mut rows) = (Records::new(), Vec::new());
    while reader.read(&mut records, max)? > 0 {
        assert!(records.len() <= max);
        assert!(reader.digest().is_none() || records.len() < max);
        rows.extend((0..records.len()).map(|row| {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let defect = records.defect(row).map(str::to_owned);
            (text(records.smiles(row)), text(records.name(row)), records.line(row), defect)
        }));
    }
    let digest = reader.digest().unwrap();
    assert_eq!(digest, soyaku_store::digest_file(path).unwrap());
    Ok(rows)
}

fn read(path: &Path) -> Result<Vec<Row>, Error> {
    let rows = read_with(path, &InputOptions::default(), 1000)?;
    assert_eq!(rows, read_with(path, &InputOptions::default(), 1)?);
    Ok(rows)
}

fn row(smiles: &str, name: &str, line: u64) -> Row {
    (smiles.into(), name.into(), line, None)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn lists() {
    let folder = Folder::new();
    let path = folder.file("a.smi", "CCO ethanol\r\nC\t薬 two words \r\n\r\nN\n O  x\nCC".as_bytes());
    let rows = read(&path).unwrap();
    assert_eq!(rows[0], row("CCO", "ethanol", 1));
    assert_eq!(rows[1], row("C", "薬 two words", 2));
    assert_eq!(rows[2], (String::new(), String::new(), 3, Some("empty line".into())));
    assert_eq!(rows[3..], [row("N", "", 4), row("O", "x", 5), row("CC", "", 6)]);
    // A header only when it says so, and only in the first line.
    let path = folder.file("b.ism", b"\xef\xbb\xbfSMILES name\nCC a\nsmiles b\n");
    assert_eq!(read(&path).unwrap(), [row("CC", "a", 2), row("smiles", "b", 3)]);
    for (name, bytes) in [("c.smi", &b""[..]), ("d.txt", b"smiles\n"), ("e.smiles", b"\xef\xbb\xbf")] {
        assert_eq!(read(&folder.file(name, bytes)).unwrap(), []);
    }
}

#[test]
fn names_keep_their_bytes() {
    let folder = Folder::new();
    let path = folder.file("a.smi", b"C caf\xe9\n");
    let mut reader = CompoundReader::open(&path, &InputOptions::default()).unwrap();
    let mut records = Records::new();
    reader.read(&mut records, 10).unwrap();
    assert_eq!(records.name(0), b"caf\xe9");
}

#[test]
fn tables() {
    let folder = Folder::new();
    let text = "id,Smiles,\"note\"\r\n1,CCO,\"a, b\"\r\n\r\n2,\"C\"\"C\",x\r\n3\r\n4,,y\r\n5, N ,\"two\r\nlines\"\r\n6,O,z";
    let rows = read(&folder.file("a.csv", text.as_bytes())).unwrap();
    assert_eq!(rows[0], row("CCO", "1", 2));
    assert_eq!(rows[1], row("C\"C", "2", 4));
    assert_eq!(rows[2].3.as_deref(), Some("row has 1 columns, but the smiles are in column 2"));
    assert_eq!((rows[2].1.as_str(), rows[2].2), ("3", 5));
    assert_eq!((rows[3].3.as_deref(), rows[3].2), (Some("empty smiles"), 6));
    assert_eq!(rows[4..], [row("N", "5", 7), row("O", "6", 9)]);

    let path = folder.file("b.tsv", b"structure\tcompound\nCC\tx y\n");
    let options = InputOptions {
        smiles_column: Some("Structure".into()),
        name_column: Some("compound".into()),
        ..Default::default()
    };
    assert_eq!(read_with(&path, &options, 10).unwrap(), [row("CC", "x y", 2)]);
}

#[test]
fn table_columns_that_are_missing_or_doubled() {
    let folder = Folder::new();
    let path = folder.file("a.csv", b"molecule,activity\nCC,1\n");
    let error = read(&path).unwrap_err();
    assert_eq!(error.category(), Category::Malformed);
    assert!(
        error
            .to_string()
            .ends_with("a.csv, line 1: has no column `smiles`; its columns are `molecule`, `activity`")
    );
    assert!(CompoundReader::check(&path, &InputOptions::default()).is_err());
    let options = InputOptions { name_column: Some("nom".into()), ..Default::default() };
    let path = folder.file("b.csv", b"smiles\nCC\n");
    assert!(read_with(&path, &options, 1).unwrap_err().to_string().contains("no column `nom`"));
    for header in ["Smiles,SMILES", "smiles,smiles"] {
        let error = read(&folder.file("c.csv", format!("{header}\nC,C\n").as_bytes())).unwrap_err();
        assert!(error.to_string().contains("several columns called `smiles`"), "{error}");
    }
    assert_eq!(
        read(&folder.file("d.csv", b"SMILES,smiles,NAME,name\nN,C,x,y\n")).unwrap(),
        [row("C", "y", 2)]
    );
    let error = read(&folder.file("d.csv", b"")).unwrap_err();
    assert!(error.to_string().contains("is empty"), "{error}");
}

#[test]
fn quotes_that_never_close_do_not_swallow_the_rest() {
    let folder = Folder::new();
    let error = read(&folder.file("a.csv", b"smiles,name\nCC,x\nCN,\"y\nCO,z\nCF,w\n")).unwrap_err();
    assert_eq!(error.category(), Category::Malformed);
    assert!(error.to_string().contains("line 3: a quote opened in this row is never closed"), "{error}");
    let long = format!("smiles,name\nCC,x\nCN,\"y\n{}", "CO,z\n".repeat(400_000));
    let error = read(&folder.file("b.csv", long.as_bytes())).unwrap_err();
    assert!(error.to_string().contains("line 3: a quote opened"), "{error}");
    // A stray quote inside a field is no quoting.
    let rows = read(&folder.file("c.csv", b"smiles,name\nCC,5\" pipe\nCN,x")).unwrap();
    assert_eq!(rows, [row("CC", "5\" pipe", 2), row("CN", "x", 3)]);
}

#[test]
fn lines_without_end_cost_no_memory_and_one_row() {
    let folder = Folder::new();
    let huge = "C".repeat(3 * MAX_LINE);
    let rows = read(&folder.file("a.smi", format!("CC a\n{huge} b\nCN c\n").as_bytes())).unwrap();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[1].3.as_deref(), Some("line longer than 1048576 bytes"));
    assert_eq!((rows[1].2, &rows[2]), (2, &row("CN", "c", 3)));
    let rows =
        read(&folder.file("b.csv", format!("smiles,name\nCC,a\n{huge},b\nCN,c\n").as_bytes())).unwrap();
    assert_eq!(rows.len(), 3);
    assert_eq!((rows[1].3.as_deref(), rows[1].2), (Some("line longer than 1048576 bytes"), 3));
    assert_eq!(rows[2], row("CN", "c", 4));
    // Exactly at the limit is still a line.
    let just = "C".repeat(MAX_LINE);
    assert_eq!(read(&folder.file("c.smi", format!("{just}\nN\n").as_bytes())).unwrap()[0].3, None);
}

#[test]
fn compressed() {
    let folder = Folder::new();
    let text: String = (0..50_000).map(|i| format!("{} n{i}\n", "C".repeat(i % 50 + 1))).collect();
    let plain = read(&folder.file("a.smi", text.as_bytes())).unwrap();
    assert_eq!(plain.len(), 50_000);
    let (front, back) = text.as_bytes().split_at(123_457);
    let members = [gzip(front), gzip(b""), gzip(back)].concat();
    assert_eq!(read(&folder.file("a.smi.gz", &members)).unwrap(), plain);
    let frames = [zstd::encode_all(front, 3).unwrap(), zstd::encode_all(back, 3).unwrap()].concat();
    assert_eq!(read(&folder.file("a.smi.zst", &frames)).unwrap(), plain);
    // The content decides, not the name.
    assert_eq!(read(&folder.file("b.smi", &members)).unwrap(), plain);

    for (name, whole) in [("t.smi.gz", gzip(text.as_bytes())), ("t.smi.zst", frames)] {
        for cut in [1, 9, whole.len() / 2] {
            let path = folder.file(name, &whole[..whole.len() - cut]);
            let error = read(&path).unwrap_err();
            assert_eq!(error.category(), Category::Malformed, "{error}");
            let message = error.to_string();
            assert!(
                message.contains("truncated") && message.contains("the last line read in full is line"),
                "{message}"
            );
        }
    }
    let mut broken = gzip(text.as_bytes());
    let middle = broken.len() / 2;
    broken[middle..middle + 20].fill(0xff);
    let error = read(&folder.file("x.smi.gz", &broken)).unwrap_err();
    assert_eq!(error.category(), Category::Malformed, "{error}");
}

#[test]
fn what_is_not_text_is_named() {
    let folder = Folder::new();
    let cases: [(&str, &[u8], &str); 8] = [
        ("a.smi", b"\x89HDF\r\n\x1a\nxxxx", "HDF5"),
        ("b.smi", b"PK\x03\x04xxxx", "zip"),
        ("c.smi", b"BZh91AY", "bzip2"),
        ("d.smi", b"\xfd7zXZ\0\0", "xz"),
        ("e.smi", b"\xff\xfeC\0C\0", "UTF-16"),
        ("f.smi", b"CC\0\x01\x02", "binary"),
        ("g.mol2", b"x\n", "unknown file name ending"),
        ("h", b"CC\n", "unknown file name ending"),
    ];
    for (name, bytes, expected) in cases {
        let path = folder.file(name, bytes);
        let error = read(&path).unwrap_err();
        assert_eq!(error.category(), Category::Malformed);
        assert!(error.to_string().contains(expected) && error.to_string().contains(name), "{error}");
        assert!(CompoundReader::check(&path, &InputOptions::default()).is_err());
    }
    let options = InputOptions { format: Some(Format::Smiles), ..Default::default() };
    assert_eq!(read_with(&folder.file("h", b"CC\n"), &options, 9).unwrap(), [row("CC", "", 1)]);
    let error = read(folder.0.path()).unwrap_err();
    assert!(error.to_string().contains("is a folder"), "{error}");
    let missing = folder.0.path().join("none.smi");
    for error in
        [read(&missing).unwrap_err(), CompoundReader::check(&missing, &InputOptions::default()).unwrap_err()]
    {
        assert_eq!(error.category(), Category::NotFound);
        assert!(error.to_string().ends_with("none.smi: no such file"));
    }
}

#[test]
fn garbage_gives_rows_or_errors_but_no_panic() {
    let folder = Folder::new();
    let mut state = 88_172_645_463_325_252_u64;
    for round in 0..200 {
        let bytes: Vec<u8> = (0..round * 37 % 5000)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                let byte = (state >> 32) as u8;
                if round % 2 == 0 { byte.max(1) } else { b"C(\",\t\r\n\x1f\x8b1"[byte as usize % 10] }
            })
            .collect();
        for name in ["g.smi", "g.csv", "g.tsv"] {
            let mut text = if name == "g.smi" { Vec::new() } else { b"smiles,x\tsmiles\n".to_vec() };
            text.extend_from_slice(&bytes);
            if let Err(error) = read_with(&folder.file(name, &text), &InputOptions::default(), 100) {
                assert_eq!(error.category(), Category::Malformed, "{error}");
            }
        }
    }
}
