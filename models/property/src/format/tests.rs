//! A small model written, read, and damaged in every way.

use crate::model::{BatchNorm, Linear, Matrix, Member, Model};
use crate::spec::*;
use crate::{Category, Error};

fn numbers(count: usize, seed: usize) -> Vec<f32> {
    (0..count).map(|index| ((index * 37 + seed * 101) % 251) as f32 / 251.0 - 0.5).collect()
}

fn matrix(rows: usize, columns: usize, seed: usize) -> Matrix {
    Matrix { rows, columns, data: numbers(rows * columns, seed) }
}

/// A network with every optional part.
fn member(seed: usize) -> Member {
    Member {
        w_i: matrix(2, 54, seed),
        b_i: Some(numbers(2, seed + 1)),
        w_h: matrix(2, 2, seed + 2),
        b_h: Some(numbers(2, seed + 3)),
        w_o: matrix(2, 54, seed + 4),
        b_o: numbers(2, seed + 5),
        message_slope: Some(0.25),
        batch_norm: Some(BatchNorm {
            weight: numbers(2, seed + 6),
            bias: numbers(2, seed + 7),
            mean: numbers(2, seed + 8),
            variance: vec![0.5, 1.5],
            epsilon: 1e-5,
        }),
        feed_forward: vec![
            Linear { weight: matrix(3, 2, seed + 9), bias: numbers(3, seed + 10) },
            Linear { weight: matrix(4, 3, seed + 11), bias: numbers(4, seed + 12) },
        ],
        feed_forward_slope: Some(0.1),
        output_mean: vec![1.5, -2.0],
        output_scale: vec![0.7, 3.0],
    }
}

fn model() -> Model {
    Model {
        architecture: Architecture {
            featurizer: FeaturizerKind::Rigr,
            message_passing: MessagePassing {
                hidden: 2,
                depth: 3,
                bias: true,
                activation: Activation::Prelu,
            },
            aggregation: Aggregation::Norm { constant: 100.0 },
            batch_norm: true,
            feed_forward: FeedForward { hidden: vec![3], activation: Activation::Prelu },
            head: Head::MeanVariance,
        },
        tasks: vec![Task { units: Some("log(mol/L)".into()), ..Task::named("sol") }, Task::named("hERG")],
        members: vec![member(0), member(50)],
        provenance: Provenance {
            sources: vec![Source { name: "a.pt".into(), sha256: "ab".repeat(32) }],
            soyaku_version: "0.1.0".into(),
            source_format: None,
        },
        card: serde_json::json!({"name": "é", "nested": [1, 2.5, null]}),
    }
}

fn bytes() -> Vec<u8> {
    model().to_bytes("m").unwrap()
}

/// The file with its header changed by `edit`, and the length before it set right.
fn with_header(edit: impl Fn(&str) -> String) -> Vec<u8> {
    let bytes = bytes();
    let end = 8 + u64::from_le_bytes(*bytes.first_chunk().unwrap()) as usize;
    let header = edit(std::str::from_utf8(&bytes[8..end]).unwrap());
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &bytes[end..]].concat()
}

#[test]
fn reads_what_it_wrote() {
    assert_eq!(Model::from_bytes("m", &bytes()).unwrap(), model());
    assert_eq!(bytes(), bytes(), "the same model gives the same bytes");
}

#[test]
fn every_architecture_has_a_file() {
    let plain = |activation, head: Head| {
        let mut model = model();
        model.architecture.message_passing.activation = activation;
        model.architecture.message_passing.bias = false;
        model.architecture.feed_forward = FeedForward { hidden: vec![], activation };
        model.architecture.batch_norm = false;
        model.architecture.head = head;
        let outputs = 2 * head.outputs_per_task();
        for member in &mut model.members {
            (member.b_i, member.b_h, member.batch_norm) = (None, None, None);
            (member.message_slope, member.feed_forward_slope) = (None, None);
            member.feed_forward = vec![Linear { weight: matrix(outputs, 2, 1), bias: numbers(outputs, 2) }];
        }
        model
    };
    let activations = [
        Activation::Relu,
        Activation::LeakyRelu { slope: 0.1 },
        Activation::Tanh,
        Activation::Elu { alpha: 1.0 },
        Activation::Selu,
    ];
    let heads = [
        Head::Regression,
        Head::MeanVariance,
        Head::Evidential,
        Head::Quantile,
        Head::Classification,
        Head::DirichletClassification,
        Head::Multiclass { classes: 3 },
        Head::DirichletMulticlass { classes: 5 },
    ];
    for activation in activations {
        for head in heads {
            let model = plain(activation, head);
            assert_eq!(Model::from_bytes("m", &model.to_bytes("m").unwrap()).unwrap(), model);
        }
    }
}

#[test]
fn files_are_replaced_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    std::fs::write(&path, "old").unwrap();
    model().save(&path).unwrap();
    assert_eq!(Model::load(&path).unwrap(), model());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
    let missing = Model::load(&folder.path().join("none")).unwrap_err();
    assert_eq!(missing.category(), Category::NotFound);
    let unwritable = model().save(&folder.path().join("no/such/folder/m")).unwrap_err();
    assert_eq!(unwritable.category(), Category::NotFound);
    assert_eq!(Model::load(folder.path()).unwrap_err().category(), Category::Io, "a folder is no model file");
}

#[test]
fn every_truncation_is_noticed() {
    let bytes = bytes();
    for end in (0..bytes.len()).step_by(7).chain([bytes.len() - 1]) {
        let error = Model::from_bytes("m", &bytes[..end]).unwrap_err();
        assert_eq!(error.category(), Category::Malformed, "{end}: {error}");
    }
    assert!(Model::from_bytes("m", &[bytes.as_slice(), b"x"].concat()).is_err(), "bytes after the end");
}

#[test]
fn every_flipped_bit_is_noticed() {
    let whole = bytes();
    for position in 0..whole.len() {
        let mut changed = whole.clone();
        changed[position] ^= 1 << (position % 8);
        if let Ok(read) = Model::from_bytes("m", &changed) {
            assert_eq!(read, model(), "byte {position}: read without an error, but changed");
        }
    }
}

#[test]
fn newer_and_foreign_files_are_named() {
    let newer = Model::from_bytes("m", &with_header(|text| text.replace("model/1", "model/2"))).unwrap_err();
    assert!(matches!(newer, Error::NewerSchema { .. }), "{newer}");
    assert_eq!(newer.category(), Category::Unsupported);
    let other =
        Model::from_bytes("m", &with_header(|text| text.replace("model/1", "library/1"))).unwrap_err();
    assert_eq!(other.category(), Category::Malformed);
    let foreign =
        Model::from_bytes("m", &with_header(|text| text.replace("\"soyaku\":", "\"format\":"))).unwrap_err();
    assert_eq!(foreign.category(), Category::Unsupported, "{foreign}");
    let zip = Model::from_bytes("m", b"PK\x03\x04 and so on").unwrap_err();
    assert!(zip.to_string().contains("model import"), "{zip}");
    for text in [b"".as_slice(), b"CCO", b"smiles,name\r\nCCO,ethanol\r\n", &[0; 4096]] {
        assert_eq!(Model::from_bytes("m", text).unwrap_err().category(), Category::Malformed);
    }
}

#[test]
fn wrong_tensors_are_named() {
    for (from, to, tensor, reason) in [
        ("1/feed_forward.0.bias", "1/feed_forward.0.bios", "1/feed_forward.0.bias", "missing"),
        (
            "\"0/message_passing.w_h\":{\"dtype\":\"F32\"",
            "\"0/message_passing.w_h\":{\"dtype\":\"I32\"",
            "0/message_passing.w_h",
            "expected F32",
        ),
        ("\"shape\":[2,54]", "\"shape\":[54,2]", "0/message_passing.w_i", "expected [2, 54]"),
    ] {
        let error = Model::from_bytes("m", &with_header(|text| text.replacen(from, to, 1))).unwrap_err();
        let message = error.to_string();
        assert!(message.contains(tensor) && message.contains(reason), "{message}");
        assert_eq!(error.category(), Category::Malformed);
    }
    let fewer = with_header(|text| text.replace(r#"\"members\":2"#, r#"\"members\":1"#));
    assert!(Model::from_bytes("m", &fewer).unwrap_err().to_string().contains("tensors, expected"));
}

#[test]
fn inconsistent_models_are_not_written() {
    let refused = |change: &dyn Fn(&mut Model)| {
        let mut model = model();
        change(&mut model);
        model.to_bytes("m").unwrap_err().to_string()
    };
    assert!(
        refused(&|m| m.members[1].w_h.data[3] = f32::NAN).contains("`1/message_passing.w_h`: value 3 is NaN")
    );
    assert!(refused(&|m| m.members[0].b_o.push(0.0)).contains("0/message_passing.b_o"));
    assert!(refused(&|m| m.members[0].w_i.data.truncate(5)).contains("5 numbers for shape [2, 54]"));
    assert!(refused(&|m| m.members[0].batch_norm = None).contains("batch_norm.weight"));
    assert!(refused(&|m| m.members.clear()).contains("0 networks"));
    assert!(refused(&|m| m.tasks[1].name = "sol".into()).contains("occurs twice"));
    assert!(refused(&|m| m.tasks[1].name = String::new()).contains("is empty"));
    assert!(refused(&|m| m.architecture.message_passing.depth = 0).contains("depth 0"));
    assert!(
        refused(&|m| m.architecture.aggregation = Aggregation::Norm { constant: 0.0 })
            .contains("divides by 0")
    );
    assert!(refused(&|m| m.members[0].output_scale.push(1.0)).contains("output.scale"));
}

#[test]
fn declared_sizes_allocate_nothing() {
    let huge = with_header(|text| text.replace(r#"\"hidden\":2,"#, r#"\"hidden\":8192,"#));
    assert!(Model::from_bytes("m", &huge).is_err());
    let huge = with_header(|text| text.replace(r#"\"hidden\":2,"#, r#"\"hidden\":99999999999,"#));
    assert!(Model::from_bytes("m", &huge).unwrap_err().to_string().contains("layer width"));
    let members = with_header(|text| text.replace(r#"\"members\":2"#, r#"\"members\":99999999"#));
    assert!(Model::from_bytes("m", &members).is_err());
}
