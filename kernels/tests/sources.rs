//! Every `.cu` file is declared as it is written. (That it has a test against its CPU twin, `kernels/emulated.rs` sees.)

#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::path::Path;

use soyaku_device::{ComputeCapability, Entry, Header, Parameter, Scalar, Source};
use soyaku_kernels::sources::SOURCES;
use support::declarations::{entries, includes, without_comments};
use support::rules::{self, Files};

/// CUDA files of the product: not those of the emulated device.
fn files() -> Files {
    fn walk(folder: &Path, root: &Path, files: &mut Files) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let below = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            if path.is_dir() {
                if !["emulation", "target"].contains(&below.as_str()) {
                    walk(&path, root, files);
                }
            } else if below.ends_with(".cu") || below.ends_with(".cuh") {
                files.insert(below, fs::read_to_string(&path).unwrap());
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Files::new();
    walk(root, root, &mut files);
    files
}

fn none(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn every_file_is_a_source() {
    none(rules::files_and_sources(&files(), SOURCES));
    none(rules::entry_names(SOURCES));
}

#[test]
fn entries_are_declared_as_written() {
    none(SOURCES.iter().flat_map(|source| rules::declared_entries(source)).collect());
}

#[test]
fn entries_are_compiled_one_by_one() {
    none(SOURCES.iter().flat_map(|source| rules::separate_entries(source)).collect());
}

#[test]
fn headers_are_listed() {
    let files = files();
    none(SOURCES.iter().flat_map(|source| rules::headers(&files, source)).collect());
}

// The rules themselves, on kernels that break them.

const TEXT: &str = r#"
#include "soyaku.cuh"  // #include "nothing.cuh"
/* extern "C" __global__ void ghost(u32 none) */
__device__ inline u32 twice(u32 value) { return 2 * value; }

// Long declarations go over lines.
extern "C" __global__ void __launch_bounds__(256)
    scan(const u64 *__restrict__ bits, u32 *found, const float* weights, unsigned long long rows,
         i32 shift) {
    found[0] = twice((u32)rows);
}
extern "C" __global__ void __launch_bounds__(128, 4) fold(u8 *bytes, double factor) {}
"#;

const SCAN: &[Parameter] = &[
    Parameter::Input(Scalar::U64),
    Parameter::Output(Scalar::U32),
    Parameter::Input(Scalar::F32),
    Parameter::Value(Scalar::U64),
    Parameter::Value(Scalar::I32),
];
const FOLD: &[Parameter] = &[Parameter::Output(Scalar::U8), Parameter::Value(Scalar::F64)];

const fn entry(name: &'static str, threads: u32, parameters: &'static [Parameter]) -> Entry {
    Entry { name, parameters, threads, minimum: ComputeCapability::OLDEST }
}

const GOOD: Source = Source {
    name: "a/a.cu",
    text: TEXT,
    headers: &[Header { name: "soyaku.cuh", text: "typedef unsigned int u32;\n" }],
    options: &[],
    specific: None,
    entries: &[entry("scan", 256, SCAN), entry("fold", 128, FOLD)],
};

fn good_files() -> Files {
    [("a/a.cu", TEXT), ("include/soyaku.cuh", "typedef unsigned int u32;\n")]
        .map(|(path, text)| (path.to_owned(), text.to_owned()))
        .into()
}

#[test]
fn a_good_source_has_no_complaints() {
    none(rules::files_and_sources(&good_files(), &[&GOOD]));
    none(rules::declared_entries(&GOOD));
    none(rules::headers(&good_files(), &GOOD));
    none(rules::entry_names(&[&GOOD]));
}

#[test]
fn entries_that_cannot_be_separated() {
    none(rules::separate_entries(&GOOD));
    let other = Source { text: "__constant__ u32 table[4];", ..GOOD };
    assert_eq!(
        rules::separate_entries(&other),
        [
            "a/a.cu: what is compiled for scan is not that entry point alone",
            "a/a.cu: what is compiled for fold is not that entry point alone",
            "a/a.cu: entry points cannot share a variable"
        ]
    );
}

#[test]
fn comments_are_not_code() {
    assert_eq!(without_comments("a // b\nc /* d\n */ e /* f"), "a \nc   e  ");
    assert_eq!(without_comments("a //"), "a \n");
    assert_eq!(
        includes("# include \"a.cuh\"\n#include <cuda_fp16.h>\n// #include \"b.cuh\""),
        ["a.cuh", "<cuda_fp16.h>"]
    );
}

#[test]
fn files_without_source_and_sources_without_file() {
    let mut files = good_files();
    files.insert("b/b.cu".into(), String::new());
    assert_eq!(rules::files_and_sources(&files, &[&GOOD]), ["b/b.cu is in no Source of kernels/sources.rs"]);
    let other = Source { text: "", ..GOOD };
    assert_eq!(
        rules::files_and_sources(&good_files(), &[&other]),
        ["the Source a/a.cu has the text of another file"]
    );
    assert_eq!(rules::files_and_sources(&good_files(), &[&GOOD, &GOOD]), ["a/a.cu is in several Sources"]);
    assert_eq!(
        rules::files_and_sources(&Files::new(), &[&GOOD]),
        ["the Source a/a.cu names no file below kernels/"]
    );
    let second = Source { name: "b/b.cu", text: "", ..GOOD };
    assert!(rules::files_and_sources(&files, &[&second, &GOOD])[0].contains("not in the order"));
    assert_eq!(
        rules::entry_names(&[&GOOD, &second]),
        ["two entries are named scan", "two entries are named fold"]
    );
}

#[test]
fn entries_declared_otherwise_than_written() {
    let complaints =
        |entries: Vec<Entry>| rules::declared_entries(&Source { entries: entries.leak(), ..GOOD });
    assert_eq!(
        complaints(vec![entry("scan", 256, SCAN)]),
        ["a/a.cu: fold is not among the Source's entries"]
    );
    assert_eq!(
        complaints(vec![entry("scan", 128, SCAN), entry("fold", 128, FOLD)]),
        ["a/a.cu: scan has __launch_bounds__(256), its Entry 128 threads"]
    );
    assert_eq!(
        complaints(vec![entry("scan", 256, SCAN), entry("fold", 128, SCAN)]),
        [format!("a/a.cu: fold takes {FOLD:?}, its Entry says {SCAN:?}")]
    );
    assert_eq!(
        complaints(vec![entry("scan", 256, SCAN), entry("fold", 128, FOLD), entry("ghost", 100, FOLD)]),
        [
            "a/a.cu: no extern \"C\" __global__ function ghost",
            "a/a.cu: ghost has 100 threads: expected whole warps up to 1024",
        ]
    );
}

#[test]
fn entries_written_in_another_form_are_refused() {
    for (text, expected) in [
        ("__global__ void __launch_bounds__(64) a(u32 b) {}", "expected extern \"C\""),
        ("extern \"C\" __global__ void a(u32 b) {}", "expected __launch_bounds__"),
        ("extern \"C\" __global__ __launch_bounds__(64) void a(u32 b) {}", "expected void first"),
        ("extern \"C\" __global__ void __launch_bounds__(SIZE) a(u32 b) {}", "a plain number of threads"),
        ("extern \"C\" __global__ void __launch_bounds__(64) a(uint4 *b) {}", "parameter 'uint4 *b'"),
        ("extern \"C\" __global__ void __launch_bounds__(64) a(u32 **b) {}", "parameter 'u32 **b'"),
        ("extern \"C\" __global__ void __launch_bounds__(64) a(u32 *) {}", "parameter 'u32 *'"),
        ("extern \"C\" __global__ void __launch_bounds__(64) a(u32) {}", "parameter 'u32'"),
        ("extern \"C\" __global__ void __launch_bounds__(64) a() {}", "parameter ''"),
    ] {
        let error = entries(text).unwrap_err();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn headers_missing_needless_or_different() {
    let complaints = |source: &Source| rules::headers(&good_files(), source);
    assert_eq!(
        complaints(&Source { headers: &[], ..GOOD }),
        ["a/a.cu includes soyaku.cuh, which its Source does not list"]
    );
    assert_eq!(
        complaints(&Source { text: "", ..GOOD }),
        ["a/a.cu does not include soyaku.cuh, which its Source lists"]
    );
    assert_eq!(
        complaints(&Source { headers: &[Header { name: "soyaku.cuh", text: "" }], ..GOOD }),
        ["a/a.cu: the header soyaku.cuh has the text of another file"]
    );
    let system = complaints(&Source { text: "#include <cuda_fp16.h>", headers: &[], ..GOOD });
    assert_eq!(system[0], "a/a.cu includes <cuda_fp16.h>, which is not in kernels/include");

    // Through another header.
    let mut files = good_files();
    files.insert("include/soyaku.cuh".into(), "#include \"tile.cuh\"".into());
    files.insert("include/tile.cuh".into(), "#include \"soyaku.cuh\"".into());
    let source = Source { headers: &[Header { name: "soyaku.cuh", text: "#include \"tile.cuh\"" }], ..GOOD };
    assert_eq!(rules::headers(&files, &source), ["a/a.cu includes tile.cuh, which its Source does not list"]);
}
