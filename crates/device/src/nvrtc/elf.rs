//! Whether a file is a whole library for this machine, by the headers that the loader goes by.
//!
//! The loader itself answers a library of another machine with "no such file or directory", and ends the process
//! with a bus error where the file is shorter than its headers say.

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

/// Bytes of the file's header, and of one program header (64-bit).
const FILE_HEADER: usize = 64;
const PROGRAM_HEADER: usize = 56;
/// The program headers follow the file's header in every library that a linker writes; there are about ten.
const HEADERS: u64 = 64 << 10;

/// Why the file cannot be loaded.
///
/// # Errors
/// The reason, in words.
pub(super) fn check(path: &Path) -> Result<(), String> {
    let text = |error: std::io::Error| error.to_string();
    let metadata = path.metadata().map_err(text)?;
    if !metadata.is_file() {
        return Err("not a file".to_owned());
    }
    let mut head = Vec::new();
    File::open(path).and_then(|file| file.take(HEADERS).read_to_end(&mut head)).map_err(text)?;
    inspect(&head, metadata.len())
}

fn inspect(head: &[u8], length: u64) -> Result<(), String> {
    if head.is_empty() {
        return Err("the file is empty".to_owned());
    }
    if !head.starts_with(b"\x7fELF") {
        return Err("not a shared library".to_owned());
    }
    let Some(header) = head.get(..FILE_HEADER) else {
        return Err(format!("cut off: it has {length} bytes"));
    };
    let own = MACHINES.iter().find(|(_, name)| *name == std::env::consts::ARCH);
    // 64 bits, the least significant byte first
    if header[4..6] != [2, 1] {
        return Err(format!("built for another kind of machine than {}", std::env::consts::ARCH));
    }
    let number = short(header, 18);
    if own.is_some_and(|&(own, _)| own != number) {
        let name = MACHINES
            .iter()
            .find(|&&(known, _)| known == number)
            .map_or_else(|| format!("machine number {number}"), |&(_, name)| name.to_owned());
        return Err(format!("built for {name}, and this program for {}", std::env::consts::ARCH));
    }
    if short(header, 16) != 3 {
        return Err("not a shared library, but another kind of object file".to_owned());
    }
    let start = usize::try_from(long(header, 32)).unwrap_or(usize::MAX);
    let programs = head.get(start..).unwrap_or_default().chunks_exact(PROGRAM_HEADER);
    let needed = programs
        .take(usize::from(short(header, 56)))
        // parts of the file that are mapped
        .filter(|program| program[..4] == [1, 0, 0, 0])
        .map(|program| long(program, 8).saturating_add(long(program, 32)))
        .max();
    match needed {
        None => Err("not a shared library: it has nothing to load".to_owned()),
        Some(needed) if needed > length => {
            Err(format!("cut off: it has {length} bytes of at least {needed}"))
        }
        Some(_) => Ok(()),
    }
}

fn short(bytes: &[u8], position: usize) -> u16 {
    u16::from_le_bytes([bytes[position], bytes[position + 1]])
}

fn long(bytes: &[u8], position: usize) -> u64 {
    (0..8).rev().fold(0, |number, index| number << 8 | u64::from(bytes[position + index]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A library of 1000 bytes.
    fn library(kind: u16, machine: u16) -> Vec<u8> {
        let mut bytes = vec![0; 1000];
        bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
        bytes[16..18].copy_from_slice(&kind.to_le_bytes());
        bytes[18..20].copy_from_slice(&machine.to_le_bytes());
        bytes[32] = 64;
        bytes[56] = 2;
        // the second program header: 100 bytes from 900 on
        bytes[120] = 1;
        bytes[128..130].copy_from_slice(&900_u16.to_le_bytes());
        bytes[152] = 100;
        bytes
    }

    fn own() -> u16 {
        MACHINES.iter().find(|(_, name)| *name == std::env::consts::ARCH).unwrap().0
    }

    #[test]
    fn this_program_is_for_this_machine() {
        check(&std::env::current_exe().unwrap()).unwrap();
        assert_eq!(check(&std::env::temp_dir()).unwrap_err(), "not a file");
    }

    #[test]
    fn others_are_named() {
        let of = |bytes: &[u8]| inspect(bytes, bytes.len() as u64);
        assert_eq!(of(&library(3, own())), Ok(()));
        let other = if own() == 183 { 62 } else { 183 };
        let message = of(&library(3, other)).unwrap_err();
        assert!(message.starts_with("built for ") && message.contains(std::env::consts::ARCH), "{message}");
        assert!(of(&library(3, 999)).unwrap_err().contains("machine number 999"));
        assert!(of(&library(1, own())).unwrap_err().contains("another kind of object file"));
        assert_eq!(of(b"").unwrap_err(), "the file is empty");
        assert_eq!(of(b"/* GNU ld script */ INPUT(libnvrtc.so.12)").unwrap_err(), "not a shared library");
        for place in [4, 5] {
            let mut changed = library(3, own());
            changed[place] ^= 3;
            assert!(of(&changed).unwrap_err().contains("another kind of machine"));
        }
    }

    #[test]
    fn a_part_of_a_library_is_refused() {
        let whole = library(3, own());
        for length in 0..whole.len() {
            let message = inspect(&whole[..length], length as u64).unwrap_err();
            let expected = match length {
                0 => "the file is empty",
                1..4 => "not a shared library",
                4..64 => "cut off: it has ",
                // the second program header is not whole
                64..176 => "it has nothing to load",
                _ => "bytes of at least 1000",
            };
            assert!(message.contains(expected), "{length}: {message}");
        }
        let mut beyond = whole.clone();
        beyond[32..40].fill(0xff);
        assert!(inspect(&beyond, 1000).unwrap_err().contains("nothing to load"));
        let mut endless = whole;
        endless[152..160].fill(0xff);
        assert!(inspect(&endless, 1000).unwrap_err().contains("cut off"));
    }
}
