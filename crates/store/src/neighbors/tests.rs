use std::path::Path;

use super::*;
use crate::Category;

fn info(rows: u64) -> NeighborsInfo {
    NeighborsInfo {
        rows,
        which: WhichNeighbors::AtLeast("0.7".into()),
        measure: "tanimoto".into(),
        fingerprint: "morgan2_2048".into(),
        run_digest: "abc".into(),
    }
}

/// Row r has r % 7 neighbours, and one of them very many.
fn neighbors_of(row: u64, rows: u64) -> (Vec<u64>, Vec<f64>) {
    let count = if row == 5 { rows } else { (row % 7).min(rows) };
    (
        (0..count).map(|at| (row + at * 3) % rows).collect(),
        (0..count).map(|at| 1.0 / (at + 1) as f64).collect(),
    )
}

fn write(path: &Path, info: &NeighborsInfo) {
    write_in_steps(path, info, 3);
}

fn write_in_steps(path: &Path, info: &NeighborsInfo, step: u64) {
    let mut writer = NeighborsWriter::create(path, info).unwrap();
    // Some rows at a time, now one and now many.
    let (mut row, mut together) = (0, 1);
    while row < info.rows {
        let rows = row..info.rows.min(row + together);
        let (mut counts, mut neighbors, mut similarities) = (Vec::new(), Vec::new(), Vec::new());
        for row in rows.clone() {
            let (of_row, similarities_of_row) = neighbors_of(row, info.rows);
            counts.push(of_row.len() as u64);
            neighbors.extend(of_row);
            similarities.extend(similarities_of_row);
        }
        writer.push(&counts, &neighbors, &similarities).unwrap();
        (row, together) = (rows.end, together * step % 100_003);
    }
    writer.finish(&serde_json::json!({ "of": "a test" })).unwrap();
}

#[test]
fn what_is_written_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("graph.h5");
    // Chunks of neighbours end within a row, and rows at the end of a chunk.
    for rows in [0, 1, 8191, 8192, 200_000] {
        let info = info(rows);
        write(&path, &info);
        let reader = NeighborsReader::open(&path).unwrap();
        assert_eq!(*reader.info(), info);
        let (mut ends, mut neighbors, mut similarities) = (Vec::new(), Vec::new(), Vec::new());
        let mut count = 0;
        for start in (0..rows).step_by(50_000) {
            let end = rows.min(start + 50_000);
            reader.read(start..end, &mut ends, &mut neighbors, &mut similarities).unwrap();
            count += neighbors.len() as u64;
            for (row, ends) in (start..end).zip(ends.windows(2)) {
                let range = ends[0] as usize..ends[1] as usize;
                let found = (neighbors[range.clone()].to_vec(), similarities[range].to_vec());
                assert_eq!(found, neighbors_of(row, rows), "row {row} of {rows}");
            }
        }
        assert_eq!(reader.neighbors(), count);
        assert!(reader.read(0..rows + 1, &mut ends, &mut neighbors, &mut similarities).is_err());
    }
}

#[test]
fn how_many_rows_come_together_changes_no_byte() {
    let folder = tempfile::tempdir().unwrap();
    let files = [1, 3, 7919].map(|step| {
        let path = folder.path().join(step.to_string());
        write_in_steps(&path, &info(100_000), step);
        std::fs::read(path).unwrap()
    });
    assert!(files[0] == files[1] && files[1] == files[2]);
}

#[test]
fn the_nearest_are_told_from_those_above_a_threshold() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("graph.h5");
    let info = NeighborsInfo { which: WhichNeighbors::Nearest(10), ..info(3) };
    write(&path, &info);
    assert_eq!(*NeighborsReader::open(&path).unwrap().info(), info);
}

#[test]
fn numbers_that_do_not_fit_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("graph.h5");
    let mut writer = NeighborsWriter::create(&path, &info(2)).unwrap();
    assert!(writer.push(&[1], &[2], &[1.0]).is_err());
    assert!(writer.push(&[1], &[1], &[]).is_err());
    assert!(writer.push(&[2], &[1], &[1.0]).is_err());
    assert!(writer.push(&[0, 0, 0], &[], &[]).is_err());
    writer.push(&[1], &[1], &[1.0]).unwrap();
    let error = writer.finish(&serde_json::Value::Null).unwrap_err();
    assert!(error.to_string().contains("1 rows of 2"), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn damaged_files_are_malformed() {
    let folder = tempfile::tempdir().unwrap();
    let (path, damaged) = (folder.path().join("graph.h5"), folder.path().join("damaged.h5"));
    write(&path, &info(1000));
    let whole = std::fs::read(&path).unwrap();
    for size in [0, 7, 100, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&damaged, &whole[..size]).unwrap();
        let error = NeighborsReader::open(&damaged).err().unwrap();
        assert_eq!(error.category(), Category::Malformed, "{size} bytes: {error}");
    }
    std::fs::write(&damaged, "row,neighbor\n").unwrap();
    assert_eq!(NeighborsReader::open(&damaged).err().unwrap().category(), Category::Malformed);
    assert_eq!(
        NeighborsReader::open(folder.path().join("no.h5").as_path()).err().unwrap().category(),
        Category::NotFound
    );
}
