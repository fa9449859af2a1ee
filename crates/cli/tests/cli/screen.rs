//! `soyaku screen`: the main job, from a library to results and a hit list.

use std::collections::HashMap;

use crate::harness::{Scratch, bytes, oracle_python, python_check, shipped, table, text};

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

    let run: serde_json::Value = serde_json::from_slice(&bytes(&scratch.path("out/run.json"))).expect("JSON");
    assert!(run.to_string().contains("1128"), "{run}");

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
    let rising = kept.windows(2).all(|pair| pair[0] <= pair[1]);
    assert!(falling || rising, "not in the order of {task}: {:?}", &kept[..10]);
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
fn quiet_leaves_standard_output_and_error_empty_of_progress() {
    let Some(scratch) = screened(&[]) else { return };
    let run = scratch.ok(&["screen", "esol.h5", "--model", "small.safetensors", "-o", "quiet", "--quiet"]);
    assert_eq!(run.stderr(), "");
}
