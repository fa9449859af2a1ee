//! Reading results files.

use std::ops::Range;
use std::path::Path;

use super::layout::{ResultsLayout, TaskColumn, link_name};
use super::rows::{ResultRows, Status};
use super::{MAJOR, SCHEMA};
use crate::Error;
use crate::hdf::{self, ColumnReader, InputFile, TextReader};
use crate::text::TextColumn;

/// A results file opened for reading; any number of threads may read at once.
pub struct ResultsReader {
    layout: ResultsLayout,
    status: ColumnReader<u8>,
    reason: TextReader,
    line: ColumnReader<u64>,
    mean: Vec<ColumnReader<f32>>,
    std: Vec<ColumnReader<f32>>,
    descriptors: Vec<ColumnReader<f32>>,
    similarity: Option<(ColumnReader<f32>, ColumnReader<u32>)>,
    file: InputFile,
}

impl ResultsReader {
    /// Opens a results file and checks that its columns agree.
    ///
    /// # Errors
    /// [`Error::NotFound`], or [`Error::Malformed`] for a file that holds no results, is truncated, or of a newer
    /// schema.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Self::open_as(path, SCHEMA)
    }

    pub(super) fn open_as(path: &Path, schema: &str) -> Result<Self, Error> {
        let file = InputFile::open(path, schema, MAJOR)?;
        let status = ColumnReader::open(&file, "status", None)?;
        let rows = status.rows();
        let reason = TextReader::open(&file, "reason")?;
        let line = ColumnReader::open(&file, "source/line", None)?;
        let mut sizes = vec![("reason", reason.rows()), ("source/line", line.rows())];

        let mut layout = ResultsLayout::default();
        let (mut mean, mut std, mut descriptors) = (Vec::new(), Vec::new(), Vec::new());
        for name in order(&file, "predictions")? {
            let group = format!("predictions/{}", link_name(&name));
            let location = file.root().group(&group).map_err(|error| file.damaged(&error))?;
            let text = |attribute| hdf::read_text(&location, attribute).unwrap_or_default();
            let (units, kind, model) = (text("units"), text("kind"), text("model"));
            mean.push(ColumnReader::open(&file, &format!("{group}/mean"), None)?);
            std.push(ColumnReader::open(&file, &format!("{group}/std"), None)?);
            layout.tasks.push(TaskColumn { name, units, kind, model });
        }
        for name in order(&file, "descriptors")? {
            descriptors.push(ColumnReader::open(&file, &format!("descriptors/{}", link_name(&name)), None)?);
            layout.descriptors.push(name);
        }
        sizes
            .extend(mean.iter().chain(&std).map(|column: &ColumnReader<f32>| ("predictions", column.rows())));
        sizes.extend(descriptors.iter().map(|column: &ColumnReader<f32>| ("descriptors", column.rows())));
        let mut similarity = None;
        if file.has("similarity") {
            let max = ColumnReader::open(&file, "similarity/max", None)?;
            let nearest = ColumnReader::open(&file, "similarity/nearest", None)?;
            sizes.extend([("similarity", max.rows()), ("similarity", nearest.rows())]);
            similarity = Some((max, nearest));
            layout.similarity = true;
        }
        if let Some((name, other)) = sizes.iter().find(|(_, size)| *size != rows) {
            return Err(
                file.malformed(format!("is damaged: `/{name}` has {other} rows, `/status` has {rows}"))
            );
        }
        layout.check().map_err(|error| file.malformed(format!("is damaged: {error}")))?;
        Ok(ResultsReader { layout, status, reason, line, mean, std, descriptors, similarity, file })
    }

    /// Number of rows.
    pub fn len(&self) -> u64 {
        self.status.rows()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The columns there are.
    pub fn layout(&self) -> &ResultsLayout {
        &self.layout
    }

    /// What identifies the run that wrote the file.
    pub fn run_digest(&self) -> String {
        self.file.attribute("run_digest").unwrap_or_default()
    }

    /// How the file was made (JSON).
    ///
    /// # Errors
    /// [`Error::Malformed`] when it is not JSON.
    pub fn provenance(&self) -> Result<serde_json::Value, Error> {
        let text = self.file.attribute("provenance").unwrap_or_default();
        serde_json::from_str(&text)
            .map_err(|error| self.file.malformed(format!("has a provenance that is not JSON ({error})")))
    }

    /// Replaces the content of `rows` by rows `range` with all columns.
    ///
    /// # Errors
    /// [`Error::Misuse`] beyond the end, [`Error::Malformed`] for damaged chunks, [`Error::Io`].
    pub fn read_rows(&self, range: Range<u64>, rows: &mut ResultRows) -> Result<(), Error> {
        if rows.layout != self.layout {
            *rows = ResultRows::new(&self.layout);
        }
        self.read_status(range.clone(), &mut rows.status)?;
        self.read_reasons(range.clone(), &mut rows.reasons)?;
        self.read_lines(range.clone(), &mut rows.lines)?;
        for (column, values) in self.mean.iter().zip(&mut rows.mean) {
            column.read(range.clone(), values)?;
        }
        for (column, values) in self.std.iter().zip(&mut rows.std) {
            column.read(range.clone(), values)?;
        }
        for (column, values) in self.descriptors.iter().zip(&mut rows.descriptors) {
            column.read(range.clone(), values)?;
        }
        self.read_similarity(range, &mut rows.similarity_max, &mut rows.similarity_nearest)
    }

    /// Status codes of rows `range`; see [`Status::from_code`], which knows each of them.
    ///
    /// # Errors
    /// As [`read_rows`](Self::read_rows), and [`Error::Malformed`] for an unknown code.
    pub fn read_status(&self, range: Range<u64>, status: &mut Vec<u8>) -> Result<(), Error> {
        self.status.read(range, status)?;
        match status.iter().find(|code| Status::from_code(**code).is_none()) {
            Some(code) => Err(self.file.malformed(format!("is damaged: status {code} is unknown"))),
            None => Ok(()),
        }
    }

    /// Reasons of rows `range`.
    ///
    /// # Errors
    /// As [`read_rows`](Self::read_rows).
    pub fn read_reasons(&self, range: Range<u64>, reasons: &mut TextColumn) -> Result<(), Error> {
        self.reason.read(range, reasons)
    }

    /// Input lines of rows `range`.
    ///
    /// # Errors
    /// As [`read_rows`](Self::read_rows).
    pub fn read_lines(&self, range: Range<u64>, lines: &mut Vec<u64>) -> Result<(), Error> {
        self.line.read(range, lines)
    }

    /// Mean predictions of task number `task` of rows `range`.
    ///
    /// # Errors
    /// As [`read_rows`](Self::read_rows).
    pub fn read_mean(&self, task: usize, range: Range<u64>, values: &mut Vec<f32>) -> Result<(), Error> {
        column(&self.mean, task)?.read(range, values)
    }

    /// Standard deviations of task number `task` of rows `range`.
    ///
    /// # Errors
    /// As [`read_rows`](Self::read_rows).
    pub fn read_std(&self, task: usize, range: Range<u64>, values: &mut Vec<f32>) -> Result<(), Error> {
        column(&self.std, task)?.read(range, values)
    }

    /// Values of descriptor number `index` of rows `range`.
    ///
    /// # Errors
    /// As [`read_rows`](Self::read_rows).
    pub fn read_descriptor(
        &self,
        index: usize,
        range: Range<u64>,
        values: &mut Vec<f32>,
    ) -> Result<(), Error> {
        column(&self.descriptors, index)?.read(range, values)
    }

    /// Similarities of rows `range`; both are left empty when the file has none.
    ///
    /// # Errors
    /// As [`read_rows`](Self::read_rows).
    pub fn read_similarity(
        &self,
        range: Range<u64>,
        max: &mut Vec<f32>,
        nearest: &mut Vec<u32>,
    ) -> Result<(), Error> {
        match &self.similarity {
            Some(columns) => {
                columns.0.read(range.clone(), max)?;
                columns.1.read(range, nearest)
            }
            None => {
                max.clear();
                nearest.clear();
                Ok(())
            }
        }
    }
}

fn column(columns: &[ColumnReader<f32>], index: usize) -> Result<&ColumnReader<f32>, Error> {
    columns.get(index).ok_or_else(|| Error::Misuse(format!("column {index} of {}", columns.len())))
}

/// Names of the columns of a group in the order of the layout; HDF5 itself sorts them.
fn order(file: &InputFile, group: &str) -> Result<Vec<String>, Error> {
    let location =
        file.root().group(group).map_err(|_| file.malformed(format!("has no group `/{group}`")))?;
    let text = hdf::read_text(&location, "order").unwrap_or_default();
    serde_json::from_str(&text).map_err(|error| {
        file.malformed(format!("attribute `order` of `/{group}` is no list of names ({error})"))
    })
}
