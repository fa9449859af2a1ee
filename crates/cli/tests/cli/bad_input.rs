//! A bad row never stops a run; a bad file stops it before work starts, with 65 or 66.

use std::io::{Read, Write};
use std::path::Path;

use crate::harness::{Scratch, bytes, json, oracle_python, python_check, shipped, table, test_data, text};

const MALFORMED: i32 = 65;

/// 5,000 atoms in rings that follow each other.
fn long_chain_of_rings() -> String {
    format!("CC{}", "c1ccc(C)cc1".repeat(714))
}

/// Rows good and bad, with Windows line ends; the good ones are rows 0, 4, 6, 7, 9, 10 and 12.
fn mixed_rows() -> Vec<String> {
    let rows = [
        "CCO ethanol",
        "C1CC ring-left-open",
        "c1cccc1 no-kekule-form",
        "CC(C)(C)(C)C five-bonds",
        "CCN amine-αβγ-酸",
        "",
        "CCC twice",
        "CCCC twice",
        "not-a-molecule",
        &format!("{} five-thousand-atoms", "C".repeat(5000)),
        &format!("{} rings", long_chain_of_rings()),
        "[Xx] unknown-element",
        "c1ccccc1 benzene",
    ];
    rows.map(str::to_owned).to_vec()
}

const GOOD: [&str; 7] = ["0", "4", "6", "7", "9", "10", "12"];

#[test]
fn bad_rows_keep_their_place_with_a_reason() {
    let scratch = Scratch::new();
    let rows = mixed_rows();
    scratch.write("mixed.smi", rows.join("\r\n") + "\r\n");
    let drugs = shipped("cns_drugs.smi");
    let mut args = vec!["screen", "mixed.smi", "--like", text(&drugs), "-o", "out"];
    if let Some(model) = scratch.small_model() {
        args.extend(["--model", model]);
    }
    scratch.ok(&args).expect_message(&["13 compounds read, 7 scored, 6 failed"]);
    let run = json(&scratch.path("out/run.json"));
    assert_eq!(run["counts"]["failed"], serde_json::json!({ "invalid": 5, "unreadable": 1 }), "{run}");

    let (_, mut hits) = table(&scratch.path("out/hits.csv"));
    hits.sort_by_key(|hit| hit[1].parse::<u32>().expect("a row"));
    let found: Vec<[&str; 3]> = hits.iter().map(|hit| [&hit[1], &hit[2], &hit[3]].map(|s| &**s)).collect();
    let expected: Vec<[&str; 3]> = GOOD
        .iter()
        .map(|row| {
            let (smiles, name) =
                rows[row.parse::<usize>().expect("a row")].split_once(' ').expect("SMILES and name");
            [row, name, smiles]
        })
        .collect();
    assert_eq!(found, expected);

    let Some(python) = oracle_python() else { return };
    let failed = [
        "invalid:1:unclosed ring",
        "invalid:2:kekulize",
        "invalid:3:valence",
        "unreadable:5:empty line",
        "invalid:8:unexpected",
        "invalid:11:element",
    ];
    let results = scratch.path("out/results.h5");
    let mut arguments = vec![results.as_path(), Path::new("13")];
    arguments.extend(failed.map(Path::new));
    python_check(&python, "check_failed.py", &arguments);
}

#[test]
fn a_library_has_the_good_rows_and_names_the_others() {
    let scratch = Scratch::new();
    scratch.write("mixed.smi", mixed_rows().join("\r\n"));
    scratch
        .ok(&["library", "build", "mixed.smi", "-o", "mixed.h5"])
        .expect_message(&["7 compounds, 6 rejected"]);
    let stdout = scratch.ok(&["library", "info", "mixed.h5", "--json", "--rejected", "100"]).stdout();
    let info: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    let lines: Vec<u64> = info["rejected_rows"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| {
            assert!(row["reason"].as_str().is_some_and(|reason| reason.len() > 5), "{row}");
            row["line"].as_u64().expect("a line")
        })
        .collect();
    assert_eq!(lines, [2, 3, 4, 6, 9, 12]);
    let exported = scratch.ok(&["library", "export", "mixed.h5"]).stdout();
    let rows = mixed_rows();
    let good = GOOD.map(|row| &*rows[row.parse::<usize>().expect("a row")]);
    assert_eq!(exported.lines().collect::<Vec<_>>(), good);
}

#[test]
fn a_library_of_bad_rows_only_is_screened_too() {
    let scratch = Scratch::new();
    scratch.write("bad.smi", "C1CC\n\nnot-a-molecule\n");
    scratch.write("nothing.smi", "");
    scratch.ok(&["library", "build", "bad.smi", "-o", "bad.h5"]);
    let drugs = shipped("cns_drugs.smi");
    for (library, rows) in [("bad.smi", 3), ("nothing.smi", 0), ("bad.h5", 0)] {
        let out = library.replace('.', "-");
        scratch.ok(&["screen", library, "--like", text(&drugs), "-o", &out]);
        let run = json(&scratch.path(&out).join("run.json"));
        assert_eq!((run["counts"]["rows"].as_u64(), run["counts"]["ok"].as_u64()), (Some(rows), Some(0)));
        assert!(table(&scratch.path(&out).join("hits.csv")).1.is_empty());
    }
}

/// Screens with one wrong file: the code, the name of the file in the message, and no trace of a run.
fn refused(scratch: &Scratch, args: &[&str], words: &[&str]) {
    let run = scratch.run(&[&["screen", "-o", "out"], args].concat());
    run.expect_code(MALFORMED).expect_message(words);
    assert!(!scratch.path("out").exists(), "{args:?}: work began");
}

#[test]
fn a_bad_file_stops_a_screen_before_it_starts() {
    let scratch = Scratch::new();
    let drugs = shipped("cns_drugs.smi");
    let library = scratch.esol_library();
    let like = ["--like", text(&drugs)];
    let whole = bytes(&scratch.path(library));
    scratch.write("half.h5", &whole[..whole.len() / 2]);
    scratch.write("text.h5", "CCO ethanol\n");
    scratch.write("a.csv", "id,structure\n1,CCO\n");
    scratch.write("a.smi", "CCO\n");
    refused(&scratch, &[&["half.h5"], &like[..]].concat(), &["half.h5"]);
    refused(&scratch, &[&["text.h5"], &like[..]].concat(), &["text.h5"]);
    refused(&scratch, &[&["a.csv"], &like[..]].concat(), &["a.csv", "structure"]);
    refused(
        &scratch,
        &[&["a.csv", "--smiles-column", "SMI"], &like[..]].concat(),
        &["a.csv", "SMI", "structure"],
    );
    // Known actives of which none can be used.
    scratch.write("no-actives.smi", "C1CC\n");
    scratch.write("empty.smi", "");
    refused(&scratch, &["a.smi", "--like", "no-actives.smi"], &["no-actives.smi", "unclosed ring"]);
    refused(&scratch, &["a.smi", "--like", "empty.smi"], &["empty.smi"]);

    // An HDF5 file of another kind: the results of a run.
    scratch.ok(&[&["screen", "a.smi", "-o", "before"], &like[..]].concat());
    refused(&scratch, &[&["before/results.h5"], &like[..]].concat(), &["results.h5", "library/1"]);
}

#[test]
fn one_bad_active_among_good_ones_is_left_out_with_a_warning() {
    let scratch = Scratch::new();
    scratch.write("actives.smi", "C1CC open\nCCO ethanol\n");
    scratch.write("a.smi", "CCO\n");
    let run = scratch.ok(&["screen", "a.smi", "--like", "actives.smi", "-o", "out"]);
    run.expect_message(&["warning", "unclosed ring"]);
    let (header, rows) = table(&scratch.path("out/hits.csv"));
    assert_eq!(header.last().map(String::as_str), Some("nearest"));
    assert_eq!(rows[0][4..], ["1", "ethanol"]);
}

#[test]
fn a_truncated_gzip_is_65_and_leaves_no_list() {
    let scratch = Scratch::new();
    let mut lines = String::new();
    for row in 0..20_000u32 {
        // Text that does not compress to nothing.
        let noise = row.wrapping_mul(2_654_435_761);
        lines.push_str(&format!("C{} r{noise}\n", "CNO".repeat(1 + (noise >> 28) as usize)));
    }
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(lines.as_bytes()).expect("compress");
    let packed = packed.finish().expect("compress");
    let drugs = shipped("cns_drugs.smi");
    scratch.write("whole.smi.gz", &packed);
    scratch.ok(&["library", "build", "whole.smi.gz", "-o", "whole.h5"]);
    for (name, kept) in [("start", 5), ("middle", packed.len() / 2), ("end", packed.len() - 4)] {
        let file = format!("{name}.smi.gz");
        scratch.write(&file, &packed[..kept]);
        let library = format!("{name}.h5");
        let run = scratch.run(&["library", "build", &file, "-o", &library]);
        run.expect_code(MALFORMED).expect_message(&[&file, "truncated gzip"]);
        assert!(!scratch.path(&library).exists());
        let run = scratch.run(&["screen", &file, "--like", text(&drugs), "-o", name]);
        run.expect_code(MALFORMED).expect_message(&[&file, "truncated gzip"]);
        assert!(!scratch.path(name).join("hits.csv").exists());
        assert!(!scratch.path(name).join("results.h5").exists());
    }
    let mut broken = packed.clone();
    broken[packed.len() / 2] ^= 0x55;
    scratch.write("broken.smi.gz", &broken);
    let run = scratch.run(&["screen", "broken.smi.gz", "--like", text(&drugs), "-o", "broken"]);
    run.expect_code(MALFORMED).expect_message(&["broken.smi.gz", "gzip"]);
}

/// A checkpoint in which one class name was replaced, as another archive.
fn with_another_class(checkpoint: &Path, from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes(checkpoint))).expect("an archive");
    let mut changed = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let mut replaced = 0;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).expect("an entry");
        let name = entry.name().expect("a name").into_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).expect("read");
        if name.ends_with("data.pkl")
            && let Some(place) = content.windows(from.len()).position(|window| window == from)
        {
            content.splice(place..place + from.len(), to.iter().copied());
            replaced += 1;
        }
        changed.start_file(name, stored).expect("write");
        changed.write_all(&content).expect("write");
    }
    assert_eq!(replaced, 1);
    changed.finish().expect("write").into_inner()
}

#[test]
fn a_checkpoint_with_an_unknown_class_is_65_and_runs_nothing() {
    let Some(checkpoint) = test_data("chemprop_checkpoints/regression_mol.pt") else { return };
    let scratch = Scratch::new();
    let class = b"cchemprop.nn.predictors\nRegressionFFN\n";
    scratch.write("evil.pt", with_another_class(&checkpoint, class, b"cos\nsystem\n"));
    let run = scratch.run(&["model", "import", "evil.pt", "-o", "evil"]);
    run.expect_code(MALFORMED).expect_message(&["evil.pt", "os.system", "RegressionFFN"]);
    assert!(!scratch.path("evil.safetensors").exists());
    // A checkpoint is no model until it is imported.
    scratch.write("a.smi", "CCO\n");
    refused(&scratch, &["a.smi", "--model", text(&checkpoint)], &["regression_mol.pt"]);
}

#[test]
fn a_model_with_one_changed_number_is_65() {
    let scratch = Scratch::new();
    let Some(model) = scratch.small_model() else { return };
    let whole = bytes(&scratch.path(model));
    scratch.write("a.smi", "CCO\n");
    for place in [20, whole.len() / 2, whole.len() - 1] {
        let mut damaged = whole.clone();
        damaged[place] ^= 1;
        scratch.write("damaged.safetensors", damaged);
        refused(&scratch, &["a.smi", "--model", "damaged.safetensors"], &["damaged.safetensors"]);
        scratch.run(&["model", "info", "damaged.safetensors"]).expect_code(MALFORMED);
    }
}
