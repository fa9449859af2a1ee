//! The cache of compiled kernels: damaged entries, full and read-only folders, many processes at once.
#![allow(clippy::unwrap_used)] // helpers of tests, too

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use soyaku_device::Source;
use soyaku_device::cache::{Cubin, KernelCache, Key, Origin};

const SOURCE: Source =
    Source { name: "test/cache.cu", text: "text", headers: &[], options: &[], specific: None, entries: &[] };
const HEADER: usize = 88;
const LARGE: u64 = 1 << 30;

fn key(number: usize) -> Key {
    Key::of(&SOURCE, "sm_90", &[&format!("-DNUMBER={number}")], "a compiler")
}

/// Stands for the CUBIN of a key.
fn payload(number: usize, length: usize) -> Vec<u8> {
    (0..length).map(|index| (index * 31 + number * 7 + index / 251) as u8).collect()
}

fn get(cache: &KernelCache, number: usize, length: usize) -> Cubin {
    let cubin = cache.get_or_make(&key(number), || Ok::<_, Infallible>(payload(number, length))).unwrap();
    assert_eq!(cubin.bytes, payload(number, length));
    cubin
}

fn files(folder: &Path) -> BTreeSet<String> {
    folder.read_dir().unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
}

fn only_file(folder: &Path) -> PathBuf {
    let names = files(folder);
    assert_eq!(names.len(), 1, "{names:?}");
    folder.join(names.first().unwrap())
}

fn set_age(path: &Path, age: Duration) {
    File::options().write(true).open(path).unwrap().set_modified(SystemTime::now() - age).unwrap();
}

#[test]
fn a_kernel_is_compiled_once() {
    let folder = tempfile::tempdir().unwrap();
    let cache = KernelCache::in_folder(folder.path(), LARGE);
    let compiled = get(&cache, 1, 1000);
    assert_eq!((compiled.origin, compiled.notes.len()), (Origin::Compiled, 0));
    // also by another process
    for cache in [cache, KernelCache::in_folder(folder.path(), LARGE)] {
        let kept = cache.get_or_make(&key(1), || Err("must not be compiled again")).unwrap();
        assert_eq!(kept, Cubin { bytes: payload(1, 1000), origin: Origin::Disk, notes: Vec::new() });
    }
    let cache = KernelCache::in_folder(folder.path(), LARGE);
    assert_eq!(cache.get_or_make(&key(2), || Err::<Vec<u8>, _>("does not compile")), Err("does not compile"));
    let status = cache.status();
    assert_eq!((status.entries, status.bytes, status.limit), (1, (HEADER + 1000) as u64, LARGE));
    assert_eq!(
        (status.folder.as_deref(), status.writable, &status.problem),
        (Some(folder.path()), true, &None)
    );
    let removed = cache.clear().unwrap();
    assert_eq!((removed.files, removed.bytes), (1, status.bytes));
    assert_eq!(files(folder.path()).len(), 0);
}

#[test]
fn the_key_depends_on_all_that_the_code_depends_on() {
    use soyaku_device::Header;
    const ONE: &[Header] = &[Header { name: "a.cuh", text: "bc" }];
    const OTHER: &[Header] = &[Header { name: "a.cuhb", text: "c" }];
    const CHANGED: &[Header] = &[Header { name: "a.cuh", text: "bd" }];
    let sources = [
        SOURCE,
        Source { text: "texts", ..SOURCE },
        Source { name: "test/other.cu", ..SOURCE },
        Source { headers: ONE, ..SOURCE },
        Source { headers: OTHER, ..SOURCE },
        Source { headers: CHANGED, ..SOURCE },
        Source { options: &["-DA"], ..SOURCE },
        Source { options: &["-D", "A"], ..SOURCE },
    ];
    let mut keys: Vec<Key> =
        sources.iter().map(|source| Key::of(source, "sm_90", &[], "nvrtc 12.9")).collect();
    keys.push(Key::of(&SOURCE, "sm_80", &[], "nvrtc 12.9"));
    keys.push(Key::of(&SOURCE, "sm_90", &[], "nvrtc 13.0"));
    keys.push(Key::of(&SOURCE, "sm_90", &["-lineinfo"], "nvrtc 12.9"));
    let distinct: BTreeSet<String> = keys.iter().map(Key::to_string).collect();
    assert_eq!(distinct.len(), keys.len());
    // an option is the same from either list
    assert_eq!(keys[6], Key::of(&SOURCE, "sm_90", &["-DA"], "nvrtc 12.9"));
}

/// Writes an entry, changes its file, and expects a note, a fresh compilation, and a good entry afterwards.
fn damage(what: &str, reason: &str, change: impl Fn(&Path, Vec<u8>)) {
    let folder = tempfile::tempdir().unwrap();
    let cache = KernelCache::in_folder(folder.path(), LARGE);
    get(&cache, 1, 300);
    let path = only_file(folder.path());
    change(&path, fs::read(&path).unwrap());
    let cubin = get(&cache, 1, 300);
    assert_eq!(cubin.origin, Origin::Compiled, "{what}");
    assert_eq!(cubin.notes.len(), 1, "{what}: {:?}", cubin.notes);
    let note = &cubin.notes[0];
    assert!(
        note.starts_with("kernel cache: ") && note.contains(&path.display().to_string()),
        "{what}: {note}"
    );
    assert!(note.contains(reason) && note.ends_with(": compiled again"), "{what}: {note}");
    let again = get(&cache, 1, 300);
    assert_eq!((again.origin, again.notes.len()), (Origin::Disk, 0), "{what}");
}

#[test]
fn a_half_written_entry_is_compiled_again() {
    for length in (0..HEADER + 300).step_by(31).chain([1, 8, 12, 16, 24, 56, 87, 88, 89, 387]) {
        let reason =
            if length < HEADER { "is cut off after" } else { "does not have the length that it should" };
        damage(&format!("{length} bytes"), reason, |path, bytes| fs::write(path, &bytes[..length]).unwrap());
    }
    damage("a byte more", "does not have the length", |path, bytes| {
        fs::write(path, [bytes, vec![0]].concat()).unwrap()
    });
    // blocks that were never written to the disk read as zeros
    damage("zeros", "is not an entry", |path, bytes| fs::write(path, vec![0; bytes.len()]).unwrap());
}

#[test]
fn no_bit_may_flip() {
    for position in (0..HEADER).chain((HEADER..HEADER + 300).step_by(7)) {
        let reason = match position {
            0..8 => "is not an entry of this cache",
            8..16 => "has another format",
            16..24 => "does not have the length that it should",
            24..56 => "belongs to another kernel",
            _ => "is damaged (its checksum does not fit)",
        };
        // one bit of every byte: each of the eight in its turn
        damage(&format!("byte {position}"), reason, |path, mut bytes| {
            bytes[position] ^= 1 << (position % 8);
            fs::write(path, bytes).unwrap();
        });
    }
}

#[test]
fn what_is_not_an_entry_is_never_used() {
    damage("text", "is cut off after 5 bytes", |path, _| fs::write(path, "hello").unwrap());
    damage("a CUBIN as it is", "is not an entry", |path, bytes| {
        fs::write(path, [b"\x7fELF", &bytes[HEADER..], &bytes[..]].concat()).unwrap();
    });
    damage("the entry of another key", "belongs to another kernel", |path, _| {
        let other = tempfile::tempdir().unwrap();
        get(&KernelCache::in_folder(other.path(), LARGE), 2, 300);
        fs::copy(only_file(other.path()), path).unwrap();
    });
    damage("a link", "cannot be read", |path, _| {
        let other = path.with_extension("elsewhere");
        fs::rename(path, &other).unwrap();
        std::os::unix::fs::symlink(&other, path).unwrap();
    });
    damage("a pipe", "is no file", |path, _| {
        fs::remove_file(path).unwrap();
        assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    });
    damage("a huge file", "is too large", |path, _| {
        File::options().write(true).open(path).unwrap().set_len(3 << 30).unwrap();
    });
}

#[test]
fn a_folder_in_the_place_of_an_entry_only_costs_time() {
    let folder = tempfile::tempdir().unwrap();
    let cache = KernelCache::in_folder(folder.path(), LARGE);
    get(&cache, 1, 300);
    let path = only_file(folder.path());
    fs::remove_file(&path).unwrap();
    fs::create_dir_all(path.join("not empty")).unwrap();
    let first = get(&cache, 1, 300);
    assert_eq!((first.origin, first.notes.len()), (Origin::Compiled, 2), "{:?}", first.notes);
    assert!(first.notes[0].contains("is no file"), "{:?}", first.notes);
    assert!(first.notes[1].ends_with("kernels are compiled at every start"), "{:?}", first.notes);
    // nothing half-done stays behind, and that it cannot be kept is said once
    assert_eq!(get(&cache, 1, 300).notes.len(), 1);
    assert_eq!(files(folder.path()).len(), 1);
}

#[test]
fn the_least_recently_used_go_first() {
    let folder = tempfile::tempdir().unwrap();
    let entry = (HEADER + 1000) as u64;
    let cache = KernelCache::in_folder(folder.path(), 4 * entry);
    for number in 0..4 {
        get(&cache, number, 1000);
        let path = folder.path().join(format!("{}.cubin", key(number)));
        set_age(&path, Duration::from_secs(600 - 100 * number as u64));
    }
    let foreign = ["README", "0123.cubin", &format!("{}.cubin.old", key(0)), "note.tmp"];
    for name in foreign {
        fs::write(folder.path().join(name), vec![0; 5000]).unwrap();
        set_age(&folder.path().join(name), Duration::from_secs(1_000_000));
    }
    // used: now the latest
    assert_eq!(get(&cache, 0, 1000).origin, Origin::Disk);
    assert_eq!(get(&cache, 4, 1000).origin, Origin::Compiled);
    assert_eq!(get(&cache, 5, 1000).origin, Origin::Compiled);
    let kept: Vec<bool> =
        (0..6).map(|number| folder.path().join(format!("{}.cubin", key(number))).exists()).collect();
    assert_eq!(kept, [true, false, false, true, true, true]);
    assert!(foreign.iter().all(|name| folder.path().join(name).exists()));
    assert_eq!((cache.status().entries, cache.status().bytes), (4, 4 * entry));
    cache.clear().unwrap();
    assert_eq!(files(folder.path()), foreign.iter().map(ToString::to_string).collect());
}

#[test]
fn a_kernel_larger_than_the_cache_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let cache = KernelCache::in_folder(folder.path(), 2048);
    get(&cache, 1, 1000);
    let cubin = get(&cache, 2, 4000);
    assert_eq!(cubin.origin, Origin::Compiled);
    assert!(cubin.notes[0].contains("a kernel of 4 KiB does not fit into the 2 KiB"), "{:?}", cubin.notes);
    // and throws nothing else out
    assert_eq!(get(&cache, 1, 1000).origin, Origin::Disk);
}

#[test]
fn leftovers_of_dead_writers_are_removed_after_an_hour() {
    let folder = tempfile::tempdir().unwrap();
    let cache = KernelCache::in_folder(folder.path(), LARGE);
    let [old, new] = [".kernel-1-0-1.tmp", ".kernel-2-0-1.tmp"].map(|name| folder.path().join(name));
    for path in [&old, &new] {
        fs::write(path, "half").unwrap();
    }
    set_age(&old, Duration::from_secs(3700));
    set_age(&new, Duration::from_secs(3500));
    get(&cache, 1, 10);
    assert!(!old.exists() && new.exists());
    assert_eq!(cache.status().entries, 1);
    assert_eq!(cache.clear().unwrap().files, 2);
}

#[test]
fn without_a_folder_everything_is_compiled_and_that_is_said_once() {
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("file");
    fs::write(&file, "").unwrap();
    // below a file, nothing can be made by anyone
    for folder in [file.join("kernels"), PathBuf::from("/proc/kernels"), file.clone()] {
        let cache = KernelCache::in_folder(&folder, LARGE);
        let first = get(&cache, 1, 10);
        assert_eq!(first.origin, Origin::Compiled);
        assert_eq!(first.notes.len(), 1, "{:?}", first.notes);
        assert!(
            first.notes[0].starts_with(&format!("kernel cache: {} cannot be written: ", folder.display())),
            "{:?}",
            first.notes
        );
        let second = get(&cache, 1, 10);
        assert_eq!((second.origin, second.notes.len()), (Origin::Compiled, 0));
        let status = cache.status();
        assert_eq!((status.folder, status.entries, status.writable), (None, 0, false));
        assert!(status.problem.unwrap().contains("cannot be written"));
        assert_eq!(cache.clear().unwrap().files, 0);
    }
}

#[test]
fn a_read_only_folder_is_read_from() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("kernels");
    get(&KernelCache::in_folder(&folder, LARGE), 1, 10);
    let set = |mode| fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
    fs::set_permissions(scratch.path(), fs::Permissions::from_mode(0o755)).unwrap();
    set(0o555);
    finish(child("read_only", &folder, "").spawn().unwrap());
    set(0o755);
    assert_eq!(files(&folder).len(), 1);
}

#[test]
#[ignore = "run by a_read_only_folder_is_read_from"]
fn read_only() {
    let (folder, _) = told();
    // Root may write to it: be nobody. Then neither the program nor its folder need be readable any more.
    // SAFETY: the other threads of this process only wait for this test.
    let status = unsafe { if libc::geteuid() == 0 { libc::setuid(65_534) } else { 0 } };
    if status != 0 {
        println!("skipped: root cannot become another user here: {}", std::io::Error::last_os_error());
        return;
    }
    let cache = KernelCache::in_folder(&folder, LARGE);
    let first = get(&cache, 1, 10);
    assert_eq!((first.origin, first.notes.len()), (Origin::Disk, 1));
    assert!(
        first.notes[0].ends_with(
            "kernels cannot be written: Permission denied (os error 13); new kernels are not kept"
        ),
        "{:?}",
        first.notes
    );
    assert_eq!((get(&cache, 2, 10).origin, get(&cache, 2, 10).notes.len()), (Origin::Compiled, 0));
    let status = cache.status();
    assert_eq!((status.folder, status.entries, status.writable), (Some(folder), 1, false));
    assert!(cache.clear().unwrap_err().to_string().contains(".cubin: Permission denied"));
}

#[test]
fn a_folder_that_disappears_only_costs_time() {
    let folder = tempfile::tempdir().unwrap();
    let cache = KernelCache::in_folder(folder.path().join("kernels"), LARGE);
    get(&cache, 1, 10);
    fs::remove_dir_all(folder.path().join("kernels")).unwrap();
    let first = get(&cache, 1, 10);
    assert!(first.notes[0].contains("cannot be written: No such file or directory"), "{:?}", first.notes);
    assert_eq!(get(&cache, 2, 10).notes.len(), 0);
    assert_eq!(cache.status().entries, 0);
}

/// Runs one of the ignored tests below in a process of its own.
fn child(test: &str, folder: &Path, argument: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--ignored", "--nocapture"]);
    command.env("CACHE_TEST_FOLDER", folder).env("CACHE_TEST_ARGUMENT", argument);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn finish(child: std::process::Child) -> String {
    let output = child.wait_with_output().unwrap();
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
    text
}

fn told() -> (PathBuf, String) {
    let variable = |name| std::env::var(name).unwrap_or_else(|_| panic!("{name}: run by another test"));
    (variable("CACHE_TEST_FOLDER").into(), variable("CACHE_TEST_ARGUMENT"))
}

const KEYS: usize = 6;

#[test]
fn many_processes_share_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    // two of six fit: every process is evicting while the others read and write
    let limit = 2 * (HEADER + 20_000) as u64 + 100;
    let children: Vec<_> =
        (0..6).map(|_| child("hammer", folder.path(), &limit.to_string()).spawn().unwrap()).collect();
    // meanwhile entries are damaged in place, which no process of ours does
    for round in 0..200 {
        let path = folder.path().join(format!("{}.cubin", key(round % KEYS)));
        if let Ok(file) = File::options().write(true).open(&path) {
            let _ = file.set_len((round * 97 % 20_000) as u64);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    for child in children {
        finish(child);
    }
    let names = files(folder.path());
    assert!(names.iter().all(|name| name.ends_with(".cubin")), "{names:?}");
    // a last writer leaves it below the limit
    let cache = KernelCache::in_folder(folder.path(), limit);
    get(&cache, KEYS, 20_000);
    let status = cache.status();
    assert!(status.bytes <= limit && status.entries >= 1, "{status:?}");
    assert_eq!(get(&cache, KEYS, 20_000).origin, Origin::Disk);
}

#[test]
#[ignore = "run by many_processes_share_a_folder"]
fn hammer() {
    let (folder, limit) = told();
    let cache = KernelCache::in_folder(folder, limit.parse().unwrap());
    std::thread::scope(|scope| {
        for thread in 0..3 {
            let cache = &cache;
            // `get` compares every byte
            scope.spawn(move || (0..60).for_each(|round| drop(get(cache, (round + thread) % KEYS, 20_000))));
        }
    });
}

#[test]
fn a_full_disk_only_costs_time() {
    let folder = tempfile::tempdir().unwrap();
    // a limit on the size of files stands for the disk: the write fails in the middle
    let inner = child("full", folder.path(), "");
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\""])
        .arg(inner.get_program())
        .args(inner.get_args());
    for (name, value) in inner.get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    finish(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
    assert_eq!(files(folder.path()).len(), 0, "{:?}", files(folder.path()));
}

#[test]
#[ignore = "run by a_full_disk_only_costs_time"]
fn full() {
    let (folder, _) = told();
    let cache = KernelCache::in_folder(folder, LARGE);
    let first = get(&cache, 1, 50_000);
    assert_eq!(first.origin, Origin::Compiled);
    assert!(first.notes[0].contains("cannot be written: File too large"), "{:?}", first.notes);
    assert_eq!(get(&cache, 2, 50_000).notes.len(), 0);
}

#[test]
fn the_environment_names_folder_and_size() {
    let scratch = tempfile::tempdir().unwrap();
    let run = |size: &str, expected: &str| {
        finish(
            child("from_environment", scratch.path(), expected)
                .env("SOYAKU_CACHE_DIR", scratch.path())
                .env("SOYAKU_CACHE_SIZE", size)
                .spawn()
                .unwrap(),
        );
    };
    run("1GiB", &format!("Some(\"{}\") {} None", scratch.path().join("kernels").display(), 1 << 30));
    run("0", "None 0 None");
}

#[test]
#[ignore = "run by the_environment_names_folder_and_size"]
fn from_environment() {
    let (_, expected) = told();
    let cache = KernelCache::open();
    let status = cache.status();
    assert_eq!(format!("{:?} {} {:?}", status.folder, status.limit, status.problem), expected);
    assert_eq!(get(&cache, 1, 10).notes.len(), 0);
    assert_eq!(cache.status().entries, u64::from(status.writable));
}
