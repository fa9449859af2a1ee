//! What must hold for any input whatever, by reader. The fuzz targets and the tests that replay
//! their corpora (`crates/chem/tests/fuzz_corpus.rs`) check the same.

pub mod fps;
pub mod molecule;
pub mod pieces;
pub mod round_trip;
pub mod sdf;
pub mod smarts;
pub mod smiles;
