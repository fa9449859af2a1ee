//! Other programs read what is written here: h5py, without plug-ins, and the examples of `docs/formats.md`.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use soyaku_store::{
    FingerprintKind, LibraryWriter, NeighborsInfo, NeighborsWriter, Records, ResultRows, ResultsLayout,
    ResultsWriter, Row, Similarity, Status, TaskColumn, WhichNeighbors,
};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A Python that has h5py, or the reason why the test is skipped.
fn python() -> Option<PathBuf> {
    let python = std::env::var_os("SOYAKU_PYTHON")
        .map_or_else(|| workspace().join("target/venv/bin/python"), PathBuf::from);
    let found = Command::new(&python)
        .args(["-c", "import h5py, numpy"])
        .env_remove("HDF5_PLUGIN_PATH")
        .output()
        .is_ok_and(|output| output.status.success());
    if found {
        return Some(python);
    }
    let required = std::env::var("SOYAKU_REQUIRE_ORACLES").is_ok_and(|value| value == "1");
    assert!(!required, "no Python with h5py at {}", python.display());
    println!("skipped: no Python with h5py at {}", python.display());
    None
}

fn run(python: &Path, folder: &Path, script: &str) -> String {
    let output = Command::new(python)
        .args(["-W", "error", "-c", script])
        .current_dir(folder)
        .env_remove("HDF5_PLUGIN_PATH")
        .output()
        .unwrap();
    assert!(output.status.success(), "{script}\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// 5000 compounds: a chunk boundary lies within.
fn write(folder: &Path) {
    let (mut records, mut bits) = (Records::new(), Vec::new());
    for row in 0..5000_u64 {
        records.push(
            format!("C{}", "C".repeat(row as usize % 9)).as_bytes(),
            format!("薬 {row}").as_bytes(),
            row + 2,
        );
        bits.extend([1_u64 << (row % 64), row]);
        if row >= 10 {
            records.push_property("IC50 / µM".as_bytes(), format!("{row}.5").as_bytes());
        }
    }
    let rows: Vec<u32> = (0..5000).collect();
    let kind =
        FingerprintKind::new("test_128", 128).with_integer("radius", 2).with_text("software", "soyaku");
    let mut library = LibraryWriter::create(&folder.join("library.h5"), &[kind]).unwrap();
    library.append(&records, &rows, &[&bits]).unwrap();
    library.reject(5002, b"C1CC", "ring bond 1 is never closed").unwrap();
    library.finish(&json!({"inputs": [{"path": "a.smi"}]})).unwrap();

    let task = |name: &str| TaskColumn {
        name: name.into(),
        units: "log mol/L".into(),
        kind: "regression".into(),
        model: "esol".into(),
    };
    let layout = ResultsLayout {
        tasks: vec![task("logS"), task("a/b")],
        similarity: true,
        descriptors: vec!["TPSA".into()],
    };
    let mut results = ResultRows::new(&layout);
    for row in 0..5000_u32 {
        if row == 7 {
            results.push_failed(9, Status::Invalid, "ring bond 1 is never closed").unwrap();
            continue;
        }
        let x = row as f32;
        results
            .push(&Row {
                line: u64::from(row) + 2,
                status: Status::Ok,
                reason: "",
                mean: &[x, -x],
                std: &[],
                descriptors: &[x / 2.0],
                similarity: Some(Similarity { max: 0.5, nearest: row }),
            })
            .unwrap();
    }
    let mut writer = ResultsWriter::create(&folder.join("results.h5"), &layout).unwrap();
    writer.append(&results).unwrap();
    writer.finish("digest", &json!({"seed": 1})).unwrap();

    let graph = NeighborsInfo {
        rows: 3,
        which: WhichNeighbors::AtLeast("0.5".into()),
        measure: "tanimoto".into(),
        fingerprint: "test_128".into(),
        run_digest: "digest".into(),
    };
    let mut writer = NeighborsWriter::create(&folder.join("graph.h5"), &graph).unwrap();
    for (neighbors, similarities) in [(&[1, 2][..], &[0.5, 0.75][..]), (&[0], &[0.5]), (&[0], &[0.75])] {
        writer.push(&[neighbors.len() as u64], neighbors, similarities).unwrap();
    }
    writer.finish(&json!({})).unwrap();
}

#[test]
fn h5py_reads_the_same_values() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let script = r#"
import h5py, json, numpy as np
n = 5000
row = np.arange(n)
def texts(group):
    offsets, text = group["offsets"][:], bytes(group["bytes"][:])
    return [text[a:b].decode() for a, b in zip(offsets, offsets[1:])]
def plain(name, item):
    if isinstance(item, h5py.Dataset):
        assert item.compression in ("gzip", None), name
with h5py.File("library.h5") as f:
    f.visititems(plain)
    assert f.attrs["soyaku_schema"] == "library/1"
    assert json.loads(f.attrs["provenance"])["inputs"][0]["path"] == "a.smi"
    assert texts(f["smiles"]) == ["C" * (1 + i % 9) for i in range(n)]
    assert texts(f["name"]) == [f"薬 {i}" for i in range(n)]
    assert (f["source/line"][:] == row + 2).all()
    kind = f["fingerprints/test_128"]
    assert (kind.attrs["bits"], kind.attrs["radius"], kind.attrs["software"]) == (128, 2, "soyaku")
    assert kind["bits"].shape == (n, 2) and kind["bits"].dtype == np.uint64
    assert (kind["bits"][:, 0] == np.uint64(1) << (row % 64).astype(np.uint64)).all()
    assert (kind["bits"][:, 1] == row).all()
    assert (kind["popcount"][:] == np.bitwise_count(kind["bits"][:]).sum(axis=1)).all()
    assert list(f["properties"]) == ["IC50 %2F µM"]
    assert f["properties/IC50 %2F µM"].attrs["name"] == "IC50 / µM"
    assert f["properties/IC50 %2F µM"].attrs["position"] == 0
    assert texts(f["properties/IC50 %2F µM"]) == [f"{i}.5" if i >= 10 else "" for i in range(n)]
    assert f["rejected/line"][:].tolist() == [5002]
    assert texts(f["rejected/text"]) == ["C1CC"] and texts(f["rejected/reason"])[0].startswith("ring")
with h5py.File("results.h5") as f:
    f.visititems(plain)
    assert f.attrs["soyaku_schema"] == "results/1" and f.attrs["run_digest"] == "digest"
    ok = f["status"][:] == json.loads(f["status"].attrs["enum"])["ok"]
    assert (~ok).nonzero()[0].tolist() == [7]
    assert json.loads(f["predictions"].attrs["order"]) == ["logS", "a/b"]
    for path, name, sign in (("logS", "logS", 1), ("a%2Fb", "a/b", -1)):
        group = f["predictions"][path]
        assert group.attrs["name"] == name and group.attrs["units"] == "log mol/L"
        assert group["mean"].dtype == np.float32
        assert (group["mean"][:][ok] == sign * row[ok]).all() and np.isnan(group["mean"][7])
        assert (group["std"][:][ok] == 0).all()
    assert (f["descriptors/TPSA"][:][ok] == row[ok] / 2).all()
    assert (f["similarity/nearest"][:][ok] == row[ok]).all() and f["similarity/nearest"][7] == 2**32 - 1
    assert texts(f["reason"])[7] == "ring bond 1 is never closed"
print("read")
"#;
    assert_eq!(run(&python, folder.path(), script), "read\n");
}

#[test]
fn examples_in_the_documentation_run() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let page = std::fs::read_to_string(workspace().join("docs/formats.md")).unwrap();
    let mut outputs = page.split("```python\n").skip(1).map(|rest| {
        let script = rest.split("```").next().unwrap();
        run(&python, folder.path(), script)
    });
    let similarities = outputs.next().unwrap();
    assert!(
        similarities.starts_with("['C', 'CC',") && similarities.contains("test_128 [1. "),
        "{similarities}"
    );
    assert_eq!(outputs.next().unwrap(), "");
    assert_eq!(outputs.next().unwrap(), "{'IC50 / µM': ['', '10.5', '11.5']}\n");
    let table = outputs.next().unwrap();
    assert!(table.contains("logS log mol/L") && table.contains("7 ring bond 1 is never closed"), "{table}");
    assert_eq!(outputs.next().unwrap(), "3 [1, 2] [0.5, 0.75]\n");
    assert!(outputs.next().is_none());
}
