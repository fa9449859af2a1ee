//! Property models: directed message passing networks (D-MPNN) as Chemprop defines them.
//!
//! A [`Model`] is an ensemble of such networks. It comes from a model file ([`Model::load`]) or from a file
//! of another program ([`import()`]), which [`Model::save`] turns into a model file.

mod batch;
mod error;
pub mod features;
mod format;
mod head;
mod import;
mod model;
mod predict;
mod spec;
mod validate;

pub use batch::{Batch, Repetition};
pub use error::{Category, Error};
pub use head::{Column, columns};
pub use import::{Imported, PickleError, import, import_files};
pub use model::{BatchNorm, Linear, Matrix, Member, Model};
pub use predict::{CACHE_BYTES, PredictScratch, Predictions, Predictor};
pub use spec::{
    Activation, Aggregation, Architecture, FeaturizerKind, FeedForward, Head, MessagePassing, Provenance,
    Source, Task,
};
