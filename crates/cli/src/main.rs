//! The `soyaku` command: arguments to resolved configuration, run, report.

mod args;
mod commands;
mod doctor;
mod exit;
mod format;
mod log;
mod progress;
mod signals;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let args = args::Args::parse();
    let log = log::Log::new(args.global.quiet, args.global.log_format);
    match catch_unwind(AssertUnwindSafe(|| commands::run(args, &log))) {
        // What happened has been printed where it happened.
        Err(_) => ExitCode::from(exit::INTERNAL),
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => {
            let code = exit::code_of(&error);
            // A reader that has seen enough (`soyaku ... | head`) is not a failure.
            if code == exit::OK {
                return ExitCode::SUCCESS;
            }
            log.error(&error);
            ExitCode::from(code)
        }
    }
}
