//! Machine code as NVIDIA's disassembler prints it, and how often an instruction is in it.
//!
//! `nvdisasm -c` prints one section a kernel; its helper functions (a 64-bit division, say) are inside:
//!
//! ```text
//! .text.scan:
//!         /*0070*/                   LDG.E.128 R8, desc[UR6][R2.64] ;
//!         /*00c0*/              @!P0 BRA `(.L_x_2) ;
//! ```

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Instructions of every entry of one CUBIN, in program order: `LDG.E.128`.
pub type Code = BTreeMap<String, Vec<String>>;

/// Why machine code cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be started, or the file for it not be written.
    #[error("cannot run {program}: {error}; scripts/bootstrap nvdisasm installs it")]
    Start {
        /// The disassembler.
        program: PathBuf,
        /// What the operating system said.
        error: std::io::Error,
    },
    /// It ended with an error.
    #[error("{program} fails: {text}")]
    Fails {
        /// The disassembler.
        program: PathBuf,
        /// Its last words.
        text: String,
    },
}

/// The first architecture that the disassembler of CUDA 13 reads.
pub const FIRST: u32 = 75;

/// Disassembles a CUBIN with the program `nvdisasm`.
///
/// # Errors
/// The program cannot be run, or refuses the CUBIN.
pub fn disassemble(nvdisasm: &Path, cubin: &[u8]) -> Result<Code, Error> {
    let start = |error| Error::Start { program: nvdisasm.to_owned(), error };
    let mut file = tempfile::Builder::new().suffix(".cubin").tempfile().map_err(start)?;
    file.write_all(cubin).and_then(|()| file.flush()).map_err(start)?;
    let output = Command::new(nvdisasm).arg("-c").arg(file.path()).output().map_err(start)?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(Error::Fails { program: nvdisasm.to_owned(), text });
    }
    Ok(read(&String::from_utf8_lossy(&output.stdout)))
}

/// Takes the disassembler's text apart.
pub fn read(text: &str) -> Code {
    let mut code = Code::new();
    let mut entry = None;
    for line in text.lines() {
        if let Some(name) = line.strip_prefix(".text.").and_then(|rest| rest.strip_suffix(':')) {
            entry = Some(code.entry(name.to_owned()).or_default());
        } else if let (Some(entry), Some(instruction)) = (entry.as_mut(), instruction(line)) {
            entry.push(instruction.to_owned());
        }
    }
    code
}

/// The mnemonic of a line, behind its address and predicate.
fn instruction(line: &str) -> Option<&str> {
    let (address, rest) = line.trim_start().strip_prefix("/*")?.split_once("*/")?;
    if !address.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut words = rest.split_whitespace().skip_while(|word| word.starts_with('@') || *word == "{");
    let word = words.next()?.trim_end_matches(';');
    word.starts_with(|c: char| c.is_ascii_uppercase()).then_some(word)
}

/// How many instructions of `code` are a `pattern`: the same first part, and its other parts in their order with any
/// others between. `LDG.128` counts `LDG.E.128.CONSTANT`, but not `LDG.E.64`, nor `LDGSTS.E.128`.
pub fn count(code: &[String], pattern: &str) -> usize {
    code.iter().filter(|instruction| matches(instruction, pattern)).count()
}

fn matches(instruction: &str, pattern: &str) -> bool {
    let mut parts = instruction.split('.');
    let mut wanted = pattern.split('.');
    wanted.next() == parts.next() && wanted.all(|part| parts.any(|other| other == part))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
\t.headerflags\t@\"EF_CUDA_TEXMODE_UNIFIED EF_CUDA_64BIT_ADDRESS EF_CUDA_SM90\"
//--------------------- .text.scan                 --------------------------
\t.section\t.text.scan,\"ax\",@progbits
        .global         scan
scan:
.text.scan:
        /*0000*/                   LDC R1, c[0x0][0x28] ;
        /*0070*/                   LDG.E.128.CONSTANT R8, desc[UR6][R2.64] ;
        /*00b0*/               @P0 POPC R8, R8 ;
        /*00c0*/              @!P0 BRA `(.L_x_2) ;
.L_x_2:
$__internal_0_$__cuda_sm20_div_u64:
        /*00d0*/                   POPC R9, R9 ;
        /*0170*/                   NOP;
.text.other:
        /*0000*/                   LDG.E.64 R6, desc[UR4][R6.64] ;
";

    #[test]
    fn mnemonics_by_entry() {
        let code = read(TEXT);
        assert_eq!(code["scan"], ["LDC", "LDG.E.128.CONSTANT", "POPC", "BRA", "POPC", "NOP"]);
        assert_eq!(code["other"], ["LDG.E.64"]);
        assert_eq!(code.len(), 2);
    }

    #[test]
    fn parts_of_a_mnemonic_match_in_order() {
        assert!(matches("LDG.E.128.CONSTANT", "LDG.128"));
        assert!(matches("LDG.E.128", "LDG"));
        assert!(matches("BMMA.168256.AND.POPC", "BMMA.168256.AND.POPC"));
        for other in ["LDG.E.64", "LDGSTS.E.128", "LDG.E.1280", "STG.E.128"] {
            assert!(!matches(other, "LDG.128"), "{other}");
        }
        assert!(!matches("BMMA.168256.XOR.POPC", "BMMA.AND.POPC"));
    }
}
