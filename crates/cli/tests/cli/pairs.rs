//! `soyaku similar --all-pairs` and `--knn`: the neighbours that RDKit finds, in the memory that is given, whatever
//! happens on the way.

use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::Duration;

use soyaku_store::{FingerprintKind, LibraryWriter, NeighborsReader, Records};

use crate::harness::{Scratch, bytes, oracle_python, python_check, test_data, text};

/// Runs the cases on a library made of every `every`th line of ChEMBL, and has RDKit look at the graphs.
fn compare_with_rdkit(every: usize, cases: &[(&str, &str, &str)]) {
    let Some(python) = oracle_python() else { return };
    let Some(chembl) = test_data("smiles/chembl_10k.smi") else { return };
    let scratch = Scratch::new();
    let all = String::from_utf8(bytes(&chembl)).expect("UTF-8");
    let some: Vec<&str> = all.lines().step_by(every).collect();
    scratch.write("some.smi", some.join("\n"));
    scratch.ok(&["library", "build", "some.smi", "-o", "library.h5"]);
    let mut lines = Vec::new();
    for (index, (measure, how, number)) in cases.iter().enumerate() {
        let graph = format!("{index}.h5");
        let which = match *how {
            "knn" => ["--knn", number].to_vec(),
            _ => ["--all-pairs", "--threshold", number].to_vec(),
        };
        let args = ["similar", "library.h5", "--measure", measure, "-o", &graph];
        scratch.ok(&[&args[..], &which].concat());
        lines.push(format!("{measure} {how} {number} {graph}"));
    }
    let cases = scratch.write("cases.txt", lines.join("\n"));
    python_check(&python, "check_pairs.py", &[&scratch.path("library.h5"), &cases]);
}

#[test]
fn rdkit_finds_the_same_neighbours_of_all_of_chembl_10k() {
    compare_with_rdkit(1, &[("tanimoto", "threshold", "0.4"), ("tanimoto", "knn", "10")]);
}

#[test]
fn rdkit_finds_the_same_neighbours_by_other_measures() {
    let measures = ["dice", "cosine", "tversky:0.3,0.7", "tversky:1,0"];
    let cases = measures.map(|measure| [(measure, "threshold", "0.55"), (measure, "knn", "5")]);
    compare_with_rdkit(16, cases.as_flattened());
}

/// Numbers that are always the same.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 16
}

/// A library of fingerprints of 4,096 bits, 8 to 72 of them set, in fours of similar ones.
fn library(path: &Path, rows: u64) {
    const WORDS: usize = 64;
    const TOGETHER: u64 = 8192;
    let mut writer =
        LibraryWriter::create(path, &[FingerprintKind::new("own", WORDS * 64)]).expect("a library");
    let (mut state, mut four) = (1, [0_u64; 8]);
    for start in (0..rows).step_by(TOGETHER as usize) {
        let end = rows.min(start + TOGETHER);
        let mut records = Records::new();
        (start..end).for_each(|row| records.push(b"C", b"", row + 1));
        let mut bits = Vec::new();
        for row in start..end {
            if row % 4 == 0 {
                four = [0; 8];
                for _ in 0..8 + row / 4 * 37 % 64 {
                    let bit = random(&mut state) % 512;
                    four[bit as usize / 64] |= 1 << (bit % 64);
                }
            }
            let mut own = four;
            own[(row % 8) as usize] ^= 1 << (row / 8 % 64);
            bits.extend_from_slice(&own);
            bits.resize(bits.len() + WORDS - own.len(), 0);
        }
        let indices: Vec<u32> = (0..(end - start) as u32).collect();
        writer.append(&records, &indices, &[&bits]).expect("append");
    }
    writer.finish(&serde_json::Value::Null).expect("finish");
}

fn start(scratch: &Scratch, args: &[&str]) -> Child {
    scratch.command(args).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("start soyaku")
}

/// Most main memory that a process has had so far, in bytes; none when it has ended.
fn peak(child: &Child) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// The file without an error, and what the process took at most.
fn measured(scratch: &Scratch, args: &[&str]) -> u64 {
    let mut child = start(scratch, args);
    let mut most = 0;
    while child.try_wait().expect("wait").is_none() {
        most = peak(&child).unwrap_or(0).max(most);
        sleep(Duration::from_millis(3));
    }
    let output = child.wait_with_output().expect("wait");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    most
}

#[test]
fn a_library_four_times_the_memory() {
    const BUDGET: u64 = 64 << 20;
    let scratch = Scratch::new();
    library(&scratch.path("large.h5"), 4 * BUDGET / 512);
    let args = ["similar", "large.h5", "--all-pairs", "--threshold", "0.9", "--threads", "2"];
    let peak = measured(&scratch, &[&args[..], &["--memory", "64MiB", "-o", "little.h5"]].concat());
    println!("{:.1} MiB of 64 MiB", peak as f64 / f64::from(1 << 20));
    assert!(peak <= BUDGET, "{peak} bytes of {BUDGET}");
    scratch.ok(&[&args[..], &["--memory", "2GiB", "-o", "much.h5"]].concat());
    assert!(bytes(&scratch.path("little.h5")) == bytes(&scratch.path("much.h5")));
    let graph = NeighborsReader::open(&scratch.path("much.h5")).expect("a graph");
    assert!(graph.neighbors() > graph.info().rows, "{} neighbours", graph.neighbors());
}

#[test]
fn killed_and_started_again() {
    let scratch = Scratch::new();
    library(&scratch.path("some.h5"), 50_000);
    for which in [&["--all-pairs", "--threshold", "0.6"][..], &["--knn", "3"]] {
        let args = [&["similar", "some.h5", "--threads", "2"], which].concat();
        scratch.ok(&[&args[..], &["-o", "whole.h5"]].concat());
        let whole = bytes(&scratch.path("whole.h5"));
        let args = [&args[..], &["--memory", "48MiB", "-o", "graph.h5"]].concat();
        let mut went_on = false;
        for parts in 1..6 {
            let mut child = start(&scratch, &args);
            let part = scratch.path(&format!("graph.h5.parts/part-{parts:06}"));
            while child.try_wait().expect("wait").is_none() && !part.exists() {
                sleep(Duration::from_millis(1));
            }
            let _ = child.kill();
            let killed = child.wait().expect("wait").code().is_none();
            // Nothing but this very run goes on from there.
            let other = ["similar", "some.h5", "--knn", "7", "-o", "graph.h5"];
            if killed {
                assert!(!scratch.path("graph.h5").exists(), "half a graph");
                scratch.run(&other).expect_code(2).expect_message(&["graph.h5.parts", "--restart"]);
            }
            let run = scratch.ok(&[&args[..], &["--log-format", "json"]].concat());
            went_on |= killed && !run.stderr().contains("\"resumed\":0");
            assert!(bytes(&scratch.path("graph.h5")) == whole, "{which:?}, killed after part {parts}");
            assert!(!scratch.path("graph.h5.parts").exists());
            // It is not made again.
            scratch.ok(&args).expect_message(&["already"]);
            fs::remove_file(scratch.path("graph.h5")).expect("remove");
        }
        assert!(went_on, "{which:?}: no run was killed between its first part and its end");
    }
}

fn few() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("few.smi", "CCO ethanol\nCCCO propanol\nC methane\nc1ccccc1O phenol\nCCO again\n");
    scratch.ok(&["library", "build", "few.smi", "-o", "few.h5", "--fingerprint", "torsion_1024"]);
    scratch
}

/// Rows of the neighbours of each compound.
fn neighbors(path: &Path) -> Vec<Vec<u64>> {
    let graph = NeighborsReader::open(path).expect("a graph");
    let (mut ends, mut all, mut similarities) = (Vec::new(), Vec::new(), Vec::new());
    graph.read(0..graph.info().rows, &mut ends, &mut all, &mut similarities).expect("read");
    ends.windows(2).map(|ends| all[ends[0] as usize..ends[1] as usize].to_vec()).collect()
}

#[test]
fn limits_of_k_and_threshold() {
    let scratch = few();
    let graph = |which: &[&str]| {
        scratch.ok(&[&["similar", "few.h5", "-o", "graph.h5"], which].concat());
        neighbors(&scratch.path("graph.h5"))
    };
    // Ethanol and methane have no torsion: similar to nothing.
    let none: Vec<Vec<u64>> = vec![vec![]; 5];
    assert_eq!(graph(&["--all-pairs", "--threshold", "1"]), none);
    assert_eq!(graph(&["--all-pairs", "--threshold", "0.000000001"]), none);
    assert_eq!(graph(&["--knn", "1000000"]), none);
    let all: Vec<Vec<u64>> = (0..5).map(|row| (0..5).filter(|other| *other != row).collect()).collect();
    assert_eq!(graph(&["--all-pairs", "--threshold", "0"]), all);
    scratch.ok(&["library", "build", "few.smi", "-o", "few.h5"]);
    let same: Vec<Vec<u64>> = vec![vec![4], vec![], vec![], vec![], vec![0]];
    assert_eq!(graph(&["--all-pairs", "--threshold", "1"]), same);
    assert_eq!(graph(&["--knn", "1"])[4], [0]);
    scratch.write("none.smi", "nonsense\n");
    scratch.ok(&["library", "build", "none.smi", "-o", "few.h5"]);
    assert!(graph(&["--knn", "1"]).is_empty());
    assert!(graph(&["--all-pairs", "--threshold", "0"]).is_empty());
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let scratch = few();
    scratch.write("q.smi", "CCO\n");
    fs::create_dir(scratch.path("folder")).expect("a folder");
    for (args, code, words) in [
        (&["--all-pairs", "-o", "g.h5"][..], 2, &["--threshold"][..]),
        (&["--all-pairs", "--top", "3", "-o", "g.h5"], 2, &["--threshold"]),
        (&["--all-pairs", "--threshold", "0.5"], 2, &["-o GRAPH.h5"]),
        (&["--all-pairs", "--threshold", "0.5", "--query", "q.smi", "-o", "g.h5"], 2, &["--query"]),
        (&["--knn", "3", "--query", "q.smi", "-o", "g.h5"], 2, &["--query"]),
        (&["--knn", "3", "--threshold", "0.5", "-o", "g.h5"], 2, &["--knn"]),
        (&["--knn", "0", "-o", "g.h5"], 2, &["--knn"]),
        (&["--knn", "3", "--fusion", "max", "-o", "g.h5"], 2, &["--fusion"]),
        (&["--knn", "3", "-o", "g.h5.gz"], 2, &["leave the ending out"]),
        (&["--knn", "3", "-o", "folder"], 2, &["folder"]),
        (&["--knn", "3", "-o", "./few.h5"], 2, &["few.h5", "replace the library"]),
        (&["--knn", "3", "-o", "nowhere/g.h5"], 74, &["nowhere"]),
        (&["--knn", "3", "--fingerprint", "maccs", "-o", "g.h5"], 2, &["'maccs'", "torsion_1024"]),
        (&["--knn", "3", "--memory", "1MiB", "-o", "g.h5"], 2, &["1 MiB", "--memory "]),
        (&["--knn", "3", "--memory", "much", "-o", "g.h5"], 2, &["such as 8GiB"]),
        (&["--knn", "3", "--alpha", "20", "-o", "g.h5"], 2, &["--alpha"]),
        (&["--knn", "3", "--smiles-column", "s", "-o", "g.h5"], 2, &["--smiles-column", "--query"]),
        (&["--query", "q.smi", "--top", "3", "--restart"], 2, &["--restart"]),
        (&["--query", "q.smi", "--top", "3", "--memory", "1GB"], 2, &["--memory", "--batch-size"]),
        (&["--query", "q.smi", "--top", "3", "--measure", "euclid"], 2, &["tversky:ALPHA,BETA"]),
        (&["--top", "3"], 2, &["--query"]),
    ] {
        let run = scratch.run(&[&["similar", "few.h5"], args].concat());
        run.expect_code(code).expect_message(words);
        assert!(!scratch.path("g.h5").exists());
    }
    scratch.run(&["similar", "few.smi", "--knn", "3", "-o", "g.h5"]).expect_code(65);
    scratch.run(&["similar", "no.h5", "--knn", "3", "-o", "g.h5"]).expect_code(66);
    let whole = bytes(&scratch.path("few.h5"));
    scratch.write("half.h5", &whole[..whole.len() / 2]);
    scratch.run(&["similar", "half.h5", "--knn", "3", "-o", "g.h5"]).expect_code(65);
    assert!(!Path::new(text(&scratch.path("g.h5.parts"))).exists(), "parts of nothing");
}

#[test]
fn queries_by_other_measures_find_what_the_graph_has() {
    let scratch = Scratch::new();
    let smiles =
        ["CCO", "CCCO", "CCCCO", "CC(C)O", "OCCO", "CCN", "CCCN", "c1ccccc1O", "c1ccccc1N", "CC(=O)O"];
    scratch.write("some.smi", smiles.join("\n"));
    scratch.ok(&["library", "build", "some.smi", "-o", "some.h5"]);
    for measure in ["tanimoto", "dice", "cosine", "tversky:0.2,0.9"] {
        let common = ["similar", "some.h5", "--threshold", "0.4", "--measure", measure];
        scratch.ok(&[&common[..], &["--all-pairs", "-o", "graph.h5"]].concat());
        let table = scratch.ok(&[&common[..], &["--query", "some.h5"]].concat()).stdout();
        let mut found: Vec<Vec<u64>> = vec![Vec::new(); smiles.len()];
        for line in table.lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            let (query, row): (usize, u64) =
                (cells[0].parse().expect("a row"), cells[3].parse().expect("a row"));
            if query as u64 != row {
                found[query].push(row);
            }
        }
        found.iter_mut().for_each(|rows| rows.sort_unstable());
        assert_eq!(found, neighbors(&scratch.path("graph.h5")), "{measure}");
        assert!(found.iter().any(|rows| !rows.is_empty()), "{measure}");
    }
}
