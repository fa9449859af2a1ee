//! What can be typed after `soyaku similar` in place of queries.

use clap::Args as ClapArgs;
use soyaku_device::MemorySize;

/// Arguments of `soyaku similar` that compare a library with itself.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Every compound with all others")]
pub struct PairsArgs {
    /// In place of queries: all pairs of compounds with at least the similarity of --threshold, as a sparse matrix in
    /// HDF5 (-o GRAPH.h5)
    #[arg(long, requires = "threshold", conflicts_with_all = ["query", "knn"])]
    pub all_pairs: bool,
    /// In place of queries: the K most similar compounds of each compound, as a sparse matrix in HDF5 (-o GRAPH.h5)
    #[arg(long, value_name = "K", group = "selection", conflicts_with = "query")]
    pub knn: Option<std::num::NonZeroU64>,
    /// The most memory to use, such as 8GiB or 500MB; a library that does not fit is read several times [default: most
    /// of what is available]
    #[arg(long, env = "SOYAKU_MEMORY", value_name = "SIZE")]
    pub memory: Option<MemorySize>,
    /// Begin anew where GRAPH.h5.parts holds another run
    #[arg(long)]
    pub restart: bool,
}

impl PairsArgs {
    /// Whether the library is compared with itself.
    pub fn is_wanted(&self) -> bool {
        self.all_pairs || self.knn.is_some()
    }
}
