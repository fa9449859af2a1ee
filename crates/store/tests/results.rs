//! Results: parts, journal, merging, going on after an interruption.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use serde_json::json;
use soyaku_store::{
    Category, ResultRows, ResultsLayout, ResultsReader, Row, RunDirectory, Similarity, Status, TaskColumn,
};

fn layout() -> ResultsLayout {
    let task = |name: &str, units: &str| TaskColumn {
        name: name.into(),
        units: units.into(),
        kind: "regression".into(),
        model: "esol-1".into(),
    };
    ResultsLayout {
        tasks: vec![task("logS", "log mol/L"), task("a/b 100% (β)", ""), task(".", "")],
        similarity: true,
        descriptors: vec!["TPSA".into(), "ring/count".into()],
    }
}

/// Rows `range` of an endless table.
fn rows(range: std::ops::Range<u64>) -> ResultRows {
    let mut rows = ResultRows::new(&layout());
    for row in range {
        let x = row as f32;
        if row % 11 == 3 {
            rows.push_failed(row + 1, Status::Invalid, &format!("row {row}: ring bond 1 is never closed"))
                .unwrap();
            continue;
        }
        rows.push(&Row {
            line: row + 1,
            status: Status::Ok,
            reason: "",
            mean: &[x, -x, x.sqrt()],
            std: if row % 2 == 0 { &[] } else { &[0.1, 0.2, 0.3] },
            descriptors: &[2.0 * x, 3.0],
            similarity: (row % 5 != 0).then_some(Similarity { max: 1.0 / (x + 1.0), nearest: row as u32 }),
        })
        .unwrap();
    }
    rows
}

/// Equal with NaN equal to itself.
fn same(a: &ResultRows, b: &ResultRows) -> bool {
    format!("{a:?}") == format!("{b:?}")
}

fn open(folder: &Path) -> RunDirectory {
    RunDirectory::open_or_create(folder, &layout(), "digest-1", false).unwrap()
}

/// A whole run in parts of `step` rows.
fn run(folder: &Path, total: u64, step: u64) -> PathBuf {
    let mut run = open(folder);
    while run.completed_rows() < total {
        let start = run.completed_rows();
        run.write_part(&rows(start..(start + step).min(total))).unwrap();
    }
    run.finish(&json!({"seed": 1})).unwrap()
}

#[test]
fn what_is_written_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = run(folder.path(), 5000, 700);
    let reader = ResultsReader::open(&path).unwrap();
    assert_eq!((reader.len(), reader.layout(), reader.run_digest().as_str()), (5000, &layout(), "digest-1"));
    assert_eq!(reader.provenance().unwrap()["seed"], 1);
    let mut got = ResultRows::new(&ResultsLayout::default());
    for range in [0..5000, 3..4, 4000..4200, 7..7] {
        reader.read_rows(range.clone(), &mut got).unwrap();
        assert!(same(&got, &rows(range.clone())), "{range:?}");
    }
    let mut values = Vec::new();
    reader.read_rows(0..20, &mut got).unwrap();
    reader.read_mean(0, 0..20, &mut values).unwrap();
    // A failed row has no numbers, a row of a single model no deviation.
    assert!(values[3].is_nan() && values[4] == 4.0);
    reader.read_std(1, 0..20, &mut values).unwrap();
    assert!(values[3].is_nan() && values[4] == 0.0 && values[5] == 0.2);
    assert_eq!((got.status(3), got.reason(3)), (Status::Invalid, &b"row 3: ring bond 1 is never closed"[..]));
    assert_eq!((got.similarity(3), got.similarity(5)), (None, None));
    assert_eq!(got.similarity(4), Some(Similarity { max: 0.2, nearest: 4 }));
    reader.read_descriptor(1, 4..5, &mut values).unwrap();
    assert_eq!(values, [3.0]);
    assert_eq!(reader.read_mean(3, 0..1, &mut values).unwrap_err().category(), Category::Internal);
    assert_eq!(reader.read_mean(0, 0..5001, &mut values).unwrap_err().category(), Category::Internal);
    // Nothing of the run is left but its results.
    let names: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["results.h5"]);
}

#[test]
fn bytes_do_not_depend_on_parts_or_threads() {
    let total = 70_000;
    let folders: Vec<_> = (0..3).map(|_| tempfile::tempdir().unwrap()).collect();
    let one = std::fs::read(run(folders[0].path(), total, total)).unwrap();
    let many = std::fs::read(run(folders[1].path(), total, 9_999)).unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let alone = std::fs::read(pool.install(|| run(folders[2].path(), total, 4096))).unwrap();
    assert!(one == many && one == alone);
}

#[test]
fn an_interrupted_run_goes_on() {
    let whole = tempfile::tempdir().unwrap();
    let expected = std::fs::read(run(whole.path(), 1000, 1000)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    {
        let mut run = open(folder.path());
        run.write_part(&rows(0..300)).unwrap();
        run.write_part(&rows(300..450)).unwrap();
    }
    // What a killed process may leave: temporaries, a part that the journal does not know, half a record.
    std::fs::write(folder.path().join("parts/part-000002.h5.tmp.77"), b"half").unwrap();
    std::fs::write(folder.path().join("results.h5.tmp.77"), b"half").unwrap();
    std::fs::write(folder.path().join("parts/part-000002.h5"), b"not in the journal").unwrap();
    let journal = folder.path().join("journal");
    let mut bytes = std::fs::read(&journal).unwrap();
    bytes.extend([1; 17]);
    std::fs::write(&journal, bytes).unwrap();

    let mut run = open(folder.path());
    assert_eq!(run.completed_rows(), 450);
    assert_eq!((run.recovery().parts_kept, run.recovery().torn_bytes), (2, 17));
    assert_eq!(std::fs::read_dir(folder.path().join("parts")).unwrap().count(), 2);
    let parts: Vec<_> = run.completed_parts().collect();
    assert_eq!((parts[1].index, parts[1].first_row, parts[1].rows), (1, 300, 150));
    let mut got = ResultRows::new(&layout());
    run.read_part(1, &mut got).unwrap();
    assert!(same(&got, &rows(300..450)));
    run.write_part(&rows(450..1000)).unwrap();
    let path = run.finish(&json!({"seed": 1})).unwrap();
    assert!(std::fs::read(&path).unwrap() == expected);
    assert!(run.is_finished() && run.write_part(&rows(0..1)).is_err());
    drop(run);

    // Finished stays finished, also when removing the parts was cut short.
    std::fs::create_dir_all(folder.path().join("parts")).unwrap();
    std::fs::write(folder.path().join("parts/part-000000.h5"), b"left over").unwrap();
    let mut run = open(folder.path());
    assert!(run.is_finished());
    assert_eq!(run.finish(&json!({})).unwrap(), path);
    assert!(!folder.path().join("parts").exists());
}

#[test]
fn damaged_parts_are_computed_again() {
    type Damage = fn(&Path);
    let damages: [Damage; 3] = [
        |path| std::fs::remove_file(path).unwrap(),
        |path| {
            let bytes = std::fs::read(path).unwrap();
            std::fs::write(path, &bytes[..bytes.len() - 1]).unwrap();
        },
        |path| {
            let mut bytes = std::fs::read(path).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 4;
            std::fs::write(path, bytes).unwrap();
        },
    ];
    for damage in damages {
        let folder = tempfile::tempdir().unwrap();
        {
            let mut run = open(folder.path());
            (0..3).for_each(|i| run.write_part(&rows(100 * i..100 * i + 100)).unwrap());
        }
        damage(&folder.path().join("parts/part-000001.h5"));
        let mut run = open(folder.path());
        assert_eq!(run.completed_rows(), 100);
        assert_eq!((run.recovery().parts_kept, run.recovery().parts_discarded), (1, 2));
        run.write_part(&rows(100..300)).unwrap();
        drop(run);
        assert_eq!(open(folder.path()).completed_rows(), 300);
    }
}

#[test]
fn other_runs_are_not_mixed() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = open(folder.path());
    run.write_part(&rows(0..10)).unwrap();
    // One process at a time.
    let error = RunDirectory::open_or_create(folder.path(), &layout(), "digest-1", false).unwrap_err();
    assert!(
        error.category() == Category::Conflict && error.to_string().contains("another process"),
        "{error}"
    );
    drop(run);
    let other = |digest, layout: &ResultsLayout, restart| {
        RunDirectory::open_or_create(folder.path(), layout, digest, restart)
    };
    let error = other("digest-2", &layout(), false).unwrap_err();
    assert!(error.category() == Category::Conflict && error.to_string().contains("--restart"), "{error}");
    assert_eq!(
        other("digest-1", &ResultsLayout::default(), false).unwrap_err().category(),
        Category::Conflict
    );
    assert_eq!(open(folder.path()).completed_rows(), 10);
    open(folder.path()).finish(&json!({})).unwrap();
    assert_eq!(other("digest-2", &layout(), false).unwrap_err().category(), Category::Conflict);
    let again = other("digest-2", &layout(), true).unwrap();
    assert!(again.completed_rows() == 0 && !again.is_finished() && !again.results_path().exists());
}

#[test]
fn a_damaged_journal_is_named() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).write_part(&rows(0..10)).unwrap();
    let journal = folder.path().join("journal");
    let good = std::fs::read(&journal).unwrap();
    let mut newer = good.clone();
    newer[8] = 9;
    for (bytes, expected) in
        [(&b""[..], "not a journal"), (b"garbage garbage", "not a journal"), (&newer, "version 9")]
    {
        std::fs::write(&journal, bytes).unwrap();
        let error = RunDirectory::open_or_create(folder.path(), &layout(), "digest-1", false).unwrap_err();
        assert!(error.category() == Category::Malformed && error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn values_must_fit_the_layout() {
    let mut rows = ResultRows::new(&layout());
    let good = Row {
        line: 1,
        status: Status::Ok,
        reason: "",
        mean: &[1.0, 2.0, 3.0],
        std: &[],
        descriptors: &[1.0, 2.0],
        similarity: None,
    };
    rows.push(&good).unwrap();
    for bad in [
        Row { mean: &[1.0], ..good },
        Row { mean: &[], ..good },
        Row { std: &[0.0], ..good },
        Row { std: &[0.0, f32::NAN, 0.0], ..good },
        Row { descriptors: &[], ..good },
    ] {
        assert_eq!(rows.push(&bad).unwrap_err().category(), Category::Internal);
    }
    assert_eq!(rows.len(), 1);
    assert!(rows.push_failed(2, Status::Ok, "").is_err());
    rows.push_failed(2, Status::Failed, "x").unwrap();
    assert_eq!(rows.std(0)[0], 0.0);
    let folder = tempfile::tempdir().unwrap();
    let mut run = open(folder.path());
    assert!(run.write_part(&ResultRows::new(&ResultsLayout::default())).is_ok());
    let mut foreign = ResultRows::new(&ResultsLayout::default());
    foreign.push_failed(1, Status::Ok, "").unwrap();
    assert_eq!(run.write_part(&foreign).unwrap_err().category(), Category::Internal);
    assert_eq!(run.completed_rows(), 0);
}
