//! Models of other programs: Chemprop 2 files and the ADMET-AI wheel.
//!
//! Nothing in these files is executed, see [`pickle`].

mod admet;
mod archive;
mod chemprop;
mod ensemble;
mod files;
mod pickle;
mod torch;

use std::path::{Path, PathBuf};

pub use pickle::PickleError;

use self::ensemble::Ensemble;
use crate::error::Error;
use crate::model::Model;

/// A model made from files of another program.
#[derive(Clone, Debug)]
pub struct Imported {
    /// Tells several models of one source apart; empty if there is only one.
    pub suffix: String,
    /// The model.
    pub model: Model,
}

impl Imported {
    /// File name for a model called `name`: `NAME.safetensors` or `NAME-SUFFIX.safetensors`.
    pub fn file_name(&self, name: &str) -> String {
        let dash = if self.suffix.is_empty() { "" } else { "-" };
        format!("{name}{dash}{}.safetensors", self.suffix)
    }
}

/// Imports what is at `path`:
///
/// - a Chemprop 2 `.pt` or `.ckpt` file: one model of one network;
/// - a folder: one ensemble of all `.pt` files below it (as `chemprop predict` takes them) or, where there
///   is none, of the `.ckpt` files directly in it;
/// - the ADMET-AI wheel: its two ensembles, with suffixes `classification` and `regression`.
///
/// # Errors
/// If the path does not exist, a file is damaged or holds a model that is not supported, or the networks
/// of an ensemble disagree.
pub fn import(path: &Path) -> Result<Vec<Imported>, Error> {
    if files::is_folder(path)? {
        let members = files::members(path)?;
        return Ok(vec![single(&members, Some(path))?]);
    }
    let file = path.display().to_string();
    if path.extension().is_some_and(|extension| extension == "safetensors") {
        let accepted = "Chemprop 2 `.pt` or `.ckpt` files, folders of them, and the ADMET-AI wheel";
        return Err(Error::unsupported(&file, "importing a `.safetensors` file", accepted));
    }
    let bytes = files::read(path)?;
    if admet::is_wheel(&file, &bytes) {
        return admet::read(path, &bytes);
    }
    let mut ensemble = Ensemble::new();
    ensemble.add(&file, &files::name(path, None), &bytes)?;
    Ok(vec![Imported { suffix: String::new(), model: ensemble.finish(&file)? }])
}

/// Imports several Chemprop 2 files as one ensemble, in the order given.
///
/// # Errors
/// As [`import`]; also if there is no file.
pub fn import_files(paths: &[PathBuf]) -> Result<Imported, Error> {
    single(paths, None)
}

fn single(paths: &[PathBuf], folder: Option<&Path>) -> Result<Imported, Error> {
    let mut ensemble = Ensemble::new();
    for path in paths {
        ensemble.add(&path.display().to_string(), &files::name(path, folder), &files::read(path)?)?;
    }
    let what = folder.map_or("list of files".into(), |folder| folder.display().to_string());
    Ok(Imported { suffix: String::new(), model: ensemble.finish(&what)? })
}
