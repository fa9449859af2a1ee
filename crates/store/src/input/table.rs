//! Comma- and tab-separated tables with a header.

use std::io::{self, BufRead};
use std::path::Path;

use csv_core::ReadRecordResult;

use super::options::{Format, InputOptions, Keep};
use super::reader::MAX_LINE;
use super::source::Source;
use crate::Error;
use crate::records::Records;

const MAX_COLUMNS: usize = 1 << 16;

/// Reads rows of a table; blank lines are not rows.
pub(super) struct Table {
    parser: csv_core::Reader,
    fields: Vec<u8>,
    ends: Vec<usize>,
    smiles: usize,
    name: Option<usize>,
    /// Further columns that are read along.
    kept: Vec<(String, usize)>,
    /// Lines read so far.
    pub(super) line: u64,
}

/// One record as it was found.
struct Found {
    columns: usize,
    /// Line where it starts.
    line: u64,
    too_long: bool,
}

impl Table {
    /// Reads the header and finds the columns.
    pub(super) fn open(
        source: &mut Source,
        path: &Path,
        format: Format,
        options: &InputOptions,
    ) -> Result<Self, Error> {
        let delimiter = if format == Format::Tsv { b'\t' } else { b',' };
        let parser = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
        let mut table = Table {
            parser,
            fields: vec![0; 4096],
            ends: vec![0; 64],
            smiles: 0,
            name: None,
            kept: Vec::new(),
            line: 0,
        };
        let Some(header) = table.next(source, path)? else {
            return Err(Error::malformed(path, "is empty; a header line naming the columns is needed"));
        };
        if header.too_long {
            return Err(Error::malformed_at(
                path,
                header.line,
                format!("header longer than {MAX_LINE} bytes"),
            ));
        }
        let names: Vec<String> = (0..header.columns)
            .map(|column| String::from_utf8_lossy(table.field(column)).trim().to_owned())
            .collect();
        table.smiles = match &options.smiles_column {
            Some(wanted) => require(&names, wanted, path)?,
            None => find(&names, "smiles", path)?.ok_or_else(|| missing("smiles", &names, path))?,
        };
        table.name = match &options.name_column {
            Some(wanted) => Some(require(&names, wanted, path)?),
            None => match find(&names, "name", path)? {
                None => find(&names, "id", path)?,
                found => found,
            },
        };
        table.kept = match &options.keep {
            Keep::Nothing | Keep::Usual => Vec::new(),
            Keep::All => {
                let others = names.into_iter().zip(0..);
                others.filter(|(_, at)| *at != table.smiles && Some(*at) != table.name).collect()
            }
            Keep::Named(wanted) => {
                let column = |name: &String| require(&names, name, path).map(|at| (names[at].clone(), at));
                wanted.iter().map(column).collect::<Result<_, _>>()?
            }
        };
        Ok(table)
    }

    /// Appends the next row; false at the end.
    pub(super) fn read(
        &mut self,
        source: &mut Source,
        path: &Path,
        records: &mut Records,
    ) -> Result<bool, Error> {
        let Some(found) = self.next(source, path)? else { return Ok(false) };
        if found.too_long {
            records.push_defect(b"", b"", found.line, format!("line longer than {MAX_LINE} bytes"));
            return Ok(true);
        }
        let name =
            self.name.filter(|column| *column < found.columns).map_or(&b""[..], |column| self.field(column));
        if self.smiles >= found.columns {
            let reason = format!(
                "row has {} columns, but the smiles are in column {}",
                found.columns,
                self.smiles + 1
            );
            records.push_defect(b"", name.trim_ascii(), found.line, reason);
            return Ok(true);
        }
        let smiles = self.field(self.smiles).trim_ascii();
        if smiles.is_empty() {
            records.push_defect(b"", name.trim_ascii(), found.line, "empty smiles".into());
        } else {
            records.push(smiles, name.trim_ascii(), found.line);
            for (name, column) in self.kept.iter().filter(|(_, column)| *column < found.columns) {
                records.push_property(name.as_bytes(), self.field(*column));
            }
        }
        Ok(true)
    }

    fn field(&self, column: usize) -> &[u8] {
        let start = if column == 0 { 0 } else { self.ends[column - 1] };
        &self.fields[start..self.ends[column]]
    }

    /// Parses one record into `fields` and `ends`. A record beyond the limit is read to its end and dropped.
    fn next(&mut self, source: &mut Source, path: &Path) -> Result<Option<Found>, Error> {
        let (mut used, mut columns, mut too_long) = (0, 0, false);
        let (mut start, mut quotes, mut blank) = (self.parser.line(), 0_usize, true);
        loop {
            let input = match source.fill_buf() {
                Ok(input) => input,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(source.error(path, self.line, error)),
            };
            let at_end = input.is_empty();
            if blank {
                // Blank lines in front of a record belong to no record.
                let skipped = input.iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
                start += input[..skipped].iter().filter(|byte| **byte == b'\n').count() as u64;
                blank = skipped == input.len() && !at_end;
            }
            let (result, read, wrote, ended) =
                self.parser.read_record(input, &mut self.fields[used..], &mut self.ends[columns..]);
            quotes += input[..read].iter().filter(|byte| **byte == b'"').count();
            source.consume(read);
            (used, columns) = (used + wrote, columns + ended);
            if too_long && self.parser.line() > start + 1 {
                return Err(runaway(path, start));
            }
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull if self.fields.len() < MAX_LINE => {
                    self.fields.resize((2 * self.fields.len()).min(MAX_LINE), 0);
                }
                ReadRecordResult::OutputEndsFull if self.ends.len() < MAX_COLUMNS => {
                    self.ends.resize((2 * self.ends.len()).min(MAX_COLUMNS), 0);
                }
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    (used, columns, too_long) = (0, 0, true);
                }
                ReadRecordResult::Record => {
                    let end = self.parser.line();
                    if at_end && quotes % 2 == 1 && end > start {
                        return Err(runaway(path, start));
                    }
                    self.line = end.saturating_sub(1).max(start);
                    return Ok(Some(Found { columns, line: start, too_long }));
                }
                ReadRecordResult::End => return Ok(None),
            }
        }
    }
}

fn runaway(path: &Path, line: u64) -> Error {
    Error::malformed_at(path, line, "a quote opened in this row is never closed")
}

/// The column the user named: exactly, else in any case.
fn require(names: &[String], wanted: &str, path: &Path) -> Result<usize, Error> {
    if let Some(exact) = names.iter().position(|name| name == wanted) {
        return Ok(exact);
    }
    find(names, wanted, path)?.ok_or_else(|| missing(wanted, names, path))
}

/// The column of that name, else of that name in any case; two of them are an error.
fn find(names: &[String], wanted: &str, path: &Path) -> Result<Option<usize>, Error> {
    let has_exact = names.iter().any(|name| name == wanted);
    let is_meant = |name: &String| name == wanted || (!has_exact && name.eq_ignore_ascii_case(wanted));
    let mut matches = (0..names.len()).filter(|column| is_meant(&names[*column]));
    match (matches.next(), matches.next()) {
        (Some(_), Some(_)) => {
            let reason = format!("has several columns called `{wanted}`; rename all but one");
            Err(Error::malformed_at(path, 1, reason))
        }
        (found, _) => Ok(found),
    }
}

fn missing(wanted: &str, names: &[String], path: &Path) -> Error {
    let shown = names.iter().take(30).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let more = if names.len() > 30 { ", ..." } else { "" };
    Error::malformed_at(path, 1, format!("has no column `{wanted}`; its columns are {shown}{more}"))
}
