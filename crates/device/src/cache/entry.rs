//! One entry: a header that tells a whole, unchanged entry of its key from everything else, then the CUBIN.
//!
//! ```text
//!  0  8 bytes   "SOYAKUK" and a line feed
//!  8  u32       version of this format            (all numbers: the least significant byte first)
//! 12  u32       0
//! 16  u64       bytes of the CUBIN
//! 24  32 bytes  the key
//! 56  32 bytes  SHA-256 of the CUBIN
//! 88            the CUBIN, up to the end of the file
//! ```

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use sha2::{Digest as _, Sha256};

use super::key::Key;

/// Version of the format; in the key as well, so that versions of this program do not disturb each other.
pub(super) const FORMAT: u32 = 1;
const MAGIC: &[u8; 8] = b"SOYAKUK\n";
const HEADER: usize = 88;
/// No kernel is that large.
const LARGEST: u64 = 1 << 30;
/// The time of the last use is exact to this: a cache on a shared file system need not be written to at every start.
const USE_RESOLUTION: Duration = Duration::from_secs(60);

/// What reading an entry gave.
pub(super) enum Lookup {
    /// The CUBIN.
    Found(Vec<u8>),
    /// There is none.
    Absent,
    /// There is something else, which has been removed where possible: what is wrong with it.
    Damaged(String),
}

/// Bytes on disk for a CUBIN.
pub(super) fn size(cubin: &[u8]) -> u64 {
    (HEADER + cubin.len()) as u64
}

fn header(key: &Key, cubin: &[u8]) -> Vec<u8> {
    let mut header = Vec::with_capacity(HEADER);
    header.extend(MAGIC);
    header.extend(FORMAT.to_le_bytes());
    header.extend([0; 4]);
    header.extend((cubin.len() as u64).to_le_bytes());
    header.extend(key.bytes());
    header.extend(Sha256::digest(cubin));
    header
}

/// Reads and verifies; a damaged entry is removed, one that is used gets the time of now.
pub(super) fn read(path: &Path, key: &Key) -> Lookup {
    // a pipe under that name must not block, nor a link lead elsewhere
    let flags = libc::O_NONBLOCK | libc::O_NOFOLLOW;
    let outcome = match OpenOptions::new().read(true).custom_flags(flags).open(path) {
        Ok(file) => verify(&file, key).inspect(|_| touch(&file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Lookup::Absent,
        // not ours to remove
        Err(error) => return Lookup::Damaged(format!("cannot be read ({error})")),
    };
    match outcome {
        Ok(bytes) => Lookup::Found(bytes),
        Err(reason) => {
            // Another process may have put a good one there by now; then that one is compiled once more.
            let _ = fs::remove_file(path);
            Lookup::Damaged(reason)
        }
    }
}

fn verify(file: &File, key: &Key) -> Result<Vec<u8>, String> {
    let unreadable = |error: io::Error| format!("cannot be read ({error})");
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err("is no file".to_owned());
    }
    let length = metadata.len();
    if length < HEADER as u64 {
        return Err(format!("is cut off after {length} bytes"));
    }
    if length > LARGEST {
        return Err(format!("is too large ({length} bytes) to be an entry"));
    }
    let mut bytes = Vec::new();
    file.take(LARGEST).read_to_end(&mut bytes).map_err(unreadable)?;
    let Some((head, cubin)) = bytes.split_first_chunk::<HEADER>() else {
        return Err(format!("is cut off after {} bytes", bytes.len()));
    };
    let expected = header(key, cubin);
    if !head.starts_with(MAGIC) {
        return Err("is not an entry of this cache".to_owned());
    }
    if head[8..16] != expected[8..16] {
        return Err("has another format".to_owned());
    }
    if head[16..24] != expected[16..24] {
        return Err(format!("does not have the length that it should ({} bytes)", bytes.len()));
    }
    if head[24..56] != expected[24..56] {
        return Err("belongs to another kernel".to_owned());
    }
    if head[56..] != expected[56..] {
        return Err("is damaged (its checksum does not fit)".to_owned());
    }
    bytes.drain(..HEADER);
    Ok(bytes)
}

/// Notes the use. An entry of somebody else, or on a read-only disk, stays as it is.
fn touch(file: &File) {
    let now = SystemTime::now();
    let recent = file
        .metadata()
        .and_then(|metadata| metadata.modified())
        .is_ok_and(|then| now.duration_since(then).is_ok_and(|age| age < USE_RESOLUTION));
    if !recent {
        let _ = file.set_modified(now);
    }
}

/// Writes under a temporary name, then renames: whoever reads sees a whole entry or none.
pub(super) fn write(folder: &Path, path: &Path, key: &Key, cubin: &[u8]) -> io::Result<()> {
    let (temporary, mut file) = temporary(folder)?;
    let written = file
        .write_all(&header(key, cubin))
        .and_then(|()| file.write_all(cubin))
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&temporary, path));
    if let Err(error) = written {
        let _ = fs::remove_file(&temporary);
        return Err(error);
    }
    // The name is kept over a power failure where the file system can do that; without it the entry is compiled anew.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

/// A new file that only this writer knows.
pub(super) fn temporary(folder: &Path) -> io::Result<(PathBuf, File)> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let mut tries = 0;
    loop {
        // over a shared file system the same process number may be in use on several nodes at once
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_nanos();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("{TEMPORARY}{}-{count}-{now:x}{TEMPORARY_END}", std::process::id()));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && tries < 100 => tries += 1,
            Err(error) => return Err(error),
        }
    }
}

const TEMPORARY: &str = ".kernel-";
const TEMPORARY_END: &str = ".tmp";

/// Whether a file of that name is one of [`temporary`].
pub(super) fn is_temporary(name: &str) -> bool {
    name.starts_with(TEMPORARY) && name.ends_with(TEMPORARY_END)
}
