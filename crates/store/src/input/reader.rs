//! The reader that callers see.

use std::io::BufRead;
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
        let mut source = Source::open(path)?;
        skip_byte_order_mark(&mut source);
        refuse_binary(&source, path)?;
        let format = match options.format.or_else(|| Format::from_path(path)) {
            Some(format) => format,
            None if path == Path::new("-") => sniff(source.head()),
            None => {
                let reason = "unknown file name ending; accepted are .smi, .smiles, .ism, .txt, .csv, .tsv, \
                              each also with .gz or .zst, or name the format";
                return Err(Error::malformed(path, reason));
            }
        };
        let rows = match format {
            Format::Smiles => Rows::Lines(Lines::default()),
            table => Rows::Table(Box::new(Table::open(&mut source, path, table, options)?)),
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

fn skip_byte_order_mark(source: &mut Source) {
    if source.head().starts_with(b"\xef\xbb\xbf") {
        source.consume(3);
    }
}

fn refuse_binary(source: &Source, path: &Path) -> Result<(), Error> {
    if source.head().contains(&0) {
        return Err(Error::malformed(path, "is binary data, not text"));
    }
    Ok(())
}

/// A first line with a field called `smiles` beside others makes a table; everything else is a list.
fn sniff(head: &[u8]) -> Format {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
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
    fn a_table_is_known_by_its_header() {
        assert_eq!(sniff(b"id,SMILES\n1,C\n"), Format::Csv);
        assert_eq!(sniff(b"\"Smiles\" , \"id\"\r\nC,1\r\n"), Format::Csv);
        assert_eq!(sniff(b"smiles\tid"), Format::Tsv);
        for list in [&b"CCO ethanol\nsmiles,x"[..], b"smiles\nC\n", b"smiles name\nC x\n", b"C a,b\n", b""] {
            assert_eq!(sniff(list), Format::Smiles);
        }
    }
}
