//! Importing models of other programs: real files, and files that must be refused.

#![allow(clippy::unwrap_used, reason = "a failure to import is a failure of the test")]

mod common;

use std::fs;
use std::path::Path;

use soyaku_property::{
    Activation, Aggregation, Category, FeaturizerKind, Head, Imported, Model, import, import_files,
};

fn import_one(path: &Path) -> Model {
    let mut models = import(path).unwrap();
    assert_eq!(models.len(), 1);
    let Imported { suffix, model } = models.remove(0);
    assert_eq!(suffix, "");
    model
}

/// Saving and loading gives the same model, and saving again the same bytes.
fn survives_saving(model: &Model) {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("a.safetensors"), folder.path().join("b.safetensors"));
    model.save(&first).unwrap();
    let loaded = Model::load(&first).unwrap();
    assert_eq!(&loaded, model);
    loaded.save(&second).unwrap();
    assert!(fs::read(first).unwrap() == fs::read(second).unwrap());
}

#[test]
fn five_checkpoints() {
    let Some(folder) = common::test_data("chemprop_checkpoints") else { return };
    for (name, head, tasks, aggregation) in [
        ("regression_mol", Head::Regression, 1, Aggregation::Mean),
        ("regression_mol_multitask", Head::Regression, 12, Aggregation::Mean),
        ("regression_mve_mol", Head::MeanVariance, 1, Aggregation::Norm { constant: 100.0 }),
        ("classification_mol", Head::Classification, 4, Aggregation::Mean),
        ("classification_mol_multiclass", Head::Multiclass { classes: 3 }, 1, Aggregation::Mean),
    ] {
        let model = import_one(&folder.join(format!("{name}.pt")));
        let architecture = &model.architecture;
        assert_eq!(architecture.featurizer, FeaturizerKind::V2, "{name}");
        assert_eq!(architecture.head, head, "{name}");
        assert_eq!(architecture.aggregation, aggregation, "{name}");
        assert_eq!(architecture.message_passing.hidden, 300);
        assert_eq!(architecture.message_passing.depth, 3);
        assert_eq!(architecture.message_passing.activation, Activation::Relu);
        assert_eq!(architecture.feed_forward.hidden, [300]);
        assert!(architecture.batch_norm);
        let names: Vec<_> = (0..tasks).map(|index| format!("pred_{index}")).collect();
        assert_eq!(model.tasks.iter().map(|task| task.name.clone()).collect::<Vec<_>>(), names, "{name}");
        assert_eq!(model.members.len(), 1);
        assert_eq!(model.provenance.sources[0].name, format!("{name}.pt"));
        assert_eq!(model.provenance.sources[0].sha256, common::predictions(name).sha256);
        survives_saving(&model);
    }
}

#[test]
fn networks_of_every_kind() {
    let elu = Activation::Elu { alpha: 0.7 };
    let leaky = Activation::LeakyRelu { slope: 0.3 };
    let chemprop_leaky = Activation::LeakyRelu { slope: 0.1 };
    for (name, featurizer, head, depth, aggregation, activations, widths, tasks) in [
        (
            "evidential_v1",
            FeaturizerKind::V1,
            Head::Evidential,
            5,
            Aggregation::Sum,
            [chemprop_leaky; 2],
            vec![10, 6],
            2,
        ),
        (
            "quantile_organic",
            FeaturizerKind::Organic,
            Head::Quantile,
            2,
            Aggregation::Mean,
            [Activation::Tanh; 2],
            vec![6],
            2,
        ),
        (
            "dirichlet_rigr",
            FeaturizerKind::Rigr,
            Head::DirichletClassification,
            4,
            Aggregation::Norm { constant: 20.0 },
            [Activation::Elu { alpha: 1.0 }, elu],
            vec![6; 2],
            3,
        ),
        (
            "dirichlet_multiclass_v2",
            FeaturizerKind::V2,
            Head::DirichletMulticlass { classes: 3 },
            3,
            Aggregation::Norm { constant: 100.0 },
            [Activation::Prelu; 2],
            vec![6; 3],
            2,
        ),
        (
            "multiclass_v2",
            FeaturizerKind::V2,
            Head::Multiclass { classes: 4 },
            3,
            Aggregation::Mean,
            [leaky; 2],
            vec![6],
            2,
        ),
        (
            "mve_v2",
            FeaturizerKind::V2,
            Head::MeanVariance,
            1,
            Aggregation::Sum,
            [Activation::Relu; 2],
            vec![6],
            3,
        ),
        (
            "regression_selu_v2",
            FeaturizerKind::V2,
            Head::Regression,
            6,
            Aggregation::Norm { constant: 7.0 },
            [Activation::Selu; 2],
            vec![],
            1,
        ),
    ] {
        let model = import_one(&common::golden(&format!("networks/{name}.pt")));
        let architecture = &model.architecture;
        let message = &architecture.message_passing;
        assert_eq!(architecture.featurizer, featurizer, "{name}");
        assert_eq!(architecture.head, head, "{name}");
        assert_eq!(message.depth, depth, "{name}");
        assert_eq!(architecture.aggregation, aggregation, "{name}");
        assert_eq!([message.activation, architecture.feed_forward.activation], activations, "{name}");
        assert_eq!(architecture.feed_forward.hidden, widths, "{name}");
        assert_eq!(message.bias, model.members[0].b_i.is_some(), "{name}");
        let names: Vec<_> = (0..tasks).map(|index| format!("{name}_{index}")).collect();
        assert_eq!(model.tasks.iter().map(|task| task.name.clone()).collect::<Vec<_>>(), names);
        let golden = common::predictions(&format!("networks/{name}"));
        assert_eq!(golden.sha256, model.provenance.sources[0].sha256);
        assert_eq!(golden.values[0].len(), tasks);
        survives_saving(&model);
    }
}

#[test]
fn learned_slopes_and_scalers_are_read() {
    let prelu = import_one(&common::golden("networks/dirichlet_multiclass_v2.pt"));
    let member = &prelu.members[0];
    assert_eq!((member.message_slope, member.feed_forward_slope), (Some(0.35), Some(0.15)));
    assert!(member.batch_norm.as_ref().unwrap().variance.iter().all(|value| *value > 0.0 && *value != 1.0));
    assert_eq!(member.output_scale, [1.0, 1.0]);
    let scaled = import_one(&common::golden("networks/mve_v2.pt"));
    assert_eq!(scaled.members[0].output_mean, [0.5, 1.5, 2.5]);
    assert_eq!(scaled.members[0].output_scale, [0.75, 1.25, 1.75]);
}

#[test]
fn lightning_checkpoints_hold_the_same_network() {
    let file = import_one(&common::golden("networks/mve_v2.pt"));
    let checkpoint = import_one(&common::golden("networks/mve_v2.ckpt"));
    assert_eq!(checkpoint.members, file.members);
    assert_eq!(checkpoint.architecture, file.architecture);
    assert_eq!(checkpoint.tasks[2].name, "pred_2", "checkpoints do not store names of tasks");
}

#[test]
fn folders_become_ensembles() {
    let folder = tempfile::tempdir().unwrap();
    let source = common::golden("networks/mve_v2.pt");
    for index in [10, 2, 0] {
        let model = folder.path().join(format!("model_{index}"));
        fs::create_dir(&model).unwrap();
        fs::copy(&source, model.join("best.pt")).unwrap();
        fs::write(model.join("last.ckpt"), "not read, since there are .pt files").unwrap();
    }
    let model = import_one(folder.path());
    let names: Vec<_> = model.provenance.sources.iter().map(|source| source.name.as_str()).collect();
    assert_eq!(names, ["model_0/best.pt", "model_2/best.pt", "model_10/best.pt"]);
    assert_eq!(model.members.len(), 3);
    survives_saving(&model);

    // A network of another kind cannot join.
    fs::copy(common::golden("networks/multiclass_v2.pt"), folder.path().join("other.pt")).unwrap();
    let error = import(folder.path()).unwrap_err();
    assert_eq!(error.category(), Category::Malformed);
    assert!(error.to_string().contains("other.pt: message passing"), "{error}");

    let empty = tempfile::tempdir().unwrap();
    assert_eq!(import(empty.path()).unwrap_err().category(), Category::NotFound);
    fs::copy(common::golden("networks/mve_v2.ckpt"), empty.path().join("last.ckpt")).unwrap();
    assert_eq!(import_one(empty.path()).members.len(), 1);
}

#[test]
fn lists_of_files_become_ensembles() {
    let file = common::golden("networks/mve_v2.pt");
    let Imported { model, .. } = import_files(&[file.clone(), file.clone()]).unwrap();
    assert_eq!(model.members.len(), 2);
    assert_eq!(import_files(&[]).unwrap_err().category(), Category::NotFound);
    // Same weights, but other names of tasks.
    let error = import_files(&[file, common::golden("networks/mve_v2.ckpt")]).unwrap_err();
    assert!(error.to_string().contains("list of tasks"), "{error}");
}

#[test]
fn the_admet_ai_wheel() {
    let Some(wheel) = common::wheel() else { return };
    let models = import(&wheel).unwrap();
    let names: Vec<_> = models.iter().map(|imported| imported.file_name("admet")).collect();
    assert_eq!(names, ["admet-classification.safetensors", "admet-regression.safetensors"]);
    let reference = common::reference(&wheel);
    assert_eq!((reference.smiles.len(), reference.columns.len()), (2845, 52));
    let mut predicted = Vec::new();
    for (Imported { model, .. }, tasks, head) in
        models.iter().zip([31, 10]).zip([Head::Classification, Head::Regression]).map(|((a, b), c)| (a, b, c))
    {
        assert_eq!((model.tasks.len(), model.members.len()), (tasks, 5));
        let architecture = &model.architecture;
        assert_eq!((architecture.head, architecture.featurizer), (head, FeaturizerKind::V2));
        assert_eq!(architecture.aggregation, Aggregation::Norm { constant: 100.0 });
        assert!(!architecture.batch_norm && !architecture.message_passing.bias);
        assert!(model.tasks.iter().all(|task| task.description.is_some()));
        assert_eq!(model.tasks.iter().all(|task| task.units.is_some()), head == Head::Regression);
        assert_eq!(model.provenance.sources.len(), 6);
        assert_ne!(model.members[0], model.members[4]);
        assert_eq!(model.card["endpoints"].as_array().unwrap().len(), tasks);
        predicted.extend(model.tasks.iter().map(|task| task.name.clone()));
        survives_saving(model);
    }
    assert_eq!(predicted, reference.columns[11..], "tasks are those of the reference table, in its order");
    let solubility = models[1].model.tasks.iter().find(|task| task.name == "Solubility_AqSolDB").unwrap();
    assert_eq!(solubility.units.as_deref(), Some("log(mol/L)"));
}

/// What an import of these bytes says.
fn refused(name: &str, bytes: &[u8]) -> (Category, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    let error = import(&path).unwrap_err();
    (error.category(), error.to_string())
}

#[test]
fn other_files_are_refused() {
    for bytes in [
        b"".as_slice(),
        b"smiles\nCCO\n",
        b"PK\x03\x04",
        b"PK",
        &[0x80; 4096],
        b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    ] {
        let (category, message) = refused("model.pt", bytes);
        assert_eq!(category, Category::Malformed, "{message}");
        assert!(message.contains("model.pt"), "{message}");
    }
    let (category, message) = refused("m.pt", b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.");
    assert_eq!(category, Category::Unsupported);
    assert!(message.contains("before version 1.6"), "{message}");
    let (category, message) = refused("m.safetensors", b"x");
    assert_eq!(category, Category::Unsupported, "{message}");
    assert_eq!(import(Path::new("no/such/file.pt")).unwrap_err().category(), Category::NotFound);
}

#[test]
fn truncated_files_are_refused() {
    let whole = fs::read(common::golden("networks/regression_selu_v2.pt")).unwrap();
    for end in (0..whole.len()).step_by(97) {
        let (category, message) = refused("m.pt", &whole[..end]);
        assert_eq!(category, Category::Malformed, "{end}: {message}");
    }
}

#[test]
fn damaged_files_never_panic() {
    let path = common::golden("networks/regression_selu_v2.pt");
    let original = import_one(&path);
    let whole = fs::read(&path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let damaged = folder.path().join("m.pt");
    for position in (0..whole.len()).step_by(7) {
        let mut bytes = whole.clone();
        bytes[position] ^= 1 << (position % 8);
        fs::write(&damaged, bytes).unwrap();
        if let Ok(models) = import(&damaged) {
            // Zip checksums cover all weights; alignment padding and dates mean nothing.
            assert_eq!(models[0].model.members, original.members, "byte {position}");
        }
    }
}
