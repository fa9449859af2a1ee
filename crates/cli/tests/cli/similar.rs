//! `soyaku similar`: the same hits as RDKit, whatever the way to ask for them.

use std::path::Path;

use crate::harness::{Scratch, bytes, oracle_python, python_check, shipped, table, test_data, text};

const HEADER: [&str; 7] = ["query", "query_name", "rank", "row", "name", "smiles", "similarity"];
const KINDS: [&str; 3] = ["morgan2_2048", "torsion_1024", "maccs"];

/// Compounds of the shipped solubility set, or of ChEMBL where it is there, as `name,smiles`; among them some that are
/// no molecules and some without a name.
fn compounds(count: usize) -> Vec<String> {
    let chembl = test_data("smiles/chembl_10k.smi");
    let mut smiles: Vec<String> = match chembl {
        Some(path) => {
            let all = String::from_utf8(bytes(&path)).expect("UTF-8");
            let first = |line: &str| line.split_whitespace().next().map(str::to_owned);
            all.lines().step_by(11).filter_map(first).collect()
        }
        None => {
            let (header, rows) = table(&shipped("esol.csv"));
            let column = header.iter().position(|name| name == "smiles").expect("a column smiles");
            rows.into_iter().map(|row| row[column].clone()).collect()
        }
    };
    smiles.truncate(count);
    smiles.splice(3..3, ["C1CC", "C", "[Na+].[Cl-]", "CC"].map(str::to_owned));
    let line = |(index, smiles): (usize, String)| match index % 4 {
        0 => format!(",{smiles}"),
        _ => format!("compound {index},{smiles}"),
    };
    smiles.into_iter().enumerate().map(line).collect()
}

/// `library.csv`, `queries.csv` and `library.h5` with all kinds of fingerprints.
fn prepared(count: usize, every: usize) -> Scratch {
    let scratch = Scratch::new();
    let compounds = compounds(count);
    let queries: Vec<&str> = compounds.iter().map(String::as_str).step_by(every).collect();
    scratch.write("library.csv", format!("name,smiles\n{}\n", compounds.join("\n")));
    scratch.write("queries.csv", format!("name,smiles\n,C1CC\n,C\n{}\n", queries.join("\n")));
    let kinds = KINDS.iter().flat_map(|kind| ["--fingerprint", kind]);
    let build = ["library", "build", "library.csv", "-o", "library.h5"].into_iter().chain(kinds);
    scratch.ok(&build.collect::<Vec<_>>());
    scratch
}

/// A small library of one kind.
fn few(kind: &str) -> Scratch {
    let scratch = Scratch::new();
    scratch.write("few.smi", "CCO ethanol\nCCCO propanol\nC methane\nc1ccccc1O phenol\nCC(=O)O\n");
    scratch.ok(&["library", "build", "few.smi", "-o", "few.h5", "--fingerprint", kind]);
    scratch
}

#[test]
fn rdkit_finds_the_same_compounds_with_the_same_numbers() {
    let Some(python) = oracle_python() else { return };
    let scratch = prepared(900, 37);
    let mut cases = Vec::new();
    for kind in KINDS {
        for (how, number) in [("top", "7"), ("top", "100000"), ("threshold", "0.3"), ("threshold", "1")] {
            let out = format!("{kind}-{how}-{number}.csv");
            let selection = format!("--{how}");
            let args = ["similar", "library.h5", "--query", "queries.csv", &selection, number];
            scratch.ok(&[&args[..], &["--fingerprint", kind, "-o", &out]].concat());
            cases.push(format!("{kind} {how} {number} {out}"));
        }
    }
    let cases = scratch.write("cases.txt", cases.join("\n"));
    let files = ["library.csv", "queries.csv"].map(|name| scratch.path(name));
    python_check(&python, "check_similar.py", &[&files[0], &files[1], &cases]);
}

#[test]
fn threads_and_batches_change_nothing() {
    let scratch = prepared(600, 29);
    for selection in [["--top", "5"], ["--threshold", "0.25"]] {
        let mut first: Option<String> = None;
        for (threads, batch) in [("1", "100000"), ("2", "1"), ("3", "100")] {
            let args = ["similar", "library.h5", "--query", "queries.csv", "--fingerprint", "morgan2_2048"];
            let how = ["--threads", threads, "--batch-size", batch];
            let got = scratch.ok(&[&args[..], &selection, &how].concat()).stdout();
            assert!(got.lines().count() > 10, "{got}");
            assert_eq!(
                first.get_or_insert_with(|| got.clone()),
                &got,
                "{threads} threads, batches of {batch}"
            );
        }
    }
}

#[test]
fn queries_may_be_structures_fingerprints_or_a_library() {
    let scratch = prepared(200, 1000);
    scratch.write("q.smi", "CCO ethanol\nc1ccccc1C(=O)O benzoic_acid\nCCN\n");
    let build = ["library", "build", "q.smi", "-o", "q.h5", "--fingerprint", "morgan2_2048"];
    scratch.ok(&[&build[..], &["--fingerprint", "atompair_1024"]].concat());
    scratch.ok(&["library", "export", "q.h5", "-o", "q.sdf"]);
    scratch.ok(&["library", "export", "q.h5", "-o", "q.fps", "--fingerprint", "morgan2_2048"]);
    let gzip = |name: &str| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut encoder, &bytes(&scratch.path(name))).expect("compress");
        scratch.write(&format!("{name}.gz"), encoder.finish().expect("compress"));
    };
    gzip("q.smi");
    gzip("q.fps");
    let search = |query: &str, extra: &[&str]| {
        let args = ["similar", "library.h5", "--query", query, "--top", "4"];
        scratch.ok(&[&args[..], extra].concat())
    };
    let expected = search("q.smi", &["--fingerprint", "morgan2_2048"]).stdout();
    assert_eq!(expected.lines().count(), 13);
    // The kind is known from the file, or the only one in common.
    for query in ["q.h5", "q.fps", "q.fps.gz"] {
        assert_eq!(search(query, &[]).stdout(), expected, "{query}");
    }
    for query in ["q.smi.gz", "q.sdf", "q.h5", "q.fps"] {
        assert_eq!(search(query, &["--fingerprint", "morgan2_2048"]).stdout(), expected, "{query}");
    }
    // From standard input, too.
    for query in ["q.smi", "q.smi.gz", "q.fps", "q.fps.gz"] {
        let args = ["similar", "library.h5", "--query", "-", "--top", "4", "--fingerprint", "morgan2_2048"];
        let input = std::fs::File::open(scratch.path(query)).expect("open");
        let output = scratch.command(args).stdin(input).output().expect("start soyaku");
        assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "{query}");
    }
}

#[test]
fn fingerprints_of_other_programs_are_taken_at_their_length() {
    let scratch = few("morgan2_2048");
    scratch.ok(&["library", "export", "few.h5", "-o", "own.fps"]);
    let own = String::from_utf8(bytes(&scratch.path("own.fps"))).expect("text");
    scratch.write("foreign.fps", own.replace("Soyaku-morgan2_2048/1", "RDKit-Morgan/2 radius=2 fpSize=2048"));
    scratch.write("bare", own.lines().filter(|line| !line.contains("type=")).collect::<Vec<_>>().join("\n"));
    let expected = scratch.ok(&["similar", "few.h5", "--query", "own.fps", "--top", "2"]);
    assert!(!expected.stderr().contains("warning"), "{}", expected.stderr());
    for (query, word) in [("foreign.fps", "RDKit-Morgan/2"), ("bare", "do not say of what type")] {
        let run = scratch.ok(&["similar", "few.h5", "--query", query, "--top", "2"]);
        assert_eq!(run.stdout(), expected.stdout());
        run.expect_message(&["warning", word, "taken for morgan2_2048"]);
    }
    scratch.write("damaged.fps", format!("{own}00ff\tshort\nno tab\n"));
    let run = scratch.ok(&["similar", "few.h5", "--query", "damaged.fps", "--top", "2"]);
    assert_eq!(run.stdout(), expected.stdout());
    run.expect_message(&["row 5 (line 11) left out", "row 6 (line 12) left out", "(2 left out)"]);
}

#[test]
fn what_does_not_fit_together_is_told() {
    let scratch = few("morgan2_2048");
    scratch.write("q.smi", "CCO\n");
    let two = ["library", "build", "few.smi", "-o", "two.h5", "--fingerprint", "maccs"];
    scratch.ok(&[&two[..], &["--fingerprint", "morgan3_1024"]].concat());
    scratch.ok(&["library", "export", "two.h5", "-o", "m3.fps", "--fingerprint", "morgan3_1024"]);
    scratch.write("short.fps", "#FPS1\n#num_bits=64\n0100000000000000\ta\n");
    let refused = |library: &str, query: &str, extra: &[&str], code: i32, words: &[&str]| {
        let args = ["similar", library, "--query", query, "--top", "1"];
        scratch.run(&[&args[..], extra].concat()).expect_code(code).expect_message(words);
    };
    let both = ["maccs (167 bits)", "morgan3_1024 (1024 bits)"];
    refused("two.h5", "q.smi", &[], 2, &["--fingerprint", both[0], both[1]]);
    refused("two.h5", "q.smi", &["--fingerprint", "morgan2_2048"], 2, &["'morgan2_2048'", both[0], both[1]]);
    refused(
        "few.h5",
        "m3.fps",
        &[],
        65,
        &["m3.fps", "morgan3_1024 fingerprints", "morgan2_2048 (2048 bits)"],
    );
    refused("few.h5", "two.h5", &[], 65, &["two.h5", both[0], both[1], "morgan2_2048 (2048 bits)"]);
    refused("few.h5", "short.fps", &[], 65, &["short.fps", "64 bits", "morgan2_2048 (2048 bits)"]);
    let named = ["--fingerprint", "morgan2_2048"];
    refused("few.h5", "m3.fps", &named, 65, &["m3.fps", "1024 bits", "2048 bits is wanted"]);
    refused("few.h5", "nowhere.smi", &[], 66, &["nowhere.smi"]);
    refused("nowhere.h5", "q.smi", &[], 66, &["nowhere.h5"]);
    refused("few.smi", "q.smi", &[], 65, &["few.smi"]);
    let whole = bytes(&scratch.path("few.h5"));
    scratch.write("half.h5", &whole[..whole.len() / 2]);
    refused("half.h5", "q.smi", &[], 65, &["half.h5"]);
    refused("few.h5", "half.h5", &[], 65, &["half.h5"]);
    // Each kind of its own where it is the only one that fits.
    let run = scratch.ok(&["similar", "two.h5", "--query", "m3.fps", "--top", "1"]);
    run.expect_message(&["morgan3_1024"]);
}

#[test]
fn no_usable_query_is_65() {
    let scratch = few("morgan2_2048");
    for (name, content) in [
        ("empty.smi", ""),
        ("empty.csv", "smiles,name\n"),
        ("empty.fps", "#FPS1\n#num_bits=2048\n"),
        ("bad.smi", "C1CC open\nnonsense\n"),
        ("bad.fps", "#FPS1\n#num_bits=2048\n00\ta\n"),
    ] {
        scratch.write(name, content);
        let run = scratch.run(&["similar", "few.h5", "--query", name, "--top", "1"]);
        run.expect_code(65).expect_message(&[name, "quer"]);
        assert_eq!(run.stdout(), "");
    }
}

#[test]
fn limits_of_top_and_threshold() {
    let scratch = few("morgan2_2048");
    scratch.write("q.smi", "CCO ethanol\n");
    let rows = |args: &[&str]| {
        let run = scratch.ok(&[&["similar", "few.h5", "--query", "q.smi"], args].concat()).stdout();
        run.lines().skip(1).map(|line| line.split(',').nth(3).expect("a row").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(rows(&["--top", "1"]), ["0"]);
    assert_eq!(rows(&["--top", "1000000000000"]).len(), 5);
    assert_eq!(rows(&["--top", "1000000000000"]), rows(&["--threshold", "0"]));
    assert_eq!(rows(&["--threshold", "1"]), ["0"]);
    assert_eq!(rows(&["--threshold", "0.999999999"]), ["0"]);
    for (args, words) in [
        (&["--top", "0"][..], &["--top"][..]),
        (&["--threshold", "1.5"], &["from 0 to 1"]),
        (&["--threshold", "-0.5"], &["from 0 to 1"]),
        (&["--threshold", "high"], &["from 0 to 1"]),
        (&["--threshold", "0.12345678901"], &["at most 9"]),
        (&["--top", "1", "--threshold", "0.5"], &["cannot be used with"]),
        (&[], &["--top", "--threshold"]),
    ] {
        let run = scratch.run(&[&["similar", "few.h5", "--query", "q.smi"], args].concat());
        run.expect_code(2).expect_message(words);
    }
}

#[test]
fn fingerprints_without_bits_are_similar_to_nothing() {
    let scratch = few("torsion_1024");
    scratch.write("q.smi", "C methane\nCCCO propanol\n");
    let top = scratch.ok(&["similar", "few.h5", "--query", "q.smi", "--top", "2"]).stdout();
    let lines: Vec<&str> = top.lines().skip(1).collect();
    // Methane and ethanol have no torsion: similarity 0 to all, also to themselves; of equals the first rows.
    assert_eq!(lines[..2], ["0,methane,1,0,ethanol,CCO,0", "0,methane,2,1,propanol,CCCO,0"]);
    assert_eq!(lines[2..], ["1,propanol,1,1,propanol,CCCO,1", "1,propanol,2,0,ethanol,CCO,0"]);
    let one = scratch.ok(&["similar", "few.h5", "--query", "q.smi", "--threshold", "1"]).stdout();
    assert_eq!(one.lines().skip(1).collect::<Vec<_>>(), ["1,propanol,1,1,propanol,CCCO,1"]);
}

#[test]
fn a_library_without_compounds_has_no_hits() {
    let scratch = Scratch::new();
    scratch.write("none.smi", "nonsense\n");
    scratch.ok(&["library", "build", "none.smi", "-o", "none.h5"]);
    scratch.write("q.smi", "CCO\n");
    let run = scratch.ok(&["similar", "none.h5", "--query", "q.smi", "--top", "3"]);
    assert_eq!(run.stdout(), format!("{}\n", HEADER.join(",")));
    scratch.run(&["similar", "none.h5", "--query", "none.h5", "--top", "3"]).expect_code(65);
}

#[test]
fn the_table_goes_where_it_is_told_and_only_when_complete() {
    let scratch = few("morgan2_2048");
    scratch.write("q.smi", "CCO \"a, b\"\nC1CC open\n");
    let args = ["similar", "few.h5", "--query", "q.smi", "--top", "3"];
    let printed = scratch.ok(&args).stdout();
    let quiet = scratch.ok(&[&args[..], &["-o", "hits.csv", "--quiet"]].concat());
    assert_eq!((quiet.stdout(), quiet.stderr()), (String::new(), String::new()));
    assert_eq!(String::from_utf8(bytes(&scratch.path("hits.csv"))).expect("text"), printed);
    assert_eq!(table(&scratch.path("hits.csv")).0, HEADER);
    scratch.ok(&[&args[..], &["-o", "hits.tsv"]].concat());
    let tabs = String::from_utf8(bytes(&scratch.path("hits.tsv"))).expect("text");
    assert_eq!(tabs.lines().next(), Some(HEADER.join("\t").as_str()));
    for (output, code, word) in [
        ("hits.csv.gz", 2, "leave the ending out"),
        ("hits.csv.ZST", 2, "leave the ending out"),
        ("hits.xlsx", 2, ".csv or .tsv"),
        ("no/hits.csv", 74, "no/hits.csv"),
    ] {
        let run = scratch.run(&[&args[..], &["-o", output]].concat());
        run.expect_code(code).expect_message(&[word]);
        assert!(!Path::new(text(&scratch.path(output))).exists());
    }
    // What was there stays until the new table is complete.
    scratch.write("bad.smi", "nonsense\n");
    let failing = ["similar", "few.h5", "--query", "bad.smi", "--top", "3", "-o", "hits.csv"];
    scratch.run(&failing).expect_code(65);
    assert_eq!(String::from_utf8(bytes(&scratch.path("hits.csv"))).expect("text"), printed);
}
