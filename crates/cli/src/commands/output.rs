//! Where a table goes: standard output, a file that appears whole or not at all, or a pipe.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use soyaku_store::{AtomicFile, Format};

use crate::exit::Usage;

/// Endings, in any case, of what readers unpack and nothing here packs.
const PACKED: [&str; 3] = ["gz", "zst", "zstd"];

/// A name that promises compression, which is not done.
pub(super) fn refuse_packed(path: &Path) -> Result<(), Usage> {
    let is_packed = |ending: &str| PACKED.iter().any(|packed| ending.eq_ignore_ascii_case(packed));
    match path.extension().and_then(|ending| ending.to_str()) {
        Some(ending) if is_packed(ending) => {
            Err(Usage(format!("{}: compressed output is not written; leave the ending out", path.display())))
        }
        _ => Ok(()),
    }
}

/// What separates columns, by the name of the output.
pub(super) fn separator(output: Option<&Path>) -> Result<u8, Usage> {
    let Some(path) = output else { return Ok(b',') };
    refuse_packed(path)?;
    match Format::from_path(path) {
        Some(Format::Tsv) => Ok(b'\t'),
        Some(Format::Csv) => Ok(b','),
        _ if path.exists() && !path.is_file() => Ok(b','),
        _ => Err(Usage(format!("cannot tell the format of {}: expected .csv or .tsv", path.display()))),
    }
}

/// Whether two outputs are one, however they are spelled.
pub(super) fn is_same_file(one: &Path, other: &Path) -> bool {
    let place = |path: &Path| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        (folder.canonicalize().unwrap_or_else(|_| folder.to_owned()), path.file_name().map(ToOwned::to_owned))
    };
    place(one) == place(other)
}

/// Lets `write_all` write to `output`, or to standard output without one.
pub(super) fn write_to<T>(
    output: Option<&Path>,
    write_all: impl FnOnce(&mut dyn Write) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    match output {
        None => to_stream(std::io::stdout().lock(), write_all),
        // A pipe or device cannot be renamed over.
        Some(path) if path.exists() && !path.is_file() => to_stream(File::create(path)?, write_all),
        Some(path) => {
            let mut file = AtomicFile::create(path)?;
            let written = write_all(&mut file)?;
            file.commit()?;
            Ok(written)
        }
    }
}

fn to_stream<T>(
    stream: impl Write,
    write_all: impl FnOnce(&mut dyn Write) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let mut out = BufWriter::new(stream);
    let written = write_all(&mut out)?;
    out.flush()?;
    Ok(written)
}
