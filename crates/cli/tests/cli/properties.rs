//! Descriptors and substructure conditions of `soyaku screen`, asked of RDKit too.

use crate::harness::{Scratch, bytes, json, oracle_python, python_check, shipped, table, test_data, text};

const CONDITIONS: [&str; 12] = [
    "--descriptors",
    "all",
    "--alerts",
    "pains,brenk,nih",
    "--must-match",
    "[#6]-[OX2]-[#6]",
    "--must-match",
    "c1ccccc1",
    "--must-not-match",
    "[N+](=O)[O-]",
    "--top",
    "100000",
];

#[test]
fn rdkit_leaves_out_the_same_compounds_and_has_the_same_numbers() {
    let Some(python) = oracle_python() else { return };
    let scratch = Scratch::new();
    let mut inputs = vec![("esol", shipped("esol.csv"))];
    if let Some(chembl) = test_data("smiles/chembl_10k.smi") {
        let all = String::from_utf8(bytes(&chembl)).expect("UTF-8");
        let some: Vec<&str> = all.lines().step_by(10).collect();
        inputs.push(("chembl", scratch.write("chembl.smi", some.join("\n"))));
    }
    for (name, input) in inputs {
        let arguments = [&["screen", text(&input), "-o", name], &CONDITIONS[..]].concat();
        scratch.ok(&arguments);
        let out = scratch.path(name);
        python_check(
            &python,
            "check_properties.py",
            &[&out.join("results.h5"), &out.join("hits.csv"), &input],
        );
    }
}

#[test]
fn a_condition_brings_its_descriptor_along() {
    let scratch = Scratch::new();
    scratch.write("three.smi", "CCO ethanol\nCCCCCCCC octane\nc1ccccc1O phenol\n");
    scratch.ok(&[
        "screen",
        "three.smi",
        "--where",
        "MolLogP < 2",
        "--rank-by",
        "TPSA",
        "--ascending",
        "-o",
        "out",
    ]);
    let (header, rows) = table(&scratch.path("out/hits.csv"));
    assert_eq!(header, ["rank", "row", "name", "smiles", "MolLogP", "TPSA"]);
    assert_eq!(rows.iter().map(|row| row[2].as_str()).collect::<Vec<_>>(), ["ethanol", "phenol"]);
    let run = json(&scratch.path("out/run.json"));
    assert_eq!(run["configuration"]["descriptors"], serde_json::json!(["MolLogP", "TPSA"]), "{run}");
}

#[test]
fn scaffolds_stand_beside_hits() {
    let scratch = Scratch::new();
    scratch
        .write("three.smi", "CC(C)Cc1ccc(cc1)C(C)C(O)=O ibuprofen\nCCO ethanol\nO=C1CCCN1c1ccncc1 lactam\n");
    for (kind, expected) in
        [("murcko", ["c1ccccc1", "", "O=C1CCCN1c1ccncc1"]), ("generic", ["C1CCCCC1", "", "CC1CCCC1C1CCCCC1"])]
    {
        scratch.ok(&["screen", "three.smi", "--descriptors", "MolWt", "--scaffold", kind, "-o", kind]);
        let (header, rows) = table(&scratch.path(kind).join("hits.csv"));
        assert_eq!(header, ["rank", "row", "name", "smiles", "MolWt", "scaffold"]);
        assert_eq!(rows.iter().map(|row| row[5].as_str()).collect::<Vec<_>>(), expected);
    }
    scratch
        .run(&["screen", "three.smi", "--descriptors", "MolWt", "--scaffold", "ring", "-o", "x"])
        .expect_code(2)
        .expect_message(&["murcko", "generic"]);
}

#[test]
fn a_condition_brings_its_alerts_along() {
    let scratch = Scratch::new();
    scratch.write("three.smi", "CC(=O)Oc1ccccc1C(=O)O aspirin\nCCO ethanol\nO=Cc1ccccc1 benzaldehyde\n");
    scratch.ok(&["screen", "three.smi", "--where", "BRENK_alert > 0", "-o", "out"]);
    let (header, rows) = table(&scratch.path("out/hits.csv"));
    assert_eq!(header, ["rank", "row", "name", "smiles", "BRENK_alert", "alerts"]);
    let cells: Vec<_> = rows.iter().map(|row| [row[2].as_str(), row[4].as_str(), row[5].as_str()]).collect();
    assert_eq!(cells, [["aspirin", "1", "BRENK: phenol_ester"], ["benzaldehyde", "1", "BRENK: aldehyde"]]);
}

#[test]
fn left_out_compounds_are_counted_and_keep_their_rows() {
    let scratch = Scratch::new();
    scratch.write("mixed.smi", "CCO a\nnonsense b\nCC(=O)O c\nOC(=O)C[N+](=O)[O-] d\nCN e\n");
    let run = scratch.ok(&[
        "screen",
        "mixed.smi",
        "--must-match",
        "C(=O)[OH]",
        "--must-not-match",
        "[N+]",
        "-o",
        "out",
    ]);
    assert!(run.stderr().contains("left out by --must-match and --must-not-match: 3"), "{}", run.stderr());
    let counts = &json(&scratch.path("out/run.json"))["counts"];
    assert_eq!(
        (counts["rows"].as_u64(), counts["ok"].as_u64(), counts["excluded"].as_u64()),
        (Some(5), Some(1), Some(3))
    );
    assert_eq!(counts["failed"]["invalid"].as_u64(), Some(1));
    let (header, rows) = table(&scratch.path("out/hits.csv"));
    assert_eq!(header.last().map(String::as_str), Some("matched_atoms"));
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0][2].as_str(), rows[0][4].as_str()), ("c", "[[[1,2,3]]]"));
}

#[test]
fn threads_batches_and_a_library_change_nothing() {
    let scratch = Scratch::new();
    let library = scratch.esol_library();
    let mut first: Option<Vec<Vec<u8>>> = None;
    for (threads, batch) in [("1", "4096"), ("2", "1"), ("2", "100")] {
        let out = format!("out-{threads}-{batch}");
        let fixed = ["screen", library, "--threads", threads, "--batch-size", batch, "-o", &out];
        scratch.ok(&[&fixed, &CONDITIONS[..]].concat());
        let files = ["results.h5", "hits.csv"].map(|name| bytes(&scratch.path(&out).join(name)));
        let first = first.get_or_insert_with(|| files.to_vec());
        assert!(first[..] == files[..], "{threads} threads, batches of {batch}");
    }
}

#[test]
fn what_cannot_be_meant_is_refused_before_work() {
    let scratch = Scratch::new();
    scratch.write("one.smi", "CCO\n");
    let refused = |arguments: &[&str], words: &[&str]| {
        let run = scratch.run(&[&["screen", "one.smi", "-o", "out"], arguments].concat());
        run.expect_code(2).expect_message(words);
        assert!(!scratch.path("out").exists());
    };
    refused(&["--descriptors", "MolWt,weight"], &["weight", "MolLogP", "all"]);
    refused(&["--alerts", "pain"], &["\"pain\"", "brenk"]);
    refused(&["--must-match", "c1ccc"], &["--must-match 'c1ccc'", "ring 1"]);
    refused(&["--must-not-match", "[#6"], &["--must-not-match '[#6'", "byte 3"]);
    refused(&["--must-match", ""], &["--must-match ''"]);
    refused(&["--where", "molwt < 3"], &["unknown column 'molwt'"]);
    refused(&[], &["nothing to compute", "--descriptors"]);
}
