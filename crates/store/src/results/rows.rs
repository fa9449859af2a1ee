//! Results of a batch in memory.

use super::layout::ResultsLayout;
use crate::Error;
use crate::text::TextColumn;

/// What became of an input row; stored as one byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Status {
    /// Computed.
    Ok = 0,
    /// The text is no valid structure.
    Invalid = 1,
    /// The row itself could not be read: empty, too long, columns missing.
    Unreadable = 2,
    /// A valid structure that the request does not cover, such as one too large.
    Unsupported = 3,
    /// The computation failed for this row.
    Failed = 4,
    /// A valid structure that the request leaves out; nothing was computed.
    Excluded = 5,
}

impl Status {
    /// All values, by code.
    pub const ALL: [Status; 6] = [
        Status::Ok,
        Status::Invalid,
        Status::Unreadable,
        Status::Unsupported,
        Status::Failed,
        Status::Excluded,
    ];

    /// Name used in files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Invalid => "invalid",
            Status::Unreadable => "unreadable",
            Status::Unsupported => "unsupported",
            Status::Failed => "failed",
            Status::Excluded => "excluded",
        }
    }

    /// The status with this code.
    pub fn from_code(code: u8) -> Option<Status> {
        Self::ALL.get(code as usize).copied()
    }
}

/// Similarity of a compound to a reference set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Similarity {
    /// Largest Tanimoto similarity.
    pub max: f32,
    /// Index of the reference compound that has it; the lowest of several.
    pub nearest: u32,
}

impl Similarity {
    /// What is stored where nothing was computed.
    pub const NONE: Similarity = Similarity { max: f32::NAN, nearest: u32::MAX };
}

/// One row to be appended.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// Line of the input.
    pub line: u64,
    /// What became of it.
    pub status: Status,
    /// Why, when the status is not [`Status::Ok`]; else empty.
    pub reason: &'a str,
    /// Mean prediction of each task. May be empty unless the status is `Ok`; NaN is stored then.
    pub mean: &'a [f32],
    /// Standard deviation over the ensemble of each task. Empty for a single model: 0 is stored then.
    pub std: &'a [f32],
    /// Value of each descriptor. May be empty unless the status is `Ok`; NaN is stored then.
    pub descriptors: &'a [f32],
    /// Similarity, where one was computed.
    pub similarity: Option<Similarity>,
}

/// Results of consecutive input rows, column by column.
#[derive(Clone, Debug, PartialEq)]
pub struct ResultRows {
    pub(super) layout: ResultsLayout,
    pub(super) status: Vec<u8>,
    pub(super) reasons: TextColumn,
    pub(super) lines: Vec<u64>,
    pub(super) mean: Vec<Vec<f32>>,
    pub(super) std: Vec<Vec<f32>>,
    pub(super) descriptors: Vec<Vec<f32>>,
    pub(super) similarity_max: Vec<f32>,
    pub(super) similarity_nearest: Vec<u32>,
}

impl ResultRows {
    /// No rows yet, with columns for `layout`.
    pub fn new(layout: &ResultsLayout) -> Self {
        ResultRows {
            status: Vec::new(),
            reasons: TextColumn::new(),
            lines: Vec::new(),
            mean: vec![Vec::new(); layout.tasks.len()],
            std: vec![Vec::new(); layout.tasks.len()],
            descriptors: vec![Vec::new(); layout.descriptors.len()],
            similarity_max: Vec::new(),
            similarity_nearest: Vec::new(),
            layout: layout.clone(),
        }
    }

    /// Appends a row.
    ///
    /// # Errors
    /// [`Error::Misuse`] when the values do not fit the layout, or a standard deviation is NaN where the mean is
    /// a number. Nothing is appended then.
    pub fn push(&mut self, row: &Row<'_>) -> Result<(), Error> {
        let optional = row.status != Status::Ok;
        let fits = |len: usize, needed: usize, optional: bool| len == needed || (optional && len == 0);
        if !fits(row.mean.len(), self.mean.len(), optional)
            || !fits(row.std.len(), self.mean.len(), true)
            || !fits(row.descriptors.len(), self.descriptors.len(), optional)
            || (row.similarity.is_some() && !self.layout.similarity)
        {
            return Err(Error::Misuse(format!(
                "line {}: {} means, {} deviations, {} descriptors, similarity: {}; the layout has {} tasks, {} \
                 descriptors, similarity: {}",
                row.line,
                row.mean.len(),
                row.std.len(),
                row.descriptors.len(),
                row.similarity.is_some(),
                self.mean.len(),
                self.descriptors.len(),
                self.layout.similarity,
            )));
        }
        if row.mean.iter().zip(row.std).any(|(mean, std)| std.is_nan() && !mean.is_nan()) {
            return Err(Error::Misuse(format!(
                "line {}: a prediction without a standard deviation",
                row.line
            )));
        }
        for (task, (means, stds)) in self.mean.iter_mut().zip(&mut self.std).enumerate() {
            let mean = row.mean.get(task).copied().unwrap_or(f32::NAN);
            let alone = if mean.is_nan() { f32::NAN } else { 0.0 };
            means.push(mean);
            stds.push(row.std.get(task).copied().unwrap_or(alone));
        }
        for (at, values) in self.descriptors.iter_mut().enumerate() {
            values.push(row.descriptors.get(at).copied().unwrap_or(f32::NAN));
        }
        if self.layout.similarity {
            let similarity = row.similarity.unwrap_or(Similarity::NONE);
            self.similarity_max.push(similarity.max);
            self.similarity_nearest.push(similarity.nearest);
        }
        self.status.push(row.status as u8);
        self.reasons.push(row.reason.as_bytes());
        self.lines.push(row.line);
        Ok(())
    }

    /// Appends a row without results: NaN everywhere.
    ///
    /// # Errors
    /// [`Error::Misuse`] for [`Status::Ok`] when the layout has columns.
    pub fn push_failed(&mut self, line: u64, status: Status, reason: &str) -> Result<(), Error> {
        self.push(&Row { line, status, reason, mean: &[], std: &[], descriptors: &[], similarity: None })
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.status.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.status.is_empty()
    }

    /// Forgets the rows, keeps the memory.
    pub fn clear(&mut self) {
        self.status.clear();
        self.reasons.clear();
        self.lines.clear();
        self.mean.iter_mut().chain(&mut self.std).chain(&mut self.descriptors).for_each(Vec::clear);
        self.similarity_max.clear();
        self.similarity_nearest.clear();
    }

    /// The columns there are.
    pub fn layout(&self) -> &ResultsLayout {
        &self.layout
    }

    /// Status of a row.
    pub fn status(&self, row: usize) -> Status {
        // Codes are checked on the way in, from callers by type and from files by the reader.
        Status::from_code(self.status[row]).unwrap_or(Status::Failed)
    }

    /// Reason of a row; empty for [`Status::Ok`].
    pub fn reason(&self, row: usize) -> &[u8] {
        self.reasons.get(row)
    }

    /// Lines of the input, one for each row.
    pub fn lines(&self) -> &[u64] {
        &self.lines
    }

    /// Mean predictions of a task, one for each row; NaN where there is none.
    pub fn mean(&self, task: usize) -> &[f32] {
        &self.mean[task]
    }

    /// Standard deviations of a task, one for each row; 0 for single models, NaN where there is no prediction.
    pub fn std(&self, task: usize) -> &[f32] {
        &self.std[task]
    }

    /// Values of a descriptor, one for each row.
    pub fn descriptor(&self, index: usize) -> &[f32] {
        &self.descriptors[index]
    }

    /// Similarity of a row; `None` where none was computed.
    pub fn similarity(&self, row: usize) -> Option<Similarity> {
        let max = *self.similarity_max.get(row)?;
        let nearest = *self.similarity_nearest.get(row)?;
        (nearest != u32::MAX || !max.is_nan()).then_some(Similarity { max, nearest })
    }
}
