//! Compiles the self-test: its kernels once per mode, the engine and the program that launches them.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock};

pub const MODES: [&str; 3] = ["plain", "address", "race"];

pub struct Built {
    pub folder: PathBuf,
    pub address_sanitizer: PathBuf,
    /// Held while the program may run: another process waits before it compiles into the same folder.
    _lock: File,
}

fn compiler() -> String {
    std::env::var("CXX").ok().filter(|name| !name.is_empty()).unwrap_or_else(|| "c++".to_owned())
}

/// Runs the compiler; gives what it prints.
fn compile(arguments: &[String]) -> String {
    let compiler = compiler();
    let output =
        Command::new(&compiler).args(arguments).env_remove("LD_PRELOAD").output().unwrap_or_else(|error| {
            panic!("the emulated device needs a C++ compiler ({compiler}: {error}); install g++ or set CXX")
        });
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{compiler} {}\n{text}", arguments.join(" "));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn words(text: &[&str]) -> Vec<String> {
    text.iter().map(|&word| word.to_owned()).collect()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|e| e == "cpp")).collect();
    files.sort();
    files
}

pub fn built() -> &'static Built {
    static BUILT: OnceLock<Built> = OnceLock::new();
    BUILT.get_or_init(|| build(Path::new(env!("CARGO_MANIFEST_DIR"))))
}

fn build(root: &Path) -> Built {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("engine");
    std::fs::create_dir_all(&folder).unwrap();
    let lock = File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();

    let at = |name: &str| folder.join(name).display().to_string();
    let shown = root.display().to_string();
    let kernels = root.join("selftest/emulated.cpp");
    let mut jobs = Vec::new();
    for mode in MODES {
        let (flags, headers) = (format!("@{shown}/flags/{mode}"), format!("-I{shown}/../include"));
        let (wrapper, object) = (kernels.display().to_string(), at(&format!("kernels-{mode}.o")));
        jobs.push(words(&[&flags, &format!("-I{shown}"), &headers, "-c", &wrapper, "-o", &object]));
    }
    let mut link = words(&["-rdynamic", "-pthread", "-o", &at("selftest")]);
    for file in
        sources(root).into_iter().chain(sources(&root.join("selftest"))).filter(|file| *file != kernels)
    {
        let object = at(&format!("{}.o", file.file_stem().unwrap().display()));
        let file = file.display().to_string();
        jobs.push(words(&[
            "-std=c++17",
            "-O1",
            "-g1",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-c",
            &file,
            "-o",
            &object,
        ]));
        link.push(object);
    }
    link.push("-ldl".to_owned());
    run(jobs);
    for mode in MODES {
        let script = format!("-Wl,-T,{shown}/flags/shared.ld");
        compile(&words(&[
            "-shared",
            &script,
            &at(&format!("kernels-{mode}.o")),
            "-o",
            &at(&format!("{mode}.so")),
        ]));
    }
    compile(&link);

    let library = compile(&words(&["-print-file-name=libasan.so"]));
    let address_sanitizer = std::fs::canonicalize(library.trim())
        .unwrap_or_else(|_| panic!("{} has no AddressSanitizer (libasan); install it with g++", compiler()));
    Built { folder, address_sanitizer, _lock: lock }
}

/// As many at a time as there are processors.
fn run(jobs: Vec<Vec<String>>) {
    let waiting = Mutex::new(jobs);
    let next = || waiting.lock().unwrap().pop();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(job) = next() {
                    compile(&job);
                }
            });
        }
    });
}
