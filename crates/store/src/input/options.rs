//! How an input is to be read.

use std::path::Path;

use crate::Error;

/// Formats of compound files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One compound a line: SMILES, white space, name.
    Smiles,
    /// Comma-separated, quoted as in RFC 4180, with a header.
    Csv,
    /// Tab-separated, with a header.
    Tsv,
    /// Mol blocks and data items, each record ended by `$$$$`; or a single mol block.
    Sdf,
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
            "sdf" | "sd" | "mol" => Some(Format::Sdf),
            _ => None,
        }
    }
}

impl std::str::FromStr for Format {
    type Err = Error;

    /// Accepts `smi`, `smiles`, `csv`, `tsv`, `sdf`.
    fn from_str(text: &str) -> Result<Self, Error> {
        match text.to_ascii_lowercase().as_str() {
            "smi" | "smiles" => Ok(Format::Smiles),
            "csv" => Ok(Format::Csv),
            "tsv" => Ok(Format::Tsv),
            "sdf" => Ok(Format::Sdf),
            _ => {
                Err(Error::Misuse(format!("unknown input format `{text}`: accepted are smi, csv, tsv, sdf")))
            }
        }
    }
}

/// Which properties (further columns of a table, data items of an SD file) are read along.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// None.
    #[default]
    Nothing,
    /// Those that belong to the format: all data items of an SD file, none of a table's columns.
    Usual,
    /// All of them.
    All,
    /// Those with these names.
    Named(Vec<String>),
}

impl Keep {
    /// Whether a data item of this name is kept.
    pub fn has_item(&self, name: &[u8]) -> bool {
        match self {
            Keep::Nothing => false,
            Keep::Usual | Keep::All => true,
            Keep::Named(names) => names.iter().any(|wanted| wanted.as_bytes() == name),
        }
    }
}

/// Choices of the user about an input; the default finds everything out from the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InputOptions {
    /// Format, when the file name does not tell.
    pub format: Option<Format>,
    /// Column with the SMILES of a table. Default: the column called `smiles`, else the one called so in any
    /// case.
    pub smiles_column: Option<String>,
    /// Column with the names of a table. Default: the column called `name`, else `id`, in any case, else none.
    /// Data item with the names of an SD file. Default: the title line.
    pub name_column: Option<String>,
    /// Properties that are read along.
    pub keep: Keep,
}
