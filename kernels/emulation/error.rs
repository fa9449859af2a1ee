//! Why the libraries could not be made.

use std::path::PathBuf;

/// Why there is no emulated device.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or program.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or program.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The C++ compiler does not start.
    #[error("{}: {source}; install g++, or name a C++ compiler in CXX", compiler.display())]
    NoCompiler {
        /// The compiler.
        compiler: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The program that asks lies in no folder of Cargo's.
    #[error("{} lies in no target folder of Cargo's (none above it has a CACHEDIR.TAG or a folder deps)", program.display())]
    NoTarget {
        /// The program.
        program: PathBuf,
    },
    /// The C++ compiler refused the sources.
    #[error("{command}:\n{output}")]
    Compiler {
        /// What was run.
        command: String,
        /// What it said.
        output: String,
    },
    /// The compiler knows no AddressSanitizer library to preload.
    #[error(
        "{compiler} has no libasan.so: install GCC's sanitizer libraries (libasan), or set CXX to a g++ that has them"
    )]
    NoAddressSanitizer {
        /// The compiler.
        compiler: String,
    },
}
