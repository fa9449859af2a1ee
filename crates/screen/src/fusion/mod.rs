//! Data fusion: one score for each compound from its similarities to several queries.
//!
//! Hert, Willett, Wilton, Acklin, Azzaoui, Jacoby, Schuffenhauer, J. Chem. Inf. Comput. Sci. 44, 1177-1185 (2004)
//! compare such rules: the largest similarity does best for actives of several kinds.

mod known;
mod ranked;
mod score;

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use soyaku_kernels::tanimoto::Measure;
use soyaku_store::InputOptions;

pub(crate) use known::KnownFingerprints;
pub use ranked::{FusedSummary, rank_fused};
pub(crate) use score::{Fused, Scored, each_score};

/// How the similarities of a compound to all queries become one score.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fusion {
    /// The largest.
    #[default]
    Max,
    /// The mean of this many largest ones, at least 1; of all where there are fewer queries.
    MeanOfTop(usize),
    /// The mean of all.
    Mean,
}

/// A text that is no [`Fusion`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no fusion: expected max, mean, or mean:N (the N most similar queries, at least 1)")]
pub struct UnknownFusion(String);

impl FromStr for Fusion {
    type Err = UnknownFusion;

    fn from_str(text: &str) -> Result<Self, UnknownFusion> {
        match text {
            "max" => Ok(Self::Max),
            "mean" => Ok(Self::Mean),
            _ => {
                let count = text.strip_prefix("mean:").filter(|digits| !digits.starts_with('+'));
                match count.and_then(|digits| digits.parse().ok()) {
                    Some(count) if count > 0 => Ok(Self::MeanOfTop(count)),
                    _ => Err(UnknownFusion(text.chars().take(40).collect())),
                }
            }
        }
    }
}

impl fmt::Display for Fusion {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Max => out.write_str("max"),
            Self::MeanOfTop(count) => write!(out, "mean:{count}"),
            Self::Mean => out.write_str("mean"),
        }
    }
}

impl Fusion {
    /// Similarities that count, of so many queries.
    fn counted(self, queries: usize) -> usize {
        match self {
            Self::Max => 1,
            Self::MeanOfTop(count) => count.min(queries),
            Self::Mean => queries,
        }
    }
}

/// A library and queries whose similarities are fused.
#[derive(Clone, Debug)]
pub struct FusedConfig {
    /// A library (`.h5`) with fingerprints.
    pub library: PathBuf,
    /// The queries: structures as for a library, an FPS file, or another library.
    pub query: PathBuf,
    /// How structures are read.
    pub options: InputOptions,
    /// Name of the fingerprint; default: the only one that library and queries can have in common.
    pub fingerprint: Option<String>,
    /// How similarities become a score.
    pub fusion: Fusion,
    /// How similarities are measured, from a query to a compound.
    pub measure: Measure,
    /// Whether compounds are left out whose fingerprint is that of a query.
    pub exclude_queries: bool,
    /// Compounds compared together.
    pub batch_size: usize,
    /// Whether the CPU may do what a GPU cannot (`--device auto`).
    pub may_fall_back: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fusions_are_read_as_they_are_written() {
        for (text, fusion) in [
            ("max", Fusion::Max),
            ("mean", Fusion::Mean),
            ("mean:1", Fusion::MeanOfTop(1)),
            ("mean:250", Fusion::MeanOfTop(250)),
        ] {
            assert_eq!(text.parse(), Ok(fusion));
            assert_eq!(fusion.to_string(), text);
        }
        for text in
            ["", "Max", "mean:", "mean:0", "mean:-1", "mean:+1", "mean:2.5", "mean:99999999999999999999"]
        {
            let error = text.parse::<Fusion>().unwrap_err().to_string();
            assert!(error.contains(text) && error.contains("mean:N"), "{error}");
        }
    }

    #[test]
    fn no_more_queries_count_than_there_are() {
        assert_eq!([1, 7].map(|queries| Fusion::MeanOfTop(3).counted(queries)), [1, 3]);
        assert_eq!([Fusion::Max, Fusion::Mean].map(|fusion| fusion.counted(9)), [1, 9]);
    }
}
