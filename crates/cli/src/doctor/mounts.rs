//! What is mounted where (`/proc/self/mountinfo`, proc_pid_mountinfo(5)).

use std::path::{Path, PathBuf};

use super::host::Host;

/// One mounted file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// The folder of the file system that is visible at `point`.
    pub root: PathBuf,
    /// Where it is mounted.
    pub point: PathBuf,
    /// Its type: `ext4`, `nfs4`, `cgroup2`.
    pub kind: String,
    /// Options of the file system, separated by commas; those of a `cgroup` name its controllers.
    pub options: String,
}

/// All mounts, in the order in which they were made.
pub fn mounts(host: &Host) -> Vec<Mount> {
    host.read("/proc/self/mountinfo").unwrap_or_default().lines().filter_map(mount).collect()
}

/// `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue`.
fn mount(line: &str) -> Option<Mount> {
    let (place, kind) = line.split_once(" - ")?;
    let mut place = place.split(' ').skip(3);
    let (root, point) = (place.next()?, place.next()?);
    let mut kind = kind.split(' ');
    Some(Mount {
        root: unescaped(root).into(),
        point: unescaped(point).into(),
        kind: kind.next()?.to_owned(),
        options: kind.nth(1).unwrap_or_default().to_owned(),
    })
}

/// Blanks, tabs, line ends and backslashes are written as three octal digits.
fn unescaped(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let digits = tail.get(..3).and_then(|digits| std::str::from_utf8(digits).ok());
        let code = digits.and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match code {
            Some(code) if byte == b'\\' => {
                out.push(code);
                rest = &tail[3..];
            }
            _ => {
                out.push(byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The mount that holds a path: the deepest one; of two at one place, the later.
pub fn holding<'a>(mounts: &'a [Mount], path: &Path) -> Option<&'a Mount> {
    let above = mounts.iter().filter(|mount| path.starts_with(&mount.point));
    above.max_by_key(|mount| mount.point.components().count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::host::made_of;

    const MOUNTS: &str = "\
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
30 27 0:40 / /home rw shared:5 master:1 - nfs4 server:/home rw,vers=4.2
31 30 0:41 / /home/a\\040b rw - lustre mgs@tcp:/scratch rw,flock
32 31 0:42 / /home/a\\040b rw - tmpfs none rw
no mount at all
33 27 0:43 / /mnt -";

    #[test]
    fn the_deepest_and_latest_mount_holds_a_path() {
        let (host, _folder) = made_of(&[("/proc/self/mountinfo", MOUNTS)], &[]);
        let mounts = mounts(&host);
        assert_eq!(mounts.len(), 4);
        let kind = |path: &str| holding(&mounts, Path::new(path)).map(|mount| mount.kind.as_str());
        assert_eq!(kind("/homely"), Some("ext4"));
        assert_eq!(kind("/home/me"), Some("nfs4"));
        assert_eq!(kind("/home/a b/c"), Some("tmpfs"));
        assert_eq!(mounts[2].options, "rw,flock");
        assert_eq!(holding(&[], Path::new("/")), None);
    }

    #[test]
    fn escapes() {
        assert_eq!(unescaped(r"/a\040b\134c\x\09"), r"/a b\c\x\09");
    }
}
