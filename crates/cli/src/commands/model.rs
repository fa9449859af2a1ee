//! `soyaku model`.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use soyaku_property::{Imported, Model, columns, import, import_files};

use crate::args::Model as Command;
use crate::exit::Unwritten;
use crate::format::{count, shorten, table};
use crate::log::Log;

pub fn run(command: Command, log: &Log) -> anyhow::Result<()> {
    match command {
        Command::Import { paths, output } => import_models(&paths, &output, log),
        Command::Info { model, json } => info(&model, json),
    }
}

fn import_models(paths: &[PathBuf], output: &Path, log: &Log) -> anyhow::Result<()> {
    let imported: Vec<Imported> = match paths {
        [path] => import(path)?,
        _ => vec![import_files(paths)?],
    };
    for Imported { suffix, model } in imported {
        let path = model_path(output, &suffix);
        model.save(&path).map_err(Unwritten)?;
        let text = format!(
            "{}: {} networks, {} tasks, {} parameters",
            path.display(),
            model.members.len(),
            model.tasks.len(),
            count(parameters(&model)),
        );
        log.event(
            &text,
            serde_json::json!({ "event": "imported", "path": path, "tasks": model.tasks.len() }),
        );
    }
    Ok(())
}

/// `NAME.safetensors`, or `NAME-suffix.safetensors` for each of several.
fn model_path(output: &Path, suffix: &str) -> PathBuf {
    const ENDING: &str = ".safetensors";
    let name = output.to_string_lossy();
    let stem = name.strip_suffix(ENDING).unwrap_or(&name);
    let dash = if suffix.is_empty() { "" } else { "-" };
    PathBuf::from(format!("{stem}{dash}{suffix}{ENDING}"))
}

fn parameters(model: &Model) -> u64 {
    let size = |values: usize| values as u64;
    model
        .members
        .iter()
        .map(|member| {
            let optional = |bias: &Option<Vec<f32>>| bias.as_ref().map_or(0, Vec::len);
            let layers: usize =
                member.feed_forward.iter().map(|layer| layer.weight.data.len() + layer.bias.len()).sum();
            size(
                member.w_i.data.len()
                    + member.w_h.data.len()
                    + member.w_o.data.len()
                    + member.b_o.len()
                    + optional(&member.b_i)
                    + optional(&member.b_h)
                    + layers,
            )
        })
        .sum()
}

fn info(path: &Path, json: bool) -> anyhow::Result<()> {
    let model = Model::load(path)?;
    let mut out = std::io::stdout().lock();
    if json {
        let value = serde_json::json!({
            "path": path, "networks": model.members.len(), "parameters": parameters(&model),
            "architecture": model.architecture, "tasks": model.tasks, "columns": columns(&model),
            "provenance": model.provenance, "card": model.card,
        });
        writeln!(out, "{value:#}")?;
        return Ok(());
    }
    let architecture = &model.architecture;
    let passing = &architecture.message_passing;
    writeln!(out, "{}", path.display())?;
    writeln!(out, "networks      {} ({} parameters)", model.members.len(), count(parameters(&model)))?;
    writeln!(
        out,
        "architecture  D-MPNN, features {:?}, hidden {}, depth {}, feed-forward {:?}, {:?}",
        architecture.featurizer,
        passing.hidden,
        passing.depth,
        architecture.feed_forward.hidden,
        architecture.head
    )?;
    for source in &model.provenance.sources {
        writeln!(out, "source        {} (sha256 {})", source.name, source.sha256)?;
    }
    let mut table = table(["column", "kind", "units", "description"].map(str::to_owned));
    for column in columns(&model) {
        let task = model.tasks.iter().find(|task| column.name.starts_with(&task.name));
        let description = task.and_then(|task| task.description.as_deref()).unwrap_or("");
        table.add_row([
            column.name.as_str(),
            column.kind,
            column.units.as_deref().unwrap_or(""),
            &shorten(description, 60),
        ]);
    }
    writeln!(out, "{table}").context("cannot write to standard output")
}
