//! The hits as a table, with the names and SMILES of their rows.

use rayon::prelude::*;
use soyaku_device::Device;
use soyaku_kernels::tanimoto::{Hit, Measure};
use soyaku_store::{LibraryReader, Records};

use super::queries::Queries;
use crate::Error;
use crate::progress::Stop;

const HEADER: [&str; 7] = ["query", "query_name", "rank", "row", "name", "smiles", "similarity"];

/// Hits whose names and SMILES are held together.
const BLOCK: usize = 65_536;
/// Rows of the library that are decoded together.
const WINDOW: u64 = 4096;

/// Hands over the header, then the hits; returns how many. A stop is looked for between blocks of hits.
pub(super) fn write<E: From<Error>>(
    library: &LibraryReader,
    (queries, measure): (&Queries, Measure),
    hits: &[Vec<Hit>],
    separator: u8,
    device: &Device,
    stop: &Stop,
    mut take: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<u64, E> {
    let mut table = csv::WriterBuilder::new().delimiter(separator).from_writer(Vec::new());
    table.write_record(HEADER).map_err(lost)?;
    let mut all = hits.iter().enumerate().flat_map(|(query, hits)| {
        hits.iter().enumerate().map(move |(place, hit)| Cell { query, rank: place + 1, hit: *hit })
    });
    let popcounts = queries.rows().popcounts;
    let mut written = 0;
    loop {
        stop.check()?;
        let block: Vec<Cell> = all.by_ref().take(BLOCK).collect();
        let texts = Texts::read(library, block.iter().map(|cell| cell.hit.row), device)?;
        for cell in &block {
            let similarity = measure.similarity(popcounts[cell.query], &cell.hit);
            add(&mut table, queries, &texts, cell, similarity).map_err(lost)?;
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

fn add(
    table: &mut csv::Writer<Vec<u8>>,
    queries: &Queries,
    texts: &Texts,
    cell: &Cell,
    similarity: f64,
) -> csv::Result<()> {
    let (name, smiles) = texts.of(cell.hit.row);
    table.write_field(queries.file_row(cell.query).to_string())?;
    table.write_field(queries.label(cell.query))?;
    table.write_field(cell.rank.to_string())?;
    table.write_field(cell.hit.row.to_string())?;
    table.write_field(name)?;
    table.write_field(smiles)?;
    // The shortest text that reads back as the same number.
    table.write_field(similarity.to_string())?;
    table.write_record(None::<&[u8]>)
}

/// Names and SMILES of some rows, stretch by stretch of the library.
pub(crate) struct Texts(Vec<Stretch>);

struct Stretch {
    /// Ascending.
    rows: Vec<u64>,
    /// Of these rows alone: the hits of a large library lie far apart.
    records: Records,
}

impl Texts {
    /// Reads those of these rows: of each stretch of the library only from the first to the last row that is needed.
    pub fn read(
        library: &LibraryReader,
        rows: impl Iterator<Item = u64>,
        device: &Device,
    ) -> Result<Self, Error> {
        let mut rows: Vec<u64> = rows.collect();
        rows.sort_unstable();
        rows.dedup();
        let stretches: Vec<&[u64]> = rows.chunk_by(|one, next| one / WINDOW == next / WINDOW).collect();
        let read = |rows: &[u64]| {
            let first = rows[0];
            let (mut window, mut records) = (Records::new(), Records::new());
            library.read_records(first..rows[rows.len() - 1] + 1, &mut window)?;
            for row in rows {
                let index = (row - first) as usize;
                records.push(window.smiles(index), window.name(index), window.line(index));
            }
            Ok(Stretch { rows: rows.to_vec(), records })
        };
        let texts: Result<Vec<_>, soyaku_store::Error> =
            device.install(|| stretches.into_par_iter().map(read).collect());
        Ok(Self(texts?))
    }

    /// Name and SMILES of a row that was read.
    pub fn of(&self, row: u64) -> (&[u8], &[u8]) {
        let place = self.0.partition_point(|stretch| stretch.rows.last().is_some_and(|&last| last < row));
        let Stretch { rows, records } = &self.0[place];
        let index = rows.partition_point(|&other| other < row);
        (records.name(index), records.smiles(index))
    }
}

#[cfg(test)]
mod tests {
    use soyaku_device::DeviceRequest;

    use super::super::tests::library;
    use super::*;

    #[test]
    fn only_the_rows_of_hits_are_held() {
        let folder = tempfile::tempdir().unwrap();
        let library = LibraryReader::open(&library(folder.path(), "library.h5", 9000)).unwrap();
        let device = Device::open(DeviceRequest::Cpu, Some(2)).unwrap();
        let wanted = [0, 4095, 4096, 4097, 8190, 8191, 8999, 4095];
        let texts = Texts::read(&library, wanted.into_iter(), &device).unwrap();
        for row in wanted {
            let (name, smiles) = (format!("name {row}"), "C".repeat(row as usize % 9 + 1));
            assert_eq!(texts.of(row), (name.as_bytes(), smiles.as_bytes()));
        }
        assert_eq!(texts.0.iter().map(|stretch| stretch.records.len()).sum::<usize>(), 7);
    }
}
