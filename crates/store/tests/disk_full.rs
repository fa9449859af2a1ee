//! A full disk: a typed error that names the file, and nothing that looks finished. Needs root, for a small tmpfs.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use serde_json::json;
use soyaku_store::durable::write_file;
use soyaku_store::{
    Category, Error, FingerprintKind, LibraryWriter, Records, ResultRows, ResultsLayout, Row, RunDirectory,
    Status, TaskColumn,
};

/// A file system of the given size, unmounted at the end.
struct SmallDisk(PathBuf, #[allow(dead_code)] tempfile::TempDir); // the folder is removed after unmounting

impl SmallDisk {
    fn mount(kilobytes: u32) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("disk");
        std::fs::create_dir(&path).unwrap();
        let size = format!("size={kilobytes}k");
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(&path)
            .output()
            .is_ok_and(|output| output.status.success());
        if !mounted {
            println!("skipped: no permission to mount a small file system");
            return None;
        }
        Some(SmallDisk(path, folder))
    }

    fn files(&self) -> Vec<String> {
        let mut names = Vec::new();
        let mut folders = vec![self.0.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    names.push(path.strip_prefix(&self.0).unwrap().to_string_lossy().into_owned());
                }
            }
        }
        names.sort();
        names
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

fn assert_full(error: &Error, path: &Path) {
    assert_eq!(error.category(), Category::Io, "{error}");
    let message = error.to_string();
    assert!(message.contains(&*path.to_string_lossy()) && message.contains("No space left"), "{message}");
}

#[test]
fn plain_files() {
    let Some(disk) = SmallDisk::mount(64) else { return };
    let path = disk.0.join("hits.csv");
    write_file(&path, b"old").unwrap();
    assert_full(&write_file(&path, &vec![1; 1 << 20]).unwrap_err(), &path);
    assert_eq!(disk.files(), ["hits.csv"]);
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
}

/// Builds a library with fingerprints that hardly compress.
fn build(path: &Path, rows: usize) -> Result<(), Error> {
    let (mut records, mut bits, mut state) = (Records::new(), Vec::new(), 1_u64);
    for row in 0..rows {
        records.push(b"CCO", b"", row as u64);
        bits.extend((0..32).map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        }));
    }
    let all: Vec<u32> = (0..rows as u32).collect();
    let mut writer = LibraryWriter::create(path, &[FingerprintKind::new("noise_2048", 2048)])?;
    for _ in 0..8 {
        writer.append(&records, &all, &[&bits])?;
    }
    writer.finish(&json!({}))
}

#[test]
fn libraries() {
    // From a disk without room for the first byte to one that fills up while the last metadata leaves.
    let mut finished = 0;
    for kilobytes in [4, 16, 64, 256, 1024, 4096, 8400, 8700, 8800, 12_000, 30_000] {
        let Some(disk) = SmallDisk::mount(kilobytes) else { return };
        let path = disk.0.join("library.h5");
        match build(&path, 4096) {
            Err(error) => {
                assert_full(&error, &path);
                assert_eq!(disk.files(), [""; 0], "{kilobytes} kB");
            }
            Ok(()) => {
                finished += 1;
                assert_eq!(soyaku_store::LibraryReader::open(&path).unwrap().len(), 8 * 4096);
            }
        }
    }
    assert!((1..10).contains(&finished), "{finished}");
}

fn layout() -> ResultsLayout {
    let task = |i: u32| TaskColumn {
        name: format!("task {i}"),
        units: String::new(),
        kind: "regression".into(),
        model: "m".into(),
    };
    ResultsLayout { tasks: (0..20).map(task).collect(), ..Default::default() }
}

fn noise(rows: usize) -> ResultRows {
    let mut results = ResultRows::new(&layout());
    let mut state = 1_u32;
    for row in 0..rows {
        let mean: Vec<f32> = (0..20)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state as f32
            })
            .collect();
        let row = Row {
            line: row as u64,
            status: Status::Ok,
            reason: "",
            mean: &mean,
            std: &[],
            descriptors: &[],
            similarity: None,
        };
        results.push(&row).unwrap();
    }
    results
}

#[test]
fn runs_go_on_once_there_is_room() {
    let Some(disk) = SmallDisk::mount(2048) else { return };
    let ballast = disk.0.join("ballast");
    let folder = disk.0.join("run");
    let rows = noise(4096);
    let mut run = RunDirectory::open_or_create(&folder, &layout(), "run", false).unwrap();
    run.write_part(&rows).unwrap();
    std::fs::write(&ballast, vec![1; 1_500_000]).unwrap();
    assert_full(&run.write_part(&rows).unwrap_err(), &folder.join("parts/part-000001.h5"));
    assert_eq!(run.completed_rows(), 4096);
    assert_full(&run.finish(&json!({})).unwrap_err(), &folder.join("results.h5"));
    assert_eq!(disk.files(), ["ballast", "run/journal", "run/parts/part-000000.h5"]);
    // The same object can go on, and so can a new one.
    std::fs::remove_file(&ballast).unwrap();
    run.write_part(&rows).unwrap();
    drop(run);
    let mut run = RunDirectory::open_or_create(&folder, &layout(), "run", false).unwrap();
    assert_eq!(run.completed_rows(), 8192);
    let path = run.finish(&json!({})).unwrap();
    assert_eq!(soyaku_store::ResultsReader::open(&path).unwrap().len(), 8192);
    assert_eq!(disk.files(), ["run/results.h5"]);
}
