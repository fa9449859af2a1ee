//! What can be typed after `soyaku cluster`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};
use soyaku_device::MemorySize;
use soyaku_kernels::tanimoto::{Measure, Threshold};
use soyaku_screen::ClusterMethod;

/// How compounds are grouped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Method {
    /// The compound with the most neighbours takes them all, then the next (Butina)
    Butina,
    /// A compound that no leader before it is near to leads; the others join the most similar leader
    Leader,
}

impl From<Method> for ClusterMethod {
    fn from(method: Method) -> Self {
        match method {
            Method::Butina => Self::Butina,
            Method::Leader => Self::Leader,
        }
    }
}

/// Arguments of `soyaku cluster`.
#[derive(Debug, ClapArgs)]
pub struct Cluster {
    /// A library (.h5) with fingerprints
    pub library: PathBuf,
    /// How to group
    #[arg(long, value_enum, value_name = "METHOD")]
    pub method: Method,
    /// Compounds with at least this similarity are neighbours, 0 to 1, compared exactly
    #[arg(long, value_name = "T", allow_negative_numbers = true)]
    pub threshold: Threshold,
    /// Fingerprint to compare [default: the only one of the library]
    #[arg(long, value_name = "KIND")]
    pub fingerprint: Option<String>,
    /// How to measure similarity: tanimoto, dice, cosine, or tversky:ALPHA,BETA (of centroid and compound)
    #[arg(long, default_value = "tanimoto", value_name = "MEASURE")]
    pub measure: Measure,
    /// The most memory to use, such as 8GiB or 500MB; where the library does not fit it is read several times
    /// [default: most of what is available]
    #[arg(long, env = "SOYAKU_MEMORY", value_name = "SIZE")]
    pub memory: Option<MemorySize>,
    /// A .csv or .tsv file, beside which FILE.work keeps what is found until all is [default: CSV to standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// A second table (.csv or .tsv) with the centroid and size of each cluster
    #[arg(long, value_name = "FILE")]
    pub centroids: Option<PathBuf>,
    /// Begin anew where FILE.work holds another run
    #[arg(long, requires = "output")]
    pub restart: bool,
}
