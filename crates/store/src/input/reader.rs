//! The reader that callers see.

use std::path::{Path, PathBuf};

use super::lines::Lines;
use super::options::{Format, InputOptions};
use super::source::{InputDigest, Source};
use super::table::Table;
use crate::Error;
use crate::records::Records;

/// Longest line (or table row) that is kept, in bytes; longer ones become rows with a defect.
pub const MAX_LINE: usize = 1 << 20;

enum Rows {
    Lines(Lines),
    Table(Box<Table>),
}

/// Streams compounds from a file or standard input.
///
/// ```no_run
/// # use soyaku_store::{CompoundReader, InputOptions, Records};
/// let mut reader = CompoundReader::open("library.smi.gz".as_ref(), &InputOptions::default())?;
/// let mut batch = Records::new();
/// while reader.read(&mut batch, 4096)? > 0 {
///     println!("{} compounds, the first on line {}", batch.len(), batch.line(0));
/// }
/// println!("{:?}", reader.digest());
/// # Ok::<(), soyaku_store::Error>(())
/// ```
pub struct CompoundReader {
    path: PathBuf,
    source: Source,
    rows: Rows,
    finished: bool,
}

impl CompoundReader {
    /// Opens `path` (`-`: standard input), recognises compression and format, and reads a table's header.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Malformed`] for a folder, binary data, an unknown file name ending without
    /// a format option, or a missing column; [`Error::Io`].
    pub fn open(path: &Path, options: &InputOptions) -> Result<Self, Error> {
        let source = Source::open(path)?;
        let format = recognise(&source, path, options)?;
        Self::from_source(source, path, format, options)
    }

    /// Reads a table's header. `format` is one of lines or tables; `path` is for messages.
    ///
    /// # Errors
    /// As [`open`](Self::open); [`Error::Misuse`] for an SD file.
    pub fn from_source(
        mut source: Source,
        path: &Path,
        format: Format,
        options: &InputOptions,
    ) -> Result<Self, Error> {
        let rows = match format {
            Format::Smiles => Rows::Lines(Lines::default()),
            Format::Sdf => return Err(Error::Misuse("an SD file is not read line by line".into())),
            Format::Csv | Format::Tsv => {
                Rows::Table(Box::new(Table::open(&mut source, path, format, options)?))
            }
        };
        Ok(CompoundReader { path: path.to_path_buf(), source, rows, finished: false })
    }

    /// Replaces the content of `records` by the next rows, at most `max`. Returns their number; 0 at the end.
    ///
    /// # Errors
    /// [`Error::Malformed`] where the compressed data or a quoted field breaks off, [`Error::Io`]. Rows that
    /// merely make no sense are no error: they carry a [defect](Records::defect).
    pub fn read(&mut self, records: &mut Records, max: usize) -> Result<usize, Error> {
        records.clear();
        while !self.finished && records.len() < max {
            let more = match &mut self.rows {
                Rows::Lines(lines) => {
                    let result = lines.read(&mut self.source, records);
                    result.map_err(|error| self.source.error(&self.path, lines.line, error))?
                }
                Rows::Table(table) => table.read(&mut self.source, &self.path, records)?,
            };
            self.finished = !more;
        }
        Ok(records.len())
    }

    /// Digest and size of the raw input, once [`read`](Self::read) has returned 0.
    pub fn digest(&self) -> Option<InputDigest> {
        self.finished.then(|| self.source.digest())
    }

    /// The path as given to [`open`](Self::open).
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Finds out early what can be found out cheaply: that the file exists, is text of a known format, and has
    /// the columns. Pipes and standard input are not touched, as reading would consume them.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn check(path: &Path, options: &InputOptions) -> Result<(), Error> {
        if path == Path::new("-") {
            return Ok(());
        }
        let metadata = std::fs::metadata(path).map_err(|error| Error::io(path, "open", error))?;
        if metadata.is_file() || metadata.is_dir() {
            Self::open(path, options)?;
        }
        Ok(())
    }
}

/// The format of an input: what the options say, else what its name says, else what standard input looks like.
///
/// # Errors
/// [`Error::Malformed`] for a file whose name does not tell.
pub fn recognise(source: &Source, path: &Path, options: &InputOptions) -> Result<Format, Error> {
    match options.format.or_else(|| Format::from_path(path)) {
        Some(format) => Ok(format),
        None if path == Path::new("-") => Ok(sniff(source.head())),
        None => {
            let reason = "unknown file name ending; accepted are .smi, .smiles, .ism, .txt, .csv, .tsv, .sdf, \
                          .sd, .mol, each also with .gz or .zst, or name the format";
            Err(Error::malformed(path, reason))
        }
    }
}

/// The version in the fourth line makes an SD file, a first line with a field called `smiles` beside others a
/// table; everything else is a list.
fn sniff(head: &[u8]) -> Format {
    let mut lines = head.split(|byte| *byte == b'\n');
    let line = lines.next().unwrap_or_default();
    if lines.nth(2).and_then(|counts| counts.get(34..39)).is_some_and(|v| v == b"V2000" || v == b"V3000") {
        return Format::Sdf;
    }
    let names_smiles = |delimiter: u8| {
        let fields: Vec<&[u8]> = line.split(|byte| *byte == delimiter).collect();
        let is_smiles = |field: &&[u8]| {
            let field = field.trim_ascii();
            let bare = field.strip_prefix(b"\"").and_then(|field| field.strip_suffix(b"\"")).unwrap_or(field);
            bare.eq_ignore_ascii_case(b"smiles")
        };
        fields.len() > 1 && fields.iter().any(is_smiles)
    };
    match (names_smiles(b','), names_smiles(b'\t')) {
        (true, _) => Format::Csv,
        (_, true) => Format::Tsv,
        _ => Format::Smiles,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_sd_file_is_known_by_its_counts_line() {
        let block = "methane\n\n\n  1  0  0  0  0  0            999 V2000\r\n";
        assert_eq!(sniff(block.as_bytes()), Format::Sdf);
        assert_eq!(sniff(block.replace("V2000", "V3000").as_bytes()), Format::Sdf);
        assert_eq!(sniff(block.replace("V2000", "V1000").as_bytes()), Format::Smiles);
    }

    #[test]
    fn a_table_is_known_by_its_header() {
        assert_eq!(sniff(b"id,SMILES\n1,C\n"), Format::Csv);
        assert_eq!(sniff(b"\"Smiles\" , \"id\"\r\nC,1\r\n"), Format::Csv);
        assert_eq!(sniff(b"smiles\tid"), Format::Tsv);
        for list in [&b"CCO ethanol\nsmiles,x"[..], b"smiles\nC\n", b"smiles name\nC x\n", b"C a,b\n", b""] {
            assert_eq!(sniff(list), Format::Smiles);
        }
    }
}
