//! What can be typed after `soyaku cluster`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};
use soyaku_device::MemorySize;
use soyaku_kernels::tanimoto::{Measure, Threshold};
use soyaku_screen::ClusterMethod;

use crate::exit::Usage;

/// How compounds are grouped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Method {
    /// The compound with the most neighbours takes them all, then the next (Butina)
    Butina,
    /// A compound that no leader before it is near to leads; the others join the most similar leader
    Leader,
}

/// Arguments of `soyaku cluster`.
#[derive(Debug, ClapArgs)]
pub struct Cluster {
    /// A library (.h5) with fingerprints
    pub library: PathBuf,
    /// How to group
    #[arg(long, value_enum, value_name = "METHOD")]
    pub method: Method,
    /// Butina: count neighbours anew after each cluster, only those that are not taken yet (RDKit's reordering); lists
    /// them, in 6 bytes of memory for each
    #[arg(long)]
    pub recount: bool,
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

impl Cluster {
    /// The method and how it counts.
    pub fn method(&self) -> Result<ClusterMethod, Usage> {
        match (self.method, self.recount) {
            (Method::Butina, false) => Ok(ClusterMethod::Butina),
            (Method::Butina, true) => Ok(ClusterMethod::ButinaRecounted),
            (Method::Leader, false) => Ok(ClusterMethod::Leader),
            (Method::Leader, true) => Err(Usage(
                "--recount goes with --method butina: the leader method counts no neighbours".into(),
            )),
        }
    }
}
