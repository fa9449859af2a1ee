//! Finding NVRTC, and what is said of libraries that are not it, too old, too new or broken: small libraries with its
//! functions, built here with the C compiler.
#![allow(clippy::unwrap_used)] // helpers of tests, too

mod support;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use soyaku_device::nvrtc::{Error, Library, Outcome, Places};
use soyaku_device::{ComputeCapability, Source};
use support::{child, finish, told};
use tempfile::TempDir;

const SOURCE: Source =
    Source { name: "test/fake.cu", text: "text", headers: &[], options: &[], specific: None, entries: &[] };
const HOPPER: ComputeCapability = ComputeCapability { major: 9, minor: 0 };

/// All functions; `-DVERSION=12,4`, `-DCUBIN=0` and so on change what they answer, `-DWITHOUT_x` leaves one out.
const CODE: &str = r#"
#include <string.h>
#ifndef VERSION
#define VERSION 12, 4
#endif
#ifndef VERSION_STATUS
#define VERSION_STATUS 0
#endif
#ifndef ARCHITECTURES
#define ARCHITECTURES 70, 80, 90
#endif
#ifndef CREATE
#define CREATE 0
#endif
#ifndef COMPILE
#define COMPILE 0
#endif
#ifndef LOG
#define LOG ""
#endif
#ifndef CUBIN
#define CUBIN 4
#endif
#ifndef CUBIN_STATUS
#define CUBIN_STATUS 0
#endif
static const int version[] = {VERSION}, architectures[] = {ARCHITECTURES};
#ifndef COUNT
#define COUNT (sizeof architectures / sizeof *architectures)
#endif
#ifndef WITHOUT_VERSION
int nvrtcVersion(int *major, int *minor) { *major = version[0]; *minor = version[1]; return VERSION_STATUS; }
#endif
const char *nvrtcGetErrorString(int status) { return status == 99 ? 0 : "NVRTC_ERROR_OF_A_KIND"; }
int nvrtcGetNumSupportedArchs(int *count) { *count = COUNT; return 0; }
int nvrtcGetSupportedArchs(int *list) { memcpy(list, architectures, sizeof architectures); return 0; }
int nvrtcCreateProgram(void **program) { *program = 0; return CREATE; }
int nvrtcCompileProgram(void *program) { return COMPILE; }
int nvrtcGetProgramLogSize(void *program, size_t *size) { *size = sizeof LOG; return 0; }
int nvrtcGetProgramLog(void *program, char *log) { memcpy(log, LOG, sizeof LOG); return 0; }
int nvrtcGetCUBINSize(void *program, size_t *size) { *size = CUBIN; return 0; }
#ifndef WITHOUT_CUBIN
int nvrtcGetCUBIN(void *program, char *cubin) { memcpy(cubin, "\177ELF", 4); return CUBIN_STATUS; }
#endif
int nvrtcDestroyProgram(void **program) { return 0; }
"#;

/// Builds such a library.
fn build(path: &Path, defines: &[&str]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let code = path.with_extension("c");
    fs::write(&code, CODE).unwrap();
    let output = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .arg(path)
        .arg(&code)
        .args(defines.iter().map(|define| format!("-D{define}")))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::remove_file(code).unwrap();
}

/// A library of its own folder, and that folder.
fn fake(defines: &[&str]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("libnvrtc.so.12");
    build(&path, defines);
    (folder, path)
}

/// What is said when the library is opened; `{}` of `expected` is its path.
#[track_caller]
fn refused(defines: &[&str], expected: &str) {
    let (_folder, path) = fake(defines);
    let message = Library::open(&path).unwrap_err().to_string();
    assert_eq!(message, expected.replace("{}", &path.display().to_string()));
}

/// What is said when something is compiled.
#[track_caller]
fn fails(defines: &[&str], expected: &str) {
    let (_folder, path) = fake(defines);
    let message = Library::open(&path).unwrap().compile(&SOURCE, "sm_90", &[]).unwrap_err().to_string();
    assert_eq!(message, expected.replace("{}", &path.display().to_string()));
}

#[test]
fn the_fake_itself_is_taken() {
    let (folder, path) = fake(&[]);
    for place in [folder.path(), &path] {
        let library = Library::open(place).unwrap();
        assert_eq!((library.version(), library.architectures()), ((12, 4), &[70, 80, 90][..]));
        assert_eq!(library.path(), path);
        assert_eq!(library.compile(&SOURCE, "sm_90", &[]).unwrap().cubin, b"\x7fELF");
    }
}

#[test]
fn a_missing_function_is_named() {
    refused(&["WITHOUT_VERSION"], "{} has no function nvrtcVersion: not NVRTC, or a damaged copy");
    refused(&["WITHOUT_CUBIN"], "{} has no function nvrtcGetCUBIN: not NVRTC, or a damaged copy");
}

#[test]
fn versions_before_the_first_with_cubins_are_too_old() {
    refused(&["VERSION=10,2"], "{} is NVRTC 10.2, and 11.2 or later is needed");
    // also where it lacks what later ones have
    refused(&["VERSION=11,1", "WITHOUT_CUBIN"], "{} is NVRTC 11.1, and 11.2 or later is needed");
    let (_folder, path) = fake(&["VERSION=11,2"]);
    assert_eq!(Library::open(path).unwrap().version(), (11, 2));
}

#[test]
fn a_version_that_makes_no_sense_is_refused() {
    refused(&["VERSION=0,0"], "{}: nvrtcVersion answers 0 and 0.0, which is no version");
    refused(&["VERSION=-1,4"], "{}: nvrtcVersion answers 0 and -1.4, which is no version");
    refused(&["VERSION_STATUS=3"], "{}: nvrtcVersion answers 3 and 12.4, which is no version");
    let expected = "nvrtcGetNumSupportedArchs of NVRTC 12.4 ({}) failed: it announces";
    refused(&["COUNT=0"], &format!("{expected} 0 architectures"));
    refused(&["COUNT=-1"], &format!("{expected} -1 architectures"));
    refused(&["COUNT=1000000"], &format!("{expected} 1000000 architectures"));
}

#[test]
fn a_file_that_is_no_library_is_told_by_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("libnvrtc.so.12");
    let message = || Library::open(&path).unwrap_err().to_string();
    let shown = path.display();
    assert_eq!(message(), format!("{shown}: No such file or directory (os error 2)"));
    assert_eq!(
        Library::open(folder.path()).unwrap_err().to_string(),
        format!("{}: no libnvrtc.so in this folder or below", folder.path().display())
    );
    for (text, expected) in [
        ("", "the file is empty"),
        ("/* GNU ld script */\nINPUT(libnvrtc.so.12)\n", "not a shared library"),
        ("\x7fELF", "cut off: it has 4 bytes"),
    ] {
        fs::write(&path, text).unwrap();
        assert_eq!(message(), format!("{shown}: {expected}"));
    }
    // for another machine: its number is in bytes 18 and 19
    build(&path, &[]);
    let mut bytes = fs::read(&path).unwrap();
    let (number, name) = if cfg!(target_arch = "aarch64") { (62, "x86_64") } else { (183, "aarch64") };
    bytes[18..20].copy_from_slice(&u16::to_le_bytes(number));
    fs::write(&path, &bytes).unwrap();
    assert_eq!(
        message(),
        format!("{shown}: built for {name}, and this program for {}", std::env::consts::ARCH)
    );
    // an object file that was never linked
    let code = folder.path().join("code.c");
    fs::write(&code, CODE).unwrap();
    assert!(Command::new("cc").arg("-c").arg(&code).arg("-o").arg(&path).status().unwrap().success());
    assert_eq!(message(), format!("{shown}: not a shared library, but another kind of object file"));
    // a library that needs another one
    let other = folder.path().join("libneeded-by-the-test.so");
    build(&other, &[]);
    fs::write(&code, "").unwrap();
    let link = Command::new("cc")
        .args(["-shared", "-Wl,--no-as-needed", "-o"])
        .args([&path, &code, &other])
        .status();
    assert!(link.unwrap().success());
    fs::remove_file(&other).unwrap();
    assert!(message().starts_with(&format!("{shown}: ")), "{}", message());
    assert!(message().contains("libneeded-by-the-test.so: cannot open shared object file"), "{}", message());
    // a link that leads nowhere
    fs::remove_file(&path).unwrap();
    symlink("nowhere", &path).unwrap();
    assert_eq!(message(), format!("{shown}: No such file or directory (os error 2)"));
}

#[test]
fn failures_while_compiling_are_told_with_what_nvrtc_says() {
    fails(&["CREATE=1"], "nvrtcCreateProgram of NVRTC 12.4 ({}) failed: NVRTC_ERROR_OF_A_KIND (1)");
    fails(&["COMPILE=11"], "nvrtcCompileProgram of NVRTC 12.4 ({}) failed: NVRTC_ERROR_OF_A_KIND (11)");
    fails(&["COMPILE=99"], "nvrtcCompileProgram of NVRTC 12.4 ({}) failed: error 99");
    fails(
        &["COMPILE=1", "LOG=\"no memory left\\n\""],
        "nvrtcCompileProgram of NVRTC 12.4 ({}) failed: NVRTC_ERROR_OF_A_KIND (1): no memory left",
    );
    fails(
        &["COMPILE=6", "LOG=\"fake.cu(1): error\""],
        "test/fake.cu does not compile for sm_90 with NVRTC 12.4:\nfake.cu(1): error",
    );
    fails(
        &["COMPILE=7"],
        "{} cannot use its libnvrtc-builtins, which belongs into the same folder: libnvrtc-builtins.so.12.4 is neither \
         there nor known to the system's loader",
    );
    fails(&["CUBIN_STATUS=3"], "nvrtcGetCUBIN of NVRTC 12.4 ({}) failed: NVRTC_ERROR_OF_A_KIND (3)");
    fails(&["CUBIN=0"], "test/fake.cu does not compile for sm_90 with NVRTC 12.4:\nno machine code came out");
    fails(
        &["CUBIN=0x7fffffffffffff00"],
        "nvrtcGetCUBIN of NVRTC 12.4 ({}) failed: it announces 9223372036854775552 bytes, more than there is memory",
    );
    fails(&["ARCHITECTURES=70,80"], "NVRTC 12.4 ({}) does not compile for sm_90: it knows sm_70, sm_80");
}

fn places(variables: &[(&str, &Path)], root: &Path) -> Places {
    let variables: Vec<(&str, &OsStr)> =
        variables.iter().map(|(name, path)| (*name, path.as_os_str())).collect();
    Places::of(&variables, root)
}

#[test]
fn every_place_is_looked_at_in_its_order() {
    let scratch = tempfile::tempdir().unwrap();
    let root = scratch.path();
    let [named, toolkit, other, conda, venv, home, system] =
        ["named", "toolkit", "other", "conda", "venv", "home", "system"].map(|name| root.join(name));
    let variables: [(&str, &Path); 6] = [
        ("SOYAKU_NVRTC", &named),
        ("CUDA_HOME", &toolkit),
        ("CUDA_PATH", &other),
        ("CONDA_PREFIX", &conda),
        ("VIRTUAL_ENV", &venv),
        ("HOME", &home),
    ];
    let packages = "lib/python3.12/site-packages/nvidia";
    let order = [
        named.join("libnvrtc.so.12"),
        named.join("lib64/libnvrtc.so.12"),
        named.join("nvidia/cu13/lib/libnvrtc.so.13"),
        named.join("nvidia/cuda_nvrtc/lib/libnvrtc.so.12"),
        toolkit.join("lib64/libnvrtc.so.13"),
        toolkit.join("lib64/libnvrtc.so.12.9.86"),
        toolkit.join("lib64/libnvrtc.so.12"),
        toolkit.join("lib64/libnvrtc.so.11.2"),
        toolkit.join("lib64/libnvrtc.so"),
        toolkit.join("targets/any-linux/lib/libnvrtc.so.13"),
        other.join("lib/libnvrtc.so.12"),
        conda.join("lib/libnvrtc.so.12"),
        venv.join(packages).join("cu14/lib/libnvrtc.so.14"),
        venv.join(packages).join("cu13/lib/libnvrtc.so.13"),
        venv.join(packages).join("cuda_nvrtc/lib/libnvrtc.so.12"),
        conda.join(packages).join("cu13/lib/libnvrtc.so.13"),
        home.join(".local").join(packages).join("cu13/lib/libnvrtc.so.13"),
        system.join("usr/local/lib/python3.11/dist-packages/nvidia/cuda_nvrtc/lib/libnvrtc.so.12"),
        system.join("usr/lib/python3.11/site-packages/nvidia/cu13/lib/libnvrtc.so.13"),
        system.join("usr/local/cuda/lib64/libnvrtc.so.12"),
        system.join("usr/local/cuda-13.0/lib64/libnvrtc.so.13"),
        system.join("usr/local/cuda-12.10/lib64/libnvrtc.so.12"),
        system.join("usr/local/cuda-12.9/lib64/libnvrtc.so.12"),
    ];
    let (_folder, library) = fake(&[]);
    for path in &order {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::copy(&library, path).unwrap();
    }
    // files that have no part in it
    for name in ["libnvrtc.alt.so.12", "libnvrtc_static.a", "libnvrtc-builtins.so.11.8"] {
        fs::write(toolkit.join("lib64").join(name), "text").unwrap();
    }
    let places = places(&variables, &system);
    for path in &order {
        let found = Library::open_in(&places, Some((12, 4)), Some(HOPPER)).unwrap();
        assert_eq!(found.path(), path);
        fs::remove_file(path).unwrap();
    }
    let error = Library::open_in(&places, Some((12, 4)), Some(HOPPER)).unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }), "{error}");
}

#[test]
fn links_to_one_file_are_one_candidate() {
    let (folder, library) = fake(&["VERSION=13,0"]);
    fs::rename(&library, folder.path().join("libnvrtc.so.13.0.88")).unwrap();
    symlink("libnvrtc.so.13.0.88", folder.path().join("libnvrtc.so.13")).unwrap();
    symlink("libnvrtc.so.13", folder.path().join("libnvrtc.so")).unwrap();
    let places =
        places(&[("SOYAKU_NVRTC", folder.path()), ("CUDA_HOME", folder.path())], Path::new("/nonexistent"));
    let Err(Error::NotFound { tried, .. }) = Library::open_in(&places, Some((12, 9)), None) else {
        panic!("found")
    };
    let refused = tried.iter().filter(|tried| matches!(tried.outcome, Outcome::Refused(_))).count();
    assert_eq!(refused, 1, "{tried:?}");
}

#[test]
fn the_first_that_fits_is_taken_and_the_others_are_remembered() {
    let scratch = tempfile::tempdir().unwrap();
    let at = |name: &str| scratch.path().join(name);
    fs::write(at("text"), "text").unwrap();
    build(&at("toolkit/lib64/libnvrtc.so.14"), &["VERSION=14,1"]);
    build(&at("toolkit/lib64/libnvrtc.so.11.2"), &["VERSION=11,4", "ARCHITECTURES=70,80,86"]);
    build(&at("other/lib64/libnvrtc.so.10.2"), &["VERSION=10,2"]);
    build(&at("conda/lib/libnvrtc.so.12"), &["VERSION=12,8"]);
    let variables = [
        ("SOYAKU_NVRTC", &*at("text")),
        ("CUDA_HOME", &at("toolkit")),
        ("CUDA_PATH", &at("other")),
        ("CONDA_PREFIX", &at("conda")),
    ];
    let places = places(&variables, Path::new("/nonexistent"));
    let shown = |name: &str| at(name).display().to_string();

    // CUBINs of a later minor version load on an older driver of the same generation
    let found = Library::open_in(&places, Some((12, 0)), Some(HOPPER)).unwrap();
    assert_eq!(found.version(), (12, 8));
    let passed: Vec<String> = found.passed_over().iter().map(ToString::to_string).collect();
    assert_eq!(
        passed,
        [
            format!("{}: not a shared library", shown("text")),
            format!(
                "{} is NVRTC 14.1, and the driver is for CUDA 12.0: a driver loads nothing from a compiler of a later \
                 generation",
                shown("toolkit/lib64/libnvrtc.so.14")
            ),
            format!(
                "NVRTC 11.4 ({}) does not compile for sm_90: it knows sm_70, sm_80, sm_86",
                shown("toolkit/lib64/libnvrtc.so.11.2")
            ),
            format!("{} is NVRTC 10.2, and 11.2 or later is needed", shown("other/lib64/libnvrtc.so.10.2")),
        ]
    );
    // a driver or device that is not known does not matter
    assert_eq!(Library::open_in(&places, None, None).unwrap().version(), (14, 1));
    assert_eq!(Library::open_in(&places, Some((14, 0)), None).unwrap().version(), (14, 1));
    let ampere = ComputeCapability { major: 8, minor: 9 };
    let found = Library::open_in(&places, Some((12, 0)), Some(ampere)).unwrap();
    assert_eq!((found.version(), found.architecture_for(ampere).as_deref()), ((11, 4), Some("sm_86")));
}

#[test]
fn when_none_is_found_it_is_told_what_was_tried_and_how_to_get_one() {
    let scratch = tempfile::tempdir().unwrap();
    let at = |name: &str| scratch.path().join(name);
    build(&at("toolkit/lib64/libnvrtc.so.13"), &["VERSION=13,0"]);
    fs::create_dir_all(at("conda/lib")).unwrap();
    let variables =
        [("SOYAKU_NVRTC", &*at("nowhere")), ("CUDA_HOME", &at("toolkit")), ("CONDA_PREFIX", &at("conda"))];
    let searched = places(&variables, Path::new("/nonexistent"));
    let shown = |name: &str| at(name).display().to_string();
    let message = Library::open_in(&searched, Some((12, 4)), None).unwrap_err().to_string();
    assert_eq!(
        message,
        format!(
            "no usable NVRTC (CUDA's compiler library) for a driver of CUDA 12.4: {}: No such file or directory (os \
             error 2); {} is NVRTC 13.0, and the driver is for CUDA 12.4: a driver loads nothing from a compiler of a \
             later generation; nothing in {}; get it with `pip install nvidia-cuda-nvrtc-cu12` or a CUDA toolkit, or \
             set SOYAKU_NVRTC to libnvrtc.so.12 or its folder",
            shown("nowhere"),
            shown("toolkit/lib64/libnvrtc.so.13"),
            shown("conda/lib"),
        )
    );
    // empty variables name nothing
    let none =
        places(&[("SOYAKU_NVRTC", Path::new("")), ("CUDA_HOME", Path::new(""))], Path::new("/nonexistent"));
    for (driver, package, file) in [
        (None, "nvidia-cuda-nvrtc-cu12", "libnvrtc.so.12"),
        (Some((11, 8)), "nvidia-cuda-nvrtc-cu11", "libnvrtc.so.11.2"),
        (Some((13, 1)), "nvidia-cuda-nvrtc", "libnvrtc.so"),
    ] {
        let message = Library::open_in(&none, driver, None).unwrap_err().to_string();
        let end = format!(
            ": no place to look in; get it with `pip install {package}` or a CUDA toolkit, or set SOYAKU_NVRTC to {file} \
             or its folder"
        );
        assert!(message.ends_with(&end), "{message}");
    }
}

#[test]
fn the_system_loader_is_asked_last() {
    let (folder, _library) = fake(&[]);
    let variable = ("LD_LIBRARY_PATH", folder.path().as_os_str());
    finish(child(
        "found_by_the_system_loader",
        &[variable, ("NVRTC_TEST_FOLDER", folder.path().as_os_str())],
    ));
}

#[test]
#[ignore = "run by the_system_loader_is_asked_last"]
fn found_by_the_system_loader() {
    let folder = told("NVRTC_TEST_FOLDER");
    let places = places(&[], Path::new("/nonexistent")).with_system_loader();
    let found = Library::open_in(&places, Some((12, 4)), None).unwrap();
    assert_eq!((found.version(), found.path()), ((12, 4), &*folder.join("libnvrtc.so.12")));
    // what it does not know is absent, and no fault
    assert!(
        found.passed_over().iter().all(|tried| tried.place == "libnvrtc.so.13"),
        "{:?}",
        found.passed_over()
    );
}
