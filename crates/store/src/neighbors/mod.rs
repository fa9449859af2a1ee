//! `neighbors/1`: which compounds of a library are similar to which, as a sparse matrix in compressed rows (CSR).

mod info;
mod reader;
#[cfg(test)]
mod tests;
mod writer;

pub use info::{NeighborsInfo, WhichNeighbors};
pub use reader::NeighborsReader;
pub use writer::NeighborsWriter;

const SCHEMA: &str = "neighbors";
const MAJOR: u32 = 1;
