//! `soyaku screen`: the main job, from a library to results and a hit list.

use std::collections::HashMap;

use crate::harness::{Scratch, bytes, json, oracle_python, python_check, shipped, table, test_data, text};

/// Screens ESOL with the small model and the shipped drugs; `None` where the test data are absent.
fn screened(extra: &[&str]) -> Option<Scratch> {
    let scratch = Scratch::new();
    let model = scratch.small_model()?;
    let library = scratch.esol_library();
    let drugs = shipped("cns_drugs.smi");
    let mut args = vec!["screen", library, "--model", model, "--like", text(&drugs), "-o", "out"];
    args.extend(extra);
    scratch.ok(&args);
    Some(scratch)
}

/// The one task of the small model, read from the hit list: the first column after `smiles`.
fn task(header: &[String]) -> String {
    let smiles = header.iter().position(|name| name == "smiles").expect("a column smiles");
    header[smiles + 1].clone()
}

fn column(header: &[String], rows: &[Vec<String>], name: &str) -> Vec<String> {
    let index =
        header.iter().position(|h| h == name).unwrap_or_else(|| panic!("no column {name} in {header:?}"));
    rows.iter().map(|row| row[index].clone()).collect()
}

fn numbers(header: &[String], rows: &[Vec<String>], name: &str) -> Vec<f64> {
    column(header, rows, name).iter().map(|cell| cell.parse().expect("a number")).collect()
}

#[test]
fn the_three_files_agree_with_each_other() {
    let Some(scratch) = screened(&["--top", "25"]) else { return };
    let (header, rows) = table(&scratch.path("out/hits.csv"));
    assert_eq!(&header[..4], ["rank", "row", "name", "smiles"]);
    assert_eq!(&header[header.len() - 2..], ["max_similarity", "nearest"]);
    assert_eq!(rows.len(), 25);
    let ranks: Vec<String> = (1..=25).map(|rank| rank.to_string()).collect();
    assert_eq!(column(&header, &rows, "rank"), ranks);

    let run = json(&scratch.path("out/run.json"));
    assert_eq!(run["counts"]["rows"].as_u64(), Some(1128), "{run}");
    assert_eq!(run["counts"]["hits"].as_u64(), Some(25), "{run}");

    let Some(python) = oracle_python() else { return };
    let files = ["out/results.h5", "out/hits.csv"].map(|name| scratch.path(name));
    python_check(
        &python,
        "check_results.py",
        &[&files[0], &files[1], &shipped("esol.csv"), &shipped("cns_drugs.smi")],
    );
}

#[test]
fn hits_are_in_order_and_pass_every_condition() {
    let Some(scratch) = screened(&["--top", "2000"]) else { return };
    let (header, rows) = table(&scratch.path("out/hits.csv"));
    assert_eq!(rows.len(), 1128, "without a condition every compound is a hit");
    let task = task(&header);
    let values = numbers(&header, &rows, &task);
    let mut sorted = values.clone();
    sorted.sort_by(f64::total_cmp);
    let median = sorted[sorted.len() / 2];

    let condition = format!("{task} < {median}");
    let drugs = shipped("cns_drugs.smi");
    scratch.ok(&[
        "screen",
        "esol.h5",
        "--model",
        "small.safetensors",
        "--like",
        text(&drugs),
        "--where",
        &condition,
        "--rank-by",
        &task,
        "--top",
        "2000",
        "-o",
        "filtered",
    ]);
    let (header, rows) = table(&scratch.path("filtered/hits.csv"));
    let kept = numbers(&header, &rows, &task);
    assert_eq!(kept.len(), values.iter().filter(|value| **value < median).count());
    assert!(kept.iter().all(|value| *value < median));
    let falling = kept.windows(2).all(|pair| pair[0] >= pair[1]);
    assert!(falling, "not largest first in {task}: {:?}", &kept[..10]);
    // Ranking changes the order of the rows, never what was predicted for them.
    let by_row = |header: &[String], rows: &[Vec<String>]| -> HashMap<String, String> {
        column(header, rows, "row").into_iter().zip(column(header, rows, &task)).collect()
    };
    let (all_header, all_rows) = table(&scratch.path("out/hits.csv"));
    let all = by_row(&all_header, &all_rows);
    assert!(by_row(&header, &rows).iter().all(|(row, value)| all[row] == *value));
}

#[test]
fn similarity_runs_without_a_model() {
    let scratch = Scratch::new();
    let library = scratch.esol_library();
    let drugs = shipped("cns_drugs.smi");
    scratch.ok(&["screen", library, "--like", text(&drugs), "--top", "10", "-o", "out"]);
    let (header, rows) = table(&scratch.path("out/hits.csv"));
    assert_eq!(rows.len(), 10);
    // ESOL holds phenytoin, phenobarbital (twice), pentobarbital, lorazepam and diazepam themselves.
    let similarity = numbers(&header, &rows, "max_similarity");
    assert_eq!(similarity.iter().filter(|value| **value == 1.0).count(), 6, "{similarity:?}");
}

#[test]
fn stored_fingerprints_give_what_computed_ones_give() {
    let scratch = Scratch::new();
    let (esol, drugs) = (shipped("esol.csv"), shipped("cns_drugs.smi"));
    let screen = |input: &str, out: &str, extra: &[&str]| {
        let args = [&["screen", input, "--like", text(&drugs), "--top", "2000", "-o", out], extra].concat();
        scratch.ok(&args);
        bytes(&scratch.path(out).join("hits.csv"))
    };
    let computed = screen(text(&esol), "text", &["--name-column", "smiles"]);
    scratch.ok(&["library", "build", text(&esol), "--name-column", "smiles", "-o", "named.h5"]);
    assert!(screen("named.h5", "stored", &[]) == computed);
    // A fingerprint that the library does not hold is computed.
    let other = ["--fingerprint", "morgan3_1024"];
    let from_text =
        screen(text(&esol), "text-3", &["--fingerprint", "morgan3_1024", "--name-column", "smiles"]);
    assert!(screen("named.h5", "library-3", &other) == from_text);
    assert!(from_text != computed);
}

#[test]
fn quiet_leaves_standard_output_and_error_empty_of_progress() {
    let Some(scratch) = screened(&[]) else { return };
    let run = scratch.ok(&["screen", "esol.h5", "--model", "small.safetensors", "-o", "quiet", "--quiet"]);
    assert_eq!(run.stderr(), "");
}

#[test]
fn standard_output_carries_data_only() {
    let scratch = Scratch::new();
    let library = scratch.esol_library();
    let drugs = shipped("cns_drugs.smi");
    let run = scratch.ok(&["screen", library, "--like", text(&drugs), "-o", "out"]);
    assert_eq!(run.stdout(), "");
    run.expect_message(&["1,128 compounds read", "rank", "similarity", "out/hits.csv"]);

    let json = ["screen", library, "--like", text(&drugs), "-o", "json", "--log-format", "json"];
    let run = scratch.ok(&json);
    assert_eq!(run.stdout(), "");
    for line in run.stderr().lines() {
        let event: serde_json::Value = serde_json::from_str(line).expect("one JSON object a line");
        assert!(event["ts"].is_f64() && event["level"].is_string(), "{line}");
    }
}

/// The rows of the hits of a screen of ESOL with these arguments, in order.
fn ranked(scratch: &Scratch, out: &str, args: &[&str]) -> (Vec<String>, Vec<Vec<String>>) {
    scratch.ok(&[&["screen", "esol.h5", "--top", "2000", "-o", out], args].concat());
    table(&scratch.path(out).join("hits.csv"))
}

#[test]
fn the_order_of_the_hits_is_what_was_asked_for() {
    let scratch = Scratch::new();
    let Some(model) = scratch.small_model() else { return };
    let Some(multitask) = test_data("chemprop_checkpoints/regression_mol_multitask.pt") else { return };
    scratch.ok(&["model", "import", text(&multitask), "-o", "several"]);
    scratch.esol_library();
    let drugs = shipped("cns_drugs.smi");
    let drugs = text(&drugs);
    let falls = |values: &[f64]| values.windows(2).all(|pair| pair[0] >= pair[1]);

    let (header, rows) = ranked(&scratch, "both", &["--model", model, "--like", drugs]);
    assert!(falls(&numbers(&header, &rows, "max_similarity")), "similarity comes first by default");

    let (header, rows) = ranked(&scratch, "model", &["--model", model]);
    let task = task(&header);
    assert!(falls(&numbers(&header, &rows, &task)), "the only prediction ranks by default");

    let (header, rows) = ranked(&scratch, "rising", &["--model", model, "--rank-by", &task, "--ascending"]);
    let mut rising = numbers(&header, &rows, &task);
    rising.reverse();
    assert!(rows.len() == 1128 && falls(&rising), "smallest first");

    let (header, rows) = ranked(&scratch, "several", &["--model", "several.safetensors"]);
    let expected: Vec<String> = (0..1128).map(|row: u32| row.to_string()).collect();
    assert_eq!(column(&header, &rows, "row"), expected, "several predictions leave the input's order");

    let near = ["--like", drugs, "--where", "max_similarity >= 0.3", "--where", "max_similarity < 1"];
    let (header, rows) = ranked(&scratch, "near", &near);
    let similarity = numbers(&header, &rows, "max_similarity");
    assert!(!rows.is_empty() && rows.len() < 1128);
    assert!(similarity.iter().all(|value| (0.3..1.0).contains(value)), "{similarity:?}");
}

#[test]
fn one_column_from_two_models_is_refused() {
    let scratch = Scratch::new();
    let Some(model) = scratch.small_model() else { return };
    std::fs::copy(scratch.path(model), scratch.path("twin.safetensors")).expect("copy");
    scratch.write("a.smi", "CCO\n");
    let run = scratch.run(&["screen", "a.smi", "--model", model, "--model", "twin.safetensors", "-o", "out"]);
    run.expect_code(2).expect_message(&["predicted by both", "small.safetensors", "twin.safetensors"]);
    scratch.run(&["screen", "a.smi", "-o", "out"]).expect_code(2).expect_message(&["--model", "--like"]);
}
