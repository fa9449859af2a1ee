//! One file per command: resolve the arguments, run, report.

mod doctor;
mod export;
mod hit_table;
mod library;
mod model;
mod screen;

use soyaku_device::Device;
use soyaku_store::{InputOptions, Keep};

use crate::args::{Args, Command, Global, InputArgs};
use crate::log::Log;

/// Runs the command that was typed.
pub fn run(args: Args, log: &Log) -> anyhow::Result<()> {
    match args.command {
        Command::Library(command) => library::run(command, &args.global, log),
        Command::Model(command) => model::run(command, log),
        Command::Screen(command) => screen::run(*command, &args.global, log),
        Command::Doctor(command) => doctor::run(&command, &args.global),
    }
}

fn device(global: &Global) -> Result<Device, soyaku_device::Error> {
    Device::open(global.device.clone(), global.threads.map(usize::from))
}

impl From<InputArgs> for InputOptions {
    fn from(args: InputArgs) -> Self {
        Self {
            format: args.input_format,
            smiles_column: args.smiles_column,
            name_column: args.name_column,
            keep: Keep::Nothing,
        }
    }
}
