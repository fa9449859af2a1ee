//! What `--ptxas-options=-v` makes the compiler say about each entry point.
//!
//! The same text since CUDA 5, here from NVRTC 12.9:
//!
//! ```text
//! ptxas info    : Compiling entry function 'scan' for 'sm_90'
//! ptxas info    : Function properties for scan
//! ptxas         .     32 bytes stack frame, 8 bytes spill stores, 8 bytes spill loads
//! ptxas info    : Used 30 registers, used 1 barriers, 32 bytes cumulative stack size, 256 bytes smem, 372 bytes cmem[0]
//! ```

use std::collections::BTreeMap;

/// What the log says of one entry point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Noted {
    /// Registers of a thread.
    pub registers: u32,
    /// Bytes of static shared memory.
    pub shared: u32,
    /// Hardware barriers.
    pub barriers: u32,
    /// Bytes of stack, with that of called functions.
    pub stack: u32,
    /// Bytes of spill stores, with those of functions that are compiled with this entry.
    pub spill_stores: u32,
    /// Bytes of spill loads, likewise.
    pub spill_loads: u32,
}

/// A log, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// By name of the entry point.
    pub entries: BTreeMap<String, Noted>,
    /// Lines that warn.
    pub warnings: Vec<String>,
}

/// Takes a log apart; lines that say something else are passed over.
pub fn read(text: &str) -> Log {
    let mut log = Log::default();
    let mut current: Option<String> = None;
    for line in text.lines() {
        if is_warning(line) {
            log.warnings.push(line.trim().to_owned());
            continue;
        }
        if !line.starts_with("ptxas") {
            continue;
        }
        if let Some(rest) = line.split_once("Compiling entry function '").map(|(_, rest)| rest) {
            let name = rest.split('\'').next().unwrap_or_default().to_owned();
            log.entries.insert(name.clone(), Noted::default());
            current = Some(name);
            continue;
        }
        let Some(noted) = current.as_ref().and_then(|name| log.entries.get_mut(name)) else { continue };
        for part in line.split([',', ':']) {
            let part = part.trim_start_matches("ptxas").trim_start_matches([' ', '.']);
            count(part, noted);
        }
    }
    log
}

fn count(part: &str, noted: &mut Noted) {
    let mut words = part.split_whitespace().skip_while(|word| word.eq_ignore_ascii_case("used"));
    let Some(number) = words.next().and_then(|word| word.parse::<u32>().ok()) else { return };
    let unit: Vec<_> = words.collect();
    match unit[..] {
        ["registers"] => noted.registers = number,
        ["barriers"] => noted.barriers = number,
        ["bytes", "smem"] => noted.shared = number,
        ["bytes", "stack", "frame"] | ["bytes", "cumulative", "stack", "size"] => {
            noted.stack = noted.stack.max(number);
        }
        ["bytes", "spill", "stores"] => noted.spill_stores += number,
        ["bytes", "spill", "loads"] => noted.spill_loads += number,
        _ => {}
    }
}

/// The only warning that says nothing about our code is that a compiler will drop an old architecture one day.
fn is_warning(line: &str) -> bool {
    let tool =
        ["ptxas warning", "nvrtc: warning", "nvlink warning"].iter().any(|tool| line.starts_with(tool));
    (tool || line.contains("): warning "))
        && !line.contains("are deprecated and may be removed in a future release")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "\
nvrtc: warning: Architectures prior to '<compute/sm>_75' are deprecated and may be removed in a future release
a.cu(12): warning #177-D: variable \"unused\" was declared but never referenced
    int unused; uint4 x=a[threadIdx.x];
        ^

ptxas info    : 0 bytes gmem
ptxas info    : Compiling entry function 'spilling' for 'sm_70'
ptxas info    : Function properties for spilling
ptxas         .     952 bytes stack frame, 1104 bytes spill stores, 1176 bytes spill loads
ptxas info    : Used 64 registers, used 1 barriers, 960 bytes cumulative stack size, 372 bytes cmem[0]
ptxas info    : Compile time = 66.790 ms
ptxas info    : Function properties for _Z5twistPfi
ptxas         .     0 bytes stack frame, 4 bytes spill stores, 8 bytes spill loads
ptxas info    : Compiling entry function 'clean' for 'sm_70'
ptxas info    : Function properties for clean
ptxas         .     0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
ptxas info    : Used 11 registers, used 2 barriers, 256 bytes smem, 376 bytes cmem[0]
";

    #[test]
    fn numbers_of_each_entry() {
        let log = read(LOG);
        let expected = Noted {
            registers: 64,
            shared: 0,
            barriers: 1,
            stack: 960,
            spill_stores: 1108,
            spill_loads: 1184,
        };
        assert_eq!(log.entries["spilling"], expected);
        let expected = Noted { registers: 11, shared: 256, barriers: 2, ..Noted::default() };
        assert_eq!(log.entries["clean"], expected);
        assert_eq!(log.entries.len(), 2);
    }

    #[test]
    fn warnings_about_the_code_and_no_others() {
        let log = read(LOG);
        assert_eq!(log.warnings.len(), 1, "{:?}", log.warnings);
        assert!(log.warnings[0].starts_with("a.cu(12): warning #177-D"));
    }

    #[test]
    fn other_text_is_no_log() {
        assert_eq!(read("").entries.len(), 0);
        assert_eq!(read("ptxas info : Used 9 registers\nptxas\n,,,").entries.len(), 0);
    }
}
