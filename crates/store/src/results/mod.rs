//! `results.h5`, schema `results/1`: row `i` is input row `i`.
//!
//! During a run, results are written as immutable part files beside a journal that says which of them are
//! complete ([`RunDirectory`]); at the end they are merged into one file.

pub(crate) mod journal;
mod layout;
mod reader;
mod rows;
pub(crate) mod run;
mod writer;

pub use layout::{ResultsLayout, TaskColumn};
pub use reader::ResultsReader;
pub use rows::{ResultRows, Row, Similarity, Status};
pub use run::{PartInfo, Recovery, RunDirectory};
pub use writer::ResultsWriter;

pub(crate) const SCHEMA: &str = "results";
pub(crate) const PART_SCHEMA: &str = "results-part";
pub(crate) const MAJOR: u32 = 1;
