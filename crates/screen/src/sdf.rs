//! Records of an SD file as rows: each mol block becomes a SMILES.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use soyaku_chem::sdf::{Record, SdfError, SdfReader};
use soyaku_chem::{Parser, SmilesOptions, SmilesWriter};
use soyaku_device::Device;
use soyaku_store::{Error, InputDigest, InputOptions, Keep, Records, TextColumn, input};

/// Longest record, in bytes; longer ones become rows with a defect.
const MAX_RECORD: usize = 16 << 20;
/// Records, and bytes of their blocks, that are converted together.
const BATCH: usize = 1024;
const BATCH_BYTES: usize = 8 << 20;

/// Reads an SD file row by row.
pub(crate) struct SdfRows {
    reader: SdfReader<input::Source>,
    path: PathBuf,
    /// Data item with the name; the title without one.
    name_item: Option<String>,
    has_name_item: bool,
    keep: Keep,
    /// Where blocks are converted; on the calling thread without one.
    pub device: Option<Device>,
    /// Rows with mol blocks in place of SMILES.
    blocks: Records,
    converters: Vec<Converter>,
    finished: bool,
}

impl SdfRows {
    pub fn new(source: input::Source, path: &Path, options: &InputOptions) -> Self {
        Self {
            reader: SdfReader::with_limit(source, MAX_RECORD),
            path: path.to_owned(),
            name_item: options.name_column.clone(),
            has_name_item: false,
            keep: options.keep.clone(),
            device: None,
            blocks: Records::new(),
            converters: Vec::new(),
            finished: false,
        }
    }

    /// Digest and size of the input, once it was read to its end.
    pub fn digest(&self) -> Option<InputDigest> {
        self.finished.then(|| self.reader.input().digest())
    }

    /// Appends up to `max` rows.
    ///
    /// # Errors
    /// The input cannot be read, or no record of it has the data item that holds the names.
    pub fn read(&mut self, records: &mut Records, max: usize) -> Result<(), Error> {
        while !self.finished && records.len() < max {
            self.collect(BATCH.min(max - records.len()))?;
            self.convert(records);
        }
        Ok(())
    }

    /// Fills `blocks` with the next records, at most `max`.
    fn collect(&mut self, max: usize) -> Result<(), Error> {
        self.blocks.clear();
        let mut bytes = 0;
        while self.blocks.len() < max && bytes < BATCH_BYTES {
            let error = match self.reader.read() {
                Ok(Some(record)) => {
                    bytes += record.mol_block().len();
                    let name = name(record, self.name_item.as_deref(), &mut self.has_name_item);
                    self.blocks.push(record.mol_block(), name, record.line());
                    if self.keep != Keep::Nothing {
                        for (name, value) in record.items().filter(|(name, _)| self.keep.has_item(name)) {
                            self.blocks.push_property(name, value);
                        }
                    }
                    continue;
                }
                Ok(None) => {
                    self.finished = true;
                    return self.check_names();
                }
                Err(error) => error,
            };
            let line = self.reader.last_line();
            let reason = match error {
                SdfError::Io { line, source } => {
                    return Err(self.reader.input().error(&self.path, line.saturating_sub(1), source));
                }
                SdfError::TooLong { limit, .. } => format!("record longer than {limit} bytes"),
                SdfError::Malformed { line, problem, .. } => format!("line {line}: {problem}"),
                other => other.to_string(),
            };
            self.blocks.push_defect(b"", b"", line, reason);
        }
        Ok(())
    }

    /// A data item that is in no record is a mistake.
    fn check_names(&self) -> Result<(), Error> {
        match &self.name_item {
            Some(item) if !self.has_name_item && self.reader.last_line() > 0 => Err(Error::Malformed {
                path: self.path.clone(),
                line: None,
                reason: format!("no record has a data item `{item}`, which is to hold the names"),
            }),
            _ => Ok(()),
        }
    }

    /// Appends the rows of `blocks` with SMILES, converted in parallel.
    fn convert(&mut self, records: &mut Records) {
        let threads = self.device.as_ref().map_or(1, Device::threads);
        let count = threads.min(self.blocks.len().div_ceil(16)).max(1);
        self.converters.resize_with(count.max(self.converters.len()), Converter::new);
        let share = self.blocks.len().div_ceil(count).max(1);
        let (blocks, converters) = (&self.blocks, &mut self.converters[..count]);
        let work = || {
            converters.par_iter_mut().enumerate().for_each(|(index, converter)| {
                let start = (index * share).min(blocks.len());
                converter.run(blocks, start..(start + share).min(blocks.len()));
            });
        };
        match &self.device {
            Some(device) if count > 1 => device.install(work),
            _ => converters[0].run(blocks, 0..blocks.len()),
        }
        let mut row = 0;
        for converter in &mut self.converters[..count] {
            let mut failures = converter.failures.drain(..).peekable();
            for smiles in converter.smiles.iter() {
                let (name, line) = (blocks.name(row), blocks.line(row));
                match failures.next_if(|(failed, ..)| *failed == row) {
                    Some((_, kind, reason)) => {
                        records.push_failure(blocks.smiles(row), name, line, kind, reason);
                    }
                    None => records.push(smiles, name, line),
                }
                for (name, value) in blocks.properties(row) {
                    records.push_property(name, value);
                }
                row += 1;
            }
        }
    }
}

/// The name of a record: its title, or the first line of a data item.
fn name<'a>(record: &'a Record, item: Option<&str>, is_found: &mut bool) -> &'a [u8] {
    let Some(item) = item else { return record.title_bytes() };
    match record.items().rfind(|(name, _)| *name == item.as_bytes()) {
        Some((_, value)) => {
            *is_found = true;
            value.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii()
        }
        None => b"",
    }
}

/// What one thread needs to convert blocks.
struct Converter {
    parser: Parser,
    writer: SmilesWriter,
    /// By row of its share; empty for a failure.
    smiles: TextColumn,
    /// Row, kind, reason.
    failures: Vec<(usize, &'static str, String)>,
}

impl Converter {
    fn new() -> Self {
        Self { parser: Parser::new(), writer: new_writer(), smiles: TextColumn::new(), failures: Vec::new() }
    }

    fn run(&mut self, blocks: &Records, rows: std::ops::Range<usize>) {
        self.smiles.clear();
        self.failures.clear();
        for row in rows {
            if let (Some(reason), Some(kind)) = (blocks.defect(row), blocks.defect_kind(row)) {
                self.failures.push((row, kind, reason.to_owned()));
                self.smiles.push(b"");
                continue;
            }
            let Self { parser, writer, smiles, .. } = self;
            // A bug in perception must cost one row, not the run.
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                let molecule = parser.parse_mol_block(blocks.smiles(row))?;
                smiles.push(writer.write(molecule).as_bytes());
                Ok::<(), soyaku_chem::Error>(())
            }));
            let failure = match outcome {
                Ok(Ok(())) => continue,
                Ok(Err(error)) => (row, error.kind().as_str(), error.to_string()),
                Err(_) => {
                    (self.parser, self.writer) = (Parser::new(), new_writer());
                    let reason = "internal error while reading the mol block; please report it".to_owned();
                    (row, "internal", reason)
                }
            };
            self.failures.push(failure);
            self.smiles.push(b"");
        }
    }
}

/// The atoms stay in the order of the block.
fn new_writer() -> SmilesWriter {
    SmilesWriter::new(SmilesOptions { canonical: false, ..SmilesOptions::default() })
}
