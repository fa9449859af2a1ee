//! How an input is to be read.

use std::path::Path;

use crate::Error;

/// Text formats of compound files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One compound a line: SMILES, white space, name.
    Smiles,
    /// Comma-separated, quoted as in RFC 4180, with a header.
    Csv,
    /// Tab-separated, with a header.
    Tsv,
}

impl Format {
    /// What file names mean, after an optional `.gz`, `.zst` or `.zstd`; `None` for any other ending.
    pub fn from_path(path: &Path) -> Option<Format> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        let stem = [".gz", ".zst", ".zstd"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
        match stem.rsplit_once('.')?.1 {
            "smi" | "smiles" | "ism" | "txt" => Some(Format::Smiles),
            "csv" => Some(Format::Csv),
            "tsv" | "tab" => Some(Format::Tsv),
            _ => None,
        }
    }
}

impl std::str::FromStr for Format {
    type Err = Error;

    /// Accepts `smi`, `smiles`, `csv`, `tsv`.
    fn from_str(text: &str) -> Result<Self, Error> {
        match text.to_ascii_lowercase().as_str() {
            "smi" | "smiles" => Ok(Format::Smiles),
            "csv" => Ok(Format::Csv),
            "tsv" => Ok(Format::Tsv),
            _ => Err(Error::Misuse(format!("unknown input format `{text}`: accepted are smi, csv, tsv"))),
        }
    }
}

/// Choices of the user about an input; the default finds everything out from the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InputOptions {
    /// Format, when the file name does not tell.
    pub format: Option<Format>,
    /// Column with the SMILES of a table. Default: the column called `smiles`, in any case.
    pub smiles_column: Option<String>,
    /// Column with the names of a table. Default: the column called `name`, else `id`, in any case, else none.
    pub name_column: Option<String>,
}
