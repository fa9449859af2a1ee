//! What can be typed. Values are checked and resolved in `commands`.

mod cluster;
mod pairs;

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use soyaku_chem::standardize::StandardizeOptions;
use soyaku_device::{ComputeCapability, DeviceRequest, MemorySize};
use soyaku_kernels::tanimoto::{Measure, Threshold};
use soyaku_screen::{Fusion, Sameness, ScaffoldKind};
use soyaku_store::Format;

use crate::log::LogFormat;

pub use cluster::Cluster;
pub use pairs::PairsArgs;

/// Screen compound libraries with property models and similarity, on one machine or a thousand.
#[derive(Debug, Parser)]
#[command(name = "soyaku", version, propagate_version = false, max_term_width = 100)]
pub struct Args {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Clone, Debug, ClapArgs)]
#[command(next_help_heading = "General options")]
pub struct Global {
    /// CPU threads [default: what the scheduler, affinity and cgroup allow]
    #[arg(long, global = true, env = "SOYAKU_THREADS", value_name = "N")]
    pub threads: Option<std::num::NonZeroUsize>,
    /// Where to compute: auto, cpu, cuda or cuda:N
    #[arg(long, global = true, env = "SOYAKU_DEVICE", default_value = "auto", value_name = "DEVICE")]
    pub device: DeviceRequest,
    /// The most memory to hold on each GPU, such as 8GiB or 500MB [default: most of what is free]
    #[arg(long, global = true, env = "SOYAKU_DEVICE_MEMORY", value_name = "SIZE")]
    pub device_memory: Option<MemorySize>,
    /// Print errors only
    #[arg(long, global = true, env = "SOYAKU_QUIET")]
    pub quiet: bool,
    /// How messages on standard error look
    #[arg(long, global = true, env = "SOYAKU_LOG_FORMAT", value_enum, default_value = "human")]
    pub log_format: LogFormat,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Compound libraries in HDF5: build, look into, write out
    #[command(subcommand)]
    Library(Library),
    /// Property models: import, look into
    #[command(subcommand)]
    Model(Model),
    /// Score every compound of a library, rank, and write results
    Screen(Box<Screen>),
    /// Find the compounds of a library that are most similar to some queries
    Similar(Box<Similar>),
    /// Put the compounds of a library into groups of similar ones
    Cluster(Box<Cluster>),
    /// Pick a diverse subset of a library
    Pick(Box<Pick>),
    /// What this machine offers, and what to do about what is missing
    Doctor(Doctor),
}

/// Arguments of `soyaku doctor`.
#[derive(Debug, ClapArgs)]
pub struct Doctor {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// End with exit code 69 where this cannot be used
    #[arg(long, value_name = "WHAT")]
    pub require: Option<Requirement>,
    /// Compile all kernels into the cache first: for the GPUs of this machine, or, where there is none, as when a
    /// container is built, for these compute capabilities, such as --compile=9.0,8.0
    #[arg(long, value_name = "CAPABILITY", num_args = 0.., require_equals = true, value_delimiter = ',')]
    pub compile: Option<Vec<ComputeCapability>>,
}

/// What a job may need of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Requirement {
    /// A GPU, its driver and the compiler for it
    Cuda,
}

/// How to read text input.
#[derive(Clone, Debug, ClapArgs)]
pub struct InputArgs {
    /// Column with the SMILES (CSV, TSV) [default: the one named smiles]
    #[arg(long, value_name = "COLUMN")]
    pub smiles_column: Option<String>,
    /// Column (CSV, TSV) or data item (SDF) with the names [default: name or id, where there is one; the title line]
    #[arg(long, value_name = "COLUMN")]
    pub name_column: Option<String>,
    /// Format of the input when its name does not tell: smi, csv, tsv or sdf
    #[arg(long, value_name = "FORMAT")]
    pub input_format: Option<Format>,
}

impl InputArgs {
    /// One of the options that was given.
    pub fn given(&self) -> Option<&'static str> {
        let options = [
            ("--smiles-column", self.smiles_column.is_some()),
            ("--name-column", self.name_column.is_some()),
            ("--input-format", self.input_format.is_some()),
        ];
        options.into_iter().find_map(|(option, given)| given.then_some(option))
    }
}

/// What a library is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// SMILES, a blank, the name
    Smi,
    /// A table with commas
    Csv,
    /// A table with tabs
    Tsv,
    /// Mol blocks with data items
    Sdf,
    /// Fingerprints as text
    Fps,
}

#[derive(Debug, Subcommand)]
pub enum Library {
    /// Build a library from .smi, .csv, .tsv or .sdf (also .gz, .zst; - is standard input), or from fingerprints: .fps
    /// (also .gz, .zst) or .h5 of FPSim2
    Build {
        /// Inputs, one after the other
        #[arg(required = true, value_name = "INPUT")]
        inputs: Vec<PathBuf>,
        /// The library to write
        #[arg(short, long, value_name = "LIBRARY.h5")]
        output: PathBuf,
        /// Fingerprints to store: morganR_BITS, fcfpR_BITS, atompair_BITS, torsion_BITS (each also with _chiral),
        /// rdkit_BITS or maccs; may be given several times [default: morgan2_2048]. Of an .fps file that does not say
        /// it: of what kind its fingerprints are
        #[arg(long, value_name = "KIND")]
        fingerprint: Vec<String>,
        /// Standardize compounds: metals, normalize, reionize, salts, fragment, uncharge, in any selection; cleanup,
        /// charge-parent or all [default, where no value is given: all but salts]
        #[arg(long, value_name = "STEPS", num_args = 0..=1, require_equals = true, default_missing_value = "all")]
        standardize: Option<StandardizeOptions>,
        /// Keep only the first one of compounds that are the same: exact, no-stereo (stereo does not count) or
        /// flat (neither stereo nor isotopes count) [default, where no value is given: exact]
        #[arg(long, value_name = "WHAT", num_args = 0..=1, require_equals = true, default_missing_value = "exact")]
        deduplicate: Option<Sameness>,
        /// Further columns (CSV, TSV) or data items (SDF) to keep, separated by commas: names, all or none
        /// [default: all data items of an SDF, no columns]
        #[arg(long, value_name = "NAMES", value_delimiter = ',')]
        keep_columns: Vec<String>,
        #[command(flatten)]
        input: InputArgs,
    },
    /// What a library holds
    Info {
        /// The library
        library: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// Print up to N rejected rows
        #[arg(long, default_value_t = 0, value_name = "N")]
        rejected: usize,
    },
    /// Write the compounds as text, an SD file, or fingerprints
    Export(Export),
}

/// Arguments of `soyaku library export`.
#[derive(Debug, ClapArgs)]
pub struct Export {
    /// The library
    pub library: PathBuf,
    /// A .smi, .csv, .tsv, .sdf or .fps file [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Format of the output [default: what the name of the output says, else smi]
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<ExportFormat>,
    /// Write canonical SMILES instead of those of the input
    #[arg(long)]
    pub canonical: bool,
    /// Write SMILES with single and double bonds in place of aromatic ones
    #[arg(long)]
    pub kekule: bool,
    /// Fingerprint to write (FPS) [default: the only one of the library]
    #[arg(long, value_name = "KIND")]
    pub fingerprint: Option<String>,
    /// Write V3000 mol blocks (SDF) [default: V2000, and V3000 where that is too small]
    #[arg(long)]
    pub v3000: bool,
}

#[derive(Debug, Subcommand)]
pub enum Model {
    /// Convert Chemprop v2 files (.pt, .ckpt), a folder of them, or the ADMET-AI wheel
    Import {
        /// Files of one ensemble, a folder, or a wheel
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// The model to write; .safetensors is added where it is missing
        #[arg(short, long, value_name = "NAME")]
        output: PathBuf,
    },
    /// What a model predicts, its architecture and where it came from
    Info {
        /// The model
        model: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// What the scaffold of a hit is.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Scaffold {
    /// Rings and what joins them
    Murcko,
    /// The same with all atoms carbon and all bonds single
    Generic,
}

impl From<Scaffold> for ScaffoldKind {
    fn from(scaffold: Scaffold) -> Self {
        match scaffold {
            Scaffold::Murcko => Self::Murcko,
            Scaffold::Generic => Self::Generic,
        }
    }
}

/// Arguments of `soyaku screen`.
#[derive(Debug, ClapArgs)]
pub struct Screen {
    /// A library (.h5) or text (.smi, .csv, .tsv, also .gz, .zst; - is standard input)
    pub library: PathBuf,
    /// Property model (.safetensors); may be given several times
    #[arg(short, long = "model", value_name = "MODEL")]
    pub models: Vec<PathBuf>,
    /// Known actives: find the most similar one of each compound
    #[arg(long, value_name = "FILE")]
    pub like: Option<PathBuf>,
    /// Fingerprint for --like, as in `library build`
    #[arg(long, default_value = "morgan2_2048", value_name = "KIND")]
    pub fingerprint: String,
    /// Descriptors to compute: names such as MolWt,TPSA,QED, or all; may be given several times. Those that a
    /// condition or --rank-by names are computed anyway
    #[arg(long, value_name = "NAMES")]
    pub descriptors: Vec<String>,
    /// Structural alerts to look for: pains, brenk, nih, pains_a, pains_b, pains_c, or all; columns PAINS_alert, ...
    /// say how many a compound has
    #[arg(long, value_name = "CATALOGUES")]
    pub alerts: Vec<String>,
    /// Look only at compounds that hold this SMARTS pattern; may be given several times (all must match)
    #[arg(long, value_name = "SMARTS")]
    pub must_match: Vec<String>,
    /// Look only at compounds without this SMARTS pattern; may be given several times (none may match)
    #[arg(long, value_name = "SMARTS")]
    pub must_not_match: Vec<String>,
    /// Keep hits that meet a condition, such as "hERG < 0.5"; may be given several times
    #[arg(long = "where", value_name = "CONDITION")]
    pub conditions: Vec<String>,
    /// Rank hits by this column, largest first: a task, TASK_std, a descriptor or max_similarity
    #[arg(long, value_name = "COLUMN")]
    pub rank_by: Option<String>,
    /// Rank smallest first
    #[arg(long, requires = "rank_by")]
    pub ascending: bool,
    /// Hits to write
    #[arg(long, default_value_t = 1000, value_name = "N")]
    pub top: usize,
    /// Write the scaffold of each hit: murcko, or generic (all atoms carbon, all bonds single)
    #[arg(long, value_name = "KIND")]
    pub scaffold: Option<Scaffold>,
    /// Folder for results.h5, hits.csv and run.json
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// Compounds computed together; changes speed and memory, never results
    #[arg(long, default_value_t = 8_192, value_parser = clap::value_parser!(u32).range(1..=1_000_000), value_name = "N")]
    pub batch_size: u32,
    /// Begin anew where the folder holds another run
    #[arg(long)]
    pub restart: bool,
    #[command(flatten)]
    pub input: InputArgs,
}

/// Arguments of `soyaku similar`.
#[derive(Debug, ClapArgs)]
#[command(group = clap::ArgGroup::new("selection").required(true))]
pub struct Similar {
    /// A library (.h5) with fingerprints
    pub library: PathBuf,
    /// What to look for: structures (.smi, .csv, .tsv, .sdf, also .gz, .zst; - is standard input), fingerprints (.fps,
    /// .h5 of FPSim2), or another library (.h5)
    #[arg(long, value_name = "FILE", required_unless_present_any = ["all_pairs", "knn"])]
    pub query: Option<PathBuf>,
    /// Write the K most similar compounds of each query
    #[arg(long, value_name = "K", group = "selection")]
    pub top: Option<std::num::NonZeroUsize>,
    /// Write all compounds with at least this similarity, 0 to 1, compared exactly
    #[arg(long, value_name = "T", group = "selection", allow_negative_numbers = true)]
    pub threshold: Option<Threshold>,
    /// How to measure similarity: tanimoto, dice, cosine, or tversky:ALPHA,BETA (of query and compound)
    #[arg(long, default_value = "tanimoto", value_name = "MEASURE")]
    pub measure: Measure,
    /// Fingerprint to compare [default: the only one of the library that the queries can have]
    #[arg(long, value_name = "KIND")]
    pub fingerprint: Option<String>,
    /// A .csv or .tsv file [default: CSV to standard output]; with --all-pairs and --knn the graph (.h5)
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Compounds compared together; changes speed and memory, never results
    #[arg(long, default_value_t = 65_536, value_parser = clap::value_parser!(u32).range(1..=10_000_000), value_name = "N")]
    pub batch_size: u32,
    /// Tell what took how long, from the start of the device to the last hit (with --log-format json always)
    #[arg(long, conflicts_with_all = ["all_pairs", "knn", "fusion", "evaluate"])]
    pub timings: bool,
    #[command(flatten)]
    pub pairs: PairsArgs,
    #[command(flatten)]
    pub fused: FusedArgs,
    #[command(flatten)]
    pub input: InputArgs,
}

/// Arguments of `soyaku similar` that take all queries together.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "All queries together")]
pub struct FusedArgs {
    /// Give each compound one score of its similarities to all queries, and write one list: max (the largest), mean:N
    /// (the mean of the N largest) or mean (of all)
    #[arg(long, value_name = "HOW")]
    pub fusion: Option<Fusion>,
    /// Measure how well the scores find the actives that this column of the library names (1 or 0, true or false,
    /// active or inactive, or nothing): ROC-AUC, logAUC, BEDROC, RIE, enrichment factors; as a table, or as JSON with
    /// -o FILE.json [--fusion: max]
    #[arg(long, value_name = "COLUMN", group = "selection")]
    pub evaluate: Option<String>,
    /// Leave out compounds that have the fingerprint of a query
    #[arg(long)]
    pub exclude_queries: bool,
    /// How much the beginning of the ranking counts in BEDROC and RIE [default: 20]
    #[arg(long, value_name = "ALPHA", allow_negative_numbers = true)]
    pub alpha: Option<f64>,
}

/// How `soyaku pick` picks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PickMethod {
    /// Each pick is the compound whose largest similarity to those before is the smallest
    Maxmin,
}

/// Arguments of `soyaku pick`.
#[derive(Debug, ClapArgs)]
pub struct Pick {
    /// A library (.h5) with fingerprints
    pub library: PathBuf,
    /// How to pick: maxmin
    #[arg(long, value_enum, default_value = "maxmin", value_name = "METHOD")]
    pub method: PickMethod,
    /// Compounds to pick
    #[arg(short = 'n', long = "count", value_name = "N", allow_negative_numbers = true)]
    pub count: std::num::NonZeroU64,
    /// Draws the first pick, as RDKit's MaxMinPicker does for the same number, 0 to 4294967295 [default: 0]
    #[arg(long, value_name = "S", allow_negative_numbers = true)]
    pub seed: Option<u32>,
    /// Compounds that count as picked before, and are not written: structures (.smi, .csv, .tsv, .sdf, also .gz, .zst;
    /// - is standard input), fingerprints (.fps, .h5 of FPSim2), or another library (.h5)
    #[arg(long, value_name = "FILE")]
    pub start: Option<PathBuf>,
    /// Stop where every compound left is at least this similar to a pick, 0 to 1, compared exactly
    #[arg(long, value_name = "T", allow_negative_numbers = true)]
    pub threshold: Option<Threshold>,
    /// Fingerprint to compare [default: the only one of the library]
    #[arg(long, value_name = "KIND")]
    pub fingerprint: Option<String>,
    /// How to measure similarity: tanimoto, dice, cosine, or tversky:ALPHA,BETA (of pick and compound)
    #[arg(long, default_value = "tanimoto", value_name = "MEASURE")]
    pub measure: Measure,
    /// The most memory to use, such as 8GiB or 500MB; where the library does not fit it is read several times
    /// [default: most of what is available]
    #[arg(long, env = "SOYAKU_MEMORY", value_name = "SIZE")]
    pub memory: Option<MemorySize>,
    /// A .csv or .tsv file [default: CSV to standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub input: InputArgs,
}
