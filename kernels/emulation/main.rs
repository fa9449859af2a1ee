//! Runs a command on this machine with an emulated GPU: `on-emulated-gpu plain soyaku doctor`.
//!
//! The mode is `plain`, `address` or `race` (README.md in this folder); variables such as `SOYAKU_EMULATED_DEVICES=2`
//! are passed on. For scripts, and for a look at what a program does where it finds a GPU.

use std::process::ExitCode;

use soyaku_emulation::{Emulation, Mode};

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let mode = arguments.first().and_then(|name| match name.to_str()? {
        "plain" => Some(Mode::Plain),
        "address" => Some(Mode::Address),
        "race" => Some(Mode::Race),
        _ => None,
    });
    let (Some(mode), [_, program, rest @ ..]) = (mode, &arguments[..]) else {
        eprintln!("usage: on-emulated-gpu plain|address|race COMMAND [ARGUMENT...]");
        return ExitCode::from(2);
    };
    let status = match Emulation::build() {
        Ok(emulation) => emulation.machine(mode).command(program).args(rest).status(),
        Err(error) => {
            eprintln!("on-emulated-gpu: {error}");
            return ExitCode::FAILURE;
        }
    };
    match status {
        Ok(status) => {
            status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from)
        }
        Err(error) => {
            eprintln!("on-emulated-gpu: {}: {error}", program.display());
            ExitCode::from(127)
        }
    }
}
