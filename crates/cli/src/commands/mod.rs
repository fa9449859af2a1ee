//! One file per command: resolve the arguments, run, report.

mod cluster;
mod doctor;
mod export;
mod hit_table;
mod library;
mod memory;
mod model;
mod output;
mod pick;
mod screen;
mod similar;

use soyaku_device::{Device, DeviceOptions};
use soyaku_store::{InputOptions, Keep};

use crate::args::{Args, Command, Global, InputArgs};
use crate::log::Log;

/// Runs the command that was typed.
pub fn run(args: Args, log: &Log) -> anyhow::Result<()> {
    match args.command {
        Command::Library(command) => library::run(command, &args.global, log),
        Command::Model(command) => model::run(command, log),
        Command::Screen(command) => screen::run(*command, &args.global, log),
        Command::Similar(command) => similar::run(*command, &args.global, log),
        Command::Cluster(command) => cluster::run(*command, &args.global, log),
        Command::Pick(command) => pick::run(*command, &args.global, log),
        Command::Doctor(command) => doctor::run(&command, &args.global, log),
    }
}

fn device(global: &Global) -> Result<Device, soyaku_device::Error> {
    Device::open_with(&device_options(global))
}

fn device_options(global: &Global) -> DeviceOptions {
    DeviceOptions {
        request: global.device.clone(),
        threads: global.threads.map(usize::from),
        memory: global.device_memory,
    }
}

/// Says where kernels run when nobody said where: on a GPU, or why not.
fn announce(device: &Device, log: &Log) {
    for gpu in device.gpus() {
        log.event(
            &format!("computing on {gpu}"),
            serde_json::json!({ "event": "device", "device": gpu.to_string() }),
        );
    }
    if let Some(reason) = device.fallback() {
        let fields = serde_json::json!({ "event": "device", "device": "cpu", "reason": reason });
        log.event(&format!("computing on the CPU: {reason}"), fields);
    }
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
