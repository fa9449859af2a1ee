//! SD files in and out, properties, and the other formats of `library export`.

use std::io::Write;
use std::process::Stdio;

use crate::harness::{Run, Scratch, bytes, json, oracle_python, python_check, shipped, table, text};

/// Compounds with everything that a mol block has to carry.
const COMPOUNDS: &str = "\
N[C@@H](C)C(=O)O L-alanine
C/C=C/C(=O)O crotonic acid
C/C=C\\Br
[13CH3][N+](C)(C)CC([O-])=O betaine
c1ccc2[nH]ccc2c1 indole
[O]N1C(C)(C)CCCC1(C)C TEMPO
[CH3:1][OH:2] mapped
C1C[C@H]2CC[C@@H]1C2 bridged
[Na+].[Cl-] salt
*c1ccccc1 dummy
CS(=O)(=O)c1ccc(cc1)[C@@H](O)[C@@H](CO)NC(=O)C(Cl)Cl thiamphenicol
";

fn library(scratch: &Scratch, input: &str, more: &[&str]) -> Run {
    let args =
        [&["library", "build", input, "-o", "library.h5", "--fingerprint", "morgan2_2048_chiral"], more];
    scratch.ok(&args.concat())
}

fn exported(scratch: &Scratch, args: &[&str]) -> String {
    scratch.ok(&[&["library", "export", "library.h5"], args].concat()).stdout()
}

#[test]
fn a_library_survives_the_way_through_an_sd_file() {
    let scratch = Scratch::new();
    scratch.write("compounds.smi", COMPOUNDS);
    library(&scratch, "compounds.smi", &[]);
    let canonical = exported(&scratch, &["--canonical"]);
    let kekule = exported(&scratch, &["--canonical", "--kekule"]);
    let fingerprints = exported(&scratch, &["--format", "fps"]);
    assert!(canonical.contains("indole") && kekule.contains("C1=CC=CC2C=CNC1=2 indole"), "{kekule}");
    for version in [&[][..], &["--v3000"]] {
        let run = scratch.ok(&[&["library", "export", "library.h5", "-o", "out.sdf"], version].concat());
        assert_eq!(run.stderr(), "", "nothing is lost");
        let other = Scratch::new();
        other.write("out.sdf", bytes(&scratch.path("out.sdf")));
        library(&other, "out.sdf", &[]);
        assert_eq!(exported(&other, &["--canonical"]), canonical);
        let without_source = |fps: &str| {
            fps.lines().filter(|line| !line.starts_with("#source=")).map(str::to_owned).collect::<Vec<_>>()
        };
        let through: Vec<String> = without_source(&exported(&other, &["--format", "fps"]));
        let (through, direct) = (through, without_source(&fingerprints));
        assert_eq!(through.len(), direct.len());
        for (through, direct) in through.iter().zip(&direct) {
            let bits = |line: &str| line.split('\t').next().unwrap_or_default().to_owned();
            assert_eq!(bits(through), bits(direct));
        }
    }
}

#[test]
fn what_a_mol_block_cannot_tell_is_counted() {
    let scratch = Scratch::new();
    scratch
        .write("odd.smi", "C[C@H](F)Cl good\nF[Pt@SP1](Cl)(Br)I square\nC[Se@](=O)CC selenoxide\nC$C four\n");
    library(&scratch, "odd.smi", &[]);
    let run = scratch.ok(&["library", "export", "library.h5", "-o", "out.sdf"]);
    run.expect_message(&["warning: 3 compounds are not told completely", "2 tetrahedral centres", "3 other"]);
    assert_eq!(bytes(&scratch.path("out.sdf")).windows(4).filter(|four| *four == b"$$$$").count(), 4);
}

/// Ethanol with a title and data items.
fn record(title: &str, items: &str) -> String {
    format!(
        "{title}\n  test\n\n  3  2  0  0  0  0  0  0  0  0999 V2000\n\
         \x20   0.0000    0.0000    0.0000 C   0  0\n\
         \x20   1.5000    0.0000    0.0000 C   0  0\n\
         \x20   2.2500    1.2990    0.0000 O   0  0\n\
         \x20 1  2  1  0\n  2  3  1  0\nM  END\n{items}$$$$\n"
    )
}

#[test]
fn data_items_and_columns_are_kept_and_written_again() {
    let scratch = Scratch::new();
    let first = record("one", ">  <ID>\nA-1\n\n> 25 <IC50 / nM> (7)\n12.5\nsecond, \"line\"\n\n");
    let file = first + &record("two", "> <ID>\nA-2\n\n> <late>\nyes\n\n") + &record("", "> <ID>\nA-3\n\n");
    scratch.write("in.sdf", file);
    library(&scratch, "in.sdf", &[]);
    let info = exported_info(&scratch);
    assert_eq!(info["properties"], serde_json::json!(["ID", "IC50 / nM", "late"]));
    let csv = exported(&scratch, &["--format", "csv"]);
    let expected = "smiles,name,ID,IC50 / nM,late\nCCO,one,A-1,\"12.5\nsecond, \"\"line\"\"\",\n\
                    CCO,two,A-2,,yes\nCCO,,A-3,,\n";
    assert_eq!(csv, expected);
    let sdf = exported(&scratch, &["--format", "sdf"]);
    assert_eq!(sdf.matches(">  <").count(), 5, "empty items are left out\n{sdf}");
    assert!(sdf.contains("\n>  <IC50 / nM>\n12.5\nsecond, \"line\"\n\n$$$$\n"), "{sdf}");

    // the same through a table, of which the columns must be asked for
    scratch.write("out.csv", &csv);
    library(&scratch, "out.csv", &[]);
    assert_eq!(exported(&scratch, &["--format", "csv"]), "smiles,name\nCCO,one\nCCO,two\nCCO,\n");
    library(&scratch, "out.csv", &["--keep-columns", "all"]);
    assert_eq!(exported(&scratch, &["--format", "csv"]), expected);
    library(&scratch, "out.csv", &["--keep-columns", "late,ID"]);
    let tsv = exported(&scratch, &["--format", "tsv"]);
    assert_eq!(tsv, "smiles\tname\tlate\tID\nCCO\tone\t\tA-1\nCCO\ttwo\tyes\tA-2\nCCO\t\t\tA-3\n");
    let missing = scratch.run(&["library", "build", "out.csv", "--keep-columns", "x", "-o", "x.h5"]);
    missing.expect_code(65).expect_message(&["out.csv, line 1: has no column `x`"]);

    library(&scratch, "in.sdf", &["--keep-columns", "none"]);
    assert_eq!(exported_info(&scratch)["properties"], serde_json::json!([]));
    library(&scratch, "in.sdf", &["--name-column", "ID"]);
    assert_eq!(exported(&scratch, &[]), "CCO A-1\nCCO A-2\nCCO A-3\n");
    let run = scratch.run(&["library", "build", "in.sdf", "--name-column", "id", "-o", "x.h5"]);
    run.expect_code(65).expect_message(&["in.sdf: no record has a data item `id`"]);
    assert!(!scratch.path("x.h5").exists());
}

fn exported_info(scratch: &Scratch) -> serde_json::Value {
    let stdout = scratch.ok(&["library", "info", "library.h5", "--json"]).stdout();
    serde_json::from_str(&stdout).expect("JSON")
}

#[test]
fn a_bad_record_is_reported_and_the_next_is_read() {
    let scratch = Scratch::new();
    let good = record("good", "> <ID>\n1\n\n");
    let parts = [
        good.clone(),
        good.replace("  2  3  1  0", "  2  9  1  0"),
        good.replace("O   0  0", "Xx  0  0"),
        good.replace("O   0  0", "F   0  0").replace("  2  3  1  0", "  2  3  2  0"),
        good.replace("> <ID>", "ID"),
        "garbage\n$$$$\n".into(),
        good.replace("  2  3  1  0\nM  END\n", ""),
        good.trim_end().trim_end_matches("$$$$").to_owned(),
    ];
    let file: String = parts.concat();
    // the number of the line where each record starts
    let starts: Vec<u64> = (0..parts.len())
        .map(|place| parts[..place].iter().map(|part| part.lines().count() as u64).sum::<u64>() + 1)
        .collect();
    scratch.write("unix.sdf", &file);
    scratch.write("windows.sdf", file.replace('\n', "\r\n"));
    for input in ["unix.sdf", "windows.sdf"] {
        let run = library(&scratch, input, &[]);
        run.expect_message(&["2 compounds, 6 rejected", "expected 1 to 3", "atom symbol 'Xx'", "valence"]);
        assert_eq!(exported(&scratch, &[]), "CCO good\nCCO good\n");
        let args = ["library", "info", "library.h5", "--json", "--rejected", "10"];
        let info: serde_json::Value = serde_json::from_str(&scratch.ok(&args).stdout()).expect("JSON");
        let rejected = info["rejected_rows"].as_array().expect("rows").clone();
        let lines: Vec<u64> = rejected.iter().filter_map(|row| row["line"].as_u64()).collect();
        assert_eq!(lines, starts[1..7], "{input}");
        assert!(
            rejected[0]["text"]
                .as_str()
                .is_some_and(|text| text.starts_with("good\n") || input != "unix.sdf")
        );
        assert!(rejected[3]["reason"].as_str().is_some_and(|reason| reason.contains("begins with '>'")));
        let shown = scratch.ok(&["library", "info", "library.h5", "--rejected", "1"]).stdout();
        assert!(shown.lines().all(|line| line.chars().count() < 400), "{shown}");
    }

    // a screen keeps the rows
    let drugs = shipped("cns_drugs.smi");
    let run = scratch.ok(&["screen", "unix.sdf", "--like", text(&drugs), "-o", "out"]);
    run.expect_message(&["8 compounds read, 2 scored, 6 failed"]);
    let counts = json(&scratch.path("out/run.json"))["counts"].clone();
    assert_eq!(counts["failed"], serde_json::json!({ "invalid": 5, "unreadable": 1 }), "{counts}");
    let rows: Vec<String> =
        table(&scratch.path("out/hits.csv")).1.into_iter().map(|hit| hit[1].clone()).collect();
    assert_eq!(rows, ["0", "7"]);

    let Some(python) = oracle_python() else { return };
    let failed =
        ["invalid:1:expected 1 to 3", "invalid:2:Xx", "invalid:3:valence", "unreadable:4:begins with"];
    let results = scratch.path("out/results.h5");
    let mut arguments = vec![results.as_path(), std::path::Path::new("8")];
    arguments.extend(failed.map(std::path::Path::new));
    arguments.extend(["invalid:5:the mol block ends here", "invalid:6:ends"].map(std::path::Path::new));
    python_check(&python, "check_failed.py", &arguments);
}

#[test]
fn packed_files_and_standard_input() {
    let scratch = Scratch::new();
    let file = record("one", "").repeat(500) + &record("last", "> <ID>\n1\n\n");
    scratch.write("plain.sdf", &file);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(file.as_bytes()).expect("compress");
    let packed = packed.finish().expect("compress");
    scratch.write("packed.sdf.gz", &packed);
    library(&scratch, "plain.sdf", &[]);
    let expected = exported(&scratch, &[]);
    assert_eq!(expected.lines().count(), 501);
    library(&scratch, "packed.sdf.gz", &[]);
    assert_eq!(exported(&scratch, &[]), expected);
    for format in [&[][..], &["--input-format", "sdf"]] {
        let args = [&["library", "build", "-", "-o", "library.h5"], format].concat();
        let mut child =
            scratch.command(&args).stdin(Stdio::piped()).stderr(Stdio::null()).spawn().expect("start");
        child.stdin.take().expect("a pipe").write_all(file.as_bytes()).expect("write");
        assert!(child.wait().expect("end").success());
        assert_eq!(exported(&scratch, &[]), expected);
    }
    // known actives may be an SD file, too
    scratch.ok(&["screen", "packed.sdf.gz", "--like", "plain.sdf", "--top", "1", "-o", "out"]);
    assert_eq!(table(&scratch.path("out/hits.csv")).1[0][2..], ["one", "CCO", "1", "one"]);

    scratch.write("half.sdf.gz", &packed[..packed.len() / 2]);
    let run = scratch.run(&["library", "build", "half.sdf.gz", "-o", "half.h5"]);
    run.expect_code(65).expect_message(&["half.sdf.gz", "truncated gzip data"]);
    assert!(!scratch.path("half.h5").exists());
    scratch.write("binary.sdf", [0u8, 1, 2]);
    scratch
        .run(&["library", "build", "binary.sdf", "-o", "b.h5"])
        .expect_code(65)
        .expect_message(&["binary.sdf"]);
    scratch.run(&["library", "build", "none.sdf", "-o", "b.h5"]).expect_code(66);
    scratch.write("empty.sdf", "");
    scratch
        .ok(&["library", "build", "empty.sdf", "-o", "empty.h5"])
        .expect_message(&["0 compounds, 0 rejected"]);
}

#[test]
fn a_record_without_end_costs_one_row_and_little_memory() {
    let scratch = Scratch::new();
    let huge = "x".repeat(20 << 20) + "\n$$$$\n" + &record("good", "");
    scratch.write("huge.sdf", huge);
    let run = library(&scratch, "huge.sdf", &[]);
    run.expect_message(&["1 compounds, 1 rejected", "line 1: record longer than 16777216 bytes"]);
}

#[test]
fn threads_and_batches_do_not_show_in_a_library_of_an_sd_file() {
    let scratch = Scratch::new();
    let mut file = String::new();
    for row in 0..6_000 {
        let name = format!("> <p{}>\n{row}\n\n", row * row % 37);
        file.push_str(&record(&row.to_string(), &name));
    }
    scratch.write("many.sdf", file);
    let built: Vec<Vec<u8>> = ["1", "2", "3"]
        .iter()
        .map(|threads| {
            scratch.ok(&["library", "build", "many.sdf", "-o", "many.h5", "--threads", threads]);
            bytes(&scratch.path("many.h5"))
        })
        .collect();
    assert!(built[0] == built[1] && built[0] == built[2]);
    let exported: Vec<String> = ["1", "3"]
        .iter()
        .map(|threads| {
            let args = ["library", "export", "many.h5", "--format", "sdf", "--threads", threads];
            scratch.ok(&args).stdout()
        })
        .collect();
    assert!(exported[0] == exported[1] && exported[0].matches("$$$$\n").count() == 6_000);
}

#[test]
fn fingerprints_as_text() {
    let scratch = Scratch::new();
    scratch.write("two.smi", "CCO ethanol\nc1ccccc1\n");
    let build = ["library", "build", "two.smi", "-o", "two.h5", "--fingerprint", "morgan2_1024"];
    scratch.ok(&[&build[..], &["--fingerprint", "rdkit_2048"]].concat());
    let fps = |name: &str| {
        scratch.ok(&["library", "export", "two.h5", "-o", "two.fps", "--fingerprint", name]);
        String::from_utf8(bytes(&scratch.path("two.fps"))).expect("text")
    };
    let stored = fps("morgan2_1024");
    let lines: Vec<&str> = stored.lines().collect();
    assert_eq!(lines[..3], ["#FPS1", "#num_bits=1024", "#type=Soyaku-morgan2_1024/1"]);
    assert_eq!(lines[4], "#source=two.smi");
    assert!(
        lines[5].ends_with("\tethanol") && lines[6].ends_with("\tc1ccccc1") && lines.len() == 7,
        "{stored}"
    );
    assert_eq!(lines[5].len(), 256 + "\tethanol".len());
    // one that the library does not hold is computed
    assert_eq!(fps("morgan3_512").lines().nth(1), Some("#num_bits=512"));
    scratch
        .run(&["library", "export", "two.h5", "-o", "two.fps"])
        .expect_code(2)
        .expect_message(&["name the fingerprint", "morgan2_1024, rdkit_2048"]);
    let unknown = ["library", "export", "two.h5", "-o", "two.fps", "--fingerprint", "ecfp"];
    scratch.run(&unknown).expect_code(2).expect_message(&["unknown fingerprint 'ecfp'"]);
}

#[test]
fn options_that_mean_nothing_are_refused() {
    let scratch = Scratch::new();
    scratch.write("one.smi", "CCO ethanol\n");
    scratch.ok(&["library", "build", "one.smi", "-o", "one.h5"]);
    for (options, word) in [
        (&["-o", "out.mol2"][..], "expected .smi, .csv, .tsv, .sdf or .fps"),
        (&["-o", "out.smi.gz"], "compressed output is not written"),
        (&["-o", "out.sdf", "--canonical"], "--canonical means nothing"),
        (&["-o", "out.fps", "--kekule"], "--kekule means nothing"),
        (&["-o", "out.smi", "--v3000"], "--v3000 means nothing"),
        (&["-o", "out.csv", "--fingerprint", "maccs"], "--fingerprint means nothing"),
    ] {
        let run = scratch.run(&[&["library", "export", "one.h5"], options].concat());
        run.expect_code(2).expect_message(&[word]);
    }
    let run = scratch.run(&["library", "build", "one.smi", "-o", "x.h5", "--keep-columns", "a,,b"]);
    run.expect_code(2).expect_message(&["--keep-columns has an empty name"]);
}
