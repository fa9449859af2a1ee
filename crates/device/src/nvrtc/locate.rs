//! Where NVRTC may lie.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// The variable that names the library or its folder.
const VARIABLE: &str = "SOYAKU_NVRTC";

/// Names that the system's loader is asked for, the latest first.
const NAMES: [&str; 4] = ["libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2", "libnvrtc.so"];

/// Where to look for NVRTC, in this order:
///
/// 1. `$SOYAKU_NVRTC`: the library, or a folder with it (its own folder, a toolkit, or a folder of Python packages)
/// 2. the toolkit in `$CUDA_HOME` or `$CUDA_PATH`
/// 3. the active conda environment: `$CONDA_PREFIX`
/// 4. Python packages (`nvidia-cuda-nvrtc`, `nvidia-cuda-nvrtc-cu12`, ...) of the active virtual environment, of the
///    conda environment, of the folder that this program was installed to, of the user and of the system
/// 5. `/usr/local/cuda*`
/// 6. the system's loader: `$LD_LIBRARY_PATH`, then what it knows
#[derive(Clone, Debug)]
pub struct Places {
    variables: Vec<(&'static str, PathBuf)>,
    executable: Option<PathBuf>,
    /// What stands for `/`; none: the system's folders are not looked at.
    root: Option<PathBuf>,
    system_loader: bool,
}

/// One place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// What the user named; that nothing is there is worth saying.
    Named(PathBuf),
    /// A folder that may have it.
    Folder(PathBuf),
    /// A name for the system's loader.
    Name(&'static str),
}

impl Places {
    /// As the environment of this process says.
    pub fn of_this_process() -> Self {
        Self {
            variables: read_variables(|name| std::env::var_os(name)),
            executable: std::env::current_exe().ok(),
            root: Some(PathBuf::from("/")),
            system_loader: true,
        }
    }

    /// As these variables say, with `root` in place of `/` and without the system's loader.
    pub fn of(variables: &[(&str, &OsStr)], root: &Path) -> Self {
        let value =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).into());
        Self {
            variables: read_variables(value),
            executable: None,
            root: Some(root.to_owned()),
            system_loader: false,
        }
    }

    /// That file or folder and nothing else.
    pub(super) fn only(path: &Path) -> Self {
        Self {
            variables: vec![(VARIABLE, path.to_owned())],
            executable: None,
            root: None,
            system_loader: false,
        }
    }

    /// And the system's loader after them.
    #[must_use]
    pub fn with_system_loader(self) -> Self {
        Self { system_loader: true, ..self }
    }

    fn variable(&self, name: &str) -> Option<&Path> {
        self.variables.iter().find(|(known, _)| *known == name).map(|(_, path)| path.as_path())
    }

    /// All places, each looked up when it is its turn.
    pub(super) fn iter(&self) -> impl Iterator<Item = Place> + '_ {
        let groups: [fn(&Self) -> Vec<Place>; 6] =
            [Self::named, Self::toolkit, Self::conda, Self::packages, Self::installed_toolkits, Self::names];
        groups.into_iter().flat_map(move |group| group(self))
    }

    fn named(&self) -> Vec<Place> {
        self.variable(VARIABLE).map(|path| Place::Named(path.to_owned())).into_iter().collect()
    }

    fn toolkit(&self) -> Vec<Place> {
        ["CUDA_HOME", "CUDA_PATH"]
            .into_iter()
            .filter_map(|name| self.variable(name))
            .flat_map(|path| folders(toolkit_folders(path), path))
            .collect()
    }

    fn conda(&self) -> Vec<Place> {
        self.variable("CONDA_PREFIX")
            .into_iter()
            .flat_map(|path| folders(toolkit_folders(path), path))
            .collect()
    }

    fn packages(&self) -> Vec<Place> {
        let installed = self.executable.as_deref().and_then(Path::parent).and_then(Path::parent);
        let user = self.variable("HOME").map(|home| home.join(".local"));
        let prefixes =
            [self.variable("VIRTUAL_ENV"), self.variable("CONDA_PREFIX"), installed, user.as_deref()];
        let system = ["usr/local", "usr"].map(|folder| self.root.as_ref().map(|root| root.join(folder)));
        prefixes
            .into_iter()
            .flatten()
            .chain(system.iter().flatten().map(PathBuf::as_path))
            .flat_map(site_packages)
            .flat_map(|folder| wheel_folders(&folder))
            .map(Place::Folder)
            .collect()
    }

    fn installed_toolkits(&self) -> Vec<Place> {
        let Some(root) = &self.root else { return Vec::new() };
        let mut toolkits = matching(&root.join("usr/local"), |name| name.starts_with("cuda"));
        // cuda is what the administrator chose, then cuda-13.0, cuda-12.9, ...
        toolkits.sort_by_key(|path| {
            (path.file_name() != Some("cuda".as_ref()), std::cmp::Reverse(version_of(path)))
        });
        toolkits.iter().flat_map(|path| toolkit_folders(path)).map(Place::Folder).collect()
    }

    fn names(&self) -> Vec<Place> {
        if self.system_loader { NAMES.into_iter().map(Place::Name).collect() } else { Vec::new() }
    }
}

fn read_variables(value: impl Fn(&str) -> Option<OsString>) -> Vec<(&'static str, PathBuf)> {
    [VARIABLE, "CUDA_HOME", "CUDA_PATH", "CONDA_PREFIX", "VIRTUAL_ENV", "HOME"]
        .into_iter()
        .filter_map(|name| Some((name, PathBuf::from(value(name).filter(|value| !value.is_empty())?))))
        .collect()
}

/// The folders; where none exists, the one that was named, so that a message can say so.
fn folders(found: Vec<PathBuf>, named: &Path) -> Vec<Place> {
    if found.is_empty() {
        vec![Place::Folder(named.to_owned())]
    } else {
        found.into_iter().map(Place::Folder).collect()
    }
}

/// Where a toolkit or a conda environment keeps its libraries.
fn toolkit_folders(toolkit: &Path) -> Vec<PathBuf> {
    let targets = matching(&toolkit.join("targets"), |_| true).into_iter().map(|target| target.join("lib"));
    existing([toolkit.join("lib64"), toolkit.join("lib")].into_iter().chain(targets))
}

/// Where the wheels put their libraries below a folder of Python packages.
fn wheel_folders(packages: &Path) -> Vec<PathBuf> {
    let nvidia = packages.join("nvidia");
    let mut generations = matching(&nvidia, |name| name.starts_with("cu1"));
    generations.sort_by_key(|path| std::cmp::Reverse(version_of(path)));
    generations.push(nvidia.join("cuda_nvrtc"));
    existing(generations.into_iter().map(|folder| folder.join("lib")))
}

/// Folders of Python packages below an environment.
fn site_packages(prefix: &Path) -> Vec<PathBuf> {
    let pythons =
        ["lib", "lib64"].map(|name| matching(&prefix.join(name), |name| name.starts_with("python3")));
    let folders = pythons
        .iter()
        .flatten()
        .flat_map(|python| ["site-packages", "dist-packages"].map(|name| python.join(name)));
    existing(folders)
}

/// Libraries in `place`, or below it as toolkits and wheels are laid out; the latest version first.
pub(super) fn libraries_below(place: &Path) -> Vec<PathBuf> {
    let folders = [place.to_owned()].into_iter().chain(toolkit_folders(place)).chain(wheel_folders(place));
    folders.flat_map(|folder| libraries_in(&folder)).collect()
}

/// Libraries in a folder, the latest version first, each file once.
pub(super) fn libraries_in(folder: &Path) -> Vec<PathBuf> {
    let mut files = matching(folder, |name| name == "libnvrtc.so" || name.starts_with("libnvrtc.so."));
    files.sort_by_key(|path| std::cmp::Reverse(version_of(path)));
    let mut seen = Vec::new();
    files.retain(|path| {
        let real = path.canonicalize().unwrap_or_else(|_| path.clone());
        let new = !seen.contains(&real);
        seen.push(real);
        new
    });
    files
}

/// Numbers in a name: `cuda-12.9` is [12, 9].
fn version_of(path: &Path) -> Vec<u32> {
    let name = path.file_name().map(OsStr::to_string_lossy).unwrap_or_default();
    name.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect()
}

fn matching(folder: &Path, wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let Ok(entries) = folder.read_dir() else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_str().is_some_and(&wanted))
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found
}

/// Those that are there, each once, however many links lead to it.
fn existing(folders: impl IntoIterator<Item = PathBuf>) -> Vec<PathBuf> {
    let mut seen = Vec::new();
    let mut kept = Vec::new();
    for folder in folders {
        let Ok(real) = folder.canonicalize() else { continue };
        if real.is_dir() && !seen.contains(&real) {
            seen.push(real);
            kept.push(folder);
        }
    }
    kept
}
