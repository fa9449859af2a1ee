//! Finding and reading the files to import.

use std::cmp::Ordering;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::model::MAX_MEMBERS;

/// Largest file that is read. A network of the default size has 1.3 MB.
const MAX_FILE: u64 = 2 << 30;
/// Deepest folder that is searched, counted from the one given.
const MAX_DEPTH: usize = 8;

pub(super) fn is_folder(path: &Path) -> Result<bool, Error> {
    fs::metadata(path).map(|metadata| metadata.is_dir()).map_err(|error| Error::io(path, error))
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let file = fs::File::open(path).map_err(|error| Error::io(path, error))?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|error| Error::io(path, error))?;
    if bytes.len() as u64 > MAX_FILE {
        let reason = format!("larger than {MAX_FILE} bytes: not a property model");
        return Err(Error::malformed(&path.display().to_string(), reason));
    }
    Ok(bytes)
}

/// Name of a file for the provenance: relative to `folder`, with slashes, or without any folder.
pub(super) fn name(path: &Path, folder: Option<&Path>) -> String {
    let relative = folder.and_then(|folder| path.strip_prefix(folder).ok());
    let relative = relative.or_else(|| path.file_name().map(Path::new)).unwrap_or(path);
    relative.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// Files of the ensemble in a folder, in natural order (`model_2` before `model_10`).
pub(super) fn members(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    search(folder, MAX_DEPTH, "pt", &mut found)?;
    if found.is_empty() {
        search(folder, 0, "ckpt", &mut found)?;
    }
    if found.is_empty() {
        let reason = "no Chemprop model in this folder (no `.pt` file below it, no `.ckpt` file in it)";
        return Err(Error::NotFound { file: folder.display().to_string(), reason: reason.into() });
    }
    found.sort_by(|a, b| natural(&a.to_string_lossy(), &b.to_string_lossy()));
    Ok(found)
}

fn search(folder: &Path, depth: usize, extension: &str, found: &mut Vec<PathBuf>) -> Result<(), Error> {
    for entry in fs::read_dir(folder).map_err(|error| Error::io(folder, error))? {
        let path = entry.map_err(|error| Error::io(folder, error))?.path();
        let metadata = fs::symlink_metadata(&path).map_err(|error| Error::io(&path, error))?;
        if metadata.is_dir() {
            if depth > 0 {
                search(&path, depth - 1, extension, found)?;
            }
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
        if found.len() > MAX_MEMBERS {
            let what = format!("a folder of more than {MAX_MEMBERS} networks");
            return Err(Error::unsupported(&folder.display().to_string(), what, "a smaller ensemble"));
        }
    }
    Ok(())
}

/// Order in which runs of digits compare as numbers.
pub(super) fn natural(a: &str, b: &str) -> Ordering {
    let (mut a_rest, mut b_rest) = (a, b);
    loop {
        let (a_run, b_run) = (digits(a_rest), digits(b_rest));
        if !a_run.is_empty() && !b_run.is_empty() {
            let (x, y) = (a_run.trim_start_matches('0'), b_run.trim_start_matches('0'));
            let order = x.len().cmp(&y.len()).then(x.cmp(y));
            if order.is_ne() {
                return order;
            }
            (a_rest, b_rest) = (&a_rest[a_run.len()..], &b_rest[b_run.len()..]);
            continue;
        }
        let (mut a_chars, mut b_chars) = (a_rest.chars(), b_rest.chars());
        match (a_chars.next(), b_chars.next()) {
            (Some(x), Some(y)) if x == y => (a_rest, b_rest) = (a_chars.as_str(), b_chars.as_str()),
            (None, None) => return a.cmp(b),
            (x, y) => return x.cmp(&y),
        }
    }
}

fn digits(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_compare_as_numbers() {
        let mut names =
            ["model_10/best.pt", "model_2/best.pt", "model_02/best.pt", "a", "model_1/best.pt", ""];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(
            names,
            ["", "a", "model_1/best.pt", "model_02/best.pt", "model_2/best.pt", "model_10/best.pt"]
        );
    }

    #[test]
    fn names_are_relative_and_portable() {
        let path = Path::new("/tmp/run/model_0/best.pt");
        assert_eq!(name(path, Some(Path::new("/tmp/run"))), "model_0/best.pt");
        assert_eq!(name(path, None), "best.pt");
    }
}
