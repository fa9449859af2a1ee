//! The hits as a table, with the names and SMILES of their rows.

use std::ops::Range;

use rayon::prelude::*;
use soyaku_device::Device;
use soyaku_kernels::tanimoto::Hit;
use soyaku_store::{LibraryReader, Records};

use super::queries::Queries;
use crate::Error;

const HEADER: [&str; 7] = ["query", "query_name", "rank", "row", "name", "smiles", "similarity"];

/// Hits whose names and SMILES are held together.
const BLOCK: usize = 65_536;
/// Rows of the library that are decoded together.
const WINDOW: u64 = 4096;

/// Hands over the header, then the hits; returns how many.
pub(super) fn write<E: From<Error>>(
    library: &LibraryReader,
    queries: &Queries,
    hits: &[Vec<Hit>],
    separator: u8,
    device: &Device,
    mut take: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<u64, E> {
    let mut table = csv::WriterBuilder::new().delimiter(separator).from_writer(Vec::new());
    table.write_record(HEADER).map_err(lost)?;
    let mut all = hits.iter().enumerate().flat_map(|(query, hits)| {
        hits.iter().enumerate().map(move |(place, hit)| Cell { query, rank: place + 1, hit: *hit })
    });
    let mut written = 0;
    loop {
        let block: Vec<Cell> = all.by_ref().take(BLOCK).collect();
        let texts = Texts::read(library, &block, device)?;
        for cell in &block {
            add(&mut table, queries, &texts, cell).map_err(lost)?;
        }
        take(&table.into_inner().map_err(|error| lost(error.into_error().into()))?)?;
        written += block.len() as u64;
        if block.len() < BLOCK {
            return Ok(written);
        }
        table = csv::WriterBuilder::new().delimiter(separator).from_writer(Vec::new());
    }
}

/// Memory takes everything, and each record has its seven cells.
fn lost(error: csv::Error) -> Error {
    Error::Internal(format!("a table in memory: {error}"))
}

/// One row of the table.
struct Cell {
    query: usize,
    rank: usize,
    hit: Hit,
}

fn add(table: &mut csv::Writer<Vec<u8>>, queries: &Queries, texts: &Texts, cell: &Cell) -> csv::Result<()> {
    let (name, smiles) = texts.of(cell.hit.row);
    table.write_field(queries.file_row(cell.query).to_string())?;
    table.write_field(queries.label(cell.query))?;
    table.write_field(cell.rank.to_string())?;
    table.write_field(cell.hit.row.to_string())?;
    table.write_field(name)?;
    table.write_field(smiles)?;
    // The shortest text that reads back as the same number.
    table.write_field(cell.hit.similarity().to_string())?;
    table.write_record(None::<&[u8]>)
}

/// Names and SMILES of some rows.
struct Texts(Vec<(Range<u64>, Records)>);

impl Texts {
    /// Reads those of all hits: of each stretch of the library only from the first to the last row that is needed.
    fn read(library: &LibraryReader, block: &[Cell], device: &Device) -> Result<Self, Error> {
        let mut rows: Vec<u64> = block.iter().map(|cell| cell.hit.row).collect();
        rows.sort_unstable();
        rows.dedup();
        let stretches: Vec<Range<u64>> = rows
            .chunk_by(|one, next| one / WINDOW == next / WINDOW)
            .map(|rows| rows[0]..rows[rows.len() - 1] + 1)
            .collect();
        let read = |range: Range<u64>| {
            let mut records = Records::new();
            library.read_records(range.clone(), &mut records).map(|()| (range, records))
        };
        let texts = device.install(|| stretches.into_par_iter().map(read).collect::<Result<Vec<_>, _>>())?;
        Ok(Self(texts))
    }

    fn of(&self, row: u64) -> (&[u8], &[u8]) {
        let place = self.0.partition_point(|(range, _)| range.end <= row);
        let (range, records) = &self.0[place];
        let index = (row - range.start) as usize;
        (records.name(index), records.smiles(index))
    }
}
