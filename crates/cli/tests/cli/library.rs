//! `soyaku library build`, `info` and `export`.

use crate::harness::{Scratch, bytes, oracle_python, python_check, shipped, text};

#[test]
fn what_goes_in_comes_out() {
    let scratch = Scratch::new();
    scratch.esol_library();
    scratch.ok(&["library", "export", "esol.h5", "-o", "out.smi"]);

    let csv = String::from_utf8(bytes(&shipped("esol.csv"))).expect("UTF-8");
    let expected: Vec<&str> = csv.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    let exported = String::from_utf8(bytes(&scratch.path("out.smi"))).expect("UTF-8");
    let smiles: Vec<&str> = exported.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(smiles, expected);
}

#[test]
fn export_writes_to_standard_output_without_a_file() {
    let scratch = Scratch::new();
    scratch.write("two.smi", "CCO ethanol\nc1ccccc1 benzene\n");
    scratch.ok(&["library", "build", "two.smi", "-o", "two.h5"]);
    let stdout = scratch.ok(&["library", "export", "two.h5"]).stdout();
    let lines: Vec<Vec<&str>> = stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines, [["CCO", "ethanol"], ["c1ccccc1", "benzene"]]);
}

#[test]
fn a_line_that_is_no_molecule_is_kept_with_its_reason() {
    let scratch = Scratch::new();
    scratch.write("mixed.smi", "CCO ethanol\nC1CC ring-left-open\n\nc1ccccc1 benzene\nnot-a-molecule\n");
    let run = scratch.ok(&["library", "build", "mixed.smi", "-o", "mixed.h5"]);
    run.expect_message(&[
        "2 compounds, 3 rejected",
        "line 2: unclosed ring",
        "line 3: empty line",
        "line 5: ",
    ]);
    let stdout = scratch.ok(&["library", "export", "mixed.h5"]).stdout();
    assert_eq!(stdout.lines().count(), 2, "{stdout}");

    let Some(python) = oracle_python() else { return };
    python_check(&python, "check_rejected.py", &[&scratch.path("mixed.h5")]);
}

#[test]
fn windows_line_ends_and_a_missing_last_one_change_nothing() {
    let scratch = Scratch::new();
    scratch.write("unix.smi", "CCO ethanol\nc1ccccc1 benzene\n");
    scratch.write("windows.smi", "CCO ethanol\r\nc1ccccc1 benzene");
    let exported = ["unix", "windows"].map(|name| {
        let library = format!("{name}.h5");
        scratch.ok(&["library", "build", &format!("{name}.smi"), "-o", &library]);
        scratch.ok(&["library", "export", &library]).stdout()
    });
    assert_eq!(exported[0], exported[1]);
}

#[test]
fn info_tells_how_many_and_which_fingerprints() {
    let scratch = Scratch::new();
    scratch.esol_library();
    let stdout = scratch.ok(&["library", "info", "esol.h5"]).stdout();
    let digits = stdout.replace(',', "");
    assert!(digits.contains("1128"), "{stdout}");
    assert!(stdout.contains("morgan2_2048"), "{stdout}");
}

#[test]
fn h5py_reads_the_library_and_rdkit_agrees_on_every_bit() {
    let Some(python) = oracle_python() else { return };
    let scratch = Scratch::new();
    scratch.esol_library();
    python_check(&python, "check_library.py", &[&scratch.path("esol.h5"), &shipped("esol.csv")]);
}

#[test]
fn every_fingerprint_has_a_column_of_its_own() {
    let scratch = Scratch::new();
    let kinds = ["morgan3_1024_chiral", "atompair_2048", "torsion_2048", "rdkit_2048"];
    let mut args = vec!["library", "build", "two.smi", "-o", "two.h5"];
    kinds.iter().for_each(|kind| args.extend(["--fingerprint", kind]));
    scratch.write("two.smi", "CCCCO butanol\nC1CC open\nc1ccccc1C(=O)N[C@H](C)C amide\n");
    scratch.ok(&args);
    let stdout = scratch.ok(&["library", "info", "two.h5"]).stdout();
    assert!(kinds.iter().all(|kind| stdout.contains(kind)), "{stdout}");
    for kind in kinds {
        let like = ["screen", "two.h5", "--like", "two.smi", "--fingerprint", kind, "--restart", "-o", "out"];
        scratch.ok(&like);
        let hits = String::from_utf8(bytes(&scratch.path("out/hits.csv"))).expect("UTF-8");
        let own = ["butanol,CCCCO,1,butanol", "amide,c1ccccc1C(=O)N[C@H](C)C,1,amide"];
        assert!(own.iter().all(|row| hits.contains(row)), "{kind}: each is its own nearest\n{hits}");
    }
}

#[test]
fn several_inputs_make_one_library_in_their_order() {
    let scratch = Scratch::new();
    scratch.write("a.smi", "CCO a1\nCCN a2\n");
    scratch.write("b.csv", "id,structure\nb1,CCC\nb2,CCCl\n");
    scratch.ok(&["library", "build", "a.smi", "-o", "a.h5"]);
    let b =
        ["library", "build", "b.csv", "--smiles-column", "structure", "--name-column", "id", "-o", "b.h5"];
    scratch.ok(&b);
    scratch.write("c.smi", "CCF c1\n");
    scratch.ok(&["library", "build", "a.smi", "c.smi", "-o", "ac.h5"]);
    let names = |library: &str| -> Vec<String> {
        let stdout = scratch.ok(&["library", "export", library]).stdout();
        stdout.lines().filter_map(|line| line.split_whitespace().nth(1).map(str::to_owned)).collect()
    };
    assert_eq!(names("b.h5"), ["b1", "b2"]);
    assert_eq!(names("ac.h5"), ["a1", "a2", "c1"]);
}

#[test]
fn a_failed_build_leaves_no_library() {
    let scratch = Scratch::new();
    scratch.write("a.smi", "CCO a1\n");
    scratch.run(&["library", "build", "a.smi", "missing.smi", "-o", "a.h5"]).expect_code(66);
    assert!(!scratch.path("a.h5").exists());
    let left: Vec<_> =
        std::fs::read_dir(scratch.path(".")).expect("list").flatten().map(|f| f.file_name()).collect();
    assert_eq!(left, ["a.smi"], "temporary files stay behind: {left:?}");
    // The name is free for the next attempt.
    scratch.ok(&["library", "build", text(&scratch.path("a.smi")), "-o", "a.h5"]);
}

#[test]
fn maccs_keys_are_exported_with_as_many_bits_as_rdkit_has() {
    let scratch = Scratch::new();
    scratch.write("two.smi", "CCO ethanol\nc1ccccc1 benzene\n");
    scratch.ok(&["library", "build", "two.smi", "-o", "two.h5", "--fingerprint", "maccs"]);
    for arguments in [&["two.h5"][..], &["two.h5", "--fingerprint", "maccs"]] {
        let run = scratch.ok(&[&["library", "export", "--format", "fps"], arguments].concat());
        let stdout = run.stdout();
        let header: Vec<&str> = stdout.lines().take_while(|line| line.starts_with('#')).collect();
        assert!(header.contains(&"#num_bits=167"), "{stdout}");
        // 167 bits fill 21 bytes
        let rows: Vec<&str> = stdout.lines().skip(header.len()).collect();
        assert_eq!(rows.len(), 2);
        assert!(rows.iter().all(|row| row.split('\t').next().is_some_and(|hex| hex.len() == 42)), "{stdout}");
    }
}
