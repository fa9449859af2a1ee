//! `soyaku pick`: the picks of RDKit, whatever the way to ask for them.

use std::path::Path;

use crate::harness::{Scratch, bytes, oracle_python, python_check, shipped, table, test_data};

const HEADER: [&str; 5] = ["pick", "row", "name", "smiles", "max_similarity"];

/// `all.smi`: ChEMBL where it is there, else the shipped solubility set; among them equal ones and, for torsions, some
/// without any bit.
fn compounds(scratch: &Scratch) {
    let mut smiles: Vec<String> = match test_data("smiles/chembl_10k.smi") {
        Some(path) => {
            let all = String::from_utf8(bytes(&path)).expect("UTF-8");
            all.lines().filter_map(|line| line.split_whitespace().next().map(str::to_owned)).collect()
        }
        None => {
            let (header, rows) = table(&shipped("esol.csv"));
            let column = header.iter().position(|name| name == "smiles").expect("a column smiles");
            rows.into_iter().map(|row| row[column].clone()).collect()
        }
    };
    smiles.splice(500..500, ["C", "CC", "O", "CCO", "CCO", "c1ccccc1O"].map(str::to_owned));
    let lines: Vec<String> =
        smiles.iter().enumerate().map(|(index, smiles)| format!("{smiles} compound{index}")).collect();
    scratch.write("all.smi", lines.join("\n"));
}

/// `library.h5` with these fingerprints.
fn prepared(kinds: &[&str]) -> Scratch {
    let scratch = Scratch::new();
    compounds(&scratch);
    let kinds = kinds.iter().flat_map(|kind| ["--fingerprint", kind]);
    let build = ["library", "build", "all.smi", "-o", "library.h5"].into_iter().chain(kinds);
    scratch.ok(&build.collect::<Vec<_>>());
    scratch
}

fn few() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("few.smi", "CCO ethanol\nCCCO propanol\nC methane\nc1ccccc1O phenol\nCC(=O)O\nCCO again\n");
    scratch.ok(&["library", "build", "few.smi", "-o", "few.h5"]);
    scratch
}

/// The rows that were picked, and all cells.
fn picked(path: &Path) -> (Vec<u64>, Vec<Vec<String>>) {
    let (header, rows) = table(path);
    assert_eq!(header, HEADER);
    (rows.iter().map(|row| row[1].parse().expect("a row")).collect(), rows)
}

#[test]
fn rdkit_picks_the_same_compounds() {
    let Some(python) = oracle_python() else { return };
    let scratch = prepared(&["morgan2_2048", "torsion_1024", "maccs"]);
    let mut cases = Vec::new();
    let mut case = |kind: &str, count: &str, seed: &str, threshold: &str| {
        let out = format!("{kind}-{count}-{seed}-{threshold}.csv");
        let args = ["pick", "library.h5", "--fingerprint", kind, "-n", count, "--seed", seed, "-o", &out];
        let threshold_args = ["--threshold", threshold];
        scratch.ok(&[&args[..], if threshold == "-" { &[] } else { &threshold_args }].concat());
        cases.push(format!("{kind} {count} {seed} {threshold} {out}"));
    };
    for seed in ["0", "1", "42", "2147483647"] {
        case("morgan2_2048", "1000", seed, "-");
    }
    case("torsion_1024", "300", "5", "-");
    case("maccs", "1000", "6", "-");
    // Thresholds of which 1 - T is exact in doubles.
    case("morgan2_2048", "900", "8", "0.25");
    case("morgan2_2048", "900", "8", "0.125");
    case("maccs", "1000", "9", "0.5");
    let cases = scratch.write("cases.txt", cases.join("\n"));
    python_check(&python, "check_pick.py", &[&scratch.path("library.h5"), &cases]);
}

#[test]
fn rdkit_goes_on_from_the_same_start() {
    let Some(python) = oracle_python() else { return };
    let scratch = prepared(&["morgan2_2048"]);
    let smiles = String::from_utf8(bytes(&scratch.path("all.smi"))).expect("UTF-8");
    let lines: Vec<&str> = smiles.lines().collect();
    let start = [3, 1, 77, 400];
    let content: Vec<&str> = start.iter().map(|&row| lines[row]).collect();
    scratch.write("start.smi", format!("{}\n", content.join("\n")));
    scratch.ok(&["pick", "library.h5", "--start", "start.smi", "-n", "400", "-o", "started.csv"]);
    let rows = start.map(|row| row.to_string()).join(",");
    let cases = scratch.write("cases.txt", format!("morgan2_2048 400 start={rows} - started.csv"));
    python_check(&python, "check_pick.py", &[&scratch.path("library.h5"), &cases]);

    // The same compounds as fingerprints, as a library, as a table.
    scratch.ok(&["library", "build", "start.smi", "-o", "start.h5"]);
    scratch.ok(&["library", "export", "start.h5", "-o", "start.fps"]);
    scratch.ok(&["library", "export", "start.h5", "-o", "start.csv"]);
    for file in ["start.h5", "start.fps", "start.csv"] {
        let got = scratch.ok(&["pick", "library.h5", "--start", file, "-n", "400"]).stdout();
        assert_eq!(got.as_bytes(), bytes(&scratch.path("started.csv")), "{file}");
    }
}

#[test]
fn picks_go_on_from_picks() {
    let scratch = prepared(&["morgan2_2048"]);
    scratch.ok(&["pick", "library.h5", "-n", "150", "--seed", "3", "-o", "all.csv"]);
    scratch.ok(&["pick", "library.h5", "-n", "100", "--seed", "3", "-o", "first.csv"]);
    scratch.ok(&["pick", "library.h5", "-n", "50", "--start", "first.csv", "-o", "more.csv"]);
    let [(all, cells), (first, _), (more, _)] =
        ["all.csv", "first.csv", "more.csv"].map(|name| picked(&scratch.path(name)));
    assert_eq!(all, [first, more].concat());
    // Similarities never fall, and the first pick has none.
    assert_eq!(cells[0][4], "");
    let similarities: Vec<f64> = cells[1..].iter().map(|row| row[4].parse().expect("a number")).collect();
    assert!(similarities.is_sorted(), "{similarities:?}");
    // Names and SMILES are those of the rows.
    let smiles = String::from_utf8(bytes(&scratch.path("all.smi"))).expect("UTF-8");
    let lines: Vec<&str> = smiles.lines().collect();
    for (pick, (row, cells)) in all.iter().zip(&cells).enumerate() {
        assert_eq!(cells[0], pick.to_string());
        assert_eq!(format!("{} {}", cells[3], cells[2]), lines[*row as usize]);
    }
    // The picks are a library of their own.
    scratch.ok(&["library", "build", "all.csv", "-o", "picks.h5"]);
    scratch.ok(&["library", "info", "picks.h5", "--json"]);
}

#[test]
fn threads_and_memory_change_nothing() {
    let scratch = prepared(&["morgan2_2048"]);
    let pick = |extra: &[&str]| {
        let args = ["pick", "library.h5", "-n", "300", "--seed", "11"];
        scratch.run(&[&args[..], extra].concat())
    };
    let expected = pick(&["--threads", "1"]).expect_code(0).stdout();
    assert_eq!(expected.lines().count(), 301);
    assert_eq!(pick(&["--threads", "3"]).expect_code(0).stdout(), expected);
    let refused = pick(&["--memory", "1MiB"]);
    refused.expect_code(2).expect_message(&["1 MiB of memory is not enough", "is the least"]);
    let message = refused.stderr();
    let least = message.split("--memory ").nth(1).expect("a size");
    let number: String = least.chars().take_while(|letter| letter.is_ascii_digit()).collect();
    // A little more: a process does not take the same every time.
    let number: u64 = number.parse().expect("a number of MiB");
    let tight = format!("{}MiB", number + 3);
    assert_eq!(pick(&["--memory", &tight]).expect_code(0).stdout(), expected, "{tight}");
    assert_eq!(pick(&["--memory", "4GiB"]).expect_code(0).stdout(), expected);
}

#[test]
fn every_measure_picks() {
    let scratch = prepared(&["morgan2_2048"]);
    let rows = |measure: &str| {
        scratch.ok(&["pick", "library.h5", "-n", "60", "--measure", measure, "-o", "picks.csv"]);
        picked(&scratch.path("picks.csv")).0
    };
    let tanimoto = rows("tanimoto");
    assert_eq!(rows("dice"), tanimoto);
    assert_eq!(rows("tversky:1,1"), tanimoto);
    for other in ["cosine", "tversky:0.1,0.9"] {
        assert_ne!(rows(other), tanimoto, "{other}");
    }
}

#[test]
fn more_than_there_is() {
    let scratch = few();
    let run = scratch.ok(&["pick", "few.h5", "-n", "100", "-o", "picks.tsv"]);
    run.expect_message(&["6 picks instead of 100", "the library has no more"]);
    let all = String::from_utf8(bytes(&scratch.path("picks.tsv"))).expect("text");
    assert_eq!(all.lines().count(), 7);
    assert_eq!(all.lines().next(), Some(HEADER.join("\t").as_str()));
    let last = all.lines().last().expect("a row");
    assert!(last.ends_with("\t1"), "one of the equal ones comes last: {last}");

    // Equal compounds are no picks below 1.
    let run = scratch.ok(&["pick", "few.h5", "-n", "100", "--threshold", "1", "-o", "picks.csv"]);
    run.expect_message(&["5 picks instead of 100", "at least 1 similar"]);
    // Nothing but the first.
    let run = scratch.ok(&["pick", "few.h5", "-n", "2", "--threshold", "0"]);
    assert_eq!(run.stdout().lines().count(), 2);
    // Nothing at all, since all are picked before.
    let run = scratch.ok(&["pick", "few.h5", "--start", "few.smi", "-n", "5", "--threshold", "1"]);
    assert_eq!(run.stdout().trim_end(), HEADER.join(","));
    run.expect_message(&["0 picks instead of 5"]);
}

#[test]
fn what_cannot_be_picked_from_is_told() {
    let scratch = few();
    scratch.write("none.smi", "");
    scratch.run(&["library", "build", "none.smi", "-o", "none.h5"]);
    scratch.write("bad.smi", "C1CC open\nnonsense\n");
    scratch.write("mixed.smi", "C1CC open\nCCCCC pentane\n");
    scratch.ok(&[
        "library",
        "build",
        "few.smi",
        "-o",
        "two.h5",
        "--fingerprint",
        "maccs",
        "--fingerprint",
        "morgan3_1024",
    ]);
    scratch.ok(&["library", "export", "two.h5", "-o", "m3.fps", "--fingerprint", "morgan3_1024"]);
    let whole = bytes(&scratch.path("few.h5"));
    scratch.write("half.h5", &whole[..whole.len() / 2]);
    let refused = |args: &[&str], code: i32, words: &[&str]| {
        let run = scratch.run(&[&["pick"], args, &["-o", "picks.csv"]].concat());
        run.expect_code(code).expect_message(words);
        assert!(!scratch.path("picks.csv").exists(), "{args:?}");
    };
    refused(&["few.h5", "-n", "0"], 2, &["--count", "0"]);
    refused(&["few.h5"], 2, &["--count"]);
    refused(&["few.h5", "-n", "2", "--method", "random"], 2, &["maxmin"]);
    refused(&["few.h5", "-n", "2", "--measure", "jaccard"], 2, &["tanimoto, dice, cosine"]);
    refused(&["few.h5", "-n", "2", "--threshold", "1.5"], 2, &["from 0 to 1"]);
    refused(&["few.h5", "-n", "2", "--seed", "-1"], 2, &["--seed"]);
    refused(&["few.h5", "-n", "2", "--seed", "1", "--start", "mixed.smi"], 2, &["--seed", "--start"]);
    refused(&["few.h5", "-n", "2", "--name-column", "id"], 2, &["--name-column", "--start"]);
    refused(&["few.h5", "-n", "2", "--fingerprint", "maccs"], 2, &["'maccs'", "morgan2_2048"]);
    refused(&["two.h5", "-n", "2"], 2, &["--fingerprint", "maccs, morgan3_1024"]);
    refused(&["nowhere.h5", "-n", "2"], 66, &["nowhere.h5"]);
    refused(&["few.smi", "-n", "2"], 65, &["few.smi"]);
    refused(&["half.h5", "-n", "2"], 65, &["half.h5"]);
    refused(&["none.h5", "-n", "2"], 65, &["none.h5", "no compound"]);
    refused(&["few.h5", "-n", "2", "--start", "bad.smi"], 65, &["bad.smi", "no usable query"]);
    refused(&["few.h5", "-n", "2", "--start", "none.smi"], 65, &["none.smi"]);
    refused(&["few.h5", "-n", "2", "--start", "nowhere.smi"], 66, &["nowhere.smi"]);
    refused(&["few.h5", "-n", "2", "--start", "m3.fps"], 65, &["m3.fps", "morgan3_1024"]);
    let run = scratch.run(&["pick", "few.h5", "-n", "2", "-o", "picks.txt"]);
    run.expect_code(2).expect_message(&["expected .csv or .tsv"]);
    // What is usable of a start is used.
    let run = scratch.ok(&["pick", "few.h5", "-n", "2", "--start", "mixed.smi", "-o", "picks.csv"]);
    run.expect_message(&["row 0 (line 1) left out", "2 of 6 compounds picked", "1 before them (1 left out)"]);
    assert_eq!(picked(&scratch.path("picks.csv")).0.len(), 2);
    // The kind of the start is known from its file.
    scratch.ok(&["pick", "two.h5", "-n", "2", "--start", "m3.fps"]).expect_message(&["by morgan3_1024"]);
}
