//! Reading a library.

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::kind::{AttributeValue, FingerprintKind};
use super::{MAJOR, SCHEMA};
use crate::Error;
use crate::hdf::{ColumnReader, InputFile, TextReader};
use crate::records::Records;
use crate::text::TextColumn;

/// One in so many rows that are read together has its bits counted, the first always: damage on disk is found by the
/// checksums of what is compressed, and a program that counts otherwise is wrong in many rows.
const COUNTED_ONE_IN: usize = 61;

/// What a library holds.
#[derive(Clone, Debug, PartialEq)]
pub struct LibraryInfo {
    /// Number of compounds.
    pub rows: u64,
    /// Number of input rows that are not in the library.
    pub rejected: u64,
    /// Fingerprints of each compound, by name.
    pub kinds: Vec<FingerprintKind>,
    /// Properties of the compounds (data items of an SD file, further columns of a table), as they came up.
    pub properties: Vec<String>,
    /// How it was made (JSON), as given to [`LibraryWriter::finish`](super::LibraryWriter::finish).
    pub provenance: serde_json::Value,
    /// Version of the program that wrote it.
    pub version: String,
    /// Schema, such as `library/1`.
    pub schema: String,
    /// Bytes of the file.
    pub bytes: u64,
}

/// An input row that was rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Line of the input.
    pub line: u64,
    /// The row as it was.
    pub text: Vec<u8>,
    /// Why it is not in the library.
    pub reason: String,
}

/// A library opened for reading; any number of threads may read at once.
pub struct LibraryReader {
    smiles: TextReader,
    names: TextReader,
    lines: ColumnReader<u64>,
    fingerprints: Vec<(ColumnReader<u64>, ColumnReader<u16>)>,
    properties: Vec<TextReader>,
    rejected_lines: ColumnReader<u64>,
    rejected_text: TextReader,
    rejected_reason: TextReader,
    info: LibraryInfo,
    path: PathBuf,
    _file: InputFile,
}

impl LibraryReader {
    /// Opens a library and checks that its columns agree.
    ///
    /// # Errors
    /// [`Error::NotFound`], or [`Error::Malformed`] for a file that is no library, truncated, or of a newer schema.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let file = InputFile::open(path, SCHEMA, MAJOR)?;
        let smiles = TextReader::open(&file, "smiles")?;
        let names = TextReader::open(&file, "name")?;
        let lines = ColumnReader::open(&file, "source/line", None)?;
        let rows = smiles.rows();
        let mut sizes = vec![("name", names.rows()), ("source/line", lines.rows())];
        let kinds = read_kinds(&file)?;
        let mut fingerprints = Vec::new();
        for kind in &kinds {
            let bits =
                ColumnReader::open(&file, &format!("fingerprints/{}/bits", kind.name), Some(kind.words()))?;
            let popcount = ColumnReader::open(&file, &format!("fingerprints/{}/popcount", kind.name), None)?;
            sizes.extend([("fingerprints", bits.rows()), ("fingerprints", popcount.rows())]);
            fingerprints.push((bits, popcount));
        }
        let (names_of_properties, properties): (Vec<_>, Vec<_>) =
            super::properties::open(&file)?.into_iter().unzip();
        sizes.extend(properties.iter().map(|column| ("properties", column.rows())));
        if let Some((name, other)) = sizes.iter().find(|(_, size)| *size != rows) {
            return Err(
                file.malformed(format!("is damaged: `/{name}` has {other} rows, `/smiles` has {rows}"))
            );
        }
        let rejected_lines = ColumnReader::open(&file, "rejected/line", None)?;
        let rejected_text = TextReader::open(&file, "rejected/text")?;
        let rejected_reason = TextReader::open(&file, "rejected/reason")?;
        let rejected = rejected_lines.rows();
        if rejected_text.rows() != rejected || rejected_reason.rows() != rejected {
            return Err(file.malformed("is damaged: the columns of `/rejected` differ in length"));
        }
        let provenance = file.attribute("provenance").unwrap_or_default();
        let provenance = serde_json::from_str(&provenance)
            .map_err(|error| file.malformed(format!("has a provenance that is not JSON ({error})")))?;
        let info = LibraryInfo {
            rows,
            rejected,
            kinds,
            properties: names_of_properties,
            provenance,
            version: file.attribute("soyaku_version").unwrap_or_default(),
            schema: file.attribute("soyaku_schema").unwrap_or_default(),
            bytes: file.size(),
        };
        Ok(LibraryReader {
            smiles,
            names,
            lines,
            fingerprints,
            properties,
            rejected_lines,
            rejected_text,
            rejected_reason,
            info,
            path: path.to_path_buf(),
            _file: file,
        })
    }

    /// Number of compounds.
    pub fn len(&self) -> u64 {
        self.info.rows
    }

    /// Whether it holds no compounds.
    pub fn is_empty(&self) -> bool {
        self.info.rows == 0
    }

    /// What it holds.
    pub fn info(&self) -> &LibraryInfo {
        &self.info
    }

    /// The path it was opened by.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Position of a fingerprint kind, for [`read_fingerprints`](Self::read_fingerprints).
    pub fn kind(&self, name: &str) -> Option<usize> {
        self.info.kinds.iter().position(|kind| kind.name == name)
    }

    /// Replaces the content of `records` by compounds `range`.
    ///
    /// # Errors
    /// [`Error::Misuse`] beyond the end, [`Error::Malformed`] for damaged chunks, [`Error::Io`].
    pub fn read_records(&self, range: Range<u64>, records: &mut Records) -> Result<(), Error> {
        records.clear();
        let (mut smiles, mut names, mut lines) = (TextColumn::new(), TextColumn::new(), Vec::new());
        self.lines.read(range.clone(), &mut lines)?;
        self.smiles.read(range.clone(), &mut smiles)?;
        self.names.read(range, &mut names)?;
        for (row, line) in lines.into_iter().enumerate() {
            records.push(smiles.get(row), names.get(row), line);
        }
        Ok(())
    }

    /// Replaces `words` by the fingerprints of kind number `kind` of compounds `range`, one after the other, and
    /// `popcounts` by their numbers of set bits. Whole chunks of 4096 rows are decompressed in parallel.
    ///
    /// Of some rows the bits are counted: wrong numbers would make comparisons wrong without a word.
    ///
    /// # Errors
    /// As [`read_records`](Self::read_records), and for a number that is not that of its fingerprint's bits.
    pub fn read_fingerprints(
        &self,
        kind: usize,
        range: Range<u64>,
        words: &mut Vec<u64>,
        popcounts: &mut Vec<u16>,
    ) -> Result<(), Error> {
        let Some((bits, counts)) = self.fingerprints.get(kind) else {
            return Err(Error::Misuse(format!("fingerprint kind {kind} of {}", self.fingerprints.len())));
        };
        bits.read(range.clone(), words)?;
        counts.read(range.clone(), popcounts)?;
        self.count_some(range.start, words, popcounts)
    }

    fn count_some(&self, first_row: u64, words: &[u64], popcounts: &[u16]) -> Result<(), Error> {
        let width = (words.len() / popcounts.len().max(1)).max(1);
        let counts = words.chunks_exact(width).zip(popcounts).enumerate().step_by(COUNTED_ONE_IN);
        for (row, (words, &stored)) in counts {
            let counted: u32 = words.iter().map(|word| word.count_ones()).sum();
            if counted != u32::from(stored) {
                let row = first_row + row as u64;
                let reason = format!(
                    "is damaged: row {row} has a fingerprint of {counted} bits, and a popcount of {stored}; \
                     build it again"
                );
                return Err(Error::malformed(&self.path, reason));
            }
        }
        Ok(())
    }

    /// Replaces `text` by the values of property number `property` (in the order of
    /// [`LibraryInfo::properties`]) of compounds `range`; empty where a compound has none.
    ///
    /// # Errors
    /// As [`read_records`](Self::read_records).
    pub fn read_property(
        &self,
        property: usize,
        range: Range<u64>,
        text: &mut TextColumn,
    ) -> Result<(), Error> {
        match self.properties.get(property) {
            Some(column) => column.read(range, text),
            None => Err(Error::Misuse(format!("property {property} of {}", self.properties.len()))),
        }
    }

    /// Input rows that are not in the library, from number `start` on, at most `max`.
    ///
    /// # Errors
    /// As [`read_records`](Self::read_records).
    pub fn read_rejected(&self, start: u64, max: usize) -> Result<Vec<Rejected>, Error> {
        let end = start.saturating_add(max as u64).min(self.info.rejected);
        let range = start.min(end)..end;
        let (mut lines, mut text, mut reasons) = (Vec::new(), TextColumn::new(), TextColumn::new());
        self.rejected_lines.read(range.clone(), &mut lines)?;
        self.rejected_text.read(range.clone(), &mut text)?;
        self.rejected_reason.read(range, &mut reasons)?;
        let row = |(row, line): (usize, u64)| Rejected {
            line,
            text: text.get(row).to_vec(),
            reason: String::from_utf8_lossy(reasons.get(row)).into_owned(),
        };
        Ok(lines.into_iter().enumerate().map(row).collect())
    }
}

fn read_kinds(file: &InputFile) -> Result<Vec<FingerprintKind>, Error> {
    let parent =
        file.root().group("fingerprints").map_err(|_| file.malformed("has no group `/fingerprints`"))?;
    let mut names = parent.member_names().map_err(|error| file.damaged(&error))?;
    names.sort();
    let mut kinds = Vec::new();
    for name in names {
        let group = parent.group(&name).map_err(|error| file.damaged(&error))?;
        let mut kind = FingerprintKind::new(name, 0);
        for attribute in group.attr_names().map_err(|error| file.damaged(&error))? {
            let value = read_value(&group, &attribute);
            match value {
                Some(AttributeValue::Integer(bits)) if attribute == "bits" => {
                    kind.bits = usize::try_from(bits).unwrap_or(0);
                }
                Some(value) => kind.attributes.push((attribute, value)),
                None => {}
            }
        }
        kind.check().map_err(|error| file.malformed(format!("is damaged: {error}")))?;
        kinds.push(kind);
    }
    Ok(kinds)
}

fn read_value(group: &hdf5::Group, name: &str) -> Option<AttributeValue> {
    use hdf5::types::TypeDescriptor as Type;
    let attribute = group.attr(name).ok().filter(|attribute| attribute.is_scalar())?;
    match attribute.dtype().ok()?.to_descriptor().ok()? {
        Type::Integer(_) | Type::Unsigned(_) => attribute.read_scalar().ok().map(AttributeValue::Integer),
        Type::Float(_) => attribute.read_scalar().ok().map(AttributeValue::Float),
        _ => crate::hdf::read_text(group, name).map(AttributeValue::Text),
    }
}
