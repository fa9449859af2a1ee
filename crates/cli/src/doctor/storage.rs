//! Folders: what kind of file system they lie on, what is free, whether they can be written.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::finding::Finding;
use super::mounts::{Mount, holding};
use crate::format::bytes;

/// A folder.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Folder {
    /// Where it is.
    pub path: PathBuf,
    /// Type of the file system: `ext4`, `nfs4`, `lustre`.
    pub file_system: Option<String>,
    /// Bytes that may still be written by this user.
    pub free_bytes: Option<u64>,
    /// Why no file can be made in it; none where one can.
    pub problem: Option<String>,
}

/// Free space below which results of a large library may not fit.
const LITTLE: u64 = 1 << 30;

impl Folder {
    /// The folder as it is; a file is made in it and removed again.
    pub fn of(path: PathBuf, mounts: &[Mount]) -> Self {
        let place = path.canonicalize().unwrap_or_else(|_| path.clone());
        Self {
            file_system: holding(mounts, &place).map(|mount| mount.kind.clone()),
            free_bytes: free(&place),
            problem: tempfile::tempfile_in(&place).err().map(|error| error.to_string()),
            path,
        }
    }

    /// What to tell of the folder in which results would be written.
    pub fn as_working_folder(&self) -> Finding {
        let advice = match self.file_system.as_deref() {
            Some(kind) if kind.starts_with("nfs") => {
                "locks on NFS may not hold between nodes: let no two runs write into one output folder"
            }
            Some("lustre") => {
                "Lustre locks only where it is mounted with flock: let no two runs write into one output folder"
            }
            Some("cifs" | "smb3" | "9p" | "beegfs" | "gpfs" | "ceph") | Some("fuse") => {
                "a shared file system may not lock between nodes: let no two runs write into one output folder"
            }
            Some(kind) if kind.starts_with("fuse.") => {
                "a file system in user space may not lock: let no two runs write into one output folder"
            }
            _ => return self.finding("working_folder", "run in a folder that you may write to"),
        };
        match self.finding("working_folder", "run in a folder that you may write to") {
            Finding { advice: None, message, .. } => Finding::warn("working_folder", message, advice),
            worse => worse,
        }
    }

    /// What to tell of the folder for temporary files.
    pub fn as_temporary_folder(&self) -> Finding {
        self.finding("temporary_folder", "set TMPDIR to a folder that you may write to")
    }

    fn finding(&self, part: &'static str, advice: &str) -> Finding {
        let kind = self.file_system.as_deref().unwrap_or("unknown file system");
        let free = self.free_bytes.map_or("unknown".to_owned(), bytes);
        let message = format!("{} ({kind}), {free} free", self.path.display());
        match (&self.problem, self.free_bytes) {
            (Some(problem), _) => {
                Finding::missing(part, format!("{message}, not writable: {problem}"), advice)
            }
            (None, Some(free)) if free < LITTLE => Finding::warn(
                part,
                message,
                "little room: results that do not fit end the run with exit code 74",
            ),
            _ => Finding::ok(part, message),
        }
    }
}

fn free(path: &Path) -> Option<u64> {
    let status = rustix::fs::statvfs(path).ok()?;
    status.f_bavail.checked_mul(status.f_frsize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Level;

    fn folder(kind: &str, free_bytes: u64, problem: Option<&str>) -> Folder {
        Folder {
            path: "/data".into(),
            file_system: Some(kind.into()),
            free_bytes: Some(free_bytes),
            problem: problem.map(str::to_owned),
        }
    }

    #[test]
    fn shared_file_systems_are_warned_of() {
        for kind in ["nfs", "nfs4", "lustre", "fuse.sshfs", "gpfs"] {
            let finding = folder(kind, 1 << 40, None).as_working_folder();
            assert_eq!(finding.level, Level::Warn);
            assert!(finding.advice.unwrap().contains("no two runs"), "{kind}");
        }
        assert_eq!(folder("ext4", 1 << 40, None).as_working_folder().level, Level::Ok);
        assert_eq!(folder("nfs", 1 << 40, None).as_temporary_folder().level, Level::Ok);
    }

    #[test]
    fn no_room_and_no_permission() {
        let finding = folder("nfs", 1 << 40, Some("Permission denied")).as_working_folder();
        assert_eq!(finding.level, Level::Missing);
        assert!(finding.message.ends_with("not writable: Permission denied"));
        assert_eq!(folder("ext4", 100 << 20, None).as_temporary_folder().level, Level::Warn);
        let here = tempfile::tempdir().unwrap();
        let real = Folder::of(here.path().to_path_buf(), &[]);
        assert_eq!(real.problem, None);
        assert!(real.free_bytes.is_some());
        assert!(Folder::of(here.path().join("absent"), &[]).problem.is_some());
    }
}
