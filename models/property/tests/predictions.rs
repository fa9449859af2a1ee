//! Predictions against Chemprop's own (golden files) and ADMET-AI's own (the table in its wheel).

#![allow(clippy::unwrap_used, reason = "a failure to read is a failure of the test")]

mod common;

use std::path::Path;

use soyaku_chem::Parser;
use soyaku_device::{Device, DeviceRequest};
use soyaku_property::{Column, Head, Model, Predictions, Predictor, import};

/// Columns of `models` for each molecule.
fn predict(models: Vec<Model>, smiles: &[String]) -> (Vec<Column>, Vec<Vec<f64>>) {
    let device = Device::open(DeviceRequest::Cpu, None).unwrap();
    let predictor = Predictor::new(models);
    let columns: Vec<_> = predictor.columns().into_iter().map(|(_, column)| column).collect();
    let mut parser = Parser::default();
    let mut batch = predictor.batch();
    let (mut scratch, mut predictions) = (predictor.scratch(0), Predictions::default());
    let mut rows = Vec::new();
    for chunk in smiles.chunks(256) {
        batch.clear();
        for smiles in chunk {
            batch.add(parser.parse(smiles.as_bytes()).unwrap());
        }
        predictor.predict(&device, &batch, &mut scratch, &mut predictions);
        let chunk = predictions.mean.chunks_exact(columns.len());
        rows.extend(chunk.map(|row| row.iter().map(|value| f64::from(*value)).collect::<Vec<_>>()));
    }
    assert_eq!(rows.len(), smiles.len());
    (columns, rows)
}

/// Both sides compute in single precision, with additions in another order. Relative above 1.
const TOLERANCE: f64 = 5e-6;

/// A value and by how much the reference itself may be off.
type Expected = (f64, f64);

/// What our columns of one task should be, from the parameters that Chemprop gives.
fn expected(head: Head, parameters: &[f64]) -> Vec<Expected> {
    let exact = |values: &[f64]| values.iter().map(|value| (*value, 0.0)).collect();
    match (head, parameters) {
        (Head::Evidential, [mean, v, alpha, beta]) => {
            let variance = beta / (alpha - 1.0) * (1.0 + 1.0 / v);
            // Where alpha is close to 1, single precision leaves few digits of alpha - 1, on both sides.
            vec![(*mean, 0.0), (variance, variance * alpha * 2.4e-7 / (alpha - 1.0))]
        }
        (Head::Quantile, [mean, width]) => exact(&[*mean, mean - width / 2.0, mean + width / 2.0]),
        _ => exact(parameters),
    }
}

/// Difference beyond what the reference may be off, relative where the value is above 1.
fn difference(found: f64, (value, slack): Expected) -> f64 {
    let difference = ((found - value).abs() - slack).max(0.0) / value.abs().max(1.0);
    if found.is_finite() { difference } else { f64::INFINITY }
}

fn agrees_with_chemprop(path: &Path, golden: &str) {
    let model = import(path).unwrap().remove(0).model;
    let (head, tasks) = (model.architecture.head, model.tasks.len());
    let golden = common::predictions(golden);
    assert_eq!(model.provenance.sources[0].sha256, golden.sha256, "{}: another file", path.display());
    let (columns, found) = predict(vec![model], &golden.smiles);
    let width = columns.len() / tasks;
    let mut worst = 0.0;
    for ((smiles, found), wanted) in golden.smiles.iter().zip(&found).zip(&golden.values) {
        assert_eq!(wanted.len(), tasks);
        for (found, parameters) in found.chunks_exact(width).zip(wanted) {
            let wanted = expected(head, parameters);
            for (found, wanted) in found.iter().zip(wanted) {
                let difference = difference(*found, wanted);
                assert!(
                    difference <= TOLERANCE,
                    "{}: {smiles}: {found}, expected {wanted:?}",
                    path.display()
                );
                worst = f64::max(worst, difference);
            }
        }
    }
    println!("{}: {} molecules, worst difference {worst:.1e}", path.display(), found.len());
}

#[test]
fn five_checkpoints() {
    let Some(folder) = common::test_data("chemprop_checkpoints") else { return };
    for name in [
        "regression_mol",
        "regression_mol_multitask",
        "regression_mve_mol",
        "classification_mol",
        "classification_mol_multiclass",
    ] {
        agrees_with_chemprop(&folder.join(format!("{name}.pt")), name);
    }
}

#[test]
fn networks_of_every_kind() {
    for name in [
        "evidential_v1",
        "quantile_organic",
        "dirichlet_rigr",
        "dirichlet_multiclass_v2",
        "multiclass_v2",
        "mve_v2",
        "regression_selu_v2",
    ] {
        let golden = format!("networks/{name}");
        agrees_with_chemprop(&common::golden(&format!("{golden}.pt")), &golden);
    }
}

#[test]
fn the_admet_ai_wheel() {
    let Some(wheel) = common::wheel() else { return };
    let reference = common::reference(&wheel);
    let models = import(&wheel).unwrap().into_iter().map(|imported| imported.model).collect();
    let (columns, found) = predict(models, &reference.smiles);
    assert_eq!(columns.len(), 41);
    for (index, column) in columns.iter().enumerate() {
        let mut worst = 0.0;
        for (row, wanted) in found.iter().zip(reference.column(&column.name)) {
            worst = f64::max(worst, difference(row[index], (wanted, 0.0)));
        }
        println!("{}: {} molecules, worst difference {worst:.1e}", column.name, found.len());
        // Half-lives and clearances are small differences of large numbers.
        assert!(worst <= 5e-5, "{}: {worst}", column.name);
    }
}
