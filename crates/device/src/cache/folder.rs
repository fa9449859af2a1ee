//! Which folder the cache lies in.

use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use super::entry;

/// A folder, and what can be done with it.
pub(super) struct Choice {
    pub(super) folder: Option<PathBuf>,
    pub(super) writable: bool,
    pub(super) problem: Option<String>,
}

/// Who may read and write a folder that is made here.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Privacy {
    /// As the process's umask says: the user named the folder, perhaps one for a group.
    AsTheUserSays,
    /// Only this user.
    Private,
}

/// Takes the folder that the user named; else the first in which files can be made.
pub(super) fn choose(variable: &dyn Fn(&str) -> Option<OsString>) -> Choice {
    let path = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(named) = path("SOYAKU_CACHE_DIR") {
        return prepare(below(&named), Privacy::AsTheUserSays);
    }
    // The XDG specification says to ignore relative paths; a home that is not there is not to be made.
    let absolute = |name: &str| path(name).filter(|path| path.is_absolute());
    let usual = absolute("XDG_CACHE_HOME")
        .or_else(|| absolute("HOME").filter(|home| home.is_dir()).map(|home| home.join(".cache")))
        .map(|cache| prepare(below(&cache.join("soyaku")), Privacy::Private));
    let usual = match usual {
        Some(choice) if choice.writable => return choice,
        other => other,
    };
    let temporary = absolute("TMPDIR").unwrap_or_else(|| PathBuf::from("/tmp"));
    let own = own_folder(&temporary).map_or_else(without, |own| prepare(below(&own), Privacy::Private));
    // one that others filled is better than none
    match usual {
        Some(usual) if !own.writable => usual,
        _ => own,
    }
}

fn below(folder: &Path) -> PathBuf {
    folder.join("kernels")
}

fn without(problem: String) -> Choice {
    Choice { folder: None, writable: false, problem: Some(problem) }
}

/// Makes the folder and tries it.
pub(super) fn prepare(folder: PathBuf, privacy: Privacy) -> Choice {
    let mode = if privacy == Privacy::Private { 0o700 } else { 0o777 };
    // A folder that is there, perhaps read-only, is good enough to read from.
    let made = DirBuilder::new().recursive(true).mode(mode).create(&folder);
    let tried = made.and_then(|()| entry::temporary(&folder)).and_then(|(path, _)| fs::remove_file(path));
    match tried {
        Ok(()) => Choice { folder: Some(folder), writable: true, problem: None },
        Err(error) => {
            let problem =
                format!("{} cannot be written: {error}; new kernels are not kept", folder.display());
            Choice { folder: folder.is_dir().then_some(folder), writable: false, problem: Some(problem) }
        }
    }
}

/// A folder for this user alone where everyone may make folders: nobody else may have made it first, or could put
/// code into it that then runs on the device.
fn own_folder(temporary: &Path) -> Result<PathBuf, String> {
    // SAFETY: always succeeds and touches no memory.
    let user = unsafe { libc::geteuid() };
    let folder = temporary.join(format!("soyaku-{user}"));
    // that it is there already is as good
    let made = DirBuilder::new().mode(0o700).create(&folder);
    // of a link, not of what it leads to
    match fs::symlink_metadata(&folder) {
        Ok(metadata) if !metadata.is_dir() => Err(format!("{} is not a folder", folder.display())),
        Ok(metadata) if metadata.uid() != user => {
            Err(format!("{} belongs to another user", folder.display()))
        }
        Ok(metadata) if metadata.mode() & 0o077 != 0 => {
            Err(format!("{} is open to other users (chmod 700 it)", folder.display()))
        }
        Ok(_) => Ok(folder),
        Err(error) => Err(format!("{} cannot be made: {}", folder.display(), made.err().unwrap_or(error))),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn choose_with(variables: &[(&str, &Path)]) -> Choice {
        choose(&|name| variables.iter().find(|(known, _)| *known == name).map(|(_, path)| (*path).into()))
    }

    #[test]
    fn the_first_folder_that_can_be_written_is_taken() {
        let scratch = tempfile::tempdir().unwrap();
        let [named, xdg, home, temporary] =
            ["named", "xdg", "home", "tmp"].map(|name| scratch.path().join(name));
        fs::create_dir(&home).unwrap();
        fs::create_dir(&temporary).unwrap();
        // SAFETY: always succeeds.
        let own = temporary.join(format!("soyaku-{}", unsafe { libc::geteuid() }));
        let all: [(&str, &Path); 4] =
            [("SOYAKU_CACHE_DIR", &named), ("XDG_CACHE_HOME", &xdg), ("HOME", &home), ("TMPDIR", &temporary)];
        let folders = [
            named.join("kernels"),
            xdg.join("soyaku/kernels"),
            home.join(".cache/soyaku/kernels"),
            own.join("kernels"),
        ];
        for (from, expected) in folders.iter().enumerate() {
            let choice = choose_with(&all[from..]);
            assert_eq!(choice.folder.as_ref(), Some(expected));
            assert!(choice.writable && choice.problem.is_none() && expected.is_dir());
        }
        for private in [&folders[1], &folders[2], &folders[3], &own] {
            assert_eq!(fs::metadata(private).unwrap().mode() & 0o777, 0o700, "{}", private.display());
        }
        let empty = Path::new("");
        let relative = Path::new("some/where");
        let choice =
            choose_with(&[("SOYAKU_CACHE_DIR", empty), ("XDG_CACHE_HOME", relative), ("TMPDIR", &temporary)]);
        assert_eq!(choice.folder.as_ref(), Some(&folders[3]));
        // a home that cannot be written to
        let file = scratch.path().join("file");
        fs::write(&file, "").unwrap();
        let choice = choose_with(&[("XDG_CACHE_HOME", &file), ("TMPDIR", &temporary)]);
        assert_eq!(choice.folder.as_ref(), Some(&folders[3]));
        // a home that is not there is not made
        let nowhere = scratch.path().join("nowhere");
        let choice = choose_with(&[("HOME", &nowhere), ("TMPDIR", &temporary)]);
        assert_eq!(choice.folder.as_ref(), Some(&folders[3]));
        assert!(!nowhere.exists());
    }

    #[test]
    fn a_named_folder_is_not_replaced_by_another() {
        let scratch = tempfile::tempdir().unwrap();
        let file = scratch.path().join("file");
        fs::write(&file, "").unwrap();
        let choice = choose_with(&[("SOYAKU_CACHE_DIR", &file.join("below")), ("TMPDIR", scratch.path())]);
        assert!(choice.folder.is_none() && !choice.writable);
        let problem = choice.problem.unwrap();
        assert!(problem.contains("file/below/kernels cannot be written: Not a directory"), "{problem}");
        assert!(problem.ends_with("new kernels are not kept"), "{problem}");
    }

    #[test]
    fn a_folder_that_others_may_write_to_is_refused() {
        let scratch = tempfile::tempdir().unwrap();
        // SAFETY: always succeeds.
        let own = scratch.path().join(format!("soyaku-{}", unsafe { libc::geteuid() }));
        fs::create_dir(&own).unwrap();
        fs::set_permissions(&own, fs::Permissions::from_mode(0o770)).unwrap();
        let choice = choose_with(&[("TMPDIR", scratch.path())]);
        assert!(choice.folder.is_none());
        assert!(choice.problem.unwrap().contains("is open to other users (chmod 700 it)"));

        fs::remove_dir(&own).unwrap();
        let elsewhere = scratch.path().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &own).unwrap();
        let choice = choose_with(&[("TMPDIR", scratch.path())]);
        assert!(choice.problem.unwrap().ends_with("is not a folder"));
        assert_eq!(elsewhere.read_dir().unwrap().count(), 0);
    }
}
