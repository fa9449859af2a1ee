//! Whether a file is a library for this machine, by its first bytes.
//!
//! The system's loader answers a library of another machine with "no such file or directory".

use std::fs::File;
use std::io::Read;
use std::path::Path;

const MACHINES: [(u16, &str); 7] = [
    (3, "x86"),
    (8, "mips"),
    (21, "powerpc64"),
    (40, "arm"),
    (62, "x86_64"),
    (183, "aarch64"),
    (243, "riscv64"),
];

/// Why the file cannot be loaded.
///
/// # Errors
/// The reason, in words.
pub(super) fn check(path: &Path) -> Result<(), String> {
    let metadata = path.metadata().map_err(|error| error.to_string())?;
    if !metadata.is_file() {
        return Err("not a file".to_owned());
    }
    let mut head = Vec::new();
    File::open(path)
        .and_then(|file| file.take(20).read_to_end(&mut head))
        .map_err(|error| error.to_string())?;
    inspect(&head)
}

fn inspect(head: &[u8]) -> Result<(), String> {
    if head.is_empty() {
        return Err("the file is empty".to_owned());
    }
    let Some(head) = head.first_chunk::<20>().filter(|head| head.starts_with(b"\x7fELF")) else {
        return Err("not a shared library".to_owned());
    };
    let own = MACHINES.iter().find(|(_, name)| *name == std::env::consts::ARCH);
    // 1: the least significant byte first
    if head[5] != 1 {
        return Err(format!("built for another kind of machine than {}", std::env::consts::ARCH));
    }
    let number = u16::from_le_bytes([head[18], head[19]]);
    if own.is_some_and(|&(own, _)| own != number) {
        let name = MACHINES
            .iter()
            .find(|&&(known, _)| known == number)
            .map_or_else(|| format!("machine number {number}"), |&(_, name)| name.to_owned());
        return Err(format!("built for {name}, and this program for {}", std::env::consts::ARCH));
    }
    if u16::from_le_bytes([head[16], head[17]]) != 3 {
        return Err("not a shared library, but another kind of object file".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(kind: u16, machine: u16) -> Vec<u8> {
        let mut head = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
        head.extend(kind.to_le_bytes());
        head.extend(machine.to_le_bytes());
        head
    }

    #[test]
    fn this_program_is_for_this_machine() {
        let own = std::env::current_exe().unwrap();
        check(&own).unwrap();
    }

    #[test]
    fn others_are_named() {
        let own = MACHINES.iter().find(|(_, name)| *name == std::env::consts::ARCH).unwrap().0;
        assert_eq!(inspect(&head(3, own)), Ok(()));
        let other = if own == 183 { 62 } else { 183 };
        let message = inspect(&head(3, other)).unwrap_err();
        assert!(message.starts_with("built for ") && message.contains(std::env::consts::ARCH), "{message}");
        assert!(inspect(&head(3, 999)).unwrap_err().contains("machine number 999"));
        assert!(inspect(&head(1, own)).unwrap_err().contains("another kind of object file"));
        assert_eq!(inspect(b"").unwrap_err(), "the file is empty");
        assert_eq!(
            inspect(b"/* GNU ld script */ INPUT(libnvrtc.so.12)").unwrap_err(),
            "not a shared library"
        );
        assert_eq!(inspect(b"\x7fELF\x02\x01").unwrap_err(), "not a shared library");
        let mut big_endian = head(3, own);
        big_endian[5] = 2;
        assert!(inspect(&big_endian).unwrap_err().contains("another kind of machine"));
        assert_eq!(check(&std::env::temp_dir()).unwrap_err(), "not a file");
    }
}
