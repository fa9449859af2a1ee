//! The screening pipeline: read, featurize, score, rank, write.
//!
//! Row `i` of the results is row `i` of the input, whatever the batch size, the number of threads,
//! or where a run was interrupted. A compound that fails keeps its row, with a status and a reason.
#![forbid(unsafe_code)]

mod build;
mod chosen;
mod cluster;
pub mod columns;
mod comparing;
mod config;
mod duplicates;
mod earlier;
mod error;
mod evaluate;
mod export;
mod featurize;
pub mod filter;
mod fingerprint;
mod fusion;
mod hits;
mod imported;
mod memory;
mod pairs;
mod pick;
mod progress;
mod properties;
pub mod rank;
mod reading;
mod references;
mod report;
mod run;
mod sdf;
mod similar;
mod source;
mod standardization;
mod substructure;
mod tiles;

pub use build::{BuildConfig, BuildSummary, BuiltInput, Standardized, build};
pub use cluster::{ClusterConfig, ClusterMethod, ClusterSummary, Clustering, cluster};
pub use config::{FileIdentity, InputIdentity, Resolved, ScaffoldKind, ScreenConfig};
pub use duplicates::{Sameness, UnknownSameness};
pub use error::Error;
pub use evaluate::{
    Enrichment, EnrichmentReport, Evaluation, LabelCounts, Measures, Ranking, Ties, evaluate,
};
pub use export::{ExportFormat, ExportOptions, ExportSummary, export};
pub use featurize::{Failure, Featurized, Featurizer, Fingerprints, Wanted};
pub use fingerprint::{FingerprintSpec, FingerprintType, Generator, UnknownFingerprint};
pub use fusion::{FusedConfig, FusedSummary, Fusion, UnknownFusion, rank_fused};
pub use pairs::{Neighbors, PairsConfig, PairsSummary, neighbors};
pub use pick::{PickConfig, PickSummary, pick};
pub use progress::{Progress, Silent, Stop};
pub use properties::{Properties, Property};
pub use references::References;
pub use report::{Counts, Deduplication, RunReport, Seconds};
pub use run::{ScreenSummary, screen};
pub use similar::{PreparedSearch, SimilarConfig, SimilarSummary, UnusableQuery, similar};
pub use source::{Chunk, Source};
pub use substructure::SubstructureFilter;
