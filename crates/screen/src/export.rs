//! `soyaku library export`: a library as text, as an SD file, or as fingerprints.

use std::ops::Range;

use rayon::prelude::*;
use soyaku_chem::fps::{FpsHeader, FpsWriter};
use soyaku_chem::sdf::{Lost, MolBlockVersion, MolBlockWriter};
use soyaku_chem::{Molecule, Parser, SmilesOptions, SmilesWriter};
use soyaku_device::Device;
use soyaku_store::{LibraryReader, Records, TextColumn};

use crate::fingerprint::Generator;
use crate::imported::used_bits;
use crate::{Error, FingerprintSpec};

/// Compounds in one batch.
const BATCH: u64 = 8_192;

/// What a library is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// One compound a line: SMILES, a blank, the name.
    Smiles,
    /// A table with this separator: SMILES, name, properties.
    Table(u8),
    /// Mol blocks and data items.
    Sdf(MolBlockVersion),
    /// Fingerprints of one kind as text.
    Fps,
}

/// What to write.
#[derive(Clone, Debug)]
pub struct ExportOptions {
    /// The format.
    pub format: ExportFormat,
    /// Canonical SMILES instead of those of the input.
    pub canonical: bool,
    /// SMILES with single and double bonds in place of aromatic ones.
    pub kekule: bool,
    /// Name of the fingerprint (FPS); default: the only one of the library.
    pub fingerprint: Option<String>,
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExportSummary {
    /// Compounds.
    pub compounds: u64,
    /// Compounds whose mol block does not tell everything.
    pub incomplete: u64,
    /// What these blocks do not tell.
    pub lost: Lost,
}

/// Hands all compounds of a library to `take`, in their order, as text.
///
/// # Errors
/// The library is damaged, a compound of it is no molecule, the fingerprint is not known; and what `take` returns.
pub fn export<E: From<Error>>(
    reader: &LibraryReader,
    options: &ExportOptions,
    device: &Device,
    mut take: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<ExportSummary, E> {
    let source = match options.format {
        ExportFormat::Fps => Some(Fingerprints::find(reader, options.fingerprint.as_deref())?),
        _ => None,
    };
    take(&header(reader, options, source.as_ref())?)?;
    let mut workers: Vec<Worker> =
        (0..device.threads()).map(|_| Worker::new(options, source.as_ref())).collect();
    let mut batch = Batch::default();
    let mut start = 0;
    while start < reader.len() {
        let end = reader.len().min(start + BATCH);
        device.install(|| batch.read(reader, start..end, options.format, source.as_ref()))?;
        let batch = &batch;
        let share = batch.records.len().div_ceil(workers.len());
        let results: Vec<Result<(), Error>> = device.install(|| {
            let parts = workers.par_iter_mut().enumerate();
            let work = parts.map(|(index, worker)| {
                let from = (index * share).min(batch.records.len());
                worker.run(batch, options, from..(from + share).min(batch.records.len())).map_err(|reason| {
                    let row = start + (from + reason.0) as u64;
                    let path = reader.path().display().to_string();
                    let is_bare = batch.records.smiles(from + reason.0).is_empty();
                    let reason = match (is_bare, &reason.1) {
                        // what was imported as fingerprints
                        (true, _) => "has no structure: .fps, .csv and .tsv can be written without",
                        (false, reason) => &reason.to_string(),
                    };
                    Error::Unusable { path, reason: format!("row {row}: {reason}") }
                })
            });
            work.collect()
        });
        for (worker, result) in workers.iter().zip(results) {
            result?;
            take(&worker.out)?;
        }
        start = end;
    }
    let mut summary = ExportSummary { compounds: reader.len(), ..ExportSummary::default() };
    for worker in &workers {
        summary.incomplete += worker.incomplete;
        summary.lost.centers += worker.lost.centers;
        summary.lost.double_bonds += worker.lost.double_bonds;
        summary.lost.others += worker.lost.others;
    }
    Ok(summary)
}

/// What stands in front of the first compound.
fn header(
    reader: &LibraryReader,
    options: &ExportOptions,
    source: Option<&Fingerprints>,
) -> Result<Vec<u8>, Error> {
    match (options.format, source) {
        (ExportFormat::Table(separator), _) => {
            let names = ["smiles", "name"].into_iter().map(str::as_bytes);
            Ok(table_row(separator, names.chain(reader.info().properties.iter().map(String::as_bytes))))
        }
        (ExportFormat::Fps, Some(source)) => {
            let inputs = reader.info().provenance.get("inputs").and_then(|inputs| inputs.as_array());
            let paths = inputs.into_iter().flatten().filter_map(|input| input.get("path")?.as_str());
            let header = FpsHeader {
                bits: Some(source.bits),
                kind: Some(format!("Soyaku-{}/1", source.name)),
                software: Some(format!("soyaku/{}", soyaku_store::VERSION)),
                sources: paths.map(|path| path.replace(['\n', '\r'], " ")).collect(),
                ..FpsHeader::default()
            };
            let writer = FpsWriter::new(Vec::new(), &header);
            Ok(writer.map_err(|error| Error::Internal(error.to_string()))?.into_inner())
        }
        _ => Ok(Vec::new()),
    }
}

/// A row of a table, quoted where needed, with its line end.
fn table_row<'a>(separator: u8, cells: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut table = csv::WriterBuilder::new().delimiter(separator).from_writer(Vec::new());
    // memory takes everything, and there is one row
    let _ = table.write_record(cells);
    table.into_inner().unwrap_or_default()
}

/// Where the fingerprints come from: a column of the library, or its structures.
struct Fingerprints {
    name: String,
    bits: usize,
    column: Option<usize>,
    spec: Option<FingerprintSpec>,
}

impl Fingerprints {
    fn find(reader: &LibraryReader, name: Option<&str>) -> Result<Self, Error> {
        let kinds = &reader.info().kinds;
        let all = || kinds.iter().map(|kind| kind.name.as_str()).collect::<Vec<_>>().join(", ");
        let name = match (name, &kinds[..]) {
            (Some(name), _) => name.to_owned(),
            (None, [only]) => only.name.clone(),
            (None, []) => {
                return Err(Error::Configuration("the library holds no fingerprints: name one".into()));
            }
            (None, _) => {
                return Err(Error::Configuration(format!("name the fingerprint: the library has {}", all())));
            }
        };
        if let Some(column) = reader.kind(&name) {
            let bits = used_bits(&kinds[column]);
            return Ok(Self { bits, name, column: Some(column), spec: None });
        }
        let spec: FingerprintSpec = name
            .parse()
            .map_err(|error| Error::Configuration(format!("{error}; the library holds {}", all())))?;
        Ok(Self { bits: spec.used_bits(), name, column: None, spec: Some(spec) })
    }
}

/// Consecutive compounds of the library.
#[derive(Default)]
struct Batch {
    records: Records,
    properties: Vec<TextColumn>,
    names: Vec<String>,
    words: Vec<u64>,
    counts: Vec<u16>,
}

impl Batch {
    fn read(
        &mut self,
        reader: &LibraryReader,
        range: Range<u64>,
        format: ExportFormat,
        source: Option<&Fingerprints>,
    ) -> Result<(), Error> {
        reader.read_records(range.clone(), &mut self.records)?;
        if matches!(format, ExportFormat::Table(_) | ExportFormat::Sdf(_)) {
            self.names.clone_from(&reader.info().properties);
            self.properties.resize_with(self.names.len(), TextColumn::new);
            for (place, column) in self.properties.iter_mut().enumerate() {
                reader.read_property(place, range.clone(), column)?;
            }
        }
        if let Some(column) = source.and_then(|source| source.column) {
            reader.read_fingerprints(column, range, &mut self.words, &mut self.counts)?;
        }
        Ok(())
    }
}

/// What one thread needs.
struct Worker {
    parser: Parser,
    /// Where SMILES are not written as they are.
    smiles: Option<SmilesWriter>,
    blocks: MolBlockWriter,
    generator: Option<Generator>,
    bits: usize,
    fingerprint: Vec<u64>,
    out: Vec<u8>,
    incomplete: u64,
    lost: Lost,
}

impl Worker {
    fn new(options: &ExportOptions, source: Option<&Fingerprints>) -> Self {
        let ExportOptions { canonical, kekule, .. } = *options;
        let smiles_options = SmilesOptions { canonical, kekule, ..SmilesOptions::default() };
        let version = match options.format {
            ExportFormat::Sdf(version) => version,
            _ => MolBlockVersion::default(),
        };
        let bits = source.map_or(0, |source| source.bits);
        Self {
            parser: Parser::new(),
            smiles: (canonical || kekule).then(|| SmilesWriter::new(smiles_options)),
            blocks: MolBlockWriter::new(version),
            generator: source.and_then(|source| source.spec.as_ref()).map(FingerprintSpec::generator),
            bits,
            fingerprint: vec![0; bits.div_ceil(64)],
            out: Vec::new(),
            incomplete: 0,
            lost: Lost::default(),
        }
    }

    /// Writes the compounds of its share to `out`; an error has the place in the share.
    fn run(
        &mut self,
        batch: &Batch,
        options: &ExportOptions,
        range: Range<usize>,
    ) -> Result<(), (usize, soyaku_chem::Error)> {
        self.out.clear();
        for (place, row) in range.enumerate() {
            let result = match options.format {
                ExportFormat::Smiles => self.line(batch, row),
                ExportFormat::Table(separator) => self.table_row(batch, row, separator),
                ExportFormat::Sdf(_) => self.record(batch, row),
                ExportFormat::Fps => self.fingerprint(batch, row),
            };
            result.map_err(|error| (place, error))?;
        }
        Ok(())
    }

    fn line(&mut self, batch: &Batch, row: usize) -> Result<(), soyaku_chem::Error> {
        let name = batch.records.name(row);
        let smiles = batch.records.smiles(row);
        if smiles.is_empty() {
            // a name alone would be read as a SMILES
            self.parser.parse(smiles)?;
        }
        let smiles = written(&mut self.parser, &mut self.smiles, smiles)?;
        self.out.extend_from_slice(smiles);
        if !name.is_empty() {
            self.out.push(b' ');
            self.out.extend(one_line(name));
        }
        self.out.push(b'\n');
        Ok(())
    }

    fn table_row(&mut self, batch: &Batch, row: usize, separator: u8) -> Result<(), soyaku_chem::Error> {
        let smiles = match batch.records.smiles(row) {
            b"" => b"",
            smiles => written(&mut self.parser, &mut self.smiles, smiles)?,
        };
        let cells = [smiles, batch.records.name(row)].into_iter();
        let line = table_row(separator, cells.chain(batch.properties.iter().map(|column| column.get(row))));
        self.out.extend_from_slice(&line);
        Ok(())
    }

    fn record(&mut self, batch: &Batch, row: usize) -> Result<(), soyaku_chem::Error> {
        let molecule = self.parser.parse(batch.records.smiles(row))?;
        let items = batch.names.iter().zip(&batch.properties);
        let items = items.map(|(name, column)| (name.as_bytes(), column.get(row)));
        let items = items.filter(|(_, value)| !value.is_empty());
        let lost = self.blocks.record(molecule, batch.records.name(row), items, &mut self.out);
        if !lost.is_empty() {
            self.incomplete += 1;
            self.lost.centers += lost.centers;
            self.lost.double_bonds += lost.double_bonds;
            self.lost.others += lost.others;
        }
        Ok(())
    }

    fn fingerprint(&mut self, batch: &Batch, row: usize) -> Result<(), soyaku_chem::Error> {
        let (smiles, name) = (batch.records.smiles(row), batch.records.name(row));
        let count = self.fingerprint.len();
        let words = match &mut self.generator {
            Some(generator) => {
                let molecule: &Molecule = self.parser.parse(smiles)?;
                self.fingerprint.fill(0);
                generator.write(molecule, &mut self.fingerprint)?;
                &self.fingerprint[..]
            }
            None => &batch.words[row * count..(row + 1) * count],
        };
        let label: Vec<u8> = one_line(if name.is_empty() { smiles } else { name }).collect();
        let mut writer = FpsWriter::without_header(&mut self.out, self.bits);
        // memory takes everything, and the name is clean
        let _ = writer.write(words, &label);
        Ok(())
    }
}

/// A SMILES as it is, or as the writer writes it.
fn written<'a>(
    parser: &mut Parser,
    writer: &'a mut Option<SmilesWriter>,
    smiles: &'a [u8],
) -> Result<&'a [u8], soyaku_chem::Error> {
    match writer {
        Some(writer) => Ok(writer.write(parser.parse(smiles)?).as_bytes()),
        None => Ok(smiles),
    }
}

/// Text with blanks in place of tabs and line ends.
fn one_line(text: &[u8]) -> impl Iterator<Item = u8> {
    text.iter().map(|&byte| if matches!(byte, b'\t' | b'\n' | b'\r' | 0) { b' ' } else { byte })
}
