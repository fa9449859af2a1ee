//! `soyaku similar --fusion` and `--evaluate`: RDKit's ranked lists and measures, and what is refused.

use soyaku_emulation::{Emulation, Machine, Mode};

use crate::harness::{Run, Scratch, bytes, json, oracle_python, python_check, table, test_data, text};

/// Columns of a sorted list of compounds.
const HEADER: &str = "rank,row,name,smiles,score,nearest,nearest_name";

/// `NAME.csv`, `NAME-queries.csv` and `NAME.h5` of a labelled set: every `step`-th of its compounds, and some of its
/// actives as queries. Labels are written in several ways, and some are missing.
fn labelled(scratch: &Scratch, name: &str, smiles: &str, label: &str, step: usize) -> Option<()> {
    let (header, rows) = table(&test_data(&format!("moleculenet/{name}.csv"))?);
    let place = |name: &str| header.iter().position(|other| other == name).expect("a column");
    let (smiles, label) = (place(smiles), place(label));
    let (mut library, mut queries, mut actives) =
        ("name,smiles,label\n".to_owned(), "name,smiles\nnone,C1CC\n".to_owned(), 0);
    for (index, row) in rows.iter().step_by(step).enumerate() {
        let word = match (row[label].as_str(), index % 5) {
            (_, 4) if index % 3 == 0 => "",
            ("1", 0) => "Active",
            ("0", 0) => "inactive",
            ("1", 1) => "TRUE",
            ("0", 1) => "false",
            (other, _) => other,
        };
        library += &format!("compound {index},{},{word}\n", row[smiles]);
        if row[label] == "1" {
            actives += 1;
            if actives % 50 == 1 {
                // Every other one without a name.
                let name = if actives % 100 == 1 { "" } else { "known" };
                queries += &format!("{name},{}\n", row[smiles]);
            }
        }
    }
    scratch.write(&format!("{name}.csv"), library);
    scratch.write(&format!("{name}-queries.csv"), queries);
    let (input, output) = (format!("{name}.csv"), format!("{name}.h5"));
    let kinds = ["--fingerprint", "morgan2_2048", "--fingerprint", "maccs"];
    let build = ["library", "build", &input, "-o", &output, "--keep-columns", "label"];
    scratch.ok(&[&build[..], &kinds].concat());
    Some(())
}

#[test]
fn rdkit_gives_the_same_lists_and_measures() {
    let Some(python) = oracle_python() else { return };
    let scratch = Scratch::new();
    for (name, smiles, label, step) in
        [("bace", "mol", "Class", 1), ("bbbp", "smiles", "p_np", 2), ("tox21", "smiles", "NR-AhR", 5)]
    {
        let Some(()) = labelled(&scratch, name, smiles, label, step) else { return };
    }
    let mut cases = Vec::new();
    for (data, kind, fusion, alpha, exclude) in [
        ("bace", "morgan2_2048", "max", "20", false),
        ("bace", "morgan2_2048", "mean:3", "100", true),
        ("bace", "maccs", "mean", "20", true),
        ("bbbp", "maccs", "max", "5.5", false),
        ("bbbp", "morgan2_2048", "mean:2", "20", false),
        ("bbbp", "maccs", "mean:1000", "160.9", true),
        ("tox21", "maccs", "max", "20", true),
        ("tox21", "morgan2_2048", "max", "50", false),
    ] {
        let (library, queries) = (format!("{data}.h5"), format!("{data}-queries.csv"));
        let number = cases.len();
        let (list, report) = (format!("list-{number}.csv"), format!("measures-{number}.json"));
        let mut args = vec!["similar", &library, "--query", &queries];
        args.extend(["--fingerprint", kind, "--fusion", fusion]);
        if exclude {
            args.push("--exclude-queries");
        }
        scratch.ok(&[&args[..], &["--top", "1000000", "-o", &list]].concat());
        scratch.ok(&[&args[..], &["--evaluate", "label", "--alpha", alpha, "-o", &report]].concat());
        cases.push(format!("{data} {kind} {fusion} {alpha} {} {list} {report}", u8::from(exclude)));
    }
    let cases = scratch.write("cases.txt", cases.join("\n"));
    python_check(&python, "check_evaluate.py", &[cases.parent().expect("a folder")]);
}

/// Five compounds, of which two are active and one has no label, and queries.
fn few() -> Scratch {
    let scratch = Scratch::new();
    scratch.write(
        "few.csv",
        "name,smiles,hit,kind,note\nethanol,CCO,1,alcohol,\npropanol,CCCO,Active,alcohol,\nmethane,C,0,alkane,\n\
         phenol,c1ccccc1O,,alcohol,\nacid,CC(=O)O,false,acid,\n",
    );
    let build = ["library", "build", "few.csv", "-o", "few.h5", "--keep-columns", "hit,kind,note"];
    scratch.ok(&build);
    scratch.write("q.smi", "CCO ethanol\nCCCCO butanol\n");
    scratch
}

fn search(scratch: &Scratch, extra: &[&str]) -> Run {
    scratch.run(&[&["similar", "few.h5", "--query", "q.smi"], extra].concat())
}

#[test]
fn one_list_for_all_queries() {
    let scratch = few();
    let rows = |extra: &[&str]| {
        let run = search(&scratch, extra);
        run.expect_code(0);
        let printed = run.stdout();
        assert_eq!(printed.lines().next(), Some(HEADER));
        printed.lines().skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    let all = rows(&["--fusion", "max", "--top", "100"]);
    assert_eq!(all.len(), 5);
    assert_eq!(all[0], "1,0,ethanol,CCO,1,0,ethanol");
    assert!(all[1].starts_with("2,1,propanol,CCCO,0.") && all[1].ends_with(",1,butanol"), "{all:?}");
    // Methane has no bit in common with any: the first query is the nearest.
    assert_eq!(all[4], "5,2,methane,C,0,0,ethanol");
    assert_eq!(rows(&["--fusion", "max", "--top", "2"]), all[..2]);
    assert_eq!(rows(&["--fusion", "mean:1", "--top", "5"]), all);
    assert_eq!(rows(&["--fusion", "mean:2", "--top", "5"]), rows(&["--fusion", "mean", "--top", "5"]));
    assert_eq!(rows(&["--fusion", "mean:100", "--top", "5"]), rows(&["--fusion", "mean", "--top", "5"]));
    assert_eq!(rows(&["--fusion", "max", "--threshold", "1"]), all[..1]);
    assert_eq!(rows(&["--fusion", "max", "--threshold", "0"]), all);
    let others = rows(&["--fusion", "max", "--top", "100", "--exclude-queries"]);
    assert_eq!(others.len(), 4);
    assert!(others[0].starts_with("1,1,propanol"), "{others:?}");
    search(&scratch, &["--fusion", "max", "--top", "1", "--exclude-queries"]).expect_message(&[
        "5 compounds, 1 left out as queries",
        "max",
        "2 queries",
    ]);
}

#[test]
fn threads_and_batches_change_nothing() {
    let scratch = Scratch::new();
    let Some(()) = labelled(&scratch, "bbbp", "smiles", "p_np", 3) else { return };
    let args = ["similar", "bbbp.h5", "--query", "bbbp-queries.csv", "--fingerprint", "morgan2_2048"];
    for task in [
        &["--fusion", "mean:4", "--top", "50"][..],
        &["--fusion", "mean", "--threshold", "0.1"],
        &["--fusion", "mean:3", "--evaluate", "label", "-o", "out.json"],
    ] {
        let mut first: Option<String> = None;
        for (threads, batch) in [("1", "100000"), ("2", "1"), ("3", "100")] {
            let how = ["--threads", threads, "--batch-size", batch];
            let run = scratch.ok(&[&args[..], task, &how].concat());
            let got = match task.last() {
                Some(&"out.json") => String::from_utf8(bytes(&scratch.path("out.json"))).expect("JSON"),
                _ => run.stdout(),
            };
            assert!(got.lines().count() > 40, "{got}");
            assert_eq!(first.get_or_insert_with(|| got.clone()), &got, "{threads} threads, {batch} rows");
        }
    }
}

#[test]
fn an_emulated_gpu_writes_the_bytes_of_the_cpu() {
    let scratch = few();
    let compare = |machine: &Machine, device: &str, task: &[&str]| {
        let asked = [&["similar", "few.h5", "--query", "q.smi", "--batch-size", "4"], task].concat();
        let expected = scratch.ok(&[&asked[..], &["--device", "cpu"]].concat()).stdout();
        let run = scratch.on(machine, &[&asked[..], &["--device", device]].concat());
        run.expect_code(0);
        assert_eq!(run.stdout(), expected, "{device} {task:?}");
        run
    };
    let machine = || Emulation::build().expect("the emulated device").machine(Mode::Plain);
    compare(&machine(), "cuda", &["--fusion", "mean:2", "--top", "9"]).expect_message(&["cuda:0"]);
    compare(&machine(), "cuda", &["--evaluate", "hit"]).expect_message(&["cuda:0"]);
    // The CPU takes over, from the beginning.
    let full = machine().fault("alloc=2");
    compare(&full, "auto", &["--fusion", "max", "--top", "3"])
        .expect_message(&["going on with the CPU", "OUT_OF_MEMORY"]);
}

#[test]
fn the_measures_are_printed_or_written() {
    let scratch = few();
    let run = search(&scratch, &["--evaluate", "hit"]);
    run.expect_code(0).expect_message(&["warning", "1 of the labelled compounds", "--exclude-queries"]);
    let printed = run.stdout();
    for words in ["2 of 4 compounds (50.00 %)", "1 without a label", "ROC-AUC", "alpha 20", "EF      0.5 %"] {
        assert!(printed.contains(words), "{words}\n{printed}");
    }
    let run = search(&scratch, &["--evaluate", "hit", "--exclude-queries", "-o", "found.json"]);
    run.expect_code(0);
    assert!(run.stdout().is_empty() && !run.stderr().contains("--exclude-queries"), "{}", run.stderr());
    let found = json(&scratch.path("found.json"));
    assert_eq!(found["schema"], "soyaku.evaluation/1");
    let counts = &found["counts"];
    let count = |name: &str| counts[name].as_u64().expect("a count");
    assert_eq!(
        ["compounds", "actives", "inactives", "unlabelled", "excluded", "same_as_query"].map(count),
        [5, 1, 2, 1, 1, 0]
    );
    assert_eq!(found["measures"]["roc_auc"], 1.0);
    assert_eq!(found["measures"]["bedroc"], 1.0);
    assert_eq!(found["measures"]["enrichment"][0]["factor"], 3.0);
    // One query is as good as several.
    scratch.write("q.smi", "CCCCO butanol\n");
    let run = search(&scratch, &["--evaluate", "hit", "--fusion", "mean:3", "-o", "one.json"]);
    run.expect_code(0);
    assert_eq!(json(&scratch.path("one.json"))["queries"], 1);
}

#[test]
fn what_cannot_be_measured_is_told() {
    let scratch = few();
    let refused = |extra: &[&str], code: i32, words: &[&str]| {
        let run = search(&scratch, extra);
        run.expect_code(code).expect_message(words);
        assert_eq!(run.stdout(), "");
    };
    refused(&["--evaluate", "active"], 2, &["few.h5", "'active'", "it has hit, kind, note"]);
    refused(
        &["--evaluate", "kind"],
        65,
        &["few.h5: row 0 (ethanol), from line 2 of the input", "'alcohol'", "'kind'", "1 or 0", "inactive"],
    );
    refused(&["--evaluate", "note"], 65, &["few.h5", "'note'", "no compound has a label"]);
    scratch.write("q.smi", "CCO\nCCCO\n");
    refused(
        &["--evaluate", "hit", "--exclude-queries"],
        65,
        &["'hit'", "all 2 labelled compounds are inactive when the 2", "at least one active"],
    );
    for (alpha, word) in
        [("0", "0.001"), ("-3", "0.001"), ("NaN", "0.001"), ("1e9", "100000"), ("much", "--alpha")]
    {
        refused(&["--evaluate", "hit", "--alpha", alpha], 2, &[word]);
    }
    for (fusion, word) in [("mean:0", "at least 1"), ("mean:x", "mean:N"), ("sum", "expected max")] {
        refused(&["--top", "1", "--fusion", fusion], 2, &[word, fusion]);
        refused(&["--evaluate", "hit", "--fusion", fusion], 2, &[word, fusion]);
    }
    refused(&["--evaluate", "hit", "--top", "3"], 2, &["cannot be used with"]);
    refused(&["--fusion", "max"], 2, &["--top", "--threshold"]);
    refused(&["--top", "3", "--alpha", "20"], 2, &["--evaluate"]);
    refused(&["--top", "3", "--exclude-queries"], 2, &["--fusion", "--evaluate"]);
    refused(&["--evaluate", "hit", "-o", "out.csv"], 2, &["out.csv", ".json"]);
    refused(&["--evaluate", "hit", "-o", "out.json.gz"], 2, &["leave the ending out"]);
    refused(&["--top", "3", "--fusion", "max", "-o", "out.json"], 2, &["out.json", ".csv or .tsv"]);
    // What was there stays.
    scratch.write("old.json", "{}");
    refused(&["--evaluate", "note", "-o", "old.json"], 65, &["note"]);
    assert_eq!(bytes(&scratch.path("old.json")), b"{}");
    // One class, and a library that has kept nothing.
    scratch.write("all.csv", "smiles,hit\nCCO,1\nCC,1\nC,\n");
    scratch.ok(&["library", "build", "all.csv", "-o", "all.h5", "--keep-columns", "hit"]);
    scratch
        .run(&["similar", "all.h5", "--query", "q.smi", "--evaluate", "hit"])
        .expect_code(65)
        .expect_message(&["all.h5", "all 2 labelled compounds are active"]);
    scratch.ok(&["library", "build", "all.csv", "-o", "none.h5"]);
    scratch
        .run(&["similar", "none.h5", "--query", "q.smi", "--evaluate", "hit"])
        .expect_code(2)
        .expect_message(&["none.h5", "--keep-columns"]);
    let no_query = scratch.write("bad.smi", "nonsense\n");
    scratch
        .run(&["similar", "few.h5", "--query", text(&no_query), "--evaluate", "hit"])
        .expect_code(65)
        .expect_message(&["bad.smi", "no usable query"]);
}
