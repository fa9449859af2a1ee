//! `soyaku cluster`: the same clusters as RDKit, whatever the way to ask for them.

use std::fs;
use std::process::Child;
use std::time::{Duration, Instant};

use soyaku_emulation::{Emulation, Mode};

use crate::harness::{Scratch, bytes, oracle_python, python_check, shipped, table, test_data};

const KINDS: [&str; 3] = ["morgan2_2048", "torsion_1024", "maccs"];

/// `library.csv` and `library.h5` with all kinds of fingerprints: every `step`th compound of ChEMBL where it is there,
/// else of the shipped solubility set; some are there twice, and some without a name.
fn prepared(step: usize, kinds: &[&str]) -> Scratch {
    let mut smiles: Vec<String> = match test_data("smiles/chembl_10k.smi") {
        Some(path) => {
            let all = String::from_utf8(bytes(&path)).expect("UTF-8");
            let first = |line: &str| line.split_whitespace().next().map(str::to_owned);
            all.lines().step_by(step).filter_map(first).collect()
        }
        None => {
            let (header, rows) = table(&shipped("esol.csv"));
            let column = header.iter().position(|name| name == "smiles").expect("a column smiles");
            rows.into_iter().map(|row| row[column].clone()).collect()
        }
    };
    let again: Vec<String> = smiles.iter().skip(7).step_by(20).cloned().collect();
    smiles.extend(again);
    smiles.insert(3, "C1CC".into());
    let line = |(index, smiles): (usize, String)| match index % 4 {
        0 => format!(",{smiles}"),
        _ => format!("compound {index},{smiles}"),
    };
    let lines: Vec<String> = smiles.into_iter().enumerate().map(line).collect();
    let scratch = Scratch::new();
    scratch.write("library.csv", format!("name,smiles\n{}\n", lines.join("\n")));
    let kinds = kinds.iter().flat_map(|kind| ["--fingerprint", kind]);
    let build = ["library", "build", "library.csv", "-o", "library.h5"].into_iter().chain(kinds);
    scratch.ok(&build.collect::<Vec<_>>());
    scratch
}

/// A small library of one kind.
fn few() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("few.smi", "CCO ethanol\nCCCO propanol\nC methane\nCCCCO butanol\nCC(=O)O\n");
    scratch.ok(&["library", "build", "few.smi", "-o", "few.h5", "--fingerprint", "torsion_1024"]);
    scratch
}

#[test]
fn rdkit_finds_the_same_clusters() {
    let Some(python) = oracle_python() else { return };
    let scratch = prepared(11, &KINDS);
    let mut cases = Vec::new();
    for (kind, method, threshold) in [
        ("morgan2_2048", "butina", "0.65"),
        ("morgan2_2048", "butina", "0.3"),
        ("morgan2_2048", "butina", "0"),
        ("morgan2_2048", "recounted", "0.65"),
        ("morgan2_2048", "recounted", "0.3"),
        ("morgan2_2048", "leader", "0.3"),
        ("maccs", "recounted", "0.7"),
        ("maccs", "butina", "0.8"),
        ("maccs", "leader", "0.7"),
        ("torsion_1024", "butina", "0.5"),
        ("torsion_1024", "butina", "1"),
    ] {
        let out = format!("{kind}-{method}-{threshold}.csv");
        let heads = format!("heads-{out}");
        let how = match method {
            "recounted" => &["butina", "--recount"][..],
            other => &[other],
        };
        let args = [&["cluster", "library.h5", "--threshold", threshold, "--method"], how].concat();
        scratch.ok(&[&args[..], &["--fingerprint", kind, "-o", &out, "--centroids", &heads]].concat());
        cases.push(format!("{kind} {method} {threshold} {out} {heads}"));
    }
    let cases = scratch.write("cases.txt", cases.join("\n"));
    python_check(&python, "check_cluster.py", &[&scratch.path("library.csv"), &cases]);
}

#[test]
fn threads_memory_and_output_change_nothing() {
    let scratch = prepared(23, &["morgan2_2048"]);
    for (method, how) in [("butina", None), ("butina", Some("--recount")), ("leader", None)] {
        let args = ["cluster", "library.h5", "--method", method, "--threshold", "0.4"];
        let args: Vec<_> = args.into_iter().chain(how).collect();
        let first = scratch.ok(&args).stdout();
        assert_eq!(first.lines().count(), compounds(&scratch) + 1);
        scratch.ok(&[&args[..], &["--threads", "1", "-o", "one.csv"]].concat());
        assert_eq!(fs::read_to_string(scratch.path("one.csv")).unwrap(), first, "{args:?}");
        let refused = scratch.run(&[&args[..], &["--memory", "1MB"]].concat());
        refused.expect_code(2).expect_message(&["--memory", "is the least"]);
        let least = refused.stderr().split("--memory ").nth(1).unwrap().split('`').next().unwrap().to_owned();
        let little = scratch.ok(&[&args[..], &["--memory", &least, "--threads", "3"]].concat());
        assert_eq!(little.stdout(), first, "{args:?} in {least}");
        scratch.ok(&[&args[..], &["-o", "tabs.tsv"]].concat());
        let tabs = fs::read_to_string(scratch.path("tabs.tsv")).unwrap();
        assert!(tabs.starts_with("row\tname\tsmiles\tcluster\tcluster_size\tis_centroid\tsimilarity\n"));
        assert_eq!(tabs.replace('\t', ","), first);
    }
    assert!(!scratch.path("one.csv.work").exists());
}

#[test]
fn few_compounds_and_thresholds_at_the_ends() {
    let scratch = few();
    // Methane and ethanol have no path of four atoms, and with that no bit.
    let out = |method, threshold| {
        let args = ["cluster", "few.h5", "--method", method, "--threshold", threshold];
        let out = scratch.ok(&args).stdout();
        let cell = |line: &str| {
            let cells: Vec<&str> = line.split(',').collect();
            format!("{}:{}{}", cells[3], cells[4], if cells[5] == "true" { "*" } else { "" })
        };
        out.lines().skip(1).map(cell).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(out("butina", "0"), "0:5 0:5 0:5 0:5 0:5*");
    assert_eq!(out("leader", "0"), "0:5* 0:5 0:5 0:5 0:5");
    assert_eq!(out("butina", "1"), "4:1* 3:1* 2:1* 1:1* 0:1*");
    assert_eq!(out("leader", "1"), "0:1* 1:1* 2:1* 3:1* 4:1*");

    scratch.write("none.smi", "C1CC not a molecule\n");
    scratch.ok(&["library", "build", "none.smi", "-o", "none.h5"]);
    scratch.write("one.smi", "CCO ethanol\n");
    scratch.ok(&["library", "build", "one.smi", "-o", "one.h5"]);
    for method in ["butina", "leader"] {
        let args = ["--method", method, "--threshold", "0.5", "-o", "out.csv", "--centroids", "heads.csv"];
        let none = scratch.ok(&[&["cluster", "none.h5"], &args[..]].concat());
        none.expect_message(&["0 compounds in 0 clusters"]);
        assert_eq!(table(&scratch.path("out.csv")).1.len(), 0);
        scratch.ok(&[&["cluster", "one.h5"], &args[..]].concat());
        assert_eq!(table(&scratch.path("out.csv")).1[0][3..], ["0", "1", "true", "1"]);
        assert_eq!(table(&scratch.path("heads.csv")).1[0], ["0", "1", "0", "ethanol", "CCO"]);
    }
}

#[test]
fn what_cannot_be_is_refused() {
    let scratch = few();
    let butina = ["--method", "butina", "--threshold"];
    let run = |args: &[&str]| scratch.run(&[&["cluster"], args].concat());
    run(&["few.h5", "--threshold", "0.5"]).expect_code(2).expect_message(&["--method"]);
    run(&["few.h5", "--method", "dbscan", "--threshold", "0.5"]).expect_code(2).expect_message(&["butina"]);
    for bad in ["1.5", "-0.1", "nan", "0.12345678901"] {
        run(&[&["few.h5"], &butina[..], &[bad]].concat()).expect_code(2);
    }
    let with = |library: &str, more: &[&str]| run(&[&[library], &butina[..], &["0.5"], more].concat());
    with("few.h5", &["--fingerprint", "maccs"]).expect_code(2).expect_message(&["torsion_1024"]);
    with("few.h5", &["--measure", "euclid"]).expect_code(2).expect_message(&["tversky"]);
    with("few.h5", &["--restart"]).expect_code(2).expect_message(&["--output"]);
    with("few.h5", &["-o", "out.json"]).expect_code(2).expect_message(&[".csv"]);
    for centroids in ["a.csv", "./a.csv"] {
        with("few.h5", &["-o", "a.csv", "--centroids", centroids])
            .expect_code(2)
            .expect_message(&["same file"]);
    }
    with("few.h5", &["-o", "missing/out.csv"]).expect_code(74).expect_message(&["missing"]);
    with("absent.h5", &[]).expect_code(66);
    with("few.smi", &[]).expect_code(65);
    let whole = bytes(&scratch.path("few.h5"));
    scratch.write("half.h5", &whole[..whole.len() / 2]);
    with("half.h5", &[]).expect_code(65);

    scratch.write("out.csv.work", "notes of my own");
    with("few.h5", &["-o", "out.csv"])
        .expect_code(2)
        .expect_message(&["out.csv.work", "not what a clustering"]);
    assert_eq!(bytes(&scratch.path("out.csv.work")), b"notes of my own");
}

/// Waits until the file has grown beyond `size`, or the process has ended.
fn wait_for(child: &mut Child, scratch: &Scratch, size: u64) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(60) {
        if fs::metadata(scratch.path("out.csv.work")).is_ok_and(|file| file.len() > size) {
            return true;
        }
        if child.try_wait().expect("look at the process").is_some() {
            return false;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("nothing happens");
}

/// Starts a run and sends it a signal as soon as it has found something; whether that came before its end.
fn is_ended_by(signal: &str, scratch: &Scratch, args: &[&str]) -> bool {
    let before = fs::metadata(scratch.path("out.csv.work")).map_or(0, |file| file.len());
    let mut child = scratch.command(args).spawn().expect("start soyaku");
    if wait_for(&mut child, scratch, before) {
        let id = child.id().to_string();
        std::process::Command::new("kill").args(["-s", signal, &id]).status().expect("kill");
    }
    match child.wait().expect("the end").code() {
        Some(0) => false,
        code => {
            assert_eq!(code, (signal == "TERM").then_some(143), "{signal}");
            // It may have been about to remove its work file.
            !scratch.path("out.csv").exists()
        }
    }
}

#[test]
fn a_run_that_is_ended_goes_on_where_it_was() {
    let scratch = prepared(2, &["morgan2_2048"]);
    let args = ["cluster", "library.h5", "--method", "butina", "--threshold", "0.5", "-o", "out.csv"];
    let expected = scratch.ok(&[&args[..7], &["expected.csv"]].concat());
    drop(expected);
    // So little memory that everything takes many passes.
    let refused = scratch.run(&[&args[..], &["--memory", "1MB"]].concat());
    let least = refused.stderr().split("--memory ").nth(1).unwrap().split('`').next().unwrap().to_owned();
    assert!(!scratch.path("out.csv.work").exists(), "nothing was begun");
    let slow = [&args[..], &["--memory", &least, "--threads", "1"]].concat();
    // On a machine that is busy with other things a run may have come to its end before it is seen to have begun: then
    // it is begun anew.
    let mut tries = 0;
    for signal in ["TERM", "KILL", "TERM"] {
        while !is_ended_by(signal, &scratch, &slow) {
            fs::remove_file(scratch.path("out.csv")).expect("a run that came to its end");
            tries += 1;
            assert!(tries < 100, "{signal} always comes too late");
        }
    }
    let other = [&args[..5], &["0.6"], &args[6..]].concat();
    scratch.run(&other).expect_code(2).expect_message(&["another run", "--restart"]);
    scratch.ok(&args);
    assert_eq!(bytes(&scratch.path("out.csv")), bytes(&scratch.path("expected.csv")));
    assert!(!scratch.path("out.csv.work").exists());
}

/// Compounds of `library.h5`.
fn compounds(scratch: &Scratch) -> usize {
    let info = scratch.ok(&["library", "info", "library.h5", "--json"]).stdout();
    let info: serde_json::Value = serde_json::from_str(&info).expect("JSON");
    info["rows"].as_u64().or_else(|| info["compounds"].as_u64()).expect("a number of rows") as usize
}

#[test]
fn an_emulated_gpu_finds_the_same() {
    let scratch = Scratch::new();
    let esol = String::from_utf8(bytes(&shipped("esol.csv"))).expect("UTF-8");
    let first: Vec<&str> = esol.lines().take(150).collect();
    scratch.write("few.csv", first.join("\n"));
    scratch.ok(&["library", "build", "few.csv", "--smiles-column", "smiles", "-o", "few.h5"]);
    let one = Emulation::build().expect("the emulated device").machine(Mode::Plain);
    for (method, threshold, measure, device) in
        [("butina", "0.4", "tanimoto", "cuda"), ("leader", "0.6", "tversky:0.9,0.2", "auto")]
    {
        let args = ["cluster", "few.h5", "--method", method, "--threshold", threshold, "--measure", measure];
        let expected = scratch.ok(&[&args[..], &["--device", "cpu"]].concat()).stdout();
        let run = scratch.on(&one, &[&args[..], &["--device", device]].concat());
        run.expect_code(0).expect_message(&["on cuda:0"]);
        assert_eq!(run.stdout(), expected, "{method} {device}");
    }
}
