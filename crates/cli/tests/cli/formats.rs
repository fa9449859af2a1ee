//! Fingerprints of other programs: FPS files and those of FPSim2, as libraries and as queries.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use crate::harness::{Run, Scratch, bytes, json, text};

const MISSING: i32 = 66;
const MALFORMED: i32 = 65;
const USAGE: i32 = 2;

/// Where the files are that FPSim2 made of `molecules.smi`.
fn fixture(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../store/tests/fixtures/fpsim2").join(name)
}

/// The files of FPSim2 with these names, and `molecules.smi` with the same molecules.
fn prepared(names: &[&str]) -> Scratch {
    let scratch = Scratch::new();
    for name in names {
        let packed = File::open(fixture(&format!("{name}.h5.gz"))).expect("a fixture");
        let mut content = Vec::new();
        flate2::read::GzDecoder::new(packed).read_to_end(&mut content).expect("a fixture");
        scratch.write(&format!("{name}.h5"), content);
    }
    scratch.write("molecules.smi", bytes(&fixture("molecules.smi")));
    scratch
}

fn build(scratch: &Scratch, inputs: &[&str], output: &str) -> Run {
    scratch.ok(&[&["library", "build", "-o", output], inputs].concat())
}

/// Lines of a library as FPS, without the header, ordered by name.
fn fingerprints(scratch: &Scratch, library: &str, more: &[&str]) -> Vec<String> {
    let run = scratch.ok(&[&["library", "export", library, "--format", "fps"], more].concat());
    let mut lines: Vec<String> =
        run.stdout().lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect();
    lines.sort_by_key(|line| line.rsplit('\t').next().map(str::to_owned));
    lines
}

/// What a library says of itself.
fn info(scratch: &Scratch, library: &str) -> serde_json::Value {
    serde_json::from_str(&scratch.ok(&["library", "info", library, "--json"]).stdout()).expect("JSON")
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).expect("compress");
    encoder.finish().expect("compress")
}

#[test]
fn fingerprints_of_fpsim2_are_those_made_of_the_molecules() {
    let files = ["morgan", "maccs", "morgan_blosc1", "maccs_blosc1_lz4", "maccs_zlib"];
    let scratch = prepared(&files);
    let kinds = ["--fingerprint", "morgan2_2048", "--fingerprint", "maccs"];
    build(&scratch, &[&["molecules.smi"][..], &kinds].concat(), "molecules.lib.h5");
    for name in files {
        let (file, library) = (format!("{name}.h5"), format!("{name}.lib.h5"));
        build(&scratch, &[&file], &library);
        let kind = if name.starts_with("maccs") { "maccs" } else { "morgan2_2048" };
        let expected = fingerprints(&scratch, "molecules.lib.h5", &["--fingerprint", kind]);
        assert_eq!(expected.len(), 120);
        assert_eq!(fingerprints(&scratch, &library, &[]), expected, "{name}");
        let info = info(&scratch, &library);
        assert_eq!(info["fingerprints"][0]["name"], kind);
        assert_eq!(info["provenance"]["inputs"][0]["fingerprints"]["rdkit"], "2026.09.1");
        assert_eq!(info["provenance"]["inputs"][0]["sha256"].as_str().map(str::len), Some(64));
        // FPSim2 orders its rows by the number of bits
        let first = scratch.ok(&["library", "export", &library, "--format", "csv"]).stdout();
        let first = first.lines().nth(1).expect("a row").to_owned();
        assert!(first.starts_with(',') && first != ",1000", "{first}");
    }
}

#[test]
fn fpsim2_files_are_queries_and_libraries_of_them_are_searched() {
    let scratch = prepared(&["morgan", "no_rings"]);
    build(&scratch, &["molecules.smi"], "molecules.lib.h5");
    build(&scratch, &["morgan.h5"], "morgan.lib.h5");
    let search = |library: &str, query: &str| {
        let run = scratch.ok(&["similar", library, "--query", query, "--threshold", "0.5"]);
        let mut pairs: Vec<String> = run.stdout().lines().skip(1).map(pair).collect();
        pairs.sort();
        pairs
    };
    // query's name, hit's name and similarity are the same, whoever made which of the fingerprints
    let expected = search("molecules.lib.h5", "molecules.smi");
    assert!(expected.len() > 120, "{}", expected.len());
    for (library, query) in [
        ("molecules.lib.h5", "morgan.h5"),
        ("morgan.lib.h5", "molecules.smi"),
        ("morgan.lib.h5", "morgan.h5"),
        ("morgan.lib.h5", "morgan.lib.h5"),
    ] {
        assert_eq!(search(library, query), expected, "{library} {query}");
    }
    // those that no generator of ours makes are compared among themselves alone
    build(&scratch, &["no_rings.h5"], "no_rings.lib.h5");
    let name = "fpsim2_Morgan_256_includeRingMembership-false_radius-2";
    assert_eq!(info(&scratch, "no_rings.lib.h5")["fingerprints"][0]["name"], name);
    assert!(search("no_rings.lib.h5", "no_rings.h5").len() >= 120);
    for query in ["molecules.smi", "morgan.h5"] {
        let run = scratch.run(&["similar", "no_rings.lib.h5", "--query", query, "--top", "1"]);
        run.expect_code(MALFORMED).expect_message(&[query, name]);
    }
}

/// Name of the query, name of the hit, and similarity.
fn pair(line: &str) -> String {
    let cells: Vec<&str> = line.split(',').collect();
    [cells[1], cells[4], cells[cells.len() - 1]].join(" ")
}

#[test]
fn fingerprints_without_structures_in_other_commands() {
    let scratch = prepared(&["morgan"]);
    build(&scratch, &["morgan.h5"], "lib.h5");
    for format in ["smi", "sdf"] {
        let run = scratch.run(&["library", "export", "lib.h5", "--format", format]);
        run.expect_code(MALFORMED).expect_message(&["lib.h5", "row 0", "has no structure", ".fps"]);
    }
    let table = scratch.ok(&["library", "export", "lib.h5", "--format", "csv", "--canonical"]).stdout();
    assert_eq!(table.lines().count(), 121);
    scratch.ok(&["screen", "lib.h5", "--descriptors", "MolWt", "-o", "run"]);
    let report = json(&scratch.path("run/run.json"));
    assert!(report.to_string().contains("\"unreadable\":120"), "{report}");
    scratch.ok(&["library", "build", "lib.h5", "-o", "again.h5"]).expect_message(&["120 rejected"]);
    for query in ["lib.h5", "morgan.h5"] {
        let args = ["screen", "molecules.smi", "--like", query, "-o", "like"];
        scratch.run(&args).expect_code(MALFORMED).expect_message(&[query]);
    }
    for args in [
        &["screen", "morgan.h5", "-o", "x"][..],
        &["similar", "morgan.h5", "--query", "molecules.smi", "--top", "1"],
    ] {
        let run = scratch
            .run(&[args, if args[0] == "screen" { &["--descriptors", "MolWt"] } else { &[] }].concat());
        run.expect_code(MALFORMED).expect_message(&["morgan.h5", "FPSim2", "library build"]);
    }
}

#[test]
fn fps_files_become_libraries() {
    let scratch = prepared(&[]);
    for kind in ["morgan2_2048", "maccs"] {
        build(&scratch, &["molecules.smi", "--fingerprint", kind], "lib.h5");
        scratch.ok(&["library", "export", "lib.h5", "-o", "lib.fps"]);
        let plain = bytes(&scratch.path("lib.fps"));
        scratch.write("packed.fps.gz", gzip(&plain));
        scratch.write("packed", gzip(&plain));
        let windows = String::from_utf8(plain).expect("text").replace('\n', "\r\n");
        scratch.write("windows.fps", windows);
        for input in ["lib.fps", "packed.fps.gz", "packed", "windows.fps"] {
            build(&scratch, &[input], "again.h5");
            assert_eq!(info(&scratch, "again.h5")["fingerprints"], info(&scratch, "lib.h5")["fingerprints"]);
            assert_eq!(
                fingerprints(&scratch, "again.h5", &[]),
                fingerprints(&scratch, "lib.h5", &[]),
                "{kind} {input}"
            );
        }
        // rows stay in the order of the file, and several files follow each other
        build(&scratch, &["lib.fps", "windows.fps"], "both.h5");
        let names = |library: &str| scratch.ok(&["library", "export", library, "--format", "csv"]).stdout();
        let both = names("both.h5");
        let rows: Vec<&str> = both.lines().skip(1).collect();
        assert_eq!((rows.len(), rows[0], rows[120], rows[121]), (240, ",1000", ",1000", ",993"));
    }
}

#[test]
fn fps_files_of_other_programs() {
    let scratch = Scratch::new();
    scratch.write(
        "other.fps",
        "#FPS1\n#num_bits=12\n#type=Some/1 thing\nab0c\ta\nxx\tb\n0101\n010f\tlast one\n",
    );
    let run = build(&scratch, &["other.fps"], "other.h5");
    run.expect_message(&["2 compounds, 2 rejected", "line 5", "line 6"]);
    assert_eq!(fingerprints(&scratch, "other.h5", &[]), ["ab0c\ta", "010f\tlast one"]);
    let rejected = scratch.ok(&["library", "info", "other.h5", "--rejected", "9"]).stdout();
    assert!(rejected.contains("fps_Some_1_thing (64 bits)"), "{rejected}");
    assert!(rejected.contains(r"line 5: xx\tb: expected 4 hexadecimal digits"), "{rejected}");
    assert!(rejected.contains("line 6: 0101: expected a fingerprint, a tab and a name"), "{rejected}");
    let hits = scratch.ok(&["similar", "other.h5", "--query", "other.fps", "--top", "1"]).stdout();
    assert_eq!(hits.lines().skip(1).map(pair).collect::<Vec<_>>(), ["a a 1", "last one last one 1"]);
    // written and read again, it is the same
    scratch.ok(&["library", "export", "other.h5", "-o", "again.fps"]);
    build(&scratch, &["again.fps"], "again.h5");
    assert_eq!(info(&scratch, "again.h5")["fingerprints"], info(&scratch, "other.h5")["fingerprints"]);

    // what its file does not say, the user may
    let line = format!("{}\tone\n", "01".repeat(256));
    scratch.write("plain.fps", &line);
    build(&scratch, &["plain.fps"], "plain.h5");
    assert_eq!(info(&scratch, "plain.h5")["fingerprints"][0]["name"], "fps_2048");
    build(&scratch, &["plain.fps", "--fingerprint", "morgan2_2048"], "named.h5");
    assert_eq!(info(&scratch, "named.h5")["fingerprints"][0]["name"], "morgan2_2048");
    scratch.write("q.smi", "CCO ethanol\n");
    scratch.ok(&["similar", "named.h5", "--query", "q.smi", "--top", "1"]);
    let run = scratch.run(&["similar", "plain.h5", "--query", "q.smi", "--top", "1"]);
    run.expect_code(MALFORMED).expect_message(&["structures", "fps_2048"]);
    let run = scratch.run(&["library", "build", "plain.fps", "-o", "x.h5", "--fingerprint", "maccs"]);
    run.expect_code(MALFORMED).expect_message(&["plain.fps", "2048 bits", "167"]);
}

#[test]
fn inputs_and_options_that_do_not_go_together() {
    let scratch = prepared(&["morgan", "maccs", "none"]);
    let fails = |args: &[&str], code: i32, words: &[&str]| {
        let run = scratch.run(&[&["library", "build", "-o", "x.h5"], args].concat());
        run.expect_code(code).expect_message(words);
        assert!(!scratch.path("x.h5").exists());
    };
    fails(&["morgan.h5", "maccs.h5"], USAGE, &["morgan2_2048", "maccs", "a library of each"]);
    fails(&["morgan.h5", "molecules.smi"], USAGE, &["a library of each"]);
    fails(&["morgan.h5", "--fingerprint", "maccs"], MALFORMED, &["morgan2_2048", "not maccs"]);
    let twice = ["morgan.h5", "--fingerprint", "maccs", "--fingerprint", "morgan2_2048"];
    fails(&twice, USAGE, &["--fingerprint once"]);
    for option in
        ["--standardize", "--deduplicate", "--keep-columns=a", "--smiles-column=a", "--name-column=a"]
    {
        let name = option.split('=').next().expect("a name");
        fails(&["morgan.h5", option], USAGE, &[name, "needs structures", "morgan.h5"]);
    }
    fails(&["morgan.h5", "nothing.h5"], MISSING, &["nothing.h5"]);
    let run = build(&scratch, &["none.h5"], "none.lib.h5");
    run.expect_message(&["0 compounds"]);
    assert_eq!(info(&scratch, "none.lib.h5")["fingerprints"][0]["name"], "morgan2_2048");
}

#[test]
fn damaged_and_foreign_files() {
    let scratch = prepared(&["morgan", "maccs_bzip2"]);
    let whole = bytes(&scratch.path("morgan.h5"));
    scratch.write("half.h5", &whole[..whole.len() / 2]);
    // the first chunk of the table, found by the name of its format
    let frame = whole.windows(8).position(|part| part == b"b2frame\0").expect("a frame");
    let mut broken = whole.clone();
    broken[frame + 200..frame + 260].fill(0xff);
    scratch.write("broken.h5", &broken);
    let line = format!("{}\tone\n", "01".repeat(256));
    scratch.write("empty.fps", "");
    scratch.write("other.fps", "CCO ethanol\n");
    scratch.write("newer.fps", format!("#FPS2\n{line}"));
    scratch.write("long.fps", format!("{}\tone\n", "01".repeat(10_000)));
    scratch.write("liar.fps", format!("#FPS1\n#type=Soyaku-maccs/1\n{line}"));
    scratch.write("named.fps", format!("#FPS1\n#type=Soyaku-/1\n{line}"));
    let packed = gzip(line.repeat(5000).as_bytes());
    scratch.write("cut.fps.gz", &packed[..packed.len() - 20]);
    let mut binary = line.clone().into_bytes();
    binary.push(0);
    scratch.write("binary.fps", binary);
    for (input, words) in [
        ("half.h5", &["truncated or damaged"][..]),
        ("broken.h5", &["damaged", "`/fps`", "chunk 0"]),
        ("maccs_bzip2.h5", &["bzip2", "ptrepack"]),
        ("empty.fps", &["no fingerprint"]),
        ("other.fps", &["is no FPS file"]),
        ("newer.fps", &["another version"]),
        ("long.fps", &["80000 bits", "32768"]),
        ("liar.fps", &["2048 bits", "maccs", "167"]),
        ("named.fps", &["name"]),
        ("cut.fps.gz", &["truncated gzip"]),
        ("binary.fps", &["binary data"]),
    ] {
        let run = scratch.run(&["library", "build", input, "-o", "x.h5"]);
        run.expect_code(MALFORMED).expect_message(&[&[input], words].concat());
        assert!(!scratch.path("x.h5").exists());
    }
    build(&scratch, &["morgan.h5"], "lib.h5");
    for query in ["half.h5", "broken.h5", "maccs_bzip2.h5"] {
        let run = scratch.run(&["similar", "lib.h5", "--query", text(&scratch.path(query)), "--top", "1"]);
        run.expect_code(MALFORMED).expect_message(&[query]);
    }
}
