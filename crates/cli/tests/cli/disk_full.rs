//! A disk that fills up: exit 74, nothing half-written under a final name, and the same command works afterwards.

use std::process::{Command, Output, Stdio};

use crate::harness::{Scratch, bytes, shipped, text};

/// Runs a shell script in a mount namespace of its own, where it may mount a small file system.
///
/// `None` (and a line that says so) where the system does not allow that.
fn namespaced(scratch: &Scratch, script: &str) -> Option<Output> {
    for flags in [&["--mount"][..], &["--user", "--map-root-user", "--mount"]] {
        let unshare = |script: &str| {
            let mut command = Command::new("unshare");
            command.args(flags).args(["sh", "-c", script]).current_dir(scratch.path("."));
            command.env("SOYAKU", env!("CARGO_BIN_EXE_soyaku")).stdin(Stdio::null());
            command.output()
        };
        let probe = unshare("mkdir -p disk && mount -t tmpfs -o size=64k none disk");
        if probe.is_ok_and(|output| output.status.success()) {
            return Some(unshare(script).expect("unshare"));
        }
    }
    println!("skipped: this system lets us mount no small file system");
    None
}

#[test]
fn a_full_disk_is_74_and_leaves_no_half_library() {
    let scratch = Scratch::new();
    let esol = shipped("esol.csv");
    let script = format!(
        "mkdir -p disk && mount -t tmpfs -o size=64k none disk || exit 99
         \"$SOYAKU\" library build {esol} --smiles-column smiles -o disk/esol.h5
         code=$?
         ls -A disk >left
         exit $code",
        esol = text(&esol)
    );
    let Some(output) = namespaced(&scratch, &script) else { return };
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(74), "{stderr}");
    assert!(stderr.contains("esol.h5"), "{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
    assert_eq!(String::from_utf8_lossy(&bytes(&scratch.path("left"))), "", "files stay behind");
}

#[test]
fn a_screen_goes_on_when_there_is_room_again() {
    let scratch = Scratch::new();
    scratch.esol_library();
    let drugs = shipped("cns_drugs.smi");
    let screen = format!("\"$SOYAKU\" screen esol.h5 --like {} --top 2000", text(&drugs));
    let script = format!(
        "{screen} -o whole || exit 98
         mkdir -p disk && mount -t tmpfs -o size=40k none disk || exit 99
         {screen} -o disk/out
         code=$?
         [ $code -eq 74 ] || exit $code
         [ ! -e disk/out/hits.csv ] || exit 97
         mount -o remount,size=8m disk || exit 96
         {screen} -o disk/out || exit 95
         cmp whole/hits.csv disk/out/hits.csv && cmp whole/results.h5 disk/out/results.h5"
    );
    let Some(output) = namespaced(&scratch, &script) else { return };
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}\n{}", String::from_utf8_lossy(&output.stdout));
}
