//! The two libraries, compiled once per version of their sources.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use crate::Error;

/// The C++ beside this crate, and who compiles it.
pub(crate) struct Sources {
    root: PathBuf,
    compiler: String,
    version: String,
    files: BTreeMap<PathBuf, Vec<u8>>,
}

/// Folders below the root that hold C++ or compiler flags; the root's own files are the engine.
const FOLDERS: [&str; 5] = ["", "driver", "nvrtc", "shim", "flags"];

impl Sources {
    pub(crate) fn find() -> Result<Self, Error> {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let compiler =
            std::env::var("CXX").ok().filter(|name| !name.is_empty()).unwrap_or_else(|| "c++".to_owned());
        let version = run(Command::new(&compiler).arg("--version")).map_err(|error| match error {
            Error::Io { path, source } => Error::NoCompiler { compiler: path, source },
            other => other,
        })?;
        let mut files = BTreeMap::new();
        for folder in FOLDERS {
            for path in listed(&root.join(folder))? {
                let extension = path.extension().and_then(|extension| extension.to_str());
                if path.is_file() && (matches!(extension, Some("cpp" | "h")) || folder == "flags") {
                    files.insert(path.clone(), fs::read(&path).map_err(|source| io(&path, source))?);
                }
            }
        }
        Ok(Self { root, compiler, version, files })
    }

    /// The library that a process has to preload for kernels compiled with AddressSanitizer.
    pub(crate) fn address_sanitizer(&self) -> Result<PathBuf, Error> {
        let answer = run(Command::new(&self.compiler).arg("-print-file-name=libasan.so"))?;
        // The compiler repeats the bare name of a file that it does not have.
        fs::canonicalize(answer.trim())
            .map_err(|_| Error::NoAddressSanitizer { compiler: self.compiler.clone() })
    }

    fn hash(&self) -> String {
        let mut hasher = DefaultHasher::new();
        // This file is part of it: it is the recipe.
        let recipe = include_str!("libraries.rs");
        (&self.compiler, &self.version, &self.root, &self.files, recipe).hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }

    /// C++ files that lie in `folder` itself.
    fn in_folder(&self, folder: &Path) -> Vec<&Path> {
        let wanted = |path: &&PathBuf| {
            path.parent() == Some(folder) && path.extension().is_some_and(|extension| extension == "cpp")
        };
        self.files.keys().filter(wanted).map(PathBuf::as_path).collect()
    }
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

const COMMON: [&str; 6] = ["-std=c++20", "-g1", "-fPIC", "-Wall", "-Wextra", "-pthread"];

/// Gives the folder with `driver/libcuda.so.1` and `nvrtc/libnvrtc.so.12`.
pub(crate) fn build(sources: &Sources, folder: &Path) -> Result<PathBuf, Error> {
    let done = folder.join(sources.hash());
    if done.is_dir() {
        return Ok(done);
    }
    fs::create_dir_all(folder).map_err(|source| io(folder, source))?;
    let lock_path = folder.join("lock");
    let lock = fs::File::create(&lock_path).map_err(|source| io(&lock_path, source))?;
    lock.lock().map_err(|source| io(&lock_path, source))?;
    if done.is_dir() {
        return Ok(done); // another process was first
    }
    let making = folder.join("making");
    if making.exists() {
        fs::remove_dir_all(&making).map_err(|source| io(&making, source))?;
    }
    for (part, library, name) in
        [("driver", "libcuda.so.1", "libcuda.so"), ("nvrtc", "libnvrtc.so.12", "libnvrtc.so")]
    {
        let target = making.join(part);
        fs::create_dir_all(&target).map_err(|source| io(&target, source))?;
        link(sources, part, &target.join(library), &making.join(format!("objects-{part}")))?;
        let short = target.join(name);
        std::os::unix::fs::symlink(library, &short).map_err(|source| io(&short, source))?;
    }
    // The compiler of the next CUDA generation carries another name and is the same library.
    let next = making.join("nvrtc-13");
    fs::create_dir_all(&next).map_err(|source| io(&next, source))?;
    let next = next.join("libnvrtc.so.13");
    fs::copy(making.join("nvrtc/libnvrtc.so.12"), &next).map_err(|source| io(&next, source))?;
    fs::rename(&making, &done).map_err(|source| io(&done, source))?;
    remove_old(folder, &done);
    Ok(done)
}

/// Libraries of sources that have changed since, with the kernels that they compiled, unless someone may still run.
fn remove_old(folder: &Path, keep: &Path) {
    for path in listed(folder).unwrap_or_default() {
        let age =
            path.metadata().and_then(|metadata| metadata.modified()).ok().and_then(|at| at.elapsed().ok());
        if path.is_dir() && path != keep && age.is_some_and(|age| age > DAY) {
            // What cannot be removed stays: it is only in the way.
            let _ = fs::remove_dir_all(path);
        }
    }
}

fn link(sources: &Sources, part: &str, library: &Path, objects: &Path) -> Result<(), Error> {
    fs::create_dir_all(objects).map_err(|source| io(objects, source))?;
    // The files of a library as one: most of their time goes into the same headers.
    let all = objects.join(format!("{part}.cpp"));
    let own = sources.in_folder(&sources.root.join(part));
    let text: String = own.iter().map(|file| format!("#include \"{}\"\n", file.display())).collect();
    fs::write(&all, text).map_err(|source| io(&all, source))?;
    let mut files = vec![all.as_path()];
    if part == "driver" {
        files.extend(sources.in_folder(&sources.root));
    }
    let waiting = Mutex::new(files.iter().enumerate());
    let next = || waiting.lock().map_or(None, |mut waiting| waiting.next());
    let object = |index: usize| objects.join(format!("{index}.o"));
    let work = || -> Result<(), Error> {
        while let Some((index, file)) = next() {
            let mut command = Command::new(&sources.compiler);
            command.args(COMMON).arg("-c").arg(file).arg("-o").arg(object(index));
            command.arg(format!("-DSOYAKU_EMULATION_ROOT=\"{}\"", sources.root.display()));
            if index == 0 {
                command.args(["-O1", "-fvisibility=hidden"]);
            } else {
                // The engine: its functions are for the kernels, and it is where the time goes.
                command.arg("-O2");
            }
            run(&mut command)?;
        }
        Ok(())
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(4);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })?;
    let mut command = Command::new(&sources.compiler);
    command.args(["-shared", "-pthread", "-Wl,-z,defs"]).args((0..files.len()).map(object));
    run(command.arg("-ldl").arg("-o").arg(library))?;
    fs::remove_dir_all(objects).map_err(|source| io(objects, source))
}

fn listed(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = folder.read_dir().map_err(|source| io(folder, source))?;
    entries.map(|entry| entry.map(|entry| entry.path()).map_err(|source| io(folder, source))).collect()
}

/// Standard output of a command that must succeed.
fn run(command: &mut Command) -> Result<String, Error> {
    // Whoever asks may itself run with a preloaded sanitizer.
    let output = command
        .env_remove("LD_PRELOAD")
        .output()
        .map_err(|source| io(Path::new(command.get_program()), source))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(Error::Compiler {
        command: format!("{command:?}"),
        output: String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned(),
    })
}

fn io(path: &Path, source: std::io::Error) -> Error {
    Error::Io { path: path.to_owned(), source }
}
