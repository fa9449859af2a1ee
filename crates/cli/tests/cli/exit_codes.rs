//! What the process says and returns when something is wrong (docs/exit-codes.md).

use crate::harness::{Scratch, bytes, shipped, test_data, text};

const USAGE: i32 = 2;
const MALFORMED: i32 = 65;
const MISSING: i32 = 66;
const UNAVAILABLE: i32 = 69;
const OUTPUT: i32 = 74;

#[test]
fn a_wrong_command_line_is_2() {
    let scratch = Scratch::new();
    scratch.run(&["libary"]).expect_code(USAGE);
    scratch.run(&["library", "build"]).expect_code(USAGE);
    scratch.run(&["screen", "x.h5", "--no-such-flag"]).expect_code(USAGE);
    scratch
        .run(&["--device", "toaster", "library", "info", "x.h5"])
        .expect_code(USAGE)
        .expect_message(&["toaster"]);
    scratch.run(&["--threads", "-3", "library", "info", "x.h5"]).expect_code(USAGE);
    scratch.write("a.smi", "CCO\n");
    let unknown = ["library", "build", "a.smi", "-o", "a.h5", "--fingerprint", "morgan9_7"];
    scratch.run(&unknown).expect_code(USAGE).expect_message(&["morgan9_7", "morgan2_2048"]);
}

#[test]
fn help_and_version_are_0_on_standard_output() {
    let scratch = Scratch::new();
    let help = scratch.ok(&["--help"]);
    for command in ["library", "model", "screen"] {
        assert!(help.stdout().contains(command), "{}", help.stdout());
    }
    // One line that ends in the bare number: workflow managers cut it out of there.
    assert_eq!(scratch.ok(&["--version"]).stdout(), format!("soyaku {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_missing_input_is_66_and_named() {
    let scratch = Scratch::new();
    scratch.write("a.smi", "CCO\n");
    scratch.ok(&["library", "build", "a.smi", "-o", "a.h5"]);
    let runs: [&[&str]; 5] = [
        &["library", "build", "nowhere.smi", "-o", "b.h5"],
        &["library", "info", "nowhere.h5"],
        &["model", "import", "nowhere.pt", "-o", "m.safetensors"],
        &["screen", "a.h5", "--model", "nowhere.safetensors", "-o", "out"],
        &["screen", "a.h5", "--like", "nowhere.smi", "-o", "out"],
    ];
    for args in runs {
        scratch.run(args).expect_code(MISSING).expect_message(&["nowhere."]);
    }
    // A folder on the way that is none: the input is there for nobody.
    let runs: [&[&str]; 5] = [
        &["library", "build", "a.smi/b.smi", "-o", "b.h5"],
        &["library", "info", "a.smi/b.h5"],
        &["model", "import", "a.smi/b.pt", "-o", "m"],
        &["screen", "a.h5", "--model", "a.smi/b.safetensors", "-o", "out"],
        &["screen", "a.h5", "--like", "a.smi/b.smi", "-o", "out"],
    ];
    for args in runs {
        scratch.run(args).expect_code(MISSING).expect_message(&["a.smi/b."]);
    }
}

#[test]
fn a_library_that_is_none_is_65() {
    let scratch = Scratch::new();
    scratch.esol_library();
    let whole = bytes(&scratch.path("esol.h5"));
    scratch.write("empty.h5", b"");
    scratch.write("text.h5", "CCO ethanol\n");
    scratch.write(
        "noise.h5",
        (0..20_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect::<Vec<_>>(),
    );
    scratch.write("half.h5", &whole[..whole.len() / 2]);
    for name in ["empty.h5", "text.h5", "noise.h5", "half.h5"] {
        scratch.run(&["library", "info", name]).expect_code(MALFORMED).expect_message(&[name]);
        scratch.run(&["library", "export", name]).expect_code(MALFORMED).expect_message(&[name]);
    }
}

#[test]
fn a_table_without_the_named_column_is_65_and_lists_the_columns() {
    let scratch = Scratch::new();
    scratch.write("a.csv", "id,structure\n1,CCO\n");
    let run = scratch.run(&["library", "build", "a.csv", "--smiles-column", "smiles", "-o", "a.h5"]);
    run.expect_code(MALFORMED).expect_message(&["a.csv", "smiles", "structure"]);
}

#[test]
fn a_model_that_is_none_is_65() {
    let Some(checkpoint) = test_data("chemprop_checkpoints/regression_mol.pt") else { return };
    let scratch = Scratch::new();
    scratch.write("a.smi", "CCO\n");
    scratch.ok(&["library", "build", "a.smi", "-o", "a.h5"]);
    let whole = bytes(&checkpoint);
    scratch.write("half.pt", &whole[..whole.len() / 2]);
    scratch.write("text.pt", "weights\n");
    for name in ["half.pt", "text.pt"] {
        let run = scratch.run(&["model", "import", name, "-o", "m.safetensors"]);
        run.expect_code(MALFORMED).expect_message(&[name]);
    }
    scratch.small_model();
    let model = bytes(&scratch.path("small.safetensors"));
    scratch.write("half.safetensors", &model[..model.len() / 2]);
    scratch.write("text.safetensors", "weights\n");
    // A header that announces more than the file holds.
    scratch.write("huge.safetensors", [&u64::MAX.to_le_bytes()[..], b"{}"].concat());
    for name in ["half.safetensors", "text.safetensors", "huge.safetensors"] {
        let run = scratch.run(&["screen", "a.h5", "--model", name, "-o", "out"]);
        run.expect_code(MALFORMED).expect_message(&[name]);
        scratch.run(&["model", "info", name]).expect_code(MALFORMED).expect_message(&[name]);
    }
    assert!(!scratch.path("out/hits.csv").exists());
}

#[test]
fn a_condition_on_an_unknown_task_is_2_and_lists_the_tasks() {
    let scratch = Scratch::new();
    let Some(model) = scratch.small_model() else { return };
    scratch.write("a.smi", "CCO\nCCN\n");
    scratch.ok(&["library", "build", "a.smi", "-o", "a.h5"]);
    let screen = |extra: [&str; 2]| {
        scratch.run(&["screen", "a.h5", "--model", model, extra[0], extra[1], "-o", "out"])
    };
    screen(["--where", "no_such_task < 1"]).expect_code(USAGE).expect_message(&["no_such_task"]);
    screen(["--rank-by", "no_such_task"]).expect_code(USAGE).expect_message(&["no_such_task"]);
    for condition in ["", "<", "hERG", "hERG <", "hERG < low", "hERG ~ 1"] {
        screen(["--where", condition]).expect_code(USAGE);
    }
}

#[test]
fn a_demanded_gpu_that_is_absent_is_69() {
    if std::path::Path::new("/dev/nvidiactl").exists() {
        println!("skipped: this machine has an NVIDIA GPU");
        return;
    }
    let scratch = Scratch::new();
    let Some(model) = scratch.small_model() else { return };
    scratch.write("a.smi", "CCO\n");
    scratch.ok(&["library", "build", "a.smi", "-o", "a.h5"]);
    let run = scratch.run(&["screen", "a.h5", "--model", model, "--device", "cuda", "-o", "out"]);
    run.expect_code(UNAVAILABLE).expect_message(&["device cuda is unavailable", "libcuda.so.1"]);
    scratch.ok(&["screen", "a.h5", "--model", model, "--device", "auto", "-o", "out"]);
}

#[test]
fn an_output_that_cannot_be_written_is_74() {
    let scratch = Scratch::new();
    scratch.write("a.smi", "CCO\n");
    scratch.write("file", "in the way\n");
    scratch
        .run(&["library", "build", "a.smi", "-o", "file/a.h5"])
        .expect_code(OUTPUT)
        .expect_message(&["file"]);
    scratch.ok(&["library", "build", "a.smi", "-o", "a.h5"]);
    let drugs = shipped("cns_drugs.smi");
    for out in ["file/out", "file"] {
        let screen = ["screen", "a.h5", "--like", text(&drugs), "-o", out];
        scratch.run(&screen).expect_code(OUTPUT).expect_message(&["file"]);
    }
    for out in ["file/b.h5", "no-folder/b.h5"] {
        scratch.run(&["library", "build", "a.smi", "-o", out]).expect_code(OUTPUT).expect_message(&[out]);
    }
    let Some(checkpoint) = test_data("chemprop_checkpoints/regression_mol.pt") else { return };
    for out in ["file/m.safetensors", "no-folder/m.safetensors"] {
        let import = ["model", "import", text(&checkpoint), "-o", out];
        scratch.run(&import).expect_code(OUTPUT).expect_message(&[out]);
    }
}

#[test]
fn a_closed_pipe_ends_the_export_quietly() {
    let scratch = Scratch::new();
    scratch.esol_library();
    let mut child = scratch
        .command(["library", "export", "esol.h5"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("start soyaku");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("wait");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.stderr, b"");
}
