//! `soyaku library build --deduplicate`.

use crate::harness::{Scratch, bytes, oracle_python, python_check, test_data, text};

const LINES: &str = "CCO ethanol\nC1CC open\nOCC again\nC[C@H](O)N left\nC[C@@H](O)N right\nc1ccccc1 benzene\n\
                     C1=CC=CC=C1 kekule\n[2H]CCO heavy\nC(C)O third\n";

fn names(scratch: &Scratch, library: &str) -> Vec<String> {
    let stdout = scratch.ok(&["library", "export", library]).stdout();
    stdout.lines().filter_map(|line| line.split_whitespace().nth(1).map(str::to_owned)).collect()
}

#[test]
fn the_first_of_equal_compounds_stays_and_the_others_are_listed() {
    let scratch = Scratch::new();
    scratch.write("some.smi", LINES);
    let build = ["library", "build", "some.smi", "-o", "some.h5", "--deduplicate"];
    let run = scratch.ok(&build);
    run.expect_message(&["5 compounds, 1 rejected, 3 duplicates", "line 2: unclosed ring"]);
    assert_eq!(names(&scratch, "some.h5"), ["ethanol", "left", "right", "benzene", "heavy"]);
    let info = scratch.ok(&["library", "info", "some.h5", "--rejected", "9"]).stdout();
    for line in [
        "rejected      4",
        "duplicates    3 of these",
        "line 3: OCC: duplicate of row 0 (line 1)",
        "line 7: C1=CC=CC=C1: duplicate of row 3 (line 6)",
        "line 9: C(C)O: duplicate of row 0 (line 1)",
    ] {
        assert!(info.contains(line), "{line}\n{info}");
    }
    let json = scratch.ok(&["library", "info", "some.h5", "--json"]).stdout();
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["provenance"]["deduplicate"], "exact");
    assert_eq!(json["provenance"]["duplicates"], 3);
    assert_eq!(json["provenance"]["inputs"][0]["duplicates"], 3);
    assert_eq!(json["provenance"]["rejected"]["ring"], 1);

    let Some(python) = oracle_python() else { return };
    python_check(&python, "check_duplicates.py", &[&scratch.path("some.h5"), &scratch.path("some.smi")]);
}

#[test]
fn stereo_and_isotopes_count_or_not() {
    let scratch = Scratch::new();
    scratch.write("some.smi", LINES);
    for (value, expected) in [
        ("exact", &["ethanol", "left", "right", "benzene", "heavy"][..]),
        ("no-stereo", &["ethanol", "left", "benzene", "heavy"]),
        ("flat", &["ethanol", "left", "benzene"]),
    ] {
        let flag = format!("--deduplicate={value}");
        scratch.ok(&["library", "build", &flag, "some.smi", "-o", "some.h5"]);
        assert_eq!(names(&scratch, "some.h5"), expected, "{value}");
    }
    let wrong = ["library", "build", "some.smi", "--deduplicate=stereo", "-o", "other.h5"];
    scratch.run(&wrong).expect_code(2).expect_message(&["expected exact, no-stereo or flat"]);
    // a path is never taken for the value
    scratch.ok(&["library", "build", "-o", "some.h5", "--deduplicate", "some.smi"]);
    assert_eq!(names(&scratch, "some.h5").len(), 5);
}

#[test]
fn duplicates_are_found_across_inputs() {
    let scratch = Scratch::new();
    scratch.write("a.smi", "CCO a1\nCCN a2\n");
    scratch.write("b.csv", "name,smiles\nb1,NCC\nb2,CCC\nb3,C(C)C\n");
    scratch.ok(&["library", "build", "a.smi", "b.csv", "-o", "ab.h5", "--deduplicate"]);
    assert_eq!(names(&scratch, "ab.h5"), ["a1", "a2", "b2"]);
    let info = scratch.ok(&["library", "info", "ab.h5", "--rejected", "9"]).stdout();
    for line in ["NCC: duplicate of row 1 (line 2 of a.smi)", "C(C)C: duplicate of row 2 (line 3)"] {
        assert!(info.contains(line), "{line}\n{info}");
    }
}

#[test]
fn a_mol_block_is_the_compound_of_its_smiles() {
    let scratch = Scratch::new();
    scratch.write("some.smi", "CCO ethanol\nc1ccccc1C(=O)[O-] benzoate\n[13CH3]c1cc[nH]c1 labelled\n");
    scratch.ok(&["library", "build", "some.smi", "-o", "some.h5"]);
    scratch.ok(&["library", "export", "some.h5", "-o", "some.sdf"]);
    let build = ["library", "build", "some.smi", "some.sdf", "-o", "both.h5", "--deduplicate"];
    scratch.ok(&build).expect_message(&["3 compounds, 0 rejected, 3 duplicates"]);
    let info = scratch.ok(&["library", "info", "both.h5", "--rejected", "9"]).stdout();
    assert!(info.contains("duplicate of row 2 (line 3 of some.smi)"), "{info}");
}

#[test]
fn without_the_flag_duplicates_stay() {
    let scratch = Scratch::new();
    scratch.write("some.smi", LINES);
    scratch
        .ok(&["library", "build", "some.smi", "-o", "some.h5"])
        .expect_message(&["8 compounds, 1 rejected, in"]);
    let json = scratch.ok(&["library", "info", "some.h5", "--json"]).stdout();
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert!(json["provenance"].get("duplicates").is_none());
}

/// Every compound twice, in more than one batch.
#[test]
fn the_same_bytes_for_any_number_of_threads() {
    let Some(chembl) = test_data("smiles/chembl_10k.smi") else { return };
    let scratch = Scratch::new();
    scratch.ok(&["library", "build", text(&chembl), "-o", "once.h5", "--deduplicate"]);
    let once = scratch.ok(&["library", "export", "once.h5"]).stdout();
    let lines = String::from_utf8(bytes(&chembl)).expect("UTF-8");
    scratch.write("twice.smi", format!("{lines}{lines}"));
    let libraries = ["1", "2", "3"].map(|threads| {
        let build =
            ["library", "build", "twice.smi", "-o", "twice.h5", "--deduplicate", "--threads", threads];
        scratch.ok(&build).expect_message(&["10,000 duplicates"]);
        let library = bytes(&scratch.path("twice.h5"));
        assert_eq!(scratch.ok(&["library", "export", "twice.h5"]).stdout(), once, "{threads} threads");
        library
    });
    assert_eq!(once.lines().count(), 10_000);
    assert!(libraries[0] == libraries[1] && libraries[0] == libraries[2]);
}
