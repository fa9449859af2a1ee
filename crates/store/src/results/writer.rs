//! Writing results files.

use std::path::Path;

use super::layout::{ResultsLayout, link_name};
use super::rows::{ResultRows, Status};
use super::{MAJOR, SCHEMA};
use crate::Error;
use crate::hdf::{self, ColumnId, ColumnSet, OutputFile, TextIds};

/// Rows after which full chunks leave for the file.
const BLOCK: usize = 4096;
/// Rows to a chunk.
const CHUNK: usize = 32_768;

/// Writes a results file under a temporary name; [`finish`](Self::finish) gives it the final one. The bytes depend
/// only on the rows, not on how many come at a time.
pub struct ResultsWriter {
    layout: ResultsLayout,
    columns: ColumnSet,
    status: ColumnId,
    reason: TextIds,
    line: ColumnId,
    mean: Vec<ColumnId>,
    std: Vec<ColumnId>,
    descriptors: Vec<ColumnId>,
    similarity: Option<(ColumnId, ColumnId)>,
    rows: u64,
    // After the columns: their handles must close before the file does.
    file: OutputFile,
}

impl ResultsWriter {
    /// Starts the results file that will be `path`.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be created, [`Error::Misuse`] for a layout with doubled names.
    pub fn create(path: &Path, layout: &ResultsLayout) -> Result<Self, Error> {
        layout.check()?;
        Self::lay_out(OutputFile::create(path)?, layout, 3, CHUNK)
    }

    /// Starts a file in memory whose columns are one chunk each.
    pub(super) fn in_memory(path: &Path, layout: &ResultsLayout, rows: usize) -> Result<Self, Error> {
        Self::lay_out(OutputFile::in_memory(path)?, layout, 1, rows.clamp(1, CHUNK))
    }

    fn lay_out(file: OutputFile, layout: &ResultsLayout, level: i32, chunk: usize) -> Result<Self, Error> {
        let root = file.root()?;
        let build = || -> hdf5::Result<_> {
            let mut columns = ColumnSet::new(level);
            let status = columns.add::<u8>(root, "status", None, chunk)?;
            hdf::write_text(columns.dataset(status), "enum", &status_names())?;
            let reason = columns.add_text(root, "reason")?;
            let source = hdf::create_group(root, "source")?;
            let line = columns.add::<u64>(&source, "line", None, chunk)?;
            let predictions = hdf::create_group(root, "predictions")?;
            let names: Vec<&str> = layout.tasks.iter().map(|task| task.name.as_str()).collect();
            hdf::write_text(&predictions, "order", &serde_json::json!(names).to_string())?;
            let (mut mean, mut std) = (Vec::new(), Vec::new());
            for task in &layout.tasks {
                let group = hdf::create_group(&predictions, &link_name(&task.name))?;
                for (name, text) in [
                    ("name", &task.name),
                    ("units", &task.units),
                    ("kind", &task.kind),
                    ("model", &task.model),
                ] {
                    hdf::write_text(&group, name, text)?;
                }
                mean.push(columns.add::<f32>(&group, "mean", None, chunk)?);
                std.push(columns.add::<f32>(&group, "std", None, chunk)?);
            }
            let group = hdf::create_group(root, "descriptors")?;
            hdf::write_text(&group, "order", &serde_json::json!(layout.descriptors).to_string())?;
            let mut descriptors = Vec::new();
            for name in &layout.descriptors {
                let column = columns.add::<f32>(&group, &link_name(name), None, chunk)?;
                hdf::write_text(columns.dataset(column), "name", name)?;
                descriptors.push(column);
            }
            let mut similarity = None;
            if layout.similarity {
                let group = hdf::create_group(root, "similarity")?;
                let max = columns.add::<f32>(&group, "max", None, chunk)?;
                let nearest = columns.add::<u32>(&group, "nearest", None, chunk)?;
                hdf::write_integer(columns.dataset(nearest), "missing", i64::from(u32::MAX))?;
                similarity = Some((max, nearest));
            }
            Ok((columns, status, reason, line, mean, std, descriptors, similarity))
        };
        let built = build().map_err(|error| file.error(&error))?;
        let (columns, status, reason, line, mean, std, descriptors, similarity) = built;
        let layout = layout.clone();
        Ok(ResultsWriter {
            layout,
            columns,
            status,
            reason,
            line,
            mean,
            std,
            descriptors,
            similarity,
            rows: 0,
            file,
        })
    }

    /// Appends rows.
    ///
    /// # Errors
    /// [`Error::Misuse`] for rows of another layout, [`Error::Io`] (disk full), after which only dropping helps.
    pub fn append(&mut self, rows: &ResultRows) -> Result<(), Error> {
        if rows.layout != self.layout {
            return Err(Error::Misuse("rows of another layout".into()));
        }
        let mut done = 0;
        while done < rows.len() {
            let room = BLOCK - (self.rows % BLOCK as u64) as usize;
            let end = (done + room).min(rows.len());
            let columns = &mut self.columns;
            columns.push(self.status, &rows.status[done..end]);
            (done..end).for_each(|row| columns.push_text(self.reason, rows.reasons.get(row)));
            columns.push(self.line, &rows.lines[done..end]);
            for (column, values) in self.mean.iter().zip(&rows.mean) {
                columns.push(*column, &values[done..end]);
            }
            for (column, values) in self.std.iter().zip(&rows.std) {
                columns.push(*column, &values[done..end]);
            }
            for (column, values) in self.descriptors.iter().zip(&rows.descriptors) {
                columns.push(*column, &values[done..end]);
            }
            if let Some((max, nearest)) = self.similarity {
                columns.push(max, &rows.similarity_max[done..end]);
                columns.push(nearest, &rows.similarity_nearest[done..end]);
            }
            self.rows += (end - done) as u64;
            done = end;
            if self.rows.is_multiple_of(BLOCK as u64) {
                self.columns.seal(&self.file)?;
            }
        }
        Ok(())
    }

    /// Rows appended so far.
    pub fn len(&self) -> u64 {
        self.rows
    }

    /// Whether nothing was appended yet.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Writes the rest, closes, syncs, and gives the file its name. `run_digest` identifies the configuration and
    /// inputs of the run; the provenance must hold no time of day.
    ///
    /// # Errors
    /// [`Error::Io`]; the temporary file is removed then.
    pub fn finish(self, run_digest: &str, provenance: &serde_json::Value) -> Result<(), Error> {
        self.seal(SCHEMA, run_digest, provenance)?.publish()
    }

    /// The bytes of a file made in memory.
    pub(super) fn into_image(self, schema: &str, run_digest: &str) -> Result<Vec<u8>, Error> {
        self.seal(schema, run_digest, &serde_json::Value::Null)?.into_image()
    }

    fn seal(
        self,
        schema: &str,
        run_digest: &str,
        provenance: &serde_json::Value,
    ) -> Result<OutputFile, Error> {
        let ResultsWriter { columns, file, .. } = self;
        columns.finish(&file)?;
        let root = file.root()?;
        let write = || {
            hdf::write_text(root, "soyaku_schema", &format!("{schema}/{MAJOR}"))?;
            hdf::write_text(root, "soyaku_version", crate::VERSION)?;
            hdf::write_text(root, "run_digest", run_digest)?;
            hdf::write_text(root, "provenance", &provenance.to_string())
        };
        write().map_err(|error| file.error(&error))?;
        Ok(file)
    }
}

/// `{"ok":0,"invalid":1,...}`
fn status_names() -> String {
    let names = Status::ALL.iter().map(|status| (status.name().to_owned(), serde_json::json!(*status as u8)));
    serde_json::Value::Object(names.collect()).to_string()
}
