//! Files that Chemprop or torch writes and that are read otherwise than the usual, or not at all; and torch
//! files made to harm.

#![allow(clippy::unwrap_used, reason = "a failure to make a file is a failure of the test")]

mod common;

use std::fs;
use std::io::{Cursor, Read, Write};

use soyaku_property::{Category, Error, Imported, Member, import};
use zip::write::SimpleFileOptions;

fn member(path: &str) -> Member {
    let mut models = import(&common::golden(path)).unwrap();
    let Imported { mut model, .. } = models.remove(0);
    model.members.remove(0)
}

#[test]
fn what_is_not_supported_is_named() {
    for (name, category, said) in [
        (
            "atom_messages",
            Category::Unsupported,
            "AtomMessagePassing` is not supported; accepted: BondMessagePassing",
        ),
        ("undirected", Category::Unsupported, "undirected message passing"),
        (
            "attentive",
            Category::Unsupported,
            "AttentiveAggregation` is not supported; accepted: MeanAggregation",
        ),
        ("spectral", Category::Unsupported, "SpectralFFN` is not supported; accepted: RegressionFFN"),
        ("molecule_features", Category::Unsupported, "a predictor of 9 inputs after 4 learned ones"),
        ("atom_descriptors", Category::Unsupported, "extra atom descriptors"),
        (
            "softsign",
            Category::Unsupported,
            "torch.nn.modules.activation.Softsign` is not supported; accepted: RELU",
        ),
        ("reactions", Category::Unsupported, "bond features (extra features or reactions?)"),
        ("two_components", Category::Unsupported, "MulticomponentMessagePassing"),
        ("atom_predictions", Category::Unsupported, "atom- or bond-level predictions"),
        ("not_a_number", Category::Malformed, "tensor `message_passing.W_h.weight`: value 6 is NaN"),
        ("chemprop_1", Category::Unsupported, "convert it with `chemprop convert"),
        ("legacy", Category::Unsupported, "before version 1.6"),
        ("state_dict", Category::Malformed, "no `hyper_parameters` and `state_dict`"),
    ] {
        let error = import(&common::golden(&format!("refused/{name}.pt"))).unwrap_err();
        let message = error.to_string();
        assert!(message.contains(said), "{name}: {message}");
        assert!(message.contains(&format!("{name}.pt")), "{message}");
        assert_eq!(error.category(), category, "{name}: {message}");
    }
}

#[test]
fn other_number_types_are_converted() {
    let original = member("networks/mve_v2.pt");
    assert_eq!(member("stored/double.pt"), original);
    assert_eq!(member("stored/views.pt"), original);
    for (name, tolerance) in [("half", 1e-3), ("bfloat16", 1e-2)] {
        let stored = member(&format!("stored/{name}.pt"));
        for (a, b) in stored.w_i.data.iter().zip(&original.w_i.data) {
            assert!((a - b).abs() <= tolerance * b.abs() + 1e-6, "{name}: {a} {b}");
        }
        assert_ne!(stored.w_i, original.w_i, "{name} is less exact");
    }
}

/// Entries of the smallest golden network, without the folder in their names.
fn entries() -> Vec<(String, Vec<u8>)> {
    let bytes = fs::read(common::golden("networks/regression_selu_v2.pt")).unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut entry = archive.by_index(index).unwrap();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            (entry.name().unwrap().split_once('/').unwrap().1.to_owned(), content)
        })
        .collect()
}

/// Imports an archive of these entries.
fn import_entries(entries: &[(String, Vec<u8>)], method: zip::CompressionMethod) -> Result<Member, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made.pt");
    let mut writer = zip::ZipWriter::new(fs::File::create(&path).unwrap());
    for (name, content) in entries {
        let options = SimpleFileOptions::default().compression_method(method);
        writer.start_file(format!("archive/{name}"), options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap();
    import(&path).map(|mut models| models.remove(0).model.members.remove(0))
}

fn changed(change: impl FnOnce(&mut Vec<(String, Vec<u8>)>)) -> Result<Member, Error> {
    let mut entries = entries();
    change(&mut entries);
    import_entries(&entries, zip::CompressionMethod::Stored)
}

fn content<'a>(entries: &'a mut [(String, Vec<u8>)], name: &str) -> &'a mut Vec<u8> {
    &mut entries.iter_mut().find(|(found, _)| found == name).unwrap().1
}

#[test]
fn repacked_archives_are_read() {
    let original = member("networks/regression_selu_v2.pt");
    assert_eq!(changed(|_| {}).unwrap(), original);
    assert_eq!(import_entries(&entries(), zip::CompressionMethod::Deflated).unwrap(), original);
}

#[test]
fn storages_must_be_whole() {
    let shorter = changed(|entries| content(entries, "data/0").truncate(8)).unwrap_err();
    assert!(matches!(&shorter, Error::Tensor { .. }), "{shorter}");
    assert!(shorter.to_string().contains("its storage has 8 bytes"), "{shorter}");
    let longer = changed(|entries| content(entries, "data/0").extend([0; 4])).unwrap_err();
    assert!(matches!(longer, Error::Tensor { .. }), "{longer}");
    let missing = changed(|entries| entries.retain(|(name, _)| name != "data/0")).unwrap_err();
    assert!(missing.to_string().contains("no entry `archive/data/0`"), "{missing}");
    let pickle = changed(|entries| entries.retain(|(name, _)| name != "data.pkl")).unwrap_err();
    assert!(pickle.to_string().contains("no `data.pkl`"), "{pickle}");
    let order = changed(|entries| *content(entries, "byteorder") = b"big".to_vec()).unwrap_err();
    assert!(order.to_string().contains("byte order `big`"), "{order}");
    assert_eq!(order.category(), Category::Unsupported);
    let script = changed(|entries| entries.push(("constants.pkl".into(), Vec::new()))).unwrap_err();
    assert!(script.to_string().contains("TorchScript"), "{script}");
}

#[test]
fn storages_that_explode_are_refused() {
    // These zeros deflate to a thousandth of their size.
    let mut entries = entries();
    *content(&mut entries, "data/0") = vec![0; (256 << 20) + 1];
    let error = import_entries(&entries, zip::CompressionMethod::Deflated).unwrap_err();
    assert!(error.to_string().contains("larger than"), "{error}");
}

/// Replaces bytes of the pickle, which must be there.
fn with_pickle(from: &[u8], to: &[u8]) -> Result<Member, Error> {
    changed(|entries| {
        let pickle = content(entries, "data.pkl");
        let place = pickle.windows(from.len()).position(|window| window == from).unwrap();
        pickle.splice(place..place + from.len(), to.iter().copied());
    })
}

#[test]
fn classes_are_only_names() {
    let error = with_pickle(b"cchemprop.nn.predictors\nRegressionFFN\n", b"cos\nsystem\n").unwrap_err();
    assert!(
        error.to_string().contains("`predictor` of class `os.system` is not supported; accepted: Reg"),
        "{error}"
    );
    let error = with_pickle(b"ctorch._utils\n_rebuild_tensor_v2\n", b"cbuiltins\neval\n").unwrap_err();
    assert!(error.to_string().contains("found an object of class `builtins.eval`"), "{error}");
    let error = with_pickle(b"ctorch\nFloatStorage\n", b"ctorch\nLongStorage\n").unwrap_err();
    assert!(matches!(error, Error::Tensor { .. }), "{error}");
    // INST calls a class too, and is not interpreted at all.
    let error = with_pickle(b"cchemprop.nn.predictors\nRegressionFFN\n", b"(ios\nsystem\n").unwrap_err();
    assert!(matches!(error, Error::Pickle { .. }) && error.category() == Category::Unsupported, "{error}");
}

#[test]
fn sizes_must_make_sense() {
    let key = |name: &str| [b"X".as_slice(), &(name.len() as u32).to_le_bytes(), name.as_bytes()].concat();
    for (name, said) in [("d_h", "`message_passing.d_h`"), ("depth", "`message_passing.depth`")] {
        // The key is followed by a memo instruction of two bytes, then by a small integer.
        let pickle = entries().into_iter().find(|(entry, _)| entry == "data.pkl").unwrap().1;
        let key = key(name);
        let place = pickle.windows(key.len()).position(|window| window == key).unwrap() + key.len() + 2;
        assert_eq!(pickle[place], b'K');
        for value in
            [b"K\x00".as_slice(), b"J\xff\xff\xff\xff", b"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f", b"N"]
        {
            let error = changed(|entries| {
                content(entries, "data.pkl").splice(place..place + 2, value.iter().copied());
            });
            let error = error.unwrap_err().to_string();
            assert!(error.contains(said) && error.contains("expected an integer"), "{error}");
        }
    }
}

#[test]
fn any_pickle_is_survived() {
    let original = entries();
    let length = original.iter().find(|(name, _)| name == "data.pkl").unwrap().1.len();
    let mut read = 0;
    for position in 0..length {
        let result = changed(|entries| content(entries, "data.pkl")[position] ^= 1 << (position % 7));
        match result {
            Ok(member) => {
                read += 1;
                assert!(member.w_i.data.iter().all(|value| value.is_finite()));
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    assert!(read < length, "some damage is noticed");
    for end in (0..length).step_by(5) {
        assert!(changed(|entries| content(entries, "data.pkl").truncate(end)).is_err());
    }
}
