//! CUDA C++ to a CUBIN.

use std::ffi::{CString, c_char, c_int};
use std::ptr;

use super::builtins::file_name;
use super::error::Error;
use super::functions::{BUILTIN_OPERATION_FAILURE, COMPILATION, INVALID_OPTION, Program, SUCCESS, Status};
use super::library::Library;
use crate::{Source, Unit};

/// What every source of this project is written in, unless its options say otherwise.
const STANDARD: &str = "--std=c++17";
const COMPILE: &str = "nvrtcCompileProgram";
/// Bytes of stack for the compiler.
const STACK: usize = 64 << 20;

/// Machine code for one architecture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiled {
    /// What the driver loads.
    pub cubin: Vec<u8>,
    /// Warnings; with the option `--ptxas-options=-v` also registers, spills and stack of each entry point.
    pub log: String,
}

/// A program inside NVRTC, destroyed with this value.
struct Guard<'a> {
    library: &'a Library,
    program: Program,
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        // SAFETY: made by nvrtcCreateProgram and not yet destroyed.
        unsafe { (self.library.functions.destroy)(&raw mut self.program) };
    }
}

impl Library {
    /// Compiles `source` for `architecture` (`sm_90`, `sm_90a`), with `options` after the source's own.
    ///
    /// # Errors
    /// [`Error::Architecture`] with what can be compiled for, [`Error::Compilation`] with the compiler's messages,
    /// [`Error::Builtins`] where the installation is incomplete.
    pub fn compile(&self, source: &Source, architecture: &str, options: &[&str]) -> Result<Compiled, Error> {
        self.compile_unit(&source.whole(), architecture, options)
    }

    /// As [`Self::compile`], for a part of a source.
    ///
    /// # Errors
    /// As [`Self::compile`].
    pub fn compile_unit(
        &self,
        unit: &Unit<'_>,
        architecture: &str,
        options: &[&str],
    ) -> Result<Compiled, Error> {
        self.check_architecture(architecture)?;
        deep(&|| self.compile_here(unit, architecture, options))
    }

    fn compile_here(&self, unit: &Unit<'_>, architecture: &str, options: &[&str]) -> Result<Compiled, Error> {
        let source = unit.source;
        let guard = self.create(unit)?;

        let arguments = arguments(source, architecture, options);
        let arguments = strings(arguments.iter().map(|option| ("a compiler option", option.as_str())))?;
        let pointers = pointers(&arguments);
        // SAFETY: the program is alive, and there are as many texts that end with zero as announced.
        let status =
            unsafe { (self.functions.compile)(guard.program, count(pointers.len()), pointers.as_ptr()) };
        let log = self.log(&guard)?;
        if status != SUCCESS {
            return Err(self.refusal(status, source, architecture, log));
        }
        let cubin = self.bytes(
            "nvrtcGetCUBIN",
            // SAFETY: the program is alive; writes one number.
            |size| unsafe { (self.functions.cubin_size)(guard.program, size) },
            // SAFETY: the program is alive; writes as many bytes as were announced, which is the buffer's length.
            |bytes| unsafe { (self.functions.cubin)(guard.program, bytes) },
        )?;
        if cubin.is_empty() {
            return Err(Error::Compilation {
                source_name: source.name,
                architecture: architecture.to_owned(),
                version: self.version,
                log: format!("no machine code came out\n{log}").trim_end().to_owned(),
            });
        }
        Ok(Compiled { cubin, log })
    }

    fn check_architecture(&self, architecture: &str) -> Result<(), Error> {
        let number = architecture
            .strip_prefix("sm_")
            .map(|number| number.strip_suffix(['a', 'f']).unwrap_or(number))
            .and_then(|number| number.parse::<u32>().ok());
        if number.is_some_and(|number| self.architectures.contains(&number)) {
            return Ok(());
        }
        Err(Error::Architecture {
            architecture: architecture.to_owned(),
            path: self.path.clone(),
            version: self.version,
            supported: self.architectures.clone(),
        })
    }

    fn create(&self, unit: &Unit<'_>) -> Result<Guard<'_>, Error> {
        let source = unit.source;
        let text = string(source.name, &unit.text)?;
        let name = string("the name of a source", source.name)?;
        let names = strings(source.headers.iter().map(|header| ("the name of a header", header.name)))?;
        let texts = strings(source.headers.iter().map(|header| (header.name, header.text)))?;
        let mut program: Program = ptr::null_mut();
        // SAFETY: all texts end with zero and outlive the call, which copies them; both lists have the length that
        // is announced.
        let status = unsafe {
            (self.functions.create)(
                &raw mut program,
                text.as_ptr(),
                name.as_ptr(),
                count(source.headers.len()),
                pointers(&texts).as_ptr(),
                pointers(&names).as_ptr(),
            )
        };
        self.check("nvrtcCreateProgram", status)?;
        Ok(Guard { library: self, program })
    }

    fn log(&self, guard: &Guard<'_>) -> Result<String, Error> {
        let bytes = self.bytes(
            "nvrtcGetProgramLog",
            // SAFETY: the program is alive; writes one number.
            |size| unsafe { (self.functions.log_size)(guard.program, size) },
            // SAFETY: the program is alive; writes as many bytes as were announced, which is the buffer's length.
            |bytes| unsafe { (self.functions.log)(guard.program, bytes) },
        )?;
        Ok(String::from_utf8_lossy(&bytes).trim_end_matches(['\0', '\n', ' ']).to_owned())
    }

    /// What NVRTC hands out in two calls: the size, then that many bytes.
    fn bytes(
        &self,
        function: &'static str,
        size: impl FnOnce(*mut usize) -> Status,
        fill: impl FnOnce(*mut c_char) -> Status,
    ) -> Result<Vec<u8>, Error> {
        let mut length = 0;
        self.check(function, size(&raw mut length))?;
        let mut bytes = Vec::new();
        if bytes.try_reserve_exact(length).is_err() {
            return Err(
                self.fault(function, format!("it announces {length} bytes, more than there is memory"))
            );
        }
        bytes.resize(length, 0);
        if length > 0 {
            self.check(function, fill(bytes.as_mut_ptr().cast()))?;
        }
        Ok(bytes)
    }

    fn refusal(&self, status: Status, source: &Source, architecture: &str, log: String) -> Error {
        match status {
            COMPILATION | INVALID_OPTION => Error::Compilation {
                source_name: source.name,
                architecture: architecture.to_owned(),
                version: self.version,
                log,
            },
            BUILTIN_OPERATION_FAILURE => {
                let missing =
                    format!("{} is neither there nor known to the system's loader", file_name(self.version));
                let reason = if log.is_empty() { missing } else { format!("{missing}: {log}") };
                Error::Builtins { path: self.path.clone(), reason }
            }
            _ if log.is_empty() => self.fault(COMPILE, self.describe(status)),
            _ => self.fault(COMPILE, format!("{}: {log}", self.describe(status))),
        }
    }
}

/// Runs `work` where it may go deep: the compiler recurses along expressions and templates, and a source of 2,000
/// nested parentheses overflows the 2 MiB that a thread has here.
fn deep<T: Send>(work: &(impl Fn() -> T + Sync)) -> T {
    std::thread::scope(|scope| {
        // Pages that are never touched cost nothing.
        let spawned =
            std::thread::Builder::new().name("nvrtc".to_owned()).stack_size(STACK).spawn_scoped(scope, work);
        match spawned {
            Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            // a low limit on threads or address space: mostly it fits here, too
            Err(_) => work(),
        }
    })
}

fn arguments(source: &Source, architecture: &str, options: &[&str]) -> Vec<String> {
    let own = source.options.iter().chain(options);
    let standard = own.clone().all(|option| !option.trim_start_matches('-').starts_with("std"));
    std::iter::once(format!("--gpu-architecture={architecture}"))
        .chain(standard.then(|| STANDARD.to_owned()))
        .chain(own.map(|&option| option.to_owned()))
        .collect()
}

fn count(length: usize) -> c_int {
    // a list of options or headers in the program's own text
    c_int::try_from(length).unwrap_or(c_int::MAX)
}

fn string(what: &str, text: &str) -> Result<CString, Error> {
    CString::new(text)
        .map_err(|error| Error::ZeroByte { what: what.to_owned(), position: error.nul_position() })
}

fn strings<'a>(texts: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Vec<CString>, Error> {
    texts.map(|(what, text)| string(what, text)).collect()
}

fn pointers(texts: &[CString]) -> Vec<*const c_char> {
    texts.iter().map(|text| text.as_ptr()).collect()
}
