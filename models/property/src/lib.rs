//! Property models: directed message passing networks (D-MPNN) as Chemprop defines them.

mod model;
mod spec;

pub use model::{BatchNorm, Linear, Matrix, Member, Model};
pub use spec::{
    Activation, Aggregation, Architecture, FeaturizerKind, FeedForward, Head, MessagePassing, Provenance,
    Source, Task,
};
